import gzip
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

import duckdb
import numpy as np
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest

from clientela import exports
from clientela.data.readers import read_source
from clientela.errors import InvalidInput
from clientela.exports import KNOWN, check_destination, files, write_table
from clientela.exports import database as databases
from clientela.exports import destination as destinations

FILES = ("out.csv", "out.csv.gz", "out.parquet", "out.xlsx")

ROWS = [
    ("007", 1, "Campeões", 10.5, True, date(2011, 12, 10), datetime(2011, 12, 9, 12, 50)),
    ("-5", 2, "Em risco", None, False, date(2011, 12, 10), datetime(2011, 1, 2)),
    ("+5511987654321", None, None, 0.0, False, None, None),
    ("josé ção 日本", 1, 'aspas " e, vírgula', -3.25, True, date(2011, 12, 10), datetime(2010, 12, 1, 8, 26)),
    ("00", 10, "", 1e15, False, date(2011, 12, 10), datetime(2011, 12, 9)),
]
COLUMNS = ["customer_id", "segment_id", "segment", "total_spend", "treated", "as_of", "last_order"]


@pytest.fixture
def frame() -> pd.DataFrame:
    made = pd.DataFrame(ROWS, columns=COLUMNS, index=[3, 3, 1, 0, 9])  # an index that is not the rows' number
    return made.astype({"segment_id": "Int64"})


def segments_of(version: int, rows: int = 5_000, column: str = "version") -> pd.DataFrame:
    return pd.DataFrame({"customer_id": [f"{number:06d}" for number in range(rows)], column: version})


@pytest.fixture
def postgres(postgres, monkeypatch):
    """The URL without its password, which is in the environment."""
    parts = urlsplit(postgres)
    monkeypatch.setenv("PGPASSWORD", unquote(parts.password))
    return postgres.replace(f":{parts.password}@", "@")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def database(request, tmp_path):
    """A database and how to ask it: (destination, function of an SQL text that returns rows)."""
    if request.param == "sqlite":
        path = tmp_path / "out.db"

        def ask(query):
            with closing(sqlite3.connect(path)) as connection, connection:
                return connection.execute(query).fetchall()

        yield f"sqlite:///{path}", ask
        return
    import psycopg

    url = request.getfixturevalue("postgres")
    name = "t" + request.node.name.translate({ord(sign): "_" for sign in "[]-"}).lower()[:50]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"drop database if exists {name}")
        connection.execute(f"create database {name}")
    own = url.removesuffix("postgres") + name

    def ask(query):
        with psycopg.connect(own) as connection:
            answer = connection.execute(query)
            return answer.fetchall() if answer.description else []

    yield own, ask


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


