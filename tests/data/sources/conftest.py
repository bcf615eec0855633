"""Real servers of object stores and databases, on free ports of this machine."""

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

import duckdb
import pytest

from clientela.data.sources.stores import open_store

# The published key of every Azurite.
AZURITE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
SECRET = "secretkey-1234567890"


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_it_listens(port: int, process: subprocess.Popen, log: Path) -> None:
    for _ in range(600):
        with closing(socket.socket()) as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert process.poll() is None, log.read_text()
        time.sleep(0.05)
    raise AssertionError(log.read_text())


def stop(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A server that accepts connections and never answers."""
    with closing(socket.socket()) as server:
        server.bind(("127.0.0.1", 0))
        server.listen(50)
        yield server.getsockname()[1]


@pytest.fixture(scope="session")
def s3_folder() -> Iterator[tuple[Path, int]]:
    """The folder of an S3 server, whose folders are the buckets, and its port."""
    pytest.importorskip("nanio", reason="needs an S3 server: pip install nanio")
    folder = Path(tempfile.mkdtemp(prefix="clientela-test-s3-"))
    port, log = free_port(), folder.with_suffix(".log")
    environment = {**os.environ, "NANIO_ACCESS_KEY": "reader-access-key", "NANIO_SECRET_KEY": SECRET}
    command = [
        sys.executable,
        "-m",
        "nanio",
        "serve",
        "--data-dir",
        str(folder),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    with log.open("w") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    try:
        wait_until_it_listens(port, process, log)
        yield folder, port
    finally:
        stop(process)
        shutil.rmtree(folder, ignore_errors=True)
        log.unlink()


@pytest.fixture
def s3(s3_folder: tuple[Path, int], monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the S3 server; the environment has its address and the credentials."""
    folder, port = s3_folder
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "reader-access-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for bucket in folder.iterdir():
        if not bucket.name.startswith("."):
            shutil.rmtree(bucket)
    (folder / "shop").mkdir()
    return folder / "shop"


@pytest.fixture(scope="session")
def gs_server() -> Iterator[int]:
    """The port of a server of Google Cloud Storage with the empty bucket `shop`."""
    pytest.importorskip("gcp_storage_emulator", reason="needs pip install gcp-storage-emulator")
    from gcp_storage_emulator.server import create_server

    port = free_port()
    server = create_server("127.0.0.1", port, in_memory=True, default_bucket="shop")
    server.start()
    yield port
    server.stop()


@pytest.fixture
def gs(gs_server: int, monkeypatch: pytest.MonkeyPatch):
    """A file system with the bucket `shop`; the environment has the server's address."""
    from pyarrow import fs

    monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{gs_server}")
    return fs.GcsFileSystem(anonymous=True, endpoint_override=f"127.0.0.1:{gs_server}", scheme="http")


@pytest.fixture(scope="session")
def azure_server() -> Iterator[str]:
    """The connection string of a server of Azure's blobs."""
    azurite = shutil.which("azurite-blob")
    if azurite is None:
        pytest.skip("needs Azurite: npm install --global azurite")
    folder = Path(tempfile.mkdtemp(prefix="clientela-test-azure-"))
    port, log = free_port(), folder / "log"
    command = [azurite, "--inMemoryPersistence", "--blobHost", "127.0.0.1", "--blobPort", str(port)]
    with log.open("w") as output:
        process = subprocess.Popen(
            [*command, "--silent", "--skipApiVersionCheck", "--disableTelemetry"],
            cwd=folder, stdout=output, stderr=output,
        )  # fmt: skip
    try:
        wait_until_it_listens(port, process, log)
        yield f"AccountName=devstoreaccount1;AccountKey={AZURITE_KEY};BlobEndpoint=http://127.0.0.1:{port}/devstoreaccount1"
    finally:
        stop(process)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def azure(azure_server: str, monkeypatch: pytest.MonkeyPatch):
    """A file system with the container `shop`; the environment has the connection string."""
    for name in [name for name in os.environ if name.startswith("AZURE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", azure_server)
    file_system = open_store("az")
    file_system.create_dir("shop")
    return file_system


@pytest.fixture
def postgres_shop(postgres: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a Postgres database with an empty schema; its password is in the environment."""
    import psycopg

    parts = urlsplit(postgres)
    for name in [name for name in os.environ if name.startswith("PG")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PGPASSWORD", unquote(parts.password))
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(
            "drop schema if exists public cascade; create schema public; grant usage on schema public to public"
        )
    yield f"postgresql://{parts.username}@{parts.hostname}:{parts.port}/postgres"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(
            "drop schema if exists public cascade; create schema public; grant usage on schema public to public"
        )


@pytest.fixture(scope="session")
def mariadb() -> Iterator[int]:
    """The port of a MariaDB server of our own with the user `reader`."""
    server, install = shutil.which("mariadbd") or "/usr/sbin/mariadbd", shutil.which("mariadb-install-db")
    if install is None or not Path(server).exists():
        pytest.skip("needs MariaDB: apt-get install mariadb-server")
    as_user = ["--user=mysql"] if os.getuid() == 0 else []
    folder = Path(tempfile.mkdtemp(prefix="clientela-test-mariadb-"))
    if as_user:
        shutil.chown(folder, "mysql")
    port, log = free_port(), folder / "log"
    common = ["--no-defaults", f"--datadir={folder / 'data'}", *as_user]
    subprocess.run(
        [install, *common, "--auth-root-authentication-method=normal", "--skip-test-db"],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    with log.open("w") as output:
        process = subprocess.Popen(
            [server, *common, f"--port={port}", "--bind-address=127.0.0.1", f"--socket={folder / 'socket'}",
             "--skip-log-bin", "--innodb-flush-log-at-trx-commit=0", "--skip-name-resolve"],
            stdout=output, stderr=output,
        )  # fmt: skip
    try:
        wait_until_it_listens(port, process, log)
        with mysql_connection(port, user="root") as connection, connection.cursor() as cursor:
            cursor.execute(f"create user reader@'%' identified by '{SECRET}'")
            cursor.execute("grant all on *.* to reader@'%'")
        yield port
    finally:
        stop(process)
        shutil.rmtree(folder, ignore_errors=True)


def mysql_connection(port: int, **options: str):
    import pymysql

    return pymysql.connect(host="127.0.0.1", port=port, autocommit=True, charset="utf8mb4", **options)


@pytest.fixture
def mysql_shop(mariadb: int, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of an empty database of MariaDB; its password is in the environment."""
    monkeypatch.setenv("MYSQL_PWD", SECRET)
    with mysql_connection(mariadb, user="root") as connection, connection.cursor() as cursor:
        cursor.execute("create or replace database shop character set utf8mb4")
    return f"mysql://reader@127.0.0.1:{mariadb}/shop"


@pytest.fixture
def run_sql(request: pytest.FixtureRequest):
    """A function that runs statements in the database of an address."""

    def run(address: str, *statements: str) -> None:
        parts = urlsplit(address)
        if parts.scheme == "mysql":
            with (
                mysql_connection(parts.port, user="root", database="shop") as connection,
                connection.cursor() as cursor,
            ):
                for statement in statements:
                    cursor.execute(statement)
        elif parts.scheme == "postgresql":
            import psycopg

            with psycopg.connect(address, autocommit=True) as connection:
                for statement in statements:
                    connection.execute(statement)
        else:
            path = parts.path[1:]
            with closing(sqlite3.connect(path) if parts.scheme == "sqlite" else duckdb.connect(path)) as connection:
                for statement in statements:
                    connection.execute(statement)
                connection.commit()

    return run


@pytest.fixture(params=["postgresql", "mysql", "sqlite", "duckdb"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of each engine."""
    if request.param in ("sqlite", "duckdb"):
        return f"{request.param}:///{tmp_path / f'shop.{request.param}'}"
    return request.getfixturevalue("postgres_shop" if request.param == "postgresql" else "mysql_shop")
