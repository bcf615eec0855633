"""The Insiders programme's model as the gate sees it."""

from datetime import date
from pathlib import Path

import pandas as pd

from clientela.insiders.version import read_members, version_code
from clientela.registry import Gate, Registered, Side, gates
from clientela.registry.model_kind import Kind, Seen
from clientela.registry.probe import GoldenField, nobody
from clientela.settings import PromotionSettings, load_insiders

ASKED = 20  # members, and as many others, whose answers are checked


def insiders_kind(conf: Path) -> Kind:
    """How versions of the programme are judged.

    That members enter and leave is what the programme is for: how many did is told, and stops nothing.
    """
    names = ("comparable", "covers", "fresh", "moves")
    alone = [Gate(name, True, gates.NO_CHAMPION) for name in names]
    return Kind(load_insiders(conf=conf).model, version_code(), _see, _compare, alone)


def golden_members(member_of: pd.Series) -> GoldenField:
    """The first members and the first others of a version's table, and an id that nobody has."""
    chosen = pd.concat([member_of[member_of].head(ASKED), member_of[~member_of].head(ASKED)])
    return GoldenField("member", {str(id_): bool(member) for id_, member in chosen.items()}, nobody(member_of.index))


def _see(found: Registered, files: Path) -> Seen:
    member_of = read_members(files)
    side = Side(found.number, found.tags, date.fromisoformat(found.tags["as_of"]), member_of)
    return Seen(side, golden_members(member_of))


def _compare(challenger: Side, champion: Side, limits: PromotionSettings) -> list[Gate]:
    return [
        gates.compares(challenger, champion),
        gates.knows_the_customers(challenger, champion, least=limits.covers),
        gates.is_fresh(challenger, champion),
        _moves(challenger.segment_of, champion.segment_of),
    ]


def _moves(now: pd.Series, before: pd.Series) -> Gate:
    was = before.reindex(now.index, fill_value=False)
    entered, left = int((now & ~was).sum()), int((was & ~now).sum())
    sentence = f"{int(now.sum()):,} members: {entered:,} enter and {left:,} leave against the champion."
    return Gate("moves", True, sentence)
