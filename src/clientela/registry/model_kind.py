"""What the gate needs to know of a registered model, whichever it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clientela.registry import Gate, Registered
from clientela.registry.probe import Question
from clientela.settings import PromotionSettings


@dataclass(frozen=True)
class Seen:
    """A version: `side` is what it is compared by, `question` a request whose answer its table knows."""

    side: Any
    question: Question


@dataclass(frozen=True)
class Kind:
    """How the versions of one registered model are judged.

    Attributes:
        model: its name.
        code: the text of a version's file of code, as this release registers it.
        see: a version, from what the registry says and the folder of its files; raises RegistryError.
        compare: the checks of a challenger's side against the champion's.
        alone: those checks where there is no champion: all pass.
    """

    model: str
    code: str
    see: Callable[[Registered, Path], Seen]
    compare: Callable[[Any, Any, PromotionSettings], list[Gate]]
    alone: Sequence[Gate]
