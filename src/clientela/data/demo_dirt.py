"""Errors and special rows of the demo shop: missing ids, free lines, returns, repeated lines, services."""

import numpy as np
from numpy.random import Generator

from clientela.data.demo_products import catalogue, choose_products
from clientela.data.demo_types import (
    DAYS,
    DAYTIME,
    LINE,
    MINUTES,
    ORDER,
    PRODUCT_LIMIT,
    Flags,
    Floats,
    Integers,
    People,
    Records,
)

# Shares of all orders:
MISSING_ID_SHARE = 0.06
POSTAGE_SHARE = 0.04
DISCOUNT_SHARE = 0.001
# Shares of all lines of goods:
ZERO_PRICE_SHARE = 0.002
DUPLICATE_SHARE = 0.005
# Cancellation lines without a purchase in the export, as a share of the other cancellation lines:
ORPHAN_SHARE = 0.02
# Share of returned lines with all units returned:
WHOLE_RETURN_SHARE = 0.8
RETURN_DAYS = (2, 30)  # from the purchase to its cancellation
BAD_DEBTS = (-1_874.20, -612.75)  # money, one row each


def spoil(rng: Generator, orders: Records, lines: Records) -> tuple[Records, Records]:
    """Remove the customer id of some orders, and set the price of some lines to 0.

    Args:
        rng: random generator.
        orders: clean orders.
        lines: clean lines.

    Returns:
        Orders and lines with errors.
    """
    kept = _kept_lines(orders, lines)
    orders, lines = orders.copy(), lines.copy()
    orders["identified"] = rng.random(len(orders)) >= MISSING_ID_SHARE
    orders["identified"][lines["order"][kept]] = True
    lines["price"][(rng.random(len(lines)) < ZERO_PRICE_SHARE) & ~kept] = 0.0
    return orders, lines


def _kept_lines(orders: Records, lines: Records) -> Flags:
    """Whether a line is the first of its customer: these stay clean, so that each customer has a valid purchase."""
    kept = np.zeros(len(lines), bool)
    kept[np.unique(orders["customer"][lines["order"]], return_index=True)[1]] = True
    return kept


def returns(rng: Generator, people: People, orders: Records, lines: Records) -> tuple[Records, Records]:
    """Generate cancellations: one invoice per order with returned lines, 2 to 30 days later.

    Args:
        rng: random generator.
        people: customers with their probability of a return.
        orders: orders.
        lines: lines of the orders.

    Returns:
        Cancellation invoices and their lines.
    """
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


def orphans(rng: Generator, people: People, orders: Records, goods: Records, count: int) -> tuple[Records, Records]:
    """Generate cancellations of purchases from before the export begins, one line each, in its first month.

    Args:
        rng: random generator.
        people: customers.
        orders: orders.
        goods: lines of products.
        count: maximum number of cancellations.

    Returns:
        Cancellation invoices and their lines.
    """
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


def repeated(rng: Generator, goods: Records) -> Records:
    """Select the lines that appear twice in the export."""
    return goods[rng.random(len(goods)) < DUPLICATE_SHARE]


def _service(stock_code: str, order: Integers, quantity: int, price: Floats) -> Records:
    """Lines of a service such as postage, one per order."""
    lines = np.zeros(len(order), LINE)
    lines["order"], lines["product"], lines["quantity"] = order, catalogue().position(stock_code), quantity
    lines["price"] = np.round(price, 2)
    return lines


def postage(rng: Generator, orders: Records) -> Records:
    """Generate the postage lines of a share of the orders."""
    sent = np.flatnonzero(rng.random(len(orders)) < POSTAGE_SHARE)
    return _service("POST", sent, 1, rng.uniform(4, 18, len(sent)))


def discounts(rng: Generator, orders: Records) -> tuple[Records, Records]:
    """Generate discounts after the sale: separate invoices with the time of the order, and their lines."""
    invoices = orders[orders["identified"] & (rng.random(len(orders)) < DISCOUNT_SHARE)]
    invoices["prefix"] = "C"
    return invoices, _service("D", np.arange(len(invoices)), -1, rng.uniform(2, 25, len(invoices)))


def bad_debts(rng: Generator) -> tuple[Records, Records]:
    """Generate bookkeeping entries for bad debts, without a customer: invoices and their lines."""
    invoices = np.zeros(len(BAD_DEBTS), ORDER)
    invoices["minute"] = rng.integers(DAYS, size=len(BAD_DEBTS)) * MINUTES + rng.integers(*DAYTIME, len(BAD_DEBTS))
    invoices["prefix"] = "A"
    return invoices, _service("B", np.arange(len(BAD_DEBTS)), 1, np.array(BAD_DEBTS))
