"""Trees whose nodes point outside of their arrays are refused before anything is predicted with them."""

import numpy as np
import pytest

from clientela.churn.models import make_model, matrix
from clientela.churn.trees import check_trees

from .versions import CHURN, COLUMNS, ROWS


def fitted(name):
    return make_model(name, COLUMNS, seed=0).fit(matrix(ROWS, COLUMNS), CHURN)


@pytest.mark.parametrize("name", ["logistic_regression", "decision_tree", "random_forest", "gradient_boosting"])
def test_fitted_pipelines_pass(name):
    check_trees(fitted(name))


@pytest.mark.parametrize(("array", "value"), [("children_left", 2_000_000), ("children_right", 0), ("feature", 99)])
def test_a_node_of_a_tree_that_points_elsewhere_is_refused(array, value):
    pipeline = fitted("decision_tree")
    getattr(pipeline.named_steps["model"].tree_, array)[0] = value
    with pytest.raises(ValueError, match="must name"):
        check_trees(pipeline)


@pytest.mark.parametrize(("field", "value"), [("left", 2_000_000), ("right", 0), ("feature_idx", -5)])
def test_a_node_of_gradient_boosting_that_points_elsewhere_is_refused(field, value):
    pipeline = fitted("gradient_boosting")
    predictor = pipeline.named_steps["model"]._predictors[0][0]
    predictor.nodes = np.array(predictor.nodes)
    predictor.nodes[0][field] = value
    with pytest.raises(ValueError, match="must name"):
        check_trees(pipeline)
