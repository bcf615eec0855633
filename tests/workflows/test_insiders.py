"""The Insiders programme on a small shop: what a run writes, logs and registers, and what it refuses."""

import json
from types import SimpleNamespace

import mlflow
import pandas as pd
import pytest
import yaml
from mlflow import MlflowClient

from clientela.errors import GateRefusal, InvalidData, InvalidInput
from clientela.export_contracts import INSIDERS
from clientela.insiders import eligibility
from clientela.insiders.rules import Conditions, MembershipRules
from clientela.request import PromotionRequest, RunRequest
from clientela.workflows.champions import find_members
from clientela.workflows.insiders import insiders
from clientela.workflows.models import find_kind
from clientela.workflows.promote import promote

from .conftest import change_privacy, hide_ids, words_of

pytestmark = pytest.mark.slow

SMALL = {
    "ranking": {"days_back": [90, 120], "purchase_models": ["mbg_nbd", "bg_nbd"]},
    "model_windows": {"most": 1},
    "draws": 100,
    "replay_months": 8,
    "list_in_report": 5,
}


def change(conf, **changes):
    path = conf / "insiders.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    for key, value in changes.items():
        content[key] = {**content[key], **value} if isinstance(value, dict) else value
    path.write_text(yaml.safe_dump(content), encoding="utf-8")


def run(folder, **given):
    own = {name: given.pop(name) for name in ("size", "list_to") if name in given}
    return insiders(RunRequest(**{"dataset": "shop", **given}, conf=folder / "conf"), **own)


@pytest.fixture(scope="module")
def shop(tmp_path_factory, make_shop, fresh_store):
    """A user's folder with settings that are quick; models have few trees, as the tests are not about their quality."""
    folder = make_shop(tmp_path_factory.mktemp("insiders"))
    change(folder / "conf", **SMALL)
    with fresh_store(folder), pytest.MonkeyPatch.context() as patch:
        patch.setitem(eligibility.TREES, "n_estimators", 20)
        patch.setitem(eligibility.TREES, "n_jobs", 1)
        patch.setitem(eligibility.BOOSTING, "max_iter", 30)
        yield folder


@pytest.fixture(scope="module")
def first(shop):
    printed = []
    summary = run(shop, echo=printed.append, report=shop / "report.html", list_to=str(shop / "insiders.csv"))
    return SimpleNamespace(summary=summary, printed="\n".join(printed), members=pd.read_csv(shop / "insiders.csv"))


def latest_run():
    experiment = mlflow.get_experiment_by_name("customer-segmentation")
    return MlflowClient().search_runs(experiment.experiment_id, "tags.stage = 'insiders'", max_results=1)[0]


def test_the_list_has_all_members_by_expected_value(first):
    members, programme = first.members, first.summary["programme"]
    assert tuple(members.columns) == INSIDERS.names
    assert len(members) == programme["members"] == programme["entered"] + programme["kept"]
    assert members["customer_id"].is_unique
    assert members["expected"].is_monotonic_decreasing
    assert (members["status"] == "stays").sum() == programme["kept"]
    assert set(members["arm"]) == {"treatment", "control"}
    assert members["low"].le(members["expected"]).all()


def test_entering_members_meet_the_entry_conditions_and_kept_members_the_looser_ones(first):
    rules = first.summary["programme"]["rules"]
    membership = MembershipRules(rules["window_days"], Conditions(**rules["entry"]), Conditions(**rules["removal"]))
    figures = first.members.rename(columns={"days_since_last_purchase": "days"})
    enters = membership.entry.hold(figures)
    assert (enters == (first.members["status"] == "enters")).all()
    assert membership.removal.hold(figures).all()


def test_the_rules_agree_with_the_chosen_ranking(first):
    programme, size = first.summary["programme"], first.summary["size"]
    assert programme["fidelity"] > 0.6
    assert abs(programme["members"] - size["target"]) <= 0.25 * size["target"]


