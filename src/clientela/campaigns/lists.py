"""The lists of a campaign's treated customers: a table of ids, and customer-match files of Google Ads and Meta."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from clientela.campaigns.campaign import Campaign
from clientela.campaigns.contact_details import read_people
from clientela.data.privacy import Privacy
from clientela.errors import InvalidInput
from clientela.exports import check_destination, write_table
from clientela.exports.match_google import COLUMNS as GOOGLE_COLUMNS
from clientela.exports.match_google import google_row
from clientela.exports.match_meta import COLUMNS as META_COLUMNS
from clientela.exports.match_meta import meta_row
from clientela.exports.match_values import days_come_first
from clientela.exports.person import Person
from clientela.exports.treatment import TREATMENT

TABLE = "campaign_list"
GOOGLE, META = "google", "meta"


@dataclass(frozen=True, kw_only=True)
class ListFiles:
    """The lists to write.

    Attributes:
        output: destination of the table of treated customers (`clientela.exports`); None writes none.
        google: path of the customer-match file of Google Ads (.csv); None writes none.
        meta: path of the customer-match file of Meta (.csv); None writes none.
        contacts: path of the contact details, for the customer-match files.
    """

    output: str | None = None
    google: str | None = None
    meta: str | None = None
    contacts: str | None = None


@dataclass(frozen=True)
class Contacts:
    """Contact details in memory.

    Attributes:
        people: id and contact details of each row.
        country: ISO 3166 code for telephone numbers and addresses without a country; None if there is none.
    """

    people: Sequence[tuple[str, Person]] = field(repr=False)
    country: str | None

    def of(self, customers: Sequence[str]) -> list[Person]:
        """The contact details of some customers."""
        wanted = set(customers)
        return [person for identifier, person in self.people if identifier in wanted]


@dataclass(frozen=True)
class WrittenList:
    """A list that was written: its kind, where it is, its rows, and the rows with a value by column."""

    kind: str
    place: str
    rows: int
    filled: dict[str, int]


def check_lists(files: ListFiles) -> None:
    """Check the destinations before the long work.

    Raises:
        InvalidInput: a destination is not possible, or contact details are missing or not needed.
    """
    matches = {GOOGLE: files.google, META: files.meta}
    for name, path in matches.items():
        if path and not path.lower().endswith(".csv"):
            raise InvalidInput(f"The {name} parameter must be the path of a .csv file. Got {path!r} instead.")
    if any(matches.values()) != bool(files.contacts):
        wanted = "given with google or meta, whose files are made from it" if files.contacts else "the contact details"
        raise InvalidInput(f"The contacts parameter must be {wanted}. Got {files.contacts or 'no value'!r}.")
    for path in (files.output, *matches.values()):
        if path:
            check_destination(path, table=TABLE)


def read_contacts(files: ListFiles, *, country: str | None, privacy: Privacy | None = None) -> Contacts | None:
    """The contact details, if a list needs them.

    Args:
        files: the lists to write.
        country: ISO 3166 code for telephone numbers and addresses without a country; None for none.
        privacy: what becomes of the shop's own ids; None keeps them.
    """
    if not files.contacts:
        return None
    people = read_people(files.contacts)
    names = (privacy or Privacy()).names_of_list([id_ for id_, _ in people])
    return Contacts([(str(name), person) for name, (_, person) in zip(names, people, strict=True)], country)


def write_lists(
    files: ListFiles, campaign: Campaign, assignment: pd.DataFrame, contacts: Contacts | None
) -> list[WrittenList]:
    """Write the lists of the treated customers; nobody else is in them.

    Args:
        files: the lists to write.
        campaign: the campaign.
        assignment: one row per customer, with the columns `ASSIGNMENT`.
        contacts: contact details; None without customer-match files.
    """
    treated = assignment[assignment["arm"] == TREATMENT]
    written = []
    if files.output:
        table = treated[["customer_id", "segment", "campaign"]].assign(
            action=campaign.action, arm=TREATMENT, as_of=campaign.start
        )
        written.append(_write("list", table, files.output))
    if contacts is None:
        return written
    people = contacts.of(treated["customer_id"].tolist())
    if files.google:
        rows = [google_row(person, contacts.country) for person in people]
        written.append(_write(GOOGLE, _match_table(rows, GOOGLE_COLUMNS), files.google))
    if files.meta:
        day_first = days_come_first([person.birthday for _, person in contacts.people])
        rows = [meta_row(person, contacts.country, day_first=day_first) for person in people]
        written.append(_write(META, _match_table(rows, META_COLUMNS), files.meta))
    return written


def _match_table(rows: Sequence[tuple[str, ...]], columns: Sequence[str]) -> pd.DataFrame:
    """Rows by their values: their order must not say which customer a row is.

    Rows without an address, a number and a name match nobody. They are left out, and so are columns without a value.
    """
    found = pd.DataFrame(sorted(row for row in set(rows) if any(row[:4])), columns=list(columns), dtype="str")
    return found.loc[:, (found != "").any()]


def _write(kind: str, table: pd.DataFrame, destination: str) -> WrittenList:
    place = write_table(table, destination, table=TABLE)
    filled = {} if kind == "list" else {str(name): int((table[name] != "").sum()) for name in table}
    return WrittenList(kind, place, len(table), filled)
