"""The date, the order and the customer of a row: by headers and by how their values depend on each other."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from clientela.data.inspection.choices import NAMED, STRONGLY_NAMED, Choice, Columns
from clientela.data.inspection.names import words_of
from clientela.data.inspection.profile import Profile

DETERMINED = 0.97  # share of the orders with one day and one customer from which a column can be the order
FEW_GROUPS = 3  # values in several rows, below which a dependence says little
NOT_A_KEY = ("quantity", "unit_price", "amount", "other_number", "other_date", "status")
OTHER_THINGS = (
    "product_id", "description", "product_group", "country", "attribute", "other_id", "ordered_at", *NOT_A_KEY,
)  # fmt: skip
CUSTOMER_WORDS = re.compile(r"custom|client|buyer|kunde|kauf|compra|member|socio|mitglied|besteller|user")
ONLY_ID = (("id",), ("uuid",))
DAY = "day of the order"
NUMBERS_ROWS = 0.5  # distinct values per row, from which a column that is only called "id" may number the rows
SHORT = 3.5  # characters
LONG = 10
NAME_WEIGHT = 1.2
NAME_OF_PERSONS_WEIGHT = 0.2  # for "Customer" over names of persons: codes and e-mail addresses are better ids


@dataclass(frozen=True)
class Keys:
    """The chosen keys; None for what the table does not have."""

    ordered_at: Choice | None
    order_id: Choice | None
    customer_id: Choice | None


def choose_date(columns: Columns, earlier: Callable[[str, str], float]) -> Choice | None:
    """The column of the order's date: by its header, else the first event of the row that no customer determines.

    Args:
        columns: columns of the table.
        earlier: share of the rows in which the first date column is not after the second.

    Returns:
        The choice; None without a column of dates.
    """
    dates = [profile for profile in columns.profiles.values() if profile.is_date]
    dates = [profile for profile in dates if not columns.means(profile.name, "attribute")] or dates
    if not dates:
        return None
    best = columns.best_named("ordered_at", dates)
    if best is not None and (len(dates) == 1 or columns.named(best.name, "ordered_at") >= STRONGLY_NAMED):
        return columns.by_name(best, "ordered_at", content="its values are dates", fits=0.6 + 0.4 * best.fill)
    events = [profile for profile in dates if not _is_fact_of_a_key(columns, profile, dates)] or dates
    events = [profile for profile in events if not columns.means(profile.name, "other_date")] or events
    full = [profile for profile in events if profile.fill > 0.5] or events
    first = max(full, key=lambda one: (sum(earlier(one.name, other.name) for other in full), -full.index(one)))
    if columns.means(first.name, "attribute", "other_date") and len(dates) == 1:
        return Choice("ordered_at", first.name, 0.4, "the only column of dates, although the header names another one")
    reason = "its values are dates" + ("; no other date of a row is earlier" if len(full) > 1 else "")
    return Choice("ordered_at", first.name, 0.8 if len(dates) == 1 else 0.6, reason)


def _is_fact_of_a_key(columns: Columns, profile: Profile, dates: Sequence[Profile]) -> bool:
    """Whether a repeated key determines this date but not another date, like a customer's date of birth."""
    for key in columns.profiles.values():
        if key.is_date or key.unique > 0.9 or key.column.distinct < 10:
            continue
        share, groups = columns.table.determined_share(key.name, profile.name)
        if share < DETERMINED or groups < FEW_GROUPS:
            continue
        if any(
            columns.table.determined_share(key.name, other.name)[0] < 0.5 for other in dates if other is not profile
        ):
            return True
    return False


def key_candidates(columns: Columns) -> list[Profile]:
    """Columns that can hold ids: neither dates nor fractions nor long texts, with more than one value."""
    return [
        profile
        for profile in columns.free()
        if not profile.is_date
        and (profile.column.distinct > 1 or columns.means(profile.name, "customer_id", "order_id"))
        and profile.mean_length <= 80
        and not (profile.is_number and profile.fraction_share > 0.03 and not _is_named_key(columns, profile))
        and not columns.means(profile.name, *NOT_A_KEY)
    ]


def _is_named_key(columns: Columns, profile: Profile) -> bool:
    """Whether a header names a key and the values are no amounts, such as the ids 1234567.1678901234 of visitors."""
    return (
        profile.mean_length > LONG
        and max(columns.named(profile.name, key) for key in ("customer_id", "order_id")) >= NAMED
    )


