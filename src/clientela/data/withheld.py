"""Columns of a source that identify people are not read, and identifiers in its texts are masked."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from clientela.data.expressions import quoted_name, quoted_text
from clientela.data.identifiers.kinds import KINDS, WORDS, document_checks, has_signs, is_bare_phone
from clientela.data.identifiers.texts import SUSPICIOUS, mask
from clientela.data.inspection.names import SAME_WORDS, name_scores

LOOKED_AT = 20_000  # rows
VALUES = 500  # distinct values of a column
MOSTLY = 0.8  # share of the values that are of one kind
FEWEST = 10  # distinct values, from which digits alone are taken for a kind with check digits
FEWEST_NAMES = 10  # customers, from which one text per customer is taken for a name or a street
PHONE_HEADER = re.compile(r"phone|fone|tel|celular|movil|móvil|handy|mobil|whats|fax|contact", re.IGNORECASE)
PERSON = re.compile(r"(?:[^\W\d_]+[.'’\-]?)(?:[ \-'’,]+[^\W\d_]+[.'’]?){1,4}")
STREET = re.compile(r"\d+\w?[ ,]+\D{4,}|\D{4,}[ ,]+\d+\w?\b.*")
TEXT_TYPES = ("VARCHAR", "BIGINT", "HUGEINT", "UBIGINT", "DOUBLE")


@dataclass(frozen=True)
class UsedColumns:
    """What the columns of a source are used for; all others are not used.

    Attributes:
        customer: column of the customer ids; None without one.
        ids: columns of other ids, such as orders.
        texts: columns whose texts occur in results, such as descriptions.
        codes: those of `texts` that are codes, such as stock codes.
        others: columns of dates and numbers, and those of filters.
    """

    customer: str | None
    ids: Sequence[str] = ()
    texts: Sequence[str] = ()
    codes: Sequence[str] = ()
    others: Sequence[str] = ()


def withhold_identifiers(
    connection: duckdb.DuckDBPyConnection, used: UsedColumns, *, has_pseudonyms: bool = False, seen: Iterable[str] = ()
) -> tuple[str, ...]:
    """Change the view `source`: columns that identify people are gone or empty, identifiers in texts are masked.

    Args:
        connection: DuckDB connection with the view `source`.
        used: what its columns are used for.
        has_pseudonyms: whether ids become pseudonyms.
        seen: columns that the settings declare as harmless.

    Returns:
        Sentences for the user that name columns and kinds, and never a value.
    """
    types = {name: str(type_) for name, type_, *_ in connection.execute("describe source").fetchall()}
    harmless = set(seen)
    names = [name for name in types if name not in harmless and not name.startswith("clientela.")]
    connection.execute(f"create or replace temp table looked_at as select * from source limit {LOOKED_AT}")
    kinds = {name: kind for name in names if (kind := _kind(connection, name, types[name], used)) is not None}
    connection.execute("drop table looked_at")
    ids = {name for name in (used.customer, *used.ids) if name}
    gone = [name for name in kinds if name not in {*ids, *used.texts, *used.others}]
    emptied = [name for name in kinds if name in used.texts]
    texts = [name for name in used.texts if types.get(name) == "VARCHAR" and name in names and name not in emptied]
    masked = _mask_texts(connection, texts, used.codes)
    _change_view(connection, types, gone, emptied, masked)
    return (
        *(f"The column {name!r} holds {WORDS[kinds[name]]} and is not read." for name in (*gone, *emptied)),
        *(f"Identifiers of people in the column {name!r} are masked: {', '.join(sorted(found))}."
          for name, found in masked.items()),
        *(_warning(name, kinds[name]) for name in ids if name in kinds and not has_pseudonyms),
    )  # fmt: skip


def _warning(name: str, kind: str) -> str:
    return (
        f"The column {name!r} holds {WORDS[kind]} and is used as an id. Set pseudonyms: true in privacy.yaml, so that "
        "they do not stand in versions, lists and reports."
    )


def _kind(connection: duckdb.DuckDBPyConnection, name: str, type_: str, used: UsedColumns) -> str | None:
    """The kind of identifiers in a column; None if it has none."""
    is_used = name in {used.customer, *used.ids, *used.texts, *used.others}
    if type_ in TEXT_TYPES and name not in used.others:
        column = quoted_name(name)
        values = [
            str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()
            for (value,) in connection.execute(
                f"select distinct {column} from looked_at where {column} is not null "
                f"order by hash({column}), 1 limit {VALUES}"
            ).fetchall()
        ]
        if kind := kind_of_values([value for value in values if value], header=name):
            return kind
        if not is_used and _is_named(name):
            return "header"
        if type_ == "VARCHAR" and not is_used:
            return _kind_of_facts(connection, name, values, used.customer)
    return "header" if not is_used and _is_named(name) else None


def _is_named(header: str) -> bool:
    """Whether a header names an identifier of people, and nothing else as well."""
    scores = name_scores(header)
    named = scores.get("identifier", 0.0)
    return named >= SAME_WORDS and named >= max(scores.values())


def kind_of_values(values: Sequence[str], *, header: str = "") -> str | None:
    """The kind of identifiers that most of the distinct values of a column are; None if there is none.

    Digits alone are only taken for a kind if there are enough of them that chance does not explain the check digits,
    and never for telephones, unless the header says so.

    Args:
        values: distinct values.
        header: name of the column.

    Returns:
        A key of `kinds.WORDS`.
    """
    if not values:
        return None
    for kind, is_kind in (*KINDS.items(), *(("document", check) for check in document_checks())):
        fits = [value for value in values if is_kind(value)]
        enough = len(fits) >= FEWEST or sum(map(has_signs, fits)) >= MOSTLY * len(fits)
        if fits and len(fits) >= MOSTLY * len(values) and enough:
            return kind
    if PHONE_HEADER.search(header) and sum(map(is_bare_phone, values)) >= MOSTLY * len(values):
        return "phone"
    return None


def _kind_of_facts(
    connection: duckdb.DuckDBPyConnection, name: str, values: Sequence[str], customer: str | None
) -> str | None:
    """Whether a text has one value for each customer, and nearly one customer for each value, like a name."""
    looks = {
        kind: sum(pattern.fullmatch(value) is not None for value in values)
        for kind, pattern in (("street", STREET), ("name", PERSON))
    }
    kind = max(looks, key=lambda key: looks[key])
    if customer is None or not values or looks[kind] < MOSTLY * len(values):
        return None
    column, of = quoted_name(name), quoted_name(customer)
    customers, constant, distinct = connection.execute(f"""
        with facts as (
            select count(distinct {column}) as n from looked_at
            where {column} is not null and {of} is not null group by {of}
        )
        select count(*), count(*) filter (where n = 1), (select count(distinct {column}) from looked_at) from facts
    """).fetchall()[0]
    is_fact = customers >= FEWEST_NAMES and constant >= 0.95 * customers and distinct >= 0.6 * customers
    return kind if is_fact else None


def _mask_texts(
    connection: duckdb.DuckDBPyConnection, texts: Sequence[str], codes: Sequence[str]
) -> dict[str, frozenset[str]]:
    """Make the tables `masked_N` (text, masked) of the texts that hold identifiers; returns column -> kinds found."""
    found: dict[str, frozenset[str]] = {}
    for name in texts:
        column = quoted_name(name)
        rows = connection.execute(
            f"select distinct {column} from source where regexp_matches({column}, {quoted_text(SUSPICIOUS)})"
        ).fetchall()
        changed = [
            (text, *result) for (text,) in rows if (result := mask(text, is_code=name in codes)) and result[0] != text
        ]
        if changed:
            table = pa.table({"text": [row[0] for row in changed], "masked": [row[1] for row in changed]})
            connection.register("masked_texts", table)
            connection.execute(f"create or replace temp table masked_{len(found)} as select * from masked_texts")
            connection.unregister("masked_texts")
            found[name] = frozenset[str]().union(*(row[2] for row in changed))
    return found


def _change_view(
    connection: duckdb.DuckDBPyConnection,
    types: dict[str, str],
    gone: Sequence[str],
    emptied: Sequence[str],
    masked: dict[str, frozenset[str]],
) -> None:
    if not (gone or emptied or masked):
        return
    at = {name: number for number, name in enumerate(masked)}
    columns = [
        f"null::varchar as {quoted_name(name)}"
        if name in emptied
        else f"coalesce(masked_{at[name]}.masked, numbered.{quoted_name(name)}) as {quoted_name(name)}"
        if name in at
        else f"numbered.{quoted_name(name)}"
        for name in types
        if name not in gone
    ]
    connection.execute("drop view if exists source_with_identifiers")
    if not masked:  # the rows stay in the file
        connection.execute("alter view source rename to source_with_identifiers")
        connection.execute(
            f"create view source as select {', '.join(columns)} from source_with_identifiers as numbered"
        )
        return
    joins = " ".join(
        f"left join masked_{number} on numbered.{quoted_name(name)} = masked_{number}.text"
        for name, number in at.items()
    )
    connection.execute(f"""
        create or replace temp table source_masked as
        with numbered as (select row_number() over () as "clientela.place", * from source)
        select {", ".join(columns)} from numbered {joins} order by "clientela.place"
    """)
    connection.execute("alter view source rename to source_with_identifiers")
    connection.execute("create view source as select * from source_masked")
