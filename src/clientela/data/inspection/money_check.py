"""Whether the headers of the money agree with its values: price of one item, amount of a line, or number of items."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clientela.data.inspection.choices import NAMED, Choice, Columns
from clientela.data.inspection.price_level import PriceLevel, level_by_correlation, level_by_products

UNDECIDED = 0.45  # confidence in an amount that may be a price of one item
CLEAR = 0.4  # see `level_by_products`
FEW_ITEMS = 20
Values = Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Checked:
    """The checked choices.

    Attributes:
        choices: quantity, unit_price and amount.
        doubtful: header of a column that may be a price or an amount; None without one.
        reread: header of a column that is not what its header says; None without one.
    """

    choices: tuple[Choice, ...]
    doubtful: str | None = None
    reread: str | None = None


def level_of(
    columns: Columns, product: str | None, quantity: NDArray[np.float64], number: NDArray[np.float64]
) -> PriceLevel | None:
    """The level of a number without a telling header.

    Args:
        columns: columns of the table.
        product: column of the product; None without one.
        quantity: quantities, shape (sampled rows,).
        number: the numbers, shape (sampled rows,).

    Returns:
        The level; None if the values do not decide.
    """
    codes = columns.table.sample[product].codes if product else None
    by_products = level_by_products(codes, quantity, number) if codes is not None else None
    return by_products or level_by_correlation(quantity, number)


def check_level(columns: Columns, found: tuple[Choice, ...], values: Values, product: str | None) -> Checked:
    """Compare the headers of the money with how its values depend on products and quantities.

    Args:
        columns: columns of the table.
        found: quantity, unit_price and amount, as far as there are any.
        values: header -> numbers of the sample.
        product: column of the product or its group; None without one.

    Returns:
        The choices. A header that its values clearly contradict is overruled; one that they contradict less clearly is
        marked as doubtful.
    """
    by_role = {choice.role: choice for choice in found}
    if set(by_role) == {"unit_price", "amount"} and product:
        return _with_counted_amount(columns, by_role, values, product) or Checked(found)
    quantity = by_role.pop("quantity", None)
    if quantity is None or len(by_role) != 1:
        return Checked(found)
    (money,) = by_role.values()
    if money.confidence == UNDECIDED:
        return Checked(found, doubtful=money.source)
    if product is None or columns.named(money.source, money.role) < NAMED:
        return Checked(found)
    codes, counts, numbers = columns.table.sample[product].codes, values[quantity.source], values[money.source]
    level = level_by_products(codes, counts, numbers)
    if level in (None, money.role):
        return Checked(found)
    if level_by_products(codes, counts, numbers, clearly_fewer=CLEAR) == level:
        words = "its values do not grow with the quantity" if level == "unit_price" else "its values grow with it"
        return Checked(
            (quantity, Choice(level, money.source, 0.8, f"{words}, whatever the header says")), None, money.source
        )
    return Checked(found, doubtful=money.source)


def _with_counted_amount(
    columns: Columns, by_role: Mapping[str, Choice], values: Values, product: str
) -> Checked | None:
    """The choices if the "amount" is a number of items; None if it is money."""
    amount, price = by_role["amount"], by_role["unit_price"]
    known = values[amount.source][np.isfinite(values[amount.source])]
    if columns.profiles[amount.source].whole_share < 0.99 or not len(known) or np.median(np.abs(known)) > FEW_ITEMS:
        return None
    level = level_by_products(columns.table.sample[product].codes, values[amount.source], values[price.source])
    if level is None:
        return None
    quantity = Choice("quantity", amount.source, 0.75, "small whole numbers beside a price")
    words = "its values grow with the quantity" if level == "amount" else "its values do not grow with the quantity"
    return Checked((quantity, Choice(level, price.source, 0.8, words)), None, amount.source)
