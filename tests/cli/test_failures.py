"""Failures of the machine end a command with one line; other errors keep their stack trace."""

import errno
import logging
import sqlite3

import click
import duckdb
import pytest
from click.testing import CliRunner
from mlflow.exceptions import MlflowException
from sqlalchemy.exc import OperationalError

from clientela.cli.options import exit_on_error


def run(error: Exception):
    """The result of a command that fails with an error."""

    @click.command()
    @exit_on_error
    def command() -> None:
        raise error

    return CliRunner().invoke(command)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (MemoryError(), "must have more memory"),
        (ImportError("_core.so: failed to map segment from shared object"), "must have more memory"),
        (duckdb.OutOfMemoryException("could not allocate"), "must have more memory"),
        (OSError(errno.ENOSPC, "No space left on device", "a.csv"), "(No space left on device: 'a.csv')"),
        (PermissionError(errno.EACCES, "Permission denied", "a.csv"), "(Permission denied: 'a.csv')"),
        (OSError(errno.EROFS, "Read-only file system"), "(Read-only file system)"),
        (duckdb.IOException("No space left on device\nsecond line"), "No space left on device"),
        (OperationalError("select 1", {}, sqlite3.OperationalError("database or disk is full")), "disk is full"),
        (MlflowException("(sqlite3.OperationalError) attempt to write a readonly database"), "readonly database"),
    ],
)
def test_one_line_says_what_is_wrong(error, says):
    done = run(error)
    assert done.exit_code == 2
    assert done.stderr.startswith("Error: ")
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("error", [ValueError("x"), KeyError("x"), OSError(errno.ENOENT, "x"), MlflowException("x")])
def test_other_errors_are_raised(error):
    assert run(error).exception is error


def test_mlflow_does_not_log_the_stack_trace_of_an_error_of_its_database():
    run(MemoryError())
    assert not logging.getLogger("mlflow.store.db.utils").isEnabledFor(logging.ERROR)
