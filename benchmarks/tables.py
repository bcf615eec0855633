"""The tables of docs/benchmark.md, from the measured figures in `benchmarks/segmentations.json`.

python benchmarks/tables.py
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

MEASURED = Path(__file__).with_name("segmentations.json")
LEAST_CEILING = 0.01  # of the variance: what explains less predicts nothing, and shares of it are noise
KINDS = {
    "all": "all customers",
    "segment, large": "segments, large",
    "segment, small": "segments, small",
    "decile": "ten groups",
}


def number(value: float | None, form: str) -> str:
    """A figure, or nothing if it was not measured."""
    return "" if value is None else format(value, form)


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, texts: int) -> str:
    """A Markdown table whose first columns are texts."""
    lines = [head, ["---"] * texts + ["--:"] * (len(head) - texts), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def shop_table(rows: Iterable[Mapping[str, Any]]) -> str:
    """What segmentations explain of the next period, and how steady they are."""
    head = [
        "data set",
        "segmentation",
        "segments",
        "explained",
        "of the ceiling",
        "stability",
        "moved",
        "renamed",
        "seconds",
    ]
    return table(head, (_shop_cells(row) for row in rows if row["explained"] is not None), texts=2)


def _shop_cells(row: Mapping[str, Any]) -> list[str]:
    part = row["explained"] / row["ceiling"] if row["ceiling"] >= LEAST_CEILING else None
    return [
        row["dataset"],
        row["method"],
        str(row["segments"] or ""),
        f"{row['explained']:.3f}",
        number(part, ".0%"),
        number(row["stability"], ".2f"),
        number(row["moved"], ".1%"),
        number(row["renamed"], ".1%"),
        number(row["seconds"], ".1f"),
    ]


def customer_table(rows: Iterable[Mapping[str, Any]]) -> str:
    """The segmentations of tables with one row per customer."""
    head = ["data set", "segmentation", "segments", "silhouette", "stability", "seconds"]
    cells = (
        [
            row["dataset"],
            row["method"],
            str(row["segments"]),
            f"{row['silhouette']:.3f}",
            number(row["stability"], ".2f"),
            number(row["seconds"], ".1f"),
        ]
        for row in rows
        if row["silhouette"] is not None
    )
    return table(head, cells, texts=2)


def coverage_table(rows: Iterable[Mapping[str, Any]]) -> str:
    """How often the 90 % intervals of the forecast covered what happened."""
    head = ["data set", "season", "groups", "days", "dates", "forecasts", "error", "covered", "width"]
    cells = (
        [
            row["dataset"],
            "yes" if row["season"] else "no",
            KINDS[row["groups"]],
            str(row["days"]),
            str(row["dates"]),
            str(row["count"]),
            f"{row['error']:.1%}",
            f"{row['covered']:.0%}",
            f"{row['width']:.0%}",
        ]
        for row in rows
        if row["groups"] in KINDS
    )
    return table(head, cells, texts=3)


def page_tables(measured: Mapping[str, Any]) -> list[str]:
    """The tables of the page: of shops, of tables of customers, and of the forecast's coverage."""
    results = [row for one in measured.values() for row in one["segmentations"]]
    coverage = [row for one in measured.values() for row in one["coverage"]]
    return [shop_table(results), customer_table(results), coverage_table(coverage)]


def load_measured(path: Path = MEASURED) -> dict[str, Any]:
    """The figures that were measured, by data set; none if the file does not exist."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


if __name__ == "__main__":
    print("\n\n".join(page_tables(load_measured())))
