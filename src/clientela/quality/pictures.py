"""The picture of the weeks: orders, gaps and changes of level."""

from datetime import date
from statistics import median

from clientela.quality.findings import is_warning
from clientela.quality.report import QualityReport
from clientela.reporting.drawing import ORANGE, WIDTH, box, label, line, picture
from clientela.reporting.words import Words

HEIGHT, FLOOR, TOP = 120, 100, 14
FEWEST_WEEKS = 3


def weeks_picture(report: QualityReport, words: Words) -> str | None:
    """Orders per week, with the gaps shaded and the sudden changes dashed; None for a history of few weeks."""
    starts = [date.fromisoformat(text) for text in report["weeks"]["starts"]]
    orders = report["weeks"]["values"].get("orders", [])
    known = [value for value in orders if value is not None]
    if len(known) < FEWEST_WEEKS:
        return None
    most, days = max(known), 7 * len(starts)

    def x(day: date) -> float:
        return 28 + (WIDTH - 34) * min(max((day - starts[0]).days / days, 0), 1)

    points = [
        (x(day) + 1, FLOOR - (FLOOR - TOP) * (value or 0) / most) for day, value in zip(starts, orders, strict=True)
    ]
    parts = [line([(28, FLOOR), (WIDTH - 6, FLOOR)], colour="var(--line)", width=1)]
    for finding in report["findings"]:
        values = finding["values"]
        if finding["kind"] == "gap":
            left, right = (x(date.fromisoformat(str(values[name]))) for name in ("first", "last"))
            parts.append(box(left, TOP, max(right - left, 2), FLOOR - TOP, colour="var(--line)"))
        elif finding["kind"] == "level_change" and is_warning(finding):
            place = x(date.fromisoformat(str(values["week"])))
            parts.append(line([(place, TOP), (place, FLOOR)], colour=ORANGE, width=1, dashes="3 2"))
    first, last = (words.date(day.isoformat()) for day in (starts[0], starts[-1]))
    parts += [
        line(points),
        label(24, TOP + 4, words.number(most), anchor="end"),
        label(24, FLOOR + 3, "0", anchor="end"),
        label(28, HEIGHT - 6, first, anchor="start"),
        label(WIDTH - 6, HEIGHT - 6, last, anchor="end"),
    ]
    description = words.text(
        "quality.weeks_alt",
        first=first,
        last=last,
        low=words.number(min(known)),
        high=words.number(most),
        median=words.number(median(known)),
    )
    return picture(parts, height=HEIGHT, title=words.text("quality.weeks"), description=description)
