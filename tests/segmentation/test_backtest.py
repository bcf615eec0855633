from datetime import timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest

from clientela.data.demo import generate_demo
from clientela.errors import RegistryError
from clientela.features.build import build_features, default_as_of
from clientela.features.profile import order_by_value
from clientela.features.scaling import make_scaler
from clientela.loading import read_transactions
from clientela.segmentation import past_customers
from clientela.segmentation.backtest import BacktestedModel, _present_ids, backtest_segments, past_snapshots
from clientela.segmentation.clustering.candidates import Candidate, make_families
from clientela.segmentation.past_customers import take_past_snapshot
from clientela.settings import BacktestSettings, EvaluationSettings, load_settings

SETTINGS = load_settings("demo", conf=Path(__file__).resolve().parents[2] / "conf")
HORIZON = 90
FAMILIES = make_families({"kmeans": {"k": [4, 6], "n_init": 3}, "agglomerative": {"k": [4, 6], "linkage": ["ward"]}})
KMEANS, WARD = Candidate("kmeans", {"k": 4}), Candidate("ward_linkage", {"k": 6})
EVALUATION = EvaluationSettings(bootstraps=2, sample=150, horizon_days=HORIZON, folds=3, jobs=1)
EXPLAINED_BY = ("segments", "rfm_grid", "revenue_sort", "boosting")


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("shop") / "shop.parquet"
    pyarrow.parquet.write_table(generate_demo(seed=5, customers=400).transactions, path)
    return str(path)


@pytest.fixture
def changeable(source):
    """A connection of one's own to the cleaned transactions of 400 customers."""
    with duckdb.connect() as connection:
        read_transactions(connection, SETTINGS.dataset, source=source, seed=0)
        yield connection


@pytest.fixture(scope="module")
def shop(source):
    with duckdb.connect() as connection:
        read_transactions(connection, SETTINGS.dataset, source=source, seed=0)
        yield connection


@pytest.fixture(scope="module")
def as_of(shop):
    return default_as_of(shop)


@pytest.fixture(scope="module")
def features(shop, as_of):
    return build_features(shop, as_of=as_of)


@pytest.fixture(scope="module")
def assign(features):
    """Present segments (ids 3, 5, 7, 9, as after some refits) of any customers."""
    columns = list(SETTINGS.fit)
    scaler = make_scaler(SETTINGS.fit).fit(features[columns])
    matrix = scaler.transform(features[columns])
    (model,) = next(family for family in FAMILIES if KMEANS in family.candidates).fit(matrix, seed=0)
    ids = order_by_value(model.labels, features["total_spend"].to_numpy()) * 2 + 1
    id_of = dict(zip(model.labels.tolist(), ids.tolist(), strict=True))

    def give(customers):
        labels = model.predictor.predict(scaler.transform(customers[columns]))
        return np.array([id_of[label] for label in labels.tolist()])

    return give


def back(connection, features, as_of, *, days=HORIZON, horizon=HORIZON):
    return take_past_snapshot(connection, features, fit=SETTINGS.fit, as_of=as_of, days_back=days, horizon_days=horizon)


def backtest_of(shop, features, as_of, assign, *, winner=KMEANS, days_back=(120, 90), seed=0):
    family = next(family for family in FAMILIES if winner in family.candidates)
    pasts = past_snapshots(shop, features, fit=SETTINGS.fit, as_of=as_of, horizon_days=HORIZON, days_back=days_back)
    return backtest_segments(
        pasts,
        BacktestedModel(assign, family, family.candidates.index(winner)),
        evaluation=EVALUATION,
        settings=BacktestSettings(days_back=days_back, interval=0.9, draws=200),
        seed=seed,
    )


@pytest.fixture(scope="module")
def backtest(shop, features, as_of, assign):
    return backtest_of(shop, features, as_of, assign)


# The look back


def test_the_past_is_what_was_known_then(shop, features, as_of):
    past = back(shop, features, as_of, days=120)
    start = as_of - timedelta(days=120)
    assert past.snapshot.as_of == start
    pd.testing.assert_frame_equal(past.snapshot.features, build_features(shop, as_of=start))
    rfm = ["days_since_last_purchase", "order_count", "total_spend"]
    np.testing.assert_array_equal(past.inputs.rfm, past.snapshot.features[rfm].to_numpy())
    assert past.inputs.matrix.shape == (len(past.snapshot.features), len(SETTINGS.fit))
    np.testing.assert_allclose(past.inputs.matrix.mean(axis=0), 0, atol=1e-9)


