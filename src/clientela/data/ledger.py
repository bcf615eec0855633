"""The ledger of cleaning: for each rule the rows and the money that it dropped, and what is kept.

It reads the temporary tables of `clean`: `staged` (rows of the source), `checked` (the same with the rule that dropped
each row) and `cancelled` (cancelled quantity and money per purchase line).
"""

from collections.abc import Sequence

import duckdb

from clientela.contracts import LEDGER
from clientela.data.privacy import LEFT_OUT
from clientela.data.rules import DEFINITIONS, MATCHED, Rule

# A refund has no quantity: it cancels a line whose money it takes in full.
IS_CANCELLED = (
    "coalesce(cancelled.quantity >= checked.quantity, false) or coalesce(cancelled.amount >= checked.amount, false)"
)


def write_ledger(connection: duckdb.DuckDBPyConnection, rules: Sequence[Rule]) -> None:
    """Make the table `ledger` (the Ledger contract); its first row is the source, its last row what is kept."""
    _count_matches(connection, rules)
    _sum_by_rule(connection)
    _write_rows(connection)
    _count_kept(connection)


def _steps(rules: Sequence[Rule]) -> list[tuple[str, str, str]]:
    """Rule, definition and SQL predicate of each row of the ledger between source and kept.

    Cancellations and refunds have more rows, which count no rows of the source.
    """
    steps = []
    for rule in rules:
        steps.append((rule.name, rule.text, rule.predicate))
        if rule.name in MATCHED:
            unmatched = f"{rule.name}_unmatched"
            steps.append((unmatched, DEFINITIONS[unmatched], "false"))
    if any(rule.name in MATCHED for rule in rules):
        steps.append(("cancelled_purchase", DEFINITIONS["cancelled_purchase"], "false"))
    return steps


def _count_matches(connection: duckdb.DuckDBPyConnection, rules: Sequence[Rule]) -> None:
    """Make the temporary table `steps`: the rows that each rule matches, regardless of earlier rules."""
    steps = _steps(rules)
    counts = ", ".join(f"count(*) filter (where {predicate})" for _, _, predicate in steps)
    matching = connection.execute(f"select {counts} from staged").fetchall()[0]
    connection.execute("create or replace temp table steps (step integer, rule varchar, definition varchar, n bigint)")
    connection.executemany(
        "insert into steps values (?, ?, ?, ?)",
        [(i, rule, definition, matching[i - 1]) for i, (rule, definition, _) in enumerate(steps, start=1)],
    )


def _sum_by_rule(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary table `dropped`: the rows and the money that each rule dropped, and an example."""
    connection.execute(f"""
        create or replace temp table dropped as
        with affected as (
            select
                coalesce(rejected_by, 'cancelled_purchase') as rule,
                -- a purchase cancelled in part keeps its row and loses money
                rejected_by is not null or {IS_CANCELLED} as is_out,
                case when rejected_by is null then cancelled.amount else coalesce(checked.amount, 0) end as money,
                line_id
            from checked left join cancelled using (line_id)
            where rejected_by is not null or cancelled.line_id is not null
        ),
        summed as (
            select
                rule, count(*) filter (where is_out) as rows_out, count(*) filter (where not is_out) as rows_changed,
                sum(money) as money_out, min(line_id) as line_id
            from affected group by rule
        )
        select
            rule, rows_out, rows_changed, money_out,
            case when rule not in {LEFT_OUT} then concat_ws(
                ' ', 'order ' || order_id, product_id, quantity::varchar || ' x ' || unit_price::varchar,
                'amount ' || coalesce(unreadable_amount, amount::varchar), 'date ' || unreadable_date,
                'customer ' || customer_id
            ) end as example
        from summed join checked using (line_id)
    """)


def _write_rows(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table `ledger` from `steps` and `dropped`, with the rows and the money left after each step."""
    connection.execute(f"""
        create or replace table ledger as
        with totals as (select count(*) as n, coalesce(sum(amount), 0) as money from checked),
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
            from steps_and_ends left join dropped using (rule) cross join totals
        )
        select {", ".join(f"{column.name}::{column.type} as {column.name}" for column in LEDGER.columns)}
        from running order by step
    """)


def _count_kept(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill the last row of the ledger from the transactions themselves."""
    # Counted, not derived from the rows above: if both differ, a test fails because the ledger does not add up.
    connection.execute(f"""
        update ledger set rows_matching = kept.n, rows_left = kept.n, money_left = kept.money
        from (
            select
                count(*) filter (where not ({IS_CANCELLED})) as n,
                coalesce(sum(checked.amount), 0) - coalesce(sum(cancelled.amount), 0) as money
            from transactions as checked left join cancelled using (line_id)
        ) as kept
        where rule = 'kept'
    """)
