"""The parser: what it refuses beyond gunicorn's, and that nothing of a connection grows without limit."""

import pytest
from gunicorn.asgi.parser import InvalidHeader, LimitRequestHeaders, LimitRequestLine, ParseError

from clientela.serving.parser import LARGEST_TAIL, StrictParser

GET = b"GET /version HTTP/1.1\r\n"
CHUNKED = b"POST /churn HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"


class Parsed:
    """A parser that notes the requests and bodies that it finds."""

    def __init__(self) -> None:
        self.requests: list[tuple[bytes, bytes]] = []
        self.bodies: list[bytes] = []
        self.parser = StrictParser(
            on_headers_complete=self._begin,
            on_body=self.bodies.append,
            on_message_complete=lambda: self.requests.append((self.parser.path, b"".join(self.bodies))),
        )

    def _begin(self) -> bool:
        self.bodies.clear()
        return False

    def feed(self, data: bytes, *, pieces: int = 1) -> list[tuple[bytes, bytes]]:
        """Feed the bytes; begin the next request whenever one is complete."""
        size = len(data) // pieces + 1
        for start in range(0, len(data), size):
            self.parser.feed(data[start : start + size])
            while self.parser.is_complete:
                self.parser.reset()
                self.parser.feed(b"")
        return self.requests


@pytest.mark.parametrize("pieces", [1, 7, 1_000])
@pytest.mark.parametrize(
    ("begin", "endless", "error"),
    [
        (b"", b"G" * 10_000, LimitRequestLine),
        (b"GET /", b"a" * 10_000, LimitRequestLine),
        (GET, b"X" * 10_000, LimitRequestHeaders),
        (GET + b"X: ", b"a" * 10_000, LimitRequestHeaders),
        (CHUNKED, b"1" * 10_000, ParseError),
        (CHUNKED + b"1;", b"a" * 10_000, ParseError),
        (CHUNKED + b"0\r\nX: ", b"a" * 10_000, ParseError),
        (CHUNKED + b"0\r\n", b"X: a\r\n" * 5_000, ParseError),
    ],
    ids=["method", "target", "header-name", "header-value", "chunk-size", "chunk-extension", "trailer", "trailers"],
)
def test_an_endless_line_is_refused(begin, endless, error, pieces):
    with pytest.raises(error):
        Parsed().feed(begin + endless, pieces=pieces)


@pytest.mark.parametrize(
    "lines",
    [
        b"Content-Length : 5\r\n", b"X\t: a\r\n", b"X: a\r\n folded: b\r\n", b"Transfer-Encoding: gzip, chunked\r\n",
        b"Transfer-Encoding: identity\r\n", b"Transfer-Encoding: chunked, chunked\r\n", b"Content-Length: +5\r\n",
        b"Content-Length: 1_0\r\n", b"Transfer-Encoding: \x0bchunked\r\n", b"Transfer-Encoding: chunked\x0c\r\n",
        b"Content-Length: \x1f5\r\n", b"X: a\x00b\r\n", b"X: a\x7f\r\n",
    ],
)  # fmt: skip
@pytest.mark.parametrize("pieces", [1, 5])
def test_headers_that_a_proxy_may_read_in_another_way_are_refused(lines, pieces):
    with pytest.raises(ParseError):
        Parsed().feed(GET + b"A: b\r\n" + lines + b"\r\n", pieces=pieces)


@pytest.mark.parametrize(
    "body",
    [b"5\r\nhelloXX0\r\n\r\n", b"5\r\nhello\n0\r\n\r\n", b"0x5\r\nhello\r\n", b"\r\nhello", b"5\nhello\r\n0\r\n\r\n",
     b"+5\r\nhello\r\n", b"5;a\nb\r\nhello", b"0\r\nContent-Length: 3\r\n\r\n"],
)  # fmt: skip
@pytest.mark.parametrize("pieces", [1, 5, 100])
def test_lenient_chunks_are_refused(body, pieces):
    with pytest.raises(ParseError):
        Parsed().feed(CHUNKED + body, pieces=pieces)


@pytest.mark.parametrize("pieces", [1, 3, 50, 1_000])
def test_requests_in_one_stream_are_all_found(pieces):
    with_body = b"POST /a HTTP/1.1\r\nContent-Length: 4\r\n\r\n \t: "
    chunked = CHUNKED + b"5;x=y\r\nhello\r\n1\r\n \r\n0\r\nX: a\r\n\r\n"
    found = Parsed().feed(with_body + GET + b"\r\n" + chunked + GET + b"A: b \t: c\r\n\r\n", pieces=pieces)
    assert found == [(b"/a", b" \t: "), (b"/version", b""), (b"/churn", b"hello "), (b"/version", b"")]


def test_a_body_of_head_is_not_another_request():
    hidden = GET + b"\r\n"
    head = b"HEAD /version HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(hidden)
    assert Parsed().feed(head + hidden) == [(b"/version", hidden)]


def test_a_full_tail_is_noticed():
    parsed = Parsed()
    parsed.parser.feed(GET + b"\r\n")
    assert not parsed.parser.tail_is_full
    parsed.parser.feed(b"a" * (LARGEST_TAIL + 1))
    assert parsed.parser.tail_is_full


def test_a_space_in_a_body_or_a_value_is_no_header():
    (found,) = Parsed().feed(b"POST /a HTTP/1.1\r\nA: b : c\r\nContent-Length: 9\r\n\r\n\r\n\r\n a : ")
    assert found == (b"/a", b"\r\n\r\n a : ")


def test_a_name_with_a_space_is_found_behind_other_lines():
    with pytest.raises(InvalidHeader):
        Parsed().feed(GET + b"A: b\r\nC: d\r\nE : f\r\n\r\n")


@pytest.mark.parametrize("target", [b"/customers/a\x00b", b"/customers/a\tb", b"/\x0b", b"/\x7f"])
def test_control_characters_in_the_target_are_refused(target):
    with pytest.raises(ParseError):
        Parsed().feed(b"GET " + target + b" HTTP/1.1\r\n\r\n")


def test_chunks_that_arrive_together_are_handed_on_together():
    parsed = Parsed()
    parsed.parser.feed(CHUNKED + b"1\r\na\r\n" * 5_000 + b"0\r\n\r\n")
    assert parsed.requests == [(b"/churn", b"a" * 5_000)]
    assert len(parsed.bodies) == 1
