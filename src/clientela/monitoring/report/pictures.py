"""One small line chart per indicator: the past, and the range that was expected of the last period."""

from matplotlib.figure import Figure

from clientela.monitoring.report.sentences import BOOK, chance_text, expected_text, indicator_name, segment_name, signed
from clientela.monitoring.results import ChangeRow, MonitoringResult
from clientela.reporting.charts import COLOURS
from clientela.reporting.figure import themed_figure
from clientela.reporting.svg import render_svg
from clientela.reporting.words import Words

MOST_PICTURES = 8
ALARM = COLOURS[3]


def draw_pictures(result: MonitoringResult, words: Words) -> list[dict[str, str]]:
    """Title, picture and note of the indicators with the smallest p-values."""
    return [_picture(change, result, words) for change in result["changes"][:MOST_PICTURES]]


def _picture(change: ChangeRow, result: MonitoringResult, words: Words) -> dict[str, str]:
    title = f"{segment_name(change['segment'], result, words)}: {indicator_name(change, words)}"
    points = _points(change, result)
    description = words.text(
        f"{BOOK}.history.alt",
        periods=words.number(len(points)),
        end=words.date(result["end"]),
        deviation=signed(change["family"], change["deviation"], words),
        expected=expected_text(change, words),
    )
    key = f"{change['family']}-{change['name']}-{change['segment']}"
    return {
        "title": title,
        "svg": render_svg(_chart(change, points), title, description, key=key),
        "note": chance_text(change, words),
    }


def _points(change: ChangeRow, result: MonitoringResult) -> list[float]:
    key = (change["family"], change["name"], change["segment"])
    return [row["value"] for row in result["history"] if (row["family"], row["name"], row["segment"]) == key]


def _chart(change: ChangeRow, points: list[float]) -> Figure:
    figure, axes = themed_figure(4.0, 1.5)
    # Deviations from what was expected of the last periods, so that they and the band agree with the test.
    tested = points[-change["periods"] :]
    centre = sum(tested) / len(tested) - change["deviation"]
    values = [value - centre for value in points]
    at = list(range(len(values)))
    axes.axhspan(-change["margin"], change["margin"], color=COLOURS[0], alpha=0.15, linewidth=0)
    axes.plot(at, values, color=COLOURS[0], linewidth=1.3)
    last = at[-change["periods"] :]
    axes.plot(last, values[-change["periods"] :], "o", color=ALARM if change["alarm"] else COLOURS[0], markersize=5)
    axes.set_xticks([])
    return figure