def choose_order(columns: Columns, candidates: Sequence[Profile], day: str | None) -> Choice | None:
    """The column of the order: an order has one day, and there are more orders than values of other such columns.

    Args:
        columns: columns of the table.
        candidates: columns that can hold ids.
        day: column of the day in the sample; None without dates.

    Returns:
        The choice; None if no column fits.
    """
    best: tuple[float, Choice] | None = None
    for profile in candidates:
        name = columns.named(profile.name, "order_id")
        content, words = _order_content(columns, profile, day)
        rival = columns.other_role(profile.name, "order_id") if name < NAMED else 0.0
        if profile.codes > 0.9 and columns.means(profile.name, "identifier"):
            rival = 0.0  # "Name" is also the number of an order in some systems
        if content == 1.0 and words_of(profile.name) in ONLY_ID:
            rival = 0.0  # on several rows of one day each
        if content == 0 and columns.named(profile.name, "identifier") >= name:
            continue
        if (content == 0 and name < 0.9) or rival >= 0.75 or name + content < 0.5:
            continue
        score = NAME_WEIGHT * name + content + 0.2 * math.log1p(profile.column.distinct) / 20
        if name >= NAMED:
            choice = columns.by_name(profile, "order_id", content=words, fits=content)
        else:
            choice = Choice("order_id", profile.name, round(0.35 + 0.35 * content, 2), words)
        if best is None or score > best[0]:
            best = score, choice
    return best[1] if best else _order_of_one_row(columns, candidates)


def _order_of_one_row(columns: Columns, candidates: Sequence[Profile]) -> Choice | None:
    """A column that is only called "id", with one value for each row, if no row has products or quantities."""
    if any(_names_a_product(columns, profile) for profile in columns.profiles.values()):
        return None
    ids = [one for one in candidates if one.unique > 0.999 and words_of(one.name) in ONLY_ID]
    return Choice("order_id", ids[0].name, 0.7, "one value for each row, and no products") if ids else None


def _names_a_product(columns: Columns, profile: Profile) -> bool:
    """Whether a header names a product or its quantity, and the values do not say that it is a fact of each row."""
    named = max(columns.named(profile.name, role) for role in ("product_id", "description", "quantity"))
    return named >= NAMED and profile.column.distinct > 1 and profile.unique < 0.999


def _order_content(columns: Columns, profile: Profile, day: str | None) -> tuple[float, str]:
    """How much a column's values look like orders, and why."""
    if profile.unique > 0.999:
        return (0.15, "a number for each row") if _is_row_number(profile) else (0.5, "one value for each row")
    if day is None:
        return 0.3, "values that repeat"
    named = columns.named(profile.name, "order_id") >= NAMED or words_of(profile.name) in ONLY_ID
    back, days = columns.table.determined_share(day, profile.name)
    if (
        not named
        and back >= DETERMINED
        and days >= FEW_GROUPS
        and columns.table.sample[day].distinct >= profile.column.distinct
    ):
        return 0.0, "a number of the day"
    share, groups = columns.table.determined_share(profile.name, day)
    if groups < FEW_GROUPS and share == 1.0:
        return 0.5, "nearly one value for each row"
    if share < 0.9:
        return 0.0, f"only {share:.0%} of its values have one day"
    return (1.0 if share >= DETERMINED else 0.6), f"{share:.1%} of its repeated values have one day"


def _is_row_number(profile: Profile) -> bool:
    values = profile.column.values
    if not values or not all(value.isdigit() for value in values[:50]):
        return False
    numbers = np.array([int(value) for value in values if value.isdigit() and len(value) < 16])
    steps = np.diff(np.sort(numbers))
    return bool(numbers.min() <= 1 and len(steps) and np.mean(steps == 1) > 0.9)


