"""The list of members, as it is written for the marketing team."""

import pandas as pd

from clientela.exports.treatment import assign_treatment
from clientela.insiders.programme import member_since
from clientela.insiders.results import InsidersResult

TABLE = "insiders"


def list_members(result: InsidersResult, *, control: float, seed: int) -> pd.DataFrame:
    """The list of members as it is written, the highest expected value first.

    Args:
        result: results of the run.
        control: share of the members drawn into the hold-out group (column `arm`).
        seed: random seed of the hold-out group.

    Returns:
        One row per member: customer_id, status ("enters" or "stays"), member_since, spend (currency), orders,
        days_since_last_purchase, expected, low, high (currency), arm, window_days, expected_months, as_of.
    """
    inputs, programme = result.comparison.today.inputs, result.programme
    member, window, snapshot = programme.member, programme.rules.window_days, inputs.snapshot
    figures, expected = inputs.figures[window][member], result.expected.customers[member]
    ids = snapshot.customers[member].tolist()
    table = pd.DataFrame(
        {
            "customer_id": ids,
            "status": ["stays" if kept else "enters" for kept in programme.kept[member].tolist()],
            "member_since": member_since(programme, ids),
            "spend": figures["spend"].to_numpy(),
            "orders": figures["orders"].to_numpy().astype(int),
            "days_since_last_purchase": figures["days"].to_numpy().astype(int),
            **{name: expected[name].to_numpy() for name in ("expected", "low", "high")},
            "arm": assign_treatment(ids, [TABLE] * len(ids), share=1 - control, seed=seed),
            "window_days": window,
            "expected_months": result.expected.months,
            "as_of": pd.Timestamp(snapshot.as_of).date(),
        }
    )
    ranked = table.assign(_expected=table["expected"].fillna(0.0)).sort_values(
        ["_expected", "spend", "customer_id"], ascending=[False, False, True], kind="stable"
    )
    return ranked.drop(columns="_expected").reset_index(drop=True)