def test_the_backtest_compares_members_in_the_next_period(first):
    backtest = first.summary["backtest"]
    assert [row["as_of"] for row in backtest["dates"]] == ["2024-10-03", "2024-09-03"]
    assert backtest["dates"][0]["ratio"][1] > 2
    assert backtest["dates"][0]["ratio"][0] > 1
    names = [row["name"] for row in backtest["groups"]]
    assert names[0] == "programme"
    assert {"revenue_sort", "rfm_score", "best_segment", "expected_value", "random"} <= set(names)


def test_the_run_logs_metrics_tables_report_and_one_child_run_per_ranking(first):
    found = latest_run()
    metrics = found.data.metrics
    assert metrics["members"] == first.summary["programme"]["members"]
    assert {
        "fidelity",
        "times_the_rest",
        "forecast_coverage",
        "next_share_programme",
        "expected_3_months",
    } <= metrics.keys()
    names = {file.path for file in MlflowClient().list_artifacts(found.info.run_id)}
    assert {
        "report.html",
        "insiders.csv",
        "replay.csv",
        "rankings.csv",
        "purchase_models.csv",
        "backtest.csv",
        "rules.yaml",
    } <= names
    children = MlflowClient().search_runs(
        found.info.experiment_id, f"tags.`mlflow.parentRunId` = '{found.info.run_id}'", max_results=50
    )
    assert len(children) == len(first.summary["comparison"]["scores"]) == 9
    assert sum(child.info.run_name.startswith("★") for child in children) == 1


def test_the_registered_version_answers_customer_ids(first):
    model = mlflow.pyfunc.load_model(f"models:/{first.summary['model']}@champion")
    ids = [*first.members["customer_id"].astype(str).head(3), "nobody"]
    answers = model.predict(pd.DataFrame({"customer_id": ids}))
    assert [answer["member"] for answer in answers] == [True, True, True, None]
    assert answers[0]["expected_value"] == pytest.approx(first.members["expected"].iloc[0])
    assert answers[0]["interval"] == pytest.approx(first.members[["low", "high"]].iloc[0].tolist())
    json.dumps(answers, allow_nan=False)


def test_the_same_seed_gives_the_same_report_and_a_challenger(shop, first):
    again = run(shop, report=shop / "again.html")
    assert again["alias"] == "challenger"
    assert (shop / "again.html").read_bytes() == (shop / "report.html").read_bytes()


def test_a_comparable_version_is_promoted(shop, first):
    other = run(shop, size="0.05")
    printed = []
    done = promote(
        other["version"],
        PromotionRequest(conf=shop / "conf", model="insiders", reason="smaller", echo=printed.append),
    )
    assert done["overruled"] == []
    assert "enter and" in printed[0]
    aliases = MlflowClient().get_registered_model("insiders").aliases
    assert str(aliases["champion"]) == other["version"]
    assert other["programme"]["members"] < first.summary["programme"]["members"]


@pytest.fixture(scope="module")
def older(shop, first):
    """The same run as of the latest past date of the backtest."""
    return run(shop, as_of="2024-10-03")


def test_the_backtest_makes_every_choice_as_a_run_at_the_past_date_does(first, older):
    then = first.summary["backtest"]["dates"][0]
    assert then["as_of"] == older["shop"]["as_of"]
    assert then["rules"] == older["programme"]["rules"]
    assert (then["members"], then["target"]) == (older["programme"]["members"], older["size"]["target"])
    assert (then["ranking"], then["purchase_model"]) == (older["comparison"]["choice"], older["expected"]["model"])
    (quarter,) = [row for row in older["expected"]["totals"] if row["months"] == 3]
    assert then["expected"] == pytest.approx(quarter["members"])
    assert then["expected_all"] == pytest.approx(quarter["all"])


def test_values_of_customers_add_up_to_the_forecast(first):
    (quarter,) = [row for row in first.summary["expected"]["totals"] if row["months"] == 3]
    assert first.members["expected"].sum() == pytest.approx(quarter["members"][1])


def test_an_older_version_is_refused(shop, first, older):
    with pytest.raises(GateRefusal, match="fresh"):
        promote(older["version"], PromotionRequest(conf=shop / "conf", model="insiders"))


