"""The list of a campaign's customers: who was to get it, who was held out, and from when on."""

from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np
import pandas as pd

from clientela.data.privacy import Privacy
from clientela.data.readers import read_source
from clientela.errors import InvalidData
from clientela.exports.treatment import CONTROL, TREATMENT
from clientela.features.build import parse_as_of
from clientela.lookup.ids import canonical_ids

ALL = "all"  # the group of customers whose list has no column for groups
GROUPS = ("segment", "segment_id")


@dataclass(frozen=True)
class CustomerList:
    """A campaign's customers.

    Attributes:
        customers: canonical ids; (customers,).
        groups: segment of each customer; (customers,).
        treated: whether each customer was assigned to the treatment; None if the list has no column `arm`.
        start: first day of the campaign, from the column `as_of`; None without it.
    """

    customers: pd.Index
    groups: np.ndarray
    treated: np.ndarray | None
    start: date | None


def groups_by_size(groups: np.ndarray) -> list[str]:
    """The names of the groups, the largest first.

    Args:
        groups: group of each customer; (customers,).
    """
    names, sizes = np.unique(groups, return_counts=True)
    return [str(name) for name in names[np.argsort(-sizes, kind="stable")]]


def read_list(path: str, privacy: Privacy | None = None) -> CustomerList:
    """Read a list such as `clientela score --treatment` writes: a text file, a workbook or Parquet.

    Args:
        path: path of the file; column customer_id, and where known segment, arm and as_of.
        privacy: what becomes of the shop's own ids; None keeps them.

    Returns:
        The list.

    Raises:
        InvalidData: the file cannot be read, has no column customer_id, repeats an id, or has another arm than
            "treatment" and "control", or several dates.
    """
    with duckdb.connect() as connection:
        read_source(connection, path, seed=0)
        rows = connection.execute("select * from source").df()
    if "customer_id" not in rows:
        raise InvalidData(
            f"The list of a campaign must have a column customer_id. Got {', '.join(map(str, rows.columns))} instead."
        )
    ids = (privacy or Privacy()).names_of_list(canonical_ids(rows["customer_id"].tolist()))
    repeated = len(ids) - len(set(ids))
    if repeated or None in ids:
        raise InvalidData(
            "The list of a campaign must have one row per customer, each with an id. "
            f"Got {len(ids):,} rows, {repeated:,} of them with a repeated id and {ids.count(None):,} without one."
        )
    group = next((rows[name] for name in GROUPS if name in rows), None)
    groups = np.full(len(ids), ALL, dtype=object) if group is None else group.fillna(ALL).astype(str).to_numpy()
    return CustomerList(pd.Index(ids, name="customer_id"), groups, _treated(rows), _start(rows))


def list_of_assignment(assignment: pd.DataFrame) -> CustomerList:
    """The treatment and control customers of a started campaign; others are not part of the comparison.

    Args:
        assignment: one row per customer, with the columns of `clientela.campaigns.campaign.ASSIGNMENT`.
    """
    compared = assignment[assignment["arm"].isin([TREATMENT, CONTROL])]
    return CustomerList(
        pd.Index(compared["customer_id"], name="customer_id"),
        compared["segment"].to_numpy(dtype=object),
        (compared["arm"] == TREATMENT).to_numpy(),
        None,
    )


def _treated(rows: pd.DataFrame) -> np.ndarray | None:
    if "arm" not in rows:
        return None
    arms = rows["arm"].astype(str).str.strip()
    if others := len(arms) - int(arms.isin([TREATMENT, CONTROL]).sum()):
        raise InvalidData(
            f"The column arm of a campaign's list must say {TREATMENT} or {CONTROL}. Got {others:,} rows that do not."
        )
    return (arms == TREATMENT).to_numpy()


def _start(rows: pd.DataFrame) -> date | None:
    if "as_of" not in rows or rows.empty:
        return None
    days = rows["as_of"].astype(str).str.slice(0, 10).unique()
    if len(days) > 1:
        raise InvalidData(f"The column as_of of a campaign's list must be one date. Got {len(days):,} dates.")
    return parse_as_of(days[0])
