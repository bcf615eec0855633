"""The registered model of the Insiders programme: it takes customer ids and returns memberships.

The code file of a version is this file after those of `clientela.lookup` that it imports (`lookup/standalone.py`).
"""

import json
from typing import Any

import mlflow
import numpy as np

from clientela.lookup.customer_index import CustomerIndex
from clientela.lookup.id_lookup import IdLookup

LANGUAGE = "en"  # language of the rule in a plain answer; `detail` has all languages


class InsiderLookup(IdLookup):
    """Returns one dict per id, in the order of the request."""

    def load_context(self, context: Any) -> None:
        """Open the files of the version: the rules and the customers."""
        with open(context.artifacts["programme"], encoding="utf-8") as file:  # noqa: PTH123
            self.card = json.load(file)
        self.use_pseudonyms(self.card)
        self.limit = self.card["ids_a_request"]
        self.as_of = self.card["as_of"]
        self.index = CustomerIndex(context.artifacts["customers"], context.artifacts["index"])

    def answers(self, ids: list[str | None], rows: list[int] | np.ndarray, *, detail: bool) -> list[dict[str, Any]]:
        """One answer per id: membership, the rule that decides, the distance to its thresholds, the expected revenue.

        Args:
            ids: canonical ids; None for a missing id.
            rows: row of each id in the version's customers; -1 for an unknown id.
            detail: whether to add the rule in every language, the customer's figures and their as-of date.

        Returns:
            Dicts in the order of `ids`; `member` is None for an unknown customer.
        """
        found = zip(ids, self.customers(rows), strict=True)
        return [self._answer(id_, customer, detail=detail) for id_, customer in found]

    def _answer(self, id_: str | None, customer: dict[str, Any] | None, *, detail: bool) -> dict[str, Any]:
        if customer is None:
            nothing = dict.fromkeys(("member", "rule", "distance", "expected_value", "interval"))
            return {"customer_id": id_, **nothing, **({"detail": None} if detail else {})}
        decides = "entry" if customer["enters"] else "removal" if customer["member"] else "entry"
        known = customer["low"] is not None
        answer = {
            "customer_id": id_,
            "member": customer["member"],
            "rule": self.card["texts"][decides][LANGUAGE],
            "distance": self._distance(customer),
            "expected_value": customer["expected"],
            "interval": [customer["low"], customer["high"]] if known else None,
        }
        if detail:
            answer["detail"] = {
                "status": "enters" if customer["enters"] else "stays" if customer["member"] else "outside",
                "rule": self.card["texts"][decides],
                "customer": {name: customer[name] for name in ("spend", "orders", "days")},
                **{name: self.card[name] for name in ("as_of", "window_days", "months", "level", "currency")},
            }
        return answer

    def _distance(self, customer: dict[str, Any]) -> dict[str, Any]:
        """For a member, how far each figure may fall before removal; for others, how much is missing to enter."""
        if customer["member"]:
            stay = self.card["rules"]["removal"]
            return {
                "to": "leave",
                "spend": round(customer["spend"] - stay["spend"], 4),
                "orders": customer["orders"] - stay["orders"],
                "days": stay["days"] - customer["days"],
            }
        entry = self.card["rules"]["entry"]
        return {
            "to": "enter",
            "spend": round(max(entry["spend"] - customer["spend"], 0.0), 4),
            "orders": max(entry["orders"] - customer["orders"], 0.0),
            "days": max(customer["days"] - entry["days"], 0.0),
        }


mlflow.models.set_model(InsiderLookup())
