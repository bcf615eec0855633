"""Readable rules: a small decision tree on unscaled features that explains a segmentation.

The clustering stays the model. The tree (CART, Breiman et al. 1984) is a global surrogate of it: its fidelity is the
share of customers for whom both agree (Craven & Shavlik 1996, *Extracting tree-structured representations of trained
networks*).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, inf, log10

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.model_selection import StratifiedKFold
from sklearn.tree import DecisionTreeClassifier

from clientela.contracts import RFM

DIGITS = 2  # significant digits of a threshold: 812.35 is no clearer than 810


@dataclass(frozen=True)
class Condition:
    """A bound on one feature: `op` is "<=" or ">", `value` in the feature's unit."""

    feature: str
    op: str
    value: float


@dataclass(frozen=True)
class Rule:
    """One leaf: most customers who keep all conditions belong to the segment.

    Attributes:
        segment_id: segment of most customers in the leaf.
        conditions: bounds that lead to the leaf.
        customers: number of customers who keep them.
        precision: share of those whom the clustering puts into the segment, in [0, 1].
    """

    segment_id: int
    conditions: tuple[Condition, ...]
    customers: int
    precision: float


@dataclass(frozen=True)
class RuleList:
    """The rules, of which exactly one applies to each customer.

    Attributes:
        rules: rules in the tree's order.
        rule_of: position of the rule that applies to each customer (customers,).
        fidelity: cross-validated share of customers whom the tree puts into the clustering's segment, in [0, 1].
        depth: number of conditions of the longest rule.
    """

    rules: tuple[Rule, ...]
    rule_of: np.ndarray
    fidelity: float
    depth: int


def explain_segments(
    features: pd.DataFrame,
    segment_ids: np.ndarray,
    *,
    columns: Sequence[str],
    most_rules: int,
    smallest_rule: float,
    folds: int,
    seed: int,
) -> RuleList:
    """Explain segments by a decision tree, grown best-first until it has `most_rules` leaves.

    Args:
        features: CustomerFeatures contract.
        segment_ids: segment id of each row (customers,).
        columns: features that rules may use. Those with missing values are left out; if none remains, recency,
            frequency and monetary value are used.
        most_rules: largest number of leaves.
        smallest_rule: smallest share of the customers in a leaf, in [0, 1].
        folds: folds of the cross-validated fidelity; fewer if a segment has fewer customers.
        seed: random seed of ties between splits and of the folds.

    Returns:
        The rules, one per leaf, with thresholds rounded to two significant digits.

    Example:
        >>> features, ids = pd.DataFrame({"order_count": np.repeat([1.0, 9.0], 20)}), np.repeat([2, 1], 20)
        >>> size = {"most_rules": 4, "smallest_rule": 0.05}
        >>> rules = explain_segments(features, ids, columns=["order_count"], **size, folds=5, seed=0)
        >>> [(rule.segment_id, rule.conditions[0].op, rule.conditions[0].value) for rule in rules.rules]
        [(2, '<=', 5.5), (1, '>', 5.5)]
        >>> rules.fidelity
        1.0
    """
    X = features[list(columns)].dropna(axis="columns")
    if X.empty:
        X = features[RFM]
    tree = DecisionTreeClassifier(
        max_leaf_nodes=max(most_rules, 2),
        min_samples_leaf=max(1, round(smallest_rule * len(X))),
        random_state=seed,
    )
    rules, rule_of = _rules_of_tree(_fit(tree, X, segment_ids), X, segment_ids)
    fidelity = _fidelity(tree, X, segment_ids, folds=folds, seed=seed)
    return RuleList(tuple(rules), rule_of, fidelity, max(len(rule.conditions) for rule in rules))


def _rules_of_tree(
    fitted: DecisionTreeClassifier, X: pd.DataFrame, segment_ids: np.ndarray
) -> tuple[list[Rule], np.ndarray]:
    """One rule per leaf with customers, and the position of each customer's rule."""
    leaves = _leaf_of(fitted, X.to_numpy())
    rules: list[Rule] = []
    rule_of = np.empty(len(X), dtype=np.int32)
    for leaf, bounds in _leaves(fitted, list(X.columns)):
        members = leaves == leaf
        ids, counts = np.unique(segment_ids[members], return_counts=True)
        if not len(ids):
            continue
        rule_of[members] = len(rules)
        best = int(counts.argmax())
        rules.append(Rule(int(ids[best]), bounds, int(members.sum()), float(counts[best] / counts.sum())))
    return rules, rule_of


