"""The registered model of the segmentation: it takes customer ids and returns segments.

The code file of a version is this file after those of `clientela.lookup` that it imports (`lookup/standalone.py`). It
imports nothing of clientela. So one process can serve two versions, and an installed package cannot change the answers
of a version.
"""

import json
from typing import Any

import mlflow
import numpy as np
import pyarrow as pa

from clientela.lookup.customer_index import CustomerIndex, in_place
from clientela.lookup.id_lookup import MANY, IdLookup
from clientela.lookup.ids import RequestError
from clientela.lookup.limits import MAX_IDS_WITH_DETAILS

# Conditions that a customer can meet by further purchases. Others, such as a short tenure, cannot be met later.
WITHIN_REACH = {
    ("days_since_last_purchase", "<="),
    ("order_count", ">"),
    ("total_spend", ">"),
    ("mean_order_value", ">"),
    ("largest_order_value", ">"),
    ("active_months", ">"),
    ("recent_spend", ">"),
    ("fading_spend", ">"),
    ("fading_orders", ">"),
    ("spend_trend", ">"),
    ("distinct_products", ">"),
    ("items_per_order", ">"),
    ("lines_per_order", ">"),
    ("products_per_order", ">"),
}
LARGEST_SEGMENT = 1_000_000  # ids of segments; each id up to the largest takes a place in a table of names
LEAST_PRECISION = 0.5  # below this, most customers who meet a rule's conditions are in another segment