def choose_customer(
    columns: Columns, candidates: Sequence[Profile], *, order: str | None, day: str | None
) -> Choice | None:
    """The column of the customer: an order has one customer, and a customer comes back on other days.

    Args:
        columns: columns of the table.
        candidates: columns that can hold ids.
        order: column of the order; None without one.
        day: column of the day in the sample; None without dates.

    Returns:
        The choice; None if no column fits.
    """
    best: tuple[float, Choice] | None = None
    for profile in candidates:
        name = columns.named(profile.name, "customer_id")
        content, words = _customer_content(columns, profile, order, day)
        if content == 0:
            continue
        name = 0.0 if columns.means(profile.name, "identifier") and name < NAMED else name
        weight = NAME_OF_PERSONS_WEIGHT if profile.persons > 0.8 else NAME_WEIGHT
        score = weight * name + content - _penalty(columns, profile, name)
        if score < 0.45:
            continue
        if name >= NAMED:
            choice = columns.by_name(profile, "customer_id", content=words, fits=min(1.0, content + 0.3))
        else:
            choice = Choice("customer_id", profile.name, round(min(0.8, 0.3 + 0.5 * content), 2), words)
        if best is None or score > best[0]:
            best = score, choice
    return best[1] if best else _customer_by_name(columns, candidates, order, day)


def _customer_by_name(
    columns: Columns, candidates: Sequence[Profile], order: str | None, day: str | None
) -> Choice | None:
    """The names, telephone numbers or documents of the customers, for want of an id."""
    found = []
    for profile in candidates:
        looks = max(profile.persons, profile.phones, profile.documents)
        returning = _returning_share(columns, profile, day) if day else 0.0
        one_each = order is None or columns.table.determined_share(order, profile.name)[0] >= DETERMINED
        of_customer = bool(CUSTOMER_WORDS.search("".join(words_of(profile.name))))
        if columns.means(profile.name, "identifier") and one_each and returning > 0 and (looks > 0.8 or of_customer):
            found.append((of_customer, returning * profile.column.distinct, profile.name))
    words = "there is no id of customers; it identifies them"
    return Choice("customer_id", max(found)[2], 0.55, words) if found else None


def _penalty(columns: Columns, profile: Profile, name: float) -> float:
    """What speaks against a column: a header that names something else, or values that are names or words."""
    if max(profile.emails, profile.documents) > 0.8:
        return 0.15
    if name >= NAMED:
        return 0.3 * (profile.persons > 0.8)
    things = [role for role in OTHER_THINGS if role != "other_id" or profile.unique > NUMBERS_ROWS]
    named_otherwise = max(columns.named(profile.name, role) for role in things)
    personal = columns.named(profile.name, "identifier") >= NAMED or profile.persons > 0.8
    return 0.9 * (named_otherwise >= NAMED) + 0.4 * personal


def _customer_content(columns: Columns, profile: Profile, order: str | None, day: str | None) -> tuple[float, str]:
    """How much a column's values look like customers, and why; 0 if they cannot be."""
    returning = _returning_share(columns, profile, day) if day else 0.0
    id_like = _id_like(profile)
    if order is None:
        size = math.log1p(profile.column.distinct) / math.log1p(max(2, profile.column.filled))
        words = f"{returning:.0%} of the rows belong to values that come back on another day"
        return 0.05 + 0.35 * returning + 0.3 * size + 0.3 * id_like, words
    share, groups = columns.table.determined_share(order, profile.name)
    if share < 0.9:
        return 0.0, ""
    orders = columns.profiles[order].column.distinct
    size = math.log1p(min(profile.column.distinct, orders)) / math.log1p(max(2, orders))
    words = f"{share:.1%} of the orders have one" if groups >= FEW_GROUPS else "one value for each order"
    if day:
        words += f"; {returning:.0%} of the rows belong to values that come back on another day"
    return 0.05 + 0.25 * returning + 0.4 * size + 0.3 * id_like, words


def _id_like(profile: Profile) -> float:
    """How much values look like ids by themselves; short numbers may as well be amounts or items."""
    if profile.is_number and profile.mean_length < SHORT:
        return 0.5
    return 1.0 if profile.codes > 0.8 or profile.emails > 0.8 else 0.5 if profile.persons > 0.8 else 0.1


def _returning_share(columns: Columns, profile: Profile, day: str) -> float:
    """Share of the filled rows whose value occurs on at least two days."""
    codes, days = columns.table.known_codes(profile.name), columns.table.sample[day].codes
    both = (codes >= 0) & (days >= 0)
    if not both.any():
        return 0.0
    width = columns.table.sample[day].distinct + 1
    pairs = np.unique(codes[both] * width + days[both]) // width
    variants = np.bincount(pairs, minlength=profile.column.distinct)
    return float((variants[codes[both]] > 1).mean())
