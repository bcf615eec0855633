"""Inspection of an export, and the data set file that it leads to."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from clientela.contracts import TRANSACTIONS
from clientela.data.inspection.dataset_file import HEAD, as_yaml
from clientela.data.inspection.date_formats import Order
from clientela.data.inspection.inspect import Defaults, inspect_source
from clientela.data.inspection.result import Inspection
from clientela.data.inspection.roles import Given
from clientela.data.sources.addresses import short_name
from clientela.errors import InvalidInput
from clientela.exports.report_files import check_folder, write_whole
from clientela.request import Echo, discard
from clientela.settings import DatasetSettings, load_reading_defaults

ROLES = (*(name for name in TRANSACTIONS.names if name != "line_id"), "status")
VALUES = {"dates": get_args(Order)[:2], "decimal": (".", ","), "amount_is": ("line", "order")}


@dataclass(frozen=True, kw_only=True)
class InspectRequest:
    """The request of an inspection.

    Attributes:
        source: path of the export.
        conf: settings folder.
        write: path of the data set file to write; None writes none.
        answers: what the user says, as KEY=VALUE.
        echo: function that prints the steps.
    """

    source: str
    conf: Path
    write: Path | None = None
    answers: tuple[str, ...] = ()
    echo: Echo = discard


def inspect(request: InspectRequest) -> Inspection:
    """Inspect an export, and write the data set file if it is ready.

    Raises:
        ClientelaError: the source cannot be read, an answer is invalid, or the file cannot be written.
    """
    given = parse_answers(request.answers)
    if request.write:
        _check_target(request.write)
    reading = load_reading_defaults(conf=request.conf)
    words = tuple(word.lower().strip() for word in reading.null_words)
    defaults = Defaults(words, reading.plausible_dates, reading.largest_unreadable_share)
    name = dataset_name(request.write or Path(short_name(request.source)))
    inspection = inspect_source(request.source, name=name, given=given, defaults=defaults, echo=request.echo)
    if inspection.settings:
        DatasetSettings.model_validate(inspection.settings)
        if request.write:
            write_whole(request.write, as_yaml(inspection.settings))
    return inspection


def next_command(request: InspectRequest) -> str:
    """The command that segments the data set whose file was written."""
    if request.write is None:
        raise InvalidInput("The write parameter must be the path of a data set file. Got none.")
    is_known = request.write.resolve().parent == (request.conf / "datasets").resolve()
    name = request.write.stem if is_known else str(request.write)
    return f"clientela segment --dataset {name} --report report.html"


def dataset_name(path: Path) -> str:
    """A valid name of a data set from a file's name.

    >>> dataset_name(Path("Minha Loja (2024).csv.gz"))
    'minha_loja_2024'
    """
    stem = path.name.split(".")[0].lower()
    return re.sub(r"[^a-z0-9_\-]+", "_", stem).strip("_") or "shop"


def parse_answers(answers: Iterable[str]) -> Given:
    """What the user says about an export.

    Args:
        answers: texts like dates=day-first, decimal=, or customer_id=Kunde; a text may have several, separated by `;`.

    Raises:
        InvalidInput: a key or a value is unknown.

    >>> parse_answers(["dates=day-first; customer_id=Kunde"]).columns
    {'customer_id': 'Kunde'}
    """
    columns: dict[str, str] = {}
    values: dict[str, Any] = {}
    for answer in (part.strip() for text in answers for part in text.split(";")):
        key, sign, value = answer.partition("=")
        key, value = key.strip(), value.strip().strip("'\"")
        if not answer:
            continue
        if not sign or key not in (*ROLES, *VALUES):
            known = ", ".join((*VALUES, *ROLES))
            raise InvalidInput(f"The set parameter must be KEY=VALUE with a key of {known}. Got {answer!r} instead.")
        if key in VALUES and value not in VALUES[key]:
            raise InvalidInput(
                f"The set parameter {key} must be one of {', '.join(VALUES[key])}. Got {value!r} instead."
            )
        (values if key in VALUES else columns)[key] = value
    return Given(columns, **values)


def _check_target(path: Path) -> None:
    """Refuse to write over a file that an inspection did not write."""
    if path.suffix not in (".yaml", ".yml"):
        raise InvalidInput(f"The write parameter must be the path of a .yaml file. Got {str(path)!r} instead.")
    check_folder("write", path)
    if path.exists() and not path.read_text(encoding="utf-8", errors="replace").startswith(HEAD):
        raise InvalidInput(
            f"The write parameter must not name a file that clientela inspect did not write. {str(path)!r} is one."
        )
