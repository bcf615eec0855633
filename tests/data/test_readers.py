import gzip
import zipfile
from datetime import datetime

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from clientela.data import readers
from clientela.data.inspection.inspect import inspect_source
from clientela.data.readers import read_source
from clientela.data.text_files import view_text_files
from clientela.errors import InvalidData


@pytest.fixture
def connection():
    with duckdb.connect() as connection:
        yield connection


def rows(connection):
    return connection.execute("select * from source").fetchall()


def test_csv_keeps_the_leading_zeros_of_ids(connection, tmp_path):
    path = tmp_path / "sales.csv"
    path.write_text("client,amount\n007,1.5\n42,2\n")
    source = read_source(connection, str(path))
    assert rows(connection) == [("007", "1.5"), ("42", "2")]
    assert source.rows == 2
    assert source.location == str(path)


def test_compressed_csv_is_read(connection, tmp_path):
    path = tmp_path / "sales.csv.gz"
    path.write_bytes(gzip.compress(b"client,amount\n007,1.5\n"))
    read_source(connection, str(path))
    assert rows(connection) == [("007", "1.5")]


def test_parquet_keeps_its_types(connection, tmp_path):
    path = tmp_path / "sales.parquet"
    pq.write_table(pa.table({"client": [17850.0, None], "amount": [1, 2]}), path)
    read_source(connection, str(path))
    assert rows(connection) == [(17850.0, 1), (None, 2)]


def save_workbook(path, *rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)


def test_excel_reads_a_column_of_numbers_and_texts_as_text(connection, tmp_path):
    path = tmp_path / "sales.xlsx"
    save_workbook(path, ("InvoiceNo", "CustomerID"), (536365, 17850), ("C536379", None))
    read_source(connection, str(path))
    assert rows(connection) == [("536365", 17850.0), ("C536379", None)]


def test_excel_keeps_a_late_text_in_a_column_of_numbers(connection, tmp_path):
    path = tmp_path / "sales.xlsx"
    numbers = [(536365 + number, 17850) for number in range(1_200)]
    save_workbook(path, ("InvoiceNo", "CustomerID"), *numbers, ("C536379", "CS5"))
    read_source(connection, str(path))
    assert rows(connection)[-2:] == [("537564", "17850"), ("C536379", "CS5")]


def test_excel_dates_are_timestamps(connection, tmp_path):
    path = tmp_path / "sales.xlsx"
    save_workbook(path, ("InvoiceDate", "CustomerID"), (datetime(2010, 12, 1, 8, 26), 17850), (None, 17850))
    read_source(connection, str(path))
    assert rows(connection) == [(datetime(2010, 12, 1, 8, 26), 17850.0), (None, 17850.0)]


