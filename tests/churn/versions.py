"""A small churn version: two numbers and a category, a logistic regression, four customers."""

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from clientela.churn.model import ChurnLookup
from clientela.churn.models import make_model, matrix
from clientela.churn.scorer import ChurnScorer, customer_rows
from clientela.churn.version import ChurnVersion, write_version

COLUMNS = ["days_since_last_purchase", "orders_lost_tv", "region"]
RNG = np.random.default_rng(0)
ROWS = pd.DataFrame(
    {
        "days_since_last_purchase": RNG.uniform(1, 100, 400),
        "orders_lost_tv": RNG.normal(0, 1, 400),
        "region": RNG.choice(["north", "south"], 400),
    }
)
CHURN = (RNG.random(400) < ROWS["days_since_last_purchase"] / 110).astype(float).to_numpy()
CUSTOMERS = pd.DataFrame(
    {
        "customer_id": ["12346", "012346", "CS5295", "José"],
        "days_since_last_purchase": [3.0, 40.0, 99.0, np.nan],
        "orders_lost_tv": [0.0, 2.0, -1.0, 0.0],
        "region": ["north", "south", None, "north"],
    }
)


def text(of: str) -> dict[str, str]:
    return {"en": of, "pt-BR": f"{of} em português"}


WORDS = {
    "en": {"raises": "{label}: {value} (typical: {typical}) raises", "signs": ",.", "money": "£{}"},
    "pt-BR": {"raises": "{label}: {value} (típico: {typical}) aumenta", "signs": ".,", "money": "£ {}"},
}
CARD: dict[str, Any] = {
    "as_of": "2024-01-31",
    "window_days": 90,
    "ids_a_request": 20,
    "model": "logistic_regression",
    "reasons": 2,
    "columns": [
        {
            "name": "days_since_last_purchase", "kind": "number", "typical": 50.5, "spread": 50.0, "least": 0.0,
            "unit": "", "label": text("days since"),
        },
        {
            "name": "orders_lost_tv", "kind": "number", "typical": 0.0, "spread": 1.3, "least": None, "unit": "",
            "label": text("lost"),
        },
        {"name": "region", "kind": "category", "typical": "north", "unit": "", "label": text("region")},
    ],
    "families": [{"name": name, "columns": [name]} for name in COLUMNS],
    "calibration": [0.9, -0.1],
    "costs": {"contact_cost": 10.0, "success_rate": 0.3, "value_saved": 150.0, "share_of_yearly_spend": None},
    "bands": {"high": 0.7, "medium": 0.3},
    "services": ["tv"],
    "words": {
        language: {**words, "lowers": words["raises"].replace("raises", "lowers"), "missing": "not known"}
        for language, words in WORDS.items()
    },
}  # fmt: skip


def make_version(**card: Any) -> ChurnVersion:
    pipeline = make_model("logistic_regression", COLUMNS, seed=0).fit(matrix(ROWS, COLUMNS), CHURN)
    card_ = {**CARD, **card}
    customers = customer_rows(ChurnScorer(card_, pipeline), card_, CUSTOMERS)
    customers.insert(0, "customer_id", CUSTOMERS["customer_id"])
    return ChurnVersion(card_, pipeline, customers)


def write(folder: Path, **card: Any) -> dict[str, Path]:
    return write_version(folder, make_version(**card))


def load(files: Mapping[str, Path]) -> ChurnLookup:
    lookup = ChurnLookup()
    lookup.load_context(SimpleNamespace(artifacts={name: str(path) for name, path in files.items()}))
    return lookup
