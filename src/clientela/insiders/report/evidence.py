"""What the Insiders report says of its evidence: the proof, the findings of the models, the limits."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from markupsafe import Markup

from clientela.insiders.report.voice import Voice
from clientela.reporting.phrases import times

FEW, TWO_YEARS = 100, 730
SURE = 0.05  # p-values above it are not beyond chance
MODELS = {"BetaGeometricNBD": "BG/NBD", "ModifiedBetaGeometricNBD": "MBG/NBD", "ParetoNBD": "Pareto/NBD"}


class Evidence(Voice):
    """The sentences about how sure all is."""

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

    def _guarantee(self) -> str:
        proof = self.report["proof"]
        if not proof:
            return self.text("guarantee.none")
        low, value, high = (times(one, self.words) for one in proof["dates"][0]["times"])
        p = proof["chance"]["probability"]
        key = "short" if p <= SURE else "short_not"
        return self.text(f"guarantee.{key}", times=value, low=low, high=high, p=self.words.number(p, 3))

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
