"""Plans and results of campaigns for a terminal."""

from collections.abc import Sequence

from clientela.campaigns.customer_list import ALL
from clientela.campaigns.measure import ResultRow
from clientela.campaigns.period import BUYERS, SPEND
from clientela.campaigns.plan import PlanRow, groups_too_small
from clientela.campaigns.results import CampaignResult, PlanResult, SampleRatio
from clientela.data.demo_campaign import SimulatedCampaign
from clientela.reporting.tables import plain_table

ONE_DECIMAL = 0.1  # shares below it are written with one decimal


def plan_text(result: PlanResult) -> str:
    """A plan as a table, with what it means for the campaign."""
    rows, days = result["rows"], sorted({row["days"] for row in result["rows"]})
    lines = [
        f"The smallest lift that a hold-out test shows with {_percent(result['control'])} of the customers held out, "
        f"estimated from what the same customers did before {result['as_of']}:",
        "",
        plain_table(
            [_plan_cells(rows, row, days) for row in rows if row["days"] == days[0]],
            ["group", "customers", "outcome", *(f"{length} days" for length in days)],
        ),
        "",
        *[_advice(row, result) for row in rows if row["group"] == ALL and row["days"] == result["days"]],
    ]
    if small := groups_too_small(rows, days=result["days"]):
        lines.append(
            f"Too small for a lift of {_percent(result['uplift'])} in {result['days']} days, whatever is held out: "
            f"{', '.join(small)}. Measure them together with other segments."
        )
    return "\n".join(lines)


def result_text(result: CampaignResult) -> str:
    """A result as a table, with a sentence on what the campaign brought."""
    rows, name = result["rows"], f"Campaign {result['campaign']}, " if result["campaign"] else ""
    lines = [
        f"{name}{result['start']} to {result['end']} ({result['days']} days): {result['treated']:,} customers were "
        f"treated, {result['control']:,} were held out. Amounts are per customer, capped at the 99th percentile and "
        "adjusted for what was expected before the start.",
        "",
        plain_table(
            [_result_cells(row) for row in rows],
            ["group", "outcome", "treated", "control", "with", "without", "lift", "interval", "verdict"],
        ),
        "",
        *_conclusion(result),
        *result["warnings"],
    ]
    return "\n".join(lines)


def simulation_text(found: SimulatedCampaign, path: str) -> str:
    """What a simulated campaign added, in all and per treated customer.

    Args:
        found: the simulated campaign.
        path: where the transactions were written.
    """
    treated = max(found.treated, 1)
    return (
        f"The campaign adds {found.orders:,} orders of {found.treated:,} treated customers, worth {found.value:,.0f}. "
        f"That is {found.orders / treated:.3f} orders and {found.value / treated:.2f} per customer. File: {path}"
    )


def warnings_of(ratio: SampleRatio, unmeasured: Sequence[str], *, customers: int) -> list[str]:
    """What to know before a result is used: a control group of the wrong size, and groups without a result.

    Args:
        ratio: the size of the control group against the planned one.
        unmeasured: groups that are too small to compare.
        customers: customers in both groups.
    """
    found = []
    if ratio["is_off"]:
        found.append(
            f"Warning: {round(ratio['observed'] * customers):,} of {customers:,} customers were held out, but "
            f"{ratio['planned']:.1%} were planned. Chance does not explain this. Find out which customers are missing "
            "before you use the result."
        )
    if unmeasured:
        found.append(f"Too few customers to compare, and not part of the total: {', '.join(unmeasured)}.")
    return found


def _plan_cells(rows: Sequence[PlanRow], first: PlanRow, days: Sequence[int]) -> dict[str, object]:
    of_length = {
        row["days"]: row for row in rows if (row["group"], row["outcome"]) == (first["group"], first["outcome"])
    }
    cells = {
        f"{length} days": "impossible" if (lift := of_length[length]["detectable"]) is None else _percent(lift)
        for length in days
    }
    return {"group": first["group"], "customers": first["customers"], "outcome": first["outcome"], **cells}


def _advice(row: PlanRow, result: PlanResult) -> str:
    wanted = (
        f"To show a lift of {_percent(result['uplift'])} in {row['outcome']} of all customers in {row['days']} days"
    )
    if row["control"] is None:
        return f"{wanted} is not possible with these customers."
    return f"{wanted}, hold out {_percent(row['control'])} of them."


def _result_cells(row: ResultRow) -> dict[str, object]:
    def value(amount: float) -> str:
        return _percent(amount) if row["outcome"] == BUYERS else f"{amount:,.2f}"

    low, high, relative = row["relative_low"], row["relative_high"], row["relative"]
    interval = "" if low is None or high is None else f"{low:+.1%} to {high:+.1%}"
    return {
        "group": row["group"],
        "outcome": row["outcome"],
        "treated": row["treated"],
        "control": row["control"],
        "with": value(row["treated_mean"]),
        "without": value(row["control_mean"]),
        "lift": "" if relative is None else f"{relative:+.1%}",
        "interval": interval,
        "verdict": "too small to tell" if row["verdict"] == "unclear" else row["verdict"],
    }


def _conclusion(result: CampaignResult) -> list[str]:
    total = next((row for row in result["rows"] if (row["group"], row["outcome"]) == (ALL, SPEND)), None)
    if total is None or total["extra"] is None or total["net"] is None:
        return []
    treated = total["treated"]
    low, high = total["low"] * treated, total["high"] * treated
    sentences = [
        f"In all, the treated customers spent {abs(total['extra']):,.0f} {'more' if total['extra'] >= 0 else 'less'} "
        f"than without the campaign (interval of the difference: {low:+,.0f} to {high:+,.0f})."
    ]
    if result["cost"]:
        sentences.append(
            f"The contacts cost {result['cost'] * treated:,.0f}. That leaves {total['net']:,.0f}, or "
            f"{total['net'] / treated:,.2f} per contact. This is revenue, not margin."
        )
    if total["verdict"] == "unclear":
        least = (
            "" if total["detectable"] is None else f" The test detects lifts from {_percent(total['detectable'])} on."
        )
        sentences.append(f"The campaign is too small to tell whether it changed what customers spend.{least}")
    return sentences


def _percent(share: float) -> str:
    return f"{share:.1%}" if abs(share) < ONE_DECIMAL else f"{share:.0%}"
