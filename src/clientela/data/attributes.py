"""Attributes of customers beyond their purchases (age, gender, a preference), one row per customer, for profiles."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import duckdb
import numpy as np
import pandas as pd

from clientela.data.database import open_database
from clientela.data.expressions import canonical_id_sql, quoted_name, source_types
from clientela.data.privacy import Privacy
from clientela.data.readers import in_one_line, read_source
from clientela.data.withheld import UsedColumns, withhold_identifiers
from clientela.errors import InvalidData


@dataclass(frozen=True)
class Attribute:
    """One attribute of the customers.

    Attributes:
        name: name of the attribute.
        column: column of the source.
        kind: "numeric" or "categorical".
        range: valid numbers, both bounds included; None accepts all.
    """

    name: str
    column: str
    kind: Literal["numeric", "categorical"]
    range: tuple[float, float] | None = None


def read_attributes(
    connection: duckdb.DuckDBPyConnection,
    attributes: Sequence[Attribute],
    *,
    location: str | None = None,
    customer_id: str | None = None,
    privacy: Privacy | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """Read attributes from a table of customers, or from the source of the transactions.

    Args:
        connection: DuckDB connection after `clean`, with the view `source` and the table `transactions`.
        attributes: attributes to read.
        location: path of a table of customers, or "demo"; the last row of a customer is used. None for the source of
            the transactions; the row of a customer's latest purchase is used.
        customer_id: column of the customer ids in the table of customers; None for the source of the transactions.
        privacy: what becomes of the customer ids in the table of customers; None keeps them.
        seed: random seed of the demo shop.

    Returns:
        One row per customer, ordered by customer_id (canonical text): numeric attributes as float64, others as text.
        Numbers that are missing, unreadable or outside the range are NaN; empty texts are None. `attrs["refused"]` of
        the frame counts the numbers set to missing per numeric attribute: {"unreadable": count, "out_of_range": count}.
        `attrs["notes"]` are sentences about columns of a table of customers that identify people.

    Raises:
        InvalidData: the source cannot be read, lacks a column, or has no customer with purchases.

    >>> from clientela.data.cleaning import clean
    >>> from clientela.data.rules import Rule
    >>> connection = duckdb.connect()
    >>> rows = "('ann', '2024-01-05', 9.5, 40), ('ann', '2024-02-05', 3, 41), ('bob', '2024-02-06', 3, 200)"
    >>> _ = connection.execute(f"create view source as from (values {rows}) as sales(client, day, paid, age)")
    >>> columns = {"customer_id": "client", "ordered_at": "day", "amount": "paid"}
    >>> _ = clean(connection, columns=columns, rules=[Rule("bad_amount")])
    >>> read_attributes(connection, [Attribute("age", "age", "numeric", (16, 110))])
      customer_id   age
    0         ann  41.0
    1         bob   NaN
    """
    if location is None:
        return in_shape(_read_rows(connection, attributes, None), attributes)
    with open_database() as own:  # a separate connection keeps the view `source` of the transactions
        read_source(own, location, seed=seed, demo_table="customers")
        notes = withhold_identifiers(own, _used_columns(attributes, customer_id), has_pseudonyms=_renames(privacy))
        texts = _read_rows(own, attributes, customer_id)
    if privacy is not None and not privacy.is_off:
        is_kept = ~np.array(privacy.forgotten(texts["customer_id"].tolist()), dtype=bool)
        texts = texts.assign(customer_id=privacy.names(texts["customer_id"].tolist()))[is_kept]
        texts = texts.sort_values("customer_id", ignore_index=True)
    _check_some_bought(connection, texts["customer_id"], location)
    found = in_shape(texts, attributes)
    found.attrs["notes"] = notes
    return found


def _used_columns(attributes: Sequence[Attribute], customer_id: str | None) -> UsedColumns:
    return UsedColumns(
        customer_id,
        texts=[one.column for one in attributes if one.kind == "categorical"],
        others=[one.column for one in attributes if one.kind == "numeric"],
    )


def _renames(privacy: Privacy | None) -> bool:
    return privacy is not None and privacy.pseudonyms is not None


def _read_rows(
    connection: duckdb.DuckDBPyConnection, attributes: Sequence[Attribute], customer_id: str | None
) -> pd.DataFrame:
    """The latest row of each customer, with all attributes as text; empty texts and infinite numbers are null."""
    required = [*([customer_id] if customer_id else []), *(attribute.column for attribute in attributes)]
    types = source_types(connection, required, title="The attributes' source")

    def text(column: str) -> str:
        return canonical_id_sql(f"source.{quoted_name(column)}", types[column])

    # The columns get new names, because the source's own names may collide with those of this query.
    values = ", ".join(f"{text(attribute.column)} as value_{i}" for i, attribute in enumerate(attributes))
    rows = (
        f"select {text(customer_id)} as customer_id, null as known_at, row_number() over () as place, {values} "
        "from source"
        if customer_id
        else f"""
            select transactions.customer_id, transactions.ordered_at as known_at, numbered.*
            from (select row_number() over () as place, {values} from source) as numbered
            join transactions on transactions.line_id = place
        """
    )
    try:
        found = connection.execute(f"""
            with known as ({rows})
            select * exclude (known_at, place) from known where customer_id is not null
            qualify row_number() over (partition by customer_id order by known_at desc, place desc) = 1
            order by customer_id
        """).df()
    except duckdb.Error as error:
        raise InvalidData(f"The attributes' source cannot be read to its end: {in_one_line(error)}") from error
    return found.set_axis(["customer_id", *(attribute.name for attribute in attributes)], axis="columns")


def _check_some_bought(connection: duckdb.DuckDBPyConnection, customer_ids: pd.Series, location: str) -> None:
    bought = connection.execute("select distinct customer_id from transactions").df()["customer_id"]
    if not customer_ids.isin(bought).any():
        raise InvalidData(
            f"The attributes' source {location!r} must have at least one of the {len(bought):,} customers with "
            f"purchases. Got {len(customer_ids):,} other customers."
        )


def in_shape(texts: pd.DataFrame, attributes: Sequence[Attribute]) -> pd.DataFrame:
    """The frame of `read_attributes` from customer_id and the attributes as text."""
    shaped: dict[str, pd.Series] = {"customer_id": texts["customer_id"]}
    refused: dict[str, dict[str, int]] = {}
    for attribute in attributes:
        text = texts[attribute.name]
        if attribute.kind == "categorical":
            shaped[attribute.name] = text.astype(object).where(text.notna(), None)
        else:
            shaped[attribute.name], refused[attribute.name] = _numbers(text, attribute.range)
    frame = pd.DataFrame(shaped)
    frame.attrs["refused"] = refused
    return frame


def _numbers(text: pd.Series, allowed: tuple[float, float] | None) -> tuple[pd.Series, dict[str, int]]:
    """A text column as numbers, and how many of them were set to missing, by reason."""
    numbers = pd.to_numeric(text, errors="coerce").astype("float64").replace([np.inf, -np.inf], np.nan)
    unreadable = text.notna() & numbers.isna()
    outside = numbers.notna() & ~numbers.between(*(allowed or (-np.inf, np.inf)))
    counts = {"unreadable": int(unreadable.sum()), "out_of_range": int(outside.sum())}
    return numbers.mask(outside), counts
