"""The model registry: registers versions, checks them, moves the champion, rolls back, and keeps an audit."""

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
from clientela.registry.checks import CheckResult, VersionSummary
from clientela.registry.contents import CODE
from clientela.registry.run_files import Report, read_report
from clientela.registry.versions import (
    ModelSpec,
    Registered,
    champion_of,
    copied,
    fetch,
    register,
    require,
    run_metrics,
    tags_of,
)

__all__ = [
    "CHALLENGER",
    "CHAMPION",
    "CODE",
    "PREVIOUS",
    "Change",
    "CheckResult",
    "Entry",
    "ModelSpec",
    "Registered",
    "Report",
    "VersionSummary",
    "champion_of",
    "copied",
    "fetch",
    "history",
    "move_champion",
    "read_aliases",
    "read_report",
    "register",
    "require",
    "require_previous",
    "require_promotable",
    "run_metrics",
    "tags_of",
]
