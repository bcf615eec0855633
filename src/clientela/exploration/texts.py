"""What the exploration found, in sentences; their texts are in reporting/wording."""

from clientela.exploration.customers import Concentration, Distribution, Pairs
from clientela.exploration.explore import Exploration
from clientela.exploration.time import Cohorts, Seasons
from clientela.reporting.words import Words

AGES = {"month": (1, 3, 6), "quarter": (1, 2, 4), "year": (1, 2)}  # periods after the first purchase in a sentence
WEAK = 0.3  # rank correlation, below which a pair is not worth a sentence


def exploration_sentences(data: Exploration, words: Words) -> list[str]:
    """The findings, the most important ones first."""
    found = [*_concentration(data["concentration"], words), *_customers(data, words)]
    found += [*_cohorts(data["cohorts"], words), *_seasons(data["seasons"], words), *_pairs(data["pairs"], words)]
    return found


def cohort_name(start: str, unit: str, words: Words) -> str:
    """A cohort's period: "Dec 2010", "Q4 2010" or "2010"."""
    year, month = start[:4], int(start[5:7])
    if unit == "quarter":
        return words.text("exploration.quarter", number=(month + 2) // 3, year=year)
    return year if unit == "year" else f"{words.month(start)} {year}"


def _concentration(one: Concentration | None, words: Words) -> list[str]:
    if not one:
        return []
    best, lower = words.percent(one["best"], 0), words.percent(one["lower"])
    return [words.text("exploration.found.concentration", share=words.percent(0.2, 0), best=best, lower=lower)]


def _customers(data: Exploration, words: Words) -> list[str]:
    by_name: dict[str, Distribution] = {one["feature"]: one for one in data["distributions"]}
    found = []
    if data["one_time"] is not None:
        found.append(words.text("exploration.found.one_time", share=words.percent(data["one_time"])))
    if spend := by_name.get("total_spend"):
        median, top = words.money(spend["quartiles"][1]), words.money(spend["top"])
        found.append(words.text("exploration.found.spend", median=median, top=top))
    return found


def _cohorts(one: Cohorts | None, words: Words) -> list[str]:
    if not one:
        return []
    ages = [(age, one["overall"][age]) for age in AGES[one["unit"]] if age < len(one["overall"])]
    parts = [
        words.text("exploration.found.in_period", share=words.percent(share, 0), number=age)
        for age, share in ages
        if share is not None
    ]
    unit = one["unit"]
    return [words.text(f"exploration.found.cohorts_{unit}", list=words.listed(parts))] if parts else []


def _seasons(one: Seasons | None, words: Words) -> list[str]:
    if not one:
        return []
    days = words.weekdays("wide")
    shares = one["weekdays"]
    strong = max(range(7), key=lambda day: shares[day])
    found = []
    if one["years"]:
        months = [(value, number) for number, value in enumerate(one["months"], 1) if value is not None]
        (high, best), (low, weak) = max(months), min(months)
        found.append(
            words.text(
                "exploration.found.months" if one["years"] > 1 else "exploration.found.months_one_year",
                best=words.month_name(best),
                weak=words.month_name(weak),
                high=words.number(high, 1),
                low=words.number(low, 1),
                years=one["years"],
            )
        )
    found.append(words.text("exploration.found.weekdays", day=days[strong], share=words.percent(shares[strong], 0)))
    if closed := [day for day, share in zip(days, shares, strict=True) if not share]:
        found.append(words.text("exploration.found.closed", days=words.listed(closed)))
    return found


def _pairs(one: Pairs | None, words: Words) -> list[str]:
    found = []
    for key, pair in (("together", one["together"]), ("apart", one["apart"])) if one else ():
        if pair and abs(pair["value"]) >= WEAK:
            first, second = words.label(pair["first"]), words.label(pair["second"])
            value = words.number(pair["value"], 2)
            found.append(words.text(f"exploration.found.{key}", first=first, second=second, value=value))
    return found
