"""One file: whether it names a forgotten customer, and how it is rewritten without one."""

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, is_zipfile

import pyarrow as pa

from clientela.forgetting import tables
from clientela.forgetting.wanted import COLUMNS, GONE, Wanted

TABLES = (".arrow", ".parquet", ".pq")
CSV = (".csv", ".csv.gz")
TEXTS = (".html", ".md", ".txt", ".yaml", ".yml", ".svg", ".log", ".xml", ".eml")
JSON_IN_PAGE = re.compile(r"(<script[^>]*application/json[^>]*>)(.*?)(</script>)", re.DOTALL)
IN_CODE = "<code>{}</code>"
TAG_OR_TEXT = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>|[^<]+|<", re.DOTALL)


def names_customer(path: Path, wanted: Wanted) -> bool:
    """Whether a file names a forgotten customer: in its cells, values or texts, and in its bytes, also unpacked ones.

    A file that cannot be read in its format is searched as bytes.
    """
    is_read = path.name.lower().endswith((*TABLES, *CSV, ".xlsx", ".json", ".html"))
    try:
        if is_read and _in_format(path, wanted):
            return True
    except (OSError, ValueError, BadZipFile, pa.ArrowException, KeyError, EOFError):
        is_read = False
    return _in_bytes(path, wanted.in_bytes(with_numbers=not is_read))


def rewrite(path: Path, target: Path, wanted: Wanted) -> bool:
    """Write a file without the forgotten customers.

    Args:
        path: the file.
        target: path of the new file.
        wanted: the ids.

    Returns:
        Whether the new file was written; False if the format cannot be rewritten, and the file must be deleted.
    """
    name = path.name.lower()
    if name.endswith(TABLES):
        table = tables.read_arrow_table(path)
        hits = tables.rows_of(table, wanted)
        tables.write_arrow_table(table.filter(tables.pc.invert(hits)), target, path)
    elif name.endswith(CSV):
        rows = tables.read_csv_rows(path)
        hits_ = set(tables.hit_rows(rows, wanted))
        tables.write_csv_rows([row for number, row in enumerate(rows) if number not in hits_], target, path)
    elif name.endswith(".xlsx"):
        tables.rewrite_workbook(path, target, wanted)
    elif name.endswith(".json") or path.name == "MLmodel":
        write_json = name.endswith(".json")
        text = path.read_text(encoding="utf-8")
        target.write_text(_json_text(text, wanted) if write_json else wanted.without(text), encoding="utf-8")
    elif name.endswith(TEXTS):
        target.write_text(_page_without(path.read_text(encoding="utf-8"), wanted), encoding="utf-8")
    else:
        return False
    return True


def without_customers(value: Any, wanted: Wanted) -> Any:
    """Plain data without the forgotten customers: list items that are or describe one are left out."""
    if isinstance(value, list):
        return [without_customers(item, wanted) for item in value if not _is_customer(item, wanted)]
    if isinstance(value, dict):
        return {
            wanted.without(name) if isinstance(name, str) else name: without_customers(item, wanted)
            for name, item in value.items()
            if not wanted.is_id(name)
        }
    return wanted.without(value) if isinstance(value, str) else value


def _is_customer(item: Any, wanted: Wanted) -> bool:
    if isinstance(item, dict):
        return any(wanted.is_id(item.get(name)) for name in COLUMNS)
    if isinstance(item, list):  # a row of a table in "split" form begins with the id
        return bool(item) and wanted.is_id(item[0])
    return wanted.is_id(item)


def _json_text(text: str, wanted: Wanted) -> str:
    found = json.loads(text)
    indent = 2 if "\n" in text else None
    separators = None if indent or ", " in text else (",", ":")
    return json.dumps(without_customers(found, wanted), ensure_ascii=False, indent=indent, separators=separators)


def _page_without(text: str, wanted: Wanted) -> str:
    """A text or page: ids in its data, in code marks and as words are gone."""

    def data(match: re.Match[str]) -> str:
        try:
            return match[1] + _json_text(match[2], wanted).replace("<", "\\u003c") + match[3]
        except ValueError:
            return match[0]

    text = JSON_IN_PAGE.sub(data, text)
    for term in wanted.terms:
        text = text.replace(IN_CODE.format(term), IN_CODE.format(GONE))
    if wanted.in_text is None:
        return text
    # Scripts, and attributes of tags such as the figures by which a table is sorted, are no texts.
    return "".join(
        part[0] if part[0].startswith("<") else wanted.in_text.sub(GONE, part[0]) for part in TAG_OR_TEXT.finditer(text)
    )


def _in_format(path: Path, wanted: Wanted) -> bool:
    name = path.name.lower()
    if name.endswith(TABLES):
        return bool(tables.pc.any(tables.rows_of(tables.read_arrow_table(path), wanted)).as_py())
    if name.endswith(CSV):
        return bool(tables.hit_rows(tables.read_csv_rows(path), wanted))
    if name.endswith(".xlsx"):
        return any(tables.hit_cells(frame, wanted).any() for frame in tables.sheets_of(path).values())
    if name.endswith(".json"):
        found = json.loads(path.read_text(encoding="utf-8"))
        return bool(without_customers(found, wanted) != found)
    if name.endswith(".html"):
        text = path.read_text(encoding="utf-8")
        return _page_without(text, wanted) != text
    return False


def _in_bytes(path: Path, pattern: re.Pattern[bytes] | None) -> bool:
    if pattern is None:
        return False
    if pattern.search(path.read_bytes()):
        return True
    unpackers: list[Callable[[], list[bytes]]] = []
    if path.suffix == ".gz":
        unpackers.append(lambda: [gzip.decompress(path.read_bytes())])
    if is_zipfile(path):
        unpackers.append(lambda: tables.text_of_archive(path))
    for unpack in unpackers:
        try:
            if any(pattern.search(part) for part in unpack()):
                return True
        except (OSError, BadZipFile, EOFError, NotImplementedError):
            continue
    return False
