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
        as_of: end of the data in which it was found; None if no data were read.
        link: address of the run in the tracking server's UI; empty if there is none.
    """

    key: str
    title: str
    text: str
    as_of: date | None = None
    link: str = ""

    def details(self, link: str) -> str:
        """The last line of a message: the end of the data, and the link as a channel writes it."""
        parts = [f"Data until {self.as_of}." if self.as_of else "", link if self.link else ""]
        return " ".join(part for part in parts if part)
