"""Tables without the rows of forgotten customers: Arrow, Parquet, CSV and Excel files."""

import csv
import gzip
import io
from pathlib import Path
from zipfile import ZipFile

import fastexcel
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from clientela.exports.files import write_file
from clientela.forgetting.wanted import COLUMNS, Wanted

LARGEST_FIELD = 10_000_000


def rows_of(table: pa.Table, wanted: Wanted) -> pa.ChunkedArray:
    """Whether each row of a table is of a forgotten customer: an id column has the id, or another text names it."""
    found = pa.chunked_array([pa.array([False] * table.num_rows, pa.bool_())])
    terms = pa.array(sorted(wanted.terms), pa.string())
    for name in table.column_names:
        column = table[name]
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
            if name not in COLUMNS or not pa.types.is_integer(column.type):
                continue
            column = column.cast(pa.string())
        column = column.cast(pa.string())
        hit = pc.is_in(column, terms)
        if name not in COLUMNS and wanted.in_text is not None:
            texts = column.unique().drop_null().to_pylist()
            named = pa.array([text for text in texts if wanted.in_a_text(text)], pa.string())
            hit = pc.is_in(column, named)
        elif name not in COLUMNS:
            continue
        found = pc.or_(found, hit)
    return found


def read_arrow_table(path: Path) -> pa.Table:
    """Read an Arrow or Parquet file."""
    if path.suffix == ".arrow":
        with pa.OSFile(str(path)) as file:
            return pa.ipc.open_file(file).read_all()
    return pq.read_table(path)


def write_arrow_table(table: pa.Table, path: Path, like: Path) -> None:
    """Write a table in the format of another file."""
    if like.suffix == ".arrow":
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table.combine_chunks())
        return
    compression = pq.ParquetFile(like).metadata.row_group(0).column(0).compression if table.num_columns else "ZSTD"
    pq.write_table(table, path, compression=compression)


def read_csv_rows(path: Path) -> list[list[str]]:
    """The rows of a CSV file, compressed or not."""
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    before = csv.field_size_limit(LARGEST_FIELD)  # the limit of the whole process, which requests depend on
    try:
        return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    finally:
        csv.field_size_limit(before)


def hit_rows(rows: list[list[str]], wanted: Wanted) -> list[int]:
    """The numbers of the rows below the header that are of a forgotten customer."""
    if not rows:
        return []
    keys = {place for place, name in enumerate(rows[0]) if name in COLUMNS}

    def is_hit(row: list[str]) -> bool:
        return any(
            value.removeprefix("'") in wanted.terms if place in keys else wanted.in_a_text(value)
            for place, value in enumerate(row)
        )

    return [number for number, row in enumerate(rows) if number and is_hit(row)]


def write_csv_rows(rows: list[list[str]], path: Path, like: Path) -> None:
    """Write rows as CSV, compressed if the other file is."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    data = text.getvalue().encode()
    if like.suffix == ".gz":
        with path.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as file:
            file.write(data)
        return
    path.write_bytes(data)


def sheets_of(path: Path) -> dict[str, pd.DataFrame]:
    """The sheets of a workbook, with all cells as text."""
    book = fastexcel.read_excel(str(path))
    return {name: book.load_sheet(name, dtypes="string").to_pandas() for name in book.sheet_names}


def hit_cells(frame: pd.DataFrame, wanted: Wanted) -> pd.Series:
    """Whether each row of a sheet is of a forgotten customer."""
    rows = [list(map(str, frame.columns)), *frame.astype(object).fillna("").astype(str).to_numpy().tolist()]
    hits = set(hit_rows(rows, wanted))
    return pd.Series([number + 1 in hits for number in range(len(frame))], index=frame.index, dtype=bool)


def rewrite_workbook(path: Path, target: Path, wanted: Wanted) -> None:
    """Write a workbook without the rows of forgotten customers; one with several sheets keeps the first one's name."""
    book = fastexcel.read_excel(str(path))
    frames = {name: book.load_sheet(name).to_pandas() for name in book.sheet_names}
    texts = sheets_of(path)
    kept = {name: frame[~hit_cells(texts[name], wanted).to_numpy()] for name, frame in frames.items()}
    if len(kept) == 1:
        ((name, frame),) = kept.items()
        copy = target.with_suffix(".xlsx")
        write_file(frame.reset_index(drop=True), copy, sheet=name, key="customer_id")
        copy.replace(target)
        return
    import xlsxwriter

    with xlsxwriter.Workbook(str(target), {"nan_inf_to_errors": True}) as workbook:
        for name, frame in kept.items():
            page = workbook.add_worksheet(name[:31])
            page.write_row(0, 0, list(map(str, frame.columns)))
            for number, row in enumerate(frame.astype(object).where(frame.notna(), None).itertuples(index=False), 1):
                for place, value in enumerate(row):
                    if isinstance(value, (int, float)):
                        page.write_number(number, place, value)
                    elif value is not None:
                        page.write_string(number, place, str(value))


def text_of_archive(path: Path) -> list[bytes]:
    """The unpacked members of a ZIP archive, such as a workbook."""
    with ZipFile(path) as archive:
        return [archive.read(name) for name in archive.namelist()]
