"""What somebody may try who cannot write to the registry, and what one who can: over real sockets, on real versions."""

import contextlib
import http.client
import io
import json
import pickle
import pickletools
import shutil
import socket
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile, is_zipfile

import mlflow
import pytest
import soak
from mlflow.tracking import MlflowClient

from clientela import registry
from clientela.errors import GateRefusal
from clientela.request import PromotionRequest
from clientela.segmentation.version import open_lookup
from clientela.workflows.promote import promote, rollback

pytestmark = pytest.mark.slow

BODY = b'{"inputs":["C000000"]}'
CLEAN = {400, 401, 403, 404, 405, 408, 411, 413, 414, 415, 417, 426, 431}
# Of gunicorn's own refusals, which never reach the application.
LEAKS = (b"Traceback", b'File "', b"site-packages")


def exchange(port: int, wire: bytes, *, pieces: int = 1, then_wait: bool = True) -> bytes:
    """All that comes back for these bytes, until the server hangs up or says nothing for a while."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=6) as sent:
        size = len(wire) // pieces + 1
        try:
            for start in range(0, len(wire), size):
                sent.sendall(wire[start : start + size])
            sent.settimeout(6 if then_wait else 0.5)
            while piece := sent.recv(65536):
                answer += piece
                if complete(answer):
                    break
        except (TimeoutError, ConnectionError):
            pass
    return answer


def complete(answer: bytes) -> bool:
    head, gap, body = answer.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return bool(gap and lengths) and len(body) >= int(lengths[0].partition(b":")[2])


def status_of(answer: bytes) -> int:
    assert answer.startswith(b"HTTP/1."), answer[:200]
    assert not [leak for leak in LEAKS if leak in answer], answer[:500]
    return int(answer.split(b" ", 2)[1])


def request(key: str, *lines: str | bytes, method: str = "POST", target: str = "/invocations", body: bytes = BODY,
            length: bool = True, host: str = "Host: 127.0.0.1") -> bytes:  # fmt: skip
    """A request as bytes, with the headers that are usual and those that are given."""
    usual = [f"{method} {target} HTTP/1.1", host, f"X-API-Key: {key}", "Content-Type: application/json"]
    usual += [f"Content-Length: {len(body)}"] if length else []
    head = [line if isinstance(line, bytes) else line.encode() for line in [*usual, *lines] if line]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def answers_on(small) -> None:
    """The same worker answers as before."""
    answer = exchange(small.port, request(small.key))
    assert (status_of(answer), b'"customer_id":"C000000"' in answer) == (200, True)


@pytest.fixture(autouse=True)
def _it_answers_afterwards(request):
    yield
    if "small" in request.fixturenames:
        server = request.getfixturevalue("small")
        answers_on(server)


class TestPaths:
    @pytest.mark.parametrize(
        "target",
        [
            "/../../etc/passwd", "/customers/../../../etc/passwd", "/customers/..", "/customers/%2e%2e/%2e%2e/etc",
            "/customers/%252e%252e%252f", "/customers/..%2f..%2fetc%2fpasswd", "/customers/a%2Fb",
            "//customers/C000000",
            "/customers//C000000", "/customers/", "/customers", "/customers/%00", "/customers/C000000%00.json",
            "/customers/%ff%fe", "/customers/%", "/customers/%zz", "/customers/" + "a" * 7_000,
            "/customers/%0d%0aSet-Cookie:x",
            "/docs/", "/docs/..", "/DOCS", "/Segments", "/segments/", "/segments;x=1", "/segments%3fx", "/static/x.js",
            "/.git/config", "/conf/server.yaml", "/openapi.json/", "/metrics/..%2fversion", "*", "/%2e", "/%2f",
            "/customers/" + "%41" * 2_000, "/customers/\\..\\..", "/customers/{id}", "/customers:lookup/C000000",
        ],
    )  # fmt: skip
    def test_nothing_is_found_there(self, small, target):
        answer = exchange(small.port, request(small.key, method="GET", target=target, body=b"", length=False))
        assert status_of(answer) in {400, 404, 414}
        assert b"root:" not in answer
        assert b"Set-Cookie" not in answer

    @pytest.mark.parametrize("length", [9_000, 100_000])
    def test_a_line_that_is_too_long(self, small, length):
        answer = exchange(
            small.port, request(small.key, method="GET", target="/customers/" + "a" * length, length=False)
        )
        assert status_of(answer) in {400, 414}

    def test_a_query_changes_nothing(self, small):
        answer = exchange(
            small.port, request(small.key, method="GET", target="/version?../..&x=%00", body=b"", length=False)
        )
        assert status_of(answer) == 200

    @pytest.mark.parametrize("target", ["http://127.0.0.1/segments", "http://example.org/segments", "example.org:443"])
    def test_targets_of_a_proxy(self, small, target):
        method = "CONNECT" if target.endswith("443") else "GET"
        answer = exchange(small.port, request(small.key, method=method, target=target, body=b"", length=False))
        assert status_of(answer) in {200, *CLEAN}
        assert b"Location" not in answer

    @pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "GET", "PROPFIND", "FOO"])
    def test_other_methods(self, small, method):
        answer = exchange(small.port, request(small.key, method=method))
        assert status_of(answer) == 405
        assert b"allow: POST" in answer
        assert small.key.encode() not in answer

    @pytest.mark.parametrize("method", ["get", "G", "POST\x00", "A" * 100, ""])
    def test_methods_that_are_none(self, small, method):
        assert status_of(exchange(small.port, request(small.key, method=method))) in CLEAN | {501}


class TestHeaders:
    @pytest.mark.parametrize(
        "lines",
        [
            ["Transfer-Encoding: chunked"], ["Content-Length: 5"], ["Content-Length: 22"], ["Content-Length: -1"],
            ["Content-Length: +22"], ["Host: other.example"], ["Content-Type: text/csv"], ["X: " + "a" * 10_000],
            [f"X-{i}: a" for i in range(200)], ["X: \x00"], ["X\x00: a"], ["no colon"], [": a"],
            ["Content-Length : 5"], [" Content-Length: 5"],
            ["Transfer-Encoding: chunked, chunked"], ["Transfer-Encoding: xchunked"], [b"X: a\nY: b"], [b"X: a\rY: b"],
            [b"X\xff: a"],
        ],
        ids=lambda lines: str(lines[0])[:30],
    )  # fmt: skip
    def test_refused(self, small, lines):
        answer = exchange(small.port, request(small.key, *lines))
        assert status_of(answer) in CLEAN | {501}
        assert answer.count(b"HTTP/1.1 ") == 1

    @pytest.mark.parametrize(
        "lines",
        [
            ["Content-Length: 22, 22"], ["Content-Length: +22"], ["Content-Length: 2_2"],
            ["Content-Length: 0x16"], ["Content-Length: 1e1"], ["Content-Length: "],
            ["Content-Length: " + "9" * 30], ["Transfer-Encoding: identity, chunked, identity"],
            ["Transfer-Encoding: chunked"],
        ],
        ids=lambda lines: lines[0][:30],
    )  # fmt: skip
    def test_lengths_that_are_none(self, small, lines):
        answer = exchange(small.port, request(small.key, *lines, length=False))
        assert status_of(answer) in CLEAN | {501}

    def test_no_second_request_is_smuggled(self, small):
        hidden = request(small.key, method="GET", target="/version", body=b"", length=False)
        wire = request(
            small.key, "Content-Length: 5", "Transfer-Encoding: chunked", length=False, body=b"0\r\n\r\n" + hidden
        )
        answer = exchange(small.port, wire)
        assert status_of(answer) in CLEAN
        assert b'"model"' not in answer

    @pytest.mark.parametrize("lines", [[], ["host: a"], ["HOST: [::1"], ["Host: a b"], ["Host: ' or 1=1"], ["Host:"]])
    def test_hosts_of_any_kind_change_nothing(self, small, lines):
        answer = exchange(small.port, request(small.key, *lines, host=""))
        assert status_of(answer) in {200, 400}
        assert b"or 1=1" not in answer

    @pytest.mark.parametrize("name", ["x-api-key", "X-API-KEY", "X-Api-Key", "AUTHORIZATION", "authorization"])
    def test_names_in_any_case(self, small, name):
        value = small.key if "api" in name.lower() else f"bEARER {small.key}"
        wire = request(small.key, f"{name}: {value}").replace(f"X-API-Key: {small.key}\r\n".encode(), b"", 1)
        assert status_of(exchange(small.port, wire)) == 200

    def test_a_request_id_cannot_split_the_answer(self, small):
        answer = exchange(small.port, request(small.key, "X-Request-ID: a%0d%0aSet-Cookie: x=1"))
        assert status_of(answer) == 200
        assert b"Set-Cookie" not in answer

    @pytest.mark.parametrize("line", [" folded: yes", "X : a"])
    def test_a_space_before_a_colon_names_no_other_header(self, small, line):
        assert status_of(exchange(small.port, request(small.key, line))) == 400

    def test_an_upgrade_opens_nothing(self, small):
        lines = ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: eA=="]
        answer = exchange(small.port, request(small.key, *lines, method="GET", body=b"", length=False))
        assert status_of(answer) == 403

    @pytest.mark.parametrize(
        "wire",
        [
            b"\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00",
            b"HELLO\r\n\r\n",
            b"GET /\r\n\r\n",
            b"GET / HTTP/9.9\r\n\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            b"\x00" * 10_000,
        ],
    )
    def test_what_is_no_http(self, small, wire):  # fmt: skip
        answer = exchange(small.port, wire, then_wait=False)
        assert not answer or status_of(answer) in CLEAN | {505}


class TestConnections:
    @pytest.mark.parametrize(
        "begin",
        [b"G", b"GET /", b"GET / HTTP/1.1\r\nX", b"GET / HTTP/1.1\r\nX: ",
         b"POST /churn HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1"],
    )  # fmt: skip
    def test_an_endless_line_is_refused(self, small, begin):
        answer = exchange(small.port, begin + b"a" * 4_000_000, pieces=1_000)
        assert not answer or status_of(answer) in {400, 401, 414, 431}

    def test_endless_lines_do_not_slow_down_others(self, small):
        slow = [socket.create_connection(("127.0.0.1", small.port), timeout=5) for _ in range(8)]
        longest = 0.0
        for _ in range(50):
            for connection in slow:
                with contextlib.suppress(OSError):
                    connection.sendall(b"a" * 65_536)
            began = time.monotonic()
            answers_on(small)
            longest = max(longest, time.monotonic() - began)
        assert longest < 0.5

    def test_pipelined_requests_are_all_answered(self, small):
        wire = request(small.key, method="GET", target="/version", body=b"", length=False)
        with socket.create_connection(("127.0.0.1", small.port), timeout=6) as sent:
            sent.sendall(request(small.key) + wire + wire.replace(b"Host", b"Connection: close\r\nHost", 1))
            answer = b"".join(iter(lambda: sent.recv(65_536), b""))
        assert (answer.count(b"HTTP/1.1 200 OK"), answer.count(b'"model"')) == (3, 2)

    def test_pages_allow_no_scripts_and_no_frames(self, small):
        answer = exchange(small.port, request(small.key, method="GET", target="/docs", body=b"", length=False)).lower()
        assert b"content-security-policy: default-src 'none';" in answer
        assert b"x-frame-options: deny" in answer
        assert b"x-content-type-options: nosniff" in answer


class TestKeys:
    PATHS = (
        "/customers/C000000", "/segments", "/campaigns", "/version", "/metrics", "/openapi.json", "/docs", "/",
        "/customer", "/ids", "/history",
    )  # fmt: skip

    @pytest.mark.parametrize("target", PATHS)
    def test_every_address_asks_for_one(self, small, target):
        def status(*lines: str) -> int:
            wire = request("", *lines, method="GET", target=target, body=b"", length=False)
            return status_of(exchange(small.port, wire.replace(b"X-API-Key: \r\n", b"")))

        assert status() == 401
        assert status("X-API-Key: ") == 401
        assert status("Authorization: Basic dXNlcjpwYXNz") == 401
        assert status(f"Authorization: {small.key}") == 401
        for wrong in ("a", small.key[:-1], small.key + "a", small.key.swapcase(), "a" * 7_000, "\u00e9", "' or 1=1 --"):
            assert status(f"X-API-Key: {wrong}") == 403, wrong
        assert status(f"X-API-Key: {small.key}") == 200

    def test_it_is_not_taken_from_the_address(self, small):
        wire = request("", method="GET", target=f"/version?api_key={small.key}&x-api-key={small.key}", length=False)
        assert status_of(exchange(small.port, wire.replace(b"X-API-Key: \r\n", b""))) == 401

    def test_the_log_holds_neither_keys_nor_ids(self, small):
        for target in ("/customers/C000001", "/version?C000001"):
            exchange(small.port, request(small.key, method="GET", target=target, body=b"", length=False))
        log = (small.folder / "server.log").read_text()
        assert small.key not in log
        assert "C00000" not in log


class TestBodies:
    @pytest.mark.parametrize(
        "kind",
        [
            "",
            "text/plain",
            "application/xml",
            "multipart/form-data; boundary=x",
            "application/x-www-form-urlencoded",
            "application/octet-stream",
            "text/csvx",
            "application/jsonp",
            "application/x-parquet",
            "a" * 5_000,
            "\u00e9",
        ],
    )
    def test_other_content_types(self, small, kind):  # fmt: skip
        wire = request(small.key).replace(b"application/json", kind.encode())
        assert status_of(exchange(small.port, wire)) == 415

    @pytest.mark.parametrize("announced", [1_000_001, 10**9, 10**18])
    def test_one_that_says_that_it_is_too_large(self, small, announced):
        wire = request(small.key, f"Content-Length: {announced}", length=False, body=b"x" * 2_000_000)
        assert status_of(exchange(small.port, wire)) == 413

    def test_one_that_does_not_say_so(self, small):
        piece = b"%x\r\n%s\r\n" % (100_000, b"x" * 100_000)
        wire = request(small.key, "Transfer-Encoding: chunked", length=False, body=piece * 20 + b"0\r\n\r\n")
        assert status_of(exchange(small.port, wire)) == 413

    def test_chunks_that_do_not_end(self, small):
        wire = request(small.key, "Transfer-Encoding: chunked", length=False, body=b"5\r\nhello\r\n")
        assert status_of(exchange(small.port, wire)) == 408

    @pytest.mark.parametrize(
        "body",
        [
            b"zz\r\nhello\r\n",
            b"-5\r\nhello\r\n",
            b"5 \r\nhello\r\n0\r\n\r\n",
            b"fffffffffffffffff\r\nhello",
            b'5;ext="\r"\r\nhello\r\n0\r\n\r\n',
        ],
    )
    def test_chunks_that_are_none(self, small, body):  # fmt: skip
        answer = exchange(small.port, request(small.key, "Transfer-Encoding: chunked", length=False, body=body))
        assert not answer or status_of(answer) in CLEAN

    def test_one_that_ends_early(self, small):
        answer = exchange(small.port, request(small.key, "Content-Length: 500", length=False))
        assert status_of(answer) == 408

    def test_many_who_say_nothing_keep_nobody_waiting(self, small):
        silent = [socket.create_connection(("127.0.0.1", small.port), timeout=5) for _ in range(200)]
        for number, connection in enumerate(silent):
            connection.sendall(request(small.key, "Content-Length: 500", length=False)[: 20 + number])
        answers_on(small)
        for connection in silent:
            connection.close()

    def test_a_get_with_a_body(self, small):
        wire = request(small.key, method="GET", target="/version")
        assert status_of(exchange(small.port, wire)) == 200

    def test_a_hundred_small_pieces(self, small):
        assert status_of(exchange(small.port, request(small.key), pieces=100)) == 200


def contents_of(path: Path) -> Iterator[tuple[str, bytes]]:
    """The file, and every member of an archive within it, archives in archives too."""
    waiting = [(path.name, path.read_bytes())]
    while waiting:
        name, data = waiting.pop()
        yield name, data
        if is_zipfile(io.BytesIO(data)):
            with ZipFile(io.BytesIO(data)) as archive:
                waiting += [(f"{name}/{member}", archive.read(member)) for member in archive.namelist()]
        elif tarfile.is_tarfile(io.BytesIO(data)):
            with tarfile.open(fileobj=io.BytesIO(data)) as archive:
                waiting += [(f"{name}/{m.name}", archive.extractfile(m).read()) for m in archive if m.isfile()]


def pickles_in(data: bytes) -> list[int]:
    """Where a pickle begins that ends too: at the beginning, or at the opcode that newer protocols begin with."""
    starts = {0, *(at for at in range(len(data) - 1) if data[at] == 0x80 and 2 <= data[at + 1] <= 5)}
    return [at for at in sorted(starts) if is_pickle_at(data, at)]


def is_pickle_at(data: bytes, at: int) -> bool:
    try:
        return any(opcode.name == "STOP" for opcode, _, _ in pickletools.genops(data[at:]))
    except Exception:
        return False


class TestNoPickle:
    def test_the_scan_finds_them(self, tmp_path):
        inner = io.BytesIO()
        with ZipFile(inner, "w") as archive:
            archive.writestr("deep.bin", b"\x93NUMPY" + pickle.dumps({"a": 1}))
        with ZipFile(tmp_path / "x.skops", "w") as archive:
            archive.writestr("inner.zip", inner.getvalue())
        found = [name for name, data in contents_of(tmp_path / "x.skops") if pickles_in(data)]
        assert "x.skops/inner.zip/deep.bin" in found
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            assert pickles_in(pickle.dumps([1, "a"], protocol=protocol))

    def test_a_registered_version_holds_none(self, run, first_run, tmp_path):
        """Of a real run: every file, and every member of every archive."""
        code = (
            "import mlflow; mlflow.artifacts.download_artifacts('models:/customer-segments@champion', "
            f"dst_path={str(tmp_path)!r})"
        )
        run("python", "-c", code)
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        names = {path.name for path in files}
        assert {"MLmodel", "pyfunc.py", "clustering.skops", "customers.arrow", "index.arrow"} <= names
        scanned = [(name, data) for path in files for name, data in contents_of(path)]
        assert any(name.startswith("clustering.skops/") and name.endswith(".npy") for name, _ in scanned)
        assert [(name, at) for name, data in scanned for at in pickles_in(data)] == []


class Writes:
    """A pickle that writes a file when it is loaded."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (Path(self.path),)


