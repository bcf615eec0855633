"""One JSON line a request on standard output, and one an event. No customer id is written."""

import os
import random
from datetime import UTC, datetime
from typing import Any

import orjson

STDOUT = 1
OPTIONS = orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z


class Log:
    """Writes the lines.

    Args:
        requests: "all", "errors" (status 500 and above, and 429), or "sampled": those, and a share of the rest.
        sampled_share: of the rest.
        descriptor: of the file.
    """

    def __init__(self, requests: str, sampled_share: float, *, descriptor: int = STDOUT) -> None:
        self._share = {"all": 1.0, "errors": 0.0, "sampled": sampled_share}[requests]
        self._descriptor = descriptor

    def request(self, fields: dict[str, Any]) -> None:
        """A request's line, where the setting asks for one."""
        status = fields["status"]
        if self._share >= 1.0 or status >= 500 or status == 429 or random.random() < self._share:
            self._write({"time": datetime.now(UTC), "event": "request", **fields})

    def event(self, level: str, event: str, **fields: Any) -> None:
        """An event's line: a swap, an alert."""
        self._write({"time": datetime.now(UTC), "event": event, "level": level, **fields})

    def _write(self, line: dict[str, Any]) -> None:
        try:
            # In one call, so that lines of several workers do not mix.
            os.write(self._descriptor, orjson.dumps(line, option=OPTIONS))
        except OSError:
            # Nobody reads the log any longer: customers are answered all the same.
            return
