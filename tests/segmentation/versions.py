"""A small version and its files, and the pyfunc with them loaded."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from clientela.segmentation import model as pyfunc
from clientela.segmentation import version as index

# One of each kind of id, the rule that applies, the figures of each customer, and one that only a rule speaks of.
CUSTOMERS = pd.DataFrame(
    {
        "customer_id": ["12346", "012346", "CS5295", "{3F2504E0-4F89}", "José"],
        "segment_id": [1, 2, 2, 3, 3],
        "rule": [3, 2, 2, 0, 1],
        "days_since_last_purchase": [3.0, 40.0, 41.0, 300.0, 301.0],
        "order_count": [20.0, 5.0, 4.0, 1.0, 1.0],
        "total_spend": [2000.0, 300.0, 280.5, 20.0, 10.0],
        "mean_order_value": [100.0, 60.0, 70.125, 20.0, 10.0],
        "tenure_days": [700.0, 600.0, 90.0, 300.0, 500.0],
        "since": [date(2023, 12, 31), date(2023, 12, 31), date(2023, 12, 31), date(2024, 1, 31), date(2024, 1, 31)],
    }
)


def text(of: str) -> dict[str, str]:
    return {"en": of, "pt-BR": f"{of} em português"}


SEGMENTS = [
    {"id": id_, "rank": rank, "name": text(name), "description": text(f"{name}."), "action": text(f"Do it for {name}.")}
    for rank, (id_, name) in enumerate([(1, "Champions"), (2, "Loyal"), (3, "Lost")], start=1)
]


def condition(feature: str, op: str, value: float) -> dict[str, Any]:
    return {"feature": feature, "op": op, "value": value, "text": text(f"{feature} {op} {value:g}")}


def rule(segment_id: int, *conditions: dict[str, Any]) -> dict[str, Any]:
    rule_text = text(" and ".join(bound["text"]["en"] for bound in conditions))
    return {
        "segment_id": segment_id,
        "customers": 1,
        "precision": 1.0,
        "text": rule_text,
        "conditions": list(conditions),
    }


ONE_ORDER, MORE_ORDERS = condition("order_count", "<=", 1.5), condition("order_count", ">", 1.5)
# José has been there for long: by the rules, not by the model, he would be loyal.
RULES = [
    rule(3, ONE_ORDER, condition("tenure_days", "<=", 400.0)),
    rule(2, ONE_ORDER, condition("tenure_days", ">", 400.0)),
    rule(2, MORE_ORDERS, condition("total_spend", "<=", 1000.0)),
    rule(1, MORE_ORDERS, condition("total_spend", ">", 1000.0)),
]

VERSION = index.SegmentsVersion(
    as_of=date(2024, 1, 31),
    customers=CUSTOMERS,
    segments=SEGMENTS,
    rules=RULES,
    clustering={},
    last_id=5,
    new_customers={"days": 28, "action": text("Welcome them")},
)


def write(folder: Path, **changes: Any) -> dict[str, Path]:
    return index.write_version(folder, replace(VERSION, **changes))


def load(files: Mapping[str, Path]) -> pyfunc.SegmentLookup:
    model = pyfunc.SegmentLookup()
    model.load_context(SimpleNamespace(artifacts={name: str(path) for name, path in files.items()}))
    return model


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write(tmp_path_factory.mktemp("version"))


@pytest.fixture
def lookup(files: dict[str, Path]) -> pyfunc.SegmentLookup:
    return load(files)
