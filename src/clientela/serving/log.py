"""The log: one JSON line per request and per event on standard output, without customer ids."""

import os
import random
from datetime import UTC, datetime
from typing import Any

import orjson

STDOUT = 1
OPTIONS = orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z


class Log:
    """Writes the log.

    Args:
        requests: "all", "errors" (status 500 and above, and 429), or "sampled" (errors, and a share of the rest).
        sampled_share: share of the other requests that "sampled" writes.
        descriptor: file descriptor.
    """

    def __init__(self, requests: str, sampled_share: float, *, descriptor: int = STDOUT) -> None:
        self._share = {"all": 1.0, "errors": 0.0, "sampled": sampled_share}[requests]
        self._descriptor = descriptor

    def request(self, fields: dict[str, Any]) -> None:
        """Write the line of a request, if the settings select it."""
        status = fields["status"]
        if self._share >= 1.0 or status >= 500 or status == 429 or random.random() < self._share:
            self._write({"time": datetime.now(UTC), "event": "request", **fields})

    def event(self, level: str, event: str, **fields: Any) -> None:
        """Write the line of an event, such as a swap or an alert."""
        self._write({"time": datetime.now(UTC), "event": event, "level": level, **fields})

    def _write(self, line: dict[str, Any]) -> None:
        try:
            # In one call, so that the lines of workers do not mix.
            os.write(self._descriptor, orjson.dumps(line, option=OPTIONS))
        except OSError:
            # Nothing reads the log any more; requests are answered nevertheless.
            return
