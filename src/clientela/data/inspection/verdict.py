"""The verdict on a source: ready, needs a decision (with the question), or cannot be segmented (with the reason)."""

from collections.abc import Mapping
from datetime import date

from clientela.data.inspection.choices import NAMED, Columns
from clientela.data.inspection.dates import DateReading
from clientela.data.inspection.facts import Facts
from clientela.data.inspection.result import Verdict
from clientela.data.inspection.roles import Roles

UNSURE = 0.5  # confidence below which a column has to be confirmed
WORDS = {"day-first": "day first", "month-first": "month first", "year-first": "year first"}
KEYS = ("order_id", "product_id")
Periods = Mapping[str, tuple[date, date]]


def judge_transactions(
    roles: Roles, columns: Mapping[str, str], facts: Facts, *, periods: Periods, near: str
) -> Verdict:
    """The verdict on transactions.

    Args:
        roles: roles of the columns.
        columns: canonical column -> header.
        facts: totals of the source.
        periods: first and last date by each open order of day and month.
        near: a sentence about files beside this one that have what is missing; empty without any.

    Returns:
        The verdict.
    """
    if reason := _lacking(roles, columns, near):
        return Verdict("cannot", reason=reason)
    if not facts.customers:
        return Verdict("cannot", reason="No row has a customer id.")
    if facts.period is None:
        return Verdict("cannot", reason=f"No date in {columns['ordered_at']!r} can be read.")
    questions = [
        *_date_question(columns["ordered_at"], roles.dates.get(columns["ordered_at"]), periods),
        *_number_question(roles, columns),
        *_level_question(roles),
        *_price_question(roles),
        *_unsure_columns(roles),
    ]
    return Verdict("needs_decision", question=" ".join(questions)) if questions else Verdict("ready")


def judge_customers(roles: Roles, facts: Facts, *, periods: Periods) -> Verdict:
    """The verdict on a table with one row per customer.

    Args:
        roles: roles of the columns.
        facts: totals of the source.
        periods: first and last date by each open order of day and month.

    Returns:
        The verdict.
    """
    table = roles.customer_table
    if table is None or not (table.sums or table.dates or table.attributes):
        return Verdict("cannot", reason="There is one row per customer, without anything to group customers by.")
    if not facts.customers:
        return Verdict("cannot", reason="No row has a customer id.")
    opened = [choice.source for choice in table.dates if choice.source in roles.dates]
    questions = [text for name in opened[:1] for text in _date_question(name, roles.dates[name], periods)]
    if table.sums:
        questions += _number_question(roles, {})
    return Verdict("needs_decision", question=" ".join(questions)) if questions else Verdict("ready")


def _lacking(roles: Roles, columns: Mapping[str, str], near: str) -> str:
    """Why transactions cannot be made of the table; empty if they can."""
    has_money = "amount" in columns or {"quantity", "unit_price"} <= set(columns)
    missing = [
        text
        for text, is_there in (
            ("customers", "customer_id" in columns),
            ("dates", "ordered_at" in columns),
            ("money", has_money),
        )
        if not is_there
    ]
    if not missing:
        return ""
    lacking = f"{', '.join(missing[:-1])} and {missing[-1]}" if len(missing) > 1 else missing[0]
    keys = [columns[key] for key in KEYS if key in columns]
    if "dates" in missing and (numbered := _numbered_days(roles.columns)):
        return f"There are no dates.{numbered}"
    if near:
        return f"This table has no column of {lacking}. Tables must be joined first: {near}"
    if keys:
        shown = " or ".join(map(repr, keys))
        return (
            f"This table has no column of {lacking}. Join it first (key joins) with the table that has it, on {shown}."
        )
    first = {"customers": "no customer column", "dates": "no date column", "money": "no money column"}[missing[0]]
    return f"There is {first}: this table has no column of {lacking}."


def _numbered_days(columns: Columns) -> str:
    for name, profile in columns.profiles.items():
        if profile.is_number and columns.named(name, "ordered_at") >= NAMED:
            return f" The values of {name!r} are numbers, not dates; add a column with the date."
    return ""


def _date_question(name: str, reading: DateReading | None, periods: Periods) -> list[str]:
    if reading is None or not reading.open_orders:
        return []
    readings = [
        f"{WORDS[order]} ({', '.join(formats)}"
        + (f": {periods[order][0]} to {periods[order][1]})" if order in periods else ")")
        for order, formats in reading.open_orders
    ]
    if reading.mixed:
        start = f"Some dates of {name!r} can only be read day first, and some only month first."
    else:
        start = f"No date of {name!r} decides between day and month."
    answers = " or ".join(f"--set dates={order}" for order, _ in reading.open_orders)
    return [f"{start} Are they {' or '.join(readings)}? Answer with {answers}."]


def _number_question(roles: Roles, columns: Mapping[str, str]) -> list[str]:
    style = roles.style
    if style.decided or not style.either:
        return []
    sign = style.thousands or style.decimal
    name = columns.get("amount") or columns.get("unit_price")
    where = f"The numbers of {name!r}" if name else "The numbers"
    return [
        f"{where} are written like 1{sign}234, and no value decides whether {sign!r} is the decimal or the thousands "
        "sign. Answer with --set decimal=. or --set decimal=, (the decimal sign)."
    ]


def _level_question(roles: Roles) -> list[str]:
    if roles.money.amount_is is not None:
        return []
    name = roles.money.order_total
    return [
        f"All lines of an order have one amount in {name!r}. Is it the line's or the order's total? Answer with --set "
        "amount_is=line or --set amount_is=order."
    ]


def _price_question(roles: Roles) -> list[str]:
    name = roles.money.doubtful
    if name is None:
        return []
    return [
        f"Is {name!r} the price of one item, or the amount of the line (quantity times price)? Header and values "
        f"do not agree on it. Answer with --set unit_price={name!r} or --set amount={name!r}."
    ]


def _unsure_columns(roles: Roles) -> list[str]:
    return [
        f"Is {choice.source!r} the column of {role}? Answer with --set {role}={choice.source!r} or another header."
        for role, choice in roles.canonical.items()
        if role in ("customer_id", "ordered_at", "amount")
        and choice.confidence < UNSURE
        and choice.source != roles.money.doubtful
    ]
