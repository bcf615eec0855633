"""Tables with one row per customer: the id, first and last purchase, orders and spend; the rest are attributes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from clientela.data.inspection.choices import NAMED, Choice, Columns
from clientela.data.inspection.names import words_of
from clientela.data.inspection.profile import MOSTLY, Profile

UNIQUE = 0.995
REPEATS = 0.5  # distinct values per row, below which a column's values repeat
FIRST = frozenset(
    {"first", "primeira", "primeiro", "primera", "primer", "erste", "erster", "erstes", "min", "earliest", "since"}
)
LAST = frozenset({"last", "latest", "ultima", "ultimo", "letzte", "letzter", "letztes", "max", "most", "recent"})
PURCHASE = re.compile(r"order|purchase|buy|invoice|transaction|compra|pedido|venda|venta|kauf|bestell|auftr|visit")
COUNT = re.compile(
    r"num|count|total|qty|qtd|quantidade|cantidad|anzahl|nro|trx$|transactions$|frequency|frequencia|frecuencia|haufigkeit|orders$|pedidos$|compras$|bestellungen$"
)
VALUE = re.compile(
    r"value|spend|spent|revenue|amount|monetary|sales|turnover|valor|gasto|receita|importe|monto|umsatz|betrag|ausgaben|clv|ltv"
)
AVERAGE = re.compile(
    r"avg|average|mean|media|promedio|durchschnitt|mittel|last|ultim|letzt|max|min|days|dias|tage|pct|percent|share|ratio|score|predicted"
)
SUMMED = ("order_count", "total_spend")


@dataclass(frozen=True)
class CustomerTable:
    """The columns of a table with one row per customer.

    Attributes:
        customer_id: the id.
        dates: first_purchase and last_purchase, as far as the table has them.
        sums: order_count and total_spend -> the columns that are added.
        attributes: the other columns.
        identifiers: columns that identify a person.
    """

    customer_id: Choice
    dates: tuple[Choice, ...]
    sums: dict[str, tuple[str, ...]]
    attributes: tuple[Choice, ...]
    identifiers: tuple[Choice, ...]


def find_customer_id(columns: Columns) -> Choice | None:
    """The id of a table with one row per customer; None if the table does not look like one."""
    ids = [profile for profile in columns.profiles.values() if _is_unique_id(columns, profile)]
    if not ids:
        return None
    best = max(ids, key=lambda profile: columns.named(profile.name, "customer_id"))
    if columns.named(best.name, "customer_id") >= NAMED:
        return columns.by_name(best, "customer_id", content="one row for each value")
    unnamed = [
        profile
        for profile in ids
        if columns.other_role(profile.name, "customer_id") < NAMED or columns.means(profile.name, "other_id")
    ]
    found = (unnamed if ids[0] in unnamed else []) or [profile for profile in ids if profile.emails > MOSTLY]
    words = "one row for each value, and no column with customers that come back"
    return Choice("customer_id", found[0].name, 0.7, words) if found else None


def _is_unique_id(columns: Columns, profile: Profile) -> bool:
    if profile.is_date or profile.unique < UNIQUE or profile.fill < 0.98:
        return False
    if profile.is_number and profile.whole_share < 0.99:
        return False
    return profile.codes > MOSTLY or profile.emails > MOSTLY


def is_customer_table(columns: Columns, customer: Choice | None, order: Choice | None) -> bool:
    """Whether a table has one row per customer.

    Args:
        columns: columns of the table.
        customer: customer of the table, if it were one of transactions.
        order: order of the table, if it were one of transactions.

    Returns:
        False for transactions in which each customer bought once: they name an order, or a date and an amount.
    """
    rows = len(next(iter(columns.profiles.values())).column.codes)
    if rows < 2 or find_customer_id(columns) is None:
        return False
    named = customer is not None and columns.named(customer.source, "customer_id") >= NAMED
    if (
        customer is not None
        and columns.profiles[customer.source].unique < UNIQUE
        and (named or not _calls_itself_id(columns))
    ):
        return False
    if order is not None and columns.named(order.source, "order_id") >= NAMED and not _counts(columns, order.source):
        return False
    if _by_words(columns, FIRST) or _by_words(columns, LAST):
        return True
    dates = [profile for profile in columns.profiles.values() if profile.is_date]
    sold = [profile for profile in dates if not columns.means(profile.name, "attribute")]
    if _calls_itself_id(columns):  # a date of registration does not make sales of customers
        sold = [profile for profile in sold if columns.named(profile.name, "ordered_at") >= NAMED]
    return not sold


def _counts(columns: Columns, name: str) -> bool:
    """Whether a column that could be the order is a number of orders, which is the same for many customers."""
    profile = columns.profiles[name]
    return profile.is_number and profile.unique < REPEATS and bool(COUNT.search("".join(words_of(name))))


def _calls_itself_id(columns: Columns) -> bool:
    """Whether a column with one row for each value is called "id", and no column names an order or a customer."""
    if any(columns.means(one.name, "customer_id", "order_id") and not one.is_date for one in columns.profiles.values()):
        return False
    return any(words_of(one.name) == ("id",) and _is_unique_id(columns, one) for one in columns.profiles.values())


def read_customer_table(columns: Columns, customer_id: Choice, decimal: str) -> CustomerTable:
    """The columns of a table with one row per customer.

    Args:
        columns: columns of the table.
        customer_id: its id.
        decimal: decimal sign of text columns.

    Returns:
        The columns by their meaning.
    """
    columns.taken = {customer_id.source: "customer_id"}
    dates = _dates(columns)
    sums = {role: _sum(columns, pattern, decimal) for role, pattern in (("order_count", COUNT), ("total_spend", VALUE))}
    for role, names in sums.items():
        columns.taken |= dict.fromkeys(names, role)
    identifiers = [profile for profile in columns.free() if _is_personal(columns, profile)]
    columns.taken |= {profile.name: "identifier" for profile in identifiers}
    rest = [profile for profile in columns.free() if _is_attribute(columns, profile)]
    return CustomerTable(
        customer_id,
        tuple(dates),
        {role: names for role, names in sums.items() if names},
        tuple(Choice("attribute", profile.name, 0.8, "a fact about the customer") for profile in rest),
        tuple(Choice("identifier", profile.name, 0.9, "it identifies a person") for profile in identifiers),
    )


def _by_words(columns: Columns, words: frozenset[str]) -> list[Profile]:
    """Columns of dates whose headers have one of the words, the shortest header first."""
    found = [
        profile for profile in columns.profiles.values() if profile.is_date and words & set(words_of(profile.name))
    ]
    return sorted(found, key=lambda profile: len(words_of(profile.name)))


def _dates(columns: Columns) -> list[Choice]:
    """First and last purchase."""
    found = []
    for role, words in (("first_purchase", FIRST), ("last_purchase", LAST)):
        named = [profile for profile in _by_words(columns, words) if profile.name not in columns.taken]
        if named:
            choice = Choice(role, named[0].name, 0.95, "the header names it; its values are dates")
            found.append(columns.take(choice))
    return found


def _sum(columns: Columns, pattern: re.Pattern[str], decimal: str) -> tuple[str, ...]:
    """The columns whose sum is a number of orders or a spend: a total if there is one, else its parts."""
    counts = pattern is COUNT
    named = []
    for profile in columns.free():
        whole = "".join(words_of(profile.name))
        if not profile.is_number or not pattern.search(whole) or AVERAGE.search(whole):
            continue
        if counts and ((not PURCHASE.search(whole) and "frequenc" not in whole) or VALUE.search(whole)):
            continue
        if counts and (profile.whole_share < 0.95 or np.nanmin(profile.numbers(decimal)) < 0):
            continue
        named.append(profile)
    if len(named) < 2:
        return tuple(profile.name for profile in named)
    return _total_or_parts(named, decimal)


def _total_or_parts(named: Sequence[Profile], decimal: str) -> tuple[str, ...]:
    values = {profile.name: np.nan_to_num(profile.numbers(decimal)) for profile in named}
    for profile in named:
        others = sum(values[other.name] for other in named if other is not profile)
        if np.mean(np.abs(values[profile.name] - others) < 0.02) > 0.95:
            return (profile.name,)
    words = [set(words_of(profile.name)) for profile in named]
    common = set.intersection(*words)
    if all(len(own - common) == 1 and len(common) >= 2 for own in words):
        return tuple(profile.name for profile in named)
    return (min(named, key=lambda profile: len(words_of(profile.name))).name,)


def _is_personal(columns: Columns, profile: Profile) -> bool:
    looks = max(profile.emails, profile.phones, profile.documents, profile.persons * (profile.unique > 0.6))
    return not profile.is_date and (looks > 0.8 or columns.named(profile.name, "identifier") >= NAMED)


def _is_attribute(columns: Columns, profile: Profile) -> bool:
    """Numbers, and texts with few values; not a number for each row."""
    if profile.is_date or profile.column.distinct < 2:
        return False
    if profile.is_number:
        return not (profile.unique > UNIQUE and columns.means(profile.name, "other_id"))
    return profile.column.distinct <= max(12, min(60, 0.2 * profile.column.filled))
