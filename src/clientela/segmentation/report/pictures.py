"""All pictures of a report as SVG, each with a title and a description that says what is in it."""

from collections.abc import Callable, Mapping
from typing import Any

from matplotlib.figure import Figure

from clientela.reporting.effect_sizes import effect_bars, size_of, strongest
from clientela.reporting.svg import render_svg
from clientela.reporting.words import Words
from clientela.segmentation.report import figures, figures_flow, figures_profile
from clientela.segmentation.report import figures_backtest as figures_proof
from clientela.segmentation.report.figures import Segments, colours_of


def draw_pictures(report: Mapping[str, Any], words: Words) -> dict[str, str]:
    """Name -> SVG; pictures of one segment are called "effects-3" and "rhythm-3" after its id."""
    segments = report["segments"]
    return {
        **_maps(report, segments, words),
        **_profiles(segments, words),
        **_flow(report["migration"], segments, words),
        **_proof(report["proof"], segments, words),
        **_method(report, segments, words),
    }


def _svg(figure: Figure, key: str, title: str, description: str) -> dict[str, str]:
    return {key: render_svg(figure, title, description, key=key)}


def _listed(key: str, items: list[str], words: Words, **places: str) -> str:
    return words.text(f"charts.alt.{key}", list="; ".join(items), **places)


def _maps(report: Mapping[str, Any], segments: Segments, words: Words) -> dict[str, str]:
    names = {s["id"]: words.pick(s["name"]) for s in segments}
    positions = [
        words.text(
            "charts.alt.position",
            name=names[s["id"]],
            recency=words.number(s["medians"]["days_since_last_purchase"]),
            orders=words.count("orders", s["medians"]["order_count"]),
        )
        for s in segments
    ]
    shares = [
        words.text(
            "charts.alt.share",
            name=names[s["id"]],
            customers=words.percent(s["customer_share"]),
            spend=words.percent(s["spend_share"]),
        )
        for s in segments
    ]
    grid = report["grid"]
    fullest = max(((r, c) for r in range(5) for c in range(5)), key=lambda cell: grid["customers"][cell[0]][cell[1]])
    row, column = fullest
    cell = words.text(
        "charts.alt.grid",
        customers=words.count("customers", grid["customers"][row][column]),
        name=names.get(grid["segment"][row][column], "–"),
    )
    drawn = figures.recency_frequency_grid(grid, segments, words)
    return {
        **_svg(
            figures.segment_positions(segments, words),
            "positions",
            words.text("maps.positions"),
            _listed("positions", positions, words),
        ),
        **_svg(
            figures.share_bars(segments, words),
            "shares",
            words.text("maps.shares"),
            _listed("shares", shares, words),
        ),
        **_svg(drawn, "grid", words.text("maps.grid"), cell),
    }


def _profiles(segments: Segments, words: Words) -> dict[str, str]:
    found: dict[str, str] = {}
    for segment, colour in zip(segments, colours_of(segments).values(), strict=True):
        name, id_ = words.pick(segment["name"]), segment["id"]
        told = strongest(segment["effects"])
        if told:
            items = [
                words.text(
                    "charts.alt.effect",
                    feature=words.label(feature),
                    size=words.text(f"charts.{size_of(value)}"),
                    side=words.text(f"charts.alt.side_{'high' if value > 0 else 'low'}"),
                )
                for feature, value in told
            ]
            figure = effect_bars(segment["effects"], colour=colour, words=words)
            title = f"{name}: {words.text('profiles.effects')}"
            found |= _svg(figure, f"effects-{id_}", title, _listed("effects", items, words, name=name))
        if segment["habits"]:
            weekdays = segment["habits"]["weekdays"]
            day = words.weekdays("wide")[weekdays.index(max(weekdays))]
            figure = figures_profile.rhythm(segment["habits"], colour=colour, words=words)
            title = f"{name}: {words.text('profiles.rhythm')}"
            found |= _svg(figure, f"rhythm-{id_}", title, words.text("charts.alt.rhythm", name=name, day=day))
    return found


def _flow(migration: Mapping[str, Any] | None, segments: Segments, words: Words) -> dict[str, str]:
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


def _proof(proof: Mapping[str, Any] | None, segments: Segments, words: Words) -> dict[str, str]:
    if not proof:
        return {}
    found: dict[str, str] = {}
    names = {s["id"]: words.pick(s["name"]) for s in segments}
    for outcome, written in outcomes(words).items():
        items = []
        for row in proof["by_segment"]:
            low, mean, high = (written(value) for value in row[outcome])
            name = names.get(row["id"], str(row["id"]))
            items.append(words.text("charts.alt.proof_item", name=name, low=low, mean=mean, high=high))
        figure = figures_proof.intervals(proof["by_segment"], outcome, segments, words, written=written)
        found |= _svg(figure, f"next-{outcome}", words.text(f"proof.{outcome}"), _listed("proof", items, words))
    bars = [
        words.text("charts.alt.yardstick", name=words.text(f"proof.{name}"), share=words.percent(proof["mean"][name]))
        for name in figures_proof.YARDSTICKS
    ]
    figure = figures_proof.yardsticks(proof, words)
    return found | _svg(figure, "yardsticks", words.text("proof.explained"), _listed("yardsticks", bars, words))


def outcomes(words: Words) -> dict[str, Callable[[float], str]]:
    """The outcomes of the next period, and how each is written."""
    return {
        "spend": words.money,
        "orders": lambda value: words.number(value, 1),
        "retention": lambda value: words.percent(value, 0),
    }


def _method(report: Mapping[str, Any], segments: Segments, words: Words) -> dict[str, str]:
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
