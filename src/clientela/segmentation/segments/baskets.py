"""Products that a segment's customers buy together: association rules on a bounded sample of their orders."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
import pandas as pd
from scipy.sparse import csc_array, triu

FEWEST_ORDERS, SMALLEST_SUPPORT = 10, 0.01  # with fewer orders a rule is chance
SMALLEST_LIFT = 1.5
MOST_RULES = 5
NO_PRODUCT = -1  # in place of the second antecedent of a rule with one

BasketRule = TypedDict(
    "BasketRule",
    {"if": list[str], "then": list[str], "orders": int, "support": float, "confidence": float, "lift": float},
)
"""An association rule: product names, orders with all of its products, support, confidence and lift."""


@dataclass(frozen=True)
class _Rules:
    """Rules as columns, one row per rule.

    Attributes:
        products: positions of the two antecedents and the consequent; (rules, 3).
        orders: orders with all products of the rule (rules,).
        confidence: share of the orders with the antecedents that have the consequent, too (rules,).
        lift: confidence / share of all orders with the consequent (rules,).
    """

    products: np.ndarray
    orders: np.ndarray
    confidence: np.ndarray
    lift: np.ndarray

    def only(self, rows: np.ndarray) -> "_Rules":
        """Some of the rules, by a mask or by positions."""
        return _Rules(self.products[rows], self.orders[rows], self.confidence[rows], self.lift[rows])


def basket_rules(items: pd.DataFrame, names: Mapping[str, str]) -> list[BasketRule]:
    """The association rules of the highest lift.

    Support is the share of orders with all products of the rule. Confidence is the share of the orders with the
    antecedents that also have the consequent (Agrawal, Imielinski & Swami 1993). Lift is the confidence divided by the
    share of all orders with the consequent. A rule has one or two antecedents. If rules share two products (A -> B and
    B -> A, or the colours of one tea set), only the one with the highest lift is kept; in a tie, the one with the
    highest confidence. Rules need 10 orders, a support of 1% and a lift above 1.5.

    Args:
        items: items of one segment: order_number (1 to order_count), product_id, order_count; one row per product of
            an order.
        names: product_id -> product name.

    Returns:
        At most five rules, best first.
    """
    order_count = int(items["order_count"].max()) if len(items) else 0
    if order_count < FEWEST_ORDERS:
        return []
    matrix, products = _frequent_products(items, order_count)
    rules = _different(_mine_rules(matrix, order_count), products)
    return [
        {
            "if": [names[products[position]] for position in antecedents if position != NO_PRODUCT],
            "then": [names[products[consequent]]],
            "orders": int(orders),
            "support": float(orders / order_count),
            "confidence": float(confidence),
            "lift": float(lift),
        }
        for (*antecedents, consequent), orders, confidence, lift in zip(
            rules.products, rules.orders, rules.confidence, rules.lift, strict=True
        )
    ]


def _different(rules: _Rules, products: np.ndarray) -> _Rules:
    """The best rules, best first, without those that share two products with a better rule."""
    # A -> B and B -> A have the same lift except for its last digits.
    keys = np.column_stack([-np.round(rules.lift, 9), -np.round(rules.confidence, 9)])
    left, chosen = np.lexsort((keys[:, 1], keys[:, 0])), list[int]()
    while len(left) and len(chosen) < MOST_RULES:
        tied = left[(keys[left] == keys[left[0]]).all(axis=1)]
        best = min(tied, key=lambda row: _text(rules.products[row], products))
        chosen.append(best)
        left = left[np.isin(rules.products[left], _named(rules.products[best])).sum(axis=1) < 2]
    return rules.only(np.array(chosen, dtype=int))


def _named(rule: np.ndarray) -> np.ndarray:
    """The positions of a rule's products, without the one that it lacks."""
    named: np.ndarray = rule[rule != NO_PRODUCT]
    return named


def _text(rule: np.ndarray, products: np.ndarray) -> str:
    """A rule as text, which decides among rules of equal lift and confidence."""
    return f"{[products[position] for position in _named(rule[:2])]} {[products[rule[2]]]}"


def _mine_rules(matrix: csc_array, order_count: int) -> _Rules:
    """All rules that reach the minimums and have one consequent."""
    fewest = _fewest_orders(order_count)
    single = matrix.sum(axis=0)
    pairs = (matrix.T @ matrix).toarray()
    two = np.argwhere(np.triu(pairs >= fewest, k=1))
    three = np.array([*_frequent_triples(matrix, fewest)], dtype=int).reshape(-1, 4)
    rows = np.concatenate(
        [
            _rules_of_pairs(two, pairs),
            _rules_of_triples(three, (0, 1, 2)),
            _rules_of_triples(three, (0, 2, 1)),
            _rules_of_triples(three, (1, 2, 0)),
        ]
    )
    one, other, consequent, orders = rows.T
    antecedents = np.where(other == NO_PRODUCT, single[one], pairs[one, other])
    # From shares of orders, as the definitions have them.
    confidence = (orders / order_count) / (antecedents / order_count)
    lift = confidence / (single[consequent] / order_count)
    return _Rules(rows[:, :3], orders, confidence, lift).only(lift > SMALLEST_LIFT)


def _rules_of_pairs(two: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Rows of antecedent, no product, consequent and orders: both directions of each pair."""
    first, second = two.T
    none, orders = np.full(len(two), NO_PRODUCT), pairs[first, second]
    both = [np.column_stack([first, none, second, orders]), np.column_stack([second, none, first, orders])]
    return np.concatenate(both)


def _rules_of_triples(three: np.ndarray, roles: tuple[int, int, int]) -> np.ndarray:
    """Rows of two antecedents, the consequent and orders, in the given order of the triple's products."""
    return three[:, [*roles, 3]]


def _fewest_orders(order_count: int) -> int:
    return max(FEWEST_ORDERS, math.ceil(order_count * SMALLEST_SUPPORT))


def _frequent_products(items: pd.DataFrame, order_count: int) -> tuple[csc_array, np.ndarray]:
    """Orders x products (1 where the order has the product), and the product ids; only products in enough orders."""
    codes, products = pd.factorize(items["product_id"], sort=True)
    places = (items["order_number"].to_numpy() - 1, codes)
    matrix = csc_array((np.ones(len(items), dtype=np.int64), places), shape=(order_count, len(products)))
    frequent = np.flatnonzero(matrix.sum(axis=0) >= _fewest_orders(order_count))
    return matrix[:, frequent], np.asarray(products, dtype=object)[frequent]


def _frequent_triples(matrix: csc_array, fewest: int) -> Iterator[tuple[int, int, int, int]]:
    """Three products in ascending order, and the orders with all of them."""
    by_order = matrix.tocsr()
    for i in range(matrix.shape[1]):
        later = by_order[matrix.indices[matrix.indptr[i] : matrix.indptr[i + 1]], i + 1 :]
        counts = triu(later.T @ later, k=1).tocoo()
        is_frequent = counts.data >= fewest
        for j, k, orders in zip(*(axis[is_frequent] for axis in (*counts.coords, counts.data)), strict=True):
            yield i, i + 1 + int(j), i + 1 + int(k), int(orders)
