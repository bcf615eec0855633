import pytest

from clientela.errors import InvalidInput
from clientela.reporting.words import Words


def plain(text):
    """The text with usual spaces instead of no-break ones."""
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    "method, value, english, portuguese",
    [
        ("number", 1234.5, "1,234", "1.234"),
        ("number", -1234567, "−1,234,567", "−1.234.567"),
        ("number", 0.4, "0", "0"),
        ("number", -0.4, "0", "0"),
        ("number", None, "–", "–"),
        ("number", float("nan"), "–", "–"),
        ("percent", 0.1234, "12%", "12%"),
        ("percent", 0.0123, "1.2%", "1,2%"),
        ("percent", -0.0123, "−1.2%", "−1,2%"),
        ("percent", 0.0, "0%", "0%"),
        ("percent", 0.0999, "10%", "10%"),
        ("percent", 12.34, "1,234%", "1.234%"),
        ("money", 0, "£0", "£ 0"),
        ("money", 1234.5, "£1,234", "£ 1.234"),
        ("money", 9.999, "£10.00", "£ 10,00"),
        ("money", -12.5, "−£12.50", "−£ 12,50"),
        ("money", None, "–", "–"),
        ("money_short", 12.4, "£12", "£ 12"),
        ("money_short", 999_999.4, "£999,999", "£ 999.999"),
        ("money_short", 999_999.6, "£1 million", "£ 1 milhão"),
        ("money_short", 1_000_000, "£1 million", "£ 1 milhão"),
        ("money_short", 1_230_000, "£1.2 million", "£ 1,2 milhão"),
        ("money_short", 1_960_000, "£2 million", "£ 2 milhões"),
        ("money_short", 8_298_620.0, "£8.3 million", "£ 8,3 milhões"),
        ("money_short", 999_960_000, "£1 billion", "£ 1 bilhão"),
        ("money_short", 2_100_000_000, "£2.1 billion", "£ 2,1 bilhões"),
        ("money_short", -1_500_000, "−£1.5 million", "−£ 1,5 milhão"),
        ("money_short", 3e12, "£3 trillion", "£ 3 trilhões"),
        ("date", "2011-12-10", "10 Dec 2011", "10 de dez. de 2011"),
        ("date", "2011-05-01T00:00:00", "1 May 2011", "1 de mai. de 2011"),
        ("month", "2011-02-28", "Feb", "fev"),
        ("listed", [], "", ""),
        ("listed", ["a"], "a", "a"),
        ("listed", ["a", "b"], "a and b", "a e b"),
        ("listed", ["a", "b", "{c}"], "a, b and {c}", "a, b e {c}"),
    ],
)
def test_values_are_formatted_for_the_language(method, value, english, portuguese):
    assert plain(getattr(Words("en", currency="GBP"), method)(value)) == english
    assert plain(getattr(Words("pt-BR", currency="GBP"), method)(value)) == portuguese


@pytest.mark.parametrize(
    "currency, english, portuguese",
    [
        ("", "900", "900"),
        ("GBP", "£900", "£ 900"),
        ("EUR", "€900", "€ 900"),
        ("USD", "$900", "US$ 900"),
        ("BRL", "R$900", "R$ 900"),
        ("JPY", "¥900", "JP¥ 900"),
        ("CHF", "CHF 900", "CHF 900"),
        ("INR", "₹900", "₹ 900"),
        ("XYZ", "XYZ 900", "XYZ 900"),
    ],
)
def test_a_currency_has_its_symbol_or_its_code(currency, english, portuguese):
    assert plain(Words("en", currency=currency).money(900)) == english
    assert plain(Words("pt-BR", currency=currency).money(900)) == portuguese


def test_a_currency_without_cents_has_no_decimals():
    assert Words("en", currency="JPY").money(12.4) == "¥12"


def test_decimals_follow_the_language():
    assert Words("pt-BR").number(1234.56, 1) == "1.234,6"
    assert Words("en").number(-0.001, 1) == "0.0"


def test_a_number_and_its_symbol_stay_on_one_line():
    assert Words("pt-BR", currency="BRL").money(900) == "R$\u00a0900"
    assert Words("en").date("2011-12-10") == "10\u00a0Dec\u00a02011"


def test_a_list_of_alternatives():
    assert Words("en").listed(["a", "b", "c"], "or") == "a, b or c"
    assert Words("pt-BR").listed(["a", "b", "c"], "or") == "a, b ou c"


def test_weekdays_start_on_monday():
    assert Words("en").weekdays()[::6] == ["Mon", "Sun"]
    assert Words("pt-BR").weekdays("wide")[0] == "segunda-feira"


def test_a_noun_has_a_singular_and_a_plural():
    assert [Words("en").count("orders", n) for n in (1, 2, 1000)] == ["1 order", "2 orders", "1,000 orders"]
    assert [Words("pt-BR").count("orders", n) for n in (1, 2)] == ["1 pedido", "2 pedidos"]


def test_an_unknown_language_is_refused():
    with pytest.raises(InvalidInput, match="must be one of en, pt-BR. Got 'de'"):
        Words("de")
