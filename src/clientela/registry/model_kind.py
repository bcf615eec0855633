"""What promotion needs to know about a product's registered model. Each product's `gate.py` gives its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from clientela.registry.checks import NO_CHAMPION, CheckResult, VersionSummary
from clientela.registry.probe import GoldenRequest
from clientela.registry.versions import Registered
from clientela.settings import PromotionSettings


@dataclass(frozen=True)
class LoadedVersion:
    """A version that was read from its files.

    Attributes:
        summary: the part that the checks compare.
        golden: a request whose answers are known from the version's table.
    """

    summary: VersionSummary
    golden: GoldenRequest


L = TypeVar("L")


@dataclass(frozen=True)
class ModelKind(Generic[L]):
    """How versions of one registered model are read, checked and opened; `L` is the type of its lookup.

    Attributes:
        model: name of the registered model.
        code: text of a version's code file, as this release registers it.
        load: reads a version, given its registry entry and the folder of its files; raises RegistryError.
        gate_checks: checks a challenger against the champion, under the promotion settings.
        first_version_checks: the results of those checks where there is no champion; all passed.
        open: opens the lookup that answers for a version, given the folder of its files, without running its code.
    """

    model: str
    code: str
    load: Callable[[Registered, Path], LoadedVersion]
    gate_checks: Callable[[VersionSummary, VersionSummary, PromotionSettings], list[CheckResult]]
    first_version_checks: Sequence[CheckResult]
    open: Callable[[Path], L]


def first_version_checks(names: Sequence[str]) -> list[CheckResult]:
    """The results of the named checks where there is no champion; all passed."""
    return [CheckResult(name, True, NO_CHAMPION) for name in names]
