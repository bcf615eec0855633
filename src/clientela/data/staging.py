"""Staging: the rows of a source with canonical column names and types, before any cleaning rule applies."""

from collections.abc import Mapping, Sequence

import duckdb

from clientela.data.dates import ISO, time_sql
from clientela.data.expressions import BLANKS, canonical_id_sql, is_word_sql, quoted_name, quoted_text, source_types
from clientela.data.filters import filter_sql
from clientela.data.joins import MATCHED
from clientela.data.numbers import number_sql, signs_sql
from clientela.data.reading import Reading

MONEY = "decimal(18, 4)"  # exact sums do not depend on the number of threads
NUMBERS = ("amount", "quantity", "unit_price")
TEXTS = {
    "description": "{}",
    "country": "{}",
    "product_id": "trim({})",
    "product_group": "nullif(trim({}), '')",
}

# Rows that are equal in all of these are interchangeable: the row number decides between no others.
CONTENT = (
    "known_order_id", "product_id", "product_group", "description", "country", "quantity", "unit_price", "amount",
)  # fmt: skip

# Infinite values, and years that Python's calendar does not have, are not readable.
IN_RANGE = """
    case when isfinite(quantity) then quantity end as quantity,
    case when isfinite(unit_price) then unit_price end as unit_price,
    case when isfinite(ordered_at) and year(ordered_at) between 1 and 9999 then ordered_at end as ordered_at
"""


def stage(
    connection: duckdb.DuckDBPyConnection,
    columns: Mapping[str, str],
    reading: Reading,
    *,
    find_copies: bool,
    money: str = MONEY,
) -> None:
    """Make the temporary table `staged` from the view `source`; values that cannot be read are null.

    Beside the canonical columns it has `known_order_id` (null where the source has no order id), `copy_number`, a
    Boolean column per row filter and join (`filter_0`, `join_0`, ...), the texts that cannot be read
    (`unreadable_date`, `unreadable_amount`), the text of the money (`money_text`,
    null unless its meaning is unclear) and the signs in it (`money_signs`, see `signs_sql`).

    Args:
        connection: DuckDB connection with the view `source`.
        columns: canonical column -> column of the source.
        reading: how the values are read.
        find_copies: whether `copy_number` numbers equal rows (1, 2, ...); otherwise it is 1.
        money: DuckDB's name of the type of amounts.

    Raises:
        InvalidData: the source lacks a mapped column.
        duckdb.Error: the source cannot be read to its end.
    """
    needed = [*columns.values(), *(row_filter.column for row_filter in reading.filters)]
    types = source_types(connection, needed, title="The source")
    all_columns = ", ".join(quoted_name(name) for name in types)
    copies = f"row_number() over (partition by {all_columns} order by row_of_source)" if find_copies else "1"
    read = {"line_id": "row_of_source", "copy_number": copies}
    read |= _texts(columns) | _numbers(columns, types, reading, money) | _ids_and_times(columns, types, reading)
    read |= {f"filter_{i}": filter_sql(row_filter) for i, row_filter in enumerate(reading.filters)}
    read |= {f"join_{i}": quoted_name(MATCHED.format(i)) for i in range(len(reading.joins))}
    raw = {f"{name}_text": _raw_text(name, columns, types) for name in ("ordered_at", *NUMBERS)}
    signs = signs_sql(f"{money_column(columns)}_text", decimal=reading.decimal, thousands=reading.thousands)
    product = "" if "amount" in columns else f", try_cast(round(quantity * unit_price, 4) as {money}) as amount"
    connection.execute(f"""
        create or replace temp table staged as
        with numbered as (select row_number() over () as row_of_source, * from source),
        renamed as (select {", ".join(f"{value} as {name}" for name, value in (read | raw).items())} from numbered),
        finite as (select * replace ({IN_RANGE}) from renamed),
        marked as (
            select
                * exclude ({", ".join(raw)}), {signs} as money_signs,
                case when money_signs = 'ambiguous' then {money_column(columns)}_text end as money_text,
                {_unreadable(["ordered_at"], reading)} as unreadable_date,
                {_unreadable(_money_columns(columns), reading)} as unreadable_amount
            from finite
        )
        select * replace ({_order_id(columns, reading)} as order_id), order_id as known_order_id{product} from marked
    """)


