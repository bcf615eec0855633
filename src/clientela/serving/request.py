"""A request of the production server, and the parts of its answer."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Answer = tuple[int, bytes, bytes]  # status, content type, body
Header = tuple[bytes, bytes]
HTML = b"text/html; charset=utf-8"
OTHER = "/other"  # the route of all unknown addresses, so that requests cannot fill the metrics with paths


class Request:
    """A request, with what its log line needs.

    Args:
        method: HTTP method.
        path: path of the address, decoded.
        headers: headers of the request, with names in lower case.
        serving: version of the segments that answers; None until one is loaded.
        raw_path: path as it was sent.
        scope: ASGI scope, for the pages, which read the query and the client's address.

    Attributes:
        reply_headers: further headers of the answer.
        body_bytes: maximum length of the body, where it is less than that of the server.
        in_thread: whether the request is answered in a thread, because it may take long.
    """

    __slots__ = (
        "body", "body_bytes", "headers", "id_count", "in_thread", "method", "owner", "path", "raw_path",
        "reply_headers", "route", "scope", "serving", "unknown",
    )  # fmt: skip

    def __init__(
        self, method: str, path: str, headers: Mapping[bytes, bytes], serving: Any, *, raw_path: bytes | None = None,
        scope: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        self.method = method
        self.path = path
        self.raw_path = path.encode() if raw_path is None else raw_path
        self.headers = headers
        self.serving = serving
        self.scope = scope
        self.route = OTHER
        self.owner = ""
        self.body = b""
        self.body_bytes: int | None = None
        self.in_thread = False
        self.id_count = 0
        self.unknown = 0
        self.reply_headers: Sequence[Header] = ()


Handler = Callable[[Request], Answer]
OwnerOf = Callable[[Request], str]
