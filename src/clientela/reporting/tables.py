"""Plain-text tables and the texts that runs of every product print."""

import json
import shlex
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

LEDGER_COLUMNS = ("rule", "rows_out", "rows_changed", "money_out", "rows_left", "money_left")


def ledger_text(ledger: pd.DataFrame, *, title: str, location: str, notes: Sequence[str] = ()) -> str:
    """The cleaning ledger for a terminal, with notes about the source below it.

    Args:
        ledger: cleaning ledger.
        title: title of the data set.
        location: path of the source.
        notes: sentences about the source.

    Returns:
        Several lines of text.
    """
    table = plain_table(ledger.to_dict("records"), LEDGER_COLUMNS)
    return "\n".join([f"{title} ({location})", "", table, *([""] if notes else []), *notes, ""])


def inputs_text(
    customers: int, as_of: date, *, dropped: Mapping[str, str], has_past: bool, has_transactions: bool = True
) -> str:
    """The features of the fit, for a terminal.

    Args:
        customers: number of customers.
        as_of: as-of date.
        dropped: features of the fit that the source cannot fill -> the reason.
        has_past: whether there is a past date whose next period is over.
        has_transactions: whether there are transactions; without them there is no past date.
    """
    lines = [f"{customers:,} customers as of {as_of}."]
    lines += [f"The fit leaves out {name}: {why}." for name, why in dropped.items()]
    if not has_transactions:
        lines.append("Without transactions there is no next period to compare segments by.")
    elif not has_past:
        lines.append("The history is too short to look into a next period: no out-of-time figure.")
    return "\n".join(lines)


def plain_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Aligned columns for a terminal: numbers to the right, text to the left, nothing for None."""
    cells = [list(columns)] + [[_cell(row.get(column)) for column in columns] for row in rows]
    widths = [max(len(line[i]) for line in cells) for i in range(len(columns))]
    right = [any(isinstance(row.get(column), (int, float)) for row in rows) for column in columns]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if is_right else cell.ljust(width)
            for cell, width, is_right in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in cells
    )


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 or value.is_integer() else f"{value:.3f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _serve_and_ask(model: str, example_ids: Sequence[str]) -> list[str]:
    split = {"columns": ["customer_id"], "data": [[id_] for id_ in example_ids]}
    body = shlex.quote(json.dumps({"dataframe_split": split}, ensure_ascii=False))
    return [
        "Serve the champion and ask for customers:",
        f"  mlflow models serve -m models:/{model}@champion -p 5001 --env-manager local",
        "  curl http://127.0.0.1:5001/invocations -H 'Content-Type: application/json' \\",
        f"    -d {body}",
    ]
