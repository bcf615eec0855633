"""What an inspection returns."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from clientela.data.inspection.choices import Choice
from clientela.data.inspection.facts import Facts

Severity = Literal["info", "warning", "error"]
VerdictName = Literal["ready", "needs_decision", "cannot"]


@dataclass(frozen=True)
class Finding:
    """Something about the data that its owner should know.

    Attributes:
        code: name of the kind of finding.
        severity: info, warning (rows are dropped or may be read wrongly) or error (the data cannot be used so).
        text: the finding in a sentence, with an example that shows no person.
        rows: number of rows.
    """

    code: str
    severity: Severity
    text: str
    rows: int


@dataclass(frozen=True)
class Verdict:
    """Whether the source can be segmented.

    Attributes:
        name: ready, needs_decision or cannot.
        question: what has to be decided, and how to say it; None if nothing.
        reason: why the source cannot be used; None if it can.
    """

    name: VerdictName
    question: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class FileLayout:
    """How the file is built.

    Attributes:
        encoding: text encoding; None for formats that are no text.
        delimiter: sign between columns; None for formats that are no text.
        decimal: decimal sign of texts.
        sheets: sheets that are read; empty for other formats.
        other_sheets: sheets that are not read.
        skip_rows: rows above the header.
        has_header: whether the columns have names in the file.
        notes: sentences about how the rows were made of the file.
    """

    encoding: str | None = None
    delimiter: str | None = None
    decimal: str = "."
    sheets: tuple[str, ...] = ()
    other_sheets: tuple[str, ...] = ()
    skip_rows: int = 0
    has_header: bool = True
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Inspection:
    """What is known of a source.

    Attributes:
        location: path of the source.
        layout: how the file is built.
        facts: rows, customers, orders, period and money.
        columns: canonical column -> its choice; attributes and identifiers have their header in the name.
        unused: headers without a role.
        preview: five rows as they are read, with what identifies a person masked: canonical column -> texts.
        findings: findings, the gravest first.
        verdict: whether the source can be segmented.
        settings: the data set file; None unless the verdict is ready.
    """

    location: str
    layout: FileLayout
    facts: Facts
    columns: Mapping[str, Choice]
    unused: tuple[str, ...]
    preview: Mapping[str, tuple[str, ...]]
    findings: tuple[Finding, ...]
    verdict: Verdict
    settings: Mapping[str, Any] | None

    def as_json(self) -> dict[str, Any]:
        """The inspection as one JSON object."""
        facts = self.facts
        return {
            "encoding": self.layout.encoding,
            "delimiter": self.layout.delimiter,
            "decimal": self.layout.decimal,
            "rows": facts.rows,
            "customers": facts.customers,
            "orders": facts.orders,
            "period": [day.isoformat() for day in facts.period] if facts.period else None,
            "money_total": facts.money_total,
            "columns": {
                role: {"source": choice.source, "confidence": choice.confidence}
                for role, choice in self.columns.items()
            },
            "findings": [
                {"code": one.code, "severity": one.severity, "text": one.text, "rows": one.rows}
                for one in self.findings
            ],
            "verdict": self.verdict.name,
            "question": self.verdict.question,
            "reason": self.verdict.reason,
        }
