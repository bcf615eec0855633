"""Findings: where the models do not fit."""

from datetime import date

import numpy as np
import pytest

from clientela.clv import BetaGeometricNBD, CustomerValue, GammaGamma, PurchaseSummary
from clientela.clv.findings import find_in_data, find_in_purchases, find_in_spend


def codes(findings):
    return {finding.code: finding for finding in findings}


def test_data_simulated_from_the_model_have_no_findings(truth, simulated):
    assert CustomerValue(truth).fit(PurchaseSummary(simulated, date(2024, 1, 1))).findings_ == []


def test_few_repeat_customers_are_a_finding(simulated):
    found = codes(find_in_data(simulated.assign(frequency=np.where(np.arange(len(simulated)) < 7, 2, 0))))
    assert found["few_repeat"].figures["repeating"] == 7
    assert not found["few_repeat"].blocking


def test_spend_of_zero_or_less_is_a_finding(simulated):
    repeating = simulated["frequency"] > 0
    half = simulated.assign(monetary_value=np.where(np.arange(len(simulated)) % 2, simulated["monetary_value"], 0))
    found = codes(find_in_data(half))["nonpositive_spend"]
    assert found.figures["customers"] == (repeating & (np.arange(len(simulated)) % 2 == 0)).sum()
    assert not found.blocking
    assert codes(find_in_data(simulated.assign(monetary_value=-1.0)))["nonpositive_spend"].blocking


def test_spend_that_rises_with_frequency_is_a_finding(simulated):
    found = find_in_data(simulated.assign(monetary_value=simulated["monetary_value"] * simulated["frequency"]))
    assert [finding.code for finding in found] == ["frequency_and_spend_correlated"]
    assert found[0].figures["correlation"] > 0.3
    assert f"{found[0].figures['correlation']:.2f}" in found[0].message


def test_a_fit_that_did_not_converge_is_blocking(truth, simulated):
    fitted = type(truth)().fit(simulated)
    fitted.converged_ = False
    assert codes(find_in_purchases(fitted, simulated))["not_converged"].blocking


def test_an_unknown_parameter_is_a_finding(simulated):
    fitted = BetaGeometricNBD().fit(simulated)
    fitted.covariance_ = np.diag([0.01, 0.01, 4.0, 0.01])
    found = codes(find_in_purchases(fitted, simulated))["parameter_unknown"]
    assert found.figures == {"parameter": "a", "error": 2.0}


def test_no_dropout_is_a_finding(simulated):
    fitted = BetaGeometricNBD().fit(simulated).with_parameters(1, 5, 1e-6, 1)
    assert [finding.code for finding in find_in_purchases(fitted, simulated)] == ["nobody_stops"]


@pytest.mark.parametrize(("q", "blocked"), [(0.9, True), (1.5, False)])
def test_a_spend_distribution_without_a_mean_is_blocking(simulated, q, blocked):
    fitted = GammaGamma().fit(simulated).with_parameters(6, q, 15)
    assert ("no_mean_spend" in codes(find_in_spend(fitted))) is blocked


def test_spend_that_falls_with_frequency_is_a_finding(simulated):
    (found,) = find_in_data(simulated.assign(monetary_value=1 / (1 + simulated["frequency"])))
    assert found.code == "frequency_and_spend_correlated"
    assert found.figures["correlation"] < -0.9


@pytest.mark.parametrize(("repeating", "warned"), [(99, True), (100, False)])
def test_a_hundred_repeat_customers_are_enough(simulated, repeating, warned):
    customers = simulated.assign(frequency=np.where(np.arange(len(simulated)) < repeating, 2, 0))
    assert ("few_repeat" in codes(find_in_data(customers))) is warned
