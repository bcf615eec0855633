"""The query of a source: one statement that reads."""

import re

from clientela.errors import InvalidInput

# Texts, quoted names and dollar quotes of Postgres, in which a semicolon ends no statement; and comments.
QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|(\$\w*\$).*?\1|(--[^\n]*|/\*.*?\*/)", re.DOTALL)
READS = ("select", "with", "values", "table", "from")


def checked_query(query: str) -> str:
    """A query without comments and without the semicolon at its end.

    That it changes nothing is up to the read-only transaction, or the file opened for reading, in which it runs; here
    only obvious mistakes are named.

    Args:
        query: text of the query.

    Raises:
        InvalidInput: it is empty, has several statements, or does not begin like one that reads.

    >>> checked_query("select ';' as sign from sales; -- all of them")
    "select ';' as sign from sales"
    """
    bare = QUOTED.sub(lambda found: " " if found[2] else found[0], query).strip("; \t\r\n")
    if not bare:
        raise InvalidInput("The query of a source must be a statement that reads rows, such as SELECT. Got none.")
    plain = QUOTED.sub("''", bare)
    if ";" in plain:
        raise InvalidInput("The query of a source must be one statement. Got several, separated by semicolons.")
    word = re.match(r"[\s(]*(\w*)", plain)
    first = word[1] if word else ""
    if first.lower() not in READS:
        raise InvalidInput(
            f"The query of a source must begin with SELECT, WITH, VALUES or TABLE. Got {first!r} instead."
        )
    return bare


def wrapped(query: str, columns: str = "*") -> str:
    """The query as a table of another one: only what returns rows is possible there.

    >>> wrapped("select 1 as one")
    'select * from (select 1 as one) as source'
    """
    return f"select {columns} from ({query}) as source"


def quoted_table(table: str, quote: str = '"') -> str:
    """The name of a table, with its schema if it has one, quoted.

    >>> quoted_table("public.sales")
    '"public"."sales"'
    """
    return ".".join(quoted(part, quote) for part in table.split("."))


def quoted(name: str, quote: str = '"') -> str:
    """A name in the quotes of an engine."""
    return quote + name.replace(quote, quote * 2) + quote
