"""Time: which customers come back, and in which months and on which weekdays the shop sells."""

from collections.abc import Sequence
from datetime import date, timedelta
from importlib.resources import files
from typing import TypedDict

import duckdb
import numpy as np

MONTHS, QUARTERS = 18, 60  # longest history in months of monthly, and of quarterly cohorts
MOST_ROWS = 13  # cohorts that are shown, the latest ones
STEP = {"month": 1, "quarter": 3, "year": 12}  # months


class Cohort(TypedDict):
    """Customers with the same period of the first purchase; `shares` are those who bought, by age; None if too few."""

    start: str
    customers: int
    shares: list[float | None]


class Cohorts(TypedDict):
    """Cohorts in order; `overall` has, per age, the share of all customers whose cohort is so old; None if too few."""

    unit: str
    rows: list[Cohort]
    overall: list[float | None]


class Seasons(TypedDict):
    """Revenue of calendar months and orders of weekdays.

    `months` has the mean revenue of the complete months of each calendar month, relative to the mean of all months
    (None for a month that is not covered); `years` counts the whole years behind it. `weekdays` are shares of orders.
    """

    months: list[float | None]
    years: int
    complete_months: int
    weekdays: list[float]


def cohorts(connection: duckdb.DuckDBPyConnection, *, as_of: date, smallest: int) -> Cohorts | None:
    """Which share of the customers of each cohort bought again, period by period.

    The period in which the as-of date lies is left out unless it is complete. Cohorts of fewer than `smallest`
    customers have no shares.

    Args:
        connection: DuckDB connection with the table `net_lines` as of the date.
        as_of: as-of date.
        smallest: smallest group that is shown.

    Returns:
        Monthly, quarterly or yearly cohorts by the length of the history; None without two complete periods.
    """
    first = connection.execute("select min(ordered_at)::date from net_lines where amount > 0").fetchall()[0][0]
    history = (as_of.year - first.year) * 12 + as_of.month - first.month
    unit = "month" if history <= MONTHS else "quarter" if history <= QUARTERS else "year"
    found = connection.execute(_sql("cohorts").replace("{unit}", unit)).fetchall()
    bought: dict[date, dict[int, int]] = {}
    for start, age, customers in found:
        bought.setdefault(start, {})[age] = customers
    last = _last_complete(as_of, STEP[unit])
    rows = [
        _cohort(start, ages, _age(start, last, STEP[unit]), smallest)
        for start, ages in sorted(bought.items())
        if start <= last
    ]
    if len(rows) < 2:
        return None
    return {"unit": unit, "rows": rows[-MOST_ROWS:], "overall": _overall(rows, smallest)}


def seasons(connection: duckdb.DuckDBPyConnection, *, as_of: date) -> Seasons | None:
    """Revenue of the calendar months and orders of the weekdays; None without a complete month.

    Months count from the first complete one to the last complete one. From twelve on, whole years are used, the latest
    ones, so that growth does not favour some months.

    Args:
        connection: DuckDB connection with the table `net_lines` as of the date.
        as_of: as-of date.

    Returns:
        Relative revenue by month and shares of the orders by weekday.
    """
    days = connection.execute(_sql("calendar")).fetchall()
    first = days[0][0]
    start = _next_month(first) if first.day > 1 else first
    complete = list(_months(start, _last_complete(as_of, 1)))
    if not complete:
        return None
    years = len(complete) // 12
    used = complete[-12 * years :] if years else complete
    revenue = dict.fromkeys(used, 0.0)
    orders = np.zeros(7)
    for day, money, count in days:
        orders[day.weekday()] += count
        if (month := day.replace(day=1)) in revenue:
            revenue[month] += money
    mean = float(np.mean(list(revenue.values()))) or 1.0
    by_month = {
        number: [money / mean for month, money in revenue.items() if month.month == number] for number in range(1, 13)
    }
    return {
        "months": [round(float(np.mean(values)), 4) if values else None for values in by_month.values()],
        "years": years,
        "complete_months": len(complete),
        "weekdays": [round(float(share), 4) for share in orders / orders.sum()],
    }


def _cohort(start: date, ages: dict[int, int], oldest: int, smallest: int) -> Cohort:
    size = ages[0]
    shares = [ages.get(age, 0) / size if size >= smallest else None for age in range(oldest + 1)]
    return {"start": start.isoformat(), "customers": size, "shares": shares}


def _overall(rows: Sequence[Cohort], smallest: int) -> list[float | None]:
    """Per age the share of the customers of all cohorts that are so old, without the first cohort.

    The first one has customers who bought before the data begin, so that it is no cohort of new customers.
    """
    new = [row for row in rows[1:] if row["shares"][0] is not None]
    found: list[float | None] = []
    for age in range(max((len(row["shares"]) for row in new), default=0)):
        old = [row for row in new if len(row["shares"]) > age]
        customers = sum(row["customers"] for row in old)
        bought = sum(row["customers"] * (row["shares"][age] or 0.0) for row in old)
        found.append(bought / customers if customers >= smallest else None)
    return found


def _last_complete(as_of: date, step: int) -> date:
    """First day of the last period that ends before the as-of date."""
    months = as_of.year * 12 + as_of.month - 1
    current = months - months % step
    return date((current - step) // 12, (current - step) % 12 + 1, 1)


def _age(start: date, last: date, step: int) -> int:
    return ((last.year - start.year) * 12 + last.month - start.month) // step


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(4)).replace(day=1)


def _months(start: date, last: date) -> Sequence[date]:
    months = []
    while start <= last:
        months.append(start)
        start = _next_month(start)
    return months


def _sql(name: str) -> str:
    return files("clientela.exploration").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
