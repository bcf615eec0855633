"""The customer table, cleaned by named rules with the same ledger as the transactions.

Only rows without an id and repeated rows are dropped; all other rules correct a value or set it to missing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import duckdb
import pandas as pd

from clientela.contracts import CUSTOMERS, LEDGER
from clientela.data.database import open_database
from clientela.data.dates import time_sql
from clientela.data.expressions import canonical_id_sql, quoted_name, source_types
from clientela.data.privacy import FORGOTTEN, LEFT_OUT, SILENT, Privacy
from clientela.data.readers import Source, in_one_line, read_source
from clientela.data.withheld import UsedColumns, withhold_identifiers
from clientela.errors import InvalidData

CUSTOMER_RULES = {
    "missing_customer_id": "customer id missing",
    FORGOTTEN: "customer who was forgotten",
    SILENT: "customer without a purchase for too long",
    "repeated_customer": "customer with a later row, which is kept",
    "missing_age": "age missing or not a number: set to missing; models use the median",
    "impossible_age": "age outside the range in the settings: set to missing; models use the median",
    "unknown_gender": "gender missing or not accepted by the settings: a group of its own",
    "unknown_region": "region missing or not accepted by the settings: a group of its own",
    "unreadable_signup": "signup date missing or unreadable: date of the first transaction instead",
    "signup_after_first_transaction": "signup after the first transaction: date of the first transaction instead",
    "unknown_churn": "churn neither yes (1) nor no (0): the customer is not used in training",
}
LEFT = ("1", "true", "t", "yes", "y", "sim", "s")
STAYED = ("0", "false", "f", "no", "n", "não", "nao")
REMOVING = ("missing_customer_id", FORGOTTEN, SILENT, "repeated_customer")
KEPT = " and ".join(f"not {rule}" for rule in REMOVING)
RULES_OF = {
    "age": ("missing_age", "impossible_age"),
    "gender": ("unknown_gender",),
    "region": ("unknown_region",),
    "signup_date": ("unreadable_signup", "signup_after_first_transaction"),
    "churn": ("unknown_churn",),
}


@dataclass(frozen=True)
class CustomerTable:
    """How the customer table is read.

    Attributes:
        columns: canonical column -> column of the source; at least customer_id.
        ages: valid ages in years, both bounds included.
        genders, regions: valid values; empty accepts all.
        unknown: texts for missing values; case does not matter.
        date_format: strptime format of the signup dates; None for ISO 8601.
        privacy: what becomes of customer ids.
    """

    columns: Mapping[str, str]
    ages: tuple[float, float] = (16, 110)
    genders: Sequence[str] = ()
    regions: Sequence[str] = ()
    unknown: Sequence[str] = ()
    date_format: str | None = None
    privacy: Privacy = field(default_factory=Privacy)


def clean_customers(
    connection: duckdb.DuckDBPyConnection, location: str, table: CustomerTable, *, seed: int = 0
) -> tuple[Source, pd.DataFrame]:
    """Make the table `customers` (the Customers contract) on `connection`; returns what was read and the ledger.

    The ledger follows its contract; a customer table has no money, so its money columns are 0.

    Args:
        connection: DuckDB connection with the table `transactions`; first transactions correct signup dates.
        location: path of the table, or "telecom" for the generated one.
        table: how the table is read.
        seed: random seed of the generated table.

    Returns:
        The source and the cleaning ledger.

    Raises:
        InvalidData: the source cannot be read, lacks a column, has no readable label, or has no valid customer.

    >>> from pathlib import Path
    >>> connection = duckdb.connect()
    >>> _ = connection.execute("create table transactions (customer_id varchar, ordered_at timestamp)")
    >>> _ = Path("customers.csv").write_text("client,years\\n7,40\\n8,200\\n")
    >>> table = CustomerTable({"customer_id": "client", "age": "years"}, ages=(16, 110))
    >>> source, ledger = clean_customers(connection, "customers.csv", table)
    >>> connection.execute("select customer_id, age from customers").fetchall()
    [('7', 40.0), ('8', None)]
    >>> ledger.set_index("rule").loc["impossible_age", "rows_changed"].item()
    1
    """
    with open_database() as own:  # a separate connection keeps the view `source` of the transactions
        read = read_source(own, location, seed=seed, demo_table="customers")
        notes = withhold_identifiers(own, _used_columns(table), has_pseudonyms=table.privacy.pseudonyms is not None)
        read = replace(read, notes=(*read.notes, *notes))
        staged = _renamed(_stage(own, table), table.privacy)
    connection.register("staged_customers", staged)
    _apply_rules(connection, table)
    _make_customers(connection, with_signup="signup_date" in table.columns)
    ledger = _ledger(connection, _rules_of(table))
    _require_a_label(connection, table)
    if connection.execute("select count(*) from customers").fetchall()[0][0] == 0:
        raise InvalidData(f"The customers' source {location!r} must have at least one customer. Got none.")
    return read, ledger


def no_customers(connection: duckdb.DuckDBPyConnection) -> None:
    """Make an empty table `customers`, for shops without one."""
    columns = ", ".join(f"{column.name} {column.type}" for column in CUSTOMERS.columns)
    connection.execute(f"create or replace table customers ({columns})")


def _used_columns(table: CustomerTable) -> UsedColumns:
    texts = [table.columns[name] for name in ("gender", "region") if name in table.columns]
    others = [column for column in table.columns.values() if column not in texts]
    return UsedColumns(table.columns["customer_id"], texts=texts, others=others)


def _stage(own: duckdb.DuckDBPyConnection, table: CustomerTable) -> pd.DataFrame:
    """The rows of the source with canonical columns: ids and values as text, dates as dates."""
    types = source_types(own, table.columns.values(), title="The customers' source")

    def text(name: str) -> str:
        if name not in table.columns:
            return f"null::varchar as {name}"
        return f"{canonical_id_sql(quoted_name(table.columns[name]), types[table.columns[name]])} as {name}"

    signup = "null::date"
    if column := table.columns.get("signup_date"):
        formats = (table.date_format,) if table.date_format else ()
        signup = f"try_cast({time_sql(quoted_name(column), types[column], formats)} as date)"
    names = ("customer_id", "age", "gender", "region", "churn")
    try:
        return own.execute(
            f"select row_number() over () as place, {', '.join(map(text, names))}, {signup} as signup_date from source"
        ).df()
    except duckdb.Error as error:
        raise InvalidData(f"The customers' source cannot be read to its end: {in_one_line(error)}") from error


def _renamed(staged: pd.DataFrame, privacy: Privacy) -> pd.DataFrame:
    """The staged rows with the ids that replace those of the source, and with whether the customer was forgotten."""
    ids = [None if pd.isna(id_) else id_ for id_ in staged["customer_id"].tolist()]
    return staged.assign(customer_id=privacy.names(ids), is_forgotten=privacy.forgotten(ids))


def _rules_of(table: CustomerTable) -> list[str]:
    """The rules that apply to the mapped columns, in order."""
    off = {*([] if table.privacy.suppression else [FORGOTTEN]), *([] if table.privacy.retention_months else [SILENT])}
    removing = [rule for rule in REMOVING if rule not in off]
    return [*removing, *(rule for column, rules in RULES_OF.items() if column in table.columns for rule in rules)]


def _apply_rules(connection: duckdb.DuckDBPyConnection, table: CustomerTable) -> None:
    """Make the temporary table `checked_customers`: the staged rows with one Boolean column per rule."""
    silent = "customer_id in (select customer_id from silent_customers)" if table.privacy.retention_months else "false"
    connection.execute(
        f"""
        create or replace temp table checked_customers as
        with first_paid as (
            select customer_id, min(ordered_at)::date as first_day from transactions group by customer_id
        ),
        read as (
            select
                *, try_cast(age as double) as years, lower(churn) as label,
                row_number() over (partition by customer_id order by place desc) as from_the_end,
                {silent} and not is_forgotten as silent_customer
            from staged_customers left join first_paid using (customer_id)
        )
        select
            *,
            customer_id is null as missing_customer_id,
            is_forgotten as forgotten_customer,
            customer_id is not null and from_the_end > 1 and not (is_forgotten or silent_customer)
                as repeated_customer,
            not coalesce(isfinite(years), false) as missing_age,
            coalesce(isfinite(years) and years not between $ages[1] and $ages[2], false) as impossible_age,
            gender is null or list_contains($unknown, lower(gender))
                or (len($genders) > 0 and not list_contains($genders, gender)) as unknown_gender,
            region is null or list_contains($unknown, lower(region))
                or (len($regions) > 0 and not list_contains($regions, region)) as unknown_region,
            signup_date is null as unreadable_signup,
            coalesce(signup_date > first_day, false) as signup_after_first_transaction,
            label is null or not (list_contains($left, label) or list_contains($stayed, label)) as unknown_churn
        from read
        """,
        {
            "ages": list(table.ages),
            "genders": list(table.genders),
            "regions": list(table.regions),
            "unknown": [text.lower() for text in table.unknown],
            "left": list(LEFT),
            "stayed": list(STAYED),
        },
    )


def _make_customers(connection: duckdb.DuckDBPyConnection, *, with_signup: bool) -> None:
    """Make the table `customers` from the checked rows: rows dropped, values corrected or set to missing."""
    signup = "if(unreadable_signup or signup_after_first_transaction, first_day, signup_date)"
    connection.execute(
        f"""
        create or replace table customers as
        select
            customer_id,
            if(missing_age or impossible_age, null, years) as age,
            if(unknown_gender, null, gender) as gender,
            if(unknown_region, null, region) as region,
            {signup if with_signup else "null"}::date as signup_date,
            if(unknown_churn, null, list_contains($left, label)::integer::double) as churn
        from checked_customers
        where {KEPT}
        order by customer_id
        """,
        {"left": list(LEFT)},
    )


def _require_a_label(connection: duckdb.DuckDBPyConnection, table: CustomerTable) -> None:
    """Refuse a label column with values of which none can be read; an empty column means no labels."""
    readable, example = connection.execute(
        "select count(*) filter (where not unknown_churn), min(label) from checked_customers"
    ).fetchall()[0]
    if example is not None and not readable:
        raise InvalidData(
            f"The column {table.columns['churn']!r} of the customers must have churn labels: {', '.join(LEFT)} for "
            f"customers who left, {', '.join(STAYED)} for the others. Got no valid label, for example {example[:80]!r}."
        )


def _ledger(connection: duckdb.DuckDBPyConnection, rules: Sequence[str]) -> pd.DataFrame:
    """The ledger of the rules; its first row is the source, its last row what is kept."""
    left = connection.execute("select count(*) from checked_customers").fetchall()[0][0]
    rows = [("source", "rows of the source", left, 0, 0, left, None)]
    for rule in rules:
        where = rule if rule in REMOVING else f"{rule} and {KEPT}"
        matching, applied, example = connection.execute(f"""
            select
                count(*) filter (where {rule}), count(*) filter (where {where}),
                arg_min(
                    concat_ws(
                        ' ', 'customer ' || customer_id, 'age ' || age, gender, region,
                        'signup ' || signup_date::varchar, 'first transaction ' || first_day::varchar
                    ), place
                ) filter (where {where})
            from checked_customers
        """).fetchall()[0]
        out, changed = (applied, 0) if rule in REMOVING else (0, applied)
        left -= out
        example = None if rule in LEFT_OUT else example
        rows.append((rule, CUSTOMER_RULES[rule], matching, out, changed, left, example))
    counted = connection.execute("select count(*) from customers").fetchall()[0][0]
    rows.append(("kept", "clean customers", counted, 0, 0, counted, None))
    names = ["rule", "definition", "rows_matching", "rows_out", "rows_changed", "rows_left", "example"]
    ledger = pd.DataFrame(rows, columns=names).assign(step=range(len(rows)), money_out=0.0, money_left=0.0)
    return ledger[list(LEDGER.names)]
