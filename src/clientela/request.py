"""The requests of the workflows: one frozen object with all options of a command."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Echo = Callable[[str], None]


def discard(text: str) -> None:
    """Print nothing; used as `echo` for no output."""


@dataclass(frozen=True, kw_only=True)
class RunRequest:
    """The request of a command that reads a data set: segment, refresh, score, insiders, churn.

    Attributes:
        dataset: name of a file in conf/datasets without `.yaml`, or path of a YAML file.
        conf: settings folder.
        source: path of the transactions; None means the data set's own source.
        customers: path of the customer table (churn only); None means the data set's own table.
        as_of: as-of date (ISO); None means the day after the last transaction.
        seed: random seed.
        language: language of the report and of the texts in tables ("en" or "pt-BR").
        report: path of an extra copy of the report (HTML); None writes no copy.
        rejected: path for the rows that the cleaning rejects (Parquet); None writes no file.
        echo: function that prints the text of each finished step.
    """

    dataset: str
    conf: Path
    source: str | None = None
    customers: str | None = None
    as_of: str | None = None
    seed: int = 0
    language: str = "en"
    report: Path | None = None
    rejected: Path | None = None
    echo: Echo = discard


@dataclass(frozen=True, kw_only=True)
class PromotionRequest:
    """The request of promote and rollback.

    Attributes:
        conf: settings folder.
        model: name of the registered model; None means the segmentation model.
        force: whether failed checks are overruled; needs a reason.
        reason: one line for the audit.
        echo: function that prints the results of the checks.
    """

    conf: Path
    model: str | None = None
    force: bool = False
    reason: str | None = None
    echo: Echo = discard
