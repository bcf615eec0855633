"""Names of files and of archives: a name is a name, a pattern only if the settings say so."""

import gzip
import zipfile

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from clientela.data.readers import read_source
from clientela.data.reading import FileFormat
from clientela.errors import InvalidData


def read(location, **file):
    with duckdb.connect() as connection:
        source = read_source(connection, str(location), FileFormat(**file))
        rows = connection.execute("select * from source").fetchall()
    assert source.rows == len(rows)
    return rows


@pytest.mark.parametrize(
    "name", ["sales*.csv", "sales[1].csv", "sale?.csv", "it's.csv", "sáles.csv", "sales {a,b}.csv"]
)
def test_a_name_is_no_pattern(tmp_path, name):
    (tmp_path / name).write_text("id\n1\n")
    for other in ("sales_1.csv", "sales1.csv", "sales.csv", "sales a.csv"):
        (tmp_path / other).write_text("id\n2\n")
    assert read(tmp_path / name) == [("1",)]
    (tmp_path / name).write_text("id;x\n1;é\n", encoding="cp1252")
    assert read(tmp_path / name) == [("1", "é")]


def test_a_parquet_name_is_no_pattern(tmp_path):
    pq.write_table(pa.table({"id": [1]}), tmp_path / "sales[12].parquet")
    pq.write_table(pa.table({"id": [2]}), tmp_path / "sales1.parquet")
    assert read(tmp_path / "sales[12].parquet") == [(1,)]


def test_a_pattern_reads_its_files_in_the_order_of_their_names(tmp_path):
    for name, text in (("sales_2.csv", "id;x\n3;c\n"), ("sales_1.csv", "id;x\n1;a\n2;b\n"), ("other.csv", "id\n9\n")):
        (tmp_path / name).write_text(text)
    assert read(tmp_path / "sales_*.csv", is_pattern=True) == [("1", "a"), ("2", "b"), ("3", "c")]


def test_files_of_a_pattern_may_have_several_encodings_and_compressions(tmp_path):
    (tmp_path / "1.csv").write_bytes("id;x\n1;é\n".encode("utf-16"))
    (tmp_path / "2.csv").write_bytes(gzip.compress("id;x\n2;é\n".encode("utf-8-sig")))
    (tmp_path / "3.csv").write_bytes(b"id;x\n3;\xe9\n")
    assert read(tmp_path / "*.csv", is_pattern=True) == [("1", "é"), ("2", "é"), ("3", "é")]


def test_files_of_a_pattern_have_equal_headers(tmp_path):
    (tmp_path / "1.csv").write_text("id;x\n1;2\n")
    (tmp_path / "2.csv").write_text("x;id\n1;2\n")
    with pytest.raises(InvalidData, match=r"equal headers. Got another header in '2.csv' than in '1.csv'"):
        read(tmp_path / "*.csv", is_pattern=True)


def test_a_pattern_without_files_is_refused(tmp_path):
    with pytest.raises(InvalidData, match="must be a pattern of files that exist"):
        read(tmp_path / "*.csv", is_pattern=True)
    with pytest.raises(InvalidData, match=r"must be a file that exists.*A pattern of names .*source: \{glob: ...\}"):
        read(tmp_path / "*.csv")


def test_a_name_longer_than_the_system_allows_is_refused():
    with pytest.raises(InvalidData, match="cannot be read"):
        read("x" * 5_000 + ".csv")


def test_a_folder_of_parquet_files_is_one_table(tmp_path):
    (tmp_path / "sales" / "year=2024").mkdir(parents=True)
    pq.write_table(pa.table({"id": [1], "x": ["a"]}), tmp_path / "sales" / "part-0.parquet")
    pq.write_table(pa.table({"x": ["b"], "id": [2]}), tmp_path / "sales" / "year=2024" / "part-1.parquet")
    (tmp_path / "sales" / "_SUCCESS").write_text("")
    (tmp_path / "sales" / ".part-0.parquet.crc").write_bytes(b"x")
    assert [row[:2] for row in read(tmp_path / "sales")] == [(1, "a"), (2, "b")]


def test_the_digest_of_a_folder_depends_on_each_file(tmp_path):
    def digest():
        with duckdb.connect() as connection:
            return read_source(connection, str(tmp_path)).digest

    for number in (1, 2):
        pq.write_table(pa.table({"id": [number]}), tmp_path / f"{number}.parquet")
    before = digest()
    pq.write_table(pa.table({"id": [3]}), tmp_path / "2.parquet")
    assert digest() != before


@pytest.fixture
def archive(tmp_path):
    def pack(*members):
        with zipfile.ZipFile(tmp_path / "sales.zip", "w", zipfile.ZIP_DEFLATED) as file:
            for name, content in members:
                file.writestr(name, content)
        return tmp_path / "sales.zip"

    return pack


class TestArchives:
    def test_the_tables_of_an_archive_are_read(self, archive):
        path = archive(("export/2.csv", b"id;x\n2;\xe9\n"), ("export/1.csv", b"id;x\n1;a\n"), ("read me.pdf", b"%PDF"))
        assert read(path) == [("1", "a"), ("2", "é")]

    @pytest.mark.parametrize("name", ["__MACOSX/._1.csv", "export/.hidden.csv"])
    def test_files_of_the_system_are_ignored(self, archive, name):
        assert read(archive(("1.csv", b"id\n1\n"), (name, b"\x00\x05"))) == [("1",)]

    def test_a_member_is_written_within_its_own_folder(self, archive, tmp_path):
        assert read(archive(("../../escaped.csv", b"id\n1\n"))) == [("1",)]
        assert not list(tmp_path.parent.rglob("escaped.csv"))

    def test_the_size_is_checked_before_unpacking(self, archive):
        path = archive(("1.csv", b"id\n" + b"1\n" * 600_000))
        assert len(read(path, largest_unpacked_mb=2)) == 600_000
        with pytest.raises(InvalidData, match=r"at most 1 MB \(largest_unpacked_mb\). Got 1 MB"):
            read(path, largest_unpacked_mb=1)

    @pytest.mark.parametrize(
        ("members", "says"),
        [
            ([("read me.pdf", b"%PDF")], "must have a file that ends in one of .csv"),
            ([("1.csv", b"id\n1\n"), ("2.csv", b"key\n1\n")], "Got another header in '2.csv' than in '1.csv'"),
            ([("1.csv", b"id\n1\n"), ("2.json", b'[{"id": 1}]')], "must have text files, or Parquet files"),
            ([("1.csv", b"id;x\n1;2\n1;2;3\n")], "'1.csv' cannot be read. Line 3 has 3 columns"),
        ],
    )
    def test_an_archive_without_one_table_is_refused(self, archive, members, says):
        with pytest.raises(InvalidData, match=says):
            read(archive(*members))

    def test_a_damaged_archive_is_refused(self, archive):
        path = archive(("1.csv", b"id\n" + bytes(range(48, 58)) * 99))
        content = bytearray(path.read_bytes())
        content[40:60] = b"\xff" * 20
        path.write_bytes(content)
        with pytest.raises(InvalidData, match="'sales.zip' must be an intact ZIP file"):
            read(path)

    def test_an_encrypted_archive_is_refused(self, archive):
        path = archive(("1.csv", b"id\n1\n"))
        content = bytearray(path.read_bytes())
        content[6] |= 1
        content[content.index(b"PK\x01\x02") + 8] |= 1
        path.write_bytes(content)
        with pytest.raises(InvalidData, match="must not be encrypted"):
            read(path)
