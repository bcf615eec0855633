"""Whom a campaign may contact, as the shop's table of customers says."""

import duckdb
import pandas as pd

from clientela.data.attributes import Attribute, read_attributes
from clientela.dataset_privacy import privacy_of
from clientela.settings import ContactSettings, DatasetSettings
from clientela.settings.contact import DateColumn, FlagColumn

CONSENT, BLOCKED, LAST_CONTACT = "consent", "do_not_contact", "last_contact"
UNREADABLE = "unreadable_last_contact"


def read_contact(
    connection: duckdb.DuckDBPyConnection, dataset: DatasetSettings, customers: pd.Index, *, seed: int
) -> pd.DataFrame:
    """Read the consent, the blocks and the last contacts of customers.

    Args:
        connection: connection with the view `source` and the table `transactions`.
        dataset: settings of the data set; without `contact` everybody may be contacted.
        customers: canonical ids; (customers,).
        seed: random seed of a generated data set.

    Returns:
        One row per customer (the index): consent and do_not_contact (bool), last_contact (date, NaT if not known) and
        unreadable_last_contact (bool).

    Raises:
        InvalidData: the table cannot be read, lacks a column, or has no customer with purchases.
    """
    contact = dataset.contact or ContactSettings()
    columns = {CONSENT: contact.consent, BLOCKED: contact.do_not_contact, LAST_CONTACT: contact.last_contact}
    wanted = [Attribute(name, given.column, "categorical") for name, given in columns.items() if given]
    texts = pd.DataFrame(index=customers)
    if wanted:
        location, id_column = dataset.contact_source
        read = read_attributes(
            connection, wanted, location=location, customer_id=id_column, privacy=privacy_of(dataset), seed=seed
        )
        texts = read.set_index("customer_id").reindex(customers)
    days, unreadable = _dates(texts, contact.last_contact)
    return pd.DataFrame(
        {
            CONSENT: _flags(texts, CONSENT, contact.consent, without=True),
            BLOCKED: _flags(texts, BLOCKED, contact.do_not_contact, without=False),
            LAST_CONTACT: days,
            UNREADABLE: unreadable,
        },
        index=customers,
    )


def _flags(texts: pd.DataFrame, name: str, column: FlagColumn | None, *, without: bool) -> pd.Series:
    """Whether a column says yes; a missing value does not. `without` is the value for data without the column."""
    if column is None:
        return pd.Series(without, index=texts.index)
    words = texts[name].astype("str").str.strip().str.casefold()
    return texts[name].notna() & words.isin(column.values)


def _dates(texts: pd.DataFrame, column: DateColumn | None) -> tuple[pd.Series, pd.Series]:
    if column is None:
        return pd.Series(pd.NaT, index=texts.index, dtype="datetime64[s]"), pd.Series(False, index=texts.index)
    given = texts[LAST_CONTACT].astype(object)
    # The time of an ISO time stamp is cut off: a contact counts for its day.
    shaped = given.str.slice(0, 10) if column.format is None else given
    days = pd.to_datetime(shaped, format=column.format or "%Y-%m-%d", errors="coerce").dt.normalize()
    return days.astype("datetime64[s]"), given.notna() & days.isna()
