"""All figures of a report as SVG, each with a title and a description for readers who cannot see it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import joblib
from matplotlib.figure import Figure

from clientela.reporting.effect_sizes import effect_bars, size_of, strongest
from clientela.reporting.svg import render_svg
from clientela.reporting.words import Words
from clientela.segmentation.backtest import BacktestData
from clientela.segmentation.previous_version import MigrationData
from clientela.segmentation.report import (
    figures,
    figures_backtest,
    figures_flow,
    figures_grid,
    figures_profile,
)
from clientela.segmentation.report.data import ReportData
from clientela.segmentation.report.figures import Segments, colours_of
from clientela.segmentation.report.figures_plane import plane_of, segment_plane
from clientela.segmentation.segments.grid import RecencyFrequencyGrid


def draw_pictures(report: ReportData, words: Words, *, jobs: int = 1) -> dict[str, str]:
    """Draw all figures.

    Args:
        report: report data.
        words: words of a language.
        jobs: parallel workers; -1 means one per core. They do not change the figures.

    Returns:
        Name -> SVG; figures of one segment are "effects-3" and "rhythm-3" after its id.
    """
    segments = report["segments"]
    parts = joblib.Parallel(n_jobs=jobs)(
        [
            joblib.delayed(_maps)(report, segments, words),
            joblib.delayed(_method)(report, segments, words),
            joblib.delayed(_backtest)(report["backtest"], segments, words),
            *(
                joblib.delayed(_profile)(segment, colour, words)
                for segment, colour in zip(segments, colours_of(segments).values(), strict=True)
            ),
            joblib.delayed(_flow)(report["migration"], segments, words),
        ]
    )
    return {name: svg for part in parts for name, svg in part.items()}


def _svg(figure: Figure, key: str, title: str, description: str) -> dict[str, str]:
    return {key: render_svg(figure, title, description, key=key)}


def _listed(key: str, items: list[str], words: Words, **places: str) -> str:
    return words.text(f"charts.alt.{key}", list="; ".join(items), **places)


def _maps(report: ReportData, segments: Segments, words: Words) -> dict[str, str]:
    """The maps that the data allow: positions and grid need recency and frequency, shares of revenue need spend."""
    grid, found = report["grid"], dict[str, str]()
    if grid is not None:
        positions = _listed("positions", [figures.position_text(s, words) for s in segments], words)
        found |= _svg(figures.segment_positions(segments, words), "positions", words.text("maps.positions"), positions)
        found |= _svg(
            figures_grid.recency_frequency_grid(grid, segments, words),
            "grid",
            words.text("maps.grid"),
            _grid_text(grid, segments, words),
        )
    elif axes := plane_of(segments, report["data"]["features_fit"]):
        found |= _plane(segments, axes, words)
    if report["data"]["revenue"] is not None:
        found |= _svg(
            figures.share_bars(segments, words),
            "shares",
            words.text("maps.shares"),
            _listed("shares", [_share_text(s, words) for s in segments], words),
        )
    return found


def _plane(segments: Segments, axes: tuple[str, str], words: Words) -> dict[str, str]:
    x, y = axes
    items = [
        words.text(
            "charts.alt.plane_item",
            name=words.pick(s["name"]),
            x=f"{words.label(x)} {words.value(x, s['medians'][x])}",
            y=f"{words.label(y)} {words.value(y, s['medians'][y])}",
        )
        for s in segments
    ]
    title = words.text("maps.plane", x=words.label(x), y=words.label(y))
    return _svg(segment_plane(segments, axes, words), "plane", title, _listed("plane", items, words))


def _share_text(segment: Mapping[str, Any], words: Words) -> str:
    return words.text(
        "charts.alt.share",
        name=words.pick(segment["name"]),
        customers=words.percent(segment["customer_share"]),
        spend=words.percent(segment["spend_share"]),
    )


def _grid_text(grid: RecencyFrequencyGrid, segments: Segments, words: Words) -> str:
    """The cell with the most customers in words."""
    names = {s["id"]: words.pick(s["name"]) for s in segments}
    cells = [(row, column) for row in range(5) for column in range(5)]
    row, column = max(cells, key=lambda cell: grid["customers"][cell[0]][cell[1]])
    customers = grid["customers"][row][column]
    mix = [
        words.text("charts.alt.mix", share=words.percent(one["customers"] / customers), name=names.get(one["id"], "–"))
        for one in grid["mix"][row][column]
    ]
    return words.text("charts.alt.grid", customers=words.count("customers", customers), mix=words.listed(mix))


def _profile(segment: Mapping[str, Any], colour: str, words: Words) -> dict[str, str]:
    return _effects(segment, colour, words) | _rhythm(segment, colour, words)


def _effects(segment: Mapping[str, Any], colour: str, words: Words) -> dict[str, str]:
    effects, name = strongest(segment["effects"]), words.pick(segment["name"])
    if not effects:
        return {}
    items = [
        words.text(
            "charts.alt.effect",
            feature=words.label(feature),
            size=words.text(f"charts.{size_of(value)}"),
            side=words.text(f"charts.alt.side_{'high' if value > 0 else 'low'}"),
        )
        for feature, value in effects
    ]
    figure = effect_bars(segment["effects"], colour=colour, words=words)
    title = f"{name}: {words.text('profiles.effects')}"
    return _svg(figure, f"effects-{segment['id']}", title, _listed("effects", items, words, name=name))


def _rhythm(segment: Mapping[str, Any], colour: str, words: Words) -> dict[str, str]:
    habits, name = segment["habits"], words.pick(segment["name"])
    if not habits:
        return {}
    weekdays = habits["weekdays"]
    day = words.weekdays("wide")[weekdays.index(max(weekdays))]
    figure = figures_profile.rhythm(habits, colour=colour, words=words)
    title = f"{name}: {words.text('profiles.rhythm')}"
    return _svg(figure, f"rhythm-{segment['id']}", title, words.text("charts.alt.rhythm", name=name, day=day))


def _flow(migration: MigrationData | None, segments: Segments, words: Words) -> dict[str, str]:
    if not migration or not any(flow["customers"] for flow in migration["flows"]):
        return {}
    names = {s["id"]: words.pick(s["name"]) for s in segments}
    stayed = [
        words.text("charts.alt.stayed", name=names[flow["to"]], customers=words.count("customers", flow["customers"]))
        for flow in migration["flows"]
        if flow["from"] == flow["to"] and flow["to"] in names
    ]
    figure = figures_flow.migration_flow(migration, segments, words)
    return _svg(figure, "flow", words.text("moves.title"), _listed("flow", stayed, words))


def _backtest(backtest: BacktestData | None, segments: Segments, words: Words) -> dict[str, str]:
    if not backtest:
        return {}
    found: dict[str, str] = {}
    names = {s["id"]: words.pick(s["name"]) for s in segments}
    rows: Sequence[Mapping[str, Any]] = backtest["by_segment"]
    for outcome, written in outcomes(words).items():
        items = []
        for row in rows:
            low, mean, high = (written(value) for value in row[outcome])
            name = names.get(row["id"], str(row["id"]))
            items.append(words.text("charts.alt.proof_item", name=name, low=low, mean=mean, high=high))
        figure = figures_backtest.intervals(rows, outcome, segments, words, written=written)
        found |= _svg(figure, f"next-{outcome}", words.text(f"proof.{outcome}"), _listed("proof", items, words))
    return found | _explained(backtest, words)


def _explained(backtest: BacktestData, words: Words) -> dict[str, str]:
    mean: Mapping[str, Any] = backtest["mean"]
    bars = [
        words.text("charts.alt.baseline", name=words.text(f"proof.{name}"), share=words.percent(mean[name]))
        for name in figures_backtest.EXPLAINED_BY
    ]
    figure = figures_backtest.explained_bars(backtest, words)
    return _svg(figure, "explained", words.text("proof.explained"), _listed("baselines", bars, words))


def outcomes(words: Words) -> dict[str, Callable[[float], str]]:
    """Outcome of the next period -> function that writes a value of it."""
    return {
        "spend": words.money,
        "orders": lambda value: words.number(value, 1),
        "retention": lambda value: words.percent(value, 0),
    }


def _method(report: ReportData, segments: Segments, words: Words) -> dict[str, str]:
    fit, points = report["data"]["features_fit"], report["points"]
    lines = []
    for segment in segments:
        places = [f"{words.label(f)} {words.percent(segment['ranks'][f], 0)}" for f in fit if f in segment["ranks"]]
        name = words.pick(segment["name"])
        lines.append(words.text("charts.alt.snake_item", name=name, places=", ".join(places)))
    found = _svg(
        figures.snake_plot(segments, fit, words), "snake", words.text("method.snake"), _listed("snake", lines, words)
    )
    if not points["segment"]:
        return found
    mean = words.number(points["mean_silhouette"], 2)
    widths = figures.silhouette_widths(points, segments, words)
    scatter = figures.component_scatter(points, segments, words)
    return {
        **found,
        **_svg(widths, "silhouettes", words.text("method.widths"), words.text("charts.alt.silhouettes", mean=mean)),
        **_svg(scatter, "scatter", words.text("method.scatter"), words.text("charts.alt.scatter")),
    }
