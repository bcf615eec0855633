"""All pictures of the Insiders report as SVG, each with a title and a description that says what is in it."""

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from clientela.insiders.report import figures
from clientela.insiders.report.story import Story
from clientela.reporting.charts import COLOURS
from clientela.reporting.effect_sizes import effect_bars, size_of, strongest
from clientela.reporting.svg import render_svg

MODELS_SHOWN = 9


def draw_pictures(report: Mapping[str, Any], story: Story) -> dict[str, str]:
    """Name -> SVG, of what there is."""
    return {
        **_curve(report, story),
        **_traits(report, story),
        **_shares(report, story),
        **_expected(report, story),
        **_replay(report, story),
        **_guarantee(report["proof"], story),
        **_models(report["contest"], story),
    }


def _svg(figure: Figure, key: str, title: str, description: str) -> dict[str, str]:
    return {key: render_svg(figure, title, description, key=key)}


def _curve(report: Mapping[str, Any], story: Story) -> dict[str, str]:
    curve, words = report["size"]["curve"], story.words
    at = min(range(len(curve["customers"])), key=lambda i: abs(curve["customers"][i] - curve["chosen"]))
    told = story.text("alt.curve", share=words.percent(curve["chosen"]), part=words.percent(curve["share"][at], 0))
    return _svg(figures.value_curve(curve, words), "curve", story.text("how_many.curve"), told)


def _traits(report: Mapping[str, Any], story: Story) -> dict[str, str]:
    effects, words = report["traits"]["members"]["effects"], story.words
    told = strongest(effects)
    if not told:
        return {}
    items = [
        words.text(
            "charts.alt.effect",
            feature=words.label(feature),
            size=words.text(f"charts.{size_of(value)}"),
            side=words.text(f"charts.alt.side_{'high' if value > 0 else 'low'}"),
        )
        for feature, value in told
    ]
    description = words.text("charts.alt.effects", list="; ".join(items), name=story.members)
    figure = effect_bars(effects, colour=COLOURS[0], words=words)
    return _svg(figure, "traits", story.text("traits.picture"), description)


def _shares(report: Mapping[str, Any], story: Story) -> dict[str, str]:
    words, shares, proof = story.words, report["shares"], report["proof"]
    rows: list[dict[str, Any]] = [
        {"key": "customers", "name": story.text("revenue.customers", members=story.members), "value": story.share}
    ]
    for key in ("history", "window"):
        low, value, high = shares[key]["share"]
        places = {"spend": words.money_short(shares[key]["spend"])}
        if key == "window":
            places["days"] = words.number(shares["window_days"])
        rows.append(
            {"key": key, "name": story.text(f"revenue.{key}", **places), "low": low, "value": value, "high": high}
        )
    if proof:
        low, value, high = proof["dates"][0]["share"]
        date = words.date(proof["dates"][0]["as_of"])
        name = story.text("revenue.next", days=proof["horizon_days"], date=date)
        rows.append({"key": "next", "name": name, "low": low, "value": value, "high": high})
    figure = figures.bars_with_intervals(rows, words, label=story.text("revenue.axis"), highlight="next")
    items = [_share_item(row, story) for row in rows]
    description = story.text("alt.shares", list="; ".join(items))
    return _svg(figure, "shares", story.text("revenue.picture"), description)


def _expected(report: Mapping[str, Any], story: Story) -> dict[str, str]:
    totals = report["expected"]["totals"]
    if not totals:
        return {}
    items = []
    for row in totals:
        low, value, high = (story.money(one) for one in row["members"])
        months = story.months(row["months"])
        items.append(story.text("alt.expected_item", months=months, low=low, value=value, high=high))
    figure = figures.expected_revenue(totals, months=story.months, money=story.money)
    description = story.text("alt.expected", list="; ".join(items))
    return _svg(figure, "expected", story.text("expected.picture"), description)


def _replay(report: Mapping[str, Any], story: Story) -> dict[str, str]:
    months, words = report["replay"]["months"], story.words
    names = {key: story.text(f"removal.{key}") for key in ("stayed", "entered", "left")}
    description = story.text(
        "alt.replay",
        first=words.number(months[0]["members"]),
        first_month=words.date(months[0]["as_of"]),
        last=words.number(months[-1]["members"]),
        last_month=words.date(months[-1]["as_of"]),
    )
    figure = figures.replay_bars(months, words, names=names)
    return _svg(figure, "replay", story.text("removal.replay"), description)


def _guarantee(proof: Mapping[str, Any] | None, story: Story) -> dict[str, str]:
    if not proof:
        return {}
    words, chance = story.words, proof["chance"]
    rows = [
        {
            "key": row["name"],
            "name": story.group(row["name"], short=True),
            "low": row["share"][0],
            "value": row["share"][1],
            "high": row["share"][2],
        }
        for row in sorted(proof["against"], key=lambda row: -row["share"][1])
    ]
    against = figures.bars_with_intervals(
        rows, words, label=story.text("guarantee.axis"), highlight="programme", decimals=1
    )
    histogram = figures.chance_histogram(
        chance,
        words,
        label=story.text("guarantee.axis"),
        heights=story.text("guarantee.groups"),
        members=story.text("guarantee.members"),
    )
    items = "; ".join(_share_item(row, story) for row in rows)
    told = story.text(
        "alt.chance", highest=words.percent(chance["highest"], 0), share=words.percent(chance["share"], 0)
    )
    return {
        **_svg(against, "against", story.text("guarantee.against"), story.text("alt.against", list=items)),
        **_svg(histogram, "chance", story.text("guarantee.chance"), told),
    }


def _models(contest: Mapping[str, Any], story: Story) -> dict[str, str]:
    models = [row for row in contest["models"] if row["is_model"]]
    if not models:
        return {}
    rows = [
        {"key": row["name"], "name": story.group(row["name"]), "value": row["average_precision"]}
        for row in contest["models"][:MODELS_SHOWN]
    ]
    used = contest["model"] if contest["choice"] == "model" else contest["choice"]
    figure = figures.bars_with_intervals(rows, story.words, label=story.text("performance.axis"), highlight=used)
    items = [story.text("alt.model_item", name=row["name"], value=story.words.percent(row["value"], 0)) for row in rows]
    title, description = story.text("performance.picture"), story.text("alt.models", list="; ".join(items))
    return _svg(figure, "models", title, description)


def _share_item(row: Mapping[str, Any], story: Story) -> str:
    low, value, high = (story.words.percent(row.get(key, row["value"])) for key in ("low", "value", "high"))
    return story.text("alt.share_item", name=row["name"], low=low, value=value, high=high)
