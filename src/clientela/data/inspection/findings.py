"""Findings: what the owner of the data should know, each with its rows and an example that shows no person."""

import re
from collections.abc import Iterator

from clientela.data.expressions import quoted_text
from clientela.data.inspection.found import Found
from clientela.data.inspection.others import is_personal
from clientela.data.inspection.result import Finding, Severity
from clientela.data.staging import MONEY

FEW_CUSTOMERS = 50
ONE_ORDER_SHARE = 0.95  # share of customers with one order, above which there is no repeat business
DOMINANT_SHARE = 0.1
DOMINANT_FROM = 200  # customers
WORDS = {"quantity": "number of items", "unit_price": "price of one item", "amount": "amount of the line"}
CURRENCY_COLUMN = r"currency|moeda|moneda|w(ae|ä)hrung|^waers$"  # header of a column of currencies
SEVERITIES: dict[Severity, int] = {"error": 0, "warning": 1, "info": 2}


def find(found: Found) -> list[Finding]:
    """All findings about transactions, the gravest first."""
    parts = (_layout, _customers, _dates, _money, _orders, _states, _persons)
    findings = [finding for part in parts for finding in part(found) if finding.rows or finding.severity != "warning"]
    return sorted(findings, key=lambda finding: (SEVERITIES[finding.severity], -finding.rows))


def masked(text: str) -> str:
    """A text with its letters and digits replaced, so that it shows no person.

    >>> masked("Ana, 12")
    'xxx, 99'
    """
    return re.sub(r"[^\W\d_]", "x", re.sub(r"\d", "9", text))[:30]


def _layout(found: Found) -> Iterator[Finding]:
    layout = found.layout
    if not layout.has_header:
        text = "The file has no header; its columns are called column_1, column_2 and so on."
        yield Finding("no_header", "info", text, found.facts.rows)
    elif layout.skip_rows:
        yield Finding("title_rows", "info", f"The header stands in line {layout.skip_rows + 1}.", layout.skip_rows)
    if found.totals.lines:
        texts = sorted({text for texts in found.totals.labels.values() for text in texts})
        example = f" (such as {texts[0]!r})" if texts else ""
        text = (
            f"{len(found.totals.lines)} rows without customer and date are totals of other rows{example}; they are not "
            "counted here, and dropped."
        )
        yield Finding("total_rows", "info", text, len(found.totals.lines))
    for note in layout.notes:
        yield Finding("reading", "info", note, found.facts.rows)
    if layout.other_sheets:
        names = ", ".join(map(repr, layout.other_sheets))
        yield Finding("other_sheets", "info", f"Sheets without these columns are not read: {names}.", 0)


def _customers(found: Found) -> Iterator[Finding]:
    if "customer_id" not in found.columns:
        return
    missing = found.count("customer_id is null")
    if missing:
        word = _null_word(found)
        example = f", such as {word!r}" if word else ""
        text = f"{found.share(missing)} have no customer id{example}; they are dropped (missing_customer_id)."
        yield Finding("missing_customer_id", "warning", text, missing)
    if is_personal(found.roles.columns, found.columns["customer_id"]):
        text = (
            f"The ids in {found.columns['customer_id']!r} identify persons; the model and its answers will hold them."
        )
        yield Finding("personal_customer_id", "warning", text, found.facts.rows - missing)
    customers = found.facts.customers or 0
    if customers < FEW_CUSTOMERS:
        text = f"There are {customers} customers; a segmentation needs about {FEW_CUSTOMERS} with purchases."
        yield Finding("few_customers", "warning", text, found.facts.rows)
    yield from _dominant(found, customers)


def _null_word(found: Found) -> str:
    """The most frequent word that stands for a missing customer id."""
    key = found.roles.columns.table.keys.get(found.columns["customer_id"])
    if key is None:
        return ""
    rows = found.connection.execute(f"""
        select {key}::varchar as word, count(*) as occurrences
        from staged join inspected on row_of_source + 1 = line_id
        where staged.customer_id is null and {key} is not null group by word order by occurrences desc, word limit 1
    """).fetchall()
    return str(rows[0][0]) if rows else ""


