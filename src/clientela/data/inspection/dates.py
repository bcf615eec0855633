"""Dates in text columns: the order of day and month, decided by all values of the column; never guessed."""

from collections.abc import Sequence
from dataclasses import dataclass

from clientela.data.inspection.date_formats import DateShape, Formats, Order, formats_of

SMALL_MINORITY = 0.005  # share of decided rows that may contradict the others, such as typing errors
ISO_FAMILY = "Y-"


@dataclass(frozen=True)
class DateReading:
    """How the dates of a column are read.

    Attributes:
        formats: strptime formats; empty for ISO 8601 and for typed columns.
        rows: rows in a known shape.
        unreadable: rows with a value in no known shape.
        unreadable_shape: the most frequent of those shapes.
        contradicting: rows that only the other order of day and month can read.
        order: decided order of day and month; None if no format depends on it, or if it is open.
        open_orders: the two possible readings if the values do not decide: order -> formats; empty otherwise.
        mixed: whether the column has rows of both orders.
    """

    formats: tuple[str, ...]
    rows: int
    unreadable: int = 0
    unreadable_shape: str = ""
    contradicting: int = 0
    order: Order | None = None
    open_orders: tuple[tuple[Order, tuple[str, ...]], ...] = ()
    mixed: bool = False


def read_dates(shapes: Sequence[DateShape], *, known: Order | None = None) -> DateReading:
    """The formats that read a column of date texts.

    Args:
        shapes: shapes of all values of the column.
        known: order of day and month that is known from elsewhere; it is used only if the values do not decide.

    Returns:
        The reading; `open_orders` is filled if the values and `known` do not decide.

    >>> read_dates([DateShape("99/99/9999", 9, 2, 0, "13/01/2024")]).formats
    ('%d/%m/%Y',)
    >>> read_dates([DateShape("99/99/9999", 9, 0, 0, "03/01/2024")]).open_orders[1]
    ('month-first', ('%m/%d/%Y',))
    """
    found = [(shape, formats_of(shape)) for shape in shapes]
    readable = [(shape, formats) for shape, formats in found if formats]
    unreadable = [shape for shape, formats in found if formats is None]
    first, second = _rows_that_decide(readable)
    order, open_, mixed = _decide(readable, first, second, known)
    of_order = {one: _formats(readable, one) for one in (("day-first", "month-first") if open_ else (order,))}
    return DateReading(
        formats=() if open_ else of_order[order],
        rows=sum(shape.rows for shape, _ in readable),
        unreadable=sum(shape.rows for shape in unreadable),
        unreadable_shape=max(unreadable, key=lambda shape: shape.rows).shape if unreadable else "",
        contradicting=min(first, second),
        order=order,
        open_orders=tuple((one, formats) for one, formats in of_order.items() if one) if open_ else (),
        mixed=mixed,
    )


def _is_ambiguous(formats: Formats) -> bool:
    return len(formats.by_order) > 1


def _rows_that_decide(readable: Sequence[tuple[DateShape, Formats]]) -> tuple[int, int]:
    """Rows that can only be read day first, and rows that can only be read month first."""
    ambiguous = [shape for shape, formats in readable if _is_ambiguous(formats)]
    return sum(shape.first_over for shape in ambiguous), sum(shape.second_over for shape in ambiguous)


def _decide(
    readable: Sequence[tuple[DateShape, Formats]], first: int, second: int, known: Order | None
) -> tuple[Order | None, bool, bool]:
    """The order of day and month, whether it is open, and whether both occur."""
    if not any(_is_ambiguous(formats) for _, formats in readable):
        return None, False, False
    if not first and not second:
        return known, known is None, False
    small = min(first, second) <= SMALL_MINORITY * (first + second)
    order: Order = "day-first" if first > second else "month-first"
    if small:
        return order, False, False
    return known, known is None, True


def _formats(readable: Sequence[tuple[DateShape, Formats]], order: Order | None) -> tuple[str, ...]:
    """The formats of all shapes under an order, the most frequent first; empty if all are ISO 8601.

    Formats with two digits of the year stand before those with four, which would read 24 as the year 24.
    """
    if all(formats.family == ISO_FAMILY for _, formats in readable):
        return ()
    rows: dict[str, int] = {}
    for shape, formats in readable:
        written = (
            next(iter(formats.by_order.values()))
            if len(formats.by_order) == 1
            else formats.by_order[order or "day-first"]
        )
        rows[written] = rows.get(written, 0) + shape.rows
    return tuple(sorted(rows, key=lambda written: ("%y" not in written, -rows[written], written)))
