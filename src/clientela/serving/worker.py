"""gunicorn's ASGI worker with connections that are parsed strictly and closed when they are idle or slow.

conf/gunicorn.py names this worker. It mends three things of gunicorn's own connections: an unfinished line has no
limit, a pipelined request is dropped without an answer, and the time limit of an idle connection is cancelled as soon
as it is set.
"""

from asyncio import Transport
from http import HTTPStatus
from typing import Any

from gunicorn.asgi import protocol
from gunicorn.workers import gasgi

from clientela.serving.parser import StrictParser

HEAD_SECONDS = 10.0  # to send the head of a request, from its first byte
STALLED_SECONDS = 30.0  # for a client that does not read its answer, or does not let go of a closed connection
SWEEP_SECONDS = 1.0


class Connection(protocol.ASGIProtocol):
    """A connection of the production server.

    Args:
        worker: gunicorn's worker.
    """

    def __init__(self, worker: Any) -> None:
        super().__init__(worker)
        self._waits_since = self._head_since = self._stalled_since = 0.0

    def connection_made(self, transport: Transport) -> None:
        """Register the connection with the worker, which closes it when it is idle or slow."""
        self._waits_since = self.worker.loop.time()
        self.worker.watch(self)
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self.worker.connections.discard(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what has arrived; reading pauses while too many bytes wait behind a request."""
        if not self._head_since:
            self._head_since = self.worker.loop.time()
        super().data_received(data)
        if self._callback_parser is not None and self._callback_parser.tail_is_full:
            self._pause_reading()

    def close_if_late(self, now: float) -> None:
        """Close the connection if it has been idle or slow for too long.

        Args:
            now: the time of the worker's event loop, in seconds.
        """
        if self._request_ready is None:  # HTTP/2, which has limits of its own
            return
        if self._closed or self._flow_control.write_paused:
            self._stalled_since = self._stalled_since or now
            if now - self._stalled_since > STALLED_SECONDS:
                self.transport.abort()
            return
        self._stalled_since = 0.0
        if self._request_ready.is_set():  # a request is being answered; its body has a time limit of its own
            return
        if self._callback_parser.head_began:
            if now - self._head_since > HEAD_SECONDS:
                self._send_error_response(408, "late")
                self._close_transport()
        elif now - self._waits_since > self.cfg.keepalive:
            self._close_transport()

    def _setup_callback_parser(self) -> None:
        self._callback_parser = StrictParser(
            on_headers_complete=self._on_headers_complete,
            on_body=self._on_body,
            on_message_complete=self._on_message_complete,
            limit_request_line=self.cfg.limit_request_line,
            limit_request_fields=self.cfg.limit_request_fields,
            limit_request_field_size=self.cfg.limit_request_field_size,
        )

    def _on_headers_complete(self) -> bool:
        super()._on_headers_complete()
        # The method does not decide whether a body follows, as gunicorn has it for HEAD.
        return False

    def _send_error_response(self, status: int, message: str) -> None:
        # gunicorn's messages repeat parts of the request.
        super()._send_error_response(status, HTTPStatus(status).phrase)

    def _arm_keepalive_timer(self) -> None:
        """Called between two requests: time the wait, and parse a request that has arrived behind the last one."""
        self._waits_since = self.worker.loop.time()
        self._head_since = 0.0
        if self._callback_parser is not None and self._callback_parser.has_bytes:
            self._head_since = self._waits_since
            self._feed_callback_parser(b"")

    async def _handle_websocket(self, request: Any, sockname: Any, peername: Any) -> None:
        self._send_error_response(403, "no WebSockets")


class Worker(gasgi.ASGIWorker):
    """gunicorn's ASGI worker with the connections of this module."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.connections: set[Connection] = set()
        self._sweeps = False

    def watch(self, connection: Connection) -> None:
        """Check the connection every second while it is open."""
        self.connections.add(connection)
        if not self._sweeps:
            self._sweeps = True
            self.loop.call_later(SWEEP_SECONDS, self._sweep)

    def _sweep(self) -> None:
        self.loop.call_later(SWEEP_SECONDS, self._sweep)
        now = self.loop.time()
        for connection in list(self.connections):
            connection.close_if_late(now)


# The worker makes its connections from this name of its module.
gasgi.ASGIProtocol = Connection
