"""The model registry: register a version, judge it, move the champion, bring the previous one back, tell who did."""

from clientela.registry.aliases import (
    CHALLENGER,
    CHAMPION,
    PREVIOUS,
    move_champion,
    read_aliases,
    require_previous,
    require_promotable,
)
from clientela.registry.audit import Change, Entry, history
from clientela.registry.gates import Gate, Side
from clientela.registry.versions import Registered, churn_signature, fetch, register, run_metrics

__all__ = [
    "CHALLENGER",
    "CHAMPION",
    "PREVIOUS",
    "Change",
    "Entry",
    "Gate",
    "Registered",
    "Side",
    "churn_signature",
    "fetch",
    "history",
    "move_champion",
    "read_aliases",
    "register",
    "require_previous",
    "require_promotable",
    "run_metrics",
]
