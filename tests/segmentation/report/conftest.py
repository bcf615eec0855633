"""A small comparison and its segments, as the reports take them."""

import numpy as np
import pytest


def _segment(rank, id_, name, **changes):
    features = {
        "days_since_last_purchase": 12.0 * rank, "order_count": 9.0 / rank, "total_spend": 1_234.5 / rank,
        "mean_order_value": 150.0, "tenure_days": 300.0, "recent_spend": 400.0 / rank, "weekend_share": 0.25,
    }  # fmt: skip
    plain = {
        "id": id_,
        "rank": rank,
        "title": name["en"],
        "name": name,
        "description": {"en": f"About {name['en']}.", "pt-BR": f"Sobre {name['pt-BR']}."},
        "action": {"en": f"Act on {name['en']}.", "pt-BR": f"Aja com {name['pt-BR']}."},
        "advice": {"en": f"Act on {name['en']}.", "pt-BR": f"Aja com {name['pt-BR']}."},
        "rule": f"rule-{rank}",
        "claims": [{"figure": "order_count", "low": 4, "high": None}],
        "holds": 0.83,
        "traits": [],
        "previous_name": None,
        "new_customers": 0,
        "concentration": {"best": 10, "customers": 120 * rank, "share": 0.37},
        "customers": 120 * rank,
        "customer_share": rank / 6,
        "spend_share": (0.7, 0.2, 0.1)[rank - 1],
        "spend": 100_000.0,
        "mean_spend": 2_000.0 / rank,
        "medians": features,
        "quartiles": {feature: [value / 2, value * 2] for feature, value in features.items()},
        "ranks": dict.fromkeys(features, 0.95 - 0.3 * (rank - 1)),
        "effects": {"order_count": 0.6, "total_spend": 0.4, "days_since_last_purchase": -0.2, "weekend_share": 0.01},
        "medoids": [
            {"customer_id": f"C{rank}{i}", "figures": {**features, "tenure_days": 28.0 + i if rank == 1 else 300.0}}
            for i in range(2)
        ],
        "rules": [],
        "habits": None,
        "attributes": [],
    }
    return {**plain, **changes}


def _quality():
    def column(name, source, filled, *, valid=1.0, distinct=None, consistent=None, recent=None):
        return {
            "column": name,
            "source": source,
            "filled": filled,
            "valid": valid,
            "distinct": distinct,
            "consistent": consistent,
            "key": "",
            "recent": recent,
        }

    gap = {"first": "2011-11-07", "last": "2011-11-09", "days": 3, "open_days": 3}
    change = {"week": "2011-11-14", "before": 100.0, "after": 260.0, "ratio": 2.6}
    outliers = {"values": 900, "limit": 500.0, "count": 3, "largest": 9000.0, "money_share": 0.02}
    counts = {"rejected": 1, "cancelled": 1, "kept": 1}
    return {
        "rows": 1_000,
        "duplicates": 3,
        "recent_days": 90,
        "scores": {"completeness": 0.96, "validity": 0.99, "uniqueness": 0.997, "consistency": 0.9, "timeliness": 1.0},
        "columns": [
            column("customer_id", "CustomerID", 0.75, distinct=720, consistent=1.0, recent=0.8),
            column("ordered_at", "InvoiceDate", 1.0, valid=0.998, distinct=80),
        ],
        "outliers": [{"measure": name, **outliers, **counts} for name in ("order_value", "price", "quantity")],
        "weeks": {
            "starts": ["2011-10-31", "2011-11-07", "2011-11-14", "2011-11-21"],
            "values": {"orders": [100.0, None, 260.0, 255.0]},
        },
        "findings": [
            {
                "kind": "missing",
                "rule": "missing",
                "subject": "customer_id",
                "values": {"column": "CustomerID", "share": 0.25, "limit": 0.05},
            },
            {"kind": "gap", "rule": "gap", "subject": "ordered_at", "values": gap},
            {"kind": "level_change", "rule": "rise", "subject": "orders", "values": change},
            {
                "kind": "outliers",
                "rule": "outliers",
                "subject": "quantity",
                "values": outliers | counts,
                "explained": "small",
            },
        ],
    }


