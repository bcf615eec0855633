"""Writes files atomically: to a temporary file in the same folder, which then replaces the old one."""

import gzip
import io
import logging
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from clientela.errors import InvalidInput
from clientela.exports.destination import EXCEL, PARQUET
from clientela.processes import folder_prefix, left_files, temporary_name

logger = logging.getLogger(__name__)

EXCEL_ROWS = 1_048_576  # limit of the format; the header counts as a row
EXCEL_TEXT = 32_767
EXCEL_WIDEST = 60  # characters
ROWS_LOOKED_AT = 1_000  # to choose the widths of columns

# A spreadsheet runs text that starts with "=", and with "+", "-" or "@" unless a plain number or word follows.
# Some programs skip invisible characters before it, and take full-width signs for the usual ones.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
INVISIBLE = "\v\f\u00a0\ufeff\u200b"
HARMLESS = re.compile(r"[+\-@][\w .\-]*")


def write_file(frame: pd.DataFrame, path: Path, *, sheet: str, key: str) -> None:
    """Write a frame in the format of the extension; a warning counts the ids that a CSV has to change.

    Args:
        frame: the rows.
        path: path of the file; its extension names the format.
        sheet: name of the sheet in Excel.
        key: column of the ids.

    Raises:
        InvalidInput: the format cannot hold the frame, or the file cannot be written.
    """
    name = path.name.lower()
    try:
        with whole_file(path) as temporary:
            if name.endswith(EXCEL):
                _write_excel(frame, temporary, sheet)
            elif name.endswith(PARQUET):
                pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), temporary, compression="zstd")
            else:
                _write_csv(frame, temporary, key=key, compressed=name.endswith(".gz"))
    except (OSError, pa.ArrowException) as error:
        raise InvalidInput(f"The destination {str(path)!r} cannot be written: {first_line(error)}") from error


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A temporary file that replaces `path` at the end of the context, and is deleted after an error.

    It first deletes the temporary files that killed processes have left in the folder, which may hold customers' data.
    """
    for left in left_files(path.parent):
        with suppress(OSError):
            left.unlink()
    temporary = path.with_name(temporary_name())
    try:
        temporary.touch(exist_ok=False)
        if path.exists():
            temporary.chmod(path.stat().st_mode & 0o777)
        yield temporary
        _sync(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    _sync(path.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_csv(frame: pd.DataFrame, path: Path, *, key: str, compressed: bool) -> None:
    frame = frame.reset_index(drop=True)
    safe = frame.assign(**{name: _no_formulas(frame[name], key) for name in frame if _is_text(frame[name])})
    if not compressed:
        safe.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")
        return
    # No name and no time in gzip's header, so that the same table gives the same bytes.
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as file:
        safe.to_csv(file, index=False, encoding="utf-8", lineterminator="\n")


def _no_formulas(column: pd.Series, key: str) -> pd.Series:
    """The column with an apostrophe before each text that a spreadsheet would run as a formula."""
    suspects = column[column.notna() & column.astype("str").str.lstrip(INVISIBLE).str[:1].isin(FORMULA_STARTS)].astype(
        "str"
    )
    runs = suspects[[HARMLESS.fullmatch(text) is None for text in suspects]]
    if runs.empty:
        return column
    if column.name == key:
        logger.warning(
            "%d ids start with an apostrophe in the CSV, because a spreadsheet would run them as formulas", len(runs)
        )
    safe = column.astype(object)
    safe[runs.index] = "'" + runs
    return safe


def _is_text(column: pd.Series) -> bool:
    return not (pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column))


def _write_excel(frame: pd.DataFrame, path: Path, sheet: str) -> None:
    # Slow to import, and only needed for this format.
    import xlsxwriter

    _check_fits_excel(frame)
    columns = [_excel_values(frame[name]) for name in frame]
    # In memory: after an error, xlsxwriter would keep a file of its own open.
    written = io.BytesIO()
    with tempfile.TemporaryDirectory(prefix=folder_prefix("sheet")) as folder:
        book = xlsxwriter.Workbook(
            written, {"constant_memory": True, "tmpdir": folder, "nan_inf_to_errors": True, "remove_timezone": True}
        )
        # A fixed date, so that the same table gives the same bytes.
        book.set_properties({"created": datetime(2000, 1, 1, tzinfo=UTC)})
        page = book.add_worksheet(sheet[:31])
        page.freeze_panes(1, 0)
        page.autofilter(0, 0, len(frame), max(frame.shape[1] - 1, 0))
        bold = book.add_format({"bold": True})
        day, moment = (book.add_format({"num_format": form}) for form in ("yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"))
        writers: dict[type, Callable[..., Any]] = {
            bool: page.write_boolean,
            int: page.write_number,
            float: page.write_number,
            datetime: lambda row, column, value: page.write_datetime(row, column, value, moment),
            date: lambda row, column, value: page.write_datetime(row, column, value, day),
        }
        for place, name in enumerate(frame):
            page.set_column(place, place, _width(str(name), columns[place]))
            page.write_string(0, place, str(name), bold)
        for row, values in enumerate(zip(*columns, strict=True), start=1):
            for place, value in enumerate(values):
                if value is not None:
                    # Everything else is written as text, so that nothing becomes a formula or a link.
                    write = writers.get(type(value))
                    _ = write(row, place, value) if write else page.write_string(row, place, str(value))
        book.close()
    path.write_bytes(written.getvalue())


def _check_fits_excel(frame: pd.DataFrame) -> None:
    if len(frame) >= EXCEL_ROWS:
        raise InvalidInput(
            f"An Excel sheet holds at most {EXCEL_ROWS - 1:,} rows below its header. Got {len(frame):,} rows; "
            "write .csv, .parquet or to a database instead."
        )
    for name in frame:
        longest = max(map(len, frame[name].dropna().astype("str")), default=0) if _is_text(frame[name]) else 0
        if longest > EXCEL_TEXT:
            raise InvalidInput(
                f"An Excel cell holds at most {EXCEL_TEXT:,} characters. Got {longest:,} in the column {name!r}."
            )


def _excel_values(column: pd.Series) -> list[Any]:
    values = column.dt.to_pydatetime() if pd.api.types.is_datetime64_any_dtype(column) else column
    return pd.Series(values, dtype=object, index=column.index).where(column.notna(), None).tolist()


def _width(name: str, values: list[Any]) -> int:
    longest = max((len(str(value)) for value in values[:ROWS_LOOKED_AT]), default=0)
    return min(max(longest, len(name) + 3) + 2, EXCEL_WIDEST)  # 3 for the button of the filter


def first_line(error: BaseException) -> str:
    """The first line of an error's message."""
    return (str(error).splitlines() or [type(error).__name__])[0]