def test_the_outcome_is_of_the_horizon_alone(shop, features, as_of):
    past = back(shop, features, as_of, days=150)
    start = as_of - timedelta(days=150)
    orders = dict(
        shop.execute(
            """
            with cancelled as (
                select line_id, sum(amount) as amount from cancellations where cancelled_at < $ends group by line_id
            )
            select customer_id, count(distinct order_id)
            from transactions left join cancelled using (line_id)
            where ordered_at >= $start and ordered_at < $ends
            and transactions.amount > coalesce(cancelled.amount, 0)
            group by customer_id
            """,
            {"start": start, "ends": start + timedelta(days=HORIZON)},
        ).fetchall()
    )
    expected = [orders.get(customer, 0) for customer in past.snapshot.features["customer_id"]]
    assert past.snapshot.next_orders.tolist() == expected
    assert 0 < np.count_nonzero(expected) < len(expected)
    assert (
        past.snapshot.next_orders.sum()
        > back(shop, features, as_of, days=150, horizon=30).snapshot.next_orders.sum()
        > 0
    )


def test_nothing_after_the_cut_off_leaks_into_the_features(changeable, features, as_of):
    before = back(changeable, features, as_of)
    start = as_of - timedelta(days=HORIZON)
    # Later orders cost a thousand times more and are placed on a Saturday night, and half of each earlier
    # line is taken back the day after the cut-off.
    changeable.execute(
        """
        update transactions set amount = amount * 1000, quantity = quantity * 7, product_id = 'other',
            ordered_at = $saturday
        where ordered_at >= $start
        """,
        {"start": start, "saturday": start + timedelta(days=(5 - start.weekday()) % 7, hours=22)},
    )
    changeable.execute("delete from cancellations where cancelled_at >= $start", {"start": start})
    changeable.execute(
        """
        insert into cancellations
        select line_id, $later, quantity / 2, amount / 2 from transactions
        where ordered_at < $start and line_id not in (select line_id from cancellations)
        """,
        {"start": start, "later": start + timedelta(days=1)},
    )
    after = back(changeable, features, as_of)
    pd.testing.assert_frame_equal(after.snapshot.features, before.snapshot.features)
    assert after.inputs.matrix.tobytes() == before.inputs.matrix.tobytes()
    assert after.inputs.rfm.tobytes() == before.inputs.rfm.tobytes()
    assert after.snapshot.next_spend.sum() > 100 * before.snapshot.next_spend.sum()


def test_what_comes_after_the_period_does_not_count(changeable, features, as_of):
    before = back(changeable, features, as_of, days=150)
    changeable.execute(
        "update transactions set amount = amount * 1000 where ordered_at >= ?", [as_of - timedelta(days=60)]
    )
    after = back(changeable, features, as_of, days=150)
    np.testing.assert_array_equal(after.snapshot.next_spend, before.snapshot.next_spend)
    np.testing.assert_array_equal(after.snapshot.next_orders, before.snapshot.next_orders)


def test_a_snapshot_of_the_comparison_is_not_taken_again(shop, features, as_of, monkeypatch):
    given = {"fit": SETTINGS.fit, "as_of": as_of, "horizon_days": HORIZON}
    first = take_past_snapshot(shop, features, days_back=90, **given)
    days = []
    take = past_customers.take_snapshot

    def counting(connection, *, as_of, horizon_days):
        days.append(as_of)
        return take(connection, as_of=as_of, horizon_days=horizon_days)

    monkeypatch.setattr(past_customers, "take_snapshot", counting)
    again, other = past_snapshots(shop, features, days_back=[90, 120], taken=[first.snapshot], **given)
    assert days == [as_of - timedelta(days=120)]
    assert again.snapshot is first.snapshot
    np.testing.assert_array_equal(again.inputs.matrix, first.inputs.matrix)
    assert other.snapshot.as_of == as_of - timedelta(days=120)


def test_a_history_of_less_than_a_horizon_before_the_cut_off_has_no_past(shop, features, as_of):
    longest = int(features["tenure_days"].max())
    assert back(shop, features, as_of, days=longest - HORIZON + 1) is None


def test_fifty_customers_known_then_are_enough_and_fewer_are_not(shop, features, as_of):
    tenure = np.r_[np.full(50, 700.0), np.full(len(features) - 50, HORIZON)]
    assert back(shop, features.assign(tenure_days=tenure), as_of) is not None
    tenure[0] = HORIZON  # on the cut-off's own day: not known before it
    assert back(shop, features.assign(tenure_days=tenure), as_of) is None


def test_the_features_given_are_not_changed(shop, features, as_of):
    before = features.copy()
    back(shop, features, as_of)
    pd.testing.assert_frame_equal(features, before)


# The backtest


