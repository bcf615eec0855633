"""The data dictionary of a run: every column of every table, with the ranges and missing values of its data."""

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import duckdb
import pandas as pd

from clientela.contracts import CANCELLATIONS, CUSTOMER_FEATURES, TRANSACTIONS, Column, Contract
from clientela.data.expressions import quoted_name
from clientela.exports.files import write_file
from clientela.loading import ShopData
from clientela.processes import folder_prefix
from clientela.quality.report import QualityReport
from clientela.reporting.dictionary import CONTRACTS
from clientela.reporting.environment import report_environment
from clientela.reporting.meanings import meaning_of, origin_of, unit_of
from clientela.reporting.words import Words
from clientela.settings import DatasetSettings

HEADERS = ("table", "column", "meaning", "type", "unit", "range", "missing", "origin", "sensitivity")
PLAIN = ("DOUBLE", "DECIMAL", "BIGINT", "INTEGER", "DATE", "TIMESTAMP")  # types whose range is shown
Known = Mapping[tuple[str, str], tuple[str, float | None]]  # (table, column) -> range, missing share


class Entry(TypedDict):
    """One column of a table; `missing` is a share in [0, 1], None where the run has no data of the table."""

    table: str
    column: str
    meaning: str
    type: str
    unit: str
    range: str
    missing: float | None
    origin: str
    sensitivity: str


@dataclass(frozen=True)
class DictionaryData:
    """What a run knows of its tables.

    Attributes:
        connection: DuckDB connection with the tables of the data.
        dataset: settings of the data set.
        data: what was loaded.
        quality: quality report of the data.
    """

    connection: duckdb.DuckDBPyConnection
    dataset: DatasetSettings
    data: ShopData
    quality: QualityReport


def dictionary_entries(known: DictionaryData, words: Words) -> list[Entry]:
    """The columns of the source, of the data set's own features, and of all contracts.

    Args:
        known: what the run knows of its tables.
        words: words of the language of the meanings.

    Returns:
        One entry per column.
    """
    figures = _figures(known, words)
    entries = [*_source_entries(known, words), *_own_entries(known, words)]
    for contract in CONTRACTS:
        entries += [_entry(contract, column, figures, words) for column in contract.columns]
    return entries


def dictionary_page(entries: list[Entry], *, title: str, words: Words) -> str:
    """The dictionary as one HTML page.

    Args:
        entries: its entries.
        title: title of the data set.
        words: words of the page's language.
    """
    tables: dict[str, list[Entry]] = {}
    for entry in entries:
        tables.setdefault(entry["table"], []).append(entry)
    environment = report_environment(words, package="clientela.segmentation.report")
    template = environment.get_template("dictionary.html.j2")
    return template.render(title=title, tables=tables, language=words.language)


def dictionary_sheet(entries: list[Entry]) -> bytes:
    """The dictionary as a workbook."""
    with tempfile.TemporaryDirectory(prefix=folder_prefix("logged")) as folder:
        path = Path(folder) / "dictionary.xlsx"
        write_file(pd.DataFrame(entries, columns=list(HEADERS)), path, sheet="dictionary", key="column")
        return path.read_bytes()


def _entry(contract: Contract, column: Column, figures: Known, words: Words) -> Entry:
    shown, missing = figures.get((contract.name, column.name), ("", None))
    sensitivity = contract.sensitivity_of(column)
    return {
        "table": contract.name,
        "column": column.name,
        "meaning": meaning_of(contract, column, words),
        "type": column.type,
        "unit": unit_of(column, words),
        "range": "" if sensitivity == "identifier" else shown,
        "missing": missing,
        "origin": origin_of(contract, words),
        "sensitivity": words.text(f"dictionary.{sensitivity}"),
    }


def _source_entries(known: DictionaryData, words: Words) -> Iterator[Entry]:
    """The columns of the source: those that are read, and those that are not."""
    types = {name: str(type_) for name, type_, *_ in known.connection.execute("describe source").fetchall()}
    read = {one["source"]: one for one in known.quality["columns"]}
    for name, type_ in types.items():
        one = read.get(name)
        if one is None and name.startswith("clientela."):
            continue
        canonical = one["column"] if one else ""
        column = next((each for each in TRANSACTIONS.columns if each.name == canonical), None)
        sensitivity = TRANSACTIONS.sensitivity_of(column) if column else "personal" if one else "unclear"
        yield {
            "table": "source",
            "column": name,
            "meaning": words.text("dictionary.read_as", column=canonical) if one else words.text("dictionary.not_used"),
            "type": type_,
            "unit": unit_of(column, words) if column else "",
            "range": "",
            "missing": 1 - one["filled"] if one else None,
            "origin": Path(known.data.source.location).name,
            "sensitivity": words.text(f"dictionary.{sensitivity}"),
        }


def _own_entries(known: DictionaryData, words: Words) -> Iterator[Entry]:
    """Attributes and event features of the data set."""
    if known.data.attributes is None:
        return
    for name in known.data.attributes.columns[1:]:
        values = known.data.attributes[name]
        is_number = pd.api.types.is_numeric_dtype(values)
        yield {
            "table": "attributes",
            "column": str(name),
            "meaning": words.text("dictionary.own", label=words.label(str(name))),
            "type": "DOUBLE" if is_number else "VARCHAR",
            "unit": "",
            "range": _range(values.min(), values.max(), words) if is_number else "",
            "missing": float(values.isna().mean()),
            "origin": known.dataset.name,
            "sensitivity": words.text("dictionary.personal"),
        }


def _figures(known: DictionaryData, words: Words) -> Known:
    """Range and share of missing values of the tables that the run has."""
    features = known.data.features
    found: dict[tuple[str, str], tuple[str, float | None]] = {}
    for name in (name for name in CUSTOMER_FEATURES.names[1:] if name in features):
        values = features[name]
        found[CUSTOMER_FEATURES.name, name] = (
            _range(values.min(), values.max(), words) if values.notna().any() else "",
            float(values.isna().mean()),
        )
    if known.data.has_transactions:
        for contract in (TRANSACTIONS, CANCELLATIONS):
            found |= _table_figures(known.connection, contract, words)
    return found


def _table_figures(connection: duckdb.DuckDBPyConnection, contract: Contract, words: Words) -> Known:
    names = [quoted_name(column.name) for column in contract.columns]
    parts = [f"count({name}), min({name}), max({name})" for name in names]
    rows, *values = connection.execute(f"select count(*), {', '.join(parts)} from {contract.name}").fetchall()[0]
    found: dict[tuple[str, str], tuple[str, float | None]] = {}
    for place, column in enumerate(contract.columns):
        filled, low, high = values[3 * place : 3 * place + 3]
        is_shown = column.type.startswith(PLAIN) and filled
        text = _range(low, high, words) if is_shown else ""
        found[contract.name, column.name] = (text, 1 - filled / rows if rows else None)
    return found


def _range(low: object, high: object, words: Words) -> str:
    return words.text("profiles.to", low=_written(low, words), high=_written(high, words))


def _written(value: object, words: Words) -> str:
    if hasattr(value, "year"):
        return words.date(str(value)[:10])
    number = float(str(value))
    return words.number(number, 0 if number.is_integer() else 2)
