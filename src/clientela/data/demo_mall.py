"""The generated mall: purchases, visits, Wi-Fi sightings, app events, streams and customers of known types."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.random import Generator
from numpy.typing import NDArray

from clientela.errors import InvalidInput

MIN_CUSTOMERS = 50
FIRST_DAY = np.datetime64("2024-01-01", "D")
DAYS = 366
MONTHS = DAYS / 30.4
FIRST_CUSTOMER_ID = 50_001

PACKAGES = ("series", "films", "sports", "music")
ZONES = ("food", "fashion", "luxury", "leisure")
GROUPS = {"food": 12.0, "fashion": 55.0, "luxury": 420.0, "leisure": 25.0}  # zone -> typical price (BRL)
EVENTS = ("offer_opened", "coupon_used", "points_checked")
GENDERS = ("female", "male")
DISTRICTS = ("centre", "north", "south", "lakeside")

# Errors, as shares of the rows.
NO_ID, NO_AMOUNT, UNREADABLE_TIME, REPEATED, NO_AGE = 0.01, 0.003, 0.002, 0.004, 0.02

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Records = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Visitor:
    """A type of customer.

    Attributes:
        name: name of the type.
        share: share of all customers.
        visits: visits per month.
        weekend: share of the visits on Saturdays and Sundays.
        buys: share of the visits with a purchase.
        zones: share of the purchases and sightings in each zone.
        offers: app events about offers per month.
        spend: factor of the prices.
        packages: share of the streams of each package.
        age: mean age (years).
        female: share of women.
        districts: share of each home district.
    """

    name: str
    share: float
    visits: float
    weekend: float
    buys: float
    zones: tuple[float, ...]
    offers: float
    spend: float
    packages: tuple[float, ...]
    age: float
    female: float
    districts: tuple[float, ...]


VISITORS = (
    Visitor("weekend_visitors", 0.30, 2.5, 0.93, 0.55, (0.45, 0.20, 0.01, 0.34), 0.3, 1.0,
            (0.15, 0.60, 0.15, 0.10), 38, 0.50, (0.25, 0.30, 0.30, 0.15)),
    Visitor("luxury_buyers", 0.12, 2.0, 0.30, 0.60, (0.10, 0.15, 0.70, 0.05), 0.2, 1.3,
            (0.12, 0.18, 0.08, 0.62), 56, 0.55, (0.15, 0.05, 0.10, 0.70)),
    Visitor("offer_hunters", 0.24, 4.0, 0.35, 0.60, (0.40, 0.50, 0.01, 0.09), 6.0, 0.6,
            (0.65, 0.12, 0.08, 0.15), 29, 0.68, (0.30, 0.35, 0.25, 0.10)),
    Visitor("everyday_shoppers", 0.34, 6.0, 0.25, 0.50, (0.75, 0.15, 0.01, 0.09), 0.3, 1.0,
            (0.15, 0.10, 0.62, 0.13), 41, 0.48, (0.30, 0.25, 0.30, 0.15)),
)  # fmt: skip


@dataclass(frozen=True)
class DemoMall:
    """A fictional mall whose customers' types are known. Times are texts in ISO format.

    Attributes:
        transactions: purchases: receipt, bought_at, customer_id (float64 or null), store_group, amount (BRL or null).
        visits: customer_id, entered_at, gate; one row per visit.
        wifi: customer_id, seen_at, zone, minutes; one row per sighting of a phone.
        app: customer_id, event_at, event; one row per event in the loyalty app.
        streaming: customer_id, started_at, package, minutes; one row per stream of the mall's streaming partner.
        customers: customer_id, age (null: unknown), gender, district; one row per customer, a few are repeated.
        truth: customer_id (string, canonical), type.
    """

    transactions: pa.Table
    visits: pa.Table
    wifi: pa.Table
    app: pa.Table
    streaming: pa.Table
    customers: pa.Table
    truth: pa.Table


def generate_mall(*, seed: int = 0, customers: int = 3_000) -> DemoMall:
    """Generate the mall; the same arguments give the same bytes.

    Args:
        seed: random seed, an integer >= 0.
        customers: number of customers, an integer >= 50.

    Returns:
        The tables of one year, and the true type of each customer.

    Raises:
        InvalidInput: an argument is not such an integer.

    >>> mall = generate_mall(seed=1, customers=50)
    >>> mall.wifi.column_names
    ['customer_id', 'seen_at', 'zone', 'minutes']
    """
    for name, value, least in (("seed", seed, 0), ("customers", customers, MIN_CUSTOMERS)):
        if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < least:
            rule = f"The {name} parameter of generate_mall must be an integer >= {least}."
            raise InvalidInput(f"{rule} Got {value!r} instead.")
    # One random stream per table: a change in one table does not change the draws of the others.
    rngs = np.random.default_rng(seed).spawn(len(fields(DemoMall)))
    people = _draw_people(rngs[0], customers)
    visits = _draw_visits(rngs[1], people)
    return DemoMall(
        _purchases(rngs[2], people, visits),
        _visits_table(rngs[1], visits),
        _sightings(rngs[3], people, visits),
        _app_events(rngs[4], people),
        _streams(rngs[5], people),
        _customers(rngs[6], people),
        pa.table(
            {
                "customer_id": pa.array(people["id"].astype(str).tolist()),
                "type": [VISITORS[type_].name for type_ in people["type"].tolist()],
            }
        ),
    )


def _of_type(people: Records, trait: str) -> Floats:
    """A trait of each customer's type: (customers,), or (customers, values) for shares."""
    return np.array([getattr(visitor, trait) for visitor in VISITORS])[people["type"]]


