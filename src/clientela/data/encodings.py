"""Text encodings: which one a file has, and a copy of it in UTF-8 where DuckDB cannot read it as it is."""

import codecs
import gzip
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO

from clientela.errors import InvalidData

PIECE = 1 << 22  # bytes that are read at once
SAMPLE = 1 << 18
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
         (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip
UTF_8 = ("utf-8", "utf-8-sig", "ascii")
LIKE_ASCII = (*UTF_8, "cp1252", "latin-1")
GUESSED = ("cp1252", "latin-1")  # every text can be decoded by one of these
GZIP = b"\x1f\x8b"
UNDEFINED_IN_CP1252 = b"\x81\x8d\x8f\x90\x9d"
# Text in a single-byte encoding has valid UTF-8 sequences by chance only. Above this share of them, UTF-8 is damaged.
LARGEST_CHANCE = 0.5


@dataclass(frozen=True)
class TextFile:
    """A text file and how it is written.

    Attributes:
        path: path of the file; it may be compressed (.gz).
        encoding: name of its encoding.
        mixed_line_ends: whether lines end in different ways, which DuckDB refuses.
    """

    path: Path
    encoding: str
    mixed_line_ends: bool = False


def is_compressed(path: Path) -> bool:
    """Whether the content of a file is compressed by gzip, whatever its name says."""
    with path.open("rb") as file:
        return file.read(len(GZIP)) == GZIP


@contextmanager
def open_bytes(path: Path) -> Iterator[BinaryIO]:
    """Open the bytes of a file, decompressed if it is compressed.

    Raises:
        InvalidData: the file cannot be opened or decompressed.
    """
    try:
        with gzip.open(path) if is_compressed(path) else path.open("rb") as file:
            yield file  # type: ignore[misc]
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidData(
            f"The source {path.name!r} cannot be read; it may be damaged ({type(error).__name__})."
        ) from error


def detect_text_file(path: Path, encoding: str | None) -> TextFile:
    """Find the encoding and the line ends of a text file, and check that it can be decoded.

    Args:
        path: path of the file.
        encoding: name of the encoding in the settings; None detects UTF-8, UTF-16, UTF-32, cp1252 and latin-1.

    Raises:
        InvalidData: a byte cannot be decoded; the message has its line.
    """
    with open_bytes(path) as file:
        start = file.read(SAMPLE)
    # A byte order mark is certain, whatever the settings say.
    known = _by_mark(start) or encoding or _by_zeros(start)
    if not _can_be_decoded(path, known or "utf-8"):
        if known or _is_damaged_utf_8(path):
            name = known or "utf-8"
            raise InvalidData(
                f"The text of {path.name!r} must be in the encoding {name}. "
                f"{_first_broken_place(path, name)} cannot be decoded; repair it, or set encoding to the file's own, "
                "such as cp1252 or latin-1."
            )
        if b"\0" in start:
            raise InvalidData(f"The source {path.name!r} must be a text file. Got binary data.")
        known = "latin-1" if _has_any(path, UNDEFINED_IN_CP1252) else "cp1252"
    return TextFile(path, known or "utf-8", _has_mixed_line_ends(path))


def texts(file: TextFile) -> Iterator[str]:
    """The text of a file in pieces, without a byte order mark."""
    decoder = codecs.getincrementaldecoder(file.encoding)()
    for piece in _pieces(file.path):
        yield decoder.decode(piece)
    yield decoder.decode(b"", final=True)


def lines(file: TextFile) -> Iterator[str]:
    """The lines of a text file, each with a line feed at its end."""
    held = ""
    for text in texts(file):
        *complete, held = split_lines(held + text)
        yield from complete
    if held:
        yield held.removesuffix("\r") + "\n"


def split_lines(text: str) -> list[str]:
    r"""The lines of a text with a line feed at their ends, and what follows the last line end.

    >>> split_lines("a\r\nb\rc")
    ['a\n', 'b\n', 'c']
    """
    held = "\r" if text.endswith("\r") else ""  # a line feed may follow it
    *complete, last = text.removesuffix("\r").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [*(f"{line}\n" for line in complete), last + held]


def write_utf_8(
    file: TextFile, target: Path, *, skip_lines: int = 0, change: Callable[[str], str] | None = None
) -> None:
    """Write a copy of a text file in UTF-8, with equal line ends and without its first lines.

    Args:
        file: the file.
        target: path of the copy.
        skip_lines: number of lines to leave out.
        change: changes each line.
    """
    with target.open("w", encoding="utf-8", newline="\n") as copy:
        text = islice(lines(file), skip_lines, None)
        copy.writelines(map(change, text) if change else text)


def _pieces(path: Path) -> Iterator[bytes]:
    with open_bytes(path) as file:
        while piece := file.read(PIECE):
            yield piece


def _by_mark(start: bytes) -> str | None:
    return next((name for mark, name in MARKS if start.startswith(mark)), None)


def _by_zeros(start: bytes) -> str | None:
    """UTF-16 without a byte order mark: every other byte of a Western text is zero."""
    half = len(start) // 2
    if start[1::2].count(0) > 0.4 * half and start[::2].count(0) < 0.1 * half:
        return "utf-16-le"
    if start[::2].count(0) > 0.4 * half and start[1::2].count(0) < 0.1 * half:
        return "utf-16-be"
    return None


def _can_be_decoded(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for piece in chain(_pieces(path), [b""]):
            # Decoding is slow, and most pieces of most files need none.
            is_plain = encoding in LIKE_ASCII and piece.isascii() and piece and not decoder.getstate()[0]
            if not is_plain:
                decoder.decode(piece, final=not piece)
    except UnicodeDecodeError:
        return False
    return True


def _first_broken_place(path: Path, encoding: str) -> str:
    """The line with the first byte that cannot be decoded, and the character in it, both counted from 1."""
    decoder, line, character = codecs.getincrementaldecoder(encoding)(), 1, 1
    for piece in chain(_pieces(path), [b""]):
        try:
            text, is_broken = decoder.decode(piece, final=not piece), False
        except UnicodeDecodeError as error:
            text, is_broken = bytes(error.object[: error.start]).decode(encoding, "ignore"), True
        *complete, last = split_lines(text)
        line, character = line + len(complete), len(last) + (1 if complete else character)
        if is_broken:
            break
    return f"Line {line:,}, character {character:,}"


def _is_damaged_utf_8(path: Path) -> bool:
    """Whether the bytes outside of ASCII are mostly valid UTF-8."""
    valid = invalid = 0
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    for piece in chain(_pieces(path), [b""]):
        text = decoder.decode(piece, final=not piece)
        replaced = text.count("\ufffd")
        invalid += replaced
        valid += len(text) - len(text.encode("ascii", "ignore")) - replaced
    return valid > LARGEST_CHANCE * (valid + invalid)


def _has_any(path: Path, wanted: bytes) -> bool:
    return any(byte in piece for piece in _pieces(path) for byte in wanted)


def _has_mixed_line_ends(path: Path) -> bool:
    """Whether a file has both line feeds and carriage returns, but not always together."""
    returns = feeds = both = 0
    before = b""
    for piece in _pieces(path):
        feeds += piece.count(b"\n")
        own_returns = piece.count(b"\r")
        returns += own_returns
        # Counting pairs is slow, and most files have none.
        both += (piece.count(b"\r\n") if own_returns else 0) + (before == b"\r" and piece[:1] == b"\n")
        before = piece[-1:]
    return (both > 0) + (feeds > both) + (returns > both) > 1
