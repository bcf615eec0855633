"""The generated demo shop: three years of invoices of a fictional retailer, with customers of seven known types.

Season, growth and drift are known, too (`demo_types`), so that forecasts can be compared with the truth.

The rows have the errors of a real export, so that cleaning, features and segments can be tried and tested without a
download, and segments can be compared with the true types.
"""

from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa
from numpy.random import Generator

from clientela.data.demo_customers import draw_customers
from clientela.data.demo_dirt import ORPHAN_SHARE, bad_debts, discounts, orphans, postage, repeated, returns, spoil
from clientela.data.demo_products import catalogue, choose_products
from clientela.data.demo_types import (
    CUSTOMER_TYPES,
    DAYS,
    DAYTIME,
    FIRST_DAY,
    LINE,
    MINUTES,
    ORDER,
    PRODUCT_LIMIT,
    YEAR,
    YEARLY_PRICE_RISE,
    CustomerType,
    Floats,
    Integers,
    People,
    Records,
    daily_demand,
)
from clientela.errors import InvalidInput

MIN_CUSTOMERS = 50
FIRST_CUSTOMER_ID = 12_346
FIRST_INVOICE = 536_365
SHORTEST_STAY = 14  # days between joining and leaving, so that each customer has a weekend
EVENING = (18 * 60, 22 * 60)
PACK = 6  # units; larger quantities are multiples of a pack

# Variation of customers within a type.
RATE_SHAPE = 5.0  # shape of the gamma distributions of purchase rate and basket size; higher: less variation
HABIT_STRENGTH = 14.0  # sum of the beta parameters of weekend, evening and return shares; higher: less variation
PRICE_SPREAD = 0.25  # standard deviation of log price between customers of a type
PRICE_SPREAD_IN_BASKET = 0.45  # standard deviation of log price between the lines of a customer
HOUR_SPREAD = 2.0  # standard deviation of the hour of daytime orders
UNITS_SPREAD = 0.45  # standard deviation of log units, between customers and between lines

COUNTRIES = {"Brazil": 0.90, "Argentina": 0.04, "Uruguay": 0.03, "Paraguay": 0.02, "Chile": 0.01}


@dataclass(frozen=True)
class DemoShop:
    """A fictional retailer whose customers' types are known.

    Attributes:
        transactions: raw export, one row per invoice line, sorted by invoice_date, then invoice: invoice (string),
            stock_code (string), description (string), product_group (string), quantity (int64, units), invoice_date
            (timestamp[s], local time), unit_price (float64, money), customer_id (float64 or null, as spreadsheets
            export it), country (string).
        customer_types: true types, one row per customer: customer_id (string, canonical), customer_type (string).
        customers: customer table, one row per customer: customer_id (int64), age (int64 or null, years; a few are
            impossible), gender (string or null), packaging (string or null; preferred packaging).
    """

    transactions: pa.Table
    customer_types: pa.Table
    customers: pa.Table


def generate_demo(*, seed: int = 0, customers: int = 5_000) -> DemoShop:
    """Generate the demo shop: three years of invoice lines (2022 to 2024), about 22 lines per customer.

    Every customer has at least one purchase with a positive price that is not cancelled. The same arguments give the
    same bytes.

    Args:
        seed: random seed, an integer >= 0.
        customers: number of customers, an integer >= 50.

    Returns:
        The raw export, the true types of the customers, and the customer table.

    Raises:
        InvalidInput: an argument is not such an integer.

    >>> shop = generate_demo(seed=1, customers=50)
    >>> shop.customer_types.column_names
    ['customer_id', 'customer_type']
    >>> shop.customers.num_rows
    50
    """
    _check_integer("seed", seed, 0)
    _check_integer("customers", customers, MIN_CUSTOMERS)
    # One random stream per step: a change in one step does not change the draws of the others.
    rngs = np.random.default_rng(seed).spawn(11)
    people = _draw_people(rngs[0], customers)
    orders = _draw_orders(rngs[1], people)
    goods = _draw_lines(rngs[2], people, orders)
    orders, goods = spoil(rngs[3], orders, goods)
    sold = orders, np.concatenate([goods, repeated(rngs[4], goods), postage(rngs[5], orders)])
    returned = returns(rngs[6], people, orders, goods)
    unmatched = orphans(rngs[7], people, orders, goods, count=round(ORPHAN_SHARE * len(returned[1])))
    orders, lines = _joined([sold, returned, unmatched, discounts(rngs[8], orders), bad_debts(rngs[9])])
    return DemoShop(_transactions(people, orders, lines), _truth(people), draw_customers(rngs[10], people))


