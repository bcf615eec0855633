"""Writes the Arrow files that a `CustomerIndex` maps into memory."""

from pathlib import Path
from zlib import crc32

import numpy as np
import pyarrow as pa

PIECE = 1_000_000  # ids that are converted to text at once


def write_index(path: Path, ids: pa.Array) -> None:
    """Write the CRC-32 of each id (text) in ascending order, and its row, for a `CustomerIndex`."""
    sums = np.empty(len(ids), np.uint32)
    # In pieces: ten million ids as Python strings would take a gigabyte.
    for start in range(0, len(ids), PIECE):
        piece = [text.encode("utf-8", "surrogatepass") for text in ids[start : start + PIECE].to_pylist()]
        sums[start : start + len(piece)] = [crc32(text) for text in piece]
    rows = np.argsort(sums, kind="stable")
    write_arrow(path, pa.table({"sum": sums[rows], "row": rows.astype(np.uint32)}))


def write_arrow(path: Path, table: pa.Table) -> None:
    """Write a table uncompressed and in one chunk, so that it can be mapped into memory."""
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())
