"""Objects of stores are read like local files, in every format, and their errors are one sentence."""

import gzip
import os
import shutil
import tempfile
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from clientela.data.readers import read_source
from clientela.data.reading import FileFormat
from clientela.data.sources import objects, stores
from clientela.errors import ClientelaError, InvalidData, InvalidInput

CSV = "client;amount\n007;1,5\n008;2\n"


def copies() -> list[Path]:
    return list(Path(tempfile.gettempdir()).glob("clientela-objects-*"))


def rows_of(location: str, file: FileFormat | None = None) -> list[tuple]:
    with duckdb.connect() as connection:
        read_source(connection, location, file)
        return connection.execute("from source order by all").fetchall()


def error_of(location: str) -> str:
    with duckdb.connect() as connection, pytest.raises(ClientelaError) as caught:
        read_source(connection, location)
    text = str(caught.value)
    assert "\n" not in text
    assert "Request ID" not in text
    return text


def test_a_csv_object_is_the_same_source_as_the_local_file(s3, tmp_path):
    (s3 / "sales.csv").write_text(CSV)
    (tmp_path / "sales.csv").write_text(CSV)
    with duckdb.connect() as connection:
        remote = read_source(connection, "s3://shop/sales.csv")
        assert connection.execute("from source").fetchall() == [("007", "1,5"), ("008", "2")]
        local = read_source(connection, str(tmp_path / "sales.csv"))
    assert (remote.digest, remote.rows) == (local.digest, local.rows)
    assert remote.location == "s3://shop/sales.csv"


def test_every_format_is_read(s3):
    table = pa.table({"client": ["007", "008"], "amount": [1.5, 2.0]})
    pq.write_table(table, s3 / "sales.parquet")
    (s3 / "sales.json").write_text('[{"client": "007", "amount": "1.5"}, {"client": "008", "amount": "2.0"}]')
    (s3 / "sales.csv.gz").write_bytes(gzip.compress(b"client,amount\n007,1.5\n008,2.0\n"))
    with xlsxwriter.Workbook(s3 / "sales.xlsx") as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([("client", "amount"), ("007", 1.5), ("008", 2.0)]):
            sheet.write_row(number, 0, row)
    for name in ("sales.parquet", "sales.json", "sales.csv.gz", "sales.xlsx"):
        assert [(client, float(amount)) for client, amount in rows_of(f"s3://shop/{name}")] == [
            ("007", 1.5),
            ("008", 2.0),
        ]


def test_a_pattern_reads_the_objects_that_match_it(s3):
    (s3 / "2024" / "05").mkdir(parents=True)
    for name in ("sales_1.csv", "sales_2.csv", "other.csv", "2024/sales_3.csv", "2024/05/sales_4.csv"):
        (s3 / name).write_text(f"name\n{name}\n")
    assert rows_of("s3://shop/sales_*.csv") == [("sales_1.csv",), ("sales_2.csv",)]
    assert rows_of("s3://shop/sales_[!1].csv") == [("sales_2.csv",)]
    assert rows_of("s3://shop/20??/sales_*.csv") == [("2024/sales_3.csv",)]
    assert len(rows_of("s3://shop/**/sales_*.csv", FileFormat(is_pattern=True))) == 4


def test_an_object_whose_name_has_the_signs_of_a_pattern_is_itself(s3):
    (s3 / "sales[1].csv").write_text("name\nbrackets\n")
    (s3 / "sales1.csv").write_text("name\nplain\n")
    assert rows_of("s3://shop/sales[1].csv") == [("brackets",)]


def test_a_folder_is_its_parquet_files(s3):
    (s3 / "sales" / "_temporary").mkdir(parents=True)
    for number in (1, 2):
        pq.write_table(pa.table({"client": [number]}), s3 / "sales" / f"part-{number}.parquet")
    pq.write_table(pa.table({"client": [3]}), s3 / "sales" / "_temporary" / "part-3.parquet")
    (s3 / "sales" / "_SUCCESS").write_text("")
    assert rows_of("s3://shop/sales") == rows_of("s3://shop/sales/") == [(1,), (2,)]


def test_an_object_larger_than_a_piece_is_whole(s3, monkeypatch):
    monkeypatch.setattr(objects, "PIECE", 1000)
    text = "client\n" + "".join(f"{number:07}\n" for number in range(5000))
    (s3 / "sales.csv").write_text(text)
    assert len(rows_of("s3://shop/sales.csv")) == 5000


def test_copies_are_private_and_go_with_the_connection(s3):
    (s3 / "sales.csv").write_text(CSV)
    before = copies()
    connection = duckdb.connect()
    read_source(connection, "s3://shop/sales.csv")
    (copy,) = set(copies()) - set(before)
    assert copy.stat().st_mode & 0o077 == 0
    del connection
    assert copies() == before


def test_copies_of_a_killed_process_are_removed_by_the_next(s3):
    (s3 / "sales.csv").write_text(CSV)
    left = Path(tempfile.gettempdir()) / "clientela-objects-999999999-1-killed"
    left.mkdir(exist_ok=True)
    rows_of("s3://shop/sales.csv")
    assert not left.exists()


