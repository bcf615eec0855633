"""gunicorn's HTTP/1 parser with limits on unfinished lines, strict framing, and the bytes of pipelined requests kept.

gunicorn looks for the end of a line in everything that has arrived, and applies its limits once the line has ended. A
line that never ends would therefore grow, and be searched again, with each piece that arrives.
"""

import re

from gunicorn.asgi.parser import (
    RFC9110_6_5_1_FORBIDDEN_TRAILER,
    InvalidChunkExtension,
    InvalidChunkSize,
    InvalidHeader,
    InvalidRequestLine,
    LimitRequestHeaders,
    LimitRequestLine,
    PythonProtocol,
    UnsupportedTransferCoding,
)

LONGEST_CHUNK_LINE = 256  # bytes of a chunk's size and extensions
LARGEST_TRAILER = 8_192  # bytes of all lines behind the last chunk
LARGEST_TAIL = 65_536  # bytes behind a request, until reading is paused
CRLF = b"\r\n"
CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,16}")
# Such a name is another header for some proxies. A line that begins with a space continues the line before it.
SPACE_IN_NAME = re.compile(rb"(?:^|\n)(?:[ \t]|[^:\r\n]*[ \t]:)")
# Python takes some of them for spaces: " \x0bchunked" would be "chunked" here, and something else for a proxy.
CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
CONTROL_OR_TAB = re.compile(rb"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]")


class StrictParser(PythonProtocol):
    """Parser of one connection.

    It accepts no more than gunicorn's parser. In addition it refuses unfinished lines beyond the limits, control
    characters, spaces before the colon of a header, transfer codings other than `chunked`, and chunks that do not end
    with CRLF. The chunks that arrive together are handed on together: one message for each would take most of the time.
    """

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        self._trailer = 0
        self._chunks: list[bytes] = []

    @property
    def head_began(self) -> bool:
        """Whether a part of a request's head has arrived."""
        return self._state == "headers" or (self._state == "request_line" and bool(self._buffer))

    @property
    def has_bytes(self) -> bool:
        """Whether bytes wait to be parsed."""
        return bool(self._buffer)

    @property
    def tail_is_full(self) -> bool:
        """Whether so many bytes wait behind the current request that no more should be read."""
        return self.is_complete and len(self._buffer) > LARGEST_TAIL

    def reset(self) -> None:
        """Prepare for the next request; the bytes that arrived behind the last one are kept for `feed`."""
        tail = bytes(self._buffer)
        super().reset()
        self._trailer = 0
        self._chunks.clear()
        self._buffer.extend(tail)

    def _parse_request_line(self) -> bool:
        if CONTROL_OR_TAB.search(self._buffer, 0, self._end_of(CRLF)):
            raise InvalidRequestLine("Invalid control character")
        if super()._parse_request_line():
            return True
        if len(self._buffer) > self._limit_request_line + len(CRLF):
            raise LimitRequestLine("Request line is too large")
        return False

    def _parse_headers(self) -> bool:
        if not self._buffer.startswith(CRLF):
            end = self._end_of(CRLF + CRLF)
            if SPACE_IN_NAME.search(self._buffer, 0, end):
                raise InvalidHeader("Invalid space in a header name")
            if CONTROL.search(self._buffer, 0, end):
                raise InvalidHeader("Invalid control character")
        if super()._parse_headers():
            return True
        if len(self._buffer) > self._limit_request_field_size:
            raise LimitRequestHeaders("Request header field is too large")
        return False

    def _finalize_headers(self) -> None:
        for name, value in self._headers_list:
            if name == b"transfer-encoding" and value.lower() != b"chunked":
                raise UnsupportedTransferCoding("only chunked")
            if name == b"content-length" and not value.isdigit():
                raise InvalidHeader("Content-Length must be digits")
        super()._finalize_headers()

    def _parse_chunked_body(self) -> bool:
        steps = {
            "size": self._parse_chunk_size,
            "data": self._parse_chunk_data,
            "crlf": self._parse_chunk_end,
            "trailer": self._parse_trailer,
        }
        while self._buffer and not self.is_complete:
            if not steps[self._chunk_state]():
                break
        self._hand_on()
        return self.is_complete

    def _hand_on(self) -> None:
        """Hand on the chunks that have arrived."""
        if self._chunks:
            self._on_body(b"".join(self._chunks))
            self._chunks.clear()

    def _parse_chunk_size(self) -> bool:
        line = self._take_line(LONGEST_CHUNK_LINE)
        if line is None:
            return False
        size, _, extension = line.partition(b";")
        if b"\r" in extension or b"\n" in extension:
            raise InvalidChunkExtension("bare CR or LF not allowed")
        if not CHUNK_SIZE.fullmatch(size):
            raise InvalidChunkSize("Chunk sizes must be hexadecimal digits")
        self._chunk_remaining = int(size, 16)
        self._chunk_state = "data" if self._chunk_remaining else "trailer"
        return True

    def _parse_chunk_data(self) -> bool:
        piece = bytes(self._buffer[: self._chunk_remaining])
        del self._buffer[: len(piece)]
        self._chunk_remaining -= len(piece)
        self._chunks.append(piece)
        if not self._chunk_remaining:
            self._chunk_state = "crlf"
        return True

    def _parse_chunk_end(self) -> bool:
        if not CRLF.startswith(self._buffer[:2]):
            raise InvalidChunkSize("Chunk data must end with CRLF")
        if len(self._buffer) < len(CRLF):
            return False
        del self._buffer[:2]
        self._chunk_state = "size"
        return True

    def _parse_trailer(self) -> bool:
        line = self._take_line(LARGEST_TRAILER)
        if line is None:
            return False
        self._trailer += len(line)
        if self._trailer > LARGEST_TRAILER:
            raise LimitRequestHeaders("Trailer is too large")
        if not line:
            self._hand_on()
            self._state, self.is_complete = "complete", True
            self._on_message_complete()
        elif line.partition(b":")[0].strip().lower() in RFC9110_6_5_1_FORBIDDEN_TRAILER:
            raise InvalidHeader("Forbidden field in the trailer")
        return True

    def _end_of(self, mark: bytes) -> int:
        """Where `mark` begins in the buffer; the buffer's end if it has not arrived."""
        end = self._buffer.find(mark)
        return len(self._buffer) if end == -1 else end

    def _take_line(self, most: int) -> bytes | None:
        """Remove a line of at most `most` bytes from the buffer; None if its end has not arrived."""
        end = self._buffer.find(CRLF, 0, most + len(CRLF))
        if end == -1:
            if len(self._buffer) > most + 1:
                raise InvalidChunkSize("A line of a chunked body is too long")
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + len(CRLF)]
        return line
