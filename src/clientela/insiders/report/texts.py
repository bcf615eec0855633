"""Texts of the programme for the terminal and for MLflow."""

from typing import TypedDict

from clientela.insiders.backtest import BacktestData
from clientela.insiders.report.conditions import rule_texts
from clientela.insiders.report.schema import ReportData, RunSummary
from clientela.reporting.commands import verb_command
from clientela.reporting.markdown import as_markdown
from clientela.reporting.tables import _serve_and_ask, plain_table


class BacktestRow(TypedDict):
    """A group of the backtest: its share of the next period's revenue, and the programme's share minus it."""

    group: str
    share: float
    difference: float
    low: float
    high: float


def summary_note(report: ReportData) -> str:
    """Markdown: the programme in a few lines, for the run and the version."""
    shop, programme = report["shop"], report["programme"]
    rules = rule_texts(programme["rules"], "en", currency=shop["currency"])
    lines = [
        f"### Insiders of {as_markdown(shop['title'])}, as of {shop['as_of']}",
        "",
        f"**{programme['members']:,}** of {report['data']['customers']:,} customers "
        f"({programme['entered']:,} enter, {programme['kept']:,} stay).",
        "",
        f"- Enter: {rules['entry']}.",
        f"- Stay: {rules['removal']}.",
        f"- Ranking: {report['comparison']['choice']}; the rules agree with it at {programme['fidelity']:.2f} (F1).",
    ]
    if report["backtest"]:
        lines.append(_backtest_line(report["backtest"]))
    return "\n".join(lines)


def summary_text(report: ReportData) -> str:
    """The programme for a terminal: rules, size, and the table of the backtest."""
    lines = [summary_note(report).replace("**", "").replace("### ", ""), ""]
    if report["backtest"]:
        rows = [{**row} for row in backtest_rows(report["backtest"])]
        lines.append(plain_table(rows, ("group", "share", "difference", "low", "high")))
    return "\n".join(lines)


def backtest_rows(backtest: BacktestData) -> list[BacktestRow]:
    """The groups of the backtest as rows of a table."""
    return [
        {
            "group": row["name"],
            "share": row["share"][1],
            "difference": row["difference"][1],
            "low": row["difference"][0],
            "high": row["difference"][2],
        }
        for row in backtest["groups"]
    ]


def next_steps(summary: RunSummary) -> str:
    """What to do next: read the report, use the list, promote, serve, ask."""
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


def _backtest_line(backtest: BacktestData) -> str:
    latest = backtest["dates"][0]
    low, ratio, high = latest["ratio"]
    return (
        f"- Members chosen on {latest['as_of']} by the same steps spent {ratio:.1f} times as much as others in the "
        f"next {backtest['horizon_days']} days ({low:.1f} to {high:.1f})."
    )
