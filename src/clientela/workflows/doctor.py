"""Finds and mends what a kill or a restored backup has left: runs, leases, aliases, temporary folders and files."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from clientela.killed_runs import KilledRun, close, find_killed_runs
from clientela.processes import left_files, left_folders
from clientela.registry.leftovers import find_leftovers, remove
from clientela.settings import load_tracking
from clientela.workflows.models import model_kinds


@dataclass(frozen=True)
class Finding:
    """Something that was left.

    Attributes:
        sentence: what it is and what is wrong with it.
        mend: removes or closes it.
    """

    sentence: str
    mend: Callable[[], None]


def find_leftovers_of_all(conf: Path) -> list[Finding]:
    """Find what was left; nothing is changed.

    Args:
        conf: settings folder, which names the experiment and the registered models.
    """
    experiment = load_tracking(conf=conf).experiment
    runs = [Finding(_run_text(killed), partial(close, killed)) for killed in find_killed_runs(experiment)]
    return [*runs, *_in_the_registry(conf), *_temporary()]


def _in_the_registry(conf: Path) -> Iterator[Finding]:
    for kind in model_kinds(conf):
        for leftover in find_leftovers(kind.model):
            yield Finding(f"{kind.model}: {leftover.problem}", partial(remove, leftover))


def _temporary() -> Iterator[Finding]:
    for folder in left_folders():
        sentence = f"The folder {folder} of a process that has ended may hold customers' data."
        yield Finding(sentence, partial(shutil.rmtree, folder, ignore_errors=True))
    for file in left_files(Path.cwd()):
        sentence = f"The file {file} of a process that has ended may hold customers' data."
        yield Finding(sentence, partial(file.unlink, missing_ok=True))


def _run_text(killed: KilledRun) -> str:
    run = killed.run
    models = f", with {len(killed.models)} logged models that never finished" if killed.models else ""
    return f"The run {run.info.run_name} ({run.info.run_id}) is open, but its process has ended{models}."