def test_an_object_that_changes_while_it_is_read_is_refused(s3, monkeypatch):
    (s3 / "sales.csv").write_text(CSV)
    copy = objects._copy

    def copied_late(*args):
        path = copy(*args)
        (s3 / "sales.csv").write_text(CSV + "009;3\n")
        return path

    monkeypatch.setattr(objects, "_copy", copied_late)
    assert "must not change while it is read" in error_of("s3://shop/sales.csv")


def test_there_must_be_room(s3, monkeypatch):
    (s3 / "sales.csv").write_text(CSV)
    usage = shutil.disk_usage(tempfile.gettempdir())
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=3))
    assert "must have room for 's3://shop/sales.csv'" in error_of("s3://shop/sales.csv")


@pytest.mark.parametrize(
    "location, expected",
    [
        ("s3://shop/missing.csv", "it does not exist"),
        ("s3://missing/sales.csv", "the bucket does not exist"),
        ("s3://shop/missing_*.csv", "must be a pattern of objects that exist"),
        ("s3://shop/[z-a].csv", "must be a pattern of objects that exist"),
        ("s3://shop", "must be an object, or a folder of Parquet files"),
        ("s3://", "must be an address like s3://BUCKET/NAME"),
        ("s3://shop/sales.doc", "must end in one of .csv"),
    ],
)
def test_what_is_not_there_is_named(s3, location, expected):
    (s3 / "sales.doc").write_text("text")
    text = error_of(location)
    assert expected in text
    assert location in text or "sales.doc" in text


def test_wrong_credentials_are_refused_without_being_shown(s3, monkeypatch):
    (s3 / "sales.csv").write_text(CSV)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong-secret-key")
    text = error_of("s3://shop/sales.csv")
    assert "access is refused" in text
    assert "wrong-secret-key" not in text
    assert "reader-access-key" not in text


def test_a_server_that_is_not_there_is_an_error(s3, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    assert "the server does not answer" in error_of("s3://shop/sales.csv")


def test_a_silent_server_is_given_up(s3, silent_port, monkeypatch):
    monkeypatch.setattr(objects, "LIST_SECONDS", 0.5)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{silent_port}")
    assert "the server does not answer" in error_of("s3://shop/sales.csv")


def test_an_address_with_a_password_is_refused():
    with duckdb.connect() as connection, pytest.raises(InvalidInput) as caught:
        read_source(connection, "s3://key:secret-word@shop/sales.csv")
    assert "must not contain a password" in str(caught.value)
    assert "secret-word" not in str(caught.value)


def test_unknown_schemes_are_refused():
    with duckdb.connect() as connection, pytest.raises(InvalidInput, match="begins with one of s3://, gs://, az://"):
        read_source(connection, "https://shop.example/sales.csv")


def test_objects_of_google_cloud_storage_are_read(gs):
    for number in (1, 2):
        with gs.open_output_stream(f"shop/2024/sales_{number}.csv") as file:
            file.write(f"client\n00{number}\n".encode())
    assert rows_of("gs://shop/2024/sales_2.csv") == [("002",)]
    assert rows_of("gs://shop/2024/sales_*.csv") == [("001",), ("002",)]
    assert "it does not exist" in error_of("gs://shop/missing.csv")
    assert "it does not exist" in error_of("gs://missing/sales_*.csv")


def test_objects_of_azure_are_read(azure, monkeypatch):
    for number in (1, 2):
        with azure.open_output_stream(f"shop/2024/sales_{number}.csv") as file:
            file.write(f"client\n00{number}\n".encode())
    assert rows_of("az://shop/2024/sales_2.csv") == [("002",)]
    assert rows_of("az://shop/2024/sales_*.csv") == [("001",), ("002",)]
    assert "it does not exist" in error_of("az://shop/missing.csv")
    assert "it does not exist" in error_of("az://missing/sales_*.csv")
    given = os.environ["AZURE_STORAGE_CONNECTION_STRING"]
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", given.replace("AccountKey=E", "AccountKey=F"))
    text = error_of("az://shop/2024/sales_2.csv")
    assert "access is refused" in text
    assert "by8vdM02" not in text


def test_azure_needs_an_account(monkeypatch):
    for name in ("AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ACCOUNT", "AZURE_STORAGE_CONNECTION_STRING"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(InvalidInput, match="AZURE_STORAGE_ACCOUNT_NAME must name the account"):
        stores.open_store("az")


def test_every_cause_has_its_sentence():
    assert stores.cause_of(OSError("AWS Error SLOW_DOWN during GetObject operation: secret")) == (
        "the store answers with an error (SLOW_DOWN)"
    )
    assert stores.cause_of(OSError("something secret")) == "the store answers with an error (OSError)"


def test_invalid_patterns_are_no_crash():
    with pytest.raises(InvalidData, match="pattern"):
        objects._matcher("[z-a].csv", "s3://shop/[z-a].csv")
