"""The data of the Insiders report: what each part is built from."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clientela.insiders.compare import RankingComparison
from clientela.insiders.next_period_shares import Estimate, GroupShare
from clientela.insiders.programme import Programme, TriedLooseness
from clientela.insiders.replay import replay
from clientela.insiders.report import data
from clientela.insiders.report.schema import used_ranking
from clientela.insiders.rules import Conditions, FoundConditions, MembershipRules
from clientela.settings import load_settings

RULES = MembershipRules(90, Conditions(100.0, 1, 90), Conditions(60.0, 1, 90))
FIGURES = pd.DataFrame(
    {"spend": [100.0, 70.0], "orders": [1.0, 1.0], "days": [5.0, 5.0]}, index=pd.Index(["a", "b"], name="customer_id")
)
REPLAYED = replay(RULES, [(date(2024, 1, 10), FIGURES), (date(2024, 2, 10), FIGURES)])
SHARE = GroupShare(Estimate(0.4, 0.5, 0.6), Estimate(0.0, 0.1, 0.2))


def programme(**changes):
    found = FoundConditions(RULES.entry, customers=2, hits=1, fidelity=0.8)
    looser = [TriedLooseness(0.8, 0.2, 3), TriedLooseness(0.6, 0.1, 3)]
    member, kept = np.array([True, True, False]), np.array([False, True, False])
    return Programme(
        **{"rules": RULES, "found": found, "fidelity": 0.9, "replayed": REPLAYED, "member": member, "kept": kept,
           "looser": looser, **changes}
    )  # fmt: skip


def comparison(**changes):
    values = {
        "past": [], "today": None, "shares": {"revenue_sort": SHARE}, "scores": [], "model": "random_forest",
        "choice": "revenue_sort", "size_share": 0.1, "training_dates": [date(2023, 10, 1)],
    }  # fmt: skip
    return RankingComparison(**{**values, **changes})


def test_members_are_counted_by_status_and_the_last_looseness_is_shown():
    built = data._programme(programme())
    assert (built["members"], built["entered"], built["kept"]) == (2, 1, 1)
    assert (built["looser"], built["given"], built["fidelity"]) == (0.6, False, 0.9)
    assert built["rules"]["removal"] == {"spend": 60.0, "orders": 1, "days": 90}


def test_given_rules_have_no_looseness():
    built = data._programme(programme(found=None, looser=()))
    assert (built["looser"], built["given"]) == (None, True)


def test_the_replay_has_one_row_per_month_with_iso_dates():
    built = data._replay(REPLAYED)
    assert built["months"][1] == {
        "as_of": "2024-02-10", "customers": 2, "members": 1, "entered": 0, "left": 0, "stayed": 1,
    }  # fmt: skip
    assert built["flapped"] is None


def test_listed_members_have_none_for_missing_predictions_and_a_founding_mark():
    row = {"customer_id": "a", "status": "stays", "member_since": date(2024, 1, 10), "spend": 100.0, "orders": 1,
           "days_since_last_purchase": 5, "expected": np.nan, "low": np.nan, "high": np.nan}  # fmt: skip
    other = {**row, "status": "enters", "member_since": date(2024, 2, 10), "expected": 9.0, "low": 1.0, "high": 20.0}
    first, second = data._listed(pd.DataFrame([row, other]), first_month="2024-01-10")
    assert (first["founding"], first["kept"], first["expected"], first["days"]) == (True, True, None, 5)
    assert (second["founding"], second["kept"], second["expected"], second["high"]) == (False, False, 9.0, 20.0)


def test_the_comparison_has_the_share_of_the_chosen_ranking():
    built = data._comparison(comparison())
    assert built["chosen_share"] == 0.5
    assert built["shares"] == [{"name": "revenue_sort", "share": [0.4, 0.5, 0.6]}]
    assert built["training_dates"] == ["2023-10-01"]


def test_a_comparison_without_past_dates_has_no_shares():
    built = data._comparison(comparison(shares={}))
    assert (built["chosen_share"], built["shares"]) == (None, [])


@pytest.mark.parametrize(("choice", "used"), [("revenue_sort", "revenue_sort"), ("model", "random_forest")])
def test_the_used_ranking_is_the_choice_or_its_supervised_model(choice, used):
    assert used_ranking(data._comparison(comparison(choice=choice, shares={choice: SHARE}))) == used


def test_assumptions_are_those_of_the_settings():
    settings = load_settings("demo", conf=Path(__file__).resolve().parents[3] / "conf").insiders
    built = data._assumptions(settings)
    assert built["success"] == settings.actions.success
    assert (built["interval"], built["draws"]) == (settings.interval, settings.draws)
    assert (built["tie"], built["horizon_days"]) == (settings.ranking.tie, settings.ranking.horizon_days)
