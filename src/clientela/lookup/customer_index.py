"""Finds the rows of customers by their ids, in files that are mapped into memory."""

from bisect import bisect_left
from zlib import crc32

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


class CustomerIndex:
    """Finds the rows of customers by their ids, in files that are mapped into memory.

    It opens at once for any number of customers, and all workers of a machine share one copy. `index.arrow` holds the
    CRC-32 of every id in ascending order, and its row. The checksum finds the few candidate rows; comparing the ids
    finds the right one.

    Args:
        customers: path of the customers' Arrow file.
        index: path of the index file.

    Attributes:
        customers: table with one row per customer.

    Raises:
        ValueError: a file is damaged, or the two do not belong together.
    """

    def __init__(self, customers: str, index: str) -> None:
        self.customers = read_arrow(customers)
        index_ = read_arrow(index)
        _check_types(self.customers, {"customer_id": pa.string()})
        _check_types(index_, {"sum": pa.uint32(), "row": pa.uint32()})
        self._ids = in_place(self.customers["customer_id"])
        self._sums, self._rows = (in_place(index_[name]).to_numpy() for name in ("sum", "row"))
        _check_index(self._sums, self._rows, len(self._ids))
        # For a single id, plain Python is faster than arrays of length one.
        self._few_sums, self._few_rows = self._sums.data, self._rows.data

    def __len__(self) -> int:
        return len(self._ids)

    def row(self, id_: str | None) -> int:
        """The row of one canonical id; -1 if it is unknown."""
        if id_ is None:
            return -1
        text = id_.encode("utf-8", "surrogatepass")
        wanted = crc32(text)
        at = bisect_left(self._few_sums, wanted)
        while at < len(self._few_sums) and self._few_sums[at] == wanted:
            row = self._few_rows[at]
            if self._ids[row].as_buffer() == text:
                return row
            at += 1
        return -1

    def rows(self, ids: list[str | None]) -> np.ndarray:
        """The rows (int64) of many canonical ids, one per id; -1 for unknown ids."""
        if not len(self):
            return np.full(len(ids), -1)
        try:
            texts = list(map(str.encode, ids))  # type: ignore[arg-type]
        except (TypeError, UnicodeEncodeError):
            texts = [(id_ or "").encode("utf-8", "surrogatepass") for id_ in ids]
        sums = np.fromiter(map(crc32, texts), np.uint32, len(texts))
        at = np.minimum(np.searchsorted(self._sums, sums), len(self) - 1)
        rows = self._rows[at].astype(np.int64)
        there = pc.equal(self._ids.take(rows).cast(pa.binary()), pa.array(texts, pa.binary())).to_numpy(
            zero_copy_only=False
        )
        if there.all():
            return rows
        rows[~there] = -1
        # Another id with the same checksum may come first. This is rare, so such ids are looked up one by one.
        for position in np.flatnonzero(~there & (self._sums[at] == sums)).tolist():
            rows[position] = self.row(ids[position])
        return rows


def read_arrow(path: str) -> pa.Table:
    """Map an Arrow file into memory and validate it in full.

    pyarrow trusts the offsets and lengths in a file; without the validation, a damaged file ends the process later, at
    the row whose offset points elsewhere.

    Raises:
        ValueError: the file is damaged (also as pyarrow's ArrowInvalid).
    """
    with pa.memory_map(path) as file:
        table = pa.ipc.open_file(file).read_all()
    table.validate(full=True)
    return table


def _check_types(table: pa.Table, types: dict[str, pa.DataType]) -> None:
    for name, wanted in types.items():
        found = table.schema.field(name)  # a KeyError names a column that is missing
        if found.type != wanted or table[name].null_count:
            raise ValueError(f"The column {name} must have the type {wanted} and no missing values. Got {found.type}.")


def _check_index(sums: np.ndarray, rows: np.ndarray, customers: int) -> None:
    if len(rows) != customers:
        raise ValueError(f"The index must have one entry for each of the {customers:,} customers. Got {len(rows):,}.")
    if np.any(sums[1:] < sums[:-1]):
        raise ValueError("The checksums of the index must be in ascending order. They are not.")
    if customers and (rows.max() >= customers or np.bincount(rows, minlength=customers).max() > 1):
        raise ValueError("The index must name each row of the customers once. It does not.")


def in_place(column: pa.ChunkedArray) -> pa.Array:
    """The array of a column, without a copy: `write_index` and `write_arrow` write one chunk."""
    if column.num_chunks == 0:
        return pa.array([], column.type)
    (piece,) = column.chunks
    return piece
