"""Passwords in addresses: found in every form, masked, and taken from the environment instead."""

import pytest
from click.testing import CliRunner

from clientela.cli import main
from clientela.credentials import fill_references, has_password, refuse_passwords, without_password
from clientela.errors import InvalidInput

SECRET = [
    "postgresql://me:s3cret@host/db",
    "postgres://me:s3/cr?e#t@x@host/db",
    "postgresql://:s3cret@host/db",
    "postgresql://me@host/db?password=s3cret",
    "postgresql://me@host/db?sslmode=require&sslpassword=s3cret",
    "mysql+pymysql://root:s3cret@host/db",
    "snowflake://me:s3cret@account/db",
    "https://me:s3cret@host/export.csv",
    "https://store.blob.core.windows.net/a.csv?sv=1&sig=s3cret",
    "https://bucket.s3.amazonaws.com/a.csv?X-Amz-Signature=s3cret",
    "https://host/export?api_key=s3cret",
    "s3://bucket/a.csv?s3_secret_access_key=s3cret",
    "postgresql://me:${PW}s3cret@host/db",
]
PLAIN = [
    "postgresql://me@host/db", "postgresql://me:${PW}@host/db", "postgresql://me@host/db?password=${PW}",
    "postgresql:///db", "https://host:8080/a@b.csv", "https://host/a:b@c", "s3://bucket/folder:1/a@b.csv",
    "sales.csv", "C:\\sales@home.csv", "sqlite:////data/a:b@c.db", "at 10:30 @ shop", "a.db#customer_segments",
    "https://host/export?from=2011&keyboard=1", "",
]  # fmt: skip


@pytest.mark.parametrize("address", SECRET)
def test_a_password_is_found_and_masked(address):
    assert has_password(address)
    with pytest.raises(InvalidInput, match="PGPASSWORD") as raised:
        refuse_passwords({"output": address})
    assert str(raised.value).startswith("The output parameter must not contain a password.")
    for part in ("s3cret", "s3/cr", "e#t"):
        assert part not in str(raised.value)
    assert not has_password(without_password(address).replace("***", "${PW}"))


@pytest.mark.parametrize("address", PLAIN)
def test_other_texts_stay_as_they_are(address):
    assert not has_password(address)
    assert without_password(address) == address


def test_references_are_filled_from_the_environment(monkeypatch):
    monkeypatch.setenv("PW", "p@ss/w#rd:1?")
    assert fill_references("postgresql://me:${PW}@host/db") == "postgresql://me:p%40ss%2Fw%23rd%3A1%3F@host/db"


def test_a_reference_without_a_value_is_refused(monkeypatch):
    monkeypatch.delenv("PW", raising=False)
    with pytest.raises(InvalidInput, match="The environment variable PW must be set"):
        fill_references("postgresql://me:${PW}@host/db")


@pytest.mark.parametrize(
    "command",
    [
        ["score", "--output", SECRET[0]], ["score", "--output", "a.csv", "--source", SECRET[7]],
        ["insiders", "--list", SECRET[0]], ["segment", "--source", SECRET[0]], ["churn", "--customers", SECRET[0]],
        ["try-api", SECRET[7]], ["segment", "--report", SECRET[0]], ["inspect", SECRET[8]],
    ],
    ids=lambda command: " ".join(command[:-1]),
)  # fmt: skip
def test_every_command_refuses_a_password(command, monkeypatch):
    monkeypatch.delenv("MLFLOW_RUN_ID", raising=False)
    done = CliRunner().invoke(main, command)
    assert (done.exit_code, "must not contain a password" in done.stderr) == (2, True)
    assert "s3cret" not in done.output


def test_what_mlflow_has_kept_is_said(monkeypatch):
    monkeypatch.setenv("MLFLOW_RUN_ID", "abc")
    with pytest.raises(InvalidInput, match="MLflow has kept this one in the run abc: change it"):
        refuse_passwords({"output": SECRET[0]})