def _exploration():
    names = ["order_count", "total_spend", "days_since_last_purchase"]
    return {
        "customers": 720,
        "smallest": 5,
        "one_time": 0.35,
        "distributions": [
            {
                "feature": name,
                "edges": [1.0, 10.0, 100.0],
                "counts": [500, 220],
                "quartiles": [2.0, 5.0, 30.0],
                "top": 90.0,
            }
            for name in names
        ],
        "concentration": {"curve": [[0.0, 0.0], [0.2, 0.74], [1.0, 1.0]], "best": 0.74, "lower": 0.08, "gini": 0.7},
        "pairs": {
            "features": names,
            "matrix": [[1.0, 0.8, -0.5], [0.8, 1.0, -0.4], [-0.5, -0.4, 1.0]],
            "together": {"first": "total_spend", "second": "order_count", "value": 0.8},
            "apart": {"first": "days_since_last_purchase", "second": "order_count", "value": -0.5},
        },
        "cohorts": {
            "unit": "month",
            "rows": [
                {"start": "2011-10-01", "customers": 400, "shares": [1.0, 0.37, 0.3]},
                {"start": "2011-11-01", "customers": 3, "shares": [None, None]},
                {"start": "2011-12-01", "customers": 90, "shares": [1.0]},
            ],
            "overall": [1.0, 0.2],
        },
        "seasons": {
            "months": [0.7, 0.7, 0.9, 0.7, 1.0, 1.0, 0.9, 0.9, 1.4, 1.5, 1.7, 0.6],
            "years": 1,
            "complete_months": 12,
            "weekdays": [0.15, 0.17, 0.19, 0.22, 0.15, 0.0, 0.12],
        },
    }


def _expected(spend, id_=None, *, customers, too_small):
    return {
        "id": id_,
        "customers": customers,
        "spend": [0.8 * spend, spend, 1.25 * spend],
        "orders": [90.0, 110.0, 130.0],
        "buyers": [0.35, 0.42, 0.5],
        "variation": 0.3 if too_small else 0.08,
        "too_small": too_small,
    }


def _horizon(days, *, last_day, dates):
    return {
        "days": days,
        "first_day": "2011-12-10",
        "last_day": last_day,
        "is_seasonal": True,
        "years": 2,
        "all": _expected(61_000.0, customers=720, too_small=False),
        "groups": [
            _expected(40_000.0, 4, customers=120, too_small=False),
            _expected(15_000.0, 1, customers=240, too_small=False),
            _expected(6_000.0, 7, customers=360, too_small=True),
        ],
        "coverage": {
            "dates": dates,
            "covered": dates - 1,
            "tenths": 10 * dates,
            "tenths_covered": 9 * dates,
            "periods": dates / 3,
            "error": 0.07,
        },
        "past": [
            {
                "as_of": "2011-09-11",
                "spend": [40_000.0, 50_000.0, 62_500.0],
                "actual": 55_000.0,
                "last": 30_000.0,
                "covered": True,
                "tenths": 10,
                "tenths_covered": 9,
            }
        ],
    }


def _share(id_, customers):
    return {"id": id_, "customers": customers}


def _decision(id_, at_stake, *, treated, control, share, spend, worth):
    trial = {
        "treated": treated,
        "control": control,
        "days": 90,
        "is_forecast": False,
        "since": "2011-09-11",
        "share": share,
        "spend": spend,
        "uplift": 0.1,
        "difference": None if worth is None else 0.312,
        "buyers": None if worth is None else worth / spend,
        "worth": worth,
    }
    return {"id": id_, "at_stake": at_stake, "last": 400.0, "last_buyers": 30, "expected": None, "trial": trial}


