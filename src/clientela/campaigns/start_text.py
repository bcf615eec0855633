"""A started campaign for a terminal: whom it reaches, whom it leaves out and why, and the lists."""

from collections.abc import Sequence

import pandas as pd

from clientela.campaigns.assignment import ledger_by_segment
from clientela.campaigns.campaign import HOLDOUT, Campaign
from clientela.campaigns.contact import BLOCKED, UNREADABLE
from clientela.campaigns.exclusions import ELSEWHERE, NO_CONSENT, RECENT
from clientela.campaigns.lists import WrittenList
from clientela.campaigns.results import StartResult
from clientela.exports.treatment import CONTROL, TREATMENT
from clientela.reporting.tables import plain_table

WORDS = {
    TREATMENT: "treated: they get the campaign",
    CONTROL: "control: they do not get it, and are compared",
    HOLDOUT: "global hold-out: no campaign contacts them",
    NO_CONSENT: "left out: no consent",
    BLOCKED: "left out: must not be contacted",
    UNREADABLE: "left out: date of the last contact cannot be read",
    RECENT: "left out: contacted recently",
    ELSEWHERE: "left out: in another campaign",
}
ALWAYS = (TREATMENT, CONTROL, HOLDOUT)
FEWEST = 2  # control customers that a comparison needs


def start_text(campaign: Campaign, assignment: pd.DataFrame) -> str:
    """A started campaign: its dates, the ledger, and the customers by segment.

    Args:
        campaign: the campaign.
        assignment: one row per customer, with the columns `ASSIGNMENT`.
    """
    segments = ledger_by_segment(assignment)
    action = f" ({campaign.action})" if campaign.action else ""
    lines = [
        f"Campaign {campaign.name}{action}, {campaign.start} to {campaign.end} ({campaign.days} days):",
        "",
        _ledger(campaign),
        "",
        plain_table(segments.to_dict("records"), _columns(segments)),
        "",
        *_too_few(segments),
    ]
    return "\n".join(lines).rstrip()


def result_text(result: StartResult) -> str:
    """A started campaign with its lists, and what to do next."""
    lines = [start_text(result.campaign, result.assignment), ""]
    if result.repeated:
        lines.append("The campaign had been started before with the same inputs. Its record is unchanged.")
    lines += [_list_line(written) for written in result.lists]
    lines.append(
        f"Measure it when the period is over: clientela campaign measure --campaign {_quoted(result.campaign.name)}"
    )
    return "\n".join(lines)


def _ledger(campaign: Campaign) -> str:
    counts = {name: count for name, count in campaign.ledger.items() if count or name in ALWAYS}
    rows = [("in the target group", campaign.customers), *((WORDS[name], count) for name, count in counts.items())]
    return plain_table([{"customers": what, "number": count} for what, count in rows], ["customers", "number"])


def _columns(segments: pd.DataFrame) -> list[str]:
    """The columns of the table by segment; a reason that applies to nobody has none."""
    shown = [name for name in segments.columns[2:] if name in ALWAYS or segments[name].any()]
    return ["segment", "customers", *shown]


def _too_few(segments: pd.DataFrame) -> Sequence[str]:
    small = segments.loc[segments[CONTROL] < FEWEST, "segment"].tolist()
    if not small:
        return []
    return [f"Too few control customers to measure these segments: {', '.join(small)}."]


def _list_line(written: WrittenList) -> str:
    filled = ", ".join(f"{count:,} with {name}" for name, count in written.filled.items())
    return f"{written.kind}: {written.rows:,} rows in {written.place}{f' ({filled})' if filled else ''}"


def _quoted(name: str) -> str:
    return f"'{name}'" if " " in name else name
