"""Random exports of a shop, and what must be read of them."""

import csv
import gzip
import io
import json
import zipfile
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

HEADERS = {
    "en": ("Customer ID", "Order ID", "Order Date", "Total", "Status", "Name"),
    "pt": ("Cód. Cliente", "Nº Pedido", "Data da Compra", "Valor (R$)", "Situação", "Razão Social"),
    "es": ("ID de cliente", "Nº de pedido", "Fecha", "Importe €", "Estado", "Año, mes; notas"),
    "de": ("Kunden-Nr.", "Bestell-Nr.", "Datum", "Gesamtbetrag", "Status", 'Größe in " (Zoll)'),
}
NULL_WORDS = ("NaN", "NULL", "null", "None", "N/A", "#N/A", "(blank)", "0", "-1", "", " ", "\u00a0")
NAMES = (
    "Claire Gute",
    "José Ñandú",
    "Müller & Söhne, GmbH",
    'the "Shop"',
    "a;b|c\td",
    "it's 5\" wide",
    "",
    "two\nlines",
)
DATE_FORMATS = ("ISO8601", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%y", "%d-%b-%y", "%Y%m%d", "%Y-%m-%d %H:%M:%S")
PAID = "Paid"
STATUSES = (PAID, "paid ", "Cancelled", "On Hold", "")
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252")
FIRST = date(2019, 1, 1)


@dataclass(frozen=True)
class Line:
    """A line of an order, or a refund."""

    customer: str
    order: str
    day: date
    amount: Decimal
    status: str
    name: str


@dataclass(frozen=True)
class Style:
    """How an export is written."""

    ending: str
    encoding: str
    delimiter: str
    line_end: str
    decimal: str
    thousands: str
    currency: str
    negative: str
    date_format: str
    language: str
    titles: int
    quoting: int
    order_totals: bool

    @property
    def is_text(self) -> bool:
        """Whether the export is a text file, compressed or not."""
        return self.ending in (".csv", ".txt", ".tsv.gz", ".zip")


@dataclass(frozen=True)
class Truth:
    """What must be read of an export: net money per customer, the orders, and the amounts of the lines."""

    money: dict[str, Decimal]
    orders: set[tuple[str, str, date]]
    amounts: Counter[tuple[str, str, Decimal]]


styles = st.builds(
    Style,
    ending=st.sampled_from([".csv", ".csv", ".txt", ".tsv.gz", ".zip", ".xlsx", ".parquet", ".jsonl", ".json"]),
    encoding=st.sampled_from(ENCODINGS),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    decimal=st.sampled_from([".", ","]),
    thousands=st.sampled_from(["", "other", " ", "'", "\u00a0"]),
    currency=st.sampled_from(["{}", "R$ {}", "${}", "{} €", "EUR {}", " {} "]),
    negative=st.sampled_from(["-{}", "({})", "{}-"]),
    date_format=st.sampled_from(DATE_FORMATS),
    language=st.sampled_from(sorted(HEADERS)),
    titles=st.sampled_from([0, 0, 1, 3]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    order_totals=st.booleans(),
)  # fmt: skip

ids = st.text("0123456789", min_size=1, max_size=6).filter(lambda text: text != "0") | st.text(
    "ABCXYZ0123456789-", min_size=2, max_size=8
).filter(lambda text: text.lower().strip() not in ("-1", "na", "nan", "--") and text.strip("-") != "")


@st.composite
def shops(draw: st.DrawFn) -> list[Line]:
    """Lines of some orders; some have no customer, and some purchases are refunded in part or in full."""
    customers = [*draw(st.lists(ids, min_size=1, max_size=5, unique=True)), draw(st.sampled_from(NULL_WORDS))]
    lines = []
    for number in range(draw(st.integers(1, 12))):
        customer = draw(st.sampled_from(customers))
        day = FIRST + timedelta(days=draw(st.integers(0, 1_500)))
        status = draw(st.sampled_from(STATUSES))
        cents = st.integers(1, 3_000_000) if draw(st.booleans()) else st.integers(100, 99_999)
        paid = [Decimal(draw(cents)) / 100 for _ in range(draw(st.integers(1, 3)))]
        name = draw(st.sampled_from(NAMES))
        lines += [Line(customer, f"A{number}", day, amount, status, name) for amount in paid]
        if draw(st.integers(0, 4)) == 0:
            refund = -draw(st.sampled_from([paid[0], Decimal(1) / 100]))
            later = day + timedelta(days=draw(st.integers(1, 30)))
            lines.append(Line(customer, f"R{number}", later, refund, status, name))
    return lines


def truth_of(lines: list[Line]) -> Truth:
    """Net money and orders of the customers whose status is paid."""
    money: dict[str, Decimal] = defaultdict(Decimal)
    truth = Truth(money, set(), Counter())
    for line in lines:
        if line.customer in NULL_WORDS or line.status.strip().lower() != PAID.lower():
            continue
        money[line.customer] += line.amount
        if line.amount > 0:
            truth.orders.add((line.customer, line.order, line.day))
            truth.amounts[line.customer, line.order, line.amount] += 1
    return truth


def _amount(amount: Decimal, style: Style) -> str:
    other = "," if style.decimal == "." else "."
    sign = other if style.thousands == "other" else style.thousands
    text = f"{abs(amount):,.2f}".replace(",", "x").replace(".", style.decimal).replace("x", sign)
    return style.currency.format(style.negative.format(text) if amount < 0 else text)


def _day(day: date, time_format: str) -> str:
    if time_format == "ISO8601":
        return day.isoformat()
    return datetime(day.year, day.month, day.day, 13, 5).strftime(time_format)


def _rows(lines: list[Line], style: Style) -> list[list[Any]]:
    totals: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for line in lines:
        totals[line.customer, line.order] += line.amount
    return [
        [
            line.customer, line.order, _day(line.day, style.date_format),
            totals[line.customer, line.order] if style.order_totals else line.amount, line.status, line.name,
        ]
        for line in lines
    ]  # fmt: skip


def _text(rows: list[list[Any]], style: Style) -> bytes:
    sink = io.StringIO()
    for number in range(style.titles):
        sink.write(f"Report {number}" + style.line_end)
    delimiter = "\t" if style.ending == ".tsv.gz" else style.delimiter
    writer = csv.writer(sink, delimiter=delimiter, quoting=style.quoting, lineterminator=style.line_end)  # type: ignore[arg-type]
    writer.writerow(HEADERS[style.language])
    for row in rows:
        # Python's writer quotes no line feed if lines end in another sign.
        name = row[5].replace("\n", style.line_end) if style.line_end == "\r" else row[5]
        writer.writerow([*row[:3], _amount(row[3], style), row[4], name])
    return sink.getvalue().encode(style.encoding)


def _workbook(rows: list[list[Any]], style: Style) -> bytes:
    book = openpyxl.Workbook()
    for _ in range(style.titles):
        book.active.append(["Report"])
    book.active.append(HEADERS[style.language])
    for row in rows:
        book.active.append([*row[:3], float(row[3]), *row[4:]])
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def export_bytes(lines: list[Line], style: Style) -> bytes:
    """The bytes of an export."""
    rows, header = _rows(lines, style), HEADERS[style.language]
    if style.is_text:
        text = _text(rows, style)
        if style.ending == ".tsv.gz":
            return gzip.compress(text)
        if style.ending != ".zip":
            return text
        sink = io.BytesIO()
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("export/orders.csv", text)
        return sink.getvalue()
    if style.ending == ".xlsx":
        return _workbook(rows, style)
    objects = [dict(zip(header, [*row[:3], float(row[3]), *row[4:]], strict=True)) for row in rows]
    if style.ending == ".parquet":
        sink = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(objects), sink)
        return sink.getvalue()
    if style.ending == ".json":
        return json.dumps(objects, ensure_ascii=False).encode(style.encoding)
    return "\n".join(json.dumps(each, ensure_ascii=False) for each in objects).encode(style.encoding)


def dataset_of(style: Style) -> dict[str, Any]:
    """The data set file that describes the export."""
    customer, order, day, amount, status, _ = HEADERS[style.language]
    other = "," if style.decimal == "." else "."
    return {
        "name": "shop",
        "title": "A shop",
        "columns": {"customer_id": customer, "order_id": order, "ordered_at": day, "amount": amount},
        "encoding": "utf-16-le" if style.encoding == "utf-16-le" and style.is_text else None,
        "decimal": style.decimal if style.is_text else ".",
        "thousands": other if style.thousands == "other" and style.is_text else None,
        "skip_rows": style.titles if style.is_text or style.ending == ".xlsx" else 0,
        "timestamp_format": None if style.date_format == "ISO8601" else style.date_format,
        "amount_is": "order" if style.order_totals else "line",
        "keep": {status: [PAID]},
        "cleaning": [{"rule": rule} for rule in ("unreadable_date", "missing_customer_id", "bad_amount")],
    }
