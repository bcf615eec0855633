"""What is known of customers beyond their purchases (age, gender, a preference): one row a customer, for profiles."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import duckdb
import numpy as np
import pandas as pd

from clientela.data.expressions import canonical_id_sql, quoted_name, source_types
from clientela.data.readers import in_one_line, read_source
from clientela.errors import InvalidData


@dataclass(frozen=True)
class Attribute:
    """One attribute: its name, the source's column, its kind, and between which numbers it can be true."""

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
    seed: int = 0,
) -> pd.DataFrame:
    """One row a customer, ordered by customer_id (canonical text): numeric attributes as float64, others as text.

    A number is missing (NaN) where there is none, none that can be read, or one outside its range; a text is missing
    (None) where it is empty. The frame's `attrs["refused"]` counts the customers whose number was set to missing, for
    each numeric attribute: {"unreadable": count, "out_of_range": count}.

    Args:
        connection: as `clean` leaves it, with the view `source` and the table `transactions`.
        attributes: which columns to read, and how.
        location: a table with one row a customer (of several the last counts), "demo" for the demo shop's; None for
            columns of the transactions' own source, where the row of the latest purchase counts.
        customer_id: that table's column of the customer's id; the transactions' own source needs none.
        seed: of the demo shop.

    Raises:
        InvalidData: the source cannot be read, lacks a column, or has none of the customers who bought.
    """
    if location is None:
        return _in_shape(_read_rows(connection, attributes, None), attributes)
    with duckdb.connect() as own:  # a connection of its own: the view `source` of the transactions stays
        read_source(own, location, seed=seed, demo_table="customers")
        texts = _read_rows(own, attributes, customer_id)
    _check_some_bought(connection, texts["customer_id"], location)
    return _in_shape(texts, attributes)


def _read_rows(
    connection: duckdb.DuckDBPyConnection, attributes: Sequence[Attribute], customer_id: str | None
) -> pd.DataFrame:
    """The latest row of each customer, every attribute as text: what is empty, or no finite number, is null."""
    required = [*([customer_id] if customer_id else []), *(attribute.column for attribute in attributes)]
    types = source_types(connection, required, title="The attributes' source")

    def text(column: str) -> str:
        return canonical_id_sql(f"source.{quoted_name(column)}", types[column])

    # Own names for all that is selected: the source's columns may have any.
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
            f"The attributes' source {location!r} must have some of the {len(bought):,} customers who bought. "
            f"It has none of them among its {len(customer_ids):,}."
        )


def _in_shape(texts: pd.DataFrame, attributes: Sequence[Attribute]) -> pd.DataFrame:
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
    """The numbers of a column of text, and how many were set to missing for which reason."""
    numbers = pd.to_numeric(text, errors="coerce").astype("float64").replace([np.inf, -np.inf], np.nan)
    unreadable = text.notna() & numbers.isna()
    outside = numbers.notna() & ~numbers.between(*(allowed or (-np.inf, np.inf)))
    counts = {"unreadable": int(unreadable.sum()), "out_of_range": int(outside.sum())}
    return numbers.mask(outside), counts
