"""The context of a rendered report: its data, its language, and how it names and writes things."""

from dataclasses import dataclass
from functools import cached_property
from math import floor, log10
from typing import Any

from markupsafe import Markup

from clientela.forecast.texts import WIDEST
from clientela.insiders.expected_revenue import ExpectedTotal
from clientela.insiders.report.conditions import entry_phrases, removal_phrases
from clientela.insiders.report.schema import ReportData
from clientela.reporting.effect_sizes import size_of
from clientela.reporting.words import Words


@dataclass(frozen=True)
class ReportContext:
    """A report's data and the words of its language.

    Attributes:
        report: report data.
        words: messages and formats of the language, with the book of the Insiders report.
    """

    report: ReportData
    words: Words

    def text(self, key: str, **values: Any) -> str:
        """A message of the Insiders report."""
        return self.words.text(f"insiders.{key}", **values)

    def html(self, key: str, **values: Any) -> Markup:
        """A message of the Insiders report as markup."""
        return self.words.html(f"insiders.{key}", **values)

    def months(self, number: int) -> str:
        """A number of months: "3 months"."""
        return self.text(f"months.{'one' if number == 1 else 'other'}", n=self.words.number(number))

    def group(self, name: str, *, short: bool = False) -> str:
        """The name of a group of customers: the programme, or the top of a ranking."""
        if name == "model":
            model = self.report["comparison"]["model"]
            return (
                self.text("groups.model_short") if short else self.text("groups.model", model=self.group(model or ""))
            )
        return self.text(f"groups.{name}")

    def ranking(self, name: str) -> str:
        """The name of a ranking within a sentence."""
        return self.text(f"orders.{name}")

    def money(self, value: float) -> str:
        """A predicted amount, with three significant digits: more would suggest a precision that it does not have."""
        size = 10 ** max(0, floor(log10(abs(value))) - 2) if value else 1
        return self.words.money_short(round(value / size) * size)

    def trait_size(self, effect: float) -> str:
        """The size of an effect (Cliff's delta) in a word."""
        return self.text(f"traits.sizes.{size_of(effect)}")

    @cached_property
    def entry(self) -> list[str]:
        """The conditions to enter, one phrase per condition."""
        rules = self.report["programme"]["rules"]
        return entry_phrases(rules["entry"], rules["window_days"], self.words)

    @cached_property
    def removal(self) -> list[str]:
        """The conditions that end a membership, one phrase per condition."""
        rules = self.report["programme"]["rules"]
        return removal_phrases(rules["removal"], rules["window_days"], self.words)

    @cached_property
    def members(self) -> str:
        """The number of members: "72 members"."""
        members = self.report["programme"]["members"]
        return self.text(f"members.{'one' if members == 1 else 'other'}", n=self.words.number(members))

    @property
    def customers(self) -> str:
        """The number of customers: "720 customers"."""
        return self.words.count("customers", self.report["data"]["customers"])

    @property
    def share(self) -> float:
        """The members' share of the customers."""
        return self.report["programme"]["members"] / self.report["data"]["customers"]

    @property
    def level(self) -> str:
        """The level of the intervals: "90%"."""
        return self.words.percent(self.report["assumptions"]["interval"], 0)

    @property
    def recent(self) -> str:
        """Ending of the messages about a forecast without a season; empty with one."""
        record = self.report["expected"]["record"]
        return "" if record is None or record["seasonal"] else "_recent"

    @property
    def headline_total(self) -> ExpectedTotal | None:
        """The expected revenue in the horizon, or in the longest period; None if nothing is expected.

        Without a season, a range of more than a factor of ten says nothing, so a shorter period is quoted, if there is
        one with a narrower range.
        """
        every = self.report["expected"]["totals"]
        totals = [row for row in every if not self.recent or row["members"][2] <= WIDEST * row["members"][0]] or every
        same = [row for row in totals if row["months"] == self.report["expected"]["months"]] or totals
        return same[-1] if same else None