def _check_integer(name: str, value: object, least: int) -> None:
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < least:
        rule = f"The {name} parameter of generate_demo must be an integer >= {least}."
        raise InvalidInput(f"{rule} Got {value!r} instead.")


def _draw_people(rng: Generator, customers: int) -> People:
    """Traits of each customer: those of the customer's type with individual variation."""
    shares = np.cumsum([kind.share for kind in CUSTOMER_TYPES])
    kind = rng.permutation(np.searchsorted(shares, (np.arange(customers) + 0.5) / customers))
    of_type = {f.name: np.array([getattr(t, f.name) for t in CUSTOMER_TYPES])[kind] for f in fields(CustomerType)}
    joined = _between(rng, of_type["joined"])
    present_from = np.maximum(joined, 0)
    dropped_out = present_from + YEAR * rng.exponential(1, customers) / np.maximum(of_type["dropout"], 1e-9)
    left = np.minimum(_between(rng, of_type["left"]), dropped_out).astype(int)
    ids = rng.choice(2 * customers, customers, replace=False)
    return of_type | {
        "type": kind,
        "id": FIRST_CUSTOMER_ID + np.sort(ids),
        "country": rng.choice(len(COUNTRIES), customers, p=list(COUNTRIES.values())),
        "joined": joined,
        "first_day": present_from,
        "last_day": np.maximum(left, present_from + SHORTEST_STAY),
        "orders": _gamma(rng, of_type["orders"]),
        "lines": 1 + _gamma(rng, of_type["lines"] - 1),
        "units": of_type["units"] * rng.lognormal(0, UNITS_SPREAD, customers),
        "price": of_type["price"] * rng.lognormal(0, PRICE_SPREAD, customers),
        "weekend": _beta(rng, of_type["weekend"]),
        "evening": _beta(rng, of_type["evening"]),
        "returned": _beta(rng, of_type["returned"]),
    }


def _between(rng: Generator, bounds: Integers) -> Integers:
    """One random day for each row of bounds (first and last day, both included)."""
    return rng.integers(bounds[:, 0], bounds[:, 1] + 1)


def _gamma(rng: Generator, mean: Floats) -> Floats:
    return rng.gamma(RATE_SHAPE, mean / RATE_SHAPE)


def _beta(rng: Generator, mean: Floats) -> Floats:
    return rng.beta(HABIT_STRENGTH * mean, HABIT_STRENGTH * (1 - mean))


def _draw_orders(rng: Generator, people: People) -> Records:
    """Orders, sorted by customer: one per customer, and further ones from a Poisson process."""
    demand = np.array([np.concatenate([[0.0], np.cumsum(daily_demand(kind))]) for kind in CUSTOMER_TYPES])
    years = (demand[people["type"], people["last_day"]] - demand[people["type"], people["first_day"]]) / YEAR
    count = 1 + rng.poisson(people["orders"] * years)
    customer = np.repeat(np.arange(len(count)), count)
    orders = np.zeros(len(customer), ORDER)
    orders["customer"] = customer
    orders["minute"] = _draw_days(rng, people, customer) * MINUTES + _draw_minutes(rng, people, customer)
    orders["identified"] = True
    return orders


def _draw_days(rng: Generator, people: People, customer: Integers) -> Integers:
    """The day of each order (days since FIRST_DAY), drawn by inverting the cumulative daily demand."""
    weekend_day = ~np.is_busday(FIRST_DAY + np.arange(DAYS))
    on_weekend = rng.random(len(customer)) < people["weekend"][customer]
    where = rng.random(len(customer))
    days = np.empty(len(customer), int)
    for position, kind in enumerate(CUSTOMER_TYPES):
        for weekend in (False, True):
            chosen = (people["type"][customer] == position) & (on_weekend == weekend)
            demand = np.concatenate([[0.0], np.cumsum(daily_demand(kind) * (weekend_day == weekend))])
            start, end = (demand[people[name][customer[chosen]]] for name in ("first_day", "last_day"))
            days[chosen] = np.searchsorted(demand, start + where[chosen] * (end - start), side="right") - 1
    return days


