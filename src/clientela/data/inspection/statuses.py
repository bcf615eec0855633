"""States of orders that are no sales: cancelled, refunded, unpaid."""

from dataclasses import dataclass

from clientela.data.inspection.choices import Columns
from clientela.data.inspection.names import name_scores, words_of
from clientela.data.inspection.others import Others
from clientela.data.inspection.profile import NO_SALE, PARTIAL

YES = frozenset({"true", "1", "yes", "y", "sim", "s", "si", "sí", "ja", "x"})
END_WORDS = frozenset(
    {
        "cancelled",
        "canceled",
        "cancelado",
        "cancelada",
        "cancelamento",
        "cancelacion",
        "storniert",
        "storno",
        "anulado",
        "cancellation",
        "refunded",
        "voided",
    }
)


@dataclass(frozen=True)
class StatusFilter:
    """A filter of the rows that are no sales.

    Attributes:
        column: header of the column.
        values: values of rows that are no sales; empty for a column of dates, whose filled rows are none.
        rows: rows that are no sales.
        partial: values of rows that are partly refunded.
        partial_rows: number of these rows.
    """

    column: str
    values: tuple[str, ...]
    rows: int
    partial: tuple[str, ...] = ()
    partial_rows: int = 0


def status_filters(columns: Columns, others: Others) -> tuple[StatusFilter, ...]:
    """The filters of a table's columns with states of orders, and of dates of cancellation."""
    found = [_of_states(columns, choice.source) for choice in others.statuses]
    found += [_of_date(columns, name) for name in columns.profiles]
    return tuple(one for one in found if one is not None and (one.rows or one.partial))


def _of_states(columns: Columns, name: str) -> StatusFilter | None:
    table = columns.table
    counted = table.connection.execute(f"""
        select {table.keys[name]}::varchar as value, count(*) from inspected
        where {table.keys[name]} is not null group by value order by value limit 200
    """).fetchall()
    if set(words_of(name)) & END_WORDS:
        ends = [(value, rows) for value, rows in counted if value.lower() in YES]
        return StatusFilter(name, tuple(value for value, _ in ends), sum(rows for _, rows in ends))
    partial = [(value, rows) for value, rows in counted if PARTIAL.search(value.lower())]
    ends = [(value, rows) for value, rows in counted if NO_SALE.search(_plain(value)) and (value, rows) not in partial]
    ends = [(value, rows) for value, rows in ends if not _is_kept(value)]
    return StatusFilter(
        name,
        tuple(value for value, _ in ends),
        sum(rows for _, rows in ends),
        tuple(value for value, _ in partial),
        sum(rows for _, rows in partial),
    )


def _plain(value: str) -> str:
    return " ".join(words_of(value)) + " " + value.lower()


def _is_kept(value: str) -> bool:
    """Whether a state only looks like the end of a sale, such as "not cancelled"."""
    words = words_of(value)
    return bool(words) and words[0] in ("not", "no", "nao", "nicht", "un", "non", "never")


def _of_date(columns: Columns, name: str) -> StatusFilter | None:
    """The filter of a column with the time of the cancellation; it is empty for all sales."""
    profile = columns.profiles[name]
    if not profile.is_date or not set(words_of(name)) & END_WORDS or profile.fill > 0.6:
        return None
    if name_scores(name).get("ordered_at", 0) > name_scores(name).get("other_date", 0):
        return None
    rows = columns.table.connection.execute(f"select count({columns.table.keys[name]}) from inspected").fetchall()[0][0]
    return StatusFilter(name, (), int(rows))
