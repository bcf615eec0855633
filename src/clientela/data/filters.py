"""SQL of row filters: `keep` and `drop` on the values of a column, such as the status of an order."""

from clientela.data.expressions import BLANKS, is_word_sql, quoted_name, quoted_text
from clientela.data.reading import RowFilter


def filter_sql(row_filter: RowFilter) -> str:
    """SQL predicate over the source; true for rows that the filter drops, never null.

    >>> import duckdb
    >>> sql = filter_sql(RowFilter("Status", "drop", ("cancelled",)))
    >>> duckdb.sql(f"select {sql} from (values ('Cancelled '), ('Paid'), (null)) as orders(Status)").fetchall()
    [(True,), (False,), (False,)]
    """
    text = f"coalesce(trim({quoted_name(row_filter.column)}::varchar, {quoted_text(BLANKS)}), '')"
    if row_filter.empty is None:
        matches = is_word_sql(text, [value.strip().lower() for value in row_filter.values])
    else:
        matches = f"({text} = '') = {str(row_filter.empty).lower()}"
    return matches if row_filter.action == "drop" else f"not ({matches})"


def filter_text(row_filter: RowFilter) -> str:
    """What the filter drops, for the ledger.

    >>> filter_text(RowFilter("Status", "keep", ("Paid",)))
    'Status is not one of: Paid'
    """
    without = "not " if row_filter.action == "keep" else ""
    if row_filter.empty is None:
        return f"{row_filter.column} is {without}one of: {', '.join(row_filter.values)}"
    is_empty = row_filter.empty == (row_filter.action == "drop")
    return f"{row_filter.column} is {'' if is_empty else 'not '}empty"
