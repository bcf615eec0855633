"""Numbers that belong to the order and stand on each of its lines."""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clientela.data.inspection.choices import Columns
from clientela.data.inspection.names import words_of

SAME_AMOUNT = 0.97  # share of the orders of several lines with one amount on all of them
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


@dataclass(frozen=True)
class OrderLevel:
    """How a number behaves within orders of several lines."""

    orders: int
    same: float
    by_chance: float

    @property
    def is_constant(self) -> bool:
        """Whether the number is one for all lines of an order, beyond chance."""
        return self.orders > 0 and self.same >= SAME_AMOUNT and self.by_chance < 0.5


def order_level(columns: Columns, name: str, values: NDArray[np.float64], order: str | None) -> OrderLevel:
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
    return OrderLevel(int(several.sum()), same, float((shares**2).sum()))


def names_order_total(header: str) -> bool:
    """Whether a header says that a number is the order's.

    >>> names_order_total("Order Total"), names_order_total("line_total"), names_order_total("Bestellwert")
    (True, False, True)
    """
    words = set(words_of(header))
    return bool(words & ORDER_WORDS) or bool(ORDER_COMPOUNDS.search("".join(words_of(header))))
