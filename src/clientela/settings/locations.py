"""Where a table is: a path, the address of an object, or a table or query of a database."""

from typing import Annotated, Any
from urllib.parse import quote

from pydantic import BeforeValidator

from clientela.credentials import has_password

KEYS = ("database", "table", "query")


def address_of(value: Any) -> Any:
    """The address of a table or query of a database; other values unchanged.

    Args:
        value: text, or mapping with `database` and either `table` or `query`.

    Raises:
        ValueError: a key is missing or unknown, or an address contains a password.

    >>> address_of({"database": "postgresql://db/shop", "query": "select * from sales"})
    'postgresql://db/shop?query=select%20%2A%20from%20sales'
    """
    if isinstance(value, dict) and "database" in value:
        value = _joined(value)
    if isinstance(value, str) and has_password(value):
        raise ValueError(
            "an address must not contain a password, because settings are logged; write ${NAME} in its place, where "
            "NAME is an environment variable"
        )
    return value


def _joined(value: dict[Any, Any]) -> str:
    if unknown := [key for key in value if key not in KEYS]:
        raise ValueError(f"a source in a database must have the keys database, and table or query; got {unknown}")
    if not all(isinstance(text, str) and text.strip() for text in value.values()):
        raise ValueError("database, table and query must be texts that are not empty")
    if ("table" in value) == ("query" in value):
        raise ValueError("a source in a database must have either a table or a query")
    name = "table" if "table" in value else "query"
    database = value["database"]
    return f"{database}{'&' if '?' in database else '?'}{name}={quote(value[name].strip(), safe='.')}"


Location = Annotated[str, BeforeValidator(address_of)]
