"""Quantity, unit price and amount: by headers, and by quantity times price being the amount."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from clientela.data.inspection.choices import NAMED, Choice, Columns
from clientela.data.inspection.names import words_of
from clientela.data.inspection.numbers import NumberStyle, number_style
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
MATCHES = 0.8  # share of rows in which quantity times price must be the amount
FEW_ROWS = 5
SAME_AMOUNT = 0.97  # share of the orders of several lines with one amount on all of them
MOST_COLUMNS = 14
MOST_ROWS = 20_000
ORDER_WORDS = frozenset(
    {
        "order",
        "pedido",
        "invoice",
        "grand",
        "basket",
        "receipt",
        "checkout",
        "fatura",
        "factura",
        "orden",
        "bon",
        "geral",
    }
)
ORDER_COMPOUNDS = re.compile(r"bestell|auftrags|rechnungs|warenkorb|pedido|gesamtbetrag")

AmountIs = Literal["line", "order"]


@dataclass(frozen=True)
class Money:
    """The columns of money.

    Attributes:
        choices: quantity, unit_price and amount, as far as the table has them.
        amount_is: whether the amount is of the line or of the order; None if the values do not decide.
        order_total: header of a column with the order's total that was left out; None without one.
        multi_line_orders: sampled orders of several lines.
    """

    choices: tuple[Choice, ...]
    amount_is: AmountIs | None = "line"
    order_total: str | None = None
    multi_line_orders: int = 0

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


def choose_money(columns: Columns, decimal: str, *, order: str | None, product: str | None) -> Money:
    """Quantity, unit price and amount.

    Args:
        columns: columns of the table.
        decimal: decimal sign of text columns.
        order: column of the order; None without one.
        product: column of the product; None without one.

    Returns:
        The choices, and whether the amount is of a line or of an order.
    """
    candidates = numeric_candidates(columns)[:MOST_COLUMNS]
    values = {profile.name: profile.numbers(decimal) for profile in candidates}
    found = _by_product(columns, candidates, values) or _by_names(columns, candidates, values, product)
    repeated = {name: _order_level(columns, name, values[name], order) for name in values} if order else {}
    return _with_level(columns, found, repeated)


def _by_product(
    columns: Columns, candidates: Sequence[Profile], values: dict[str, NDArray[np.float64]]
) -> tuple[Choice, ...] | None:
    """The three columns of which the first times the second is the third; None if there are none."""
    best: tuple[float, tuple[Choice, ...]] | None = None
    whole = {profile.name: profile.whole_share for profile in candidates}
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
        best = columns.best_named(role, [one for one in left if role != "quantity" or one.whole_share > 0.5])
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

    best = max(left, key=weight)
    if quantity and product and _is_fixed_by(columns, product, best.name):
        return {"unit_price": Choice("unit_price", best.name, 0.65, "numbers that are nearly constant for a product")}
    return {"amount": Choice("amount", best.name, 0.6, "the numbers that look most like money")}


def _is_fixed_by(columns: Columns, product: str, price: str) -> bool:
    """Whether most products of several rows have few different values in comparison to their rows."""
    first, second = columns.table.sample[product], columns.table.sample[price]
    both = (first.codes >= 0) & (second.codes >= 0)
    pairs = len(np.unique(first.codes[both] * (second.distinct + 1) + second.codes[both]))
    products = len(np.unique(first.codes[both]))
    return bool(both.sum() > products * 2 and pairs < 0.2 * both.sum())


@dataclass(frozen=True)
class _Level:
    """How a number behaves within orders of several lines."""

    orders: int
    same: float
    by_chance: float

    @property
    def is_constant(self) -> bool:
        """Whether the number is one for all lines of an order, beyond chance."""
        return self.orders > 0 and self.same >= SAME_AMOUNT and self.by_chance < 0.5


def _order_level(columns: Columns, name: str, values: NDArray[np.float64], order: str | None) -> _Level:
    """How often the lines of an order all have the same number, and how often that would happen by chance."""
    orders = columns.table.sample[order or ""].codes
    known = (orders >= 0) & np.isfinite(values)
    width = len(columns.table.sample[order or ""].values)
    lines = np.bincount(orders[known], minlength=width)
    _, codes = np.unique(values[known], return_inverse=True)
    pairs = np.unique(orders[known] * (codes.max() + 1 if len(codes) else 1) + codes) // (
        codes.max() + 1 if len(codes) else 1
    )
    variants = np.bincount(pairs, minlength=width)
    several = lines > 1
    shares = np.bincount(codes) / max(1, len(codes))
    same = float((variants[several] == 1).mean()) if several.any() else 0.0
    return _Level(int(several.sum()), same, float((shares**2).sum()))


def _with_level(columns: Columns, found: tuple[Choice, ...], repeated: dict[str, "_Level"]) -> Money:
    """The choices with the level of the amount; an order's total gives way to quantity and unit price."""
    amount = next((choice for choice in found if choice.role == "amount"), None)
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


def names_order_total(header: str) -> bool:
    """Whether a header says that a number is the order's.

    >>> names_order_total("Order Total"), names_order_total("line_total"), names_order_total("Bestellwert")
    (True, False, True)
    """
    words = set(words_of(header))
    return bool(words & ORDER_WORDS) or bool(ORDER_COMPOUNDS.search("".join(words_of(header))))
