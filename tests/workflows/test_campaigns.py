"""A campaign on a small shop, from the list of a score to the measured lift, which is known."""

from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow.tracking import MlflowClient

from clientela.errors import InvalidData, InvalidInput
from clientela.request import RunRequest
from clientela.workflows.campaign_measure import measure
from clientela.workflows.campaign_plan import plan
from clientela.workflows.score import score

from .conftest import copy_shop

pytestmark = pytest.mark.slow

START, LIFT = "2024-07-01", 0.5


@pytest.fixture(scope="module")
def shop(tmp_path_factory, refreshed, fresh_store):
    """A shop with a campaign's list of July, and a later export in which treated customers pay half as much again."""
    folder = copy_shop(refreshed, tmp_path_factory.mktemp("shop"))
    with fresh_store(folder):
        score(request(folder, as_of=START, seed=1), output=str(folder / "list.csv"), treatment=0.5)
        listed = pd.read_csv(folder / "list.csv", dtype={"customer_id": str})
        treated = set(listed.loc[listed["arm"] == "treatment", "customer_id"])
        lines = pd.read_csv(folder / "shop.csv", dtype={"customer_id": str})
        lifted = lines["customer_id"].isin(treated) & (lines["invoice_date"] >= START)
        lines["unit_price"] = np.where(lifted, lines["unit_price"] * (1 + LIFT), lines["unit_price"])
        lines.to_csv(folder / "later.csv", index=False)
        yield folder


def request(shop: Path, **given):
    return RunRequest(dataset="shop", conf=shop / "conf", **given)


def latest_run(stage: str):
    experiment = mlflow.get_experiment_by_name("customer-segmentation")
    return MlflowClient().search_runs(experiment.experiment_id, f"tags.stage = '{stage}'", max_results=1)[0]


def row_of(result, outcome, group="all"):
    (row,) = [
        row for row in result["rows"]
        if (row["group"], row["outcome"]) == (group, outcome) and row.get("days", 90) == 90
    ]  # fmt: skip
    return row


def test_the_lift_of_a_campaign_is_found_and_logged(shop):
    result = measure(request(shop, source=str(shop / "later.csv")), list_from=str(shop / "list.csv"), cost=1.0)
    spend = row_of(result, "spend")
    assert (result["start"], result["end"]) == (START, "2024-09-28")
    assert spend["relative_low"] < LIFT < spend["relative_high"]
    # Prices changed, not orders.
    assert row_of(result, "orders")["verdict"] == "unclear"
    assert result["warnings"] == []
    run = latest_run("campaign")
    assert run.info.status == "FINISHED"
    assert run.data.metrics["relative_spend"] == pytest.approx(spend["relative"])
    assert run.data.metrics["extra_spend"] == pytest.approx(spend["extra"])
    assert run.data.tags["verdict_spend"] == spend["verdict"]
    page = mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/report.html")
    assert f"{result['treated']:,} customers were assigned to get the campaign" in page


def test_a_list_that_lost_its_control_customers_is_reported(shop, tmp_path):
    listed = pd.read_csv(shop / "list.csv", dtype=str)
    kept = listed[(listed["arm"] == "treatment") | (listed.index % 3 == 0)]
    kept.to_csv(tmp_path / "kept.csv", index=False)
    warning, *others = measure(request(shop), list_from=str(tmp_path / "kept.csv"), control=0.5)["warnings"]
    assert "were held out, but 50.0% were planned" in warning
    # Segments whose control group is below the smallest group are named.
    assert [other.split(",")[0] for other in others] == ["Too few customers to compare"]


def test_a_campaign_needs_arms_a_start_and_a_period_that_is_over(shop, tmp_path):
    listed = pd.read_csv(shop / "list.csv", dtype=str)
    listed.drop(columns="as_of").to_csv(tmp_path / "undated.csv", index=False)
    listed.drop(columns="arm").to_csv(tmp_path / "one.csv", index=False)
    with pytest.raises(InvalidInput, match="as_of parameter must be the first day of the campaign"):
        measure(request(shop), list_from=str(tmp_path / "undated.csv"))
    with pytest.raises(InvalidData, match="must have a column arm"):
        measure(request(shop), list_from=str(tmp_path / "one.csv"))
    with pytest.raises(InvalidInput, match="Either the campaign or the list parameter must be given. Got neither"):
        measure(request(shop))
    with pytest.raises(InvalidInput, match="must be over by the end of the data, 184 days later. Got 185 days"):
        measure(request(shop), list_from=str(shop / "list.csv"), days=185)


def test_a_plan_has_the_champions_segments_or_those_of_a_list(shop):
    result = plan(request(shop, as_of=START), control=0.5)
    of_list = plan(request(shop, as_of=START), list_from=str(shop / "list.csv"), control=0.5)
    assert of_list["rows"] == result["rows"]
    assert {row["days"] for row in result["rows"]} == {30, 90, 180}
    assert row_of(result, "buyers")["detectable"] < row_of(result, "spend")["detectable"]
    run = latest_run("campaign plan")
    assert run.data.metrics["detectable_spend_90_days"] == pytest.approx(row_of(result, "spend")["detectable"])


def test_a_history_too_short_to_plan_from_is_refused(shop):
    with pytest.raises(InvalidData, match="at least twice as long as the shortest of durations_days .* Got 28 days"):
        plan(request(shop, as_of="2022-01-31"))
