"""SQL expressions that read numbers from texts as people and spreadsheets write them."""

import re

from babel.core import get_global

from clientela.data.expressions import quoted_text

APOSTROPHE = "'"
SPACES = "\u00a0\u2007\u2009\u202f\t\r\n"  # spaces between groups of digits, beside the plain one
# Signs and words that stand before or after an amount. Letters before $ name the country: US$, R$, A$.
SYMBOLS = r"(?:[A-Z]{1,3})?\$|\p{Sc}|kr\.?|zł|Kč|Ft|lei|Rs\.?|Rp\.?|RM|S/\.?|Fr\.?|TL|лв\.?|руб\.?"
CURRENCY = rf"(?i:{SYMBOLS}|{'|'.join(sorted(get_global('all_currencies')))})"
# Amounts as they look in any convention: only such texts may be shown in a message.
AMOUNT_LIKE = rf"[-+(]*\s*(?:{CURRENCY})?\s*[-+]?[0-9][0-9.,' ]*\s*(?:{CURRENCY})?\s*[-)]*"


def number_sql(
    column: str, *, decimal: str = ".", thousands: str | None = None, type_: str = "double", from_cells: bool = False
) -> str:
    r"""SQL that reads a column of texts as numbers; null for what is not a number in this convention.

    Currency signs and codes, brackets and trailing minus signs are understood. Spaces and apostrophes may stand between
    groups of digits. Without `thousands`, the other of point and comma is read only where it cannot be the decimal
    sign: in `1.234.567` and `1.234,50`, but not in `1.234`.

    Args:
        column: quoted name of a text column.
        decimal: decimal sign, "." or ",".
        thousands: sign between groups of three digits; None for none.
        type_: DuckDB's name of the type of the result.
        from_cells: whether a text may come from a number of a workbook or of a JSON file, which has a point whatever
            `decimal` is.

    Returns:
        The SQL expression.

    >>> import duckdb
    >>> texts = "(values ('R$ 1.234,50'), ('(12,5)'), ('7,50-'), ('1.234')) as sales(paid)"
    >>> sql = number_sql("paid", decimal=",", type_="decimal(18, 4)")
    >>> [None if value is None else float(value) for value, in duckdb.sql(f"select {sql} from {texts}").fetchall()]
    [1234.5, -12.5, -7.5, None]
    """
    # Most numbers are plain: the regular expressions are for the others.
    if decimal == ".":
        plain = f"try_cast({column} as {type_})"
    else:
        plain = f"case when not contains({column}, '.') then try_cast(replace({column}, ',', '.') as {type_}) end"
        if from_cells:  # three digits after the point may be thousands
            cell = f"regexp_full_match({column}, '-?[0-9]+[.]([0-9]{{1,2}}|[0-9]{{4,}})')"
            plain = f"case when {cell} then try_cast({column} as {type_}) else {plain} end"
    other = f"try_cast({_plain_text_sql(column, decimal, thousands)} as {type_})"
    return f"case when {plain} is not null then {plain} else {other} end"  # ten times as fast as coalesce


def _plain_text_sql(column: str, decimal: str, thousands: str | None) -> str:
    """SQL of the number as a plain text like -1234.50; null for what is not a number."""
    spaced = (
        f"translate({column}, {quoted_text('−–—’' + SPACES)}, {quoted_text('---' + APOSTROPHE + ' ' * len(SPACES))})"
    )
    # The dash of "12,-" stands for no cents.
    bare = f"regexp_replace(trim({spaced}), {quoted_text('([0-9])[.,]-{1,2}$')}, '\\1')"
    bare = f"regexp_replace({bare}, {quoted_text(f'^([-+(]*) *{CURRENCY} *')}, '\\1')"
    bare = f"trim(regexp_replace({bare}, {quoted_text(f' *{CURRENCY} *([-)]*)$')}, '\\1'))"
    body = _body(re.escape(decimal), decimal, thousands)
    number = rf"\( ?-?(?:{body}) ?\)|[-+]? ?(?:{body})|(?:{body}) ?-"
    is_negative = f"({bare} like '-%' or {bare} like '%-' or {bare} like '(%')"
    digits = f"replace(regexp_replace({bare}, {quoted_text(f'[^0-9{decimal}]')}, '', 'g'), '{decimal}', '.')"
    return (
        f"case when regexp_full_match({bare}, {quoted_text(number)}) "
        f"then concat(case when {is_negative} then '-' else '' end, {digits}) end"
    )


def _body(mark: str, decimal: str, thousands: str | None) -> str:
    """The regular expression of a number without signs; groups may have two digits, as in Indian numbers."""
    fraction = rf"(?:{mark}[0-9]*)?"
    numbers = [rf"[0-9]+{fraction}", rf"{mark}[0-9]+"]
    numbers += [rf"{_groups(sign)}{fraction}" for sign in (" ", "'", thousands) if sign]
    if thousands is None:
        other = "," if decimal == "." else "."
        numbers += [rf"{_groups(other, fewest=2)}{fraction}", rf"{_groups(other)}{mark}[0-9]+"]
    return "|".join(numbers)


def _groups(sign: str, *, fewest: int = 1) -> str:
    """The regular expression of digits in groups with at least `fewest` signs between them."""
    sign = re.escape(sign)
    return rf"[0-9]{{1,3}}(?:{sign}[0-9]{{2,3}}){{{fewest - 1},}}{sign}[0-9]{{3}}"


def signs_sql(column: str, *, decimal: str, thousands: str | None) -> str:
    """SQL of what the signs in a text say about its convention, for columns whose thousands sign is not known.

    Args:
        column: quoted name of a text column.
        decimal: decimal sign, "." or ",".
        thousands: sign between groups of three digits; None for none.

    Returns:
        The SQL expression: "decimal" if the decimal sign cannot separate thousands, "other" if the other sign can only
        be a decimal sign, "ambiguous" for a text like 1.234, null for all other texts.
    """
    if thousands is not None:
        return "null::varchar"
    other = re.escape("," if decimal == "." else ".")
    return (
        # Most numbers end in a sign and one or two digits; the regular expressions are for the others.
        f"case when {column} like '%{decimal}__' or {column} like '%{decimal}_' then 'decimal' "
        f"when regexp_matches({column}, '[0-9]{other}[0-9]{{1,2}}[^0-9]*$') then 'other' "
        f"when not contains({column}, '{decimal}') then null "
        f"when regexp_full_match({column}, '[^0-9.,]*[1-9][0-9]{{0,2}}{re.escape(decimal)}[0-9]{{3}}[^0-9.,]*') "
        f"then 'ambiguous' "
        f"when regexp_matches({column}, '[0-9]{re.escape(decimal)}[0-9]+[^0-9]*$') then 'decimal' end"
    )
