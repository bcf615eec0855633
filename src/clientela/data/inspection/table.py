"""The rows of an inspected source: all of them in DuckDB, and a sample in memory with each column's distinct values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import duckdb
import numpy as np
from numpy.typing import NDArray

from clientela.data.dates import time_sql
from clientela.data.expressions import quoted_name
from clientela.data.inspection.date_formats import DateShape
from clientela.data.inspection.numbered_dates import moment_sql, numbered_dates

SAMPLE_ROWS = 120_000
BLOCK = 2_000  # rows: the sample is made of blocks, so that the lines of an order stay together
LARGEST_SHAPES = 500
TEXT = "VARCHAR"
EMPTY = r"[\s\x{00A0}\x{200B}\x{FEFF}\x{202F}]"


@dataclass(frozen=True)
class SampledColumn:
    """A column of the sample.

    Attributes:
        name: header.
        key: name of the column in the table `inspected`.
        type: DuckDB's name of the type in the source.
        codes: number of the value in each row, shape (sampled rows,); -1 for none.
        values: distinct values as text.
        counts: rows of each value, shape (number of values,).
    """

    name: str
    key: str
    type: str
    codes: NDArray[np.int64]
    values: tuple[str, ...]
    counts: NDArray[np.int64]

    @property
    def filled(self) -> int:
        """Sampled rows with a value."""
        return int(self.counts.sum())

    @property
    def distinct(self) -> int:
        """Number of distinct values."""
        return len(self.values)

    def share(self, flags: Sequence[bool]) -> float:
        """Share of the filled rows whose value has the flag; `flags` has one entry per distinct value."""
        return float(self.counts[np.asarray(flags, dtype=bool)].sum() / self.filled) if self.filled else 0.0


class Table:
    """All rows of a source as the temporary table `inspected`, with columns c0, c1, ... and `row_of_source`.

    Its texts are trimmed, empty ones are null, and dates written as numbers are times (`numbered_dates`). The rows as
    they are read are in the temporary table `rows_read`, to which the view `source` then refers, so that the file is
    parsed once.

    Args:
        connection: DuckDB connection with the view `source`.
        null_words: texts that stand for a missing id, in lower case.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, null_words: Sequence[str] = ()) -> None:
        self.connection = connection
        # A number among them may be a value of another column.
        self._null_words = frozenset(word for word in null_words if not any(sign.isdigit() for sign in word))
        self._known: dict[str, NDArray[np.int64]] = {}
        described = connection.execute("describe source").fetchall()
        self.types = {name: str(type_) for name, type_, *_ in described}
        self.keys = {name: f"c{place}" for place, name in enumerate(self.types)}
        connection.execute("create or replace temp table rows_read as select * from source")
        connection.execute("create or replace temp view source as select * from rows_read")
        self.numbered_dates = numbered_dates(connection, self.types)
        columns = ", ".join(self._value_sql(name) + f" as {key}" for name, key in self.keys.items())
        connection.execute(f"""
            create or replace temp table inspected as
            select row_number() over () - 1 as row_of_source, {columns} from rows_read
        """)
        self.types |= dict.fromkeys(self.numbered_dates, "TIMESTAMP")
        self.rows: int = connection.execute("select count(*) from inspected").fetchall()[0][0]

    def _value_sql(self, name: str) -> str:
        if name in self.numbered_dates:
            return moment_sql(name, self.numbered_dates[name])
        return _trimmed(name, self.types[name])

    @cached_property
    def sample(self) -> dict[str, SampledColumn]:
        """The columns of the sample by header."""
        blocks = max(1, -(-self.rows // BLOCK))
        step = max(1, -(-blocks * BLOCK // SAMPLE_ROWS))
        columns = ", ".join(_as_text(key, self.types[name]) + f" as {key}" for name, key in self.keys.items())
        found = self.connection.sql(
            f"select {columns} from inspected where (row_of_source // {BLOCK}) % {step} = 0 order by row_of_source"
        ).to_arrow_table()
        return {name: _sampled(name, key, self.types[name], found[key]) for name, key in self.keys.items()}

    def number_shapes(self, name: str) -> list[tuple[str, int]]:
        """The shapes of a text column's values, with 9 for each digit, and their rows over the whole source."""
        return self.connection.execute(f"""
            with counted as (
                select {self.keys[name]} as value, count(*) as rows_of_value
                from inspected where {self.keys[name]} is not null group by value
            )
            select case when value similar to '[^0-9]*0[.,][0-9]{{3}}[^0-9]*'
                then value else translate(value, '012345678', '999999999') end as shape,
                sum(rows_of_value)::bigint as occurrences
            from counted group by shape order by occurrences desc, shape limit {LARGEST_SHAPES}
        """).fetchall()

    def date_shapes(self, name: str) -> list[DateShape]:
        """The shapes of a text column's values over the whole source, with what they say about day and month."""
        found = self.connection.execute(rf"""
            with counted as (
                select {self.keys[name]} as value, count(*) as occurrences
                from inspected where {self.keys[name]} is not null group by value
            ),
            shaped as (
                select
                    value, occurrences,
                    regexp_replace(translate(value, '012345678', '999999999'), '[^\W\d_]+', 'A', 'g') as shape,
                    try_cast(regexp_extract(value, '([0-9]+)', 1) as int) as first,
                    try_cast(regexp_extract(value, '[0-9]+[^0-9]+([0-9]+)', 1) as int) as second,
                    lower(regexp_extract(value, '([^\W\d_]{{3,}})', 1)) as word,
                    lower(regexp_extract(value, '[^\W\d_]+[^A-Za-z]+([^\W\d_]{{3,}})', 1)) as next_word
                from counted
            )
            select
                shape, sum(occurrences)::bigint as occurrences,
                coalesce(sum(occurrences) filter (first between 13 and 31), 0)::bigint,
                coalesce(sum(occurrences) filter (second between 13 and 31), 0)::bigint,
                min(value), list(distinct word) filter (word <> ''), list(distinct next_word) filter (next_word <> '')
            from shaped group by shape order by occurrences desc, shape limit {LARGEST_SHAPES}
        """).fetchall()
        return [
            DateShape(shape, rows, first, second, example, tuple(sorted({*(words or ()), *(more or ())})))
            for shape, rows, first, second, example, words, more in found
        ]

    def earlier_share(self, first: str, formats: Sequence[str], second: str, others: Sequence[str]) -> float:
        """Share of the rows with both dates in which the first is not after the second.

        Args:
            first: header of a column of dates.
            formats: its strptime formats; empty for ISO 8601 and typed columns.
            second: header of another column of dates.
            others: its formats.

        Returns:
            The share; 0 without such rows.
        """
        one = _day_sql(self.keys[first], self.types[first], formats)
        two = _day_sql(self.keys[second], self.types[second], others)
        found = self.connection.execute(f"select avg(({one} <= {two})::int) from inspected").fetchall()[0][0]
        return float(found or 0.0)

    def periods(self, name: str, readings: Mapping[str, Sequence[str]]) -> dict[str, tuple[date, date]]:
        """First and last day of a column of dates under different readings.

        Args:
            name: header of the column.
            readings: name of a reading -> strptime formats.

        Returns:
            Name of the reading -> first and last day; left out if no value can be read.
        """
        found = {}
        for reading, formats in readings.items():
            day = _day_sql(self.keys[name], self.types[name], formats)
            first, last = self.connection.execute(f"select min({day}), max({day}) from inspected").fetchall()[0]
            if first:
                found[reading] = (first, last)
        return found

    def add_day(self, name: str, source: str, formats: Sequence[str]) -> None:
        """Add the day of a column of dates to the sample, as a column of its own.

        Args:
            name: name of the new column.
            source: header of the column of dates.
            formats: its strptime formats; empty for ISO 8601 and typed columns.
        """
        column = self.sample[source]
        day = _day_sql("value", TEXT, () if source in self.numbered_dates else formats)
        found = self.connection.execute(
            f"select {day}::varchar from (select unnest($1) as value, unnest($2) as place) order by place",
            [list(column.values), list(range(column.distinct))],
        ).fetchall()
        days = [row[0] for row in found]
        values = tuple(sorted({value for value in days if value}))
        places = {value: place for place, value in enumerate(values)}
        codes = np.array([places[value] if value else -1 for value in days] + [-1], dtype=np.int64)[column.codes]
        counts = np.bincount(codes[codes >= 0], minlength=len(values))
        self.sample[name] = SampledColumn(name, "", TEXT, codes, values, counts)

    def known_codes(self, name: str) -> NDArray[np.int64]:
        """Number of a column's value in each sampled row, shape (sampled rows,); -1 for none and for null words."""
        if name not in self._known:
            column = self.sample[name]
            is_null = np.array([value.lower() in self._null_words for value in column.values] + [True])
            self._known[name] = np.where(is_null[column.codes], -1, column.codes)
        return self._known[name]

    def determined_share(self, name: str, other: str) -> tuple[float, int]:
        """Share of the values of `name` that occur in several sampled rows with one value of `other` only.

        Returns:
            The share (1 if no value occurs twice), and the number of values that occur in several rows.
        """
        first, second = self.known_codes(name), self.known_codes(other)
        distinct, width = self.sample[name].distinct, self.sample[other].distinct + 1
        both = (first >= 0) & (second >= 0)
        counts = np.bincount(first[both], minlength=distinct)
        pairs = np.unique(first[both] * width + second[both]) // width
        variants = np.bincount(pairs, minlength=distinct)
        several = counts > 1
        total = int(several.sum())
        return (float((variants[several] == 1).mean()) if total else 1.0), total


def _day_sql(key: str, type_: str, formats: Sequence[str]) -> str:
    """SQL of the day of a column; null for what cannot be read."""
    return f"try_cast({time_sql(key, type_, formats)} as date)"


def _trimmed(name: str, type_: str) -> str:
    quoted = quoted_name(name)
    if type_ != TEXT:
        return quoted
    return f"nullif(regexp_replace({quoted}, '^{EMPTY}+|{EMPTY}+$', '', 'g'), '')"


def _as_text(key: str, type_: str) -> str:
    if type_ in ("DOUBLE", "FLOAT"):
        return (
            f"case when isfinite({key}) and {key} = trunc({key}) and abs({key}) < 1e15 "
            f"then {key}::bigint::varchar when isfinite({key}) then {key}::varchar end"
        )
    return f"{key}::varchar"


def _sampled(name: str, key: str, type_: str, column: object) -> SampledColumn:
    encoded = column.combine_chunks().dictionary_encode()  # type: ignore[attr-defined]
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    values = tuple(encoded.dictionary.to_pylist())
    counts = np.bincount(codes[codes >= 0], minlength=len(values))
    return SampledColumn(name, key, type_, codes, values, counts)