@pytest.fixture
def victim(tmp_path, fresh_store) -> Iterator[Path]:
    """A store with three versions of which the first is champion, and its conf."""
    with fresh_store(tmp_path):
        soak.register_versions(tmp_path)
        soak.write_conf(tmp_path / "conf", "0" * 64)
        shutil.copy(soak.CONF / "promotion.yaml", tmp_path / "conf")
        yield tmp_path


def whole(number: str) -> Path:
    return registry.fetch(soak.MODEL, version=number).files.parent


def replaced_code(victim: Path, proof: Path) -> str:
    code = whole("2") / "pyfunc.py"
    code.write_text(f"open({str(proof)!r}, 'w').close()\n{code.read_text()}")
    return "pyfunc.py is not the project's (SHA-256 "


def another_module(victim: Path, proof: Path) -> str:
    (whole("2") / "evil.py").write_text(f"open({str(proof)!r}, 'w').close()\ndef _load_pyfunc(path): ...\n")
    card = whole("2") / "MLmodel"
    text = card.read_text().replace("mlflow.pyfunc.loaders.code_model", "evil").replace("code: null", "code: .")
    card.write_text(text)
    return "MLmodel has the loader 'evil'"


def pickled(victim: Path, proof: Path) -> str:
    (whole("2") / "python_model.pkl").write_bytes(pickle.dumps(Writes(proof)))
    card = whole("2") / "MLmodel"
    lines = [line for line in card.read_text().splitlines() if "model_code_path" not in line]
    card.write_text("\n".join(lines).replace("loader_module:", "python_model: python_model.pkl\n    loader_module:"))
    return "python_model.pkl is of a kind that is not known to be data"


