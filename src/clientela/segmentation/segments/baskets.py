"""Products that a segment's customers buy together: association rules on a bounded sample of their orders."""

import math
from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

FEWEST_ORDERS, SMALLEST_SUPPORT = 10, 0.01  # with fewer orders a rule is chance
SMALLEST_LIFT = 1.5
LONGEST = 3  # products of a rule: one or two antecedents and one consequent
MOST_RULES = 5

BasketRule = TypedDict(
    "BasketRule",
    {"if": list[str], "then": list[str], "orders": int, "support": float, "confidence": float, "lift": float},
)
"""An association rule: product names, orders with all of its products, support, confidence and lift."""


def basket_rules(items: pd.DataFrame, names: Mapping[str, str]) -> list[BasketRule]:
    """The association rules of the highest lift.

    Support is the share of orders with all products of the rule. Confidence is the share of the orders with the
    antecedents that also have the consequent (Agrawal, Imielinski & Swami 1993). Lift is the confidence divided by the
    share of all orders with the consequent. Frequent products are found by FP-growth (Han, Pei & Yin 2000). If rules
    share two products (A -> B and B -> A, or the colours of one tea set), only the one with the highest lift is kept;
    in a tie, the one with the highest confidence. Rules need 10 orders, a support of 1% and a lift above 1.5.

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
    return [
        {
            "if": [names[product] for product in sorted(rule["antecedents"])],
            "then": [names[product] for product in rule["consequents"]],
            "orders": round(rule["support"] * order_count),
            "support": float(rule["support"]),
            "confidence": float(rule["confidence"]),
            "lift": float(rule["lift"]),
        }
        for rule in _different(_mine_rules(items, order_count).to_dict("records"))
    ]


def _different(rules: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The best rules, without those that share two products with a better rule."""
    chosen: list[dict[str, Any]] = []
    seen: list[frozenset[str]] = []
    for rule in rules:
        products = rule["antecedents"] | rule["consequents"]
        if all(len(products & other) < 2 for other in seen):
            chosen.append(rule)
            seen.append(products)
    return chosen[:MOST_RULES]


def _mine_rules(items: pd.DataFrame, order_count: int) -> pd.DataFrame:
    """All rules that reach the minimums and have one consequent, best first."""
    # The import takes half a second, and only the description of segments needs it.
    from mlxtend.frequent_patterns import association_rules, fpgrowth

    fewest = max(FEWEST_ORDERS, math.ceil(order_count * SMALLEST_SUPPORT))
    # fpgrowth rounds the count up. Half an order less keeps the limit exact if the division is inexact.
    frequent = fpgrowth(_matrix(items, order_count), (fewest - 0.5) / order_count, use_colnames=True, max_len=LONGEST)
    if frequent.empty:
        return pd.DataFrame(columns=["antecedents", "consequents"])
    rules = association_rules(frequent, metric="lift", min_threshold=SMALLEST_LIFT)
    rules = rules[(rules["consequents"].map(len) == 1) & (rules["lift"] > SMALLEST_LIFT)]
    return rules.assign(
        # A -> B and B -> A have the same lift except for its last digits.
        rank=-rules["lift"].round(9),
        doubt=-rules["confidence"].round(9),
        text=[f"{sorted(rule.antecedents)} {sorted(rule.consequents)}" for rule in rules.itertuples()],
    ).sort_values(["rank", "doubt", "text"])


def _matrix(items: pd.DataFrame, order_count: int) -> pd.DataFrame:
    """Orders x products, sparse: whether the product is in the order."""
    codes, products = pd.factorize(items["product_id"], sort=True)
    places = (items["order_number"].to_numpy() - 1, codes)
    matrix = csr_matrix((np.ones(len(items), dtype=bool), places), shape=(order_count, len(products)))
    return pd.DataFrame.sparse.from_spmatrix(matrix, columns=products)
