"""Dates and amounts that cannot be read: too many stop the run, and amounts of unclear meaning are not guessed."""

from collections.abc import Mapping

import duckdb

from clientela.data.dates import DATE_LIKE
from clientela.data.expressions import quoted_text
from clientela.data.numbers import AMOUNT_LIKE
from clientela.data.reading import Reading
from clientela.data.staging import money_column
from clientela.errors import InvalidData

EXAMPLES = 3
HELP = {
    "dates": "timestamp_format lists the formats of the dates",
    "amounts": "decimal and thousands name the signs in the amounts",
}


def refuse_ambiguous_amounts(
    connection: duckdb.DuckDBPyConnection, columns: Mapping[str, str], reading: Reading
) -> list[str]:
    """Make amounts like 1.234 unreadable where the other amounts say that the sign does not separate decimals.

    This is the case if no amount needs the decimal sign of the settings, and at least one needs the other.

    Args:
        connection: DuckDB connection with the table `staged`.
        columns: canonical column -> column of the source.
        reading: how the values were read.

    Returns:
        A warning if such amounts were read, and no other amount says what the sign separates.
    """
    decimal, other, ambiguous = connection.execute("""
        select
            count(*) filter (where money_signs = 'decimal'), count(*) filter (where money_signs = 'other'),
            count(*) filter (where money_signs = 'ambiguous')
        from staged where money_signs is not null
    """).fetchall()[0]
    if decimal or not ambiguous:
        return []
    if not other:
        sign = reading.decimal
        return [
            f"{ambiguous:,} values of the column {columns[money_column(columns)]!r} have three digits after the sign "
            f"{sign!r}, which was read as decimal sign. If it separates thousands, set thousands: {sign!r} and "
            f"decimal: {',' if sign == '.' else '.'!r}."
        ]
    unknown = ", ".join(f"{name} = null" for name in {"amount": 0, money_column(columns): 0})
    connection.execute(f"update staged set unreadable_amount = money_text, {unknown} where money_text is not null")
    return []


def check_readable(connection: duckdb.DuckDBPyConnection, columns: Mapping[str, str], reading: Reading) -> None:
    """Refuse a source in which too many dates or amounts cannot be read.

    Rows that a filter or a join drops do not count.

    Args:
        connection: DuckDB connection with the table `checked`.
        columns: canonical column -> column of the source.
        reading: how the values were read, with the largest share that is accepted.

    Raises:
        InvalidData: more dates or amounts than that cannot be read; the message has examples of the values.
    """
    if reading.largest_unreadable_share is None:
        return
    for what, column, value in (
        ("dates", "ordered_at", "unreadable_date"),
        ("amounts", money_column(columns), "unreadable_amount"),
    ):
        if not connection.execute(f"select count({value}) from checked").fetchall()[0][0]:
            continue
        good, bad = connection.execute(f"""
            select count(*) filter (where {column} is not null and {value} is null), count({value})
            from checked where not regexp_matches(coalesce(rejected_by, ''), '^(keep|drop|join) ')
        """).fetchall()[0]
        share = reading.largest_unreadable_share
        if bad > share * (good + bad):
            raise InvalidData(
                f"At most {share:.0%} of the {what} in the column {columns[column]!r} may be unreadable "
                f"(largest_unreadable_share). Got {bad:,} of {good + bad:,} ({bad / (good + bad):.0%}), such as "
                f"{_examples(connection, value)}; {HELP[what]}."
            )


def _examples(connection: duckdb.DuckDBPyConnection, column: str) -> str:
    """The most frequent unreadable values; letters and digits are masked in what is no date or amount at all."""
    like = AMOUNT_LIKE if column == "unreadable_amount" else DATE_LIKE
    shown = connection.execute(f"""
        select
            case
                when regexp_full_match({column}, {quoted_text(like)}) then {column}
                else regexp_replace(regexp_replace({column}, '[0-9]', '9', 'g'), '\\pL', 'a', 'g')
            end as shown
        from checked where {column} is not null
        group by shown order by count(*) desc, shown limit {EXAMPLES}
    """).fetchall()
    return ", ".join(repr(text[:30]) for (text,) in shown)
