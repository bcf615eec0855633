"""An inspection as text for a terminal."""

from collections.abc import Sequence
from datetime import date

import pandas as pd

from clientela.data.inspection.result import FileLayout, Inspection
from clientela.reporting.tables import plain_table

LONGEST_REASON = 72
LONGEST_CELL = 18
LONGEST_HEADER = 32
SIGNS = {"\t": "tab", " ": "white space"}
VERDICTS = {
    "ready": "ready: a data set file can be written and runs as it is.",
    "needs_decision": "needs a decision. {}",
    "cannot": "cannot be segmented. {}",
}


def inspection_text(inspection: Inspection) -> str:
    """What was found, in the order in which a reader needs it: totals, columns, rows, findings, verdict."""
    parts = [
        _totals(inspection),
        _columns(inspection),
        _preview(inspection),
        _findings(inspection),
        _verdict(inspection),
    ]
    return "\n\n".join(part for part in parts if part)


def rfm_text(table: pd.DataFrame, as_of: date) -> str:
    """The customers by the RFM rules, for a terminal.

    Args:
        table: see `features.rfm_table`.
        as_of: as-of date.

    Returns:
        A title and a table.
    """
    shown = table.assign(
        **{name: table[name].map("{:.0%}".format) for name in ("share of customers", "share of spend")},
        **{name: table[name].map("{:,.0f}".format) for name in ("days since last purchase", "orders")},
        **{name: table[name].map("{:,.2f}".format) for name in ("spend", "spend each")},
        customers=table["customers"].map("{:,}".format),
    )
    for name in shown.columns[1:]:
        shown[name] = shown[name].str.rjust(max(len(name), int(shown[name].str.len().max())))
    title = f"Customers by the RFM rules as of {as_of} (the last three columns are medians):"
    return f"{title}\n{plain_table(shown.to_dict('records'), list(shown.columns))}"


def _totals(inspection: Inspection) -> str:
    facts = inspection.facts
    counted = [f"{facts.rows:,} rows"]
    counted += [f"{facts.customers:,} customers"] if facts.customers is not None else []
    counted += [f"{facts.orders:,} orders"] if facts.orders is not None else []
    counted += [f"{facts.period[0]} to {facts.period[1]}"] if facts.period else []
    counted += [f"money {facts.money_total:,.2f}"] if facts.money_total is not None else []
    return f"{inspection.location}\n{_layout(inspection.layout)}\n{', '.join(counted)}"


def _layout(layout: FileLayout) -> str:
    parts = [f"encoding {layout.encoding}"] if layout.encoding else []
    if layout.delimiter:
        parts.append(f"delimiter {SIGNS.get(layout.delimiter, layout.delimiter)}")
    parts.append("decimal comma" if layout.decimal == "," else "decimal point")
    if layout.sheets:
        parts.append(f"sheets read: {', '.join(layout.sheets)}")
    if layout.other_sheets:
        parts.append(f"not read: {', '.join(layout.other_sheets)}")
    parts.append(f"header in row {layout.skip_rows + 1}" if layout.has_header else "no header")
    return "; ".join(parts)


def _columns(inspection: Inspection) -> str:
    rows = [
        {
            "column": _cut(choice.source, LONGEST_HEADER),
            "is": choice.role,
            "sure": f"{choice.confidence:.0%}",
            "because": _cut(choice.reason),
        }
        for choice in inspection.columns.values()
        if choice.role not in ("attribute", "identifier")
    ]
    lines = [plain_table(rows, ("column", "is", "sure", "because"))] if rows else []
    for role, title in (("identifier", "Identify persons (not used)"), ("attribute", "Attributes")):
        lines += _listed(title, [choice.source for choice in inspection.columns.values() if choice.role == role])
    return "\n".join([*lines, *_listed("Not used", inspection.unused)])


def _listed(title: str, names: Sequence[str]) -> list[str]:
    return [f"{title}: {', '.join(names)}"] if names else []


def _preview(inspection: Inspection) -> str:
    if not inspection.preview:
        return ""
    names = list(inspection.preview)
    rows = [
        {name: _cut(value, LONGEST_CELL) for name, value in zip(names, values, strict=True)}
        for values in zip(*inspection.preview.values(), strict=True)
    ]
    return f"First rows as they are read:\n{plain_table(rows, names)}"


def _findings(inspection: Inspection) -> str:
    return "\n".join(f"{finding.severity + ':':<9}{finding.text}" for finding in inspection.findings)


def _verdict(inspection: Inspection) -> str:
    verdict = inspection.verdict
    return f"Verdict: {VERDICTS[verdict.name].format(verdict.question or verdict.reason or '')}".rstrip()


def _cut(text: str, longest: int = LONGEST_REASON) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
