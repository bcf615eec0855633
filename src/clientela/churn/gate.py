"""The churn model as the gate sees it."""

from datetime import date
from pathlib import Path

import pandas as pd

from clientela.churn.version import FROM_TABLE, FROM_WINDOW, read_version, version_code
from clientela.registry import Gate, Registered, Side, gates
from clientela.registry.model_kind import Kind, Seen
from clientela.registry.probe import GoldenField, nobody
from clientela.settings import PromotionSettings, load_churn_model

WHAT = {FROM_TABLE: "who leaves by the table of customers", FROM_WINDOW: "who buys nothing"}
ASKED = 20  # customers with the highest, and as many with the lowest probabilities, whose answers are checked


def churn_kind(conf: Path) -> Kind:
    """How versions of the churn model are judged.

    Who is a customer still changes from month to month, so a version need not know the champion's.
    """
    alone = [Gate(name, True, gates.NO_CHAMPION) for name in ("comparable", "window", "metrics", "fresh")]
    return Kind(load_churn_model(conf=conf), version_code(), _see, _compare, alone)


def golden_probabilities(probability_of: pd.Series) -> GoldenField:
    """The customers at the highest and at the lowest risk of a version's table, and an id that nobody has."""
    ordered = probability_of.sort_values(kind="stable")
    chosen = pd.concat([ordered.head(ASKED), ordered.tail(ASKED)])
    return GoldenField("probability", {str(id_): float(value) for id_, value in chosen.items()}, nobody(ordered.index))


def _see(found: Registered, files: Path) -> Seen:
    content = read_version(files)
    probability_of = content.customers.set_index("customer_id")["probability"]
    side = Side(found.number, found.tags, date.fromisoformat(content.card["as_of"]), probability_of)
    return Seen(side, golden_probabilities(probability_of))


def _compare(challenger: Side, champion: Side, limits: PromotionSettings) -> list[Gate]:
    same = [gates.compares(challenger, champion), _foretells(challenger, champion)]
    if not all(gate.passed for gate in same):
        return same
    # Each was measured on its own run's test.
    metrics = gates.keeps_the_metrics(challenger, champion, worse_by=limits.churn_worse_by.model_dump())
    return [*same, metrics, gates.is_fresh(challenger, champion)]


def _foretells(challenger: Side, champion: Side) -> Gate:
    """Both foretell the same: what a table says (the tag `label`), or no purchase, in as many days (`window_days`)."""
    ours, theirs = (
        f"{WHAT.get(side.tags.get('label', ''), 'who leaves')} within {side.tags.get('window_days')} days"
        for side in (challenger, champion)
    )
    sentence = f"It foretells {ours}; the champion {theirs}, which must be the same."
    return Gate("window", ours == theirs, sentence, ours, theirs)
