"""Names of months in other languages are read like English ones."""

import duckdb
import pytest

from clientela.data.dates import time_sql


@pytest.mark.parametrize(
    ("text", "time_format", "expected"),
    [
        ("5 de março de 2024", "%d de %B de %Y", "2024-03-05"),
        ("5 de MAIO de 2024", "%d de %B de %Y", "2024-05-05"),
        ("05-dez-24", "%d-%b-%y", "2024-12-05"),
        ("05 ene. 2024", "%d %b. %Y", "2024-01-05"),
        ("5. Mai 2024", "%d. %B %Y", "2024-05-05"),
        ("Mär 5, 2024", "%b %d, %Y", "2024-03-05"),
        ("June 5, 2024", "%B %d, %Y", "2024-06-05"),
        ("martes 5 de marzo de 2024", "martes %d de %B de %Y", "2024-03-05"),
        ("5 de nada de 2024", "%d de %B de %Y", None),
    ],
)
def test_months(text, time_format, expected):
    value = time_sql("text", "VARCHAR", [time_format])
    found = duckdb.execute(f"select ({value})::date::varchar from (select $1 as text)", [text]).fetchall()
    assert found == [(expected,)]
