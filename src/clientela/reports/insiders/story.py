"""What the Insiders report says in sentences: the headline, the nine answers, the limits."""

from collections.abc import Mapping
from datetime import date
from math import floor, log10
from statistics import median
from typing import Any

from markupsafe import Markup

from clientela.reports.figures_profile import size_of
from clientela.reports.insiders.conditions import either, entry_phrases, removal_phrases
from clientela.reports.story import times
from clientela.reports.words import Words

Report = Mapping[str, Any]
FEW, TWO_YEARS, TRAITS = 100, 730, 3
EASY = ("total_spend", "order_count", "days_since_last_purchase", "mean_order_value", "active_months")  # to grasp
SURE = 0.05  # p-values above it are not beyond chance
MODELS = {"BetaGeometricNBD": "BG/NBD", "ModifiedBetaGeometricNBD": "MBG/NBD", "ParetoNBD": "Pareto/NBD"}


class Story:
    """The sentences of one report in one language."""

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

    def _proof_lines(self) -> list[Markup]:
        words, proof = self.words, self.report["proof"]
        latest, chance = proof["dates"][0], proof["chance"]
        took = {row["name"]: row["share"][1] for row in proof["against"]}
        better = round(chance["probability"] * (1 + chance["draws"])) - 1
        lines = [
            self.html(
                "summary.proof",
                date=words.date(latest["as_of"]),
                days=proof["horizon_days"],
                each=words.money(latest["each"][1]),
                times=times(latest["times"][1], words),
                low=times(latest["times"][0], words),
                high=times(latest["times"][2], words),
                draws=words.number(chance["draws"]),
                better=self.text("summary.none") if better == 0 else words.number(better),
            )
        ]
        plain = next((row for row in proof["against"] if row["name"] == "revenue_sort"), None)
        if plain:
            lines.append(
                self.html(
                    "summary.plain",
                    plain=words.percent(plain["share"][1], 1),
                    programme=words.percent(took["programme"], 1),
                    verdict=self.verdict(plain["ahead"]),
                )
            )
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

    def trait_size(self, effect: float) -> str:
        """The size of a difference in a word."""
        return self.text(f"traits.sizes.{size_of(effect)}")

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

    def _guarantee(self) -> str:
        proof = self.report["proof"]
        if not proof:
            return self.text("guarantee.none")
        low, value, high = (times(one, self.words) for one in proof["dates"][0]["times"])
        p = proof["chance"]["probability"]
        key = "short" if p <= SURE else "short_not"
        return self.text(f"guarantee.{key}", times=value, low=low, high=high, p=self.words.number(p, 3))

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

    def verdict(self, ahead: list[float]) -> str:
        """Whether the programme is better than another group, from the interval of the difference."""
        key = "surely" if ahead[0] > 0 else "worse" if ahead[2] < 0 else "unsure"
        return self.text(f"guarantee.{key}")

    def better(self) -> Markup:
        """The guarantee in words, of the latest date."""
        words, latest = self.words, self.report["proof"]["dates"][0]
        low, value, high = (times(one, words) for one in latest["times"])
        sure = latest["probability"] <= SURE
        return self.html(
            "guarantee.better" if sure else "guarantee.better_not",
            date=words.date(latest["as_of"]),
            each=words.money(latest["each"][1]),
            rest=words.money(latest["rest"][1]),
            times=value,
            low=low,
            high=high,
            size=self.trait_size(latest["effect"]),
            # Cliff's delta is the share of pairs that the member wins less that of those it loses; ties are halves.
            chance=words.percent((1 + latest["effect"]) / 2, 0),
            again=words.percent(latest["again"][0], 0),
            again_rest=words.percent(latest["again"][1], 0),
        )

    def factors(self) -> tuple[float, float] | None:
        """Lowest and highest of what came by what was expected, of the members at the past dates."""
        dates = self.report["proof"]["dates"] if self.report["proof"] else []
        known = [row["came"] / row["expected"] for row in dates if row["expected"]]
        return (min(known), max(known)) if known else None

    def care(self) -> Markup | None:
        """How far the value models were off."""
        factors = self.factors()
        if not factors or not self.near:
            return None
        proof = self.report["proof"]
        places = {"low": self.words.number(factors[0], 1), "high": self.words.number(factors[1], 1)}
        count = len(proof["dates"])
        if count == 1:
            return self.html("expected.care_one", low=places["low"], days=proof["horizon_days"])
        return self.html("expected.care", dates=count, days=proof["horizon_days"], **places)

    def findings(self) -> list[str]:
        """Where the value models do not fit, in sentences."""
        found = []
        for one in self.report["expected"]["findings"]:
            figures = {name: self._figure(name, value) for name, value in one["figures"].items()}
            found.append(self.text(f"findings.{one['code']}", **figures))
        return found

    def _figure(self, name: str, value: Any) -> str:
        if isinstance(value, str):
            return MODELS.get(value, value)
        return self.words.number(value, 2 if name in ("correlation", "q", "alive", "error") else 0)

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

    def model_verdict(self) -> Markup | None:
        """Whether the supervised model is used, and why."""
        contest = self.report["contest"]
        shares = {row["name"]: self.words.percent(row["share"][1], 1) for row in contest["shares"]}
        if "model" not in shares:
            return None
        places = {
            "model": self.group(contest["model"]),
            "share": shares["model"],
            "value": shares.get("expected_value", "–"),
        }
        if contest["choice"] == "model":
            return self.html("performance.won", **places)
        order = self.order(contest["choice"])
        chosen = shares[contest["choice"]]
        value_order = self.order("expected_value")
        return self.html("performance.lost", order=order, value_order=value_order, chosen=chosen, **places)

    def limits(self) -> list[Markup]:
        """What the report cannot say, from its figures."""
        words, report = self.words, self.report
        proof, data = report["proof"], report["data"]
        lines = [self.html("limits.as_of", date=words.date(report["shop"]["as_of"]))]
        if not proof:
            lines.append(self.html("limits.unproven"))
        else:
            first = date.fromisoformat(proof["dates"][-1]["as_of"])
            span = (date.fromisoformat(proof["dates"][0]["as_of"]) - first).days + proof["horizon_days"]
            lines.append(self.html("limits.overlap", dates=len(proof["dates"]), days=words.number(span)))
            rivals = [row for row in proof["against"] if row["name"] not in ("programme", "revenue_sort", "random")]
            if not any(row["share"][1] > _of(proof, "revenue_sort") for row in rivals):
                lines.append(self.html("limits.plain"))
        lines.append(self.html("limits.hindsight"))
        if factors := self.factors():
            places = {"low": words.number(factors[0], 1), "high": words.number(factors[1], 1)}
            lines.append(self.html("limits.season", **places))
        days = (date.fromisoformat(data["last_order"]) - date.fromisoformat(data["first_order"])).days + 1
        if days < TWO_YEARS:
            lines.append(self.html("limits.short", days=words.number(days)))
        if report["programme"]["members"] < FEW:
            lines.append(self.html("limits.few", members=self.members))
        return [*lines, self.html("limits.causes")]


def _of(proof: Mapping[str, Any], name: str) -> float:
    return next((row["share"][1] for row in proof["against"] if row["name"] == name), 0.0)
