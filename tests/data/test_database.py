import shutil
import subprocess
import sys
from pathlib import Path

import duckdb

from clientela.data.cleaning import clean
from clientela.data.database import open_database
from clientela.data.rules import Rule
from clientela.processes import left_folders

SPILLS = """
from clientela.data.database import open_database
connection = open_database()
connection.execute("set memory_limit = '60MB'")
connection.execute("set threads = 1")
connection.execute("create table many as select repeat('x', 50) || range::varchar as word from range(1500000)")
folder = connection.execute("select current_setting('temp_directory')").fetchall()[0][0]
import os, pathlib, signal
print(folder, oct(pathlib.Path(folder).stat().st_mode & 0o777), len(os.listdir(folder)) > 0, flush=True)
END
"""


def test_nothing_but_results_goes_to_stdout():
    with open_database() as connection:
        assert connection.execute("select current_setting('enable_progress_bar')").fetchall() == [(False,)]


def test_the_memory_limit_is_that_of_the_settings():
    with open_database("500MB") as connection:
        assert connection.execute("select current_setting('memory_limit')").fetchall() == [("476.8 MiB",)]


def spill(end: str, folder: Path) -> tuple[Path, list[str]]:
    """Rows go to disk in a process that then ends; its folder, with its mode and whether files were in it."""
    script = SPILLS.replace("END", end)
    done = subprocess.run([sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, timeout=120)
    path, *facts = done.stdout.split()
    return Path(path), facts


def test_rows_beyond_the_memory_limit_go_to_a_private_folder_that_ends_with_the_process(tmp_path):
    folder, facts = spill("connection.close()", tmp_path)
    assert facts == ["0o700", "True"]
    assert not folder.exists()
    assert list(tmp_path.iterdir()) == []


def test_the_folder_of_a_killed_process_is_removed_by_the_next(tmp_path):
    killed, _ = spill("os.kill(os.getpid(), signal.SIGKILL)", tmp_path)
    try:
        assert killed in left_folders(kind="spill")
        assert killed not in left_folders(kind="sheet")
        spill("", tmp_path)
        assert not killed.exists()
    finally:
        shutil.rmtree(killed, ignore_errors=True)


def test_cleaning_leaves_only_the_tables_that_are_read_afterwards():
    with duckdb.connect() as connection:
        connection.execute(
            "create view source as "
            "from (values ('1', '2024-01-05', 9.5), (null, '2024-01-06', 3)) as rows_read(client, day, paid)"
        )
        columns = {"customer_id": "client", "ordered_at": "day", "amount": "paid"}
        clean(connection, columns=columns, rules=[Rule("missing_customer_id")])
        left = connection.execute("select table_name from duckdb_tables() order by all").fetchall()
    assert [name for (name,) in left] == ["cancellations", "ledger", "reading_facts", "rejected", "transactions"]