class TestFiles:
    @pytest.mark.parametrize("name", ["out.csv", "out.csv.gz"])
    def test_csv(self, frame, tmp_path, name):
        assert write_table(frame, str(tmp_path / name)) == str(tmp_path / name)
        content = (tmp_path / name).read_bytes()
        text = (gzip.decompress(content) if name.endswith("gz") else content).decode("utf-8")
        assert text == (
            "customer_id,segment_id,segment,total_spend,treated,as_of,last_order\n"
            "007,1,Campeões,10.5,True,2011-12-10,2011-12-09 12:50:00\n"
            "-5,2,Em risco,,False,2011-12-10,2011-01-02 00:00:00\n"
            "+5511987654321,,,0.0,False,,\n"
            'josé ção 日本,1,"aspas "" e, vírgula",-3.25,True,2011-12-10,2010-12-01 08:26:00\n'
            "00,10,,1000000000000000.0,False,2011-12-10,2011-12-09 00:00:00\n"
        )

    def test_parquet(self, frame, tmp_path):
        write_table(frame, str(tmp_path / "out.parquet"))
        table = pq.read_table(tmp_path / "out.parquet")
        assert table.column_names == COLUMNS
        assert [tuple(row.values()) for row in table.to_pylist()] == ROWS

    def test_excel(self, frame, tmp_path):
        write_table(frame, str(tmp_path / "out.xlsx"), table="segments")
        sheet = openpyxl.load_workbook(tmp_path / "out.xlsx")["segments"]
        header, *rows = sheet.iter_rows(values_only=True)
        assert list(header) == COLUMNS
        as_read = [(*row[:5], row[5] and row[5].date(), row[6]) for row in rows]
        assert as_read == ROWS
        assert [cell.data_type for cell in sheet["A"]] == ["s"] * 6
        assert sheet["F2"].number_format == "yyyy-mm-dd"
        assert sheet["G2"].number_format == "yyyy-mm-dd hh:mm:ss"
        assert sheet.freeze_panes == "A2"
        assert sheet["A1"].font.bold
        assert sheet.column_dimensions["A"].width > len("+5511987654321")

    @pytest.mark.parametrize("name", FILES)
    def test_what_is_written_can_be_read_as_a_source(self, frame, tmp_path, name):
        write_table(frame, str(tmp_path / name))
        with duckdb.connect() as connection:
            assert read_source(connection, str(tmp_path / name)).rows == 5
            ids = connection.execute("select customer_id, segment from source").fetchall()
        assert [identifier for identifier, _ in ids] == [row[0] for row in ROWS]
        assert [segment or None for _, segment in ids] == [row[2] or None for row in ROWS]

    @pytest.mark.parametrize("name", FILES)
    def test_the_same_table_gives_the_same_bytes(self, frame, tmp_path, name):
        write_table(frame, str(tmp_path / name))
        before = (tmp_path / name).read_bytes()
        if name.endswith(("gz", "xlsx")):
            time.sleep(1.1)  # these formats have room for the time, in whole seconds
        write_table(frame, str(tmp_path / name))
        assert (tmp_path / name).read_bytes() == before

    @pytest.mark.parametrize("name", FILES)
    def test_no_rows_are_a_table_too(self, frame, tmp_path, name):
        write_table(frame.iloc[:0], str(tmp_path / name))
        with duckdb.connect() as connection:
            assert read_source(connection, str(tmp_path / name)).rows == 0

    @pytest.mark.parametrize("name", FILES)
    def test_the_frame_stays_as_it_was(self, frame, tmp_path, name):
        frame["segment"] = "=1+1"
        before = frame.copy(deep=True)
        write_table(frame, str(tmp_path / name))
        pd.testing.assert_frame_equal(frame, before)

    def test_categories_are_texts(self, tmp_path):
        frame = pd.DataFrame({"customer_id": ["1", "2"], "segment": pd.Categorical(["=A1()", "b"])})
        for name in FILES:
            write_table(frame, str(tmp_path / name))
        assert (tmp_path / "out.csv").read_text() == "customer_id,segment\n1,'=A1()\n2,b\n"
        assert pq.read_table(tmp_path / "out.parquet")["segment"].to_pylist() == ["=A1()", "b"]

    @pytest.mark.parametrize("name", FILES)
    @pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
    def test_a_failure_leaves_the_old_file_and_nothing_else(self, frame, tmp_path, monkeypatch, name, failure):
        (tmp_path / name).write_bytes(b"old")

        def fail(path):
            assert path.stat().st_size > 0  # all is written by now, beside the old file
            raise failure

        monkeypatch.setattr(files, "_sync", fail)
        expected = InvalidInput if isinstance(failure, OSError) else KeyboardInterrupt
        with pytest.raises(expected) as caught:
            write_table(frame, str(tmp_path / name))
        if expected is InvalidInput:
            assert f"{name}' cannot be written: [Errno 28] No space left on device" in str(caught.value)
        assert (tmp_path / name).read_bytes() == b"old"
        assert left_in(tmp_path) == [name]

    def test_a_value_that_cannot_be_written_leaves_nothing(self, tmp_path):
        mixed = pd.DataFrame({"customer_id": ["1", 2.5, date(2011, 1, 1)]})
        with pytest.raises(InvalidInput, match="cannot be written"):
            write_table(mixed, str(tmp_path / "out.parquet"))
        assert left_in(tmp_path) == []

    @pytest.mark.parametrize("name", ["out.csv", "out.xlsx"])
    def test_a_value_without_a_text_leaves_nothing(self, tmp_path, name):
        class Broken:
            def __str__(self):
                raise RuntimeError("no text")

        frame = pd.DataFrame({"customer_id": ["1"] * 5 + [Broken()]})
        with pytest.raises(RuntimeError, match="no text"):
            write_table(frame, str(tmp_path / name))
        assert left_in(tmp_path) == []

    @pytest.mark.slow
    @pytest.mark.parametrize("name", ["out.csv", "out.xlsx", "out.db"])
    def test_killed_in_the_middle_leaves_what_was_there(self, tmp_path, name):
        write_table(segments_of(1), str(tmp_path / name))
        before = (tmp_path / name).read_bytes()
        # Stops where all is written but not yet in place.
        step = "database._put_in_place" if name == "out.db" else "files._sync"
        code = (
            "import sys, time, pandas as pd; "
            "from clientela import exports; from clientela.exports import database, files; "
            f"{step} = lambda *arguments: (print('now', flush=True), time.sleep(600)); "
            "frame = pd.DataFrame({'customer_id': [f'{n:06d}' for n in range(100_000)], 'version': 2}); "
            "exports.write_table(frame, sys.argv[1])"
        )
        environment = {**os.environ, "PYTHONPATH": str(Path(exports.__file__).parents[2])}
        child = subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path / name)], stdout=subprocess.PIPE, env=environment
        )
        assert child.stdout.readline() == b"now\n"
        child.kill()
        child.communicate()
        assert child.returncode == -signal.SIGKILL
        if name == "out.db":
            with closing(sqlite3.connect(tmp_path / name)) as connection:
                assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]
                assert connection.execute("select version, count(*) from customer_segments group by 1").fetchall() == [
                    (1, 5_000)
                ]
                assert connection.execute("select name from sqlite_master where type = 'table'").fetchall() == [
                    ("customer_segments",)
                ]
        else:
            assert (tmp_path / name).read_bytes() == before

    def test_the_modes_of_files(self, frame, tmp_path):
        path = tmp_path / "out.csv"
        write_table(frame, str(path))
        (tmp_path / "other").touch()
        assert path.stat().st_mode == (tmp_path / "other").stat().st_mode
        path.chmod(0o640)
        write_table(frame, str(path))
        assert path.stat().st_mode & 0o777 == 0o640

    def test_a_link_stays_a_link(self, frame, tmp_path):
        (tmp_path / "there").mkdir()
        (tmp_path / "out.csv").symlink_to(tmp_path / "there" / "real.csv")
        assert write_table(frame, str(tmp_path / "out.csv")) == str(tmp_path / "there" / "real.csv")
        assert (tmp_path / "out.csv").is_symlink()

    @pytest.mark.parametrize("name", FILES)
    def test_what_is_there_is_kept_where_it_may_not_be_replaced(self, frame, tmp_path, name):
        write_table(frame, str(tmp_path / name), replace=False)
        before = (tmp_path / name).read_bytes()
        with pytest.raises(InvalidInput, match="must not exist unless it may be replaced"):
            write_table(frame.head(1), str(tmp_path / name), replace=False)
        assert (tmp_path / name).read_bytes() == before


