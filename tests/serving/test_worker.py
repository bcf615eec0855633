"""The worker's connections over real sockets, in this process: time limits, pipelined requests, refusals."""

import asyncio
import logging
from types import SimpleNamespace

import pytest
from gunicorn.config import Config

from clientela.serving import worker
from clientela.serving.worker import Connection, Worker

GET = b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"


async def echo(scope, receive, send):
    """Answers with the path, and with the body's length."""
    length, more = 0, scope["method"] == "POST"
    while more:
        message = await receive()
        length, more = length + len(message.get("body", b"")), message.get("more_body", False)
    body = f"{scope['path']} {length};".encode() + b"x" * (50_000_000 if scope["path"] == "/large" else 0)
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class FakeWorker(Worker):
    """The worker's part that connections know, without gunicorn's master."""

    def __init__(self, loop):
        self.cfg = Config()
        self.cfg.set("keepalive", 1)
        self.loop, self.asgi, self.alive = loop, echo, True
        self.log = SimpleNamespace(access_log_enabled=False, exception=logging.exception, debug=logging.debug)
        self.nr, self.nr_conns, self.max_requests = 0, 0, 10**9
        self.connections, self._sweeps = set(), False


@pytest.fixture(autouse=True)
def _fast_clock(monkeypatch):
    for name, seconds in (("SWEEP_SECONDS", 0.02), ("HEAD_SECONDS", 0.3), ("STALLED_SECONDS", 0.3)):
        monkeypatch.setattr(worker, name, seconds)


def talk(*pieces: bytes, pause: float = 0.0, ends: bool = False, seconds: float = 5.0) -> tuple[bytes, float]:
    """All that comes back until the server closes the connection, and the seconds until then."""

    async def run():
        loop = asyncio.get_running_loop()
        fake = FakeWorker(loop)
        server = await loop.create_server(lambda: Connection(fake), "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection("127.0.0.1", server.sockets[0].getsockname()[1])
        began = loop.time()

        async def write():
            for piece in pieces:
                writer.write(piece)
                await asyncio.sleep(pause)

        writing = asyncio.ensure_future(write())
        answer = await asyncio.wait_for(reader.read(), seconds)
        took = loop.time() - began
        writing.cancel()
        writer.close()
        server.close()
        await asyncio.sleep(0.05)
        assert fake.connections == set()
        return answer, took

    return asyncio.run(run())


def test_an_idle_connection_is_closed_after_the_keepalive_time():
    answer, took = talk()
    assert (answer, 0.9 < took < 2) == (b"", True)


def test_a_connection_is_closed_after_the_keepalive_time_of_its_last_answer():
    answer, took = talk(GET, GET, pause=0.5)
    assert (answer.count(b"/a 0;"), 1.4 < took < 3) == (2, True)


@pytest.mark.parametrize("begin", [b"", GET])
@pytest.mark.parametrize("half", [b"GE", b"GET /a HTTP/1.1\r\nHost: x\r\n"])
def test_half_a_head_is_answered_with_408(begin, half):
    answer, took = talk(begin + half, *[b"a"] * 20, pause=0.1)
    assert (answer.count(b"408 Request Timeout"), took < 1) == (1, True)


@pytest.mark.parametrize("begin", [b"GET /", b"GET /a HTTP/1.1\r\nX: "])
def test_an_endless_line_is_refused(begin):
    answer, _ = talk(begin, *[b"a" * 3_000] * 3, pause=0.02)
    assert answer.partition(b"\r\n")[0].split()[1] in (b"414", b"431")


def test_pipelined_requests_are_answered_in_their_order():
    post = b"POST /b HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"
    answer, _ = talk(GET + post + GET.replace(b"/a", b"/c") + GET.replace(b"Host: x", b"Connection: close"))
    assert [line.split(b";")[0] for line in answer.split(b"\r\n\r\n")[1:]] == [b"/a 0", b"/b 3", b"/c 0", b"/a 0"]


def test_a_websocket_gets_a_403():
    lines = b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==\r\n\r\n"
    answer, _ = talk(GET[:-2] + lines)
    assert answer.startswith(b"HTTP/1.1 403 Forbidden\r\n")


def test_a_refusal_repeats_nothing_of_the_request():
    answer, _ = talk(b"GET /a HTTP/1.1\r\nse<cret>: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"cret" not in answer


def test_a_client_that_does_not_read_its_answer_is_cut_off():
    async def run():
        loop = asyncio.get_running_loop()
        fake = FakeWorker(loop)
        server = await loop.create_server(lambda: Connection(fake), "127.0.0.1", 0)
        _, writer = await asyncio.open_connection("127.0.0.1", server.sockets[0].getsockname()[1], limit=1_000)
        writer.write(GET.replace(b"/a", b"/large"))
        await asyncio.sleep(0.2)
        assert len(fake.connections) == 1
        for _ in range(100):
            await asyncio.sleep(0.05)
            if not fake.connections:
                break
        assert not fake.connections
        writer.close()
        server.close()

    asyncio.run(run())
