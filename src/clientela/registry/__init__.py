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
from clientela.registry.contents import CODE
from clientela.registry.gates import Gate, Side
from clientela.registry.models import CHURN_NOTE, INSIDERS_NOTE, INSIDERS_SIGNATURE, churn_signature
from clientela.registry.versions import Registered, champion_of, copied, fetch, register, require, run_metrics

__all__ = [
    "CHALLENGER",
    "CHAMPION",
    "CHURN_NOTE",
    "CODE",
    "INSIDERS_NOTE",
    "INSIDERS_SIGNATURE",
    "PREVIOUS",
    "Change",
    "Entry",
    "Gate",
    "Registered",
    "Side",
    "champion_of",
    "churn_signature",
    "copied",
    "fetch",
    "history",
    "move_champion",
    "read_aliases",
    "register",
    "require",
    "require_previous",
    "require_promotable",
    "run_metrics",
]
