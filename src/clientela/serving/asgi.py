"""The production server as a plain ASGI application: it answers a request, counts it and logs it."""

import asyncio
import os
import re
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import perf_counter
from typing import Any

from clientela.lookup.ids import RequestError
from clientela.serving.limits import Rate, Receive, discard_body, read_body
from clientela.serving.live import Follower, Followers
from clientela.serving.log import Log
from clientela.serving.metrics import Followed, Metrics
from clientela.serving.refusals import Refusal, invalid
from clientela.serving.request import Handler, Header, Request
from clientela.serving.routes import SLOW_ROUTES, Routes

Send = Callable[[dict[str, Any]], Awaitable[None]]
REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
CLIENT_CLOSED = 499  # as nginx logs it
FAILED = Refusal(500, "INTERNAL_ERROR", "The server could not answer. The server's log names the place of the error.")
LONG_BODY = 100_000  # bytes; longer requests are answered in a thread
FIRST_CHECK_SECONDS = 20.0  # gunicorn gives a worker 30 to start

NO_SNIFF = (b"x-content-type-options", b"nosniff")


class App:
    """Answers requests of one worker.

    Args:
        routes: addresses and their handlers.
        follower: follows the champion.
        rate: rate limit of each key.
        metrics: metrics of this worker.
        log: request log.
        body_bytes: maximum length of a body.
        body_seconds: time limit for sending a body.
    """

    def __init__(
        self, routes: Routes, follower: Follower | Followers, *, rate: Rate, metrics: Metrics, log: Log,
        body_bytes: int, body_seconds: float,
    ) -> None:  # fmt: skip
        self._routes = routes
        self._follower = follower
        self._rate = rate
        self._metrics = metrics
        self._log = log
        self._body_bytes = body_bytes
        self._body_seconds = body_seconds

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request, or follow the champion while the worker runs.

        Args:
            scope: ASGI scope.
            receive: ASGI receive.
            send: ASGI send.
        """
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
                await asyncio.to_thread(self._follower.start, wait_seconds=FIRST_CHECK_SECONDS)
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                self._follower.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _serve(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        began = perf_counter()
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"")
        request_id = given if REQUEST_ID.fullmatch(given) else os.urandom(8).hex().encode()
        serving, raw_path = self._follower.serving, scope.get("raw_path")
        request = Request(scope["method"], scope["path"], headers, serving, raw_path=raw_path, scope=scope)
        extra: list[Header] = []
        content_type, error = b"application/json", None
        try:
            status, content_type, body = await self._answer(request, receive)
        except Refusal as refusal:
            (status, content_type, body), extra = self._routes.explain(request, refusal), refusal.headers
        except RequestError as wrong:
            status, content_type, body = self._routes.explain(request, invalid(wrong.sentence))
        except ConnectionError:
            status, body = CLIENT_CLOSED, b""
        except Exception as unexpected:
            error = _where(unexpected)
            status, content_type, body = self._routes.explain(request, FAILED)
        if status != CLIENT_CLOSED:
            await send(
                {
                    "type": "http.response.start",
                    "status": status,
                    "headers": [
                        (b"content-type", content_type),
                        (b"content-length", str(len(body)).encode()),
                        (b"x-request-id", request_id),
                        (b"cache-control", b"no-store"),
                        NO_SNIFF,
                        *extra,
                        *request.reply_headers,
                    ],
                }
            )
            await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else body})
        self._record(request, status, perf_counter() - began, request_id, error)

    async def _answer(self, request: Request, receive: Receive) -> tuple[int, bytes, bytes]:
        try:
            handler = self._admit(request)
            most = request.body_bytes or self._body_bytes
        except Refusal:
            await discard_body(receive, request.headers, most=self._body_bytes, seconds=self._body_seconds)
            raise
        if request.method == "POST":
            request.body = await read_body(receive, request.headers, most=most, seconds=self._body_seconds)
            request.in_thread |= len(request.body) > LONG_BODY or request.route in SLOW_ROUTES
        # In the event loop, a long answer would block all other requests.
        return await asyncio.to_thread(handler, request) if request.in_thread else handler(request)

    def _admit(self, request: Request) -> Handler:
        handler, owner_of = self._routes.find(request)
        if owner_of is not None:
            request.owner = owner_of(request)
            self._rate.take(request.owner)
        return handler

    def _record(self, request: Request, status: int, seconds: float, request_id: bytes, error: str | None) -> None:
        self._metrics.count(request.route, status, seconds, request.id_count, request.unknown)
        fields = {
            "request_id": request_id.decode(),
            "method": request.method[:16],
            "route": request.route,
            "status": status,
            "ms": round(seconds * 1000, 3),
            "ids": request.id_count,
            "unknown": request.unknown,
            "key": request.owner,
            "version": request.serving.number if request.serving else None,
        }
        self._log.request(fields if error is None else {**fields, "error": error})


def _where(error: Exception) -> str:
    """The type of an error and its place, without the message, which may contain values of the request."""
    frames = traceback.extract_tb(error.__traceback__)[::-1]
    return f"{type(error).__name__} at " + " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)


class SwapReporter:
    """Reports swaps to the metrics and the log.

    Args:
        metrics: metrics of the model that is followed.
        log: log of events.
        prefix: prefix of the names of events.
    """

    def __init__(self, metrics: Followed, log: Log, prefix: str = "") -> None:
        self._metrics = metrics
        self._log = log
        self._prefix = prefix

    def swapped(self, serving: Any) -> None:
        """Another version answers now."""
        self._metrics.swapped(serving)
        customers = len(serving.lookup.index)
        event = f"{self._prefix}swap"
        self._log.event("info", event, version=serving.number, as_of=serving.as_of, customers=customers)

    def swap_failed(self, number: str | None, error: Exception) -> None:
        """The champion could not be opened."""
        self._metrics.swap_failed()
        text = f"{type(error).__name__}: {error}"[:500]
        self._log.event("alert", f"{self._prefix}swap_failed", version=number, error=text)

    def up_to_date(self) -> None:
        """The version that answers is the champion."""
        self._metrics.up_to_date()