def rules_of(listed: RuleList, segment_id: int) -> list[Rule]:
    """A segment's rules, the one with the most customers first."""
    return sorted((rule for rule in listed.rules if rule.segment_id == segment_id), key=lambda rule: -rule.customers)


def _fit(tree: DecisionTreeClassifier, X: pd.DataFrame, segment_ids: np.ndarray) -> DecisionTreeClassifier:
    fitted = clone(tree).fit(X.to_numpy(), segment_ids)
    # This changes the tree's own thresholds, so that the tree applies the rounded values that readers see.
    thresholds, split_on = fitted.tree_.threshold, fitted.tree_.feature
    whole = [bool((column == np.floor(column)).all()) for _, column in X.items()]
    for node in np.flatnonzero(split_on >= 0):
        if not whole[split_on[node]]:
            thresholds[node] = _rounded(float(thresholds[node]))
        else:
            thresholds[node] = floor(thresholds[node]) + 0.5
    return fitted


def _leaf_of(fitted: DecisionTreeClassifier, X: np.ndarray) -> np.ndarray:
    """The leaf of each row in double precision; scikit-learn's `apply` uses float32, where 0.3 is above 0.3."""
    tree, rows = fitted.tree_, np.arange(len(X))
    nodes = np.zeros(len(X), dtype=np.intp)
    for _ in range(tree.max_depth):
        children = np.where(
            X[rows, np.maximum(tree.feature[nodes], 0)] <= tree.threshold[nodes],
            tree.children_left[nodes],
            tree.children_right[nodes],
        )
        nodes = np.where(children == -1, nodes, children)
    return nodes


def _predict(fitted: DecisionTreeClassifier, X: np.ndarray) -> np.ndarray:
    return fitted.classes_[fitted.tree_.value[_leaf_of(fitted, X), 0].argmax(axis=1)]


def _rounded(value: float) -> float:
    return round(value, DIGITS - 1 - floor(log10(abs(value)))) if value else 0.0


def _fidelity(
    tree: DecisionTreeClassifier, X: pd.DataFrame, segment_ids: np.ndarray, *, folds: int, seed: int
) -> float:
    folds = min(folds, int(np.unique(segment_ids, return_counts=True)[1].min()))
    if folds < 2:
        return float((_predict(_fit(tree, X, segment_ids), X.to_numpy()) == segment_ids).mean())
    agree = np.empty(len(X), dtype=bool)
    for train, test in StratifiedKFold(folds, shuffle=True, random_state=seed).split(X, segment_ids):
        fitted = _fit(tree, X.iloc[train], segment_ids[train])
        agree[test] = _predict(fitted, X.iloc[test].to_numpy()) == segment_ids[test]
    return float(agree.mean())


def _leaves(fitted: DecisionTreeClassifier, columns: list[str]) -> list[tuple[int, tuple[Condition, ...]]]:
    """Each leaf's node with the conditions of its path: the tightest bound per feature and side."""
    tree, found = fitted.tree_, []
    open_nodes: list[tuple[int, dict[tuple[str, str], float]]] = [(0, {})]
    while open_nodes:
        node, bounds = open_nodes.pop()
        if tree.children_left[node] == -1:
            path = [Condition(name, op, value) for (name, op), value in bounds.items()]
            found.append((node, tuple(sorted(path, key=lambda bound: (columns.index(bound.feature), bound.op)))))
            continue
        name, value = columns[tree.feature[node]], float(tree.threshold[node])
        above, below = bounds.get((name, ">"), -inf), bounds.get((name, "<="), inf)
        open_nodes.append((int(tree.children_right[node]), {**bounds, (name, ">"): max(value, above)}))
        open_nodes.append((int(tree.children_left[node]), {**bounds, (name, "<="): min(value, below)}))
    return found