def _draw_minutes(rng: Generator, people: People, customer: Integers) -> Integers:
    """The minute of the day of each order: in the evening, or around the usual hour of the customer's type."""
    evening = rng.random(len(customer)) < people["evening"][customer]
    opening, closing = DAYTIME
    by_day = (rng.normal(people["hour"][customer], HOUR_SPREAD) * 60).astype(int)
    # Reflected at the limits of the day: clipping would put too many orders at exactly 7:00.
    by_day = opening + np.abs(by_day - opening)
    by_day = closing - 1 - np.abs(closing - 1 - by_day)
    return np.where(evening, rng.integers(*EVENING, len(customer)), by_day)


def _draw_lines(rng: Generator, people: People, orders: Records) -> Records:
    """Invoice lines, in the order of the orders; an order has a product at most once."""
    count = 1 + rng.poisson(people["lines"][orders["customer"]] - 1)
    order = np.repeat(np.arange(len(orders)), count)
    customer = orders["customer"][order]
    product = choose_products(rng, people["price"][customer] * rng.lognormal(0, PRICE_SPREAD_IN_BASKET, len(order)))
    units = np.maximum(np.rint(people["units"][customer] * rng.lognormal(0, UNITS_SPREAD, len(order))), 1)
    day = FIRST_DAY + orders["minute"][order] // MINUTES
    year = day.astype("datetime64[Y]").astype(int) - FIRST_DAY.astype("datetime64[Y]").astype(int)
    factor = (1 - people["discount"][customer]) * (1 + YEARLY_PRICE_RISE) ** year
    lines = np.zeros(len(order), LINE)
    lines["order"], lines["product"] = order, product
    lines["quantity"] = np.where(units < PACK, units, PACK * np.rint(units / PACK))
    lines["price"] = np.round(catalogue().list_prices[product] * factor, 2)
    first_mention = np.unique(order * PRODUCT_LIMIT + product, return_index=True)[1]
    return lines[np.sort(first_mention)]


def _joined(books: list[tuple[Records, Records]]) -> tuple[Records, Records]:
    """Concatenate several pairs of orders and lines; each line still refers to its order."""
    starts = np.cumsum([0, *(len(orders) for orders, _ in books)])
    lines = np.concatenate([lines for _, lines in books])
    lines["order"] += np.repeat(starts[:-1], [len(lines) for _, lines in books])
    return np.concatenate([orders for orders, _ in books]), lines


def _transactions(people: People, orders: Records, lines: Records) -> pa.Table:
    """The raw export; invoice numbers ascend with time and include cancellations."""
    number = np.empty(len(orders), int)
    number[np.argsort(orders["minute"], kind="stable")] = FIRST_INVOICE + np.arange(len(orders))
    invoice = np.char.add(orders["prefix"], number.astype(str))
    by_text = np.argsort(np.argsort(invoice))
    lines = lines[np.lexsort((by_text[lines["order"]], orders["minute"][lines["order"]]))]
    order, sold = lines["order"], catalogue()
    customer, minute = orders["customer"][order], orders["minute"][order]
    return pa.table(
        {
            "invoice": pa.array(invoice).take(pa.array(order)),
            "stock_code": pa.array(sold.stock_codes).take(pa.array(lines["product"])),
            "description": pa.array(sold.descriptions).take(pa.array(lines["product"])),
            "product_group": pa.array(sold.groups).take(pa.array(lines["product"])),
            "quantity": pa.array(lines["quantity"]),
            "invoice_date": pa.array(FIRST_DAY.astype("datetime64[s]") + minute.astype("timedelta64[m]")),
            "unit_price": pa.array(lines["price"]),
            "customer_id": pa.array(people["id"][customer].astype(float), mask=~orders["identified"][order]),
            "country": pa.array(list(COUNTRIES)).take(pa.array(people["country"][customer])),
        }
    )


def _truth(people: People) -> pa.Table:
    """The true type of each customer."""
    names = pa.array([kind.name for kind in CUSTOMER_TYPES])
    return pa.table(
        {
            "customer_id": pa.array(people["id"].astype(str)),
            "customer_type": names.take(pa.array(people["type"])),
        }
    )
