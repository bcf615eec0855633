"""SQL expressions over the columns of a source: quoted names and texts, and canonical ids."""

import difflib
import re
from collections.abc import Iterable, Sequence

import duckdb

from clientela.errors import InvalidData

NUMBER = re.compile("-?[0-9]+")
LONG_NUMBER = r"regexp_full_match({}, '[0-9]{{3,}}(\.0+)?')"
MOST_NAMES = 40  # of a wide source, in an error message
# White space of every kind, byte order marks and marks of no width: `lookup.ids` has the same, a test compares them.
BLANKS = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\xad\u1680\u180e\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008"
    "\u2009\u200a\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u202f\u205f\u2060\u2066\u2067\u2068"
    "\u2069\u3000\ufeff"
)


def quoted_name(column: str) -> str:
    """A column name quoted for SQL.

    >>> quoted_name("Customer ID")
    '"Customer ID"'
    """
    return '"' + column.replace('"', '""') + '"'


def quoted_text(text: str) -> str:
    """A text quoted for SQL.

    >>> print(quoted_text("it's"))
    'it''s'
    """
    return "'" + text.replace("'", "''") + "'"


def canonical_id_sql(column: str, type_: str, null_words: Sequence[str] = ()) -> str:
    r"""SQL that converts an id column to canonical text: integral floats lose the `.0`, leading zeros of text stay.

    `lookup.ids.canonical_id` is the same in Python, without null words; a test compares them.

    Args:
        column: quoted name of the column.
        type_: DuckDB's name of its type.
        null_words: texts that stand for a missing id, in lower case.

    Returns:
        The SQL expression.

    >>> import duckdb
    >>> sql = canonical_id_sql("client", "VARCHAR", ["n/a"])
    >>> duckdb.sql(f"select {sql} from (values (' 007 '), ('42.0'), ('N/A')) as sales(client)").fetchall()
    [('007',), ('42',), (None,)]
    """
    if type_ in ("DOUBLE", "FLOAT"):
        numbers = ", ".join(word for word in null_words if NUMBER.fullmatch(word))
        missing = f"not isfinite({column})" + (f" or {column} in ({numbers})" if numbers else "")
        return f"case when {missing} then null else {_canonical_float(column)} end"
    text = f"{column}::varchar"
    if not null_words:
        return _canonical_text(text)
    # Most ids are numbers of several digits; nothing else is computed for them.
    is_number = "false" if any(NUMBER.fullmatch(word) and len(word) > 2 for word in null_words) else LONG_NUMBER
    canonical = _canonical_text(text)
    return (
        f"case when {is_number.format(text)} then split_part({text}, '.', 1) "
        f"when {is_word_sql(canonical, null_words)} then null else {canonical} end"
    )


def is_word_sql(text: str, words: Sequence[str]) -> str:
    """SQL predicate: whether a text is one of some words in lower case, regardless of its own case."""
    # DuckDB would make a join of a long `in`, also for the rows that need no answer.
    alternatives = "|".join(re.escape(word) for word in words)
    return f"regexp_full_match({text}, {quoted_text(f'(?i:{alternatives})')})"


def _canonical_float(column: str) -> str:
    return (
        f"case when {column} = trunc({column}) and abs({column}) < 1e18 then {column}::bigint::varchar "
        f"else {column}::varchar end"
    )


def _canonical_text(text: str) -> str:
    # Most ids are plain, or numbers of a spreadsheet; trimming and replacing are slow, so only the others are touched.
    return (
        f"case when regexp_full_match({text}, '[0-9A-Za-z_-]+') then {text} "
        rf"when regexp_full_match({text}, '-?[0-9]+\.0+') then split_part({text}, '.', 1) "
        rf"else nullif(regexp_replace(trim({text}, {quoted_text(BLANKS)}), '^(-?[0-9]+)\.0+$', '\1'), '') end"
    )


def source_types(connection: duckdb.DuckDBPyConnection, required: Iterable[str], *, title: str) -> dict[str, str]:
    """The columns of the view `source` with DuckDB's names of their types.

    Args:
        connection: DuckDB connection with the view `source`.
        required: columns that the source must have.
        title: name of the source in the error message.

    Returns:
        Column name -> type, in the order of the source.

    Raises:
        InvalidData: the source lacks a required column.
    """
    types = {name: str(type_) for name, type_, *_ in connection.execute("describe source").fetchall()}
    if missing := list(dict.fromkeys(name for name in required if name not in types)):
        raise InvalidData(
            f"{title} must have the columns {missing}. {_known(list(types))}{_meant(missing, list(types))}"
        )
    return types


def _known(names: Sequence[str]) -> str:
    """The columns of a source; a first row of values, which may be a person's, is not repeated."""
    if sum(any(sign.isdigit() for sign in name) for name in names) > len(names) / 2:
        return f"Its first row does not look like a header of {len(names)} names."
    shown = ", ".join(repr(name) for name in names[:MOST_NAMES])
    return f"It has {shown}{' and others' if len(names) > MOST_NAMES else ''}."


def _meant(missing: Sequence[str], names: Sequence[str]) -> str:
    """The names that may be meant by missing ones: equal but for case and signs, or close."""
    plain = {_plain(name): name for name in reversed(names)}
    meant = []
    for name in missing:
        close = [_plain(name)] if _plain(name) in plain else difflib.get_close_matches(_plain(name), plain, n=1)
        meant += [f"{plain[close[0]]!r} for {name!r}"] if close else []
    return f" Did you mean {', '.join(meant)}?" if meant else ""


def _plain(name: str) -> str:
    return "".join(sign for sign in name.lower() if sign.isalnum())