def _draw_people(rng: Generator, customers: int) -> Records:
    people = {
        "id": FIRST_CUSTOMER_ID + np.sort(rng.choice(3 * customers, customers, replace=False)),
        "type": rng.choice(len(VISITORS), customers, p=[visitor.share for visitor in VISITORS]),
        "activity": rng.gamma(6.0, 1 / 6.0, customers),
        "price": rng.lognormal(0, 0.2, customers),
        "first_day": np.where(rng.random(customers) < 0.7, 0, rng.integers(0, DAYS - 60, customers)),
    }
    weekend = _of_type(people, "weekend")
    people["weekend"] = rng.beta(40 * weekend, 40 * (1 - weekend))
    return people


def _draw_visits(rng: Generator, people: Records) -> Records:
    """Visits: customer (position), day, minute of the day."""
    months = MONTHS * (DAYS - people["first_day"]) / DAYS
    count = 1 + rng.poisson(_of_type(people, "visits") * people["activity"] * months)
    customer = np.repeat(np.arange(len(count)), count)
    first = people["first_day"][customer]
    day = first + rng.integers(0, DAYS - first)
    wants_weekend = rng.random(len(customer)) < people["weekend"][customer]
    # 2024-01-01 is a Monday. A visit moves to a day of its week.
    week = day - day % 7
    within = np.where(wants_weekend, rng.integers(5, 7, len(day)), rng.integers(0, 5, len(day)))
    day = np.clip(week + within, 0, DAYS - 1)
    return {"customer": customer, "id": people["id"][customer], "day": day, "minute": rng.integers(600, 1290, len(day))}


def _drawn(rng: Generator, shares: Floats) -> Integers:
    """One position per row of shares (rows, values)."""
    positions = (rng.random((len(shares), 1)) > np.cumsum(shares, axis=1)).sum(axis=1)
    return np.minimum(positions, shares.shape[1] - 1)


def _purchases(rng: Generator, people: Records, visits: Records) -> pa.Table:
    bought = rng.random(len(visits["day"])) < _of_type(people, "buys")[visits["customer"]]
    bought[np.unique(visits["customer"], return_index=True)[1]] = True  # everyone has bought once
    rows = {name: values[bought] for name, values in visits.items()}
    group = _drawn(rng, _of_type(people, "zones")[rows["customer"]])
    price = np.array(list(GROUPS.values()))[group] * people["price"][rows["customer"]]
    amount = np.round(price * _of_type(people, "spend")[rows["customer"]] * rng.lognormal(0, 0.4, len(group)), 2)
    minute = np.minimum(rows["minute"] + rng.integers(5, 90, len(group)), 1319)
    order = np.lexsort((rows["id"], minute, rows["day"]))
    return pa.table(
        {
            "receipt": pa.array(np.arange(1, len(order) + 1)),
            "bought_at": _times(rng, rows["day"][order], minute[order]),
            "customer_id": _ids(rng, rows["id"][order]),
            "store_group": _words(ZONES, group[order]),
            "amount": pa.array(amount[order], mask=rng.random(len(order)) < NO_AMOUNT),
        }
    )


def _visits_table(rng: Generator, visits: Records) -> pa.Table:
    gate = rng.integers(0, 3, len(visits["day"]))
    return _events(rng, visits, "entered_at", {"gate": _words(("north", "south", "garage"), gate)})