def line_order_sql(table: str) -> str:
    """SQL of an order of lines of the same time that does not depend on the order of the rows in the source.

    >>> line_order_sql("purchase")[:49]
    'purchase.known_order_id, purchase.product_id, pur'
    """
    # An order id may be the row number, so it is no content.
    return ", ".join(f"{table}.{column}" for column in (*CONTENT, "line_id"))


def money_column(columns: Mapping[str, str]) -> str:
    """The canonical column that says how the source writes money."""
    return "amount" if "amount" in columns else "unit_price"


def missing_words(reading: Reading) -> list[str]:
    """The null words that are no numbers: they stand for a missing date or amount, too."""
    return [word for word in reading.null_words if not any(sign.isdigit() for sign in word)]


def _money_columns(columns: Mapping[str, str]) -> list[str]:
    return ["amount"] if "amount" in columns else ["quantity", "unit_price"]


def _texts(columns: Mapping[str, str]) -> dict[str, str]:
    return {
        name: form.format(f"{quoted_name(columns[name])}::varchar") if name in columns else "null::varchar"
        for name, form in TEXTS.items()
    }


def _numbers(columns: Mapping[str, str], types: Mapping[str, str], reading: Reading, money: str) -> dict[str, str]:
    """SQL of amount, quantity and unit price; an amount that is not mapped is computed later."""

    def number(name: str, type_: str) -> str:
        if name not in columns:
            return f"null::{type_}"
        column = quoted_name(columns[name])
        value = f"try_cast({column} as {type_})"
        if types[columns[name]] == "VARCHAR":
            value = number_sql(
                column,
                decimal=reading.decimal,
                thousands=reading.thousands,
                type_=type_,
                from_cells=reading.from_cells,
            )
        return value

    of_type = {name: money if name == "amount" else "double" for name in NUMBERS}
    return {name: number(name, type_) for name, type_ in of_type.items() if name != "amount" or name in columns}


def _ids_and_times(columns: Mapping[str, str], types: Mapping[str, str], reading: Reading) -> dict[str, str]:
    def id_(name: str) -> str:
        if name not in columns:
            return "null::varchar"
        return canonical_id_sql(quoted_name(columns[name]), types[columns[name]], reading.null_words)

    column = columns["ordered_at"]
    # Dates in cells of a workbook become ISO 8601 if other cells of the column are texts.
    formats = (*reading.time_formats, ISO) if reading.from_cells and reading.time_formats else reading.time_formats
    time = time_sql(quoted_name(column), types[column], formats, reading.timezone)
    return {
        "customer_id": id_("customer_id"),
        "order_id": id_("order_id"),
        "ordered_at": f"try_cast({time} as timestamp)",
    }


def _order_id(columns: Mapping[str, str], reading: Reading) -> str:
    """SQL of the order id; an order without one is a row, or what a customer bought on a day."""
    lines = columns.keys() & {"product_id", "description", "quantity"}
    if (reading.without_order_id or ("day" if lines else "row")) == "row":
        return "coalesce(order_id, line_id::varchar)"
    return "coalesce(order_id, ordered_at::date::varchar || ' ' || customer_id, line_id::varchar)"


def _raw_text(name: str, columns: Mapping[str, str], types: Mapping[str, str]) -> str:
    if name not in columns or (name in NUMBERS and types[columns[name]] != "VARCHAR"):
        return "null::varchar"
    return f"{quoted_name(columns[name])}::varchar"


def _unreadable(names: Sequence[str], reading: Reading) -> str:
    """SQL of the first text of these columns that is there and cannot be read."""
    words = ["", *missing_words(reading)]
    cases = []
    for name in names:
        text = f"trim({name}_text, {quoted_text(BLANKS)})"
        # The outer condition is for speed: most rows do not fulfil it, and nothing else is computed for them.
        value = f"case when {is_word_sql(text, words)} then null else {text} end"
        cases.append(f"when {name} is null and {name}_text is not null then {value}")
    return f"case {' '.join(cases)} end"