class TestSpreadsheets:
    @pytest.mark.parametrize("length", [31, 32, 80])
    def test_the_name_of_a_sheet_has_at_most_31_characters(self, frame, tmp_path, length):
        files.write_file(frame, tmp_path / "out.xlsx", sheet="s" * length, key="customer_id")
        assert openpyxl.load_workbook(tmp_path / "out.xlsx").sheetnames == ["s" * 31]

    @pytest.mark.parametrize(
        "text",
        ["=1+1", "=cmd|' /C calc'!A0", "@SUM(1,2)", "+1+cmd|'/C calc'!A0", "-2+3*(1)", "\t=1", "\r=1", "=", "@a!b"],
    )
    def test_a_csv_has_no_formulas(self, tmp_path, text):
        frame = pd.DataFrame({"customer_id": ["1", "2"], "name": [text, None]})
        write_table(frame, str(tmp_path / "out.csv"))
        read = pd.read_csv(tmp_path / "out.csv", dtype=str, lineterminator="\n")
        assert read["name"].tolist()[0] == "'" + text
        assert pd.isna(read["name"].tolist()[1])

    @pytest.mark.parametrize("text", ["-5", "+5511987654321", "-1.5", "@ana", "-abc_1", "- João", "a=b", "'x", "-"])
    def test_a_csv_keeps_what_runs_nothing(self, tmp_path, caplog, text):
        frame = pd.DataFrame({"customer_id": [text], "name": [text]})
        write_table(frame, str(tmp_path / "out.csv"))
        assert (tmp_path / "out.csv").read_text() == f"customer_id,name\n{text},{text}\n"
        assert caplog.messages == []

    def test_an_id_that_would_run_is_told_of(self, tmp_path, caplog):
        write_table(pd.DataFrame({"customer_id": ["=1+1", "2"]}), str(tmp_path / "out.csv"))
        assert (tmp_path / "out.csv").read_text() == "customer_id\n'=1+1\n2\n"
        assert caplog.messages == [
            "1 ids start with an apostrophe in the CSV, because a spreadsheet would run them as formulas"
        ]

    def test_numbers_below_zero_stay_numbers(self, tmp_path):
        write_table(pd.DataFrame({"customer_id": ["1"], "spend": [-3.5]}), str(tmp_path / "out.csv"))
        assert (tmp_path / "out.csv").read_text() == "customer_id,spend\n1,-3.5\n"

    @pytest.mark.parametrize("text", ["=1+1", "{=1}", "http://example.com", "mailto:a@b.c", "0012", "1e5", "@SUM(1)"])
    def test_excel_has_texts_only(self, tmp_path, text):
        write_table(pd.DataFrame({"customer_id": [text]}), str(tmp_path / "out.xlsx"))
        cell = openpyxl.load_workbook(tmp_path / "out.xlsx").active["A2"]
        assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)

    def test_excel_leaves_gaps_in_numbers_empty(self, tmp_path):
        frame = pd.DataFrame(
            {"a": [1.5, np.nan], "b": pd.array([None, 2], dtype="Int64"), "c": [pd.NaT, pd.Timestamp(0)]}
        )
        write_table(frame, str(tmp_path / "out.xlsx"))
        _, *rows = openpyxl.load_workbook(tmp_path / "out.xlsx").active.iter_rows(values_only=True)
        assert rows == [(1.5, None, None), (None, 2, datetime(1970, 1, 1))]

    def test_too_many_rows_for_excel_are_refused_before_writing(self, tmp_path, monkeypatch):
        monkeypatch.setattr(files, "_excel_values", None)
        frame = pd.DataFrame({"a": np.zeros(1_048_576)})
        with pytest.raises(InvalidInput, match=r"at most 1,048,575 rows below its header. Got 1,048,576 rows"):
            write_table(frame, str(tmp_path / "out.xlsx"))
        assert left_in(tmp_path) == []

    def test_a_text_too_long_for_excel_is_refused(self, tmp_path):
        with pytest.raises(InvalidInput, match=r"at most 32,767 characters. Got 32,768 in the column 'a'"):
            write_table(pd.DataFrame({"a": ["x" * 32_768, None]}), str(tmp_path / "out.xlsx"))
        write_table(pd.DataFrame({"a": ["x" * 32_767, None]}), str(tmp_path / "out.xlsx"))


