"""The embedded demo shop: two years of a made-up retailer's invoices, with customers of seven known types.

The rows have the dirt of a real export, so that cleaning, features and segments can be tried and tested without a
download, and the segments compared with the truth.
"""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.random import Generator
from numpy.typing import NDArray

from clientela.data.demo_products import catalogue, choose_products
from clientela.errors import InvalidInput

FIRST_DAY = np.datetime64("2023-01-01", "D")
DAYS = 731  # to 2024-12-31
MINUTES = 24 * 60  # a day
MIN_CUSTOMERS = 50
FIRST_CUSTOMER_ID = 12_346
FIRST_INVOICE = 536_365
PRODUCT_LIMIT = 1_000  # above the size of the catalogue; makes one number of a product and its order or customer
SHORTEST_STAY = 14  # days between joining and leaving, so that every stay has a weekend
DAYTIME = (7 * 60, 18 * 60)  # minutes of the day; the shop is never closed, but few people buy at night
EVENING = (18 * 60, 22 * 60)
PACK = 6  # units; from one pack on, quantities are whole packs

# The dirt. Shares of all orders:
MISSING_ID_SHARE = 0.06
POSTAGE_SHARE = 0.04
DISCOUNT_SHARE = 0.001
# Shares of all lines of goods:
ZERO_PRICE_SHARE = 0.002
DUPLICATE_SHARE = 0.005
# Cancellation lines that match no purchase (it was before the export begins), as a share of those that do:
ORPHAN_SHARE = 0.02
# Returned lines that come back whole; of the others a part of the units stays with the customer:
WHOLE_RETURN_SHARE = 0.8
RETURN_DAYS = (2, 30)  # from the purchase to its cancellation
BAD_DEBTS = (-1_874.20, -612.75)  # money, one row each

# How individuals differ from their type.
RATE_SHAPE = 5.0  # of the gamma-distributed purchase rate and basket size; a higher shape means more alike
HABIT_STRENGTH = 14.0  # of the beta-distributed weekend, evening and return shares; the same
PRICE_SPREAD = 0.25  # standard deviation of log price between customers of a type
PRICE_SPREAD_IN_BASKET = 0.45  # the same, between the lines of one customer
HOUR_SPREAD = 2.0  # standard deviation of the hour of orders by day
UNITS_SPREAD = 0.45  # standard deviation of log units, between customers and again between lines

SECOND_YEAR_PRICE_RISE = 0.04
COUNTRIES = {"Brazil": 0.90, "Argentina": 0.04, "Uruguay": 0.03, "Paraguay": 0.02, "Chile": 0.01}


@dataclass(frozen=True)
class CustomerType:
    """How the customers of one type buy, on average.

    Attributes:
        name: As in `DemoShop.customer_types`.
        share: Of all customers.
        joined: First and last day of joining, in days since 2023-01-01; negative: before the export begins.
        left: First and last day of leaving, in days since 2023-01-01; 731: still there at the end.
        dropout: Rate of leaving earlier than that, per year.
        orders: Per year between joining and leaving; one more is certain.
        lines: Per order.
        units: Median per line.
        price: Median list price of what is bought, in money.
        discount: Off the list price, as a share.
        weekend: Share of orders on Saturday or Sunday.
        evening: Share of orders from 18:00 to 22:00.
        hour: Mean hour of the other orders, between 7 and 18.
        season: Demand per day in November and December, as a multiple of the other months'.
        returned: Share of the lines that are sent back.
    """

    name: str
    share: float
    joined: tuple[int, int]
    left: tuple[int, int]
    dropout: float
    orders: float
    lines: float
    units: float
    price: float
    discount: float
    weekend: float
    evening: float
    hour: float
    season: float
    returned: float


# fmt: off
CUSTOMER_TYPES = (
    #             name             share      joined        left  drop  ord line unit price disc wknd even  hr seas retd
    CustomerType("premium loyal",   .11, (-500, 400), (731, 731), .03, 7.0, 2.4, 1.4, 28., .00, .20, .18, 14, 1.5, .04),
    CustomerType("weekend regular", .21, (-500, 420), (731, 731), .05, 4.7, 2.3, 2.0, 8.0, .00, .84, .10, 13, 1.5, .04),
    CustomerType("bargain hunter",  .22, (-500, 420), (731, 731), .06, 4.0, 2.4, 2.5, 2.6, .15, .18, .18, 13, 1.5, .28),
    CustomerType("bulk buyer",      .07, (-500, 400), (731, 731), .03, 5.3, 5.2, 20., 3.2, .15, .04, .04,  9, 1.4, .03),
    CustomerType("gift buyer",      .14, (-500, 420), (731, 731), .06, 3.0, 2.3, 1.4, 15., .00, .20, .84, 14, 9.0, .04),
    CustomerType("newcomer",        .10, ( 640, 712), (731, 731), .00, 9.0, 2.3, 1.8, 8.0, .05, .18, .18, 14, 1.5, .04),
    CustomerType("lapsed",          .15, (-500, 120), (150, 400), .00, 3.5, 2.3, 1.8, 8.0, .00, .20, .18, 14, 1.5, .04),
)
# fmt: on

