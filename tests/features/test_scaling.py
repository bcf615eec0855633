import numpy as np
import pandas as pd
import pytest
from sklearn.utils.estimator_checks import estimator_checks_generator

from clientela.errors import InvalidData, InvalidInput
from clientela.features.scaling import Winsorizer, make_scaler, usable_features
from clientela.settings import FitFeature

# The checks of arrays that are not NumPy's skip themselves unless SciPy is told of them before it is imported.
CHECKS = [check for _, check in estimator_checks_generator(Winsorizer()) if "array_api" not in check.func.__name__]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.func.__name__)
def test_the_winsorizer_is_a_scikit_learn_estimator(check):
    check(Winsorizer())


def test_the_winsorizer_learns_a_pair_of_caps_a_column_and_leaves_its_input_as_it_is():
    X = np.array([[0.0, 100.0], [10.0, 200.0]])
    winsorizer = Winsorizer(0.1, 0.6).fit(X)
    assert winsorizer.caps_.tolist() == [[1, 110], [6, 160]]
    assert winsorizer.transform(X).tolist() == [[1, 110], [6, 160]]
    assert X.tolist() == [[0, 100], [10, 200]]


def test_the_winsorizer_moves_what_lies_outside_the_fitted_quantiles():
    X = np.arange(101.0).reshape(-1, 1)
    capped = Winsorizer(0.1, 0.9).fit(X).transform([[-50.0], [50.0], [500.0]])
    assert capped.ravel().tolist() == [10, 50, 90]


@pytest.mark.parametrize(("lower", "upper"), [(0.9, 0.1), (0.5, 0.5), (-0.1, 0.9), (0.1, 1.1)])
def test_caps_that_are_no_rising_quantiles_are_refused(lower, upper):
    with pytest.raises(InvalidInput, match=f"Got {lower} and {upper} instead"):
        Winsorizer(lower, upper).fit([[1.0], [2.0]])


FRAME = pd.DataFrame({"spend": [1.0, 10.0, 100.0, 1000.0], "share": [0.0, 0.5, np.nan, 1.0]})


def test_columns_are_standardised_and_weighted():
    fit = {"spend": FitFeature(transform="log", cap=(0, 1), weight=2), "share": FitFeature(cap=(0, 1))}
    X = make_scaler(fit).fit_transform(FRAME)
    assert X.mean(axis=0) == pytest.approx([0, 0])
    assert X.std(axis=0) == pytest.approx([2, 1])
    logs = np.log1p(FRAME["spend"])
    assert X[:, 0] == pytest.approx(2 * (logs - logs.mean()) / logs.std(ddof=0))


def test_the_columns_come_in_the_order_of_the_fit_under_their_names():
    fit = {"share": FitFeature(transform="log"), "spend": FitFeature()}
    scaler = make_scaler(fit).fit(FRAME.assign(other=0))
    assert scaler.get_feature_names_out().tolist() == ["share", "spend"]
    assert scaler.transform(FRAME).argmax(axis=0).tolist() == [3, 3]


def test_new_customers_are_scaled_by_what_was_fitted():
    scaler = make_scaler({"spend": FitFeature(cap=(0, 1))}).fit(FRAME)
    fitted = FRAME["spend"]
    new = scaler.transform(pd.DataFrame({"spend": [np.nan, 1e9, -5.0]}))[:, 0]
    expected = (np.array([fitted.median(), fitted.max(), fitted.min()]) - fitted.mean()) / fitted.std(ddof=0)
    assert new == pytest.approx(expected)


def test_caps_are_quantiles_of_the_column():
    values = pd.DataFrame({"spend": np.arange(101.0)})
    X = make_scaler({"spend": FitFeature(cap=(0.1, 0.9))}).fit_transform(values)[:, 0]
    assert len(np.unique(X)) == 81
    assert [np.isclose(X, end).sum() for end in (X.min(), X.max())] == [11, 11]


def test_a_weight_counts_squared_in_squared_distances():
    plain, weighted = (make_scaler({"spend": FitFeature(weight=weight)}).fit_transform(FRAME) for weight in (1, 0.5))
    assert np.ptp(weighted) ** 2 == pytest.approx(np.ptp(plain) ** 2 / 4)


def test_a_missing_value_takes_the_median():
    X = make_scaler({"share": FitFeature(cap=(0, 1))}).fit_transform(FRAME)
    assert X[2, 0] == X[1, 0]


def test_yeo_johnson_takes_the_skew_out():
    values = pd.DataFrame({"spend": np.random.default_rng(0).lognormal(3, 1.5, 500)})
    X = make_scaler({"spend": FitFeature(transform="yeo-johnson", cap=(0, 1))}).fit_transform(values)
    assert abs(pd.Series(X[:, 0]).skew()) < 0.2 < values["spend"].skew()


def test_an_outlier_loses_its_pull_but_not_its_side():
    values = pd.DataFrame({"spend": [*range(1, 100), 1e9]})
    X = make_scaler({"spend": FitFeature(cap=(0.02, 0.98))}).fit_transform(values)
    assert X.argmax() >= 97
    assert X.max() < 2


def test_features_that_tell_nobody_apart_are_left_out_with_the_reason():
    features = FRAME.assign(empty=np.nan, same=3.0)
    fit = dict.fromkeys(["spend", "empty", "same"])
    usable, dropped = usable_features(features, fit)
    assert usable == ["spend"]
    assert dropped == {"empty": "the source does not have it", "same": "it is the same for every customer"}


def test_one_value_and_missing_ones_still_tell_customers_apart():
    assert usable_features(pd.DataFrame({"gap": [3.0, np.nan, 3.0]}), {"gap": None}) == (["gap"], {})


def test_nothing_usable_is_an_error():
    with pytest.raises(InvalidData, match="At least one feature"):
        usable_features(FRAME.assign(same=1.0), {"same": None})
