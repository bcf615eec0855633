"""A separate store with a model of three versions, each with two customers."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from mlflow.tracking import MlflowClient

from clientela import registry
from clientela.segmentation import version as index

MODEL = "customer-segments"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, fresh_store) -> Iterator[Path]:
    """An empty store in a separate folder."""
    folder = tmp_path_factory.mktemp("registry")
    with fresh_store(folder):
        mlflow.create_experiment("versions")
        yield folder


def register(folder: Path, *, day: int, model: str = MODEL) -> tuple[str, str]:
    """Register a version with two customers as of a day of January; the day is their number of orders."""
    customers = pd.DataFrame({"customer_id": ["17850", "A1"], "segment_id": [1, 2], "rule": 0})
    customers = customers.assign(**dict.fromkeys(index.FIGURES, float(day)))
    texts = {"name": {"en": "Champions"}, "description": {"en": "They buy."}, "action": {"en": "Thank them."}}
    version = index.SegmentsVersion(
        as_of=date(2024, 1, day),
        customers=customers,
        segments=[{"id": 1, "rank": 1, **texts}, {"id": 2, "rank": 2, **texts, "name": {"en": "Lost"}}],
        rules=[{"segment_id": 1, "customers": 2, "precision": 0.5, "text": {"en": "anybody"}, "conditions": []}],
        clustering={"scaler": None},
        last_id=2,
    )
    files = folder / f"{model}-day-{day}"
    files.mkdir(exist_ok=True)
    with mlflow.start_run(experiment_id=MlflowClient().get_experiment_by_name("versions").experiment_id) as run:
        artifacts = index.write_version(files, version)
        return registry.register(
            model,
            index.model_spec(),
            run_id=run.info.run_id,
            artifacts=artifacts,
            example_ids=["17850", "A1"],
            note=f"As of **January {day}**.",
            tags={"as_of": f"2024-01-{day:02d}", "parent_run": run.info.run_id},
        )


def held(model: str = MODEL) -> dict[str, str]:
    """Alias -> version."""
    return {alias: str(version) for alias, version in MlflowClient().get_registered_model(model).aliases.items()}


@pytest.fixture(scope="module")
def versions(store: Path) -> list[tuple[tuple[str, str], dict[str, str]]]:
    """What registering three versions returned, each with the aliases after it."""
    return [(register(store, day=day), held()) for day in (1, 2, 3)]


@pytest.fixture
def aliases(versions: object) -> Iterator[None]:
    """Reset the aliases to their state after the three registrations, and remove the audit."""
    client = MlflowClient()
    for alias in client.get_registered_model(MODEL).aliases:
        client.delete_registered_model_alias(MODEL, alias)
    for key in client.get_registered_model(MODEL).tags:
        client.delete_registered_model_tag(MODEL, key)
    client.set_registered_model_alias(MODEL, "champion", "1")
    client.set_registered_model_alias(MODEL, "challenger", "3")
