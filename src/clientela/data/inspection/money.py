"""Quantity, unit price and amount: by headers, and by quantity times price being the amount."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from clientela.data.inspection.choices import NAMED, Choice, Columns
from clientela.data.inspection.money_check import UNDECIDED, check_level, level_of
from clientela.data.inspection.names import words_of
from clientela.data.inspection.numbers import NumberStyle, number_style
from clientela.data.inspection.order_level import SAME_AMOUNT, OrderLevel, names_order_total, order_level
from clientela.data.inspection.profile import Profile

MONEY = ("quantity", "unit_price", "amount")
NOT_MONEY = (
    "customer_id",
    "order_id",
    "product_id",
    "attribute",
    "other_number",
    "other_id",
    "other_date",
    "ordered_at",
)
ID_WORDS = frozenset({"id", "ids", "uuid", "guid", "key", "nr", "nbr", "sk"})
MATCHES = 0.8  # share of rows in which quantity times price must be the amount
FEW_ROWS = 5
MOST_COLUMNS = 14
MOST_ROWS = 20_000
AmountIs = Literal["line", "order"]


@dataclass(frozen=True)
class Money:
    """The columns of money.

    Attributes:
        choices: quantity, unit_price and amount, as far as the table has them.
        amount_is: whether the amount is of the line or of the order; None if the values do not decide.
        order_total: header of a column with the order's total that was left out; None without one.
        multi_line_orders: sampled orders of several lines.
        doubtful: header of a column of money whose values say that it is not what its header says, or that do not
            decide between the price of one item and the amount of a line; None without one.
        reread: header of a column whose values clearly say that it is not what its header says; None without one.
    """

    choices: tuple[Choice, ...]
    amount_is: AmountIs | None = "line"
    order_total: str | None = None
    multi_line_orders: int = 0
    doubtful: str | None = None
    reread: str | None = None

    def get(self, role: str) -> Choice | None:
        """The choice for a role; None without one."""
        return next((choice for choice in self.choices if choice.role == role), None)


def numeric_candidates(columns: Columns) -> list[Profile]:
    """Columns without a role whose values are numbers and no codes, and that no header gives another meaning."""
    return [
        profile
        for profile in columns.free()
        if profile.is_number
        and profile.leading_zeros < 0.3
        and not ID_WORDS & set(words_of(profile.name))
        and max(columns.named(profile.name, role) for role in MONEY)
        >= max(columns.named(profile.name, role) for role in NOT_MONEY) - 0.05
    ]


def style_of(columns: Columns, candidates: Sequence[Profile]) -> NumberStyle:
    """How the numbers of the text columns are written, by all values of the source."""
    shapes: list[tuple[str, int]] = []
    for profile in candidates:
        if profile.column.type == "VARCHAR":
            shapes += columns.table.number_shapes(profile.name)
    return number_style(shapes)


def choose_money(
    columns: Columns, decimal: str, *, order: str | None, product: str | None, decided: Collection[str] = ()
) -> Money:
    """Quantity, unit price and amount.

    Args:
        columns: columns of the table.
        decimal: decimal sign of text columns.
        order: column of the order; None without one.
        product: column of the product; None without one.
        decided: roles that the user has decided.

    Returns:
        The choices, and whether the amount is of a line or of an order.
    """
    candidates = numeric_candidates(columns)[:MOST_COLUMNS]
    values = {profile.name: profile.numbers(decimal) for profile in candidates}
    if decided:
        found = _beside_decided(columns, candidates, decided)
    else:
        found = _by_product(columns, candidates, values) or _by_names(columns, candidates, values, product)
    repeated = {name: order_level(columns, name, values[name], order) for name in values} if order else {}
    checked = check_level(columns, found, values, product)
    money = _with_level(columns, checked.choices, repeated)
    return replace(money, doubtful=checked.doubtful, reread=checked.reread)


def _by_product(
    columns: Columns, candidates: Sequence[Profile], values: dict[str, NDArray[np.float64]]
) -> tuple[Choice, ...] | None:
    """The three columns of which the first times the second is the third; None if there are none."""
    best: tuple[float, tuple[Choice, ...]] | None = None
    whole = {profile.name: _whole_share(values[profile.name]) for profile in candidates}
    for quantity, price, amount in permutations([profile.name for profile in candidates], 3):
        if whole[quantity] < 0.95 or whole[quantity] < whole[price]:
            continue
        share = _product_share(values[quantity], values[price], values[amount])
        if share < MATCHES:
            continue
        roles = dict(zip(MONEY, (quantity, price, amount), strict=True))
        named = sum(columns.named(name, role) for role, name in roles.items())
        if best is None or named + share > best[0]:
            words = f"quantity times price is the amount in {share:.0%} of the rows"
            best = named + share, tuple(_verified(columns, name, role, words) for role, name in roles.items())
    return best[1] if best else None


def _whole_share(values: NDArray[np.float64]) -> float:
    """Share of the numbers that are whole, however many zeros are written behind them (24.0000)."""
    known = values[np.isfinite(values)]
    return float((known == np.trunc(known)).mean()) if len(known) else 0.0


def _product_share(quantity: NDArray[np.float64], price: NDArray[np.float64], amount: NDArray[np.float64]) -> float:
    """Share of the rows with more than one item in which quantity times price is about the amount."""
    step = max(1, len(quantity) // MOST_ROWS)
    first, second, third = quantity[::step], price[::step], amount[::step]
    telling = np.isfinite(first) & np.isfinite(second) & np.isfinite(third) & (np.abs(first) > 1) & (second != 0)
    telling &= second != 1
    if telling.sum() < FEW_ROWS:
        return 0.0
    expected = first[telling] * second[telling]
    return float((np.abs(expected - third[telling]) <= np.maximum(0.02, 0.005 * np.abs(expected))).mean())


def _verified(columns: Columns, name: str, role: str, words: str) -> Choice:
    by_name = columns.named(name, role) >= NAMED
    return Choice(role, name, 0.99 if by_name else 0.85, f"the header names it; {words}" if by_name else words)


def _by_names(
    columns: Columns, candidates: Sequence[Profile], values: dict[str, NDArray[np.float64]], product: str | None
) -> tuple[Choice, ...]:
    """The columns by their headers; what no header names, by its values."""
    left = list(candidates)
    chosen: dict[str, Choice] = {}
    for role in ("amount", "quantity", "unit_price"):
        best = columns.best_named(
            role, [one for one in left if role != "quantity" or _whole_share(values[one.name]) > 0.5]
        )
        if best is not None:
            chosen[role] = columns.by_name(best, role, content="its values are numbers")
            left.remove(best)
    left = [profile for profile in left if columns.other_role(profile.name) < NAMED]
    if "quantity" not in chosen:
        counted = [one for one in left if _looks_counted(one, values[one.name])]
        if counted and len(left) + len(chosen) > 1:
            name = min(counted, key=lambda one: float(np.nanmedian(values[one.name]))).name
            chosen["quantity"] = Choice("quantity", name, 0.6, "small whole numbers")
            left = [profile for profile in left if profile.name != name]
    if not {"amount", "unit_price"} & set(chosen) and left:
        chosen |= _money_by_content(columns, left, values, chosen.get("quantity"), product)
    if "unit_price" in chosen and "amount" not in chosen and "quantity" not in chosen:
        price = chosen.pop("unit_price")
        reason = f"{price.reason}; without quantities, the price of a row is its amount"
        chosen["amount"] = Choice("amount", price.source, round(price.confidence - 0.1, 2), reason)
    return tuple(chosen[role] for role in MONEY if role in chosen)


def _beside_decided(columns: Columns, candidates: Sequence[Profile], decided: Collection[str]) -> tuple[Choice, ...]:
    """The columns that complete what the user has decided, by their headers."""
    roles = {"quantity", "unit_price"} - set(decided) if "amount" not in decided else {"quantity"} - set(decided)
    if not {"unit_price", "amount"} & set(decided):
        roles = {"unit_price", "amount"} - set(decided)
    found = {role: columns.best_named(role, candidates) for role in MONEY if role in roles}
    return tuple(columns.by_name(one, role, content="its values are numbers") for role, one in found.items() if one)


def _looks_counted(profile: Profile, values: NDArray[np.float64]) -> bool:
    """Whether numbers look like items: whole, small, and not always the same."""
    known = values[np.isfinite(values)]
    if profile.whole_share < 0.99 or not len(known) or profile.column.distinct < 2:
        return False
    return bool(
        np.median(np.abs(known)) <= 30 and np.quantile(np.abs(known), 0.99) <= 5_000 and (known == 1).mean() > 0.02
    )


def _money_by_content(
    columns: Columns,
    left: Sequence[Profile],
    values: dict[str, NDArray[np.float64]],
    quantity: Choice | None,
    product: str | None,
) -> dict[str, Choice]:
    """The unit price or the amount among columns whose headers say nothing."""

    def weight(profile: Profile) -> float:
        known = np.abs(values[profile.name][np.isfinite(values[profile.name])])
        return (
            (profile.whole_share < 0.9)
            + profile.has_currency
            + (float(np.log10(1 + np.median(known))) / 10 if len(known) else 0)
        )

    best = max(left, key=weight).name
    if quantity is None:
        return {"amount": Choice("amount", best, 0.6, "the numbers that look most like money")}
    level = level_of(columns, product, values[quantity.source], values[best])
    if level == "unit_price":
        return {"unit_price": Choice("unit_price", best, 0.65, "numbers that do not grow with the quantity")}
    if level == "amount":
        return {"amount": Choice("amount", best, 0.65, "numbers that grow with the quantity")}
    return {"amount": Choice("amount", best, UNDECIDED, "the numbers that look most like money")}


def _with_level(columns: Columns, found: tuple[Choice, ...], repeated: dict[str, OrderLevel]) -> Money:
    """The choices with the level of the amount; an order's total gives way to quantity and unit price."""
    amount = next((choice for choice in found if choice.role == "amount"), None)
    price = next((choice for choice in found if choice.role == "unit_price"), None)
    has_quantity = any(choice.role == "quantity" for choice in found)
    if amount and price and has_quantity and _is_sparse(columns, amount, price):
        return Money(tuple(choice for choice in found if choice is not amount), "line", amount.source)
    level = repeated.get(amount.source) if amount else None
    if amount is None or level is None or "quantity times price" in amount.reason:
        return Money(found, multi_line_orders=level.orders if level else 0)
    names_order = names_order_total(amount.source)
    constant = level.is_constant or (names_order and level.orders > 0 and level.same >= SAME_AMOUNT)
    if not constant:
        return Money(found, multi_line_orders=level.orders)
    others = {choice.role for choice in found}
    if {"quantity", "unit_price"} <= others:
        return Money(tuple(choice for choice in found if choice is not amount), "line", amount.source, level.orders)
    if names_order or level.orders >= 20:
        return Money(found, "order", amount.source, level.orders)
    return Money(found, None, amount.source, level.orders)


def _is_sparse(columns: Columns, amount: Choice, price: Choice) -> bool:
    """Whether the amount stands on some lines only, such as the first of each order."""
    return columns.profiles[amount.source].fill < 0.9 * columns.profiles[price.source].fill
