"""The generated telecom data: two years of payments of a fictional operator, its customers, and their true hazards.

The hazard depends only on payments and customer data from before the cut-off, so that a good model can come close to
the best possible one. The rows have the errors of a real export.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.random import Generator
from numpy.typing import NDArray

from clientela.errors import InvalidInput

MIN_CUSTOMERS = 50
FIRST_DAY = np.datetime64("2023-01-01", "D")
CUTOFF = date(2024, 10, 3)  # labels are about the 90 days from this date on
CUTOFF_DAY, DAYS, WINDOW = 641, 731, 90  # days since FIRST_DAY; the export ends with 2024-12-31
FIRST_CUSTOMER_ID = 700_001

REGIONS = {"north": 0.18, "north-east": 0.24, "centre": 0.14, "south-east": 0.30, "south": 0.14}
GENDERS = ("female", "male", "other")
SERVICES = ("mobile", "broadband", "tv", "extras", "support")
HELD = (0.80, 0.58, 0.34)  # share of customers who subscribe to each of the first three
PRICES = (49.0, 99.0, 69.0, 15.0, 30.0)  # per month (subscriptions) or per purchase

# Errors, as shares of all customers or of all payments.
MISSING_AGE, IMPOSSIBLE_AGE, MISSING_GENDER, UNKNOWN_REGION = 0.02, 0.006, 0.02, 0.01
LATE_SIGNUP, MISSING_SIGNUP, MISSING_LABEL, REPEATED = 0.01, 0.005, 0.004, 0.003
NEGATIVE, MISSING_AMOUNT, NOBODYS, UNREADABLE_DATE = 0.004, 0.002, 0.003, 0.001
IMPOSSIBLE_AGES = (0, 200)
NO_REGIONS = ("??", "test", "")

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Traits = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class DemoTelecom:
    """A fictional operator whose customers' true churn probabilities are known.

    Attributes:
        transactions: raw export, one row per payment, sorted by date: transaction_date (text, ISO), customer_id
            (float64 or null, as spreadsheets export it), amount (float64 or null), service (string).
        customers: customer table, one row per customer (a few are repeated): customer_id (int64), age (int64 or null,
            years), gender, signup_date (text), region, churn (1: left in the 90 days from the cut-off on; null:
            unknown).
        truth: one row per customer who joined before the cut-off: customer_id (string, canonical), hazard (probability
            of churn in the 90 days from the cut-off on).
    """

    transactions: pa.Table
    customers: pa.Table
    truth: pa.Table


def generate_telecom(*, seed: int = 0, customers: int = 5_000) -> DemoTelecom:
    """Generate the telecom data, about 60 payments per customer; the same arguments give the same bytes.

    Args:
        seed: random seed, an integer >= 0.
        customers: number of customers, an integer >= 50.

    Returns:
        The payments, the customer table and the true hazards.

    Raises:
        InvalidInput: an argument is not such an integer.

    >>> telecom = generate_telecom(seed=1, customers=50)
    >>> telecom.transactions.column_names
    ['transaction_date', 'customer_id', 'amount', 'service']
    """
    for name, value, least in (("seed", seed, 0), ("customers", customers, MIN_CUSTOMERS)):
        if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < least:
            rule = f"The {name} parameter of generate_telecom must be an integer >= {least}."
            raise InvalidInput(f"{rule} Got {value!r} instead.")
    # One random stream per step: a change in one step does not change the draws of the others.
    rngs = np.random.default_rng(seed).spawn(5)
    people = _draw_people(rngs[0], customers)
    payments = _draw_payments(rngs[1], people)
    hazard = true_hazard(people, payments)
    churned = rngs[2].random(customers) < hazard
    last_day = np.where(churned, CUTOFF_DAY + rngs[2].integers(0, WINDOW, customers), DAYS)
    payments = {name: values[payments["day"] < last_day[payments["customer"]]] for name, values in payments.items()}
    return DemoTelecom(
        _transactions(rngs[3], people, payments), _customers(rngs[4], people, payments, churned), _truth(people, hazard)
    )


def _draw_people(rng: Generator, customers: int) -> Traits:
    """Traits of each customer. No customer leaves before the cut-off; one in twenty joins after it."""
    joined = rng.integers(-1_100, CUTOFF_DAY - 30, customers)
    joined = np.where(rng.random(customers) < 0.05, rng.integers(CUTOFF_DAY + 1, DAYS - 20, customers), joined)
    holds = rng.random((customers, len(HELD))) < HELD
    holds[:, 0] |= ~holds.any(axis=1)
    return {
        "id": FIRST_CUSTOMER_ID + np.sort(rng.choice(3 * customers, customers, replace=False)),
        "joined": joined,
        "age": np.clip(np.rint(rng.normal(44, 14, customers)), 18, 92).astype(int),
        "gender": rng.choice(len(GENDERS), customers, p=[0.5, 0.48, 0.02]),
        "region": rng.choice(len(REGIONS), customers, p=list(REGIONS.values())),
        "holds": holds,
        "price": rng.lognormal(0, 0.2, customers),
        "extras": rng.gamma(2.0, 0.7, customers),  # purchases per month
        "support": rng.gamma(0.6, 0.15, customers),
        # A third of the customers buy fewer extras in the last months before the cut-off.
        "fades": np.where(rng.random(customers) < 0.35, rng.uniform(0.3, 1.0, customers), 0.0),
    }


def _draw_payments(rng: Generator, people: Traits) -> Traits:
    """Payments as if no customer left: customer, day, service (position), amount."""
    parts = [_monthly(rng, people, service) for service in range(len(HELD))]
    parts += [_occasional(rng, people, 3, people["extras"], fade=True)]
    parts += [_occasional(rng, people, 4, people["support"], fade=False)]
    payments = {name: np.concatenate([part[name] for part in parts]) for name in ("customer", "day", "service")}
    price = np.array(PRICES)[payments["service"]] * people["price"][payments["customer"]]
    second_year = np.where(payments["day"] >= 365, 1.05, 1.0)
    payments["amount"] = np.round(price * second_year * rng.lognormal(0, 0.06, len(price)), 2)
    order = np.lexsort((payments["service"], payments["customer"], payments["day"]))
    return {name: values[order] for name, values in payments.items()}


def _monthly(rng: Generator, people: Traits, service: int) -> Traits:
    """Payments of a subscription, every 30 days from joining on, within the period of the export."""
    holders = np.flatnonzero(people["holds"][:, service])
    first = people["joined"][holders] + rng.integers(0, 30, len(holders))
    count = np.maximum(-(-(DAYS - first) // 30), 0)
    day = np.repeat(first, count) + 30 * (np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count))
    customer = np.repeat(holders, count)
    kept = (day >= 0) & (day < DAYS)
    return {"customer": customer[kept], "day": day[kept], "service": np.full(kept.sum(), service)}


def _occasional(rng: Generator, people: Traits, service: int, per_month: Floats, *, fade: bool) -> Traits:
    """Purchases on random days; with `fade`, some customers buy less from 120 days before the cut-off on."""
    start = np.maximum(people["joined"], 0)
    count = rng.poisson(per_month * (DAYS - start) / 30)
    customer = np.repeat(np.arange(len(start)), count)
    day = start[customer] + (rng.random(len(customer)) * (DAYS - start[customer])).astype(int)
    lost = (day >= CUTOFF_DAY - 120) & (rng.random(len(day)) < people["fades"][customer])
    kept = ~lost if fade else np.ones(len(day), bool)
    return {"customer": customer[kept], "day": day[kept], "service": np.full(kept.sum(), service)}


def true_hazard(people: Traits, payments: Traits) -> Floats:
    """The true probability of churn in the 90 days from the cut-off on; 0 for customers who joined later.

    Lost extras, calls for support, few services, a short tenure, youth and two of the regions raise it; new customers
    who buy less have an additional risk.
    """
    size = len(people["id"])

    def bought(service: int, first: int, last: int) -> Integers:
        then = (payments["service"] == service) & (payments["day"] >= first) & (payments["day"] < last)
        return np.bincount(payments["customer"][then], minlength=size)

    recent = bought(3, CUTOFF_DAY - 90, CUTOFF_DAY)
    earlier = bought(3, CUTOFF_DAY - 180, CUTOFF_DAY - 90)
    lost_extras = np.clip(np.log1p(earlier) - np.log1p(recent), -1.0, 1.8)
    days = np.maximum(CUTOFF_DAY - people["joined"], 0)
    score = (
        0.35
        + 1.4 * lost_extras
        + 0.9 * np.minimum(bought(4, CUTOFF_DAY - 90, CUTOFF_DAY), 3)
        - 0.55 * (people["holds"].sum(axis=1) - 1.7)
        - 0.4 * np.log1p(days)
        + 0.5 * ((days < 365) & (lost_extras > 0.3))
        + 0.6 * np.isin(people["region"], (1, 4))
        + 0.03 * (40 - people["age"])
    )
    return np.where(people["joined"] < CUTOFF_DAY, 1 / (1 + np.exp(-score)), 0.0)


def _transactions(rng: Generator, people: Traits, payments: Traits) -> pa.Table:
    size = len(payments["day"])
    dates = (FIRST_DAY + payments["day"]).astype("datetime64[D]").astype(str).astype(object)
    dates[rng.random(size) < UNREADABLE_DATE] = "00/00/0000"
    amount = np.where(rng.random(size) < NEGATIVE, -payments["amount"], payments["amount"])
    return pa.table(
        {
            "transaction_date": pa.array(dates, pa.string()),
            "customer_id": pa.array(people["id"][payments["customer"]].astype(float), mask=rng.random(size) < NOBODYS),
            "amount": pa.array(amount, mask=rng.random(size) < MISSING_AMOUNT),
            "service": pa.array(SERVICES).take(pa.array(payments["service"])),
        }
    )


def _customers(rng: Generator, people: Traits, payments: Traits, churned: NDArray[np.bool_]) -> pa.Table:
    size = len(people["id"])
    first_paid = np.full(size, DAYS)
    np.minimum.at(first_paid, payments["customer"], payments["day"])
    late = (rng.random(size) < LATE_SIGNUP) & (first_paid < CUTOFF_DAY - 60)
    signup = np.where(late, first_paid + rng.integers(1, 40, size), people["joined"])
    dates = (FIRST_DAY + signup).astype(str).astype(object)
    dates[rng.random(size) < MISSING_SIGNUP] = None
    age = np.where(rng.random(size) < IMPOSSIBLE_AGE, rng.choice(IMPOSSIBLE_AGES, size), people["age"])
    region = np.array(list(REGIONS), object)[people["region"]]
    wrong = rng.random(size) < UNKNOWN_REGION
    region[wrong] = rng.choice(NO_REGIONS, wrong.sum())
    table = pa.table(
        {
            "customer_id": pa.array(people["id"]),
            "age": pa.array(age, mask=rng.random(size) < MISSING_AGE),
            "gender": pa.array(GENDERS).take(pa.array(people["gender"], mask=rng.random(size) < MISSING_GENDER)),
            "signup_date": pa.array(dates, pa.string()),
            "region": pa.array(region, pa.string()),
            "churn": pa.array(churned.astype(int), mask=rng.random(size) < MISSING_LABEL),
        }
    )
    again = np.flatnonzero(rng.random(size) < REPEATED)
    return table.take(pa.array(np.sort(np.concatenate([np.arange(size), again]))))


def _truth(people: Traits, hazard: Floats) -> pa.Table:
    there = people["joined"] < CUTOFF_DAY
    return pa.table({"customer_id": pa.array(people["id"][there].astype(str)), "hazard": pa.array(hazard[there])})