class SegmentLookup(IdLookup):
    """Returns one dict per id, in the order of the request."""

    def load_context(self, context: Any) -> None:
        """Open the files of the version: the segments and the customers."""
        with open(context.artifacts["segments"], encoding="utf-8") as file:  # noqa: PTH123
            card = json.load(file)
        self.use_pseudonyms(card)
        self.limit = card["ids_a_request"]
        self.figures = card["figures"]
        self.as_of = card["as_of"]
        self.segments = {segment["id"]: segment for segment in card["segments"]}
        self.rules = card["rules"]
        self.new_customers = card.get("new_customers")  # versions of 0.1.0 have none
        self.currency = card.get("currency") or ""
        self.index = CustomerIndex(context.artifacts["customers"], context.artifacts["index"])
        self._check_customers()
        self.segment_ids = in_place(self.index.customers["segment_id"]).to_numpy()
        self._few_segment_ids = self.segment_ids.data
        # By segment id; no segment has the id 0.
        self.names = np.full(max(self.segments) + 1, None, object)
        for id_, segment in self.segments.items():
            self.names[id_] = segment["name"]["en"]

    def _check_customers(self) -> None:
        """Check that each customer has a segment and a rule of the version: numbers of others would end the process."""
        segments, rules = (in_place(self.index.customers[name]).to_numpy() for name in ("segment_id", "rule"))
        if not set(np.unique(segments).tolist()) <= self.segments.keys():
            raise ValueError("Each customer must be in a segment of the version. One is not.")
        if self.new_customers is not None and "tenure_days" not in self.index.customers.column_names:
            raise ValueError("The customers must have the column tenure_days, which says who is new. It is missing.")
        if "since" in self.index.customers.column_names and self.index.customers["since"].type != pa.date32():
            raise ValueError("The column since of the customers must hold dates. It does not.")
        if len(rules) and not (rules.min() >= 0 and rules.max() < len(self.rules)):
            raise ValueError(f"The rule of each customer must be below {len(self.rules)}, their number. One is not.")
        if not all(0 < id_ <= LARGEST_SEGMENT for id_ in self.segments):
            raise ValueError(f"The id of a segment must be between 1 and {LARGEST_SEGMENT:,}. One is not.")

    def answers(self, ids: list[str | None], rows: list[int] | np.ndarray, *, detail: bool) -> list[dict[str, Any]]:
        """One answer per id; with `detail`, the segment's texts and the customer's own figures.

        Args:
            ids: canonical customer ids; None for an id that is missing.
            rows: row of each id in the table of customers; negative for unknown ids.
            detail: whether answers have details.

        Returns:
            One dict per id, in the order of `ids`.

        Raises:
            RequestError: there are too many ids for details.
        """
        if detail:
            if len(ids) > MAX_IDS_WITH_DETAILS:
                raise RequestError(
                    f"A request with details takes at most {MAX_IDS_WITH_DETAILS:,} customer ids. Got {len(ids):,}: "
                    "send them in several requests."
                )
            return self._details(ids, rows)
        if len(ids) < MANY:
            return [
                {"customer_id": id_, "segment": None if row < 0 else self.names[self._few_segment_ids[row]]}
                for id_, row in zip(ids, rows, strict=True)
            ]
        rows = np.asarray(rows)
        # Row -1 would select the last customer, so unknown ids get segment 0.
        segment_ids = np.where(rows < 0, 0, self.segment_ids[rows]) if len(self.index) else np.zeros(len(ids), int)
        names = self.names[segment_ids].tolist()
        return [{"customer_id": id_, "segment": name} for id_, name in zip(ids, names, strict=True)]

    def _details(self, ids: list[str | None], rows: list[int] | np.ndarray) -> list[dict[str, Any]]:
        return [self._detail(id_, customer) for id_, customer in zip(ids, self.customers(rows), strict=True)]

    def _detail(self, id_: str | None, customer: dict[str, Any] | None) -> dict[str, Any]:
        if customer is None:
            return {"customer_id": id_, "segment": None, "detail": None}
        segment = self.segments[customer["segment_id"]]
        is_new, since = self._is_new(customer), customer.get("since")
        return {
            "customer_id": id_,
            "segment": segment["name"]["en"],
            "detail": {
                "segment_id": segment["id"],
                "name": segment["name"],
                "previous_name": segment.get("previous_name"),
                "description": segment["description"],
                "action": self.new_customers["action"] if self.new_customers and is_new else segment["action"],
                "new_customer": is_new,
                "as_of": self.as_of,
                "since": since.isoformat() if since else None,
                "customer": {name: customer[name] for name in self.figures},
                "why": self._why(customer),
                "next": self._next(customer),
            },
        }

    def _is_new(self, customer: dict[str, Any]) -> bool | None:
        """Whether the customer's first order is recent; None if the version does not say who is new."""
        if self.new_customers is None:
            return None
        tenure: float = customer["tenure_days"]
        return tenure <= self.new_customers["days"]

    def _why(self, customer: dict[str, Any]) -> dict[str, Any]:
        # The rules agree with the clusters for most customers only, so the answer says whether they agree.
        rule = self.rules[customer["rule"]]
        return {"agrees": rule["segment_id"] == customer["segment_id"], "rule": rule["text"]}

    def _next(self, customer: dict[str, Any]) -> dict[str, Any] | None:
        """The better segment that the customer can reach with the fewest changes; in a tie, the nearest in rank."""
        rank = self.segments[customer["segment_id"]]["rank"]
        ways = []
        for rule in self.rules:
            segment = self.segments[rule["segment_id"]]
            missing = [condition for condition in rule["conditions"] if not _holds(condition, customer)]
            within_reach = _can_be_reached(rule) and all(_can_change(condition) for condition in missing)
            if segment["rank"] < rank and missing and within_reach:
                ways.append((len(missing), -segment["rank"], segment, missing))
        if not ways:
            return None
        _, _, segment, missing = min(ways, key=lambda way: way[:2])
        return {
            "segment": segment["name"],
            "conditions": [
                {
                    "feature": c["feature"],
                    "now": customer[c["feature"]],
                    "op": c["op"],
                    "value": c["value"],
                    "text": c["text"],
                }
                for c in missing
            ],
        }


def _holds(condition: dict[str, Any], customer: dict[str, Any]) -> bool:
    value = customer[condition["feature"]]
    return value <= condition["value"] if condition["op"] == "<=" else value > condition["value"]


def _can_be_reached(rule: dict[str, Any]) -> bool:
    # Every change is a purchase, so a rule that requires a pause no longer holds after it.
    asks_for_a_pause = any(c["feature"] == "days_since_last_purchase" and c["op"] == ">" for c in rule["conditions"])
    return rule["precision"] >= LEAST_PRECISION and not asks_for_a_pause


def _can_change(condition: dict[str, Any]) -> bool:
    return (condition["feature"], condition["op"]) in WITHIN_REACH


mlflow.models.set_model(SegmentLookup())
