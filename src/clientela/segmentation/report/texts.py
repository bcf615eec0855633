"""Markdown and plain tables about a comparison or a refresh, from its summary."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from clientela.reporting.commands import ui_command, verb_command
from clientela.reporting.markdown import as_markdown
from clientela.reporting.tables import _serve_and_ask, plain_table

BOARD_ROWS = 15
BOARD_COLUMNS = (
    "name",
    "verdict",
    "separation",
    "silhouette",
    "davies_bouldin",
    "stability",
    "explained_spend",
    "reason",
)


def leaderboard_text(board: Sequence[Mapping[str, Any]]) -> str:
    """The head of the leaderboard for a terminal."""
    more = f"... and {len(board) - BOARD_ROWS} more in leaderboard.csv\n" if len(board) > BOARD_ROWS else ""
    return f"\n{plain_table(board[:BOARD_ROWS], BOARD_COLUMNS)}\n{more}"


def compare_text(*, candidates: int, fits: int, customers: int) -> str:
    """The step that takes longest, for a terminal."""
    return (
        f"Step 1 of 4: comparing {candidates} candidates on {customers:,} customers: {fits:,} fits, then refits of the "
        "best. Each bar shows about how long the rest takes."
    )


def segments_text(segments: Sequence[Mapping[str, Any]], *, language: str = "en") -> str:
    """The segments for a terminal, in order of value."""
    rows = [
        {
            **s,
            "segment": s["name"][language],
            "share": f"{s['customer_share']:.1%}",
            "of spend": None if s["spend_share"] is None else f"{s['spend_share']:.1%}",
        }
        for s in segments
    ]
    spend = ("of spend", "mean_spend") if any(s["spend_share"] is not None for s in segments) else ()
    return plain_table(rows, ("id", "segment", "customers", "share", *spend))


def migration_text(changes: Mapping[str, Any], segments: Sequence[Mapping[str, Any]]) -> str:
    """What changed since the version that the segments continue, for a terminal."""
    title = {s["id"]: s["name"]["en"] for s in [*changes["previous"], *segments]}
    lines = [
        f"Continues version {changes['from_version']} (as of {changes['from_as_of']}): {changes['moved_share']:.1%} of "
        f"{changes['shared']:,} customers are in another segment, {changes['arrived']:,} arrived, "
        f"{changes['left']:,} left"
        + (f"; new clusters alone moved {changes['redrawn_share']:.1%}." if changes["redrawn_share"] else ".")
    ]
    lines += [f"New segment: {title[id_]}." for id_ in changes["new"]]
    lines += [f"Gone: {title[id_]}." for id_ in changes["gone"]]
    lines += [
        f"{match['previous_name']['en']} is now {title[match['id']]} (id {match['id']}): the conditions of its earlier "
        "name no longer hold."
        for match in changes["matched"]
        if match["previous_name"]
    ]
    lines += [
        f"{title[match['id']]} keeps its name; by today's rules it would be {match['renamed_by_rules']['en']}."
        for match in changes["matched"]
        if match["renamed_by_rules"]
    ]
    return "\n".join(lines) + "\n"


def migration_rows(
    changes: Mapping[str, Any], segments: Sequence[Mapping[str, Any]], *, language: str = "en"
) -> list[dict[str, Any]]:
    """The migration matrix: one row per pair of segments.

    Args:
        changes: what changed (`MigrationData`).
        segments: present segments.
        language: language of the segments' names.

    Returns:
        Rows with from, to and customers; `from` is None for customers who arrived, `to` for those who left.
    """
    before = {s["id"]: s["name"][language] for s in changes["previous"]}
    now = {s["id"]: s["name"][language] for s in segments}
    return [
        {"from": before.get(flow["from"]), "to": now.get(flow["to"]), "customers": flow["customers"]}
        for flow in changes["flows"]
    ]


def reasons_note(board: Sequence[Mapping[str, Any]]) -> str:
    """Markdown: each candidate's verdict and its reason."""
    lines = [f"| {row['name']} | {row['verdict']} | {row['reason']} |" for row in board]
    return "\n".join(["| candidate | verdict | reason |", "|-----------|---------|--------|", *lines])


def comparison_note(summary: Mapping[str, Any]) -> str:
    """The parent run's description: what was compared on what, the choice, the segments."""
    head = [
        f"### {as_markdown(summary['title'])}, as of {summary['as_of']}",
        "",
        f"{summary['customers']:,} customers, {summary['rows_kept']:,} of {summary['rows_in']:,} rows kept; "
        f"{summary['candidate_count']} candidates. [Leaderboard]({summary['link']})",
        "",
    ]
    chosen = summary["winner"]
    choice = [f"**Chosen: `{chosen['name']}`.** {chosen['reason']}", "", *_caveats(summary)]
    return "\n".join([*head, *choice, segments_table(summary["segments"], summary["currency"])])


def version_note(summary: Mapping[str, Any]) -> str:
    """A model version's description."""
    chosen = summary["winner"]
    return "\n".join(
        [
            f"Maps customer ids of **{as_markdown(summary['title'])}** to segments, as of **{summary['as_of']}** "
            f"({summary['customers']:,} customers). Clustering: `{chosen['name']}`{_scores(chosen)}."
            f"{_renamed(summary['segments'])}",
            "",
            *_caveats(summary),
            segments_list(summary["segments"], summary["currency"]),
        ]
    )


def _scores(chosen: Mapping[str, Any]) -> str:
    """The scores of a chosen candidate that are known; the RFM rules on customers who are alike have none."""
    known = [
        f"{name} {chosen[name]:.{digits}f}"
        for name, digits in (("silhouette", 3), ("stability", 2))
        if chosen.get(name) is not None
    ]
    return f"; {', '.join(known)}" if known else ""


