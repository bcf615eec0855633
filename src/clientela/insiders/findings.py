"""All results of a run of the Insiders programme."""

from dataclasses import dataclass
from typing import Any

from clientela.insiders.expected_revenue import Worth
from clientela.insiders.programme import Programme
from clientela.insiders.ranking import Size
from clientela.insiders.rankings import Contest, Valued


@dataclass(frozen=True)
class Made:
    """All that a run found: what the list, the report, the run's figures and the version are made from."""

    size: Size
    valued: Valued
    contest: Contest
    programme: Programme
    proof: dict[str, Any] | None
    worth: Worth
    actions: list[dict[str, Any]]
