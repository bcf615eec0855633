"""Rules that a person can read: a small decision tree over unscaled features that explains a segmentation.

The clustering stays the model; the tree is its explanation, and says how often both agree (a global surrogate,
Craven & Shavlik 1996, *Extracting tree-structured representations of trained networks*).
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

DIGITS = 2  # significant ones of a threshold: 812.35 is no clearer than 810


@dataclass(frozen=True)
class Condition:
    """A bound on one feature: `op` is "<=" or ">", `value` in the feature's unit."""

    feature: str
    op: str
    value: float


@dataclass(frozen=True)
class Rule:
    """One leaf: whoever keeps all conditions belongs, as a rule, to the segment.

    `customers` keep the conditions; `precision` is the share of them that the model puts into the segment.
    """

    segment_id: int
    conditions: tuple[Condition, ...]
    customers: int
    precision: float


@dataclass(frozen=True)
class RuleList:
    """The rules, of which exactly one applies to each customer.

    Attributes:
        rules: in the tree's order.
        rule_of: position of the rule that applies, one a customer.
        fidelity: cross-validated share of the customers whom the tree puts into the model's segment.
        depth: conditions of the longest rule.
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
    """Grow the tree with the most telling splits first, until it has `most_rules` leaves.

    Args:
        features: the CustomerFeatures contract.
        segment_ids: one a row of it.
        columns: features to speak of; those with missing values are left out. Recency, frequency and monetary value
            speak where none is left.
        most_rules: leaves, at most.
        smallest_rule: share of the customers in a leaf, at least.
        folds: of the cross-validation, fewer where a segment has fewer customers.
        seed: of ties between splits and of the folds.
    """
    X = features[list(columns)].dropna(axis="columns")
    if X.empty:
        X = features[RFM]
    tree = DecisionTreeClassifier(
        max_leaf_nodes=max(most_rules, 2),
        min_samples_leaf=max(1, round(smallest_rule * len(X))),
        random_state=seed,
    )
    fitted = _fit(tree, X, segment_ids)
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
    return RuleList(
        tuple(rules),
        rule_of,
        _fidelity(tree, X, segment_ids, folds=folds, seed=seed),
        max(len(rule.conditions) for rule in rules),
    )


def rules_of(listed: RuleList, segment_id: int) -> list[Rule]:
    """A segment's rules, the one with the most customers first."""
    return sorted((rule for rule in listed.rules if rule.segment_id == segment_id), key=lambda rule: -rule.customers)


def _fit(tree: DecisionTreeClassifier, X: pd.DataFrame, segment_ids: np.ndarray) -> DecisionTreeClassifier:
    fitted = clone(tree).fit(X.to_numpy(), segment_ids)
    # A view of the tree's own thresholds: what is told is what is applied.
    thresholds, split_on = fitted.tree_.threshold, fitted.tree_.feature
    whole = [bool((column == np.floor(column)).all()) for _, column in X.items()]
    for node in np.flatnonzero(split_on >= 0):
        if not whole[split_on[node]]:
            thresholds[node] = _rounded(float(thresholds[node]))
        else:
            thresholds[node] = floor(thresholds[node]) + 0.5
    return fitted


def _leaf_of(fitted: DecisionTreeClassifier, X: np.ndarray) -> np.ndarray:
    """The leaf of each row. scikit-learn's own `apply` rounds X to single precision: 0.3 would lie above 0.3."""
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
    """Every leaf's node with its path's conditions, the tightest bound of each feature and side."""
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
