"""Events of a further source, such as visits or app events: one row per event, cleaned with a ledger."""

from dataclasses import dataclass, field, replace

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from clientela.contracts import LEDGER
from clientela.data.database import open_database
from clientela.data.dates import time_sql
from clientela.data.expressions import canonical_id_sql, quoted_name, source_types
from clientela.data.numbers import number_sql
from clientela.data.privacy import Privacy
from clientela.data.readers import Source, in_one_line, read_source
from clientela.data.reading import Reading
from clientela.data.withheld import UsedColumns, withhold_identifiers
from clientela.errors import InvalidData

EVENT_RULES = {
    "missing_customer_id": ("customer id missing", "customer_id is null"),
    "unreadable_date": ("date missing or unreadable", "occurred_at is null"),
}


@dataclass(frozen=True)
class EventColumns:
    """Columns of a source of events.

    Attributes:
        customer_id: column of the customer ids.
        timestamp: column of the times.
        category: column of the categories (a store, a package); None without any.
        value: column of the values (minutes, money); None without any.
        reading: how ids, times and values are read.
    """

    customer_id: str
    timestamp: str
    category: str | None = None
    value: str | None = None
    reading: Reading = field(default_factory=Reading)


def events_table(name: str) -> str:
    """Name of the table that has the events of a source."""
    return f"events_{name}"


def read_events(
    connection: duckdb.DuckDBPyConnection, name: str, location: str, columns: EventColumns, *, seed: int = 0
) -> tuple[Source, pd.DataFrame]:
    """Make the table `events_NAME`: customer_id, occurred_at, category, value; one row per event.

    Args:
        connection: DuckDB connection that gets the table; it may have the view `source` of other data.
        name: name of the source.
        location: path of the source, or the name of a generated data set.
        columns: columns of the source.
        seed: random seed of a generated data set.

    Returns:
        The source and the cleaning ledger; an unreadable value is set to missing.

    Raises:
        InvalidData: the source cannot be read, lacks a column, or has no event with a customer and a time.
    """
    with open_database() as own:  # a separate connection keeps the view `source` of the transactions
        read = read_source(own, location, seed=seed, demo_table=name)
        read = replace(
            read,
            notes=(*read.notes, *withhold_identifiers(own, _used_columns(columns), has_pseudonyms=_renames(columns))),
        )
        try:
            staged = _staged(own, name, columns)
        except duckdb.Error as error:
            raise InvalidData(f"The source {name!r} cannot be read to its end: {in_one_line(error)}") from error
    staged = _renamed(staged, columns.reading.privacy)
    connection.register("staged_events", staged)
    try:
        kept = " and ".join(f"not ({predicate})" for _, predicate in EVENT_RULES.values())
        connection.execute(f"""
            create or replace table {events_table(name)} as
            select customer_id, occurred_at, category, value from staged_events where {kept}
            order by customer_id, occurred_at, category, value
        """)
        ledger = _ledger(connection)
    finally:
        connection.unregister("staged_events")
    if not ledger["rows_left"].iloc[-1]:
        raise InvalidData(f"The source {name!r} must have at least one event with a customer and a time. Got none.")
    return read, ledger


def _used_columns(columns: EventColumns) -> UsedColumns:
    others = [columns.timestamp, *([columns.value] if columns.value else [])]
    return UsedColumns(columns.customer_id, texts=[columns.category] if columns.category else [], others=others)


def _renames(columns: EventColumns) -> bool:
    return columns.reading.privacy.pseudonyms is not None


def _staged(own: duckdb.DuckDBPyConnection, name: str, columns: EventColumns) -> pa.Table:
    reading = columns.reading
    needed = [columns.customer_id, columns.timestamp, columns.category, columns.value]
    types = source_types(own, [column for column in needed if column], title=f"The source {name!r}")
    id_ = canonical_id_sql(quoted_name(columns.customer_id), types[columns.customer_id], reading.null_words)
    time = time_sql(quoted_name(columns.timestamp), types[columns.timestamp], reading.time_formats, reading.timezone)
    category = f"nullif(trim({quoted_name(columns.category)}::varchar), '')" if columns.category else "null::varchar"
    text = quoted_name(columns.value) if columns.value else "null::double"
    number = f"try_cast({text} as double)"
    if columns.value and types[columns.value] == "VARCHAR":
        number = number_sql(text, decimal=reading.decimal, thousands=reading.thousands)
    return own.execute(f"""
        with numbered as (select row_number() over () as place, * from source)
        select
            place, {id_} as customer_id, try_cast({time} as timestamp) as occurred_at, {category} as category,
            case when isfinite({number}) then {number} end as value,
            {text} is not null and not coalesce(isfinite({number}), false) as is_unreadable
        from numbered
    """).to_arrow_table()


def _renamed(staged: pa.Table, privacy: Privacy) -> pa.Table:
    """The staged events without those of forgotten customers, with the ids that replace those of the source."""
    if privacy.is_off:
        return staged
    names, forgotten = privacy.rename(staged["customer_id"])
    at = staged.schema.get_field_index("customer_id")
    return staged.set_column(at, "customer_id", names).filter(pc.invert(forgotten))


def _ledger(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """The ledger of the rules; events have no money."""
    left = connection.execute("select count(*) from staged_events").fetchall()[0][0]
    rows = [("source", "rows of the source", left, 0, 0, left)]
    earlier = "true"
    for rule, (definition, predicate) in EVENT_RULES.items():
        matching, out = connection.execute(
            f"select count(*) filter (where {predicate}), count(*) filter (where {predicate} and {earlier}) "
            "from staged_events"
        ).fetchall()[0]
        left, earlier = left - out, f"{earlier} and not ({predicate})"
        rows.append((rule, definition, matching, out, 0, left))
    unreadable = f"count(*) filter (where is_unreadable and {earlier})"
    changed = connection.execute(f"select {unreadable} from staged_events").fetchall()[0][0]
    if changed:
        rows.append(("unreadable_value", "value unreadable: set to missing", changed, 0, changed, left))
    rows.append(("kept", "events", left, 0, 0, left))
    names = ["rule", "definition", "rows_matching", "rows_out", "rows_changed", "rows_left"]
    ledger = pd.DataFrame(rows, columns=names).assign(
        step=np.arange(len(rows)), money_out=0.0, money_left=0.0, example=None
    )
    return ledger[list(LEDGER.names)]