def _sightings(rng: Generator, people: Records, visits: Records) -> pa.Table:
    """One to three sightings per visit, for phones that are known (nine in ten customers)."""
    known = (rng.random(len(people["id"])) < 0.9)[visits["customer"]]
    times = np.where(known, rng.integers(1, 4, len(known)), 0)
    rows = {name: np.repeat(values, times) for name, values in visits.items()}
    rows["minute"] = np.minimum(rows["minute"] + rng.integers(0, 60, len(rows["minute"])), 1319)
    zone = _drawn(rng, _of_type(people, "zones")[rows["customer"]])
    minutes = np.ceil(rng.gamma(2.0, 9.0, len(zone)))
    return _events(rng, rows, "seen_at", {"zone": _words(ZONES, zone), "minutes": pa.array(minutes)})


def _app_events(rng: Generator, people: Records) -> pa.Table:
    offers = rng.poisson(_of_type(people, "offers") * people["activity"] * MONTHS)
    checks = rng.poisson(0.4 * MONTHS, len(offers))
    rows = _dated(rng, people, offers + checks)
    is_offer = np.arange(len(rows["day"])) - np.repeat(np.cumsum(offers + checks) - offers - checks, offers + checks)
    event = np.where(is_offer < np.repeat(offers, offers + checks), rng.integers(0, 2, len(is_offer)), 2)
    return _events(rng, rows, "event_at", {"event": _words(EVENTS, event)})


def _streams(rng: Generator, people: Records) -> pa.Table:
    """Streams of the seven in ten customers who use the partner, with a taste of their own around their type's."""
    count = np.where(rng.random(len(people["id"])) < 0.7, 1 + rng.poisson(2 * MONTHS, len(people["id"])), 0)
    taste = rng.gamma(5 * _of_type(people, "packages"))
    rows = _dated(rng, people, count)
    package = _drawn(rng, (taste / taste.sum(axis=1, keepdims=True))[rows["customer"]])
    minutes = np.ceil(rng.gamma(3.0, 20.0, len(package)))
    return _events(rng, rows, "started_at", {"package": _words(PACKAGES, package), "minutes": pa.array(minutes)})


def _dated(rng: Generator, people: Records, count: Integers) -> Records:
    customer = np.repeat(np.arange(len(count)), count)
    first = people["first_day"][customer]
    day = first + rng.integers(0, DAYS - first)
    return {"customer": customer, "id": people["id"][customer], "day": day, "minute": rng.integers(480, 1320, len(day))}


def _customers(rng: Generator, people: Records) -> pa.Table:
    rows = len(people["id"])
    age = np.clip(np.rint(rng.normal(_of_type(people, "age"), 9)), 18, 90)
    repeated = np.sort(np.concatenate([np.arange(rows), np.flatnonzero(rng.random(rows) < REPEATED)]))
    female = rng.random(rows) < _of_type(people, "female")
    table = pa.table(
        {
            "customer_id": pa.array(people["id"]),
            "age": pa.array(age.astype(np.int64), mask=rng.random(rows) < NO_AGE),
            "gender": _words(GENDERS, 1 - female.astype(int)),
            "district": _words(DISTRICTS, _drawn(rng, _of_type(people, "districts"))),
        }
    )
    return table.take(pa.array(repeated))


def _events(rng: Generator, rows: Records, time: str, further: dict[str, pa.Array]) -> pa.Table:
    """A table of events in the order of time."""
    order = np.lexsort((rows["id"], rows["minute"], rows["day"]))
    table = {
        "customer_id": _ids(rng, rows["id"][order]),
        time: _times(rng, rows["day"][order], rows["minute"][order]),
    }
    return pa.table(table | {name: values.take(pa.array(order)) for name, values in further.items()})


def _ids(rng: Generator, ids: Integers) -> pa.Array:
    return pa.array(ids.astype(float), mask=rng.random(len(ids)) < NO_ID)


def _times(rng: Generator, day: Integers, minute: Integers) -> pa.Array:
    times = (FIRST_DAY + day).astype("datetime64[m]") + minute.astype("timedelta64[m]")
    texts = np.where(rng.random(len(day)) < UNREADABLE_TIME, "?", np.char.replace(times.astype(str), "T", " "))
    return pa.array(texts.tolist(), pa.string())


def _words(words: Sequence[str], positions: Integers) -> pa.Array:
    return pa.array(np.array(words)[positions].tolist(), pa.string())
