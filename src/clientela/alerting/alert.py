"""What an alert says."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Alert:
    """A message about one finding.

    Attributes:
        key: identifies the finding, whatever its figures, such as "demo: prices"; it is sent once per channel.
        title: one line.
        text: what was found, with its figures.
        as_of: end of the data in which it was found.
        link: address of the run in the tracking server's UI.
    """

    key: str
    title: str
    text: str
    as_of: date
    link: str
