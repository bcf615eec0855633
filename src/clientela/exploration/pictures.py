"""The pictures of the exploration."""

from clientela.exploration.customers import Concentration, Distribution
from clientela.exploration.explore import Exploration
from clientela.exploration.time import Seasons
from clientela.reporting.drawing import ORANGE, WIDTH, bars, label, line, picture
from clientela.reporting.words import Words

TOP, LOW = 10, 150  # upper and lower end of the Lorenz curve in points


def exploration_pictures(data: Exploration, words: Words) -> dict[str, str]:
    """Name -> SVG; distributions are "distribution-FEATURE"."""
    found = {f"distribution-{one['feature']}": _histogram(one, words) for one in data["distributions"]}
    if data["concentration"]:
        found["lorenz"] = _lorenz(data["concentration"], words)
    if data["seasons"]:
        found |= {"months": _months(data["seasons"], words), "weekdays": _weekdays(data["seasons"], words)}
    return found


def _histogram(one: Distribution, words: Words) -> str:
    name, edges = one["feature"], one["edges"]
    written = [words.value(name, edge) for edge in edges]
    tips = [
        f"{words.text('profiles.to', low=low, high=high)}: {words.count('customers', count)}"
        for low, high, count in zip(written, written[1:], one["counts"], strict=False)
    ]
    labels = ["" for _ in one["counts"]]
    parts = bars(one["counts"], labels, tips, height=90)
    parts += [label(0, 86, written[0], anchor="start"), label(WIDTH, 86, written[-1], anchor="end")]
    low, middle, high = (words.value(name, value) for value in one["quartiles"])
    description = words.text("exploration.alt.distribution", low=low, middle=middle, high=high)
    return picture(parts, height=90, title=words.label(name), description=description)


def _lorenz(one: Concentration, words: Words) -> str:
    def place(x: float, y: float) -> tuple[float, float]:
        return 30 + x * (WIDTH - 40), LOW - y * (LOW - TOP)

    marked = place(0.2, one["best"])
    parts = [
        line([place(0, 0), place(1, 1)], colour="var(--line)", width=1),
        line([place(x, y) for x, y in one["curve"]]),
        line([place(0.2, 0), marked, place(0, one["best"])], colour=ORANGE, width=1, dashes="3 2"),
        line([place(0, 1), place(0, 0), place(1, 0)], colour="var(--line)", width=1),
        label(26, marked[1] + 3, words.percent(one["best"], 0), anchor="end", quiet=False),
        label(marked[0], LOW + 11, words.percent(0.2, 0), quiet=False),
        label(WIDTH - 10, LOW + 11, words.text("exploration.share_customers"), anchor="end"),
        label(34, TOP + 2, words.text("exploration.share_revenue"), anchor="start"),
    ]
    description = words.text(
        "exploration.alt.lorenz", best=words.percent(one["best"], 0), gini=words.number(one["gini"], 2)
    )
    return picture(parts, height=LOW + 18, title=words.text("exploration.lorenz"), description=description)


def _months(one: Seasons, words: Words) -> str:
    names = [words.month(f"2024-{number:02d}-01") for number in range(1, 13)]
    tips = [
        f"{name}: {words.text('exploration.of_average', times=words.number(value, 2))}" if value is not None else ""
        for name, value in zip(names, one["months"], strict=True)
    ]
    parts = bars(one["months"], names, tips)
    most = max(value for value in one["months"] if value is not None)
    height = 94 - 88 / most if most else 94  # of an average month
    parts.append(line([(0, height), (WIDTH, height)], colour="var(--quiet)", width=1, dashes="3 2"))
    description = words.text("exploration.alt.months", list="; ".join(tip for tip in tips if tip))
    return picture(parts, height=110, title=words.text("exploration.months"), description=description)


def _weekdays(one: Seasons, words: Words) -> str:
    names, full = words.weekdays(), words.weekdays("wide")
    tips = [f"{name}: {words.percent(share)}" for name, share in zip(full, one["weekdays"], strict=True)]
    parts = bars(one["weekdays"], names, tips)
    description = words.text("exploration.alt.weekdays", list="; ".join(tips))
    return picture(parts, height=110, title=words.text("exploration.weekdays"), description=description)
