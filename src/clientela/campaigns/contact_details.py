"""Contact details of customers, read from a file into memory for hashing and never stored."""

import re

import duckdb
import pandas as pd

from clientela.data.readers import read_source
from clientela.errors import InvalidData
from clientela.exports.person import Person
from clientela.lookup.ids import canonical_ids

# Field -> headers that mean it, in lower case and without anything but letters and digits.
HEADERS = {
    "customer_id": ("customerid", "clientid", "id", "idcliente", "codigocliente", "cliente"),
    "email": ("email", "emailaddress", "mail", "em", "enderecodeemail"),
    "phone": ("phone", "phonenumber", "mobile", "mobilephone", "telephone", "ph", "telefone", "celular", "fone"),
    "first_name": ("firstname", "fn", "givenname", "forename", "nome", "primeironome"),
    "last_name": ("lastname", "ln", "surname", "familyname", "sobrenome", "ultimonome"),
    "city": ("city", "ct", "town", "cidade", "municipio"),
    "state": ("state", "st", "province", "region", "estado", "uf"),
    "zip": ("zip", "zipcode", "postcode", "postalcode", "zp", "cep"),
    "country": ("country", "countrycode", "pais"),
    "birthday": ("birthday", "dateofbirth", "dob", "birthdate", "db", "datadenascimento", "nascimento"),
    "gender": ("gender", "gen", "sex", "ge", "genero", "sexo"),
}
ACCENTS = str.maketrans("áàâãéêíóôõúç", "aaaaeeiooouc")


def read_people(path: str) -> list[tuple[str, Person]]:
    """Read a file of contact details: a text file, a workbook or Parquet, with one or more rows per customer.

    Args:
        path: path of the file; it has a column of customer ids, and e-mail addresses or telephone numbers.

    Returns:
        Canonical id and contact details of each row; rows without an id are left out.

    Raises:
        InvalidData: the file cannot be read, or lacks these columns, or has a field twice.
    """
    with duckdb.connect() as connection:
        read_source(connection, path, seed=0)
        rows = connection.execute("select * from source").df()
    columns = _columns(list(map(str, rows.columns)))
    ids = canonical_ids(rows[columns.pop("customer_id")].tolist())
    texts = {name: [_text(value) for value in rows[column]] for name, column in columns.items()}
    people = [Person(**dict(zip(texts, values, strict=True))) for values in zip(*texts.values(), strict=True)]
    return [(identifier, person) for identifier, person in zip(ids, people, strict=True) if identifier is not None]


def _columns(headers: list[str]) -> dict[str, str]:
    """Field -> header; a header that means no field is left out."""
    found: dict[str, str] = {}
    for header in headers:
        plain = re.sub(r"[^a-z0-9]", "", header.lower().translate(ACCENTS))
        name = next((name for name, known in HEADERS.items() if plain in known), None)
        if name and name in found:
            raise InvalidData(
                f"The contacts must have one column for {name}. Got the columns {found[name]!r} and {header!r}."
            )
        if name:
            found[name] = header
    if "customer_id" not in found or not {"email", "phone"} & found.keys():
        raise InvalidData(
            "The contacts must have a column customer_id, and email or phone. "
            f"Got the columns {', '.join(headers)} instead."
        )
    return found


def _text(value: object) -> str:
    """A cell as text; whole numbers without a decimal point, dates as ISO dates."""
    if value is None or pd.isna(value):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
