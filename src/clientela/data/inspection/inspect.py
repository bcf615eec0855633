"""The inspection of a source: layout, roles, facts, findings, verdict, data set file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from clientela.data.database import open_database
from clientela.data.inspection.choices import Choice
from clientela.data.inspection.dataset_file import (
    attribute_columns,
    canonical_columns,
    formats_used,
    reading_keys,
    transaction_rules,
)
from clientela.data.inspection.facts import customer_facts, stage_rows, transaction_facts
from clientela.data.inspection.findings import find
from clientela.data.inspection.found import Found
from clientela.data.inspection.joining import joining_hint
from clientela.data.inspection.opening import neighbours, open_source
from clientela.data.inspection.preview import preview_customers, preview_transactions
from clientela.data.inspection.products import non_products
from clientela.data.inspection.result import FileLayout, Finding, Inspection, Verdict
from clientela.data.inspection.roles import Given, Roles, assign_roles
from clientela.data.inspection.statuses import StatusFilter, status_filters
from clientela.data.inspection.table import Table
from clientela.data.inspection.total_rows import total_rows
from clientela.data.inspection.verdict import judge_customers, judge_transactions
from clientela.data.plausibility import plausible_dates
from clientela.data.readers import in_one_line
from clientela.data.reading import Reading
from clientela.data.sources.addresses import scheme_of, short_name
from clientela.errors import InvalidData, InvalidInput

Echo = Callable[[str], None]


@dataclass(frozen=True)
class Defaults:
    """The defaults of reading, from conf/reading.yaml.

    Attributes:
        null_words: texts that stand for a missing id, in lower case.
        plausible_dates: first and last plausible date.
        largest_unreadable_share: largest share of dates, and of amounts, that cannot be read.
    """

    null_words: tuple[str, ...] = ()
    plausible_dates: tuple[date | None, date | None] | None = None
    largest_unreadable_share: float = 0.05


def inspect_source(
    location: str,
    *,
    name: str,
    given: Given | None = None,
    defaults: Defaults | None = None,
    echo: Echo = lambda _: None,
) -> Inspection:
    """Look at an export: what its columns are, what is in it, and whether it can be segmented.

    Args:
        location: path of the export.
        name: name of the data set, for the data set file.
        given: what the user says about the columns and the values; it takes precedence.
        defaults: defaults of reading.
        echo: receives a line per step.

    Returns:
        The inspection.

    Raises:
        InvalidData: the source cannot be read, or has no rows.
        InvalidInput: `given` names a column that the source does not have.

    >>> rows = "Kunde,Datum,Betrag\\n7,2024-01-05,1.50\\n8,2024-01-06,2.50\\n7,2024-02-01,3\\n"
    >>> _ = Path("sales.csv").write_text(rows)
    >>> inspection = inspect_source("sales.csv", name="sales")
    >>> inspection.verdict.name, inspection.facts.money_total
    ('ready', 7.0)
    """
    given, defaults = given or Given(), defaults or Defaults()
    with open_database() as connection:
        connection.execute("set enable_progress_bar = false")  # it would be drawn between the printed lines
        echo("Reading the file ...")
        layout = open_source(connection, location)
        try:
            table = Table(connection, defaults.null_words)
        except duckdb.Error as error:
            raise InvalidData(f"The source {location!r} cannot be read to its end: {in_one_line(error)}") from error
        if table.rows == 0:
            raise InvalidData(f"The source must have at least one row below the header. {location!r} has none.")
        _check_given(table, given)
        echo(f"Looking at {table.rows:,} rows and {len(table.keys)} columns ...")
        roles = assign_roles(table, given)
        layout = replace(layout, decimal=roles.style.decimal)
        if roles.customer_table:
            return _inspect_customers(location, name, layout, roles, defaults)
        return _inspect_transactions(location, name, layout, roles, defaults)


def _check_given(table: Table, given: Given) -> None:
    if missing := [name for name in given.columns.values() if name and name not in table.keys]:
        raise InvalidInput(
            f"The set parameter must name columns of the source. It has {list(table.keys)}. Got {missing}."
        )


def _reading(roles: Roles, defaults: Defaults) -> Reading:
    reading = Reading(
        decimal=roles.style.decimal,
        thousands=roles.style.thousands,
        time_formats=formats_used(roles),
        null_words=defaults.null_words,
        amount_is=roles.money.amount_is or "line",
    )
    return reading


def _open_readings(roles: Roles, header: str | None) -> dict[str, tuple[str, ...]]:
    """The formats by each open order of day and month."""
    found = roles.dates.get(header or "")
    return dict(found.open_orders) if found else {}


def _inspect_transactions(location: str, name: str, layout: FileLayout, roles: Roles, defaults: Defaults) -> Inspection:
    columns = canonical_columns(roles)
    connection = roles.columns.table.connection
    reading = _reading(roles, defaults)
    readings = _open_readings(roles, columns.get("ordered_at"))
    if readings:
        reading = replace(reading, time_formats=next(iter(readings.values())))
    stage_rows(connection, columns, reading, find_copies={"order_id", "product_id"} <= set(columns))
    totals = total_rows(roles.columns.table)
    connection.execute("delete from staged where list_contains($1, line_id)", [list(totals.lines)])
    facts = transaction_facts(connection, columns, reading)
    periods = roles.columns.table.periods(columns["ordered_at"], readings) if readings else {}
    statuses = status_filters(roles.columns, roles.others)
    codes = non_products(connection) if "product_id" in columns else ()
    dates = plausible_dates(connection, defaults.plausible_dates)
    findings = find(Found(connection, roles, columns, layout, facts, dates, statuses, codes, totals))
    missing = _missing(columns)
    hint = joining_hint(columns, missing, neighbours(location)) if missing else ""
    verdict = judge_transactions(roles, columns, facts, periods=periods, near=hint)
    if verdict.name == "ready" and (reason := _unreadable(connection, columns, defaults.largest_unreadable_share)):
        verdict = Verdict("cannot", reason=reason)
    prefix = cancellation_prefix(connection) if "quantity" in columns else None
    settings = _settings(location, name, layout, roles)
    settings["columns"] = columns
    if roles.money.amount_is == "order":
        settings["amount_is"] = "order"
    if dropped := {**_filters(statuses), **{name: list(texts) for name, texts in totals.labels.items()}}:
        settings["drop"] = dropped
    if attributes := attribute_columns(roles, roles.others.of_customers):
        settings["attributes"] = {"columns": attributes}
    settings["cleaning"] = transaction_rules(columns, prefix, codes)
    return Inspection(
        location=location,
        layout=layout,
        facts=facts if verdict.name != "needs_decision" or not readings else replace(facts, period=None),
        columns=_all_choices(roles),
        unused=_unused(roles),
        preview=preview_transactions(connection, roles, columns),
        findings=tuple(findings),
        verdict=verdict,
        settings=settings if verdict.name == "ready" else None,
    )


def _unreadable(connection: duckdb.DuckDBPyConnection, columns: Mapping[str, str], largest: float) -> str:
    """Which values a run would refuse because too many of them cannot be read; empty if none."""
    money = [columns[name] for name in ("amount",) if name in columns] or [columns["quantity"], columns["unit_price"]]
    for names, value, unreadable in (
        ([columns["ordered_at"]], "ordered_at", "unreadable_date"),
        (money, "amount", "unreadable_amount"),
    ):
        good, bad = connection.execute(f"""
            select count(*) filter (where {value} is not null and {unreadable} is null), count({unreadable}) from staged
        """).fetchall()[0]
        if bad > largest * (good + bad):
            shown = " and ".join(map(repr, names))
            return (
                f"{bad / (good + bad):.1%} of the values in {shown} cannot be read; largest_unreadable_share allows "
                f"{largest:.0%}. Correct the column, or raise the limit in a data set file of your own."
            )
    return ""


def _missing(columns: Mapping[str, str]) -> list[str]:
    """The roles that transactions need and the table does not have."""
    missing = [role for role in ("customer_id", "ordered_at") if role not in columns]
    has_money = "amount" in columns or {"quantity", "unit_price"} <= set(columns)
    return missing if has_money else [*missing, "amount"]


def _filters(statuses: Sequence[StatusFilter]) -> dict[str, Any]:
    return {
        one.column: list(one.values) if one.values else {"empty": False} for one in statuses if one.values or one.rows
    }


def cancellation_prefix(connection: duckdb.DuckDBPyConnection) -> str | None:
    """First letters of the order ids of nearly all negative quantities, and of no others.

    Returns:
        The letters; empty if negative quantities are not known by their order ids, None without negative quantities.
    """
    rows = connection.execute("""
        select regexp_extract(order_id, '^[A-Za-z]+') as letters, count(*) filter (quantity < 0) as negative,
            count(*) filter (quantity > 0) as positive
        from staged where order_id is not null and quantity is not null group by letters
    """).fetchall()
    total = sum(negative for _, negative, _ in rows)
    if not total:
        return None
    for letters, negative, positive in rows:
        if letters and negative > 0.5 * total and positive <= 0.01 * negative:
            return str(letters)
    return ""


def _inspect_customers(location: str, name: str, layout: FileLayout, roles: Roles, defaults: Defaults) -> Inspection:
    table = roles.customer_table
    assert table is not None
    reading = _reading(roles, defaults)
    opened = [choice.source for choice in table.dates if _open_readings(roles, choice.source)]
    readings = _open_readings(roles, opened[0]) if opened else {}
    if readings:
        reading = replace(reading, time_formats=next(iter(readings.values())))
    columns: dict[str, tuple[str, ...]] = {"customer_id": (table.customer_id.source,)}
    columns |= {choice.role: (choice.source,) for choice in table.dates} | table.sums
    facts = customer_facts(roles.columns.table, columns, reading)
    periods = roles.columns.table.periods(opened[0], readings) if readings else {}
    verdict = judge_customers(roles, facts, periods=periods)
    settings = _settings(location, name, layout, roles)
    settings["kind"] = "customers"
    settings["columns"] = {role: names[0] if len(names) == 1 else list(names) for role, names in columns.items()}
    if attributes := attribute_columns(roles, [choice.source for choice in table.attributes]):
        settings["attributes"] = {"columns": attributes}
    findings = [
        Finding(
            "one_row_per_customer",
            "info",
            "There is one row per customer: the features are made of its columns (kind: customers).",
            facts.rows,
        )
    ]
    if table.identifiers:
        names = ", ".join(repr(choice.source) for choice in table.identifiers)
        text = f"These columns identify persons and are not used: {names}."
        findings.append(Finding("personal_data", "info", text, facts.rows))
    return Inspection(
        location=location,
        layout=layout,
        facts=facts,
        columns=_all_choices(roles),
        unused=_unused(roles),
        preview=preview_customers(roles),
        findings=tuple(findings),
        verdict=verdict,
        settings=settings if verdict.name == "ready" else None,
    )


def _settings(location: str, name: str, layout: FileLayout, roles: Roles) -> dict[str, Any]:
    source = location if scheme_of(location) else str(Path(location).resolve())
    return {"name": name, "title": short_name(location), "source": source, **reading_keys(roles, layout)}


def _all_choices(roles: Roles) -> dict[str, Choice]:
    """The choices of all columns with a role; several columns of one role have their header in the name."""
    found = dict(roles.canonical)
    table = roles.customer_table
    if table:
        for role, names in table.sums.items():
            for name in names:
                key = role if len(names) == 1 else f"{role}:{name}"
                found[key] = Choice(
                    role, name, 0.85, "the header names it" + (", one of its parts" if len(names) > 1 else "")
                )
    for place, choice in enumerate(roles.others.statuses):
        found["status" if place == 0 else f"status:{choice.source}"] = choice
    for choice in (*roles.others.identifiers, *roles.others.attributes):
        found[f"{choice.role}:{choice.source}"] = choice
    return found


def _unused(roles: Roles) -> tuple[str, ...]:
    used = {choice.source for choice in _all_choices(roles).values()}
    return tuple(name for name in roles.columns.table.keys if name not in used)