# One row a customer: a name of a trait -> its value for each customer.
People = dict[str, NDArray[Any]]
# Structured arrays; an order's line refers to the order's position.
Records = NDArray[np.void]
Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
ORDER = np.dtype([("customer", "i8"), ("minute", "i8"), ("prefix", "U1"), ("identified", "?")])
LINE = np.dtype([("order", "i8"), ("product", "i8"), ("quantity", "i8"), ("price", "f8")])


@dataclass(frozen=True)
class DemoShop:
    """A made-up retailer of whose customers the truth is known.

    Attributes:
        transactions: The raw export, one row an invoice line, sorted by invoice_date, then invoice: invoice (string),
            stock_code (string), description (string), quantity (int64, units), invoice_date (timestamp[s], local
            time), unit_price (float64, money), customer_id (float64 or null, as spreadsheets export it), country.
        customer_types: The truth, one row a customer: customer_id (string, canonical), customer_type (string).
    """

    transactions: pa.Table
    customer_types: pa.Table


def generate_demo(*, seed: int = 0, customers: int = 5_000) -> DemoShop:
    """Return the demo shop of a seed: two years of invoice lines (2023 and 2024), about 20 lines a customer.

    Every customer has at least one purchase of a positive price that is not cancelled. The same arguments give the
    same bytes.

    Args:
        seed: Of all random draws, an integer >= 0.
        customers: How many customers the shop has, an integer >= 50; it scales everything but the calendar.

    Raises:
        InvalidInput: An argument is not such an integer.
    """
    _check_integer("seed", seed, 0)
    _check_integer("customers", customers, MIN_CUSTOMERS)
    # One stream a step: a change in one step leaves the draws of the others as they are.
    rngs = np.random.default_rng(seed).spawn(10)
    people = _draw_people(rngs[0], customers)
    orders = _draw_orders(rngs[1], people)
    goods = _draw_lines(rngs[2], people, orders)
    orders, goods = _spoil(rngs[3], orders, goods)
    sold = orders, np.concatenate([goods, _repeated(rngs[4], goods), _postage(rngs[5], orders)])
    returned = _returns(rngs[6], people, orders, goods)
    orphans = _orphans(rngs[7], people, orders, goods, count=round(ORPHAN_SHARE * len(returned[1])))
    orders, lines = _joined([sold, returned, orphans, _discounts(rngs[8], orders), _bad_debts(rngs[9])])
    return DemoShop(_transactions(people, orders, lines), _truth(people))


def _check_integer(name: str, value: object, least: int) -> None:
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < least:
        rule = f"The {name} parameter of generate_demo must be an integer >= {least}."
        raise InvalidInput(f"{rule} Got {value!r} instead.")


def _draw_people(rng: Generator, customers: int) -> People:
    """Return one row a customer: the traits of the customer's type, varied from person to person."""
    shares = np.cumsum([kind.share for kind in CUSTOMER_TYPES])
    kind = rng.permutation(np.searchsorted(shares, (np.arange(customers) + 0.5) / customers))
    of_type = {f.name: np.array([getattr(t, f.name) for t in CUSTOMER_TYPES])[kind] for f in fields(CustomerType)}
    joined = _between(rng, of_type["joined"])
    present_from = np.maximum(joined, 0)
    dropped_out = present_from + 365 * rng.exponential(1, customers) / np.maximum(of_type["dropout"], 1e-9)
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
    """Return one day for each row of first and last days, both included."""
    return rng.integers(bounds[:, 0], bounds[:, 1] + 1)


def _gamma(rng: Generator, mean: Floats) -> Floats:
    return rng.gamma(RATE_SHAPE, mean / RATE_SHAPE)


def _beta(rng: Generator, mean: Floats) -> Floats:
    return rng.beta(HABIT_STRENGTH * mean, HABIT_STRENGTH * (1 - mean))


def _draw_orders(rng: Generator, people: People) -> Records:
    """Return one row an order, customer by customer: at least one each, the others a Poisson process."""
    years = (people["last_day"] - people["first_day"]) / 365
    count = 1 + rng.poisson(people["orders"] * years)
    customer = np.repeat(np.arange(len(count)), count)
    orders = np.zeros(len(customer), ORDER)
    orders["customer"] = customer
    orders["minute"] = _draw_days(rng, people, customer) * MINUTES + _draw_minutes(rng, people, customer)
    orders["identified"] = True
    return orders


