"""Run by the crash tests in processes of their own: change the registry, and end outright after so many calls."""

import os
import sys
import time
from datetime import date
from pathlib import Path

import mlflow
import pandas as pd
from mlflow.store.artifact.local_artifact_repo import LocalArtifactRepository
from mlflow.tracking import MlflowClient

from clientela import registry
from clientela.errors import RegistryError
from clientela.registry import Change, aliases
from clientela.segmentation import version as index

WRITES = (
    "create_registered_model", "create_model_version", "set_registered_model_alias", "delete_registered_model_alias",
    "set_registered_model_tag", "delete_registered_model_tag",
)  # fmt: skip


def end_after(calls: int) -> None:
    """End this process, as a kill does, when that many writing calls are done; at the first one where 0."""
    done = 0

    def counted(call):
        def wrapper(*args, **kwargs):
            nonlocal done
            if calls == 0:
                os._exit(9)
            try:
                return call(*args, **kwargs)
            finally:
                done += 1
                if done == calls:
                    os._exit(9)

        return wrapper

    mlflow.pyfunc.log_model = counted(mlflow.pyfunc.log_model)
    for name in WRITES:
        setattr(MlflowClient, name, counted(getattr(MlflowClient, name)))


def end_among_the_files() -> None:
    """End this process while a version's files are written: some are there, and some are not."""

    def some(self, local_dir, artifact_path=None):
        files = sorted(path for path in Path(local_dir).rglob("*") if path.is_file())
        for file in files[: len(files) // 2]:
            self.log_artifact(str(file), artifact_path)
        os._exit(9)

    LocalArtifactRepository.log_artifacts = some


def register(model: str, folder: Path) -> None:
    """Register a version of one customer."""
    texts = {"name": {"en": "Champions"}, "description": {"en": "They buy."}, "action": {"en": "Thank them."}}
    customers = pd.DataFrame({"customer_id": ["A1"], "segment_id": [1], "rule": 0})
    version = index.SegmentsVersion(
        as_of=date(2024, 1, 9),
        customers=customers.assign(**dict.fromkeys(index.FIGURES, 9.0)),
        segments=[{"id": 1, "rank": 1, **texts}],
        rules=[{"segment_id": 1, "customers": 1, "precision": 1.0, "text": {"en": "anybody"}, "conditions": []}],
        clustering={"scaler": None},
        last_id=1,
    )
    with mlflow.start_run(experiment_id=MlflowClient().get_experiment_by_name("versions").experiment_id) as run:
        registry.register(
            model,
            index.model_spec(),
            run_id=run.info.run_id,
            artifacts=index.write_version(folder, version),
            example_ids=["A1"],
            note="",
            tags={},
        )


def promote(model: str, version: str, champion: str) -> None:
    """Move the champion."""
    registry.move_champion(model, version, champion=champion, change=Change("promote"))


def roll_back(model: str) -> None:
    """Exchange champion and previous."""
    version, champion = registry.require_previous(model)
    registry.move_champion(model, version, champion=champion, change=Change("rollback"))


def race(model: str, version: str, champion: str, folder: Path) -> None:
    """Move the champion once both processes are there; slowly, so that they would step on each other's toes."""
    read = aliases.read_aliases

    def slowly(name: str) -> dict[str, str]:
        found = read(name)
        time.sleep(0.4)
        return found

    aliases.read_aliases = slowly
    (folder / f"ready-{version}").touch()
    while len(list(folder.glob("ready-*"))) < 2:
        time.sleep(0.001)
    try:
        promote(model, version, champion)
        sys.stdout.write("moved")
    except RegistryError as error:
        sys.stdout.write(str(error))


def main(said: str, uri: str, verb: str, calls: int | None, given: tuple[str, ...]) -> None:
    """Do what was asked in the store at `uri`; what is printed goes into the file `said`."""
    file = os.open(said, os.O_CREAT | os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(file, stream)
    mlflow.set_tracking_uri(uri)
    if calls is not None:
        end_after(calls)
    if verb == "register":
        register(given[0], Path(given[1]))
    elif verb == "register-some":
        end_among_the_files()
        register(given[0], Path(given[1]))
    elif verb == "promote":
        promote(*given)
    elif verb == "rollback":
        roll_back(*given)
    else:
        race(*given[:3], Path(given[3]))
