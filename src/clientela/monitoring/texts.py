"""Results of monitoring and renewal for a terminal."""

from collections.abc import Sequence

from clientela.monitoring.decision import RenewalRow
from clientela.monitoring.report.sentences import (
    BOOK,
    change_sentence,
    expected_text,
    headlines,
    indicator_name,
    p_text,
    segment_name,
    signed,
    untested_text,
)
from clientela.monitoring.results import MonitoringResult, alarms_of
from clientela.reporting.tables import plain_table
from clientela.reporting.words import Words

MOST_ROWS = 10


def result_text(result: MonitoringResult) -> str:
    """What changed, and the indicators with the smallest p-values."""
    words = Words("en", currency=result["currency"], book=BOOK)
    lines = [
        f"{result['title']}, {result['start']} to {result['end']}, version {result['version']} of {result['model']}",
        *headlines(result, words),
        *[f"- {change_sentence(change, result, words)}" for change in alarms_of(result)],
    ]
    if result["changes"]:
        rows = [
            {
                "segment": segment_name(change["segment"], result, words),
                "indicator": indicator_name(change, words),
                "deviation": signed(change["family"], change["deviation"], words),
                "expected": expected_text(change, words),
                "by chance": p_text(change["p_value"], words),
                "alarm": "yes" if change["alarm"] else "",
            }
            for change in result["changes"][:MOST_ROWS]
        ]
        lines += ["", plain_table(rows, list(rows[0]))]
    if untested := untested_text(result, words):
        lines += ["", untested]
    return "\n".join(lines)


def renewal_text(rows: Sequence[RenewalRow]) -> str:
    """What a renewal did, one paragraph per product."""
    if not rows:
        return "No product has a champion of this data set. Run a comparison first."
    return "\n".join(_renewal_line(row) for row in rows)


def _renewal_line(row: RenewalRow) -> str:
    version = f" Version {row['version']}{' is the champion now' if row['promoted'] else ''}." if row["version"] else ""
    return f"{row['product']}: {row['action']}. {row['reasons']}{version} {row['outcome']}".rstrip()