def test_every_cut_off_has_its_shares_the_latest_first(backtest, as_of):
    assert [cutoff["as_of"] for cutoff in backtest["cutoffs"]] == [
        (as_of - timedelta(days=days)).isoformat() for days in (90, 120)
    ]
    latest, earlier = backtest["cutoffs"]
    assert latest["customers"] > earlier["customers"] >= 50
    for cutoff in backtest["cutoffs"]:
        assert all(-1 < cutoff[name] < 1 for name in EXPLAINED_BY)
    assert latest["segments"] > 0.05
    assert (backtest["horizon_days"], backtest["interval"]) == (HORIZON, 0.9)


def test_the_mean_is_that_of_the_cut_offs(backtest):
    for name in EXPLAINED_BY:
        assert backtest["mean"][name] == pytest.approx(sum(cutoff[name] for cutoff in backtest["cutoffs"]) / 2)
    assert backtest["mean"]["of_ceiling"] == pytest.approx(backtest["mean"]["segments"] / backtest["mean"]["boosting"])


def test_the_outcomes_are_of_present_segments_at_the_latest_cut_off(backtest, shop, features, as_of):
    past = back(shop, features, as_of)
    segments = backtest["by_segment"]
    # No past cluster is segment 3: its customers of then are within the cluster that is segment 5.
    assert [segment["id"] for segment in segments] == [5, 7, 9]
    sizes = np.array([segment["customers"] for segment in segments])
    assert sizes.sum() == backtest["cutoffs"][0]["customers"] == len(past.snapshot.features)
    for name, outcome in (
        ("spend", past.snapshot.next_spend),
        ("orders", past.snapshot.next_orders),
        ("retention", past.snapshot.next_orders > 0),
    ):
        ends = np.array([segment[name] for segment in segments])
        assert (ends[:, 0] <= ends[:, 1]).all()
        assert (ends[:, 1] <= ends[:, 2]).all()
        assert (sizes @ ends[:, 1]) / sizes.sum() == pytest.approx(outcome.mean())
    means = [segment["spend"][1] for segment in segments]
    assert means == sorted(means, reverse=True)  # as they stand today


def test_more_past_clusters_than_present_segments_still_have_present_ids(shop, features, as_of, assign):
    segments = backtest_of(shop, features, as_of, assign, winner=WARD, days_back=(90,))["by_segment"]
    assert {segment["id"] for segment in segments} <= {3, 5, 7, 9}
    assert len({segment["id"] for segment in segments}) == len(segments)


def test_the_same_seed_gives_the_same_backtest(backtest, shop, features, as_of, assign):
    assert backtest_of(shop, features, as_of, assign) == backtest


def test_cut_offs_with_too_short_a_history_are_left_out(shop, features, as_of, assign, backtest):
    few = backtest_of(shop, features, as_of, assign, days_back=(90, 120, 5_000))
    assert few == backtest


def test_a_short_history_has_no_backtest(shop, assign):
    early = shop.execute("select min(ordered_at)::date from transactions").fetchone()[0] + timedelta(days=150)
    features = build_features(shop, as_of=early)
    assert backtest_of(shop, features, early, assign, days_back=(90,)) is None


# Which past cluster is which present segment


def test_past_clusters_take_the_ids_of_the_present_segments_they_overlap_with():
    present = np.repeat([9, 4], [30, 20])
    labels = np.r_[np.repeat([0, 1], [28, 22])]
    assert _present_ids(labels, present).tolist() == [9] * 28 + [4] * 22


def test_a_past_cluster_never_becomes_a_segment_that_none_of_its_customers_are_in():
    # Both of 0 and 1 are in 7; the only one in 3 is of cluster 2.
    labels = np.repeat([0, 1, 2], [50, 50, 51])
    present = np.repeat([7, 8, 3], [100, 50, 1])
    assert _present_ids(labels, present).tolist() == [7] * 100 + [8] * 51


def test_a_cluster_that_is_left_over_does_not_become_the_best_segment_by_one_customer():
    labels = np.repeat([0, 1], [92, 123])
    present = np.r_[np.repeat([3, 5], [27, 65]), np.repeat([3, 5], [1, 122])]
    assert set(_present_ids(labels, present)[labels == 1]) == {5}


def test_a_cut_off_before_a_figure_of_the_segments_was_known_is_left_out(shop, features, as_of, assign):
    early = as_of - timedelta(days=120)

    def known_later(customers):
        if len(customers) == len(build_features(shop, as_of=early)):
            raise RegistryError("The version's clusters need the features evening_share")
        return assign(customers)

    result = backtest_of(shop, features, as_of, known_later)
    assert [cutoff["as_of"] for cutoff in result["cutoffs"]] == [(as_of - timedelta(days=90)).isoformat()]
