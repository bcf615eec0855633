"""A table with one row per customer, cleaned by fixed rules with a ledger: purchases as totals, and attributes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd

from clientela.contracts import LEDGER
from clientela.data.attributes import Attribute, in_shape
from clientela.data.customer_ids import rename_customers
from clientela.data.dates import ISO, time_sql
from clientela.data.expressions import canonical_id_sql, quoted_name, source_types
from clientela.data.numbers import number_sql
from clientela.data.privacy import FORGOTTEN, LEFT_OUT, SILENT, Privacy
from clientela.data.readers import in_one_line
from clientela.data.reading import Reading
from clientela.errors import InvalidData

MONEY = "decimal(18, 4)"  # exact sums do not depend on the number of threads
TOTALS = ("first_purchase", "last_purchase", "order_count", "total_spend")
TOTALS_RULES = {
    FORGOTTEN: "customer who was forgotten",
    "missing_customer_id": "customer id missing",
    "repeated_customer": "customer with a later row, which is kept",
    SILENT: "customer without a purchase for too long",
    "unreadable_date": "date missing or unreadable",
    "last_before_first": "last purchase before the first",
    "bad_order_count": "number of orders missing, zero or negative",
    "bad_amount": "amount missing, zero or negative",
}
# The canonical columns that a rule needs.
NEEDED = {
    "unreadable_date": ("first_purchase", "last_purchase"),
    "last_before_first": ("first_purchase", "last_purchase"),
    "bad_order_count": ("order_count",),
    "bad_amount": ("total_spend",),
}


@dataclass(frozen=True)
class CustomerTotals:
    """A cleaned table with one row per customer.

    Attributes:
        totals: customer_id (canonical text) and those of first_purchase, last_purchase (dates), order_count and
            total_spend (currency) that are mapped; ordered by customer_id.
        attributes: attributes of the same customers; None without any.
        ledger: cleaning ledger.
    """

    totals: pd.DataFrame
    attributes: pd.DataFrame | None
    ledger: pd.DataFrame


def clean_customer_table(
    connection: duckdb.DuckDBPyConnection,
    *,
    columns: Mapping[str, Sequence[str]],
    attributes: Sequence[Attribute] = (),
    reading: Reading | None = None,
) -> CustomerTotals:
    """Clean the view `source`, a table with one row per customer.

    A sum of several columns counts their missing values as 0, unless all are missing. The last row of a customer is
    kept. Also makes the table `rejected`: customer_id and rejected_by of the rejected rows.

    Args:
        connection: DuckDB connection with the view `source`.
        columns: canonical column -> columns of the source; several are added.
        attributes: attributes to read.
        reading: how the values are read; None for the defaults.

    Returns:
        The totals, the attributes and the ledger.

    Raises:
        InvalidData: the source lacks a column, cannot be read to its end, or cleaning leaves no customer.

    >>> connection = duckdb.connect()
    >>> rows = "('7', 2, 1, 40.5), ('8', 0, 0, 3), (null, 1, 1, 5)"
    >>> _ = connection.execute(f"create view source as from (values {rows}) as t(id, online, shop, paid)")
    >>> columns = {"customer_id": ["id"], "order_count": ["online", "shop"], "total_spend": ["paid"]}
    >>> clean = clean_customer_table(connection, columns=columns)
    >>> clean.totals.to_dict("records")
    [{'customer_id': '7', 'order_count': 3.0, 'total_spend': 40.5}]
    >>> clean.ledger.set_index("rule")["rows_out"].to_dict()
    {'source': 0, 'missing_customer_id': 1, 'repeated_customer': 0, 'bad_order_count': 1, 'bad_amount': 0, 'kept': 0}
    """
    names = [column for mapped in columns.values() for column in mapped] + [one.column for one in attributes]
    types = source_types(connection, dict.fromkeys(names), title="The source")
    privacy = (reading or Reading()).privacy
    try:
        _stage(connection, columns, attributes, types, reading or Reading())
        rename_customers(connection, "staged_totals", privacy)
    except duckdb.Error as error:
        raise InvalidData(f"The source cannot be read to its end: {in_one_line(error)}") from error
    rules = [rule for rule in TOTALS_RULES if rule not in NEEDED or set(NEEDED[rule]) & set(columns)]
    rules = [rule for rule in rules if rule != "last_before_first" or set(NEEDED[rule]) <= set(columns)]
    rules = [rule for rule in rules if rule not in _off(privacy, columns)]
    _reject(connection, _predicates(rules, columns, privacy.retention_months))
    kept = connection.execute("select * from checked_totals where rejected_by is null order by customer_id").df()
    if kept.empty:
        raise InvalidData(f"The source must have at least one valid customer. {_most_frequent_rule(connection)}")
    texts = kept[["customer_id", *(f"attribute_{i}" for i in range(len(attributes)))]]
    shaped = in_shape(texts.set_axis(["customer_id", *(one.name for one in attributes)], axis="columns"), attributes)
    totals = kept[[name for name in ("customer_id", *TOTALS) if name in columns]]
    ledger = _ledger(connection, rules, shaped.attrs["refused"], has_money="total_spend" in columns)
    return CustomerTotals(
        totals.astype({"total_spend": "float64"} if "total_spend" in totals else {}),
        shaped if attributes else None,
        ledger,
    )


def _stage(
    connection: duckdb.DuckDBPyConnection,
    columns: Mapping[str, Sequence[str]],
    attributes: Sequence[Attribute],
    types: Mapping[str, str],
    reading: Reading,
) -> None:
    """Make the temporary table `staged_totals`: canonical columns, attributes as text; unreadable values are null."""

    def day(name: str) -> str:
        column = columns[name][0]
        formats = (*reading.time_formats, ISO) if reading.from_cells and reading.time_formats else reading.time_formats
        time = time_sql(quoted_name(column), types[column], formats, reading.timezone)
        return f"try_cast({time} as date)"

    def number(column: str, type_: str) -> str:
        if types[column] != "VARCHAR":
            return f"try_cast({quoted_name(column)} as {type_})"
        return number_sql(
            quoted_name(column),
            decimal=reading.decimal,
            thousands=reading.thousands,
            type_=type_,
            from_cells=reading.from_cells,
        )

    def total(name: str, type_: str) -> str:
        parts = [number(column, type_) for column in columns[name]]
        added = " + ".join(f"coalesce({part}, 0)" for part in parts)
        return f"case when coalesce({', '.join(parts)}) is not null then {added} end"

    id_ = columns["customer_id"][0]
    selected = {"customer_id": canonical_id_sql(quoted_name(id_), types[id_], reading.null_words)}
    selected |= {name: day(name) for name in ("first_purchase", "last_purchase") if name in columns}
    selected |= {"order_count": total("order_count", "double")} if "order_count" in columns else {}
    selected |= {"total_spend": total("total_spend", MONEY)} if "total_spend" in columns else {}
    selected |= {
        f"attribute_{i}": canonical_id_sql(quoted_name(one.column), types[one.column])
        for i, one in enumerate(attributes)
    }
    values = ", ".join(f"{value} as {name}" for name, value in selected.items())
    # The columns of the source are renamed in a second step, because their names may be canonical ones, too.
    connection.execute(f"""
        create or replace temp table staged_totals as
        with numbered as (select row_number() over () as place, * from source),
        renamed as (select place, {values} from numbered)
        select *, row_number() over (partition by customer_id order by place desc) as from_the_end from renamed
    """)


def _off(privacy: Privacy, columns: Mapping[str, Sequence[str]]) -> set[str]:
    """The rules about whole customers that do not apply."""
    forgets = privacy.suppression is not None
    keeps_all = privacy.retention_months is None or "last_purchase" not in columns
    return {*([] if forgets else [FORGOTTEN]), *([SILENT] if keeps_all else [])}


def _predicates(
    rules: Sequence[str], columns: Mapping[str, Sequence[str]], retention_months: int | None
) -> dict[str, str]:
    """Rule -> SQL predicate, true for the rows that it drops."""
    dates = [name for name in ("first_purchase", "last_purchase") if name in columns]
    end = "select max(last_purchase) + interval 1 day from staged_totals"
    known = {
        FORGOTTEN: "is_forgotten",
        SILENT: f"last_purchase < ({end}) - interval {retention_months or 0} month",
        "missing_customer_id": "customer_id is null",
        "repeated_customer": "customer_id is not null and from_the_end > 1",
        "unreadable_date": " or ".join(f"{name} is null" for name in dates),
        "last_before_first": "last_purchase < first_purchase",
        "bad_order_count": "order_count is null or not isfinite(order_count) or order_count <= 0",
        "bad_amount": "total_spend is null or total_spend <= 0",
    }
    return {rule: known[rule] for rule in rules}


def _reject(connection: duckdb.DuckDBPyConnection, predicates: Mapping[str, str]) -> None:
    cases = " ".join(f"when {predicate} then '{rule}'" for rule, predicate in predicates.items())
    flags = ", ".join(f"coalesce({predicate}, false) as is_{rule}" for rule, predicate in predicates.items())
    connection.execute(
        f"create or replace temp table checked_totals as select *, case {cases} end as rejected_by, {flags} "
        "from staged_totals"
    )
    connection.execute(f"""
        create or replace table rejected as
        select rejected_by, customer_id from checked_totals where rejected_by not in {LEFT_OUT} order by place
    """)


def _most_frequent_rule(connection: duckdb.DuckDBPyConnection) -> str:
    found = connection.execute(
        "select rejected_by, count(*) as n from checked_totals group by all order by n desc limit 1"
    ).fetchall()
    if not found:
        return "Got no rows."
    return f"Got none; the rule {found[0][0]} alone dropped {found[0][1]:,} rows."


def _ledger(
    connection: duckdb.DuckDBPyConnection,
    rules: Sequence[str],
    refused: Mapping[str, Mapping[str, int]],
    *,
    has_money: bool,
) -> pd.DataFrame:
    """The ledger of the rules; then one row per numeric attribute whose values were set to missing."""
    money = "sum(total_spend)" if has_money else "sum(0)"
    left, paid = connection.execute(f"select count(*), coalesce({money}, 0) from checked_totals").fetchall()[0]
    rows = [("source", "rows of the source", left, 0, 0, 0, left, paid, None)]
    for rule in rules:
        matching, out, lost, example = connection.execute(f"""
            select
                count(*) filter (where is_{rule}), count(*) filter (where rejected_by = '{rule}'),
                coalesce({money} filter (where rejected_by = '{rule}'), 0),
                arg_min('customer ' || customer_id, place) filter (where rejected_by = '{rule}')
            from checked_totals
        """).fetchall()[0]
        left, paid = left - out, paid - lost
        example = None if rule in LEFT_OUT else example
        rows.append((rule, TOTALS_RULES[rule], matching, out, 0, lost, left, paid, example))
    for name, counts in refused.items():
        if changed := sum(counts.values()):
            text = f"{name} unreadable or outside its range: set to missing"
            rows.append((f"bad_{name}", text, changed, 0, changed, 0, left, paid, None))
    rows.append(("kept", "customers", left, 0, 0, 0, left, paid, None))
    names = ("rule", "definition", "rows_matching", "rows_out", "rows_changed", "money_out", "rows_left", "money_left")
    ledger = pd.DataFrame(rows, columns=[*names, "example"]).assign(step=np.arange(len(rows)))
    return ledger.astype({"money_out": "float64", "money_left": "float64"})[list(LEDGER.names)]
