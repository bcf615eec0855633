"""How the Insiders report names and writes things in its language."""

from collections.abc import Mapping
from math import floor, log10
from typing import Any

from markupsafe import Markup

from clientela.insiders.report.conditions import entry_phrases, removal_phrases
from clientela.reporting.effect_sizes import size_of
from clientela.reporting.words import Words

Report = Mapping[str, Any]


class Voice:
    """The words of one report in one language."""

    def __init__(self, report: Report, words: Words) -> None:
        self.report = report
        self.words = words
        rules = report["programme"]["rules"]
        self.entry = entry_phrases(rules["entry"], rules["window_days"], words)
        self.removal = removal_phrases(rules["removal"], rules["window_days"], words)
        self.members = self.text("members.one" if report["programme"]["members"] == 1 else "members.other",
                                 n=words.number(report["programme"]["members"]))  # fmt: skip
        self.customers = words.count("customers", report["data"]["customers"])
        self.share = report["programme"]["members"] / report["data"]["customers"]

    def text(self, key: str, **values: Any) -> str:
        """A message of the Insiders report."""
        return self.words.text(f"insiders.{key}", **values)

    def html(self, key: str, **values: Any) -> Markup:
        """The same as markup."""
        return self.words.html(f"insiders.{key}", **values)

    def months(self, number: int) -> str:
        """A number of months: "3 months"."""
        return self.text(f"months.{'one' if number == 1 else 'other'}", n=self.words.number(number))

    def group(self, name: str, *, short: bool = False) -> str:
        """What an order of customers is called."""
        if name == "model":
            model = self.report["contest"]["model"]
            return self.text("groups.model_short") if short else self.text("groups.model", model=self.group(model))
        return self.text(f"groups.{name}")

    def order(self, name: str) -> str:
        """The same within a sentence."""
        return self.text(f"orders.{name}")

    def money(self, value: float) -> str:
        """An amount that is a forecast, with three digits: the others would be made up."""
        size = 10 ** max(0, floor(log10(abs(value))) - 2) if value else 1
        return self.words.money_short(round(value / size) * size)

    @property
    def level(self) -> str:
        """The level of the intervals."""
        return self.words.percent(self.report["assumed"]["interval"], 0)

    @property
    def near(self) -> Mapping[str, Any] | None:
        """The row of the expected revenue that is told in short: of the horizon, or the longest."""
        totals = self.report["expected"]["totals"]
        same = [row for row in totals if row["months"] == self.report["expected"]["months"]]
        return (same or totals or [None])[-1]

    def trait_size(self, effect: float) -> str:
        """The size of a difference in a word."""
        return self.text(f"traits.sizes.{size_of(effect)}")

    def verdict(self, ahead: list[float]) -> str:
        """Whether the programme is better than another group, from the interval of the difference."""
        key = "surely" if ahead[0] > 0 else "worse" if ahead[2] < 0 else "unsure"
        return self.text(f"guarantee.{key}")

    def factors(self) -> tuple[float, float] | None:
        """Lowest and highest of what came by what was expected, of the members at the past dates."""
        dates = self.report["proof"]["dates"] if self.report["proof"] else []
        known = [row["came"] / row["expected"] for row in dates if row["expected"]]
        return (min(known), max(known)) if known else None
