"""A started campaign: its dates, what was done, and who was assigned to which arm."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Self

from clientela.exports.treatment import CONTROL, TREATMENT

HOLDOUT, EXCLUDED = "holdout", "excluded"
ARMS = (TREATMENT, CONTROL, HOLDOUT, EXCLUDED)
# Columns of the assignment. `reason` says why a customer was excluded and is empty in the other arms; `since` is the
# first day of the campaign. Each row is the event "this customer is in this arm of this campaign since this day".
ASSIGNMENT = ("campaign", "customer_id", "segment", "arm", "reason", "since")


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """A started campaign.

    Attributes:
        name: name, unique among the campaigns of a data set.
        dataset: name of the data set.
        action: what the treated customers get, such as "coupon"; campaigns with the same action are comparable.
        start: first day.
        days: length of the period in which the result is measured (days).
        control: planned share of control customers among those who may be contacted.
        seed: random seed.
        model_version: version of the segmentation that the segments are from; None for a list.
        ledger: number of customers by arm and by reason of exclusion; their sum is the size of the target group.
        digest: digest of the inputs, to recognise a campaign that is started again.
        run_id: id of the MLflow run that keeps the campaign; empty before it is stored.
        result_run: id of the run of the latest measurement; None before the first.
    """

    name: str
    dataset: str
    action: str
    start: date
    days: int
    control: float
    seed: int
    model_version: int | None
    ledger: Mapping[str, int]
    digest: str
    run_id: str = ""
    result_run: str | None = None

    @property
    def end(self) -> date:
        """Last day of the period."""
        return self.start + timedelta(days=self.days - 1)

    @property
    def customers(self) -> int:
        """Number of customers in the target group, with those who were left out."""
        return sum(self.ledger.values())

    def overlaps(self, start: date, days: int) -> bool:
        """Whether the campaign runs on a day of another period.

        Args:
            start: first day of the other period.
            days: length of the other period (days).
        """
        return self.start < start + timedelta(days=days) and start <= self.end

    def to_json(self) -> str:
        """The campaign as JSON, without the ids of its runs."""
        fields = asdict(replace(self, ledger=dict(self.ledger)))
        kept = {name: value for name, value in fields.items() if name not in ("run_id", "result_run")}
        return json.dumps({**kept, "start": self.start.isoformat()}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str, *, run_id: str = "", result_run: str | None = None) -> Self:
        """The campaign that `to_json` wrote.

        Args:
            text: JSON text.
            run_id: id of the run that keeps the campaign.
            result_run: id of the run of the latest measurement.
        """
        fields = json.loads(text)
        return cls(**{**fields, "start": date.fromisoformat(fields["start"])}, run_id=run_id, result_run=result_run)
