"""Identifiers of every kind, planted in every column: a run, an export and a server leave none of them in any byte."""

import gzip
import re
import shutil
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd
import pytest
import yaml

from clientela import registry
from clientela.pseudonyms import Pseudonyms
from clientela.request import RunRequest
from clientela.segmentation.version import open_lookup
from clientela.serving.segments import open_segments
from clientela.workflows.forget import forget
from clientela.workflows.score import score
from clientela.workflows.segment import segment

from .conftest import LENIENT, change_privacy

pytestmark = pytest.mark.slow

PLANTED = {
    "email": "maria.planted@shop.example",
    "phone": "+55 11 98765-4321",
    "card": "4111 1111 1111 1111",
    "cpf": "390.533.447-05",
    "cnpj": "12.ABC.345/01DE-35",
    "iban": "DE89 3704 0044 0532 0130 00",
    "document": "219-09-9999",
    "street": "Rua dos Plantados, 123",
}
NAMES = ("Aninha", "Berenice", "Cassandra", "Dorothea", "Ermintrude", "Florentina", "Gwendolyn", "Hortensia", "Isolde",
         "Jacinta", "Kunigunde", "Leopoldina")  # fmt: skip


def shop_file(path: Path) -> list[str]:
    """Three years of orders of 150 customers whose ids are e-mail addresses; returns the ids and names."""
    rng = np.random.default_rng(0)
    rows = []
    people = [(f"person{n}@mail.example", f"{NAMES[n % 12]} Plantada{chr(97 + n // 12)}") for n in range(150)]
    for number, (id_, name) in enumerate(people):
        for order in range(int(rng.integers(1, 14)) if number % 3 else 1):
            day = pd.Timestamp("2022-01-01") + pd.Timedelta(days=int(rng.integers(0, 700)))
            rows.append(
                {
                    "client": id_, "invoice": f"INV-{number}-{order}", "day": day.date().isoformat(),
                    "paid": f"{rng.gamma(2, 30) + 1:.2f}", "item": f"Tea set {order % 5}", "country": "Brazil",
                    "sku": f"T{order % 5}", "group": "Tea", "full": name, "x1": f"mail{number}@b.example",
                    "x2": f"+55 11 9{number:04d}-{order + 1000}", "CPF": PLANTED["cpf"], "remark": "please hurry",
                }
            )  # fmt: skip
    frame = pd.DataFrame(rows)
    for place, (column, value) in enumerate((c, v) for c in frame.columns for v in PLANTED.values()):
        if column not in ("client", "day", "paid", "invoice"):
            frame.loc[place, column] = f"{frame.loc[place, column]} {value}"
    frame.loc[0, "paid"] = PLANTED["phone"]
    frame.loc[1, "day"] = PLANTED["email"]
    frame.to_csv(path, index=False)
    return [text for pair in people for text in pair]


@pytest.fixture(scope="module")
def run(root: Path, tmp_path_factory: pytest.TempPathFactory, fresh_store) -> Any:
    folder, temporary = tmp_path_factory.mktemp("planted"), tmp_path_factory.mktemp("temporary")
    conf = Path(shutil.copytree(root / "conf", folder / "conf"))
    planted = shop_file(folder / "source.csv")
    dataset = {
        "name": "planted", "title": "A shop", "currency": "BRL", "source": str(folder / "source.csv"),
        "columns": {
            "customer_id": "client", "order_id": "invoice", "ordered_at": "day", "amount": "paid",
            "description": "item", "country": "country", "product_id": "sku", "product_group": "group",
        },
        "cleaning": [{"rule": name} for name in ("unreadable_date", "missing_customer_id", "bad_amount")],
    }  # fmt: skip
    selection = yaml.safe_load((conf / "selection.yaml").read_text())
    evaluation = yaml.safe_load((conf / "evaluation.yaml").read_text())
    fewer = {"bootstraps": 2, "sample": 150, "folds": 3, "jobs": 1, "horizon_days": 90}
    for name, content in (
        ("datasets/planted.yaml", dataset),
        ("candidates.yaml", {"kmeans": {"k": [3], "n_init": 1}}),
        ("evaluation.yaml", evaluation | fewer),
        ("selection.yaml", selection | LENIENT),
    ):
        (conf / name).write_text(yaml.safe_dump(content))
    change_privacy(conf, pseudonyms=True, key="PLANTED_KEY", records=str(folder / "privacy"))
    printed: list[str] = []
    with pytest.MonkeyPatch.context() as patch, fresh_store(folder):
        patch.setenv("PLANTED_KEY", "the key of the planted shop")
        patch.setattr("tempfile.tempdir", str(temporary))
        request = RunRequest(dataset="planted", conf=conf, echo=printed.append, rejected=folder / "rejected.parquet",
                             report=folder / "report.html")  # fmt: skip
        segment(request)
        quiet = RunRequest(dataset="planted", conf=conf, echo=printed.append)
        score(quiet, output=str(folder / "list.csv"))
        score(quiet, output=str(folder / "list.xlsx"))
        yield folder, planted, printed


