"""The page of the version that answers, and of the changes that led to it."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

from clientela.registry import Entry
from clientela.serving.live import describe
from clientela.serving.request import Answer, Request
from clientela.serving.web.render import render
from clientela.serving.web.served import require_serving
from clientela.serving.web.visit import Visit

KEPT_SECONDS = 10.0  # so that a page that is loaded again and again does not ask the registry each time
MOST_ENTRIES = 100
LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Model:
    """A registered model whose history the page shows.

    Attributes:
        name: name of the registered model.
        serving: returns the version of it that answers, or None.
    """

    name: str
    serving: Callable[[], Any]


class HistoryPage:
    """The page of versions.

    Args:
        models: the served models; the first is that of the segments.
        read_history: returns the entries of a model's audit, newest first, given its name and a limit.
        clock: returns seconds.
    """

    def __init__(
        self,
        models: Sequence[Model],
        read_history: Callable[[str, int], Sequence[Entry]],
        *,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._models = models
        self._read_history = read_history
        self._clock = clock
        self._kept: dict[str, tuple[float, Sequence[Entry] | None]] = {}

    def show(self, request: Request, visit: Visit) -> Answer:
        """The page.

        Raises:
            Refusal: no version is loaded.
        """
        require_serving(request)
        shown = []
        for model in self._models:
            serving = model.serving()
            version = describe(serving, model.name) if serving is not None else None
            shown.append({"name": model.name, "version": version, "entries": self._entries(model.name)})
        return render("history", request, visit, models=shown, most=MOST_ENTRIES)

    def _entries(self, model: str) -> Sequence[Entry] | None:
        """The entries; None if the registry does not answer."""
        kept = self._kept.get(model)
        if kept is None or self._clock() - kept[0] > KEPT_SECONDS:
            kept = self._kept[model] = self._clock(), self._read(model)
        return kept[1]

    def _read(self, model: str) -> Sequence[Entry] | None:
        try:
            return self._read_history(model, MOST_ENTRIES)
        except Exception as error:  # of many kinds; the page says that the registry does not answer
            LOG.warning("The audit of %s cannot be read (%s).", model, type(error).__name__)
            return None
