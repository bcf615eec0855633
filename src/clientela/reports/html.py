"""The report as one HTML page that needs nothing else: no network, no script, pictures within."""

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from clientela.contracts import CUSTOMER_FEATURES
from clientela.reports import story
from clientela.reports.figures import colours_of, ink_on
from clientela.reports.pictures import draw_pictures, outcomes
from clientela.reports.words import Words

BOARD_ROWS = 15
SECTIONS = ("summary", "maps", "profiles", "moves", "proof", "data", "method", "limits")
METRICS = {
    "silhouette": 3, "davies_bouldin": 3, "calinski_harabasz": 0, "separation": 3, "stability": 2, "explained_spend": 3,
}  # fmt: skip
FEATURES = tuple(column.name for column in CUSTOMER_FEATURES.columns if column.name != "customer_id")


def render_report(report: Mapping[str, Any], *, language: str) -> str:
    """The segments' report as HTML; the same report gives the same bytes.

    Args:
        report: plain data: shop, data, choice, board, segments, points, grid, rules, migration, proof.
        language: "en" or "pt-BR".
    """
    words = Words(language, currency=report["shop"]["currency"])
    pictures = {name: Markup(svg) for name, svg in draw_pictures(report, words).items()}
    colours = colours_of(report["segments"])
    page = environment(words).get_template("segments.html.j2")
    return page.render(
        **report,
        language=language,
        sections=SECTIONS,
        pictures=pictures,
        colours=colours,
        inks={id_: ink_on(colour) for id_, colour in colours.items()},
        names={s["id"]: words.pick(s["name"]) for s in report["segments"]},
        headlines=story.headlines(report, words),
        limits=story.limits(report, words),
        expectations={s["id"]: story.expectation(report, s["id"], words) for s in report["segments"]},
        outcomes=outcomes(words),
        metrics=METRICS,
        features=FEATURES,
        main_features=story.MAIN,
        board_rows=BOARD_ROWS,
    )


def environment(words: Words) -> Environment:
    """Templates with the words and filters that every page uses."""
    environment = Environment(
        loader=PackageLoader("clientela.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "t": words.html,
        "has_label": lambda feature: words.has(f"features.{feature}.label"),
        "count": words.count,
        "listed": words.listed,
        "dict_of_names": lambda rows: {row["id"]: words.pick(row["name"]) for row in rows},
        "rules_of": lambda segment: story.rules_of(segment, words),
    }
    environment.filters |= {
        "pick": words.pick,
        "num": words.number,
        "pct": words.percent,
        "money": words.money,
        "money_short": words.money_short,
        "day": words.date,
        "label": words.label,
        "lift": lambda lift: story.likelihood(lift, words),
        "name_in": lambda id_, names: names.get(id_, str(id_)),
        "times": lambda ratio: story.times(ratio, words),
        "standing": lambda rank: story.standing(rank, words),
        "of_feature": lambda value, feature: words.value(feature, value),
        "ledger_rule": lambda row: story.ledger_rule(row, words),
        "dropped": lambda reason: story.reason_dropped(reason, words),
    }
    return environment
