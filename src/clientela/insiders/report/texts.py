"""Texts of the programme for the terminal and for MLflow."""

from collections.abc import Mapping
from typing import Any

from clientela.insiders.report.conditions import rule_texts
from clientela.reporting.commands import verb_command
from clientela.reporting.tables import _serve_and_ask, plain_table


def summary_note(summary: Mapping[str, Any]) -> str:
    """Markdown: the programme in a few lines, for the run and the version."""
    shop, programme = summary["shop"], summary["programme"]
    texts_ = rule_texts(programme["rules"], "en", currency=shop["currency"])
    lines = [
        f"### Insiders of {shop['title']}, as of {shop['as_of']}",
        "",
        f"**{programme['members']:,}** of {summary['data']['customers']:,} customers "
        f"({programme['entered']:,} enter, {programme['kept']:,} stay).",
        "",
        f"- Enter: {texts_['entry']}.",
        f"- Stay: {texts_['removal']}.",
        f"- Order: {summary['contest']['choice']}; the rules agree with it at {programme['fidelity']:.2f}.",
    ]
    proof = summary["proof"]
    if proof:
        latest = proof["dates"][0]
        low, times, high = latest["times"]
        lines.append(
            f"- Chosen so on {latest['as_of']}, members spent {times:.1f} times as much as others in the next "
            f"{proof['horizon_days']} days ({low:.1f} to {high:.1f})."
        )
    return "\n".join(lines)


def summary_text(summary: Mapping[str, Any]) -> str:
    """The programme for a terminal: rules, size, and the guarantee's table."""
    lines = [summary_note(summary).replace("**", "").replace("### ", ""), ""]
    if summary["proof"]:
        lines.append(plain_table(_guarantee_rows(summary["proof"]), ("group", "share", "ahead", "low", "high")))
    return "\n".join(lines)


def _guarantee_rows(proof: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"group": row["name"], "share": row["share"][1], "ahead": row["ahead"][1], "low": row["ahead"][0],
         "high": row["ahead"][2]}
        for row in proof["against"]
    ]  # fmt: skip


def insiders_next_steps(summary: Mapping[str, Any]) -> str:
    """What to do after the Insiders programme was found: read, use the list, serve, ask."""
    model, version, alias = summary["model"], summary["version"], summary["alias"]
    lines = [f"{model} version {version} is registered as {alias}: {summary['programme']['members']:,} members."]
    lines += ["Read the report:", f"  {summary['report'] or 'report.html among the artifacts of the run'}"]
    lines += ["Use the list:", f"  {summary['list'] or 'insiders.csv among the artifacts of the run'}"]
    if alias != "champion":
        lines += [
            "Make it the champion:",
            f"  {verb_command('promote', model=model, version=version)}",
        ]
    return "\n".join([*lines, *_serve_and_ask(model, summary["example_ids"])])
