"""What findings are made from: the staged rows, with their counts and examples."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import duckdb

from clientela.data.inspection.facts import Facts
from clientela.data.inspection.result import FileLayout
from clientela.data.inspection.roles import Roles
from clientela.data.inspection.statuses import StatusFilter
from clientela.data.inspection.total_rows import TotalRows

LONGEST_EXAMPLE = 30  # characters


@dataclass(frozen=True)
class Found:
    """What findings are made from.

    Attributes:
        connection: DuckDB connection with the tables `staged` and `inspected`.
        roles: roles of the columns.
        columns: canonical column -> header, as staged.
        layout: how the file is built.
        facts: totals.
        dates: first and last plausible date; None for no limit.
        statuses: filters on the states of orders.
        codes: product ids that are no products.
        totals: rows that are totals of others; they are not staged.
    """

    connection: duckdb.DuckDBPyConnection
    roles: Roles
    columns: Mapping[str, str]
    layout: FileLayout
    facts: Facts
    dates: tuple[date | None, date | None]
    statuses: tuple[StatusFilter, ...]
    codes: tuple[str, ...]
    totals: TotalRows

    def count(self, condition: str) -> int:
        """Staged rows that meet an SQL condition."""
        return int(self.connection.execute(f"select count(*) from staged where {condition}").fetchall()[0][0])

    def example(self, expression: str, condition: str) -> str:
        """The most frequent value of an SQL expression among the staged rows that meet a condition."""
        found = self.connection.execute(
            f"select {expression} as value from staged where {condition} and {expression} is not null "
            "group by value order by count(*) desc, value limit 1"
        ).fetchall()
        return str(found[0][0]) if found else ""

    def product(self, condition: str) -> str:
        """The most frequent product of the staged rows that meet an SQL condition, as an example; empty without one."""
        example = self.example("product_id", f"({condition})") if "product_id" in self.columns else ""
        return f" (such as of the product {example[:LONGEST_EXAMPLE]!r})" if example else ""

    def share(self, rows: int) -> str:
        """A number of rows with its share."""
        return f"{rows:,} of {self.facts.rows:,} rows ({rows / self.facts.rows:.1%})" if self.facts.rows else "0 rows"