class TestDatabases:
    def test_rows_come_back(self, frame, database):
        destination, ask = database
        assert write_table(frame, destination).endswith("#customer_segments")
        rows = ask(f"select {', '.join(COLUMNS)} from customer_segments order by total_spend is null, total_spend")
        if destination.startswith("sqlite"):
            rows = [
                (
                    *row[:4],
                    bool(row[4]),
                    row[5] and date.fromisoformat(row[5]),
                    row[6] and datetime.fromisoformat(row[6]),
                )
                for row in rows
            ]
        assert rows == sorted(ROWS, key=lambda row: (row[3] is None, row[3] or 0))

    def test_ids_are_text_and_have_an_index(self, frame, database):
        from sqlalchemy import inspect

        destination, _ = database
        write_table(frame, f"{destination}#Segments_1")
        url = destinations.parsed(destination, "x").url
        engine = databases._engine(url)
        with engine.connect() as connection:
            inspector = inspect(connection)
            assert inspector.get_table_names() == ["Segments_1"]
            assert str(inspector.get_columns("Segments_1")[0]["type"]) == "TEXT"
            (index,) = inspector.get_indexes("Segments_1")
        assert index["column_names"] == ["customer_id"]
        assert index["name"] == "ix_Segments_1_customer_id"

    @pytest.mark.parametrize("column", ["version", "edition"], ids=["same", "changed"])
    def test_a_table_is_replaced_and_others_stay(self, database, column):
        destination, ask = database
        write_table(segments_of(7, rows=3), f"{destination}#other")
        write_table(segments_of(1), destination)
        write_table(segments_of(2, rows=10, column=column), destination)
        assert ask(f"select {column}, count(*) from customer_segments group by 1") == [(2, 10)]
        assert ask("select version, count(*) from other group by 1") == [(7, 3)]
        assert tables(destination) == {"customer_segments", "other"}
        write_table(segments_of(3, rows=10, column=column), destination)  # the index is there once
        assert ask(f"select {column}, count(*) from customer_segments group by 1") == [(3, 10)]

    @pytest.mark.parametrize("column", ["version", "edition"], ids=["same", "changed"])
    def test_a_failure_leaves_the_old_rows(self, database, column, monkeypatch):
        destination, ask = database
        write_table(segments_of(1), destination)
        monkeypatch.setattr(databases, "ROWS_AT_ONCE", 10)
        broken = segments_of(2, column=column).astype({column: object})
        broken.iloc[-1, 1] = object()
        with pytest.raises(InvalidInput, match=r"customer_segments' cannot be written: ") as caught:
            write_table(broken, destination)
        assert "\n" not in str(caught.value)
        assert "004990" not in str(caught.value)  # no rows in messages
        assert ask("select version, count(*) from customer_segments group by 1") == [(1, 5_000)]
        assert tables(destination) == {"customer_segments"}

    @pytest.mark.parametrize("column", ["version", "edition"], ids=["same", "changed"])
    @pytest.mark.parametrize("failure", [OSError("broken"), KeyboardInterrupt()], ids=["error", "interrupt"])
    def test_a_failure_at_the_very_end_leaves_the_old_rows(self, database, column, failure, monkeypatch):
        destination, ask = database
        write_table(segments_of(1), destination)
        put_in_place = databases._put_in_place

        def fail(*arguments):
            put_in_place(*arguments)
            raise failure

        monkeypatch.setattr(databases, "_put_in_place", fail)
        with pytest.raises(type(failure)):
            write_table(segments_of(2, column=column), destination)
        assert ask("select version, count(*) from customer_segments group by 1") == [(1, 5_000)]
        assert tables(destination) == {"customer_segments"}

    def test_a_failure_leaves_no_new_sqlite_file(self, tmp_path):
        with pytest.raises(InvalidInput, match="cannot be written"):
            write_table(pd.DataFrame({"customer_id": ["1", object()]}), str(tmp_path / "new.db"))
        assert left_in(tmp_path) == []

    def test_a_reader_in_the_middle_sees_the_old_rows(self, database, monkeypatch):
        destination, ask = database
        write_table(segments_of(1), destination)
        seen = look_before_the_commit(monkeypatch, ask)
        write_table(segments_of(2, rows=200_000), destination)
        assert seen == [(1, 5_000)]
        assert ask("select version, count(*) from customer_segments group by 1") == [(2, 200_000)]

    def test_a_reader_of_a_changed_sqlite_table_sees_the_old_rows(self, tmp_path, monkeypatch):
        def ask(query):
            with closing(sqlite3.connect(tmp_path / "out.db", timeout=0)) as connection:
                return connection.execute(query).fetchall()

        write_table(segments_of(1), str(tmp_path / "out.db"))
        seen = look_before_the_commit(monkeypatch, ask)
        write_table(segments_of(2, rows=200_000, column="edition"), str(tmp_path / "out.db"))
        assert seen == [(1, 5_000)]

    @pytest.mark.slow
    @pytest.mark.parametrize("columns", [("version", "version"), ("version", "edition")], ids=["same", "changed"])
    def test_readers_see_old_or_new_rows_never_none(self, database, columns):
        destination, ask = database
        write_table(segments_of(0), destination)
        stop, seen, failed = threading.Event(), [], []

        def read():
            try:
                while not stop.is_set():
                    seen.append(ask("select max(customer_id), count(*) from customer_segments"))
            except Exception as error:  # what a reader is told is what the test is about
                failed.append(error)

        reader = threading.Thread(target=read)
        reader.start()
        try:
            for version in range(20):
                write_table(segments_of(version, column=columns[version % 2]), destination)
        finally:
            stop.set()
            reader.join()
        assert failed == []
        assert len(seen) > 20
        assert set(map(tuple, seen)) == {(("004999", 5_000),)}

    def test_two_writers_do_not_mix(self, database):
        destination, ask = database
        write_table(segments_of(0), destination)
        failed = []

        def write(version):
            try:
                write_table(segments_of(version), destination)
            except Exception as error:
                failed.append(error)

        writers = [threading.Thread(target=write, args=(version,)) for version in (1, 2, 3, 4)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        assert failed == []
        ((version, rows),) = ask("select version, count(*) from customer_segments group by 1")
        assert version in (1, 2, 3, 4)
        assert rows == 5_000
        assert tables(destination) == {"customer_segments"}

    def test_a_view_on_the_table_lives_on(self, database):
        destination, ask = database
        write_table(segments_of(1), destination)
        ask("create view seen as select count(*) as customers from customer_segments")
        write_table(segments_of(2, rows=10), destination)
        assert ask("select customers from seen") == [(10,)]

    def test_a_view_does_not_stop_a_changed_table_in_sqlite(self, tmp_path):
        path = tmp_path / "out.db"
        write_table(segments_of(1), str(path))
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("create view seen as select count(*) as customers from customer_segments")
            write_table(segments_of(2, rows=10, column="edition"), str(path))
            assert connection.execute("select customers from seen").fetchall() == [(10,)]

    def test_what_is_there_is_kept_where_it_may_not_be_replaced(self, database):
        destination, ask = database
        check_destination(destination, replace=False)
        write_table(segments_of(1), destination, replace=False)
        with pytest.raises(InvalidInput, match="must not exist unless it may be replaced"):
            write_table(segments_of(2), destination, replace=False)
        assert ask("select version, count(*) from customer_segments group by 1") == [(1, 5_000)]
        write_table(segments_of(2), destination, table="another", replace=False)
        assert tables(destination) == {"customer_segments", "another"}

    @pytest.mark.parametrize("name", ["out.db", "OUT.SQLITE", "a#b.sqlite3"])
    def test_a_path_is_an_sqlite_database(self, tmp_path, name):
        assert write_table(segments_of(1), f"{tmp_path / name}#segments") == f"{tmp_path / name}#segments"
        assert write_table(segments_of(1), str(tmp_path / name)) == f"{tmp_path / name}#customer_segments"
        assert tables(f"sqlite:///{tmp_path / name}") == {"segments", "customer_segments"}
        assert left_in(tmp_path) == [name]


def look_before_the_commit(monkeypatch, ask) -> list[tuple]:
    """What another reader sees when all is in place but for the commit; filled by the next write."""
    put_in_place, seen = databases._put_in_place, []

    def put_and_look(*arguments):
        put_in_place(*arguments)
        seen.extend(ask("select version, count(*) from customer_segments group by 1"))

    monkeypatch.setattr(databases, "_put_in_place", put_and_look)
    return seen


def tables(destination: str) -> set[str]:
    from sqlalchemy import inspect

    with databases._engine(destinations.parsed(destination, "x").url).connect() as connection:
        return set(inspect(connection).get_table_names())


@pytest.mark.slow
class TestPostgres:
    def test_the_location_has_no_password(self, postgres):
        said = write_table(segments_of(1), f"{postgres}?application_name=secret-too#located")
        assert said == f"{postgres}#located"

    def test_a_password_from_the_environment_is_filled_in(self, postgres, monkeypatch):
        monkeypatch.setenv("OWN_PASSWORD", os.environ["PGPASSWORD"])
        monkeypatch.delenv("PGPASSWORD")
        said = write_table(segments_of(1), postgres.replace("@", ":${OWN_PASSWORD}@") + "#filled")
        assert said == postgres.replace("@", ":***@") + "#filled"

    @pytest.mark.parametrize("scheme", ["postgres", "postgresql+psycopg"])
    def test_other_names_of_the_scheme(self, postgres, scheme):
        said = write_table(segments_of(1), postgres.replace("postgresql", scheme, 1) + "#schemes")
        assert said.startswith("postgresql://clientela@")

    def test_a_wrong_password_is_told_before_and_not_shown(self, postgres, monkeypatch):
        monkeypatch.setenv("PGPASSWORD", "wr0ngpassw0rd")
        wrong = postgres
        for act in (check_destination, lambda where: write_table(segments_of(1), where)):
            with pytest.raises(InvalidInput, match="password authentication failed") as caught:
                act(wrong)
            assert "wr0ng" not in everything_said(caught.value)

    def test_a_missing_database_is_told_before(self, postgres):
        with pytest.raises(InvalidInput, match='database "nowhere" does not exist'):
            check_destination(postgres.removesuffix("postgres") + "nowhere")

    def test_the_check_writes_nothing(self, postgres):
        check_destination(f"{postgres}#never")
        assert "never" not in tables(postgres)

    def test_grants_live_on(self, postgres):
        import psycopg

        write_table(segments_of(1), f"{postgres}#granted")
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute("create role analyst")
            connection.execute("grant select on granted to analyst")
            write_table(segments_of(2), f"{postgres}#granted")
            connection.execute("set role analyst")
            assert connection.execute("select max(version) from granted").fetchall() == [(2,)]

    def test_a_transaction_from_before_reads_the_old_rows_to_its_end(self, postgres):
        import psycopg

        write_table(segments_of(1), f"{postgres}#repeated")
        with psycopg.connect(postgres) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.execute("select 1")
            write_table(segments_of(2), f"{postgres}#repeated")
            assert connection.execute("select version, count(*) from repeated group by 1").fetchall() == [(1, 5_000)]

    def test_a_view_that_hinders_a_changed_table_is_named(self, postgres):
        import psycopg

        write_table(segments_of(1), f"{postgres}#viewed")
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute("create view seen as select version from viewed")
            with pytest.raises(InvalidInput, match="cannot drop table viewed because other objects depend on it"):
                write_table(segments_of(2, column="edition"), f"{postgres}#viewed")
            assert connection.execute("select version, count(*) from viewed group by 1").fetchall() == [(1, 5_000)]


def everything_said(error: BaseException | None) -> str:
    texts = []
    while error is not None:
        texts.append(f"{error} {error!r}")
        error = error.__cause__
    return " ".join(texts)


class TestCheck:
    @pytest.mark.parametrize("name", [*FILES, "out.db", "sqlite:///{}/x"])
    def test_nothing_is_written(self, frame, tmp_path, name):
        where = name.format(tmp_path) if "{}" in name else str(tmp_path / name)
        check_destination(where)
        assert left_in(tmp_path) == []
        write_table(frame, where)
        (path,) = tmp_path.iterdir()
        before = path.read_bytes(), path.stat().st_mtime_ns
        check_destination(where)
        assert (path.read_bytes(), path.stat().st_mtime_ns) == before
        assert left_in(tmp_path) == [path.name]

    @pytest.mark.parametrize(
        ("where", "says"),
        [
            ("{}/out.json", r"must end in or be one of \.csv, .*postgresql://.* Got '.*out\.json' instead"),
            ("{}/out", "must end in or be one of"),
            ("", "must end in or be one of .* Got '' instead"),
            ("s3://bucket/out.csv", "must end in or be one of .* Got 's3://bucket/out.csv' instead"),
            ("{}/none/out.csv", "folder must exist. Got '.*/none' of 'out.csv' instead"),
            ("{}/none/out.db", "folder must exist"),
            ("sqlite:///{}/none/out", "folder must exist"),
            ("{}/folder.csv", "must be a file. Got"),
            ("{}/folder.db", "must be a file. Got"),
            ("{}/text.db", "must be an SQLite database. Got '.*text.db'"),
            ("sqlite:///", "must name a file"),
            ("sqlite:///:memory:", "must name a file"),
            ("{}/out.db#1st", "table of a destination must be .* Got '1st' instead"),
            ("{}/out.db#a b", "Got 'a b' instead"),
            ("{}/out.db#", "Got '' instead"),
            ("{}/out.db#a;drop", "Got 'a;drop' instead"),
            ("{}/out.db#é", "Got 'é' instead"),
            ("{}/out.db#" + "a" * 49, "at most 48 characters"),
            ("{}/out.db#SELECT", "reserved word of SQL .* Got 'SELECT' instead"),
            ("{}/out.db#order", "reserved word of SQL .* Got 'order' instead"),
            ("{}/out.db#sqlite_x", "begin with sqlite_ or pg_. Got 'sqlite_x' instead"),
            ("{}/out.csv#segments", "must end in or be one of"),
            ("postgresql://host/db#a-b", "Got 'a-b' instead"),
            ("postgresql://host", "must be postgresql://USER@HOST:PORT/DATABASE"),
            ("postgresql://host/db#a/b", "must be postgresql://USER@HOST:PORT/DATABASE"),
        ],
    )
    def test_what_cannot_be_written_is_refused(self, tmp_path, where, says):
        (tmp_path / "folder.csv").mkdir()
        (tmp_path / "folder.db").mkdir()
        (tmp_path / "text.db").write_text("a text that is no database")
        before = left_in(tmp_path)
        for act in (check_destination, lambda given: write_table(segments_of(1, rows=1), given)):
            with pytest.raises(InvalidInput, match=says) as caught:
                act(where.format(tmp_path))
            assert "\n" not in str(caught.value)
        assert left_in(tmp_path) == before

    def test_a_closed_folder_is_refused(self, tmp_path, monkeypatch):
        # root may write everywhere
        monkeypatch.setattr(os, "access", lambda path, mode: (path, mode) != (tmp_path, os.W_OK))
        with pytest.raises(InvalidInput, match="folder must be writable. Got"):
            check_destination(str(tmp_path / "out.csv"))

    def test_a_missing_driver_is_named_with_its_remedy(self, monkeypatch):
        monkeypatch.setattr(destinations, "find_spec", lambda name: None)
        with pytest.raises(InvalidInput, match=r"pip install 'psycopg\[binary\]>=3.2,<4'"):
            check_destination("postgresql://me@127.0.0.1/shop")

    @pytest.mark.parametrize(
        "where",
        [
            "mysql://root:s3cret@host/db",
            "postgresql://me:s3cret@127.0.0.1:1/db",
            "postgresql://me@127.0.0.1:1/db?password=s3cret",
            "postgresql://me:s3cret@127.0.0.1:port/db",
            "postgresql://me:s3cret@host",
            "postgresql://me:x@s3cret@host/db",
            "postgresql://me:x#s3cret@host/db",
            "postgresql://me:x/s3cret@host/db",
            "postgresql://me:s3cret@127.0.0.1/db#not a name",
            "postgresql+psycopg2://me:s3cret@host/db",
            "postgresql://me:s3cret@127.0.0.1:1/db?nonsense=1",
        ],
    )
    def test_passwords_are_not_shown(self, where):
        for act in (check_destination, lambda given: write_table(segments_of(1, rows=1), given)):
            with pytest.raises(InvalidInput) as caught:
                act(where)
            assert "s3cret" not in everything_said(caught.value)


def test_a_password_that_the_driver_tells_is_masked(monkeypatch):
    from sqlalchemy.exc import SQLAlchemyError

    monkeypatch.setenv("PW", "s3cret")
    monkeypatch.setenv("SSL", "t00")
    target = destinations.parsed("postgresql://me:${PW}@host/db?sslpassword=${SSL}", "x")
    with (
        pytest.raises(InvalidInput, match=r"cannot be written: no \*\*\* nor \*\*\*$"),
        databases._database_errors(target),
    ):
        raise SQLAlchemyError("no s3cret nor t00")


def test_the_docs_tell_of_every_destination(root):
    text = (root / "docs" / "exports.md").read_text(encoding="utf-8")
    assert [ending for ending in KNOWN if f"`{ending}`" not in text] == []


@pytest.mark.parametrize("text", ["\v=1+1", "\u00a0=1+1", "\ufeff=1+1", "\uff1d1+1", "\u200b@SUM(1)"])
def test_formulas_behind_invisible_characters_get_an_apostrophe(tmp_path, text):
    write_table(pd.DataFrame({"customer_id": ["1"], "name": [text]}), str(tmp_path / "out.csv"))
    assert f"'{text}" in (tmp_path / "out.csv").read_text(encoding="utf-8")