def _caveats(summary: Mapping[str, Any]) -> list[str]:
    """What a reader must know first, as Markdown."""
    return [line for caveat in summary.get("caveats", ()) for line in (f"> **Note.** {caveat}", "")]


def refresh_note(summary: Mapping[str, Any]) -> str:
    """Markdown: a refresh's run and version."""
    moves = summary["migration"]
    return "\n".join(
        [
            f"Maps customer ids of **{as_markdown(summary['title'])}** to segments, as of **{summary['as_of']}** "
            f"({summary['customers']:,} customers). A refresh: {summary['clustering']}. "
            f"{moves['moved_share']:.1%} of {moves['shared']:,} customers are in another segment now, "
            f"{moves['arrived']:,} arrived, {moves['left']:,} left.{_renamed(summary['segments'])}",
            "",
            segments_list(summary["segments"], summary["currency"]),
        ]
    )


def _renamed(segments: Sequence[Mapping[str, Any]]) -> str:
    """Which segments have another name than in the version that they continue; empty if none has."""
    changes = [f"{s['previous_name']['en']} is now {s['name']['en']}" for s in segments if s.get("previous_name")]
    return f" New names: {'; '.join(changes)}." if changes else ""


def segments_table(segments: Sequence[Mapping[str, Any]], currency: str) -> str:
    """Markdown: one line per segment, in order of value; without the columns that the data set does not know."""
    if any(s["spend_share"] is None or "days_since_last_purchase" not in s["medians"] for s in segments):
        return _plain_segments_table(segments)
    money = f"mean spend ({as_markdown(currency)})" if currency else "mean spend"
    lines = [
        f"| | segment | customers | share | of spend | {money} | median days since | median orders |",
        "|-|---------|----------:|------:|---------:|-----------:|------------------:|--------------:|",
    ]
    for s in segments:
        medians = s["medians"]
        lines.append(
            f"| {s['id']} | {s['title']} | {s['customers']:,} | {s['customer_share']:.1%} | {s['spend_share']:.1%} "
            f"| {s['mean_spend']:,.0f} | {medians['days_since_last_purchase']:.0f} | {medians['order_count']:.0f} |"
        )
    return "\n".join(lines)


def segments_list(segments: Sequence[Mapping[str, Any]], currency: str) -> str:
    """Markdown: one item per segment, in order of value; MLflow shows no tables in the description of a version."""
    return "\n".join(f"{place}. {_list_item(s, as_markdown(currency))}" for place, s in enumerate(segments, start=1))


def _list_item(segment: Mapping[str, Any], currency: str) -> str:
    parts = [f"**{segment['title']}**: {segment['customers']:,} customers ({segment['customer_share']:.1%})"]
    if segment["spend_share"] is not None:
        unit = f" {currency}" if currency else ""
        parts.append(f"{segment['spend_share']:.1%} of the spend, {segment['mean_spend']:,.0f}{unit} on average")
    medians = segment["medians"]
    if "days_since_last_purchase" in medians and "order_count" in medians:
        days, orders = medians["days_since_last_purchase"], medians["order_count"]
        parts.append(f"medians: {orders:.0f} orders, the last {days:.0f} days ago")
    return "; ".join(parts)


def _plain_segments_table(segments: Sequence[Mapping[str, Any]]) -> str:
    lines = ["| | segment | customers | share |", "|-|---------|----------:|------:|"]
    lines += [f"| {s['id']} | {s['title']} | {s['customers']:,} | {s['customer_share']:.1%} |" for s in segments]
    return "\n".join(lines)


def scored(summary: Mapping[str, Any]) -> str:
    """What a batch score wrote, and how many customers are in which segment (and arm)."""
    table: pd.DataFrame = summary["table"]
    by = ["segment_id", "segment", *(["arm"] if "arm" in table else [])]
    counts = table.groupby(by).size().rename("customers").reset_index().to_dict("records")
    return "\n".join(
        [
            plain_table(counts, (*by[1:], "customers")),
            "",
            f"{summary['rows']:,} customers, by {summary['model']} version {summary['version']}: {summary['output']}",
        ]
    )


def refreshed(summary: Mapping[str, Any]) -> str:
    """What to do after a refresh."""
    return "\n".join(
        [
            f"{summary['model']} version {summary['version']} is registered as {summary['alias']}, "
            f"as of {summary['as_of']}, with the segments of version {summary['migration']['from_version']}.",
            "Make it the champion:",
            f"  {verb_command('promote', version=summary['version'])}",
        ]
    )


def next_steps(summary: Mapping[str, Any], *, data: Mapping[str, str] | None = None) -> str:
    """What to do after a comparison: read the report, promote the version, score, serve the model.

    Args:
        summary: summary of the run.
        data: options by which the next command finds the same data, such as dataset and source.

    Returns:
        Lines for a terminal.
    """
    model, version, alias = summary["model"], summary["version"], summary["alias"]
    lines = [
        f"{model} version {version} is registered as {alias}: {summary['winner']['name']}, "
        f"{len(summary['segments'])} segment{'' if len(summary['segments']) == 1 else 's'}.",
        *(f"Note: {caveat}" for caveat in summary.get("caveats", ())),
        "",
        "Read the report:",
        f"  {summary['report'] or 'report.html among the artifacts of the run, in mlflow ui'}",
        "Look at the comparison:",
        f"  {ui_command()}",
        f"  {summary['link']}",
    ]
    if alias != "champion":
        lines += ["Make it the champion:", f"  {verb_command('promote', version=version)}"]
    lines += [
        "Write every customer's segment to a file:",
        f"  {verb_command('score', output='segments.xlsx', **(data or {}))}",
    ]
    return "\n".join([*lines, *_serve_and_ask(model, summary["example_ids"])])
