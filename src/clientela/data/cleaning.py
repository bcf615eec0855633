"""From a raw source to clean transactions, by named rules; the ledger has the rows and the money that each takes out.

Rules apply in the data set's order; the first that matches a row takes it out. Cancellations are then matched with
the purchases that they cancel, so that features can net the money as of any date.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from clientela.contracts import CANCELLATIONS, LEDGER, TRANSACTIONS
from clientela.data.readers import in_one_line
from clientela.errors import InvalidData

DEFINITIONS = {
    "unreadable_date": "no date, or one that cannot be read",
    "missing_customer_id": "no customer id",
    "bad_debt": "bookkeeping entry for a bad debt",
    "duplicate": "all columns equal another row's",
    "non_product": "postage, fees, samples, manual entries: no product",
    "cancellation": "cancellation of an earlier purchase",
    "bad_quantity": "quantity missing, zero or negative",
    "bad_price": "unit price missing, zero or negative, or one that makes no amount",
    "bad_amount": "amount missing, zero or negative",
}
MONEY = "decimal(18, 4)"  # exact sums do not depend on the number of threads


@dataclass(frozen=True)
class Rule:
    """One cleaning rule: its name, and the codes or the invoice prefix that it looks for."""

    name: str
    codes: Sequence[str] = ()
    prefix: str = ""

    @property
    def predicate(self) -> str:
        """SQL over the staged rows, true where the rule takes a row out."""
        by_prefix = f"starts_with(order_id, {_quoted(self.prefix)})"
        return {
            "unreadable_date": "ordered_at is null",
            "missing_customer_id": "customer_id is null",
            "bad_debt": by_prefix,
            "duplicate": "copy_number > 1",
            "non_product": f"regexp_full_match(product_id, {_quoted('|'.join(self.codes))})",
            "cancellation": by_prefix if self.prefix else "quantity < 0",
            "bad_quantity": "quantity is null or quantity <= 0",
            "bad_price": "unit_price is null or unit_price <= 0 or (quantity > 0 and coalesce(amount, 0) = 0)",
            "bad_amount": "amount is null or amount <= 0",
        }[self.name]


def clean(
    connection: duckdb.DuckDBPyConnection,
    *,
    columns: Mapping[str, str],
    rules: Sequence[Rule],
    timestamp_format: str | None = None,
) -> None:
    """Make the tables `transactions`, `cancellations`, `rejected` and `ledger` from the view `source`.

    Their columns are those of the contracts; `rejected` has one row per rejected source row, with the columns of
    the transactions and `rejected_by`.

    Args:
        connection: DuckDB connection with the view `source`.
        columns: canonical column -> column of the source.
        rules: cleaning rules, in order.
        timestamp_format: strptime format of the dates; None for ISO 8601. Times with a zone are converted to UTC.

    Raises:
        InvalidData: the source lacks a mapped column, cannot be read to its end, or cleaning leaves no row.
    """
    try:
        _stage(connection, columns, timestamp_format, find_copies=any(rule.name == "duplicate" for rule in rules))
    except duckdb.Error as error:
        raise InvalidData(f"The source cannot be read to its end: {in_one_line(error)}") from error
    _apply_rules(connection, rules)
    _match_cancellations(connection)
    _keep(connection)
    _count_matches(connection, rules)
    _write_ledger(connection)
    _count_kept(connection)
    if connection.execute("select count(*) from transactions").fetchall()[0][0] == 0:
        worst = connection.execute("select rule, rows_out from ledger order by rows_out desc limit 1").fetchall()[0]
        if worst[1] == 0:
            raise InvalidData("The source must have at least one row. Got none.")
        raise InvalidData(
            f"Cleaning must leave at least one purchase. It left none; {worst[0]} alone took {worst[1]:,} rows."
        )


def canonical_id_sql(column: str, type_: str) -> str:
    """SQL that turns an id column into canonical text: integral floats lose the `.0`, leading zeros of text stay.

    `lookup.ids.canonical_id` is the same in Python; a test compares them.
    """
    if type_ in ("DOUBLE", "FLOAT"):
        return (
            f"case when not isfinite({column}) then null "
            f"when {column} = trunc({column}) and abs({column}) < 1e18 then {column}::bigint::varchar "
            f"else {column}::varchar end"
        )
    return rf"nullif(regexp_replace(trim({column}::varchar, e' \t\r\n'), '^(-?[0-9]+)\.0+$', '\1'), '')"


def _stage(
    connection: duckdb.DuckDBPyConnection,
    columns: Mapping[str, str],
    timestamp_format: str | None,
    *,
    find_copies: bool,
) -> None:
    types = {name: str(type_) for name, type_, *_ in connection.execute("describe source").fetchall()}
    if missing := [name for name in columns.values() if name not in types]:
        raise InvalidData(f"The source must have the columns {missing}. It has {list(types)}.")

    def cast(name: str, type_: str) -> str:
        return f"try_cast({quoted_name(columns[name])} as {type_})" if name in columns else f"null::{type_}"

    def number(name: str) -> str:
        value = cast(name, "double")
        return f"case when isfinite({value}) then {value} end"

    moment = quoted_name(columns["ordered_at"])
    if timestamp_format and types[columns["ordered_at"]] == "VARCHAR":
        moment = f"try_strptime({moment}, {_quoted(timestamp_format)})"
    elif types[columns["ordered_at"]] == "TIMESTAMP WITH TIME ZONE":
        moment = f"make_timestamp(epoch_us({moment}))"  # a cast would use the time zone of this machine
    amount = cast("amount", MONEY) if "amount" in columns else f"try_cast(round(quantity * unit_price, 4) as {MONEY})"
    all_columns = ", ".join(quoted_name(name) for name in types)
    copies = f"row_number() over (partition by {all_columns} order by row_of_source)" if find_copies else "1"
    connection.execute(f"""
        create or replace temp table staged as
        with numbered as (select row_number() over () as row_of_source, * from source),
        renamed as (
            select
                row_of_source as line_id,
                {canonical_id_sql(quoted_name(columns["customer_id"]), types[columns["customer_id"]])} as customer_id,
                {cast("order_id", "varchar") if "order_id" in columns else "row_of_source::varchar"} as order_id,
                try_cast({moment} as timestamp) as ordered_at,
                trim({cast("product_id", "varchar")}) as product_id,
                {cast("description", "varchar")} as description,
                nullif(trim({cast("product_group", "varchar")}), '') as product_group,
                {number("quantity")} as quantity,
                {number("unit_price")} as unit_price,
                {cast("country", "varchar")} as country,
                {copies} as copy_number,
                {"" if "amount" not in columns else f"{amount} as amount,"}
            from numbered
        )
        select *{"" if "amount" in columns else f", {amount} as amount"} from renamed
    """)


def _apply_rules(connection: duckdb.DuckDBPyConnection, rules: Sequence[Rule]) -> None:
    cases = " ".join(f"when {rule.predicate} then {_quoted(rule.name)}" for rule in rules)
    connection.execute(f"create or replace temp table judged as select *, case {cases} end as rejected_by from staged")


def _match_cancellations(connection: duckdb.DuckDBPyConnection) -> None:
    # Each cancellation takes the latest earlier line of the same customer, product and price that is large enough, an
    # equal quantity first; a line gives no more than was bought. Of purchases at one moment order and quantity decide
    # before the row's number, so that features do not depend on the order of the source's rows.
    connection.execute("""
        create or replace temp table matches as
        with pairs as (
            select
                cancellation.line_id as cancellation_id,
                purchase.line_id,
                cancellation.ordered_at as cancelled_at,
                -cancellation.quantity as quantity,
                -cancellation.amount as amount,
                purchase.quantity as bought
            from judged as cancellation
            join judged as purchase
                on purchase.rejected_by is null
                and purchase.customer_id = cancellation.customer_id
                and purchase.product_id = cancellation.product_id
                and purchase.unit_price = cancellation.unit_price
                and purchase.ordered_at <= cancellation.ordered_at
                and purchase.quantity >= -cancellation.quantity
            where cancellation.rejected_by = 'cancellation' and cancellation.quantity < 0
            qualify row_number() over (
                partition by cancellation.line_id
                order by
                    purchase.quantity = -cancellation.quantity desc, purchase.ordered_at desc,
                    purchase.order_id desc, purchase.quantity desc, purchase.line_id desc
            ) = 1
        )
        select * from pairs
        qualify bought >=
            sum(quantity::decimal(38, 4)) over (partition by line_id order by cancelled_at, cancellation_id)
    """)
    # Decimals: 0.1 + 0.2 must equal a bought 0.3.
    connection.execute("""
        create or replace temp table taken_back as
        select line_id, sum(quantity::decimal(38, 4)) as quantity, sum(amount) as amount from matches group by line_id
    """)


def _keep(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("""
        update judged set rejected_by = 'cancellation_unmatched'
        where rejected_by = 'cancellation' and line_id not in (select cancellation_id from matches)
    """)
    names = ", ".join(TRANSACTIONS.names)
    connection.execute(f"""
        create or replace table transactions as
        select {names} from judged where rejected_by is null order by line_id
    """)
    connection.execute(f"""
        create or replace table cancellations as
        select {", ".join(CANCELLATIONS.names)} from matches order by cancellation_id
    """)
    connection.execute(f"""
        create or replace table rejected as
        select rejected_by, {names} from judged where rejected_by is not null order by line_id
    """)


def _ledger_lines(rules: Sequence[Rule]) -> list[tuple[str, str, str]]:
    """(rule, definition, SQL predicate) of each line of the ledger between source and kept."""
    lines: list[tuple[str, str, str]] = []
    for rule in rules:
        lines.append((rule.name, DEFINITIONS[rule.name], rule.predicate))
        if rule.name == "cancellation":
            lines[-1] = ("cancellation", "cancellation matched with the purchase that it cancels", rule.predicate)
            lines.append(("cancellation_unmatched", "cancellation of a purchase that is not there", "false"))
    if any(name == "cancellation" for name, *_ in lines):
        lines.append(("cancelled_purchase", "purchase taken back, whole (row out) or in part (row changed)", "false"))
    return lines


def _count_matches(connection: duckdb.DuckDBPyConnection, rules: Sequence[Rule]) -> None:
    """Make the table `steps`: the rows that each rule applies to, whatever earlier rules took out."""
    lines = _ledger_lines(rules)
    counts = ", ".join(f"count(*) filter (where {predicate})" for *_, predicate in lines)
    matching = connection.execute(f"select {counts} from staged").fetchall()[0]
    connection.execute("create or replace temp table steps (step integer, rule varchar, definition varchar, n bigint)")
    connection.executemany(
        "insert into steps values (?, ?, ?, ?)",
        [(i, rule, definition, matching[i - 1]) for i, (rule, definition, _) in enumerate(lines, start=1)],
    )


def _write_ledger(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(f"""
        create or replace table ledger as
        with charged as (
            select
                coalesce(rejected_by, 'cancelled_purchase') as rule,
                -- a part that was cancelled leaves a row in place and takes its money
                rejected_by is not null or taken_back.quantity >= judged.quantity as is_out,
                case when rejected_by is null then taken_back.amount else coalesce(judged.amount, 0) end as money,
                line_id,
                concat_ws(
                    ' ', 'order ' || order_id, product_id, judged.quantity::varchar || ' x ' || unit_price::varchar,
                    'amount ' || judged.amount::varchar, 'customer ' || customer_id
                ) as example
            from judged left join taken_back using (line_id)
            where rejected_by is not null or taken_back.line_id is not null
        ),
        per_rule as (
            select
                rule, count(*) filter (where is_out) as rows_out, count(*) filter (where not is_out) as rows_changed,
                sum(money) as money_out, arg_min(example, line_id) as example
            from charged group by rule
        ),
        totals as (select count(*) as n, coalesce(sum(amount), 0) as money from staged),
        steps_and_ends as (
            select step, rule, definition, n from steps
            union all select 0, 'source', 'rows of the source', totals.n from totals
            union all select (select count(*) from steps) + 1, 'kept', 'clean transactions', null
        ),
        running as (
            select
                step, steps_and_ends.rule, definition, steps_and_ends.n as rows_matching,
                coalesce(rows_out, 0) as rows_out, coalesce(rows_changed, 0) as rows_changed,
                coalesce(money_out, 0) as money_out,
                totals.n - sum(coalesce(rows_out, 0)) over (order by step) as rows_left,
                totals.money - sum(coalesce(money_out, 0)) over (order by step) as money_left,
                example
            from steps_and_ends left join per_rule using (rule) cross join totals
        )
        select {", ".join(f"{column.name}::{column.type} as {column.name}" for column in LEDGER.columns)}
        from running order by step
    """)


def _count_kept(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill the last line of the ledger from the transactions themselves."""
    # Counted, not derived from the lines above: if both differ, a test fails because the ledger does not add up.
    connection.execute("""
        update ledger set rows_matching = kept.n, rows_left = kept.n, money_left = kept.money
        from (
            select
                count(*) filter (where taken_back.quantity is null or taken_back.quantity < transactions.quantity) as n,
                coalesce(sum(transactions.amount), 0) - coalesce(sum(taken_back.amount), 0) as money
            from transactions left join taken_back using (line_id)
        ) as kept
        where rule = 'kept'
    """)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def quoted_name(column: str) -> str:
    """A column name quoted for SQL."""
    return '"' + column.replace('"', '""') + '"'
