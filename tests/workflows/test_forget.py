"""Forgetting a customer: out of versions, artifacts, exports and the database; repeatable, also after a kill."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import mlflow
import pandas as pd
import pytest
import yaml
from click.testing import CliRunner
from mlflow.tracking import MlflowClient

from clientela import registry, tracking
from clientela.cli import main
from clientela.dataset_privacy import privacy_of
from clientela.errors import InvalidInput
from clientela.exports import write_table
from clientela.exports.records import Records
from clientela.insiders.gate import model_kind
from clientela.insiders.version import InsidersVersion, open_lookup, write_version
from clientela.insiders.version import model_spec as insiders_spec
from clientela.pseudonyms import Pseudonyms
from clientela.registry.revisions import REVISION, REWRITING, champion_identity, number_of
from clientela.request import PromotionRequest
from clientela.settings import load_settings
from clientela.workflows.forget import forget
from clientela.workflows.promote import promote

from ..insiders.test_model import CARD
from .conftest import change_privacy

MODEL = "insiders"
GONE, STAYS = "K-17850", "K-12346"
KEY = "the key of the forgetful shop"


def members(ids: list[str]) -> pd.DataFrame:
    count = len(ids)
    return pd.DataFrame(
        {
            "customer_id": ids,
            "member": [n % 2 == 0 for n in range(count)],
            "enters": [n % 2 == 0 for n in range(count)],
            **{
                name: [10.0 + n for n in range(count)]
                for name in ("spend", "orders", "days", "expected", "low", "high")
            },
        }
    )


def register_version(folder: Path, ids: list[str]) -> None:
    folder.mkdir()
    version = InsidersVersion(date(2024, 1, 31), members(ids), CARD)
    tags = {"dataset": "demo", "as_of": "2024-01-31"}
    with tracking.open_run("customer-segmentation", name="insiders", stage="insiders") as run_id:
        registry.register(
            MODEL,
            insiders_spec(),
            run_id=run_id,
            artifacts=write_version(folder, version),
            example_ids=["nobody"],
            note="A version.",
            tags=tags,
        )
        mlflow.log_text(f"<code>{GONE}</code><p>{STAYS}</p>", "report.html")
        mlflow.log_dict({"members": ids, "rows": 17850}, "report.json")
        mlflow.log_table(members(ids)[["customer_id", "spend"]], "members.json")
        mlflow.set_tag("remark", f"asked by {GONE}")


@pytest.fixture(scope="module")
def shop(root: Path, tmp_path_factory: pytest.TempPathFactory, fresh_store) -> Iterator[Path]:
    """Two versions of the programme with a report each, and exports in four formats, of one of which is gone."""
    folder, temporary = tmp_path_factory.mktemp("forgetful"), tmp_path_factory.mktemp("temporary")
    conf = folder / "conf"
    shutil.copytree(root / "conf", conf)
    change_privacy(conf, key="FORGETFUL_KEY", records=str(folder / "privacy"))
    ids = [f"K-{number}" for number in range(17840, 17860)] + [STAYS]
    with pytest.MonkeyPatch.context() as patch, fresh_store(folder):
        patch.setenv("FORGETFUL_KEY", KEY)
        patch.setattr("tempfile.tempdir", str(temporary))
        register_version(folder / "one", ids)
        register_version(folder / "two", ids)
        records = Records(folder / "privacy")
        for name in ("list.csv", "list.parquet", "list.xlsx", "lists.db"):
            records.note_written(write_table(members(ids), str(folder / name)))
        records.note_written(folder / "moved.csv")
        yield folder


@pytest.fixture(scope="module")
def done(shop: Path):
    return forget([GONE], conf=shop / "conf", echo=lambda _: None)


def everything(shop: Path) -> dict[str, bytes]:
    return {str(path.relative_to(shop)): path.read_bytes() for path in shop.rglob("*") if path.is_file()}


def test_the_search_afterwards_finds_nothing_and_says_what_it_read(shop, done):
    assert done.left == 0
    places = {line.place.split(" in ")[0]: line.count for line in done.searched}
    assert places["files"] > 0
    assert all(line.note == "" for line in done.searched)
    assert dict(done.exports)[str(shop / "moved.csv")] == "no longer there"
    assert [state for _, state in done.exports].count("rewritten") == 4


def test_no_byte_of_versions_artifacts_exports_and_database_names_the_customer(shop, done):
    named = [
        name for name, data in everything(shop).items() if GONE.encode() in data and not name.startswith(("one", "two"))
    ]
    assert named == []
    assert STAYS in pd.read_csv(shop / "list.csv")["customer_id"].tolist()
    assert len(pd.read_excel(shop / "list.xlsx")) == len(pd.read_parquet(shop / "list.parquet")) == 20
    with sqlite3.connect(shop / "lists.db") as connection:
        assert connection.execute("select count(*) from customer_segments").fetchone() == (20,)


def test_every_version_answers_and_passes_the_checks_of_the_gate(shop, done):
    assert done.versions == {MODEL: ["1", "2"]}
    for number in ("1", "2"):
        found = registry.fetch(MODEL, version=number)
        lookup = open_lookup(found.files)
        frame = pd.DataFrame({"customer_id": [GONE, STAYS]})
        assert [answer["member"] for answer in lookup.predict(None, frame)] == [None, True]
        loaded = mlflow.pyfunc.load_model(f"models:/{MODEL}/{number}")
        assert [answer["member"] for answer in loaded.predict(frame)] == [None, True]


@pytest.mark.slow
def test_a_rewritten_version_can_be_promoted(shop, done):
    promoted = promote("2", PromotionRequest(conf=shop / "conf", model=MODEL))
    assert promoted["overruled"] == []
    assert model_kind(shop / "conf").model == MODEL


def test_the_audit_counts_customers_and_names_none(shop, done):
    entry = next(entry for entry in registry.history(MODEL) if entry.action == "forget")
    assert (entry.state, entry.to_version, entry.reason) == ("done", "all", "1 customer forgotten; rewritten: 1, 2")


def test_servers_see_a_new_revision_of_the_champion(shop, done):
    identity = champion_identity(MODEL)
    assert identity is not None
    assert identity != number_of(identity)
    tags = MlflowClient().get_model_version(MODEL, "1").tags
    assert REVISION in tags
    assert REWRITING not in tags


def test_a_second_call_changes_nothing_and_one_after_a_kill_completes(shop, done):
    before = everything(shop / "mlruns")
    again = forget([GONE], conf=shop / "conf", echo=lambda _: None)
    assert (again.rewritten, again.deleted, again.versions, again.left) == (0, 0, {}, 0)
    assert everything(shop / "mlruns") == before
    # Killed after the customers and before the index: the index has one customer more.
    files = Path(registry.fetch(MODEL, version="1").files)
    index = (files / "index.arrow").read_bytes()
    other = forget(["K-17840"], conf=shop / "conf", echo=lambda _: None)
    assert other.versions == {MODEL: ["1", "2"]}
    (files / "index.arrow").write_bytes(index)
    MlflowClient().set_model_version_tag(MODEL, "1", REWRITING, "true")
    completed = forget(["K-17840"], conf=shop / "conf", echo=lambda _: None)
    assert completed.versions == {MODEL: ["1"]}
    assert open_lookup(files).index.row(STAYS) >= 0
    assert REWRITING not in MlflowClient().get_model_version(MODEL, "1").tags


def test_the_list_of_the_forgotten_has_hashes_only_and_is_private(shop, done):
    path = shop / "privacy" / "forgotten.json"
    assert path.stat().st_mode & 0o077 == 0
    content = json.loads(path.read_text())
    assert GONE not in path.read_text()
    assert Pseudonyms(KEY.encode()).of(GONE) not in path.read_text()
    assert content["fingerprint"] == Pseudonyms(KEY.encode()).card["fingerprint"]


class TestNextRuns:
    def dataset(self, shop):
        return load_settings("demo", conf=shop / "conf").dataset

    def test_a_forgotten_customer_stays_out(self, shop, done):
        privacy = privacy_of(self.dataset(shop))
        assert privacy.pseudonyms is None
        assert privacy.forgotten([GONE, STAYS, None]) == [True, False, False]

    def test_without_the_key_no_run_begins(self, shop, done, monkeypatch):
        monkeypatch.delenv("FORGETFUL_KEY")
        with pytest.raises(InvalidInput, match="FORGETFUL_KEY must hold the key .* lists forgotten customers"):
            privacy_of(self.dataset(shop))

    def test_another_key_is_refused(self, shop, done, monkeypatch):
        monkeypatch.setenv("FORGETFUL_KEY", "another key of the shop")
        for call in (lambda: privacy_of(self.dataset(shop)), lambda: forget(["K-9"], conf=shop / "conf", echo=print)):
            with pytest.raises(InvalidInput, match="must hold the key of the list of forgotten customers"):
                call()


def test_the_command_reads_ids_from_a_file_and_prints_none(shop, done):
    (shop / "ids.txt").write_text("K-17841\n\n")
    result = CliRunner().invoke(main, ["forget", "--from", str(shop / "ids.txt"), "--conf", str(shop / "conf")])
    (shop / "ids.txt").unlink()
    assert result.exit_code == 0, result.output
    assert "Customers forgotten: 1." in result.output
    assert "K-17841" not in result.output
    assert "files in" in result.output


def test_without_an_id_or_a_key_nothing_is_done(shop, done, monkeypatch):
    with pytest.raises(InvalidInput, match="At least one customer id"):
        forget([" "], conf=shop / "conf", echo=print)
    monkeypatch.delenv("FORGETFUL_KEY")
    with pytest.raises(InvalidInput, match="FORGETFUL_KEY must hold the key"):
        forget(["K-5"], conf=shop / "conf", echo=print)
    assert len(yaml.safe_load((shop / "privacy" / "forgotten.json").read_text())["customers"]) >= 1