def _dominant(found: Found, customers: int) -> Iterator[Finding]:
    if customers < DOMINANT_FROM:
        return
    rows = found.connection.execute("""
        select count(*) as occurrences from staged where customer_id is not null
        group by customer_id order by occurrences desc limit 1
    """).fetchall()
    largest = int(rows[0][0]) if rows else 0
    if largest > DOMINANT_SHARE * found.facts.rows:
        text = f"One customer id has {found.share(largest)}; it may stand for all unknown customers (null_words)."
        yield Finding("dominant_customer", "warning", text, largest)


def _dates(found: Found) -> Iterator[Finding]:
    if "ordered_at" not in found.columns:
        return
    unreadable = found.count("unreadable_date is not null")
    if unreadable:
        example = masked(found.example("unreadable_date", "true"))
        text = f"{found.share(unreadable)} have an unreadable date, such as {example!r} (9: a digit, x: a letter)."
        yield Finding("unreadable_date", "warning", text, unreadable)
    empty = found.count("ordered_at is null and unreadable_date is null")
    if empty:
        yield Finding("missing_date", "warning", f"{found.share(empty)} have no date; they are dropped.", empty)
    yield from _implausible(found)
    reading = found.roles.dates.get(found.columns["ordered_at"])
    if reading and len(reading.formats) > 1:
        shown = ", ".join(reading.formats)
        yield Finding(
            "several_date_formats", "info", f"The dates have {len(reading.formats)} formats: {shown}.", reading.rows
        )
    if reading and reading.contradicting and not reading.open_orders:
        text = f"{found.share(reading.contradicting)} have a date with day and month the other way round."
        yield Finding("contradicting_dates", "warning", text, reading.contradicting)


def _implausible(found: Found) -> Iterator[Finding]:
    first, last = found.dates
    outside = [f"ordered_at < {quoted_text(str(first))}::date"] if first else []
    outside += [f"ordered_at::date > {quoted_text(str(last))}::date"] if last else []
    rows = found.count(" or ".join(outside)) if outside else 0
    if rows:
        example = found.example("ordered_at::date", f"({' or '.join(outside)})")
        text = f"{found.share(rows)} have a date that cannot be true, such as {example} (implausible_date)."
        yield Finding("implausible_date", "warning", text, rows)


def _money(found: Found) -> Iterator[Finding]:
    unreadable = found.count("unreadable_amount is not null")
    if unreadable:
        example = masked(found.example("unreadable_amount", "true"))
        text = f"{found.share(unreadable)} have an unreadable amount, such as {example!r} (9: a digit, x: a letter)."
        yield Finding("unreadable_amount", "warning", text, unreadable)
    if "quantity" in found.columns:
        negative = found.count("quantity < 0")
        if negative:
            example = found.example("quantity::bigint", "quantity < 0")
            text = (
                f"{found.share(negative)} have a negative quantity, such as {example}; they are read as cancellations."
            )
            yield Finding("cancellations", "info", text, negative)
    if "amount" in found.columns:
        negative = found.count("amount < 0 and coalesce(quantity, 1) >= 0")
        if negative:
            example = found.example("amount::decimal(18, 2)", "amount < 0 and coalesce(quantity, 1) >= 0")
            text = (
                f"{found.share(negative)} have a negative amount, such as {example}; they are deducted from earlier "
                "purchases."
            )
            yield Finding("refunds", "info", text, negative)
    yield from _rounding(found)
    zero = found.count(f"amount::{MONEY} = 0 or unit_price = 0")
    if zero:
        example = found.product(f"amount::{MONEY} = 0 or unit_price = 0")
        text = f"{found.share(zero)} have an amount of zero{example}; they are dropped."
        yield Finding("no_money", "warning", text, zero)
    if found.roles.money.reread:
        name = found.roles.money.reread
        role = next((role for role, choice in found.roles.canonical.items() if choice.source == name), "")
        text = f"By its values, and not by its header, the column {name!r} is the {WORDS.get(role, role)} ({role})."
        yield Finding("header_contradicted", "warning", text, found.facts.rows)
    style = found.roles.style
    if style.point and style.comma:
        few, sign = min((style.point, "."), (style.comma, ","))
        text = f"{found.share(few)} have a number with the decimal sign {sign!r}, the others have another one."
        yield Finding("mixed_decimal_signs", "warning", text, few)
    yield from _currencies(found)


