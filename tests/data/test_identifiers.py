"""Direct identifiers: recognised by their check digits, and not taken for codes, prices or dates."""

import pytest

from clientela.data.identifiers.kinds import KINDS, document_checks
from clientela.data.identifiers.texts import SUSPICIOUS, mask
from clientela.data.withheld import kind_of_values

EXAMPLES = {
    "email": ["ann@shop.example", "b.silva+news@mail.com.br"],
    "phone": ["+55 11 98765-4321", "(11) 98765-4321", "+44 20 7946 0958", "0049 30 901820"],
    "card": ["4111 1111 1111 1111", "5500-0000-0000-0004", "340000000000009"],
    "cpf": ["390.533.447-05", "39053344705"],
    "cnpj": ["16.727.230/0001-97", "12.ABC.345/01DE-35", "12ABC34501DE35"],
    "iban": ["DE89 3704 0044 0532 0130 00", "GB29NWBK60161331926819"],
    "document": ["219-09-9999"],
}


@pytest.mark.parametrize("kind, value", [(kind, value) for kind, values in EXAMPLES.items() for value in values])
def test_a_value_is_of_its_kind_and_no_other(kind, value):
    assert [name for name, is_kind in KINDS.items() if is_kind(value)] == [kind]


@pytest.mark.parametrize(
    "value",
    ["536365", "C536379", "CA-2018-152156", "4006381333931", "7891000315507", "85123A", "FUR-BO-10001798", "2011-12-10",
     "10/12/2011", "12.50", "1.234,56", "17850", "171-1234567-1234567", "2011-12-10 08:26:00", "42420", "01310-100",
     "cc294636-19f0-11eb-8d74-000d3a38a36f", "390.533.447-06", "4111 1111 1111 1112", "16.727.230/0001-98"],
)  # fmt: skip
def test_codes_prices_and_dates_are_no_identifiers(value):
    assert not [name for name, is_kind in KINDS.items() if is_kind(value)]
    assert mask(value) == (value, frozenset())


def test_documents_of_other_countries_are_recognised_by_their_check_digits():
    for value in ("12345678Z", "RSSMRA85T10A562S", "20-05536168-2", "44051401359"):
        assert any(is_document(value) for is_document in document_checks()), value


@pytest.mark.parametrize(
    "text, masked",
    [
        ("Gift for ann@shop.example.", "Gift for [e-mail]."),
        ("ligar (11) 98765-4321 ou +55 11 3333-4444", "ligar [phone] ou [phone]"),
        ("paid by 4111-1111-1111-1111", "paid by [card]"),
        ("CPF 390.533.447-05, cpf: 39053344705", "CPF [CPF], cpf: [CPF]"),
        ("CNPJ 12.ABC.345/01DE-35", "CNPJ [CNPJ]"),
        ("IBAN DE89 3704 0044 0532 0130 00", "IBAN [IBAN]"),
        ("SSN 219-09-9999", "SSN [document]"),
        ("entregar na Rua das Flores, 123", "entregar na [street]"),
        ("to 221 Baker Street today", "to [street] today"),
        ("Hauptstraße 12", "[street]"),
    ],
)
def test_identifiers_in_texts_are_masked(text, masked):
    assert mask(text)[0] == masked
    assert mask(masked) == (masked, frozenset())
    import duckdb

    assert duckdb.execute("select regexp_matches(?, ?)", [text, SUSPICIOUS]).fetchall() == [(True,)]


@pytest.mark.parametrize(
    "text",
    ["WHITE HANGING HEART T-LIGHT HOLDER", "10 COLOUR SPACEBOY PEN", "SET/6 RED 2 x 10 cm (2012) 1234",
     "METAL SIGN BAKER STREET 221", "Xerox 1887, 20 lb. 8.5 x 11", "ISBN 978-3-16-148410-0", "2 for 1.50 @ shop"],
)  # fmt: skip
def test_names_of_products_stay_as_they_are(text):
    assert mask(text) == (text, frozenset())


def test_digits_in_a_stock_code_are_no_card():
    assert mask("4111111111111111", is_code=True) == ("4111111111111111", frozenset())
    assert mask("4111111111111111")[0] == "[card]"


class TestColumns:
    def test_most_values_decide(self):
        assert kind_of_values(["a@b.example", "c@d.example", "e@f.example", "g@h.example", "none"]) == "email"
        assert kind_of_values(["a@b.example", "none", "other"]) is None

    def test_a_few_digits_with_right_check_digits_are_chance(self):
        assert kind_of_values(["39053344705"]) is None
        assert kind_of_values(["390.533.447-05"]) == "cpf"
        assert kind_of_values([str(number) for number in range(100_000_000, 100_000_400)]) is None
        assert kind_of_values([str(number) for number in range(4_111_111_111_111_000, 4_111_111_111_111_400)]) is None

    def test_many_cpfs_without_signs_are_recognised(self):
        from stdnum.br import cpf

        digits = (f"{number:011d}" for number in range(39_053_344_000, 39_053_346_000))
        numbers = [number for number in digits if cpf.is_valid(number)]
        assert len(numbers) > 10
        assert kind_of_values(numbers) == "cpf"

    def test_telephones_without_signs_need_a_header(self):
        values = ["11987654321", "21987654321"]
        assert kind_of_values(values, header="Celular") == "phone"
        assert kind_of_values(values, header="Invoice") is None