@pytest.fixture
def report():
    """All that the HTML report tells, of three segments; the first has everything, the last little."""
    conditions = [
        {"feature": "order_count", "op": ">", "value": 4.5},
        {"feature": "order_count", "op": "<=", "value": 8.5},
        {"feature": "days_since_last_purchase", "op": "<=", "value": 40.5},
    ]
    tea = {
        "product": "T1",
        "description": "Tea <script>alert(1)</script>",
        "customers": 60,
        "share": 0.48,
        "base_share": 0.15,
        "lift": 3.2,
    }
    habits = {
        "products": [tea],
        "groups": [{**tea, "product": "Drinks & more", "description": None, "lift": 0.5}],
        "weekdays": [0.1, 0.2, 0.1, 0.1, 0.3, 0.2, 0.0],
        "base_weekdays": [1 / 7] * 7,
        "hours": [0.0] * 9 + [0.1] * 10 + [0.0] * 5,
        "base_hours": [0.0] * 8 + [1 / 12] * 12 + [0.0] * 4,
        "countries": [{"country": "Brazil", "share": 0.9, "base_share": 0.9, "lift": 1.0}],
        "baskets": [
            {"if": ["Tea", "Cup"], "then": ["Pot"], "orders": 33, "support": 0.02, "confidence": 0.61, "lift": 12.3}
        ],
    }
    attributes = [
        {
            "name": "age",
            "kind": "numeric",
            "median": 44.0,
            "q1": 30.0,
            "q3": 51.0,
            "base_median": 39.0,
            "effect": 0.2,
            "known": 111,
        },
        {
            "name": "gender",
            "kind": "categorical",
            "values": [{"value": "Female", "share": 0.62, "base_share": 0.5, "lift": 1.24}],
            "known": 98,
        },
    ]
    best = {
        "rules": [{"conditions": conditions, "customers": 87, "precision": 0.93}],
        "habits": habits,
        "attributes": attributes,
        "previous_name": {"en": "Loyal since 2010", "pt-BR": "Fiéis desde 2010"},
        "new_customers": 7,
    }
    rng = np.random.default_rng(0)
    board = [
        {
            "name": "kmeans k=3",
            "verdict": "winner",
            "separation": 0.41,
            "silhouette": 0.321,
            "davies_bouldin": 0.97,
            "stability": 0.77,
            "explained_spend": 0.231,
            "segment_count": 3.0,
            "smallest_share": 0.17,
            "reason": "It explains the most.",
        },
        {
            "name": "kmeans k=2",
            "verdict": "rejected",
            "separation": None,
            "silhouette": None,
            "davies_bouldin": None,
            "stability": 0.9,
            "explained_spend": None,
            "segment_count": 2.0,
            "smallest_share": 0.01,
            "reason": "It has 2 segments; the settings ask for 3 to 10.",
        },
    ]
    explained = {"segments": 0.231, "rfm_grid": 0.222, "revenue_sort": 0.213, "boosting": 0.277}
    return {
        "shop": {
            "title": "A Shop & Sons",
            "dataset": "shop",
            "currency": "GBP",
            "as_of": "2011-12-10",
            "location": "shop.csv",
            "digest": "abc123",
            "homepage": "https://shop.example/data",
            "licence": "CC BY 4.0",
        },
        "data": {
            "rows_in": 12_000,
            "rows_kept": 9_876,
            "kept_share": 9_876 / 12_000,
            "customers": 720,
            "revenue": 1_234_567.0,
            "first_order": "2010-12-01",
            "last_order": "2011-12-09",
            "history_days": 374,
            "ledger": [
                {
                    "step": 0,
                    "rule": "source",
                    "definition": "rows of the source",
                    "rows_matching": 12_000,
                    "rows_out": 0,
                    "rows_changed": 0,
                    "money_out": 0.0,
                    "rows_left": 12_000,
                    "money_left": 1_300_000.0,
                    "example": None,
                },
                {
                    "step": 1,
                    "rule": "duplicate",
                    "definition": "equal rows",
                    "rows_matching": 2_124,
                    "rows_out": 2_124,
                    "rows_changed": 3,
                    "money_out": 65_433.0,
                    "rows_left": 9_876,
                    "money_left": 1_234_567.0,
                    "example": "order <7>",
                },
                {
                    "step": 2,
                    "rule": "our_own",
                    "definition": "a rule of the shop",
                    "rows_matching": 0,
                    "rows_out": 0,
                    "rows_changed": 0,
                    "money_out": 0.0,
                    "rows_left": 9_876,
                    "money_left": 1_234_567.0,
                    "example": None,
                },
            ],
            "features_fit": ["days_since_last_purchase", "order_count", "total_spend"],
            "features_dropped": {"evening_share": "the source does not have it"},
            "has_transactions": True,
            "events": [],
        },
        "choice": {**board[0], "algorithm": "kmeans", "calinski_harabasz": 812.0, "candidate_count": 2},
        "caveats": [],
        "board": board,
        "segments": [
            _segment(1, 4, {"en": "Champions", "pt-BR": "Campeões"}, **best),
            _segment(2, 1, {"en": "Loyal $ <b>", "pt-BR": "Fiéis $ <b>"}),
            _segment(
                3,
                7,
                {"en": "Lost", "pt-BR": "Perdidos"},
                effects={},
                medoids=[],
                customers=60,
                claims=[],
                holds=None,
                concentration={"best": 10, "customers": 29, "share": 0.9},
            ),
        ],
        "decisions": [
            _decision(4, 41_000.0, treated=96, control=24, share=0.42, spend=800.0, worth=24_000.0),
            _decision(1, 12_000.0, treated=192, control=48, share=0.5, spend=150.0, worth=6_500.0),
            _decision(7, 900.0, treated=48, control=12, share=0.1, spend=30.0, worth=None),
        ],
        "customers": {
            "shown": "all",
            "segments": [
                {"id": 4, "customer_ids": ["=1+1", "C10"]},
                {"id": 1, "customer_ids": ["00123", "</script><script>alert(4)</script>"]},
                {"id": 7, "customer_ids": ["Z"]},
            ],
        },
        "treatment": 0.8,
        "new_customers": {"days": 28, "action": {"en": "Welcome.", "pt-BR": "Bem-vindo."}},
        "points": {
            "recency": [1.0] * 90,
            "orders": [1.0] * 90,
            "spend": [1.0] * 90,
            "silhouette": np.linspace(-0.2, 0.8, 90).tolist(),
            "segment": [4, 1, 7] * 30,
            "x": rng.normal(size=90).tolist(),
            "y": rng.normal(size=90).tolist(),
            "axis_shares": [0.7, 0.2],
            "mean_silhouette": 0.3,
            "negative_share": 0.2,
        },
        "grid": {
            "recency_edges": [15.0, 33.0, 72.0, 180.0],
            "frequency_edges": [1.0, 1.0, 3.0, 5.0],
            "customers": [[10, 0, 20, 30, 1_040]] * 5,
            "spend": [[1e3, 0.0, 2e3, 3e3, 4e3]] * 5,
            "mix": [[[_share(7, 10)], [], [_share(1, 15), _share(7, 5)], [_share(1, 30)], [_share(4, 1_040)]]] * 5,
        },
        "rules": {"fidelity": 0.912, "leaves": 5, "depth": 3, "customers": 720},
        "migration": {
            "from_version": "3",
            "from_as_of": "2011-09-11",
            "shared": 600,
            "moved": 150,
            "moved_share": 0.25,
            "redrawn_share": 0.1,
            "arrived": 120,
            "left": 20,
            "previous": [
                {"id": 4, "name": {"en": "Champions", "pt-BR": "Campeões"}, "customers": 200},
                {"id": 2, "name": {"en": "Old hands", "pt-BR": "Veteranos"}, "customers": 420},
            ],
            "flows": [
                {"from": 4, "to": 4, "customers": 150},
                {"from": 4, "to": 1, "customers": 50},
                {"from": 2, "to": 7, "customers": 400},
                {"from": 2, "to": None, "customers": 20},
                {"from": None, "to": 1, "customers": 120},
            ],
            "new": [1, 7],
            "gone": [2],
            "matched": [
                {
                    "id": 4,
                    "jaccard": 0.75,
                    "previous_name": {"en": "Loyal since 2010", "pt-BR": "Fiéis desde 2010"},
                    "renamed_by_rules": {"en": "Bulk buyers", "pt-BR": "Atacado"},
                }
            ],
        },
        "churn": None,
        "labels": {},
        "recognition": None,
        "quality": _quality(),
        "exploration": _exploration(),
        "capped": {"total_spend": 8, "order_count": 6},
        "backtest": {
            "horizon_days": 90,
            "interval": 0.9,
            "cutoffs": [
                {"as_of": "2011-09-11", "customers": 640, **explained},
                {"as_of": "2011-08-12", "customers": 610, **explained},
            ],
            "mean": {**explained, "of_ceiling": 0.834},
            "by_segment": [
                {
                    "id": id_,
                    "customers": 100,
                    "spend": [low, 2 * low, 3 * low],
                    "orders": [1.0, 2.0, 3.0],
                    "retention": [0.4, 0.55, 0.7],
                }
                for id_, low in ((4, 400.0), (1, 100.0), (7, 20.0))
            ],
        },
        "forecast": {
            "as_of": "2011-12-10",
            "interval": 0.9,
            "days": 90,
            "last_to_average": 1.62,
            "history_days": 800,
            "least_history_days": 455,
            "horizons": [
                _horizon(30, last_day="2012-01-08", dates=24),
                _horizon(90, last_day="2012-03-08", dates=7),
            ],
        },
    }


