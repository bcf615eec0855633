"""Forecasts of the customer-value models for UCI Online Retail: the figures of docs/customer-value.md."""

from datetime import date

import pytest

from clientela.clv import BetaGeometricNBD, Bootstrap, ModifiedBetaGeometricNBD, ParetoNBD, backtest, hold_out

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def held(open_shop):
    with open_shop("online_retail") as connection:
        return hold_out(connection, start=date(2011, 9, 10), days=91)


@pytest.mark.parametrize("model", [BetaGeometricNBD(), ModifiedBetaGeometricNBD(), ParetoNBD()])
def test_the_last_quarter_is_ranked_well_and_its_total_underestimated(held, model):
    tested = backtest(held, model=model, bootstrap=Bootstrap(draws=100))
    score, naive = tested.score("purchases"), tested.score("purchases", "own rate")
    assert tested.customers == 3_363
    assert score["correlation"] == pytest.approx(0.795, abs=0.001)
    assert score["rmse"] == pytest.approx(1.511, abs=0.001)
    assert score["correlation"] > naive["correlation"]
    assert score["rmse"] < naive["rmse"]
    assert score["expected"] == pytest.approx(3_337, abs=1)
    assert score["actual"] == 4_442
    codes = [finding.code for finding in tested.findings]
    # No dropout is detected in this year, so all three models equal the NBD. None of them includes Christmas.
    assert codes == ["nobody_stops", "total_missed", "total_missed"]
    assert tested.coverage.set_index("quantity").loc["purchases", "customers"] == pytest.approx(0.94, abs=0.01)
