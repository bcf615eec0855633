"""What the Insiders report says in sentences: the headline, the nine answers, the actions."""

from collections.abc import Mapping
from statistics import median
from typing import Any

from markupsafe import Markup

from clientela.insiders.report.conditions import either
from clientela.insiders.report.evidence import Evidence
from clientela.reporting.effect_sizes import size_of

TRAITS = 3
# Figures that are grasped at once.
EASY = ("total_spend", "order_count", "days_since_last_purchase", "mean_order_value", "active_months")


class Story(Evidence):
    """The sentences of one report in one language."""

    def headlines(self) -> list[Markup]:
        """The programme in a few sentences; the last is what to do first."""
        words, proof = self.words, self.report["proof"]
        low, share, high = self.report["shares"]["history"]["share"]
        lines = [
            self.html(
                "summary.eligible",
                members=self.members,
                share=words.percent(self.share),
                customers=self.customers,
                revenue=words.percent(share, 0),
                low=words.percent(low, 0),
                high=words.percent(high, 0),
                level=self.level,
            ),
            self.html("summary.rule", entry=words.listed(self.entry), removal=either(self.removal, words)),
        ]
        lines += self._proof_lines() if proof else [self.html("summary.no_proof")]
        if self.near:
            low, value, high = self.near["members"]
            lines.append(
                self.html(
                    "summary.expected",
                    months=self.months(self.near["months"]),
                    value=self.money(value),
                    low=self.money(low),
                    high=self.money(high),
                )
            )
        if self.report["actions"]:
            lines.append(self.html("summary.first", action=self.first_action()))
        return lines

    def first_action(self) -> str:
        """The action with the largest gain, in one line."""
        best = max(self.report["actions"], key=lambda row: row["gain"])
        return self.text(f"actions.{best['name']}_first", **self._places(best))

    def action(self, row: Mapping[str, Any]) -> dict[str, Markup | str]:
        """An action's cells: what, whom, gain, and what may come later."""
        name, places = row["name"], self._places(row)
        later = f"actions.{name}_later"
        return {
            "what": self.html(f"actions.{name}", needs=places["needs"]),
            "who": places["customers"],
            "gain": self.html(f"actions.{name}_gain", gain=places["gain"], months=places["months"]),
            "later": self.text(later, later=places["later"], months=places["months"])
            if self.words.has(f"insiders.{later}") and row["later"] > 0
            else "",
        }

    def _places(self, row: Mapping[str, Any]) -> dict[str, str]:
        words = self.words
        needs = words.money(row["needs"]) if row["name"] in ("spend_short", "at_risk") else words.number(row["needs"])
        return {
            "customers": words.count("customers", row["customers"]),
            "gain": self.money(row["gain"]),
            "later": self.money(row["later"]),
            "needs": needs,
            "success": words.percent(self.report["assumed"]["success"], 0),
            "months": self.months(self.report["expected"]["months"]),
        }

    def answers(self) -> dict[str, str]:
        """Section -> its answer in one sentence."""
        words, report = self.words, self.report
        shown = words.number(len(report["people"]))
        entry, removal = words.listed(self.entry), either(self.removal, words)
        share = words.percent(self.share)
        return {
            "who": self.text("who.short", members=self.members, shown=shown),
            "how_many": self.text("how_many.short", members=self.members, customers=self.customers, share=share),
            "traits": self.text("traits.short", traits="; ".join(self.traits()[:TRAITS])),
            "revenue": self._revenue(),
            "expected": self._expected(),
            "entry": self.text("entry.short", entry=entry),
            "removal": self.text("removal.short", removal=removal),
            "guarantee": self._guarantee(),
            "actions": self._actions(),
        }

    def traits(self) -> list[str]:
        """The features that set the members apart most, each with both medians."""
        members, rest = self.report["traits"]["members"], self.report["traits"]["rest"]
        return [
            self.text(
                "traits.more",
                feature=self.words.label(name),
                member=self.words.value(name, members["medians"].get(name), unit=False),
                rest=self.words.value(name, rest["medians"].get(name), unit=False),
            )
            for name in sorted(EASY, key=lambda name: -abs(members["effects"].get(name, 0.0)))
            if name in members["effects"] and size_of(members["effects"][name]) != "trace"
        ]

    def _revenue(self) -> str:
        words, proof = self.words, self.report["proof"]
        low, share, high = (words.percent(value, 0) for value in self.report["shares"]["history"]["share"])
        if not proof:
            return self.text("revenue.short_alone", history=share, low=low, high=high)
        latest = proof["dates"][0]
        return self.text(
            "revenue.short",
            history=share,
            low=low,
            high=high,
            next=words.percent(latest["share"][1], 0),
            days=proof["horizon_days"],
            date=words.date(latest["as_of"]),
        )

    def _expected(self) -> str:
        if not self.near:
            return self.text("expected.none")
        low, value, high = (self.money(one) for one in self.near["members"])
        months = self.months(self.near["months"])
        return self.text("expected.short", value=value, low=low, high=high, months=months)

    def _actions(self) -> str:
        rows = self.report["actions"]
        if not rows:
            return self.text("actions.short_none")
        return self.text(
            "actions.short",
            gain=self.money(sum(row["gain"] for row in rows)),
            customers=self.words.count("customers", sum(row["customers"] for row in rows)),
            success=self.words.percent(self.report["assumed"]["success"], 0),
        )

    def usual_month(self) -> Markup | None:
        """How many enter and leave in a usual month, the first left out."""
        months = self.report["replay"]["months"][1:]
        if not months:
            return None
        return self.html(
            "removal.lead_replay",
            entered=self.words.number(round(median(month["entered"] for month in months))),
            left=self.words.number(round(median(month["left"] for month in months))),
            months=self.months(len(months)),
        )

    def looser(self) -> Markup:
        """Why the conditions to stay are what they are."""
        programme, flapped = self.report["programme"], self.report["replay"]["flapped"]
        back = self.words.percent(flapped, 0)
        if programme["given"]:
            return self.html("removal.why_given", flapped=back)
        share = self.words.percent(programme["looser"], 0)
        if flapped is None:
            return self.html("removal.why_unseen", share=share)
        return self.html("removal.why", share=share, flapped=back)

    def not_asked(self) -> str | None:
        """The kinds of conditions that the entry rules leave out."""
        rules = self.report["programme"]["rules"]
        missing = [
            self.text(f"entry.{name}")
            for name, idle in (
                ("orders", rules["entry"]["orders"] <= 1),
                ("days", rules["entry"]["days"] >= rules["window_days"]),
            )
            if idle
        ]
        return self.text("entry.not_asked", list=self.words.listed(missing)) if missing else None
