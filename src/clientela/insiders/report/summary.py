"""Pieces of the Insiders report as plain data: the curve of the value, the head of the list."""

from typing import Any

import numpy as np
import pandas as pd

POINTS = 200  # of the curve


def value_curve(scores: np.ndarray, *, chosen: int, bounds: tuple[int, int] | None, of: str) -> dict[str, Any]:
    """The cumulated share of a score by the share of the customers, highest first, in at most 200 points.

    Args:
        scores: one a customer, none negative.
        chosen: the size of the programme.
        bounds: of the search for it, if there was one.
        of: "expected" or "revenue": what the score is.
    """
    total = np.cumsum(np.sort(scores)[::-1])
    count = len(scores)
    at = np.unique(np.r_[np.linspace(0, count - 1, POINTS).astype(int), chosen - 1])
    return {
        "customers": [0.0, *((at + 1) / count).tolist()],
        "share": [0.0, *(total[at] / max(total[-1], 1e-12)).tolist()],
        "chosen": chosen / count,
        "bounds": [bound / count for bound in bounds] if bounds else None,
        "of": of,
    }


def members_list(members: pd.DataFrame, *, most: int, founded: str) -> list[dict[str, Any]]:
    """The first members of the list as plain data; `founding` are those who were members in the first month already."""
    rows = members.head(most).to_dict("records")
    return [
        {
            "customer_id": row["customer_id"],
            "since": row["member_since"].isoformat(),
            "founding": row["member_since"].isoformat() == founded,
            "kept": row["status"] == "stays",
            "spend": row["spend"],
            "orders": row["orders"],
            "days": row["days_since_last_purchase"],
            **{name: None if np.isnan(row[name]) else row[name] for name in ("expected", "low", "high")},
        }
        for row in rows
    ]