def test_only_the_first_sheet_of_a_workbook_is_read(connection, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(("client",))
    book.active.append(("ann",))
    book.create_sheet("notes").append(("shopping list",))
    book.save(tmp_path / "sales.xlsx")
    assert read_source(connection, str(tmp_path / "sales.xlsx")).rows == 1
    assert rows(connection) == [("ann",)]


def test_csv_may_have_an_upper_case_extension_and_semicolons(connection, tmp_path):
    (tmp_path / "SALES.CSV").write_text("client;amount\n007;1.5\n008;2\n")
    read_source(connection, str(tmp_path / "SALES.CSV"))
    assert rows(connection) == [("007", "1.5"), ("008", "2")]


def test_the_demo_shop_is_a_source(connection):
    source = read_source(connection, "demo", seed=3)
    assert source.location == "demo"
    assert source.rows == connection.execute("select count(*) from source").fetchall()[0][0] > 90_000


def test_the_digest_depends_on_the_bytes(connection, tmp_path):
    digests = set()
    for name, text in (("a.csv", "x\n1\n"), ("b.csv", "x\n1\n"), ("c.csv", "x\n2\n")):
        (tmp_path / name).write_text(text)
        with duckdb.connect() as fresh:
            digests.add(read_source(fresh, str(tmp_path / name)).digest)
    assert len(digests) == 2
    assert all(len(digest) == 16 for digest in digests)


def test_the_digest_of_the_demo_shop_depends_on_the_seed():
    digests = []
    for seed in (0, 0, 1):
        with duckdb.connect() as fresh:
            digests.append(read_source(fresh, "demo", seed=seed).digest)
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("nowhere.csv", None, "must be a file that exists. Got"),
        ("sales.doc", b"client\n1\n", "must end in one of .csv, .* Got 'sales.doc'"),
        ("sales", b"client\n1\n", "must end in one of .csv, .* Got 'sales'"),
        ("sales.csv", b" \n", "'sales.csv' must have rows. Got an empty file"),
        ("sales.xls", b"\n<HTML><table><td>42", "must be a table. Got a web page under its name"),
        ("sales.csv", b"%PDF-1.4\x00\xff\xfe42", "must be a text file. Got binary data"),
        ("sales.csv.gz", gzip.compress(b"client\n42\n" * 99, mtime=0)[:30], r"may be damaged \(EOFError\)"),
        ("sales.parquet", b"no parquet", "cannot be read"),
        ("sales.xlsx", b"no workbook", "cannot be read"),
    ],
)
def test_an_unreadable_source_is_refused(connection, tmp_path, name, content, says):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidData, match=says) as caught:
        read_source(connection, str(tmp_path / name))
    assert "\n" not in str(caught.value)
    said = str(caught.value).replace(str(tmp_path), "")
    assert "42" not in said  # the line of the source may contain personal data


def test_a_folder_is_refused(connection, tmp_path):
    with pytest.raises(InvalidData, match="must be a file that exists"):
        read_source(connection, str(tmp_path))


class TestSourcesThatChange:
    def test_a_text_file_that_grows_while_it_is_read_is_refused(self, connection, tmp_path, monkeypatch):
        path = tmp_path / "sales.csv"
        path.write_text("client,amount\n007,1.5\n")

        def read_and_grow(*given):
            found = view_text_files(*given)
            with path.open("a") as file:
                file.write("42,2\n")
            return found

        monkeypatch.setattr(readers, "view_text_files", read_and_grow)
        with pytest.raises(InvalidData, match=r"must not change while it is read; .*sales\.csv' did"):
            read_source(connection, str(path))

    @pytest.mark.parametrize("change", [lambda path: path.unlink(), lambda path: path.write_bytes(b"PAR1")])
    def test_a_parquet_file_that_changes_before_its_rows_are_read_is_refused(self, connection, tmp_path, change):
        path = tmp_path / "sales.parquet"
        pq.write_table(pa.table({"client": ["1"]}), path)
        source = read_source(connection, str(path))
        source.check_unchanged()
        change(path)
        with pytest.raises(InvalidData, match="must not change while it is read"):
            source.check_unchanged()


class TestDamagedFiles:
    def test_a_damaged_member_of_an_archive(self, connection, tmp_path):
        path = tmp_path / "sales.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("sales.csv", "client,amount\n" + "".join(f"{n},{n * 7 % 13}\n" for n in range(5_000)))
        content = bytearray(path.read_bytes())
        content[200:400] = bytes(b ^ 0x55 for b in content[200:400])
        path.write_bytes(content)
        with pytest.raises(InvalidData, match="must be an intact ZIP file"):
            read_source(connection, str(path))

    def test_a_damaged_page_of_a_parquet_file_is_found_by_the_inspection(self, tmp_path):
        path = tmp_path / "sales.parquet"
        pq.write_table(pa.table({"client": [f"customer {n * 7919 % 1000}" for n in range(5_000)]}), path)
        content = bytearray(path.read_bytes())
        content[100:1_000] = bytes(b ^ 0x55 for b in content[100:1_000])
        path.write_bytes(content)
        with pytest.raises(InvalidData, match="cannot be read to its end"):
            inspect_source(str(path), name="sales")

    def test_the_message_has_no_value_of_the_file(self):
        error = duckdb.Error('Invalid string in file "a": value "Ann Smith\\xff" is not UTF8')
        assert readers.in_one_line(error) == 'Invalid string in file "a"'
