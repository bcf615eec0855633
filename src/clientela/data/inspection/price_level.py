"""Whether a number is the price of one item or the amount of the line: by how it depends on the quantity."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

PriceLevel = Literal["unit_price", "amount"]

FEWEST_ROWS = 30  # rows of products that occur with several quantities
CLEARLY_FEWER = 0.75
RELATED, UNRELATED = 0.3, 0.05  # rank correlations of quantity and number


def level_by_products(
    product: NDArray[np.int64],
    quantity: NDArray[np.float64],
    number: NDArray[np.float64],
    *,
    clearly_fewer: float = CLEARLY_FEWER,
) -> PriceLevel | None:
    """The level of a number, decided by products that occur with several quantities.

    A product has few unit prices. The amounts of its lines vary with the quantity, and divided by it they do not.

    Args:
        product: number of the product in each row, shape (rows,); -1 for none.
        quantity: quantities, shape (rows,); NaN for none.
        number: the numbers in question, shape (rows,); NaN for none.
        clearly_fewer: largest share of different values per product, of the other level's, that decides.

    Returns:
        The level; None if there are too few such products, or they do not decide.

    >>> product, quantity = np.arange(100) % 5, np.arange(100) % 3 + 1.0
    >>> level_by_products(product, quantity, 2.5 * quantity + product * quantity)
    'amount'
    """
    known = (product >= 0) & np.isfinite(quantity) & np.isfinite(number) & (quantity > 0) & (number > 0)
    product, quantity, number = product[known], quantity[known], number[known]
    if not len(product):
        return None
    varied = (_distinct_per_product(product, quantity) > 1)[product]
    if varied.sum() < FEWEST_ROWS:
        return None
    product, quantity, number = product[varied], quantity[varied], number[varied]
    as_it_is = int(_distinct_per_product(product, number).sum())
    divided = int(_distinct_per_product(product, np.round(number / quantity, 2)).sum())
    if as_it_is < clearly_fewer * divided:
        return "unit_price"
    return "amount" if divided < clearly_fewer * as_it_is else None


def _distinct_per_product(product: NDArray[np.int64], values: NDArray[np.float64]) -> NDArray[np.int64]:
    """The number of different values of each product, shape (largest product + 1,)."""
    _, codes = np.unique(values, return_inverse=True)
    width = int(codes.max()) + 1
    return np.bincount(np.unique(product * width + codes) // width, minlength=int(product.max()) + 1)


def level_by_correlation(quantity: NDArray[np.float64], number: NDArray[np.float64]) -> PriceLevel | None:
    """The level of a number, decided by its rank correlation with the quantity; weaker than `level_by_products`.

    Args:
        quantity: quantities, shape (rows,); NaN for none.
        number: the numbers in question, shape (rows,); NaN for none.

    Returns:
        The level; None if the correlation is between that of a unit price and that of an amount.
    """
    known = np.isfinite(quantity) & np.isfinite(number) & (quantity > 0) & (number > 0)
    if known.sum() < FEWEST_ROWS or len(np.unique(quantity[known])) < 2:
        return None
    one, other = (np.unique(values[known], return_inverse=True)[1] for values in (quantity, number))
    if not other.any():
        return None
    correlation = float(np.corrcoef(one, other)[0, 1])
    if correlation > RELATED:
        return "amount"
    return "unit_price" if correlation < UNRELATED else None