@pytest.fixture
def members(report):
    """The report of a table with one row per customer that has attributes only, and a further source of events."""
    labels = {"income": {"en": "Income", "pt-BR": "Renda"}, "score": {"en": "Score", "pt-BR": "Pontuação"}}
    labels["gender"] = {"en": "Gender", "pt-BR": "Gênero"}
    fit = ["income", "score", "gender=Female"]
    segments = []
    for segment in report["segments"]:
        figures = {"income": 40.0 + segment["id"], "score": 50.0 - segment["id"], "gender=Female": 1.0}
        ranks = {"income": 0.1 * segment["id"], "score": 1 - 0.1 * segment["id"], "gender=Female": 0.5}
        segments.append(
            {
                **segment,
                "spend": None,
                "spend_share": None,
                "mean_spend": None,
                "concentration": None,
                "rule": "attributes",
                "habits": None,
                "medians": figures,
                "quartiles": {name: (value - 5, value + 5) for name, value in figures.items()},
                "ranks": ranks,
                "effects": {"income": 0.5, "gender=Female": -0.4},
                "medoids": [],
                "rules": [{"conditions": [{"feature": "gender=Female", "op": ">", "value": 0.5}], **SIZE}],
            }
        )
    found = [
        {"id": one["id"], "auc": 0.8, "low": 0.7, "high": 0.9, "precision": 0.4, "share": 0.2, "answer": answer}
        for one, answer in zip(segments, ("yes", "partly", "no"), strict=False)
    ]
    unknown = {"revenue": None, "first_order": None, "last_order": None, "history_days": None}
    read = [{"name": "wifi_sightings", "rows_in": 1_200, "rows_kept": 1_000}]
    data = {**report["data"], **unknown, "has_transactions": False, "features_fit": fit, "events": read}
    parts = {"segments": segments, "data": data, "labels": labels, "grid": None, "backtest": None, "migration": None}
    parts["decisions"] = [
        {**row, "at_stake": None, "last": None, "last_buyers": None, "trial": {**row["trial"], **UNKNOWN}}
        for row in report["decisions"]
    ]
    parts["recognition"] = {"attributes": ["gender"], "good_auc": 0.75, "fair_auc": 0.6, "by_segment": found}
    looks = {**report["exploration"], "distributions": [], "pairs": None, "one_time": None}
    looks |= dict.fromkeys(("concentration", "cohorts", "seasons"))
    checked = {**report["quality"], "outliers": [], "weeks": {"starts": [], "values": {}}, "findings": []}
    return {**report, **parts, "exploration": looks, "quality": checked}


UNKNOWN = dict.fromkeys(["share", "spend", "difference", "buyers", "worth"])
SIZE = {"customers": 87, "precision": 0.93}
