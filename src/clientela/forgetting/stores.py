"""The stores of MLflow: the files below each experiment, here or in an object store, and the database."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import mlflow
from mlflow.entities import ViewType
from mlflow.exceptions import MlflowException
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
from mlflow.tracking import MlflowClient
from mlflow.utils.file_utils import local_file_uri_to_path
from sqlalchemy import create_engine, inspect
from sqlalchemy.exc import SQLAlchemyError

from clientela.exports.files import whole_file
from clientela.forgetting.wanted import NUMBER, Wanted


@dataclass(frozen=True)
class Tree:
    """The files below one address.

    Attributes:
        root: address, such as file:///shop/mlruns/1 or s3://bucket/1.
    """

    root: str

    @property
    def folder(self) -> Path | None:
        """The folder on this machine; None for another store."""
        is_local = "://" not in self.root or self.root.startswith("file:")
        return Path(local_file_uri_to_path(self.root)) if is_local else None

    def names(self) -> Iterator[str]:
        """The files, as paths relative to the root."""
        if self.folder is not None:
            yield from sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file())
            return
        yield from self._listed(None)

    def fetch(self, name: str, into: Path) -> Path:
        """The file on this machine, which is copied if the store is elsewhere."""
        if self.folder is not None:
            return self.folder / name
        return Path(get_artifact_repository(self.root).download_artifacts(name, str(into)))

    def replace(self, name: str, new: Path) -> None:
        """Replace a file by another one, as a whole."""
        if self.folder is None:
            named = new.with_name(Path(name).name)
            new.replace(named)
            folder = os.path.dirname(name)  # noqa: PTH120
            get_artifact_repository(self.root).log_artifact(str(named), folder or None)
            return
        with whole_file(self.folder / name) as temporary:
            temporary.write_bytes(new.read_bytes())

    def delete(self, name: str) -> None:
        """Delete a file."""
        if self.folder is not None:
            (self.folder / name).unlink(missing_ok=True)
        else:
            get_artifact_repository(self.root).delete_artifacts(name)

    def _listed(self, path: str | None) -> Iterator[str]:
        for one in get_artifact_repository(self.root).list_artifacts(path):
            if one.is_dir:
                yield from self._listed(one.path)
            else:
                yield one.path


def artifact_trees() -> list[Tree]:
    """The trees of all experiments, deleted ones too; one that lies below another is left out."""
    found = MlflowClient().search_experiments(view_type=ViewType.ALL)
    roots = sorted({str(experiment.artifact_location).rstrip("/") for experiment in found})
    return [Tree(root) for root in roots if not any(root.startswith(f"{other}/") for other in roots)]


def database_url() -> str | None:
    """The address of MLflow's database; None if a server keeps it."""
    uri = mlflow.get_tracking_uri()
    return uri if not uri.startswith(("http:", "https:", "file:", "databricks")) and "://" in uri else None


def clean_database(url: str, wanted: Wanted, *, change: bool) -> tuple[int, int]:
    """Search every text of a database, and replace the ids in it.

    Args:
        url: address of the database.
        wanted: the ids.
        change: whether texts are changed, or only counted.

    Returns:
        Number of texts that were read, and of those with an id.
    """
    engine = create_engine(url)
    read, hits = 0, 0
    try:
        with engine.begin() as connection:
            tables = inspect(connection)
            for table in tables.get_table_names():
                for column in tables.get_columns(table):
                    quote = connection.dialect.identifier_preparer.quote
                    name, place = quote(column["name"]), quote(table)
                    values = connection.exec_driver_sql(f"select distinct {name} from {place}").scalars().all()
                    texts = [value for value in values if isinstance(value, str)]
                    read += len(texts)
                    for text in texts:
                        if NUMBER.fullmatch(text) or not wanted.in_a_text(text):
                            continue
                        hits += 1
                        if change:
                            mark = "?" if connection.dialect.name == "sqlite" else "%s"
                            connection.exec_driver_sql(
                                f"update {place} set {name} = {mark} where {name} = {mark}",
                                (wanted.without(text), text),
                            )
        if change and hits and engine.dialect.name == "sqlite":
            # Freed pages would keep the old texts.
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("vacuum")
    finally:
        engine.dispose()
    return read, hits


def count_in_tracking_server(wanted: Wanted) -> tuple[int, int]:
    """Search the parameters, tags and names of all runs and models that a tracking server shows.

    Returns:
        Number of texts that were read, and of those with an id.
    """
    client, texts = MlflowClient(), []
    experiments = client.search_experiments(view_type=ViewType.ALL)
    for experiment in experiments:
        texts += [experiment.name, *experiment.tags.values()]
        token = None
        while True:
            page = client.search_runs([experiment.experiment_id], run_view_type=ViewType.ALL, page_token=token)
            for run in page:
                texts += [run.info.run_name or "", *run.data.params.values(), *run.data.tags.values()]
            if not (token := page.token):
                break
    for model in client.search_registered_models():
        texts += [model.description or "", *model.tags.values()]
        for version in client.search_model_versions(f"name = '{model.name}'"):
            texts += [version.description or "", *version.tags.values()]
    return len(texts), sum(wanted.in_a_text(text) for text in texts if not NUMBER.fullmatch(text))


DATABASE_ERRORS = (SQLAlchemyError, MlflowException)
