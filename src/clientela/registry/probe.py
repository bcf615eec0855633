"""The probe: does a version load in a process that knows only MLflow, and does it answer as its table says?"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import mlflow
import pandas as pd

from clientela.errors import RegistryError
from clientela.registry.checks import CheckResult
from clientela.registry.child import open_in_child

SCRIPT = Path(__file__).with_name("clean_process.py")


class GoldenRequest(Protocol):
    """A request whose answers are known from the version's table."""

    @property
    def ids(self) -> list[str]:
        """The customer ids that are sent."""

    def is_right(self, id_: str, plain: Any, detailed: Any) -> bool:
        """Whether the answers to one id agree with the version's table.

        Args:
            id_: customer id that was sent.
            plain: the answer without detail.
            detailed: the answer with detail.
        """


@dataclass(frozen=True)
class GoldenField:
    """A request for which one field of each answer is known, such as `member` of the Insiders programme.

    Attributes:
        field: name of the field.
        values: value by customer id.
        unknown: an id that the version does not know.
    """

    field: str
    values: Mapping[str, Any]
    unknown: str

    @property
    def ids(self) -> list[str]:
        """The customer ids that are sent."""
        return [*self.values, self.unknown]

    def is_right(self, id_: str, plain: Any, detailed: Any) -> bool:
        """As `GoldenRequest.is_right`.

        Args:
            id_: customer id that was sent.
            plain: the answer without detail.
            detailed: the answer with detail.
        """
        if not isinstance(plain, dict) or not isinstance(detailed, dict):
            return False
        answered = [(answer.get("customer_id"), answer.get(self.field)) for answer in (plain, detailed)]
        is_known = id_ in self.values
        return answered == [(id_, self.values.get(id_))] * 2 and (detailed.get("detail") is not None) == is_known


def unknown_id(ids: pd.Index) -> str:
    """An id that is not among `ids`."""
    unknown = "nobody"
    while unknown in ids:
        unknown += "-"
    return unknown


def probe(files: Path, golden: GoldenRequest, *, seconds: float) -> list[CheckResult]:
    """Load a version in a clean process that refuses pickles and send it a request with known answers.

    The process sees neither this project nor PYTHONPATH, and is ended after `seconds`.

    Args:
        files: a copy of the whole version, into which MLflow may write.
        golden: the request that is sent.
        seconds: time limit.

    Returns:
        The results of the checks `loads` and `answers`.
    """
    began = time.monotonic()
    try:
        done = _run_clean_process(files, golden.ids, seconds=seconds)
    except subprocess.TimeoutExpired:
        return verdicts(None, golden, seconds=seconds, limit=seconds, problem="it was still running")
    lines = [line.removeprefix("result: ") for line in done.stdout.splitlines() if line.startswith("result: ")]
    output: dict[str, Any] = {key: value for line in lines for key, value in json.loads(line).items()}
    problem = next((line for line in reversed(done.stderr.splitlines()) if line.strip()), "no error was printed")
    return verdicts(output, golden, seconds=time.monotonic() - began, limit=seconds, problem=problem)


def model_code_is_allowed() -> bool:
    """Whether MLflow may run the code of models: MLFLOW_ALLOW_MODEL_CODE_EXECUTION, of MLflow 3.18 on, is not false."""
    return os.environ.get("MLFLOW_ALLOW_MODEL_CODE_EXECUTION", "true").strip().lower() not in ("false", "0")


def probe_installed(
    opener: Callable[[Path], Any], artifacts: Path, golden: GoldenRequest, *, seconds: float
) -> list[CheckResult]:
    """Open a version in a process with the installed code, as the production server does; no code of it is run.

    Args:
        opener: opens the version's lookup.
        artifacts: folder of the version's artifacts.
        golden: the request that is sent.
        seconds: time limit.

    Returns:
        The results of the checks `loads` and `answers`.
    """
    began = time.monotonic()
    try:
        output = open_in_child(opener, artifacts, ids=golden.ids, seconds=seconds)
        problem = ""
    except RegistryError as error:
        output, problem = {}, str(error)
    return verdicts(output, golden, seconds=time.monotonic() - began, limit=seconds, problem=problem)


def _run_clean_process(files: Path, ids: list[str], *, seconds: float) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "MLFLOW_TRACKING_URI": mlflow.get_tracking_uri(),
        "MLFLOW_REGISTRY_URI": mlflow.get_registry_uri(),
        "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    # -E and -P instead of -I, which would also hide packages that are installed for the user only.
    return subprocess.run(
        [sys.executable, "-E", "-P", str(SCRIPT), str(files)],
        input=json.dumps(ids),
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=seconds,
        check=False,
    )


def verdicts(
    output: Mapping[str, Any] | None, golden: GoldenRequest, *, seconds: float, limit: float, problem: str
) -> list[CheckResult]:
    """The results of the checks `loads` and `answers`.

    Args:
        output: what the process wrote: `loaded`, and the answers `plain` and `detailed`; None if it was ended.
        golden: the request that was sent.
        seconds: time that the process took.
        limit: time limit in seconds.
        problem: last line of the error output, or another reason why answers are missing.

    Returns:
        The two results.
    """
    count, seconds = len(golden.ids), round(seconds, 1)
    if not output or "loaded" not in output:
        sentence = f"The version must load within {limit:.0f} s in a separate process. After {seconds} s: {problem}"
        not_loaded = f"The version answers 0 of {count} ids; all are required. It did not load."
        return [
            CheckResult("loads", False, sentence, seconds, limit),
            CheckResult("answers", False, not_loaded, 0, count),
        ]
    sentence = (
        f"The version loads and answers in {seconds} s in a separate process without pickle; at most {limit:.0f} s "
        "are allowed."
    )
    return [CheckResult("loads", True, sentence, seconds, limit), _check_answers(output, golden, problem=problem)]


def _check_answers(output: Mapping[str, Any], golden: GoldenRequest, *, problem: str) -> CheckResult:
    count = len(golden.ids)
    if "plain" not in output or "detailed" not in output:
        sentence = f"The version answers 0 of {count} ids; all are required. {problem}"
        return CheckResult("answers", False, sentence, 0, count)
    right = sum(golden.is_right(*row) for row in _rows(golden.ids, output["plain"], output["detailed"]))
    sentence = (
        f"The version answers {right} of {count} ids as its table says, with detail and without; all are required."
    )
    return CheckResult("answers", right == count, sentence, right, count)


def _rows(ids: Sequence[str], plain: Any, detailed: Any) -> list[tuple[str, Any, Any]]:
    """Id, plain answer and detailed answer of each id; none where the answers are not lists of the same length."""
    is_whole = isinstance(plain, list) and isinstance(detailed, list) and len(plain) == len(detailed) == len(ids)
    return list(zip(ids, plain, detailed, strict=True)) if is_whole else []
