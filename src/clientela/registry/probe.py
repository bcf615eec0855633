"""Whether a version can be served: it loads in a process that knows only MLflow, and answers as its table says."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import mlflow
import pandas as pd

from clientela.registry.gates import Gate

SCRIPT = Path(__file__).with_name("clean_process.py")


class Question(Protocol):
    """A request whose answer is known, of whatever model."""

    @property
    def ids(self) -> list[str]:
        """What is asked."""

    def is_right(self, id_: str, plain: Any, detailed: Any) -> bool:
        """Whether both answers to an id, without detail and with it, are as the version's table says."""


@dataclass(frozen=True)
class Golden:
    """A request whose answer is known.

    Attributes:
        segments: customer id -> its segment's id and English name.
        unknown: an id that the version does not know.
    """

    segments: Mapping[str, tuple[int, str]]
    unknown: str

    @property
    def ids(self) -> list[str]:
        """What is asked."""
        return [*self.segments, self.unknown]

    def is_right(self, id_: str, plain: Any, detailed: Any) -> bool:
        """As `Question.is_right`."""
        segment_id, name = self.segments.get(id_, (None, None))
        if not isinstance(detailed, dict) or plain != {"customer_id": id_, "segment": name}:
            return False
        detail = detailed.get("detail")
        told = (detailed.get("customer_id"), detailed.get("segment"), detail and detail.get("segment_id"))
        return told == (id_, name, segment_id)


@dataclass(frozen=True)
class GoldenField:
    """A request of whose answers one field is known, such as `member` of the Insiders programme.

    Attributes:
        field: its name.
        values: customer id -> its value.
        unknown: an id that the version does not know.
    """

    field: str
    values: Mapping[str, Any]
    unknown: str

    @property
    def ids(self) -> list[str]:
        """What is asked."""
        return [*self.values, self.unknown]

    def is_right(self, id_: str, plain: Any, detailed: Any) -> bool:
        """As `Question.is_right`."""
        if not isinstance(plain, dict) or not isinstance(detailed, dict):
            return False
        told = [(answer.get("customer_id"), answer.get(self.field)) for answer in (plain, detailed)]
        known = id_ in self.values
        return told == [(id_, self.values.get(id_))] * 2 and (detailed.get("detail") is not None) == known


def golden_request(segment_of: pd.Series, names: Mapping[int, str]) -> Golden:
    """The first and the last customer of each segment, and an id that nobody has.

    Args:
        segment_of: segment id by customer_id.
        names: English name by segment id.
    """
    ids = pd.Series(segment_of.index, index=segment_of.to_numpy())
    chosen = pd.concat([ids.groupby(level=0).first(), ids.groupby(level=0).last()])
    segments = {str(id_): (int(segment), names[int(segment)]) for segment, id_ in chosen.items()}
    return Golden(segments, nobody(segment_of.index))


def nobody(ids: pd.Index) -> str:
    """An id that none of these is."""
    unknown = "nobody"
    while unknown in ids:
        unknown += "-"
    return unknown


def probe(files: Path, golden: Question, *, seconds: float) -> list[Gate]:
    """Load the version in a clean process that refuses pickles, and ask it there: the gates `loads` and `answers`.

    The process sees neither this project nor PYTHONPATH, and is ended after `seconds`.

    Args:
        files: a copy of the whole version, into which MLflow may write.
        golden: what is asked.
        seconds: that it may take.
    """
    environment = {
        **os.environ,
        "MLFLOW_TRACKING_URI": mlflow.get_tracking_uri(),
        "MLFLOW_REGISTRY_URI": mlflow.get_registry_uri(),
        "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    began = time.monotonic()
    try:
        # -E and -P rather than -I, which also hides what is installed for the user alone.
        done = subprocess.run(
            [sys.executable, "-E", "-P", str(SCRIPT), str(files)],
            input=json.dumps(golden.ids),
            env=environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return verdicts(None, golden, passed=seconds, most=seconds, problem="it was still at it then")
    lines = [line.removeprefix("result: ") for line in done.stdout.splitlines() if line.startswith("result: ")]
    said: dict[str, Any] = {key: value for line in lines for key, value in json.loads(line).items()}
    problem = next((line for line in reversed(done.stderr.splitlines()) if line.strip()), "it says nothing")
    return verdicts(said, golden, passed=time.monotonic() - began, most=seconds, problem=problem)


def verdicts(
    said: Mapping[str, Any] | None, golden: Question, *, passed: float, most: float, problem: str
) -> list[Gate]:
    """The gates `loads` and `answers`.

    Args:
        said: what the process said: `loaded`, and the answers `plain` and `detailed`; None where it was ended.
        golden: what it was asked.
        passed: seconds that the process took.
        most: seconds that it may take.
        problem: what stood in the way, if anything did.
    """
    count = len(golden.ids)
    if not said or "loaded" not in said:
        sentence = f"It must load within {most:.0f} s in a process of its own; it did not in {passed:.1f} s: {problem}"
        return [
            Gate("loads", False, sentence, round(passed, 1), most),
            Gate("answers", False, f"It answers none of {count} ids, all are required: it did not load.", 0, count),
        ]
    sentence = f"It loads and answers in {passed:.1f} s in a process of its own, without pickle; at most {most:.0f} s."
    return [Gate("loads", True, sentence, round(passed, 1), most), _answers(said, golden, problem=problem)]


def _answers(said: Mapping[str, Any], golden: Question, *, problem: str) -> Gate:
    count = len(golden.ids)
    if "plain" not in said or "detailed" not in said:
        return Gate("answers", False, f"It answers none of {count} ids, all are required: {problem}", 0, count)
    right = sum(golden.is_right(*three) for three in _in_threes(golden.ids, said["plain"], said["detailed"]))
    sentence = f"It answers {right} of {count} ids as its table says, with detail and without; all are required."
    return Gate("answers", right == count, sentence, right, count)


def _in_threes(ids: Sequence[str], plain: Any, detailed: Any) -> list[tuple[str, Any, Any]]:
    whole = isinstance(plain, list) and isinstance(detailed, list) and len(plain) == len(detailed) == len(ids)
    return list(zip(ids, plain, detailed, strict=True)) if whole else []
