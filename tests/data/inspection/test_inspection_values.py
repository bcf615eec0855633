"""Dates, numbers, prices and headers: what the values and names of a column say."""

import numpy as np
import pytest

from clientela.data.inspection.date_formats import DateShape
from clientela.data.inspection.dates import read_dates
from clientela.data.inspection.names import name_scores, vocabulary, words_of
from clientela.data.inspection.numbers import number_style
from clientela.data.inspection.price_level import level_by_correlation, level_by_products


def shape(text: str, rows: int = 100, first: int = 0, second: int = 0, example: str = "", words: tuple[str, ...] = ()):
    return DateShape(text, rows, first, second, example or text, words)


def test_a_day_above_twelve_decides_the_order():
    assert read_dates([shape("99/99/9999", first=3)]).formats == ("%d/%m/%Y",)
    assert read_dates([shape("99/99/9999", second=3)]).formats == ("%m/%d/%Y",)


def test_dates_that_nothing_decides_stay_open():
    reading = read_dates([shape("99/99/9999")])
    assert reading.formats == ()
    assert reading.open_orders == (("day-first", ("%d/%m/%Y",)), ("month-first", ("%m/%d/%Y",)))


def test_dates_of_both_orders_stay_open_and_are_marked_as_mixed():
    reading = read_dates([shape("99/99/9999", first=40, second=30)])
    assert reading.mixed
    assert reading.open_orders


def test_a_typing_error_does_not_reopen_the_order():
    reading = read_dates([shape("99/99/9999", rows=10_000, first=6_000, second=1)])
    assert reading.formats == ("%d/%m/%Y",)
    assert reading.contradicting == 1


def test_an_order_that_another_column_decides_is_used_only_if_the_values_do_not_decide():
    assert read_dates([shape("99/99/9999")], known="month-first").formats == ("%m/%d/%Y",)
    assert read_dates([shape("99/99/9999", first=9)], known="month-first").formats == ("%d/%m/%Y",)


@pytest.mark.parametrize(
    ("text", "example", "words", "expected"),
    [
        ("9999-99-99", "2024-01-31", (), ()),
        ("9999/99/99", "2024/01/31", (), ("%Y/%m/%d",)),
        ("99999999", "20240131", (), ("%Y%m%d",)),
        ("9-A-99", "1-Jan-14", ("jan",), ("%d-%b-%y",)),
        ("A 99, 9999", "June 15, 2024", ("june", "may"), ("%B %d, %Y",)),
        ("A-99-99", "Jun-15-24", ("jun",), ("%b-%d-%y",)),
        ("9 A A A 9999", "5 de janeiro de 2024", ("janeiro",), ("%d de %B de %Y",)),
        ("9 A 9999", "5 ene 2024", ("ene",), ("%d %b %Y",)),
        ("9. A 9999", "5. Januar 2024", ("januar", "mai"), ("%d. %B %Y",)),
        ("9 A A A 9999 99:99 A.", "5 de enero de 2024 10:32 hs.", ("enero",), ("%d de %B de %Y %H:%M hs.",)),
        ("A, 99 A 9999", "Mon, 15 Jan 2024", ("mon", "jan"), ("%a, %d %b %Y",)),
        ("99.99.9999 99:99", "31.01.2024 10:00", (), ("%d.%m.%Y %H:%M",)),
        ("99/99/9999 9:99 A", "31/01/2024 9:00 PM", (), ("%d/%m/%Y %I:%M %p",)),
        ("9999-99-99A99:99:99-99:99", "2024-01-31T10:00:00-03:00", (), ()),
    ],
)
def test_formats_by_shape(text, example, words, expected):
    over = 1 if example[:2] == "31" else 0
    assert read_dates([shape(text, first=over, example=example, words=words)]).formats == expected


def test_several_formats_of_one_column_are_all_listed():
    formats = read_dates([shape("99/99/9999", first=5), shape("9999-99-99", rows=10)]).formats
    assert set(formats) == {"%d/%m/%Y", "%Y-%m-%d"}


