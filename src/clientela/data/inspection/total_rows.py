"""Rows that are totals of other rows, such as the last row of a report: they have no customer and no date."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from clientela.data.expressions import quoted_text
from clientela.data.inspection.table import TEXT, Table

LABEL = (
    "(?i)(grand |sub ?-?|net |overall )?totals?( ?:| of .*| geral| general| amount)?|total(e|es|is)( ?:)?|"
    "(zwischen|gesamt)?summe( ?:)?|gesamt( ?:|betrag|umsatz)?|soma( total)?( ?:)?|suma( total)?( ?:)?|sum( ?:)?"
)
FEW_ROWS = 3
LARGEST_SHARE = 0.001  # of rows without a label


@dataclass(frozen=True)
class TotalRows:
    """Rows that are totals.

    Attributes:
        lines: their places in the source, from 1.
        labels: column -> texts such as "Total" that these rows have in it.
    """

    lines: tuple[int, ...] = ()
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def total_rows(table: Table) -> TotalRows:
    """The rows of the table `staged` that are totals: with a label, or with nothing but numbers.

    Args:
        table: the inspected table; its connection has the tables `staged` and `inspected`.

    Returns:
        The rows; none if too many rows have nothing but numbers.
    """
    connection = table.connection
    bare = connection.execute(f"""
        select
            line_id,
            customer_id is null and known_order_id is null and product_id is null and description is null
                as only_numbers
        from staged
        where ordered_at is null and (customer_id is null or regexp_full_match(customer_id, {quoted_text(LABEL)}))
        order by line_id
    """).fetchall()
    if not bare:
        return TotalRows()
    labelled: set[int] = set()
    labels: dict[str, tuple[str, ...]] = {}
    for name, values in _labels(table, [line for line, _ in bare]).items():
        labelled |= {line for line, _ in values}
        labels[name] = tuple(sorted({text for _, text in values}))
    numbers = {line for line, only_numbers in bare if only_numbers} - labelled
    if len(numbers) > max(FEW_ROWS, LARGEST_SHARE * table.rows):
        numbers = set()
    return TotalRows(tuple(sorted(labelled | numbers)), labels)


def _labels(table: Table, lines: Sequence[int]) -> dict[str, list[tuple[int, str]]]:
    """Column -> the places and texts of the labels in these rows."""
    found = {}
    for name, key in table.keys.items():
        if table.types[name] != TEXT:
            continue
        rows = table.connection.execute(
            f"""
            select row_of_source + 1, {key} from inspected join (select unnest($1) as line) on row_of_source + 1 = line
            where regexp_full_match({key}, {quoted_text(LABEL)})
            """,
            [list(lines)],
        ).fetchall()
        if rows:
            found[name] = rows
    return found