def pickled_clustering(victim: Path, proof: Path) -> str:
    (whole("2") / "artifacts/clustering.skops").write_bytes(pickle.dumps(Writes(proof)))
    return "artifacts/clustering.skops cannot be read"


def pickled_customers(victim: Path, proof: Path) -> str:
    (whole("2") / "artifacts/customers.arrow").write_bytes(pickle.dumps(Writes(proof)))
    return "artifacts/customers.arrow is no Arrow file"


def promotion(folder: Path, **given: Any) -> PromotionRequest:
    return PromotionRequest(conf=folder / "conf", **given)


@pytest.mark.parametrize("attack", [replaced_code, another_module, pickled, pickled_clustering, pickled_customers])
class TestMaliciousVersions:
    def test_the_gate_refuses_it_and_runs_nothing(self, victim, attack):
        proof = victim / "proof"
        expected_message = attack(victim, proof)
        printed: list[str] = []
        with pytest.raises(GateRefusal, match="must pass the gate to become champion") as refused:
            promote("2", promotion(victim, echo=printed.append))
        assert expected_message in str(refused.value)
        assert "\n".join(printed).startswith("FAILED  contents  The version must hold this project's pyfunc.py")
        assert not proof.exists()
        MlflowClient().set_registered_model_alias(soak.MODEL, "previous", "2")
        with pytest.raises(GateRefusal):
            rollback(promotion(victim, echo=printed.append))
        assert not proof.exists()
        assert registry.read_aliases(soak.MODEL)["champion"] == "1"
        assert {entry.action for entry in registry.history(soak.MODEL)} == {"register"}

    def test_the_production_server_runs_nothing_of_it(self, victim, attack):
        proof = victim / "proof"
        attack(victim, proof)
        if attack is pickled_customers:
            with pytest.raises(Exception, match="Arrow"):
                open_lookup(whole("2") / "artifacts")
        else:
            assert open_lookup(whole("2") / "artifacts").as_of
        assert not proof.exists()


