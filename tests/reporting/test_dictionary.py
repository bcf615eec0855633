"""The data dictionary: up to date, and no column without a meaning."""

from pathlib import Path

import pytest

from clientela.campaigns.campaign import ASSIGNMENT as ASSIGNED
from clientela.contracts import LANGUAGES
from clientela.export_contracts import ASSIGNMENT, EXPORTED, GOOGLE_LIST, META_LIST
from clientela.exports.match_google import COLUMNS as GOOGLE
from clientela.exports.match_meta import COLUMNS as META
from clientela.reporting.dictionary import CONTRACTS, data_dictionary
from clientela.reporting.meanings import meaning_of, origin_of, unit_of
from clientela.reporting.words import Words

DICTIONARY = Path(__file__).resolve().parents[2] / "docs" / "data-dictionary.md"
COLUMNS = [(contract, column) for contract in CONTRACTS for column in contract.columns]


def test_the_data_dictionary_is_up_to_date():
    assert DICTIONARY.read_text(encoding="utf-8") == data_dictionary()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_column_is_without_a_meaning(language):
    words = Words(language, book="segmentation")
    for contract, column in COLUMNS:
        assert meaning_of(contract, column, words).strip(), (contract.name, column.name)
        assert bool(unit_of(column, words)) == bool(column.unit)


def test_meanings_in_portuguese_are_no_english_ones():
    words = Words("pt-BR", book="segmentation")
    same = [c.name for contract, c in COLUMNS if meaning_of(contract, c, words) == c.definition]
    assert same == []
    written = {contract.name: origin_of(contract, words) for contract in CONTRACTS}
    assert [name for name, text in written.items() if text.startswith("the ")] == []


def test_every_table_has_an_origin_and_every_column_a_sensitivity():
    assert all(contract.origin for contract in CONTRACTS)
    assert {contract.sensitivity_of(column) for contract, column in COLUMNS} == {"identifier", "personal", "business"}
    ids = {
        contract.sensitivity_of(column) for contract, column in COLUMNS if column.name in ("customer_id", "order_id")
    }
    assert ids == {"identifier"}


def test_tables_have_different_names_and_columns():
    assert len({contract.name for contract in CONTRACTS}) == len(CONTRACTS)
    assert all(len(set(contract.names)) == len(contract.names) for contract in CONTRACTS)
    assert set(EXPORTED) <= set(CONTRACTS)


def test_contracts_of_campaigns_have_the_headers_of_the_files():
    assert GOOGLE_LIST.names == GOOGLE
    assert META_LIST.names == META
    assert ASSIGNMENT.names == ASSIGNED
