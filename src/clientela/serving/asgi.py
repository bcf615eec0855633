"""The production server as a plain ASGI application: from a request to its answer, its figures and its log line."""

import asyncio
import os
import re
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import perf_counter
from typing import Any

from clientela.lookup.ids import RequestError
from clientela.serving.limits import Rate, Receive, pass_over_body, read_body
from clientela.serving.live import Beside, Follower
from clientela.serving.log import Log
from clientela.serving.metrics import Followed, Metrics
from clientela.serving.refusals import Refusal, invalid
from clientela.serving.routes import LENGTHY, Ask, Handler, Routes

Send = Callable[[dict[str, Any]], Awaitable[None]]
SANE_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
CLIENT_HAS_GONE = 499  # what nginx logs
FAILED = Refusal(500, "INTERNAL_ERROR", "The server could not answer. Its log says where it failed.")
LONG = 100_000  # bytes, from which on an answer is made in a thread
FIRST_LOOK_SECONDS = 20.0  # gunicorn gives a worker 30 to start


class App:
    """Answers requests of one worker.

    Args:
        routes: what there is to ask.
        follower: keeps the champion open.
        rate: requests a second of each key.
        metrics: of this worker.
        log: the lines.
        body_bytes: the longest body.
        body_seconds: for sending it.
    """

    def __init__(
        self, routes: Routes, follower: Follower | Beside, *, rate: Rate, metrics: Metrics, log: Log, body_bytes: int,
        body_seconds: float,
    ) -> None:  # fmt: skip
        self._routes = routes
        self._follower = follower
        self._rate = rate
        self._metrics = metrics
        self._log = log
        self._body_bytes = body_bytes
        self._body_seconds = body_seconds

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request, or follow the champion for the life of the worker."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1003})

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await asyncio.to_thread(self._follower.start, wait_seconds=FIRST_LOOK_SECONDS)
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                self._follower.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _serve(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        began = perf_counter()
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"")
        request_id = given if SANE_ID.fullmatch(given) else os.urandom(8).hex().encode()
        ask = Ask(scope["method"], scope["path"], headers, self._follower.serving)
        extra: list[tuple[bytes, bytes]] = []
        content_type, error = b"application/json", None
        try:
            status, content_type, body = await self._answer(ask, receive)
        except Refusal as refusal:
            status, body, extra = refusal.status, refusal.body, refusal.headers
        except RequestError as wrong:
            status, body = 400, invalid(wrong.sentence).body
        except ConnectionError:
            status, body = CLIENT_HAS_GONE, b""
        except Exception as unforeseen:
            error = _where(unforeseen)
            status, body = 500, FAILED.body
        if status != CLIENT_HAS_GONE:
            await send(
                {
                    "type": "http.response.start",
                    "status": status,
                    "headers": [
                        (b"content-type", content_type),
                        (b"content-length", str(len(body)).encode()),
                        (b"x-request-id", request_id),
                        (b"cache-control", b"no-store"),
                        *extra,
                    ],
                }
            )
            await send({"type": "http.response.body", "body": b"" if ask.method == "HEAD" else body})
        self._tell(ask, status, perf_counter() - began, request_id, error)

    async def _answer(self, ask: Ask, receive: Receive) -> tuple[int, bytes, bytes]:
        try:
            handler = self._admit(ask)
        except Refusal:
            await pass_over_body(receive, ask.headers, most=self._body_bytes, seconds=self._body_seconds)
            raise
        if ask.method == "POST":
            ask.body = await read_body(receive, ask.headers, most=self._body_bytes, seconds=self._body_seconds)
            if len(ask.body) > LONG or ask.route in LENGTHY:
                # It would keep all others waiting.
                return await asyncio.to_thread(handler, ask)
        return handler(ask)

    def _admit(self, ask: Ask) -> Handler:
        handler, needs_key = self._routes.find(ask)
        if needs_key:
            ask.owner = self._routes.keys.owner(ask.headers)
            self._rate.take(ask.owner)
        return handler

    def _tell(self, ask: Ask, status: int, seconds: float, request_id: bytes, error: str | None) -> None:
        self._metrics.count(ask.route, status, seconds, ask.asked, ask.unknown)
        fields = {
            "request_id": request_id.decode(),
            "method": ask.method[:16],
            "route": ask.route,
            "status": status,
            "ms": round(seconds * 1000, 3),
            "ids": ask.asked,
            "unknown": ask.unknown,
            "key": ask.owner,
            "version": ask.serving.number if ask.serving else None,
        }
        self._log.request(fields if error is None else {**fields, "error": error})


def _where(error: Exception) -> str:
    """The kind of an error and its place; its message may hold what was sent."""
    frames = traceback.extract_tb(error.__traceback__)[::-1]
    return f"{type(error).__name__} at " + " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)


class Told:
    """Tells the metrics and the log of swaps.

    Args:
        figures: of the model that is followed.
        log: the lines.
        prefix: of the events' names.
    """

    def __init__(self, figures: Followed, log: Log, prefix: str = "") -> None:
        self._figures = figures
        self._log = log
        self._prefix = prefix

    def swapped(self, serving: Any) -> None:
        """Another version answers now."""
        self._figures.swapped(serving)
        customers = len(serving.lookup.index)
        event = f"{self._prefix}swap"
        self._log.event("info", event, version=serving.number, as_of=serving.as_of, customers=customers)

    def swap_failed(self, number: str | None, error: Exception) -> None:
        """The champion could not be opened."""
        self._figures.swap_failed()
        event, told = f"{self._prefix}swap_failed", f"{type(error).__name__}: {error}"[:500]
        self._log.event("alert", event, version=number, error=told)

    def settled(self) -> None:
        """The champion is what answers."""
        self._figures.settled()
