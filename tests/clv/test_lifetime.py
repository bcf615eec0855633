"""Customer lifetime value from both models."""

from datetime import date

import numpy as np
import pytest

from clientela.clv import CustomerValue, ModifiedBetaGeometricNBD, PurchaseSummary
from clientela.errors import InvalidData, InvalidInput

AS_OF = date(2024, 1, 1)


@pytest.fixture
def summary(simulated):
    return PurchaseSummary(simulated, AS_OF)


@pytest.fixture
def value(truth, summary):
    return CustomerValue(truth).fit(summary)


def test_value_is_purchases_times_spend(value, summary):
    days = 31 + 29 + 31
    expected = value.expected_purchases(summary, days / 7) * value.expected_spend(summary)
    np.testing.assert_allclose(value.customer_lifetime_value(summary, 3), expected, rtol=1e-9)


def test_each_month_is_discounted_from_its_end(value, summary):
    ends = np.array([31, 60, 91]) / 7
    monthly = np.diff(value.expected_purchases(summary, ends), axis=1, prepend=0)
    expected = monthly @ (1.21 ** -(np.array([1, 2, 3]) / 12)) * value.expected_spend(summary)
    np.testing.assert_allclose(value.customer_lifetime_value(summary, 3, discount_rate=0.21), expected, rtol=1e-9)


def test_value_rises_with_months_and_falls_with_the_discount(value, summary):
    plain = value.customer_lifetime_value(summary, 6)
    assert np.all(plain > value.customer_lifetime_value(summary, 5))
    assert np.all(plain > value.customer_lifetime_value(summary, 6, discount_rate=0.1))


def test_bg_nbd_is_the_default_model(summary):
    assert type(CustomerValue().fit(summary).purchases_).__name__ == "BetaGeometricNBD"
    model = ModifiedBetaGeometricNBD()
    assert type(CustomerValue(model).fit(summary).purchases_) is ModifiedBetaGeometricNBD
    assert not hasattr(model, "parameters_")


def test_data_that_cannot_be_fitted_raise_an_error_and_keep_the_findings(summary):
    nobody = summary.customers.assign(frequency=0, recency=0.0, monetary_value=0.0)
    value = CustomerValue()
    with pytest.raises(InvalidData, match="None of 1,500 customers bought again"):
        value.fit(PurchaseSummary(nobody, AS_OF))
    assert [finding.code for finding in value.findings_] == ["nobody_repeats"]


def test_rates_and_months_out_of_range_are_refused(value, summary):
    with pytest.raises(InvalidInput, match="discount_rate"):
        value.customer_lifetime_value(summary, 3, discount_rate=-0.1)
    with pytest.raises(InvalidInput, match="months parameter"):
        value.customer_lifetime_value(summary, 0)
