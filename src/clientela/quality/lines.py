"""The lines of the source as the checks read them: accepted and rejected ones, without those that a filter drops."""

from datetime import date

import duckdb


def view_lines(connection: duckdb.DuckDBPyConnection, *, as_of: date) -> None:
    """Make the temporary view `source_lines`: the columns of the transactions and `rejected_by`, null if accepted.

    Rows that the settings filter out, that have no row in a joined table, or that are of a later date are left out.

    Args:
        connection: DuckDB connection with the tables `transactions` and `rejected`.
        as_of: as-of date.
    """
    connection.execute(f"""
        create or replace temp view source_lines as
        select null::varchar as rejected_by, * from transactions where ordered_at < date '{as_of}'
        union all by name
        select * from rejected
        where not regexp_matches(rejected_by, '^(keep|drop|join) ')
            and (ordered_at is null or ordered_at < date '{as_of}' or rejected_by = 'implausible_date')
    """)