def bytes_left(folder: Path) -> dict[str, bytes]:
    """Everything that the commands left, also unpacked; without the source and the settings."""
    found = {}
    for path in folder.rglob("*"):
        name = str(path.relative_to(folder))
        if not path.is_file() or name.startswith(("conf/", "source.csv", "privacy/written")):
            continue
        found[name] = path.read_bytes()
        if path.suffix == ".gz":
            found[f"{name}!"] = gzip.decompress(found[name])
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                found |= {f"{name}!{member}": archive.read(member) for member in archive.namelist()}
        if path.suffix == ".parquet":
            found[f"{name}!"] = pd.read_parquet(path).to_csv().encode()
    return found


def test_no_planted_identifier_is_in_any_byte(run):
    folder, planted, printed = run
    wanted = [*planted, *PLANTED.values(), *(re.sub(r"\W", "", value) for value in PLANTED.values()), "INV-7-0"]
    left = bytes_left(folder) | {"printed": "\n".join(printed).encode()}
    assert len(left) > 30
    hits = {(name, value) for name, data in left.items() for value in wanted if value.encode() in data}
    assert hits == set()
    notes = "\n".join(printed)
    for column, kind in (("x1", "e-mail addresses"), ("x2", "telephone numbers"), ("full", "names of people")):
        assert f"The column '{column}' holds {kind} and is not read." in notes


def test_the_server_answers_for_the_address_and_the_list_has_its_pseudonym(run):
    folder, planted, _ = run
    files = registry.fetch("customer-segments").files
    serving = open_segments(open_lookup, "1", files)
    ids, rows, unknown = serving.lookup.find([planted[4], "nobody"])
    answers = serving.lookup.answers(ids, rows, detail=True)
    assert (unknown, answers[0]["customer_id"], answers[1]["segment"]) == (1, planted[4], None)
    assert planted[4].encode() not in orjson.dumps(answers[0]["detail"])
    listed = pd.read_csv(folder / "list.csv").set_index("customer_id")["segment"]
    assert listed[Pseudonyms(b"the key of the planted shop").of(planted[4])] == answers[0]["segment"]


def test_a_forgotten_customer_is_in_no_byte_and_stays_out(run):
    folder, planted, _ = run
    keyed = Pseudonyms(b"the key of the planted shop")
    name = keyed.of(planted[2]).encode()
    assert any(name in data for data in bytes_left(folder).values())
    done = forget([planted[2]], conf=folder / "conf", echo=lambda _: None)
    assert done.left == 0
    assert [place for place, data in bytes_left(folder).items() if name in data] == []
    ids = pd.read_csv(folder / "list.csv")["customer_id"].tolist()
    quiet = RunRequest(dataset="planted", conf=folder / "conf")
    assert score(quiet, output=str(folder / "again.csv"))["rows"] == len(ids)
    assert set(pd.read_csv(folder / "again.csv")["customer_id"]) == set(ids)