def test_segments_can_look_up_memberships(shop, first):
    members = find_members("insiders", dataset="shop")
    assert members.sum() > 0
    assert find_members("insiders", dataset="another") is None
    assert find_members("nothing", dataset="shop") is None


def test_pseudonyms_replace_customer_ids_with_a_key_in_the_settings(tmp_path, shop, first, monkeypatch):
    hide_ids(shop / "conf")
    try:
        monkeypatch.delenv("SHOP_KEY")
        with pytest.raises(InvalidInput, match="SHOP_KEY must hold the key"):
            run(shop)
        monkeypatch.setenv("SHOP_KEY", "a long enough secret")
        summary = run(shop, list_to=str(tmp_path / "list.xlsx"), report=tmp_path / "report.html", language="pt-BR")
        written = pd.read_excel(tmp_path / "list.xlsx", dtype={"customer_id": str})
        assert written["customer_id"].str.fullmatch("[0-9a-f]{16}").all()
        page = (tmp_path / "report.html").read_text(encoding="utf-8")
        assert written["customer_id"].iloc[0] in page
        assert f"<code>{first.members['customer_id'].iloc[0]}</code>" not in page
        assert "pseudônimos" in page
        assert not words_of(page) & set(find_members("insiders", dataset="shop").index)
        logged = mlflow.artifacts.download_artifacts(run_id=latest_run().info.run_id, artifact_path="ledger.csv")
        assert pd.read_csv(logged)["example"].isna().all()
        assert summary["example_ids"] == ["nobody"]
    finally:
        change_privacy(shop / "conf", pseudonyms=False)


def test_fixed_rules_are_used_as_they_are(shop, first):
    rules = {
        "window_days": 180,
        "entry": {"spend": 300.0, "orders": 2, "days": 90},
        "removal": {"spend": 200.0, "orders": 1, "days": 120},
    }
    change(shop / "conf", rules={"fixed": rules})
    try:
        summary = run(shop, report=shop / "fixed.html")
    finally:
        change(shop / "conf", rules={"fixed": None})
    assert summary["programme"]["rules"] == rules
    assert summary["programme"]["given"]
    assert "These rules were set in the settings" in (shop / "fixed.html").read_text(encoding="utf-8")


def test_a_history_without_past_dates_has_no_backtest_and_the_report_says_so(shop):
    change(shop / "conf", ranking={"days_back": [1060]})
    try:
        summary = run(shop, report=shop / "unproven.html")
    finally:
        change(shop / "conf", ranking={"days_back": [90, 120]})
    assert summary["backtest"] is None
    assert summary["comparison"]["shares"] == []
    assert summary["comparison"]["choice"] == "expected_value"
    assert "too short to check what members do next" in (shop / "unproven.html").read_text(encoding="utf-8")


def test_a_history_too_short_for_every_window_is_refused(shop):
    with pytest.raises(InvalidData, match="at least twice as long as one of the windows .* Got 168 days"):
        run(shop, as_of="2022-06-20")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"size": "many"}, "The size parameter must be a whole number"),
        ({"size": "100000"}, "must leave some of the"),
        ({"list_to": "nowhere/list.csv"}, "The destination's folder must exist"),
        ({"report": None, "list_to": "list.docx"}, "The destination must end in"),
    ],
)
def test_invalid_parameters_are_refused(shop, given, says):
    with pytest.raises(InvalidInput, match=says):
        run(shop, **given)


@pytest.mark.parametrize(("asked", "found"), [
    ("insiders", "insiders"), ("customer-segments", "customer-segments"), ("", "customer-segments"),
])  # fmt: skip
def test_the_models_that_can_be_promoted(root, asked, found):
    assert find_kind(asked, conf=root / "conf").model == found


def test_no_other_can(root):
    with pytest.raises(InvalidInput, match="must be customer-segments, insiders or customer-churn. Got 'x'"):
        find_kind("x", conf=root / "conf")