def test_two_digit_years_come_before_four_digit_ones():
    formats = read_dates([shape("99/99/9999", rows=90, first=5), shape("99/99/99", rows=10, first=5)]).formats
    assert formats == ("%d/%m/%y", "%d/%m/%Y")


@pytest.mark.parametrize(
    ("shapes", "decimal", "thousands", "decided"),
    [
        ([("9.999,99", 5), ("99,99", 50)], ",", ".", True),
        ([("9,999.99", 5), ("99.99", 50)], ".", ",", True),
        ([("9.999", 5)], ".", None, False),
        ([("9.999", 5), ("99,5", 1)], ",", ".", True),
        ([("9 999,50", 5)], ",", " ", True),
        ([("9'999.50", 5)], ".", "'", True),
        ([("R$ 9.999,99", 5)], ",", ".", True),
        ([("(99,50)", 5)], ",", None, True),
        ([("999", 5)], ".", None, True),
    ],
)
def test_number_style(shapes, decimal, thousands, decided):
    style = number_style(shapes)
    assert style.decimal == decimal
    assert style.decided is decided
    if decided:
        assert style.thousands == thousands


def lines(seed: int = 1):
    random = np.random.default_rng(seed)
    product = random.integers(0, 40, 2_000)
    quantity = random.choice([1.0, 1, 2, 3, 6], 2_000)
    price = np.round(random.gamma(2, 10, 40) + 1, 2)[product]
    return product, quantity, price


def test_unit_prices_and_amounts_are_told_apart_by_products():
    product, quantity, price = lines()
    assert level_by_products(product, quantity, price) == "unit_price"
    assert level_by_products(product, quantity, np.round(price * quantity, 2)) == "amount"


def test_products_do_not_decide_about_numbers_of_another_kind():
    product, quantity, _ = lines()
    assert level_by_products(product, quantity, np.random.default_rng(3).gamma(2, 10, 2_000)) is None


def test_the_correlation_with_the_quantity_decides_without_products():
    _, quantity, price = lines()
    assert level_by_correlation(quantity, price) == "unit_price"
    assert level_by_correlation(quantity, price * quantity) == "amount"


@pytest.mark.parametrize(
    ("header", "role"),
    [
        ("Customer ID", "customer_id"), ("CUSTOMER_ID_HASHED", "customer_id"), ("cód. cliente", "customer_id"),
        ("ID_Cliente", "customer_id"), ("Kd-Nr.", "customer_id"), ("KUNNR", "customer_id"),
        ("Nº do Pedido", "order_id"), ("Número de Factura", "order_id"), ("Rechnungsnr.", "order_id"),
        ("Data da Compra", "ordered_at"), ("fecha y hora de la venta", "ordered_at"), ("Bestelldatum", "ordered_at"),
        ("Qtde", "quantity"), ("Cantidad", "quantity"), ("Stückzahl", "quantity"),
        ("Preço Unitário", "unit_price"), ("P.V.P.", "unit_price"), ("Einzelpreis (brutto)", "unit_price"),
        ("Valor Total", "amount"), ("Importe", "amount"), ("Gesamtpreis", "amount"), ("Umsatz (EUR)", "amount"),
        ("E-Mail", "identifier"), ("CPF / CNPJ", "identifier"), ("Nombre y apellidos", "identifier"),
        ("Frete", "other_number"), ("Versandkosten", "other_number"), ("Ship Date", "other_date"),
    ],
)  # fmt: skip
def test_headers_of_four_languages(header, role):
    scores = name_scores(header)
    assert scores[role] == max(scores.values())


def test_words_of_headers_have_no_accents_and_no_camel_case():
    assert words_of("orderCreatedAt") == ("order", "created", "at")
    assert words_of("Größe") == ("grosse",)


def test_phrases_of_the_vocabulary_are_written_as_headers_are_compared():
    phrases = [phrase for phrases in vocabulary().values() for phrase in phrases]
    assert [phrase for phrase in phrases if "".join(words_of(phrase)) != phrase.replace(" ", "")] == []