def _currencies(found: Found) -> Iterator[Finding]:
    for name, profile in found.roles.columns.profiles.items():
        if re.search(CURRENCY_COLUMN, name.lower()) and 1 < profile.column.distinct <= 50:
            text = f"The column {name!r} has {profile.column.distinct} currencies; amounts are added as they are."
            yield Finding("several_currencies", "warning", text, profile.column.filled)


def _rounding(found: Found) -> Iterator[Finding]:
    """Amounts with more decimals than a run keeps, such as prices that were divided by a constant."""
    rows = found.count(f"amount <> amount::{MONEY}")
    if not rows:
        return
    example = found.example("amount::double", f"amount <> amount::{MONEY}")
    text = (
        f"{found.share(rows)} have an amount with more than four decimals, such as {example}; a run rounds it to four. "
        "If that matters, multiply the column first."
    )
    yield Finding("rounded_amount", "warning", text, rows)


def _orders(found: Found) -> Iterator[Finding]:
    if "order_id" not in found.columns and found.facts.orders is not None:
        of = "the rows of a customer on one day" if {"description", "quantity"} & set(found.columns) else "a row"
        yield Finding("no_order_id", "info", f"There is no order id: an order is {of}.", found.facts.rows)
    if "order_id" in found.columns and "customer_id" in found.columns:
        yield from _shared_orders(found)
    total = found.roles.money.order_total
    if total and total not in found.columns.values():
        text = (
            f"The column {total!r} has the total of the order on each of its lines; quantity and unit price are used."
        )
        yield Finding("order_total_repeated", "info", text, found.facts.rows)
    elif total and found.roles.money.amount_is == "order":
        text = f"The column {total!r} has one amount per order; it counts once per order (amount_is: order)."
        yield Finding("order_total_repeated", "warning", text, found.facts.rows)
    copies = found.count("copy_number > 1")
    if copies:
        dropped = {"order_id", "product_id", "quantity"} <= set(found.columns)
        what = "they are dropped (duplicate)" if dropped else "they are kept"
        yield Finding(
            "duplicates",
            "warning" if dropped else "info",
            f"{found.share(copies)} equal another row in all columns{found.product('copy_number > 1')}; {what}.",
            copies,
        )
    if found.codes:
        rows = found.count(f"product_id in ({', '.join(map(quoted_text, found.codes))})")
        shown = ", ".join(found.codes[:5])
        yield Finding(
            "non_products", "info", f"{found.share(rows)} are no products (such as {shown}); they are dropped.", rows
        )
    yield from _single_orders(found)


def _shared_orders(found: Found) -> Iterator[Finding]:
    rows = found.connection.execute("""
        select coalesce(sum(lines), 0) from (
            select count(*) as lines from staged where order_id is not null and customer_id is not null
            group by order_id having count(distinct customer_id) > 1
        )
    """).fetchall()[0][0]
    if rows:
        text = f"{found.share(int(rows))} belong to an order id that several customers have."
        yield Finding("orders_of_several_customers", "warning", text, int(rows))


def _single_orders(found: Found) -> Iterator[Finding]:
    if not found.facts.customers or found.facts.orders is None:
        return
    single = found.connection.execute("""
        select count(*) from (
            select customer_id from staged where customer_id is not null
            group by customer_id having count(distinct order_id) = 1
        )
    """).fetchall()[0][0]
    if single > ONE_ORDER_SHARE * found.facts.customers:
        text = (
            f"{single:,} of {found.facts.customers:,} customers have one order; there is little repeat business to "
            "segment by, or the id is new for each order."
        )
        yield Finding("one_order_each", "warning", text, int(single))


def _states(found: Found) -> Iterator[Finding]:
    for status in found.statuses:
        shown = ", ".join(map(repr, status.values)) if status.values else "a date"
        text = f"{status.rows:,} rows are no sales: {shown} in {status.column!r}; they are dropped (drop)."
        yield Finding("no_sales", "warning", text, status.rows)
        if status.partial:
            text = f"{status.partial_rows:,} rows are partly refunded in {status.column!r}; they count in full."
            yield Finding("partial_refunds", "warning", text, status.partial_rows)


def _persons(found: Found) -> Iterator[Finding]:
    if found.roles.others.identifiers:
        names = ", ".join(repr(choice.source) for choice in found.roles.others.identifiers)
        yield Finding(
            "personal_data", "info", f"These columns identify persons and are not used: {names}.", found.facts.rows
        )
