"""Features made of events (visits, sightings, app events): aggregates per customer as of a date."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import duckdb
import pandas as pd

NO_EVENTS = {"count": 0.0, "active_days": 0.0, "distinct": 0.0, "sum": 0.0}  # the aggregates known without an event
EVENING = 18  # hour


@dataclass(frozen=True)
class Aggregate:
    """An aggregate of a customer's events.

    Attributes:
        kind: name of the aggregate, such as "count" or "category_share".
        of: category of a category_share; None for the others.
        days: only events in so many days before the as-of date; None for all events before it.
    """

    kind: str
    of: str | None = None
    days: int | None = None

    def sql(self) -> str:
        """SQL expression over the events of one customer, with the parameters $as_of and, for a category, $of."""
        events = "count(*)"
        day = "occurred_at::date"
        return {
            "count": f"{events}::double",
            "active_days": f"count(distinct {day})::double",
            "days_since_first": f"date_diff('day', min({day}), $as_of::date)::double",
            "days_since_last": f"date_diff('day', max({day}), $as_of::date)::double",
            "weekend_share": f"count(*) filter (where isodow(occurred_at) >= 6) / {events}",
            "evening_share": f"count(*) filter (where hour(occurred_at) >= {EVENING}) / {events}",
            "category_share": f"count(*) filter (where category = $of) / {events}",
            # Of equally frequent categories the first in the alphabet, so that the order of the rows does not matter.
            "most_frequent": "mode(category order by category)",
            "distinct": "count(distinct category)::double",
            # Sums of exact decimals do not depend on the number of threads.
            "sum": "coalesce(sum(value::decimal(38, 6)), 0)::double",
            "mean": "sum(value::decimal(38, 6))::double / nullif(count(value), 0)",
            "max": "max(value)",
        }[self.kind]


@dataclass(frozen=True)
class EventFeatures:
    """The features of one source of events.

    Attributes:
        table: table with customer_id, occurred_at, category and value; one row per event.
        features: feature -> aggregate.
    """

    table: str
    features: Mapping[str, Aggregate]

    @property
    def without_events(self) -> dict[str, float]:
        """Values of a customer without any event, for the features that are known then."""
        return {name: NO_EVENTS[one.kind] for name, one in self.features.items() if one.kind in NO_EVENTS}

    def at(self, connection: duckdb.DuckDBPyConnection, as_of: date) -> pd.DataFrame:
        """Aggregates of the events before a date.

        Args:
            connection: connection with the table of events.
            as_of: as-of date; events on or after it are not used.

        Returns:
            One row per customer with an event ever: customer_id and one column per feature. Counts and sums of a
            customer without an event before `as_of` are 0, other aggregates unknown.

        >>> connection = duckdb.connect()
        >>> rows = "('7', timestamp '2024-01-06 10:00'), ('7', timestamp '2024-01-08 10:00')"
        >>> _ = connection.execute(f"create table visits as from (values {rows}) as t(customer_id, occurred_at)")
        >>> visits = EventFeatures("visits", {"visits": Aggregate("count"), "weekend": Aggregate("weekend_share")})
        >>> visits.at(connection, date(2024, 1, 8)).values.tolist()
        [['7', 1.0, 1.0]]
        """
        frame = connection.execute(f"select distinct customer_id from {self.table} order by customer_id").df()
        for name, aggregate in self.features.items():
            parameters = {"as_of": as_of} | ({"of": aggregate.of} if aggregate.of is not None else {})
            since = f"and occurred_at >= $as_of::timestamp - interval {aggregate.days} day" if aggregate.days else ""
            found = connection.execute(
                f"select customer_id, {aggregate.sql()} as found from {self.table} "
                f"where occurred_at < $as_of::timestamp {since} group by customer_id",
                parameters,
            ).df()
            values = frame["customer_id"].map(found.set_index("customer_id")["found"])
            if aggregate.kind == "most_frequent":
                frame[name] = values.astype(object).where(values.notna(), None)
            else:
                numbers = values.astype("float64")
                frame[name] = numbers.fillna(NO_EVENTS[aggregate.kind]) if aggregate.kind in NO_EVENTS else numbers
        return frame
