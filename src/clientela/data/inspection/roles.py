"""The role of each column of a table: keys, money, products and the rest, in an order in which each helps the next."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from clientela.data.inspection.choices import Choice, Columns
from clientela.data.inspection.customer_table import (
    UNIQUE,
    CustomerTable,
    find_customer_id,
    is_customer_table,
    read_customer_table,
)
from clientela.data.inspection.date_formats import Order
from clientela.data.inspection.dates import DateReading, read_dates
from clientela.data.inspection.keys import DAY, choose_customer, choose_date, choose_order, key_candidates
from clientela.data.inspection.money import AmountIs, Money, choose_money, numeric_candidates, style_of
from clientela.data.inspection.numbers import Decimal, NumberStyle
from clientela.data.inspection.others import Others, choose_others
from clientela.data.inspection.products import PRODUCT_ROLES, choose_products
from clientela.data.inspection.table import Table

KEYS = ("ordered_at", "order_id", "customer_id")


@dataclass(frozen=True)
class Roles:
    """What the columns of a table are.

    Attributes:
        columns: the columns.
        canonical: canonical column -> its choice.
        dates: readings of all columns of dates, by header.
        style: how the numbers are written.
        money: quantity, unit price and amount, and the level of the amount.
        others: states, identifiers and attributes.
        customer_table: the columns if the table has one row per customer, else None.
    """

    columns: Columns
    canonical: Mapping[str, Choice]
    dates: Mapping[str, DateReading]
    style: NumberStyle
    money: Money
    others: Others
    customer_table: CustomerTable | None = None
    given: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Given:
    """What the user says about a table, which takes precedence.

    Attributes:
        columns: role -> header; an empty header says that no column has the role.
        decimal: decimal sign.
        dates: order of day and month.
        amount_is: whether the amount is of the line or the order.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    decimal: Decimal | None = None
    dates: Order | None = None
    amount_is: AmountIs | None = None


def assign_roles(table: Table, given: Given) -> Roles:
    """Find the role of each column.

    Args:
        table: the inspected table.
        given: what the user says.

    Returns:
        The roles.
    """
    columns = Columns(table)
    for role, name in given.columns.items():
        if name:
            columns.taken[name] = role
    dates = _read_dates(columns, given.dates)
    keys = _choose_keys(columns, dates, given)
    style = style_of(columns, numeric_candidates(columns))
    if given.decimal:
        style = _with_decimal(style, given.decimal)
    if _has_customer_rows(columns, keys, given):
        customer_id = find_customer_id(columns)
        chosen = keys.get("customer_id")
        if chosen and columns.profiles[chosen.source].unique >= UNIQUE:
            customer_id = chosen
        assert customer_id is not None
        return _of_customers(columns, dates, style, read_customer_table(columns, customer_id, style.decimal))
    customer, order = (keys[role].source if role in keys else None for role in ("customer_id", "order_id"))
    products, money = _choose_products_and_money(columns, style.decimal, customer, order, given)
    found = {**keys, **_by_role(products), **_by_role(money.choices), **_given_choices(given)}
    others = choose_others(columns, customer=customer)
    if others.country:
        found.setdefault("country", others.country)
    if given.amount_is:
        money = replace(money, amount_is=given.amount_is)
    return Roles(columns, found, dates, style, money, others)


def _given_choices(given: Given) -> dict[str, Choice]:
    return {role: Choice(role, name, 1.0, "given") for role, name in given.columns.items() if name}


def _by_role(choices: "tuple[Choice, ...] | list[Choice]") -> dict[str, Choice]:
    return {choice.role: choice for choice in choices}


def _with_decimal(style: NumberStyle, decimal: Decimal) -> NumberStyle:
    other = "." if decimal == "," else ","
    thousands = style.thousands if style.thousands != decimal else None
    if thousands is None and style.either:
        thousands = other
    return replace(style, decimal=decimal, thousands=thousands, decided=True)


def _read_dates(columns: Columns, known: Order | None) -> dict[str, DateReading]:
    """Readings of all columns of dates; a column that decides the order of day and month decides it for the others."""
    shapes = {
        profile.name: columns.table.date_shapes(profile.name)
        for profile in columns.profiles.values()
        if profile.is_date and profile.column.type == "VARCHAR"
    }
    alone = {name: read_dates(found) for name, found in shapes.items()}
    orders = {reading.order for reading in alone.values() if reading.order and not reading.mixed}
    common = known or (next(iter(orders)) if len(orders) == 1 else None)
    read = {
        name: read_dates(found, known=common if known or not alone[name].mixed else None)
        for name, found in shapes.items()
    }
    numbered = columns.table.numbered_dates
    return read | {name: DateReading((time_format,), columns.table.rows) for name, time_format in numbered.items()}


def _formats(reading: DateReading | None) -> tuple[str, ...]:
    """The formats of a reading; of the first possible one if it is open."""
    if reading is None:
        return ()
    return reading.open_orders[0][1] if reading.open_orders else reading.formats


def _choose_keys(columns: Columns, dates: Mapping[str, DateReading], given: Given) -> dict[str, Choice]:
    """Date, order and customer."""
    found = _given_choices(given)
    skipped = {role for role, name in given.columns.items() if not name}

    def earlier(first: str, second: str) -> float:
        return columns.table.earlier_share(first, _formats(dates.get(first)), second, _formats(dates.get(second)))

    date = found.get("ordered_at") or (None if "ordered_at" in skipped else choose_date(columns, earlier))
    day = None
    if date:
        found["ordered_at"] = columns.take(date)
        columns.table.add_day(DAY, date.source, _formats(dates.get(date.source)))
        day = DAY
    if "order_id" not in found and "order_id" not in skipped:
        order = choose_order(columns, key_candidates(columns), day)
        if order:
            found["order_id"] = columns.take(order)
    if "customer_id" not in found and "customer_id" not in skipped:
        order_name = found["order_id"].source if "order_id" in found else None
        customer = choose_customer(columns, key_candidates(columns), order=order_name, day=day)
        if customer:
            found["customer_id"] = columns.take(customer)
    return found


def _has_customer_rows(columns: Columns, keys: Mapping[str, Choice], given: Given) -> bool:
    if "order_id" in given.columns or "ordered_at" in given.columns:
        return False
    return is_customer_table(columns, keys.get("customer_id"), keys.get("order_id"))


def _of_customers(
    columns: Columns, dates: Mapping[str, DateReading], style: NumberStyle, table: CustomerTable
) -> Roles:
    others = Others(None, (), table.identifiers, table.attributes, ())
    found = {"customer_id": table.customer_id, **_by_role(table.dates)}
    return Roles(columns, found, dates, style, Money(()), others, table)


def _choose_products_and_money(
    columns: Columns, decimal: str, customer: str | None, order: str | None, given: Given
) -> tuple[list[Choice], Money]:
    """Products first, so that their codes are not taken for numbers; then the money."""
    products = choose_products(columns, customer=customer, order=order)
    product = next((choice.source for choice in products if choice.role in PRODUCT_ROLES), None)
    decided = {"quantity", "unit_price", "amount"} & set(given.columns)
    money = choose_money(columns, decimal, order=order, product=product, decided=decided)
    for choice in money.choices:
        columns.take(choice)
    if money.order_total:
        columns.taken.setdefault(money.order_total, "other_number")
    return products, money
