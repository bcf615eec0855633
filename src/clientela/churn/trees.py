"""Checks the trees of a churn model: scikit-learn follows their arrays without checks of its own.

A node that names a child or a feature outside of the arrays would end the process that predicts with it.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np


def check_trees(pipeline: Any) -> None:
    """Check that each node of the trees of a pipeline names later nodes and existing features.

    Args:
        pipeline: fitted pipeline of `churn.models.make_model`.

    Raises:
        ValueError: a node names something else; predicting with it could end the process.
    """
    model = pipeline.named_steps["model"]
    for nodes in _trees(model):
        _check_nodes(nodes, features=model.n_features_in_)


def _trees(model: Any) -> Iterator[np.ndarray]:
    """The inner nodes of each tree, as rows of number, left, right, feature, and the number of nodes."""
    if hasattr(model, "_predictors"):  # gradient boosting
        for predictor in (one for stage in model._predictors for one in stage):
            nodes = predictor.nodes
            if np.any(nodes["is_categorical"]):
                raise ValueError("The trees of a churn model must split numbers only. One splits categories.")
            yield _inner(nodes["left"], nodes["right"], nodes["feature_idx"], nodes["is_leaf"] == 0)
        return
    for tree in (one.tree_ for one in getattr(model, "estimators_", [model]) if hasattr(one, "tree_")):
        if tree.node_count > tree.capacity:
            raise ValueError(f"A tree of the churn model must have {tree.node_count} nodes. It has fewer.")
        # scikit-learn takes a node for a leaf by its left child only.
        yield _inner(tree.children_left, tree.children_right, tree.feature, tree.children_left != -1)


def _inner(left: np.ndarray, right: np.ndarray, feature: np.ndarray, inner: np.ndarray) -> np.ndarray:
    number = np.arange(len(left))
    columns = (number, left, right, feature, np.full(len(left), len(left)))
    return np.column_stack([column.astype(np.int64) for column in columns])[inner]


def _check_nodes(nodes: np.ndarray, *, features: int) -> None:
    number, left, right, feature, count = nodes.T
    # Children come after their parent, so that no path runs in a circle.
    for child in (left, right):
        if np.any((child <= number) | (child >= count)):
            raise ValueError("A node of a tree of the churn model must name later nodes as its children. One does not.")
    if np.any((feature < 0) | (feature >= features)):
        raise ValueError(f"A node of a tree of the churn model must name one of {features} features. One does not.")