def _draw_days(rng: Generator, people: People, customer: Integers) -> Integers:
    """Return the day of each order (since 2023-01-01), by inverting the running sum of the daily demand."""
    calendar = FIRST_DAY + np.arange(DAYS)
    weekend_day = ~np.is_busday(calendar)
    season = calendar.astype("datetime64[M]").astype(int) % 12 >= 10
    on_weekend = rng.random(len(customer)) < people["weekend"][customer]
    where = rng.random(len(customer))
    days = np.empty(len(customer), int)
    for position, kind in enumerate(CUSTOMER_TYPES):
        for weekend in (False, True):
            chosen = (people["type"][customer] == position) & (on_weekend == weekend)
            daily = np.where(season, kind.season, 1.0) * (weekend_day == weekend)
            demand = np.concatenate([[0.0], np.cumsum(daily)])
            start, end = (demand[people[name][customer[chosen]]] for name in ("first_day", "last_day"))
            days[chosen] = np.searchsorted(demand, start + where[chosen] * (end - start), side="right") - 1
    return days


def _draw_minutes(rng: Generator, people: People, customer: Integers) -> Integers:
    """Return the minute of the day of each order: in the evening, or around the usual hour of the customer's type."""
    evening = rng.random(len(customer)) < people["evening"][customer]
    opening, closing = DAYTIME
    by_day = (rng.normal(people["hour"][customer], HOUR_SPREAD) * 60).astype(int)
    # Mirrored at the limits of the day, since cutting would pile orders up at seven sharp.
    by_day = opening + np.abs(by_day - opening)
    by_day = closing - 1 - np.abs(closing - 1 - by_day)
    return np.where(evening, rng.integers(*EVENING, len(customer)), by_day)


def _draw_lines(rng: Generator, people: People, orders: Records) -> Records:
    """Return one row an invoice line, in the order of the orders; an order names a product once."""
    count = 1 + rng.poisson(people["lines"][orders["customer"]] - 1)
    order = np.repeat(np.arange(len(orders)), count)
    customer = orders["customer"][order]
    product = choose_products(rng, people["price"][customer] * rng.lognormal(0, PRICE_SPREAD_IN_BASKET, len(order)))
    units = np.maximum(np.rint(people["units"][customer] * rng.lognormal(0, UNITS_SPREAD, len(order))), 1)
    second_year = orders["minute"][order] >= 365 * MINUTES
    factor = (1 - people["discount"][customer]) * (1 + SECOND_YEAR_PRICE_RISE * second_year)
    lines = np.zeros(len(order), LINE)
    lines["order"], lines["product"] = order, product
    lines["quantity"] = np.where(units < PACK, units, PACK * np.rint(units / PACK))
    lines["price"] = np.round(catalogue().list_prices[product] * factor, 2)
    first_mention = np.unique(order * PRODUCT_LIMIT + product, return_index=True)[1]
    return lines[np.sort(first_mention)]


def _spoil(rng: Generator, orders: Records, lines: Records) -> tuple[Records, Records]:
    """Return orders of which some lack the customer id, and lines of which some are free of charge."""
    kept = _kept_lines(orders, lines)
    orders, lines = orders.copy(), lines.copy()
    orders["identified"] = rng.random(len(orders)) >= MISSING_ID_SHARE
    orders["identified"][lines["order"][kept]] = True
    lines["price"][(rng.random(len(lines)) < ZERO_PRICE_SHARE) & ~kept] = 0.0
    return orders, lines


def _kept_lines(orders: Records, lines: Records) -> Flags:
    """Return which line is its customer's first row: these stay clean, so that everybody has a valid purchase."""
    kept = np.zeros(len(lines), bool)
    kept[np.unique(orders["customer"][lines["order"]], return_index=True)[1]] = True
    return kept