class TestForce:
    def test_other_code_is_run_only_with_a_reason_and_is_recorded(self, victim):
        proof = victim / "proof"
        replaced_code(victim, proof)
        done = promote("2", promotion(victim, force=True, reason="our own answers"))
        assert "contents" in done["overruled"]
        assert proof.exists()  # so it is code that runs, and the refusals above are for a reason
        entry = registry.history(soak.MODEL)[0]
        assert (entry.forced, entry.reason, entry.to_version) == (True, "our own answers", "2")
        (gate,) = [gate for gate in entry.gates if gate["name"] == "contents"]
        assert not gate["passed"]
        promote("3", promotion(victim, force=True, reason="on"))
        with pytest.raises(GateRefusal, match="pyfunc.py is not the project's"):
            rollback(promotion(victim))
        back = rollback(promotion(victim, force=True, reason="back"))
        assert (back["version"], back["overruled"]) == ("2", ["contents"])
        assert registry.history(soak.MODEL)[0].forced


def test_a_pickle_as_mlflow_logs_it_is_refused(victim, monkeypatch):
    """A PythonModel that MLflow pickles, under the name of the project's model."""
    proof = victim / "proof"

    class Evil(mlflow.pyfunc.PythonModel):
        def __reduce__(self):
            return Path.touch, (proof,)

        def predict(self, context, model_input, params=None):
            return []

    with mlflow.start_run(experiment_id=mlflow.get_experiment_by_name("soak").experiment_id):
        mlflow.pyfunc.log_model(
            name="model", python_model=Evil(), registered_model_name=soak.MODEL, pip_requirements=["mlflow"]
        )
    proof.unlink(missing_ok=True)
    with pytest.raises(GateRefusal, match=r"python_model\.pkl is of a kind that is not known to be data"):
        promote("4", promotion(victim))
    with pytest.raises(GateRefusal, match="cannot be served cannot be forced"):
        promote("4", promotion(victim, force=True, reason="please"))
    assert not proof.exists()
    assert registry.read_aliases(soak.MODEL)["champion"] == "1"


def test_json_answers_of_refusals(small):
    """What the application itself refuses is JSON with a code and one sentence."""
    connection = http.client.HTTPConnection("127.0.0.1", small.port, timeout=10)
    for path, headers, status in [
        ("/nowhere", {}, 404), ("/version", {}, 401), ("/version", {"X-API-Key": "no"}, 403),
        ("/invocations", {"X-API-Key": small.key}, 405),
    ]:  # fmt: skip
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        assert answer.status == status
        assert json.loads(answer.read()).keys() == {"error_code", "message"}
