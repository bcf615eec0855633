from datetime import timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest

from clientela.data.demo import generate_demo
from clientela.errors import InvalidData
from clientela.features.build import build_features, default_as_of
from clientela.loading import read_transactions
from clientela.reporting.charts import render
from clientela.segmentation.clustering.candidates import make_families
from clientela.segmentation.clustering.leaderboard import leaderboard
from clientela.segmentation.clustering.refits import needed_refits
from clientela.segmentation.clustering.selection import select
from clientela.segmentation.compare import compare_candidates, judge_candidates
from clientela.segmentation.draw import draw_candidates
from clientela.segmentation.inputs import prepare_inputs
from clientela.segmentation.report.charts import candidate_charts, leaderboard_chart
from clientela.settings import EvaluationSettings, load_settings

SETTINGS = load_settings("demo", conf=Path(__file__).resolve().parents[2] / "conf")
HORIZON = 90
GRIDS = {
    "kmeans": {"k": [3, 7], "n_init": 2},
    "gaussian_mixture": {"k": [3], "covariance_type": ["full"], "n_init": 1},
    "agglomerative": {"k": [3, 7], "linkage": ["ward"]},
    "hdbscan": {"min_cluster_share": [0.05]},
    "dbscan": {"eps_quantile": [0.95], "min_samples": 5},
}
NAMES = [
    "rfm_rules",
    "kmeans k=3",
    "kmeans k=7",
    "gaussian_mixture k=3 covariance_type=full",
    "ward_linkage k=3",
    "ward_linkage k=7",
    "hdbscan min_cluster_share=0.05",
    "dbscan eps_quantile=0.95",
]


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A connection to the cleaned transactions of 300 customers."""
    path = tmp_path_factory.mktemp("shop") / "shop.parquet"
    pyarrow.parquet.write_table(generate_demo(seed=0, customers=300).transactions, path)
    with duckdb.connect() as connection:
        read_transactions(connection, SETTINGS.dataset, source=str(path), seed=0)
        yield connection


@pytest.fixture(scope="module")
def as_of(shop):
    return default_as_of(shop)


@pytest.fixture(scope="module")
def features(shop, as_of):
    return build_features(shop, as_of=as_of)


@pytest.fixture(scope="module")
def inputs(shop, features, as_of):
    return prepare_inputs(shop, features, fit=SETTINGS.fit, as_of=as_of, horizon_days=HORIZON)


def run(inputs, *, grids=GRIDS, jobs=1, seed=0, pictures="all", selection=None, refits="needed"):
    """The evaluations and the charts of a comparison."""
    settings = EvaluationSettings(
        bootstraps=2, sample=150, horizon_days=HORIZON, folds=5, jobs=jobs, refits=refits, pictures=pictures
    )
    families = make_families(grids)
    evaluations = compare_candidates(inputs, families, settings, selection=selection, seed=seed)
    comparison = judge_candidates(families, evaluations, SETTINGS.selection)
    return evaluations, draw_candidates(inputs, comparison, settings, draw=candidate_charts, seed=seed)


@pytest.fixture(scope="module")
def compared(inputs):
    return run(inputs)


def without_seconds(evaluation):
    return {name: value for name, value in evaluation.metrics.items() if name != "fit_seconds"}


def same(one, other):
    """Whether two comparisons have equal bytes: labels, metrics but for seconds, silhouettes, pictures."""
    return one[1] == other[1] and all(
        a.candidate == b.candidate
        and a.labels.tobytes() == b.labels.tobytes()
        and a.silhouettes.tobytes() == b.silhouettes.tobytes()
        and without_seconds(a) == without_seconds(b)
        for a, b in zip(one[0], other[0], strict=True)
    )


# What the candidates are fitted to


def test_the_matrix_has_a_row_a_customer_and_a_column_a_feature_of_the_fit(inputs, features):
    assert inputs.present.matrix.shape == (len(features), len(SETTINGS.fit))
    assert inputs.present.matrix.flags.c_contiguous
    np.testing.assert_allclose(inputs.present.matrix.mean(axis=0), 0, atol=1e-9)
    assert (inputs.columns, inputs.dropped) == (list(SETTINGS.fit), {})


def test_the_baseline_reads_recency_frequency_and_monetary_unscaled(inputs, features):
    columns = ["days_since_last_purchase", "order_count", "total_spend"]
    np.testing.assert_array_equal(inputs.present.rfm, features[columns].to_numpy())


def test_the_scaler_gives_the_same_matrix_again(inputs, features):
    np.testing.assert_array_equal(inputs.scaler.transform(features), inputs.present.matrix)


def test_the_past_knows_only_what_was_known_one_horizon_before(inputs, shop, as_of):
    start = as_of - timedelta(days=HORIZON)
    earlier = build_features(shop, as_of=start)
    assert inputs.past.snapshot.as_of == start
    pd.testing.assert_frame_equal(inputs.past.snapshot.features, earlier)
    past = inputs.past.inputs
    assert len(past.matrix) == len(earlier) < len(inputs.present.matrix)
    np.testing.assert_array_equal(past.rfm[:, 2], earlier["total_spend"].to_numpy())
    assert past.rfm[:, 0].min() >= 1


def test_next_spend_is_what_those_customers_spent_in_the_horizon(inputs, shop, as_of):
    start = as_of - timedelta(days=HORIZON)
    ordered, taken_back = shop.execute(
        """
        select sum(transactions.amount)::double, sum(cancellations.amount)::double
        from transactions left join cancellations using (line_id)
        where ordered_at >= ? and customer_id in (select customer_id from transactions where ordered_at < ?)
        """,
        [start, start],
    ).fetchone()
    past = inputs.past.snapshot
    assert past.next_spend.shape == past.next_orders.shape == (len(past.features),)
    assert past.next_spend.sum() == pytest.approx(ordered - taken_back, rel=1e-3)
    np.testing.assert_array_equal(past.next_orders > 0, past.next_spend > 0)
    assert 0.2 < (past.next_spend > 0).mean() < 0.9


def test_a_history_of_less_than_two_horizons_has_no_past(shop):
    early = shop.execute("select min(ordered_at)::date from transactions").fetchone()[0] + timedelta(days=150)
    features = build_features(shop, as_of=early)
    short = prepare_inputs(shop, features, fit=SETTINGS.fit, as_of=early, horizon_days=HORIZON)
    assert short.past is None
    evaluations, _ = run(short, grids={"kmeans": {"k": [3], "n_init": 1}})
    assert all("explained_spend" not in evaluation.metrics for evaluation in evaluations)
    board = leaderboard(evaluations, select(evaluations, **SETTINGS.selection.model_dump()))
    assert render(leaderboard_chart(board)).startswith(b"\x89PNG")


def test_a_past_of_too_few_customers_is_no_past(shop, features, as_of):
    # One customer of long standing, all others new.
    young = features.assign(tenure_days=features["tenure_days"].clip(upper=HORIZON))
    young.loc[0, "tenure_days"] = 700
    inputs = prepare_inputs(shop, young, fit=SETTINGS.fit, as_of=as_of, horizon_days=HORIZON)
    assert inputs.past is None


def test_features_that_the_source_lacks_are_dropped_with_the_reason(shop, features, as_of):
    poor = features.assign(mean_item_price=np.nan, evening_share=np.nan, return_share=0.0)
    inputs = prepare_inputs(shop, poor, fit=SETTINGS.fit, as_of=as_of, horizon_days=HORIZON)
    assert inputs.dropped == {
        "mean_item_price": "the source does not have it",
        "return_share": "it is the same for every customer",
        "evening_share": "the source does not have it",
    }
    assert inputs.columns == [name for name in SETTINGS.fit if name not in inputs.dropped]
    assert inputs.present.matrix.shape[1] == inputs.past.inputs.matrix.shape[1] == len(SETTINGS.fit) - 3


@pytest.mark.parametrize("count", [0, 1, 49])
def test_too_few_customers_are_refused(shop, features, as_of, count):
    with pytest.raises(InvalidData, match=rf"at least 50 customers\. Got {count} instead"):
        prepare_inputs(shop, features.head(count), fit=SETTINGS.fit, as_of=as_of, horizon_days=HORIZON)


def test_the_features_are_not_changed(shop, features, as_of):
    before = features.copy()
    prepare_inputs(shop, features, fit=SETTINGS.fit, as_of=as_of, horizon_days=HORIZON)
    pd.testing.assert_frame_equal(features, before)


# The comparison


def test_all_candidates_are_evaluated_in_order(compared, features):
    evaluations, pictures = compared
    assert [evaluation.candidate.name for evaluation in evaluations] == NAMES
    assert len(pictures) == len(NAMES)
    for evaluation in evaluations:
        assert evaluation.labels.shape == (len(features),)
        assert evaluation.silhouettes.shape == (150,)
        assert {"segment_count", "stability", "explained_spend", "fit_seconds"} <= set(evaluation.metrics)
        assert all(np.isfinite(value) for value in evaluation.metrics.values())


def test_a_candidate_is_only_refitted_if_the_choice_depends_on_it_and_all_other_figures_stay(inputs, compared):
    evaluations, _ = run(inputs, selection=SETTINGS.selection)
    refitted = ["stability" in evaluation.metrics for evaluation in evaluations]
    assert refitted[0]
    assert {True, False} <= set(refitted[1:])
    assert needed_refits(evaluations, SETTINGS.selection) == []
    for evaluation, full, is_refitted in zip(evaluations, compared[0], refitted, strict=True):
        expected = {name: value for name, value in without_seconds(full).items() if is_refitted or name != "stability"}
        assert without_seconds(evaluation) == expected, evaluation.candidate.name


def test_refits_of_all_candidates_are_a_setting(inputs, compared):
    evaluations, _ = run(inputs, selection=SETTINGS.selection, refits="all", pictures="shortlist")
    assert [without_seconds(evaluation) for evaluation in evaluations] == [without_seconds(e) for e in compared[0]]


def test_only_the_winner_the_shortlist_and_the_baseline_are_drawn_by_default(inputs, compared):
    evaluations, pictures = run(inputs, pictures="shortlist")
    verdicts = [verdict.verdict for verdict in select(evaluations, **SETTINGS.selection.model_dump())]
    assert "rejected" in verdicts
    for verdict, files, all_files in zip(verdicts, pictures, compared[1], strict=True):
        assert files == ({} if verdict == "rejected" else all_files)


def test_every_candidate_has_two_pictures(compared):
    for files in compared[1]:
        assert set(files) == {"silhouette.png", "scatter.png"}
        assert all(png.startswith(b"\x89PNG") for png in files.values())
    assert len({files["scatter.png"] for files in compared[1]}) == len(NAMES)


def test_the_same_seed_gives_the_same_bytes(inputs, compared):
    assert same(run(inputs), compared)


def test_parallel_workers_give_the_same_bytes_as_one(inputs, compared):
    assert same(run(inputs, jobs=2), compared)


def test_another_seed_draws_another_sample(inputs, compared):
    (rules, other), _ = run(inputs, grids={"kmeans": {"k": [3], "n_init": 1}}, seed=1)
    assert rules.labels.tobytes() == compared[0][0].labels.tobytes()
    assert rules.silhouettes.tobytes() != compared[0][0].silhouettes.tobytes()
    assert other.candidate.name == "kmeans k=3"


def test_one_feature_is_enough_to_compare_and_draw(shop, features, as_of):
    fit = {"total_spend": SETTINGS.fit["total_spend"]}
    inputs = prepare_inputs(shop, features, fit=fit, as_of=as_of, horizon_days=HORIZON)
    evaluations, pictures = run(inputs, grids={"kmeans": {"k": [3], "n_init": 1}})
    assert evaluations[1].metrics["segment_count"] == 3
    assert pictures[1]["scatter.png"].startswith(b"\x89PNG")