def _returns(rng: Generator, people: People, orders: Records, lines: Records) -> tuple[Records, Records]:
    """Return the cancellations: one invoice for all that comes back of an order, two days to a month later."""
    days_later = rng.integers(*RETURN_DAYS, len(orders), endpoint=True)
    minute = (orders["minute"] // MINUTES + days_later) * MINUTES + rng.integers(*DAYTIME, len(orders))
    sent_back = rng.random(len(lines)) < people["returned"][orders["customer"][lines["order"]]]
    sent_back &= orders["identified"][lines["order"]] & (lines["price"] > 0) & ~_kept_lines(orders, lines)
    sent_back &= minute[lines["order"]] < DAYS * MINUTES
    back = lines[sent_back]
    whole = rng.random(len(back)) < WHOLE_RETURN_SHARE
    back["quantity"] = -np.where(whole, back["quantity"], rng.integers(1, back["quantity"], endpoint=True))
    returned_orders, back["order"] = np.unique(back["order"], return_inverse=True)
    invoices = orders[returned_orders]
    invoices["minute"], invoices["prefix"] = minute[returned_orders], "C"
    return invoices, back


def _orphans(rng: Generator, people: People, orders: Records, goods: Records, count: int) -> tuple[Records, Records]:
    """Return January's cancellations of what was bought before the export begins, one line each."""
    early = rng.choice(np.flatnonzero(people["joined"] < 0), 2 * count)
    product = choose_products(rng, people["price"][early])
    bought = orders["customer"][goods["order"]] * PRODUCT_LIMIT + goods["product"]
    unheard_of = np.flatnonzero(~np.isin(early * PRODUCT_LIMIT + product, bought))[:count]
    count = len(unheard_of)
    invoices, back = np.zeros(count, ORDER), np.zeros(count, LINE)
    invoices["customer"], invoices["prefix"], invoices["identified"] = early[unheard_of], "C", True
    invoices["minute"] = rng.integers(0, 31, count) * MINUTES + rng.integers(*DAYTIME, count)
    back["order"], back["product"] = np.arange(count), product[unheard_of]
    back["quantity"] = -rng.integers(1, 7, count)
    back["price"] = catalogue().list_prices[back["product"]]
    return invoices, back


def _repeated(rng: Generator, goods: Records) -> Records:
    """Return the lines that the export has twice."""
    return goods[rng.random(len(goods)) < DUPLICATE_SHARE]


def _service(stock_code: str, order: Integers, quantity: int, price: Floats) -> Records:
    lines = np.zeros(len(order), LINE)
    lines["order"], lines["product"], lines["quantity"] = order, catalogue().position(stock_code), quantity
    lines["price"] = np.round(price, 2)
    return lines


def _postage(rng: Generator, orders: Records) -> Records:
    """Return the postage lines of the orders that were sent."""
    sent = np.flatnonzero(rng.random(len(orders)) < POSTAGE_SHARE)
    return _service("POST", sent, 1, rng.uniform(4, 18, len(sent)))


def _discounts(rng: Generator, orders: Records) -> tuple[Records, Records]:
    """Return the discounts granted after the sale, each an invoice of its own at the minute of the order."""
    invoices = orders[orders["identified"] & (rng.random(len(orders)) < DISCOUNT_SHARE)]
    invoices["prefix"] = "C"
    return invoices, _service("D", np.arange(len(invoices)), -1, rng.uniform(2, 25, len(invoices)))


def _bad_debts(rng: Generator) -> tuple[Records, Records]:
    """Return the bookkeeper's rows: debts written off, of nobody."""
    invoices = np.zeros(len(BAD_DEBTS), ORDER)
    invoices["minute"] = rng.integers(DAYS, size=len(BAD_DEBTS)) * MINUTES + rng.integers(*DAYTIME, len(BAD_DEBTS))
    invoices["prefix"] = "A"
    return invoices, _service("B", np.arange(len(BAD_DEBTS)), 1, np.array(BAD_DEBTS))


def _joined(books: list[tuple[Records, Records]]) -> tuple[Records, Records]:
    """Return all orders and all lines of several books; each line still refers to its order."""
    starts = np.cumsum([0, *(len(orders) for orders, _ in books)])
    lines = np.concatenate([lines for _, lines in books])
    lines["order"] += np.repeat(starts[:-1], [len(lines) for _, lines in books])
    return np.concatenate([orders for orders, _ in books]), lines


def _transactions(people: People, orders: Records, lines: Records) -> pa.Table:
    """Return the export: invoices numbered as time goes by, cancellations in the same sequence."""
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
            "quantity": pa.array(lines["quantity"]),
            "invoice_date": pa.array(FIRST_DAY.astype("datetime64[s]") + minute.astype("timedelta64[m]")),
            "unit_price": pa.array(lines["price"]),
            "customer_id": pa.array(people["id"][customer].astype(float), mask=~orders["identified"][order]),
            "country": pa.array(list(COUNTRIES)).take(pa.array(people["country"][customer])),
        }
    )


def _truth(people: People) -> pa.Table:
    names = pa.array([kind.name for kind in CUSTOMER_TYPES])
    return pa.table(
        {
            "customer_id": pa.array(people["id"].astype(str)),
            "customer_type": names.take(pa.array(people["type"])),
        }
    )
