import json
from datetime import date

import numpy as np
import pandas as pd
import pytest

from clientela.data.readers import Source
from clientela.loading import ShopData
from clientela.segmentation.clustering.candidates import Candidate
from clientela.segmentation.clustering.evaluation import Evaluation
from clientela.segmentation.clustering.selection import Verdict
from clientela.segmentation.compare import Comparison
from clientela.segmentation.describe import Segmentation
from clientela.segmentation.inputs import ComparisonInputs
from clientela.segmentation.report.data import ReportData, ReportFigures, build_report, summarise
from clientela.segmentation.report.decisions import CampaignPlan
from clientela.segmentation.segments.rules import Condition, Rule, RuleList
from clientela.settings import load_settings

from ..customers import customers
from ..typed import differences

RULES = RuleList(
    rules=(
        Rule(1, (Condition("order_count", ">", 4.5),), 300, 0.9),
        Rule(2, (Condition("order_count", "<=", 4.5),), 420, 0.8),
    ),
    rule_of=np.array([0, 1]),
    fidelity=0.85,
    depth=1,
)


@pytest.fixture
def dataset(root, report):
    """Settings of the report's data set."""
    shop = report["shop"]
    changes = {"name": shop["dataset"], **{name: shop[name] for name in ("title", "currency", "homepage", "licence")}}
    return load_settings("demo", conf=root / "conf").dataset.model_copy(update=changes)


@pytest.fixture
def data(report):
    """The cleaned source that the report is about; pandas reads a missing example as NaN."""
    shop, cleaned = report["shop"], report["data"]
    ledger = pd.DataFrame(cleaned["ledger"]).astype({"money_out": object}).assign(example=[None, np.nan, "order <7>"])
    return ShopData(
        source=Source(shop["location"], shop["digest"], cleaned["rows_in"]),
        ledger=ledger,
        as_of=date.fromisoformat(shop["as_of"]),
        features=customers(cleaned["customers"]),
        attributes=None,
        known_period=(date(2010, 12, 1), date(2011, 12, 9)),
    )


@pytest.fixture
def built(report, dataset, data):
    """The report of the conftest, built from its parts."""
    winner = Evaluation(Candidate("kmeans", {"k": 3}), np.zeros(4, int), None, {}, np.zeros(4))
    verdicts = [Verdict("rejected", "It has 2 segments.", None), Verdict("winner", "It explains the most.", 0.41)]
    return build_report(
        dataset,
        data,
        ComparisonInputs(None, None, None, report["data"]["features_fit"], report["data"]["features_dropped"]),
        Comparison([], [winner, winner], verdicts, report["board"][::-1]),
        Segmentation(
            np.resize([4, 1, 7], report["data"]["customers"]),
            report["segments"],
            RULES,
            report["migration"],
            7,
            report["new_customers"],
            np.array([]),
        ),
        ReportFigures(
            report["points"],
            report["grid"],
            report["backtest"],
            report["forecast"],
            None,
            customers=report["customers"],
            plan=CampaignPlan(treatment=0.8, uplift=0.1),
        ),
    )


def test_a_summary_says_what_was_compared(dataset, data):
    summary = summarise(dataset, data)
    assert summary == {
        "dataset": "shop",
        "title": "A Shop & Sons",
        "currency": "GBP",
        "location": "shop.csv",
        "digest": "abc123",
        "as_of": "2011-12-10",
        "rows_in": 12_000,
        "rows_kept": 9_876,
        "customers": 720,
    }
    assert json.loads(json.dumps(summary)) == summary


@pytest.mark.parametrize("source", ["report", "built"])
def test_the_report_data_has_the_declared_type(source, request):
    assert differences(request.getfixturevalue(source), ReportData) == []


def test_the_report_data_has_the_shape_that_is_rendered(built, report):
    assert built.keys() == report.keys()
    for part in ("shop", "data", "rules"):
        assert built[part].keys() == report[part].keys()
    assert built["choice"].keys() == report["choice"].keys() - {"calinski_harabasz"}


def test_the_report_data_has_the_data_and_the_choice(built, report):
    assert built["shop"] == report["shop"]
    assert (built["data"]["first_order"], built["data"]["last_order"]) == ("2010-12-01", "2011-12-09")
    assert built["data"]["history_days"] == 374
    assert built["data"]["kept_share"] == pytest.approx(0.823)
    assert built["data"]["revenue"] == sum(segment["spend"] for segment in report["segments"])
    assert built["data"]["features_dropped"] == {"evening_share": "the source does not have it"}
    assert built["choice"] == {**report["board"][0], "algorithm": "kmeans", "candidate_count": 2}
    assert [row["verdict"] for row in built["board"]] == ["winner", "rejected"]
    assert built["rules"] == {"fidelity": 0.85, "leaves": 2, "depth": 1, "customers": 720}


def test_missing_values_of_the_ledger_are_none_and_the_report_is_json(built):
    assert [row["example"] for row in built["data"]["ledger"]] == [None, None, "order <7>"]
    json.dumps(built, allow_nan=False)
