import dataclasses

import duckdb
import pytest

from clientela.contracts import CANCELLATIONS, CUSTOMER_FEATURES, LEDGER, SEGMENTS, TRANSACTIONS

CONTRACTS = (TRANSACTIONS, CANCELLATIONS, LEDGER, CUSTOMER_FEATURES, SEGMENTS)
each_contract = pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)


def test_contracts_have_unique_names_and_define_a_row():
    assert len({contract.name for contract in CONTRACTS}) == len(CONTRACTS)
    assert all(contract.grain.startswith("one ") for contract in CONTRACTS)


@each_contract
def test_column_names_are_unique_and_in_order(contract):
    assert contract.names == tuple(column.name for column in contract.columns)
    assert len(set(contract.names)) == len(contract.names)


@each_contract
def test_columns_are_defined(contract):
    for column in contract.columns:
        assert column.definition, column.name
        assert not column.definition.endswith("."), column.name


@each_contract
def test_types_are_duckdb_types(contract):
    for column in contract.columns:
        described = duckdb.sql(f"describe select null::{column.type} as {column.name}").fetchall()
        assert described[0][:2] == (column.name, column.type)


def test_a_column_is_found_by_its_name():
    assert TRANSACTIONS["amount"].type == "DECIMAL(18,4)"
    assert LEDGER["money_out"].unit == "currency"


def test_contracts_are_immutable():
    with pytest.raises(dataclasses.FrozenInstanceError):
        TRANSACTIONS.grain = "one day"
    with pytest.raises(dataclasses.FrozenInstanceError):
        TRANSACTIONS["amount"].type = "DOUBLE"


def test_features_are_numbers_per_customer():
    customer, *features = CUSTOMER_FEATURES.columns
    assert customer.name == "customer_id"
    assert {feature.type for feature in features} == {"DOUBLE"}


def test_names_of_the_btyd_models_are_not_used_for_features():
    assert {"frequency", "recency", "T", "monetary_value"}.isdisjoint(CUSTOMER_FEATURES.names)


def test_columns_shared_with_segments_are_defined_once():
    shared = [column for column in SEGMENTS.columns if column.name in CUSTOMER_FEATURES.names[1:]]
    assert len(shared) == 4
    assert all(column is CUSTOMER_FEATURES[column.name] for column in shared)


def test_cancellations_have_the_types_and_units_of_transactions():
    for name in ("line_id", "quantity", "amount"):
        assert (CANCELLATIONS[name].type, CANCELLATIONS[name].unit) == (
            TRANSACTIONS[name].type,
            TRANSACTIONS[name].unit,
        )


def test_segments_have_an_id_and_a_rule_per_customer():
    assert SEGMENTS.names[:3] == ("customer_id", "segment_id", "rule")
    assert [SEGMENTS[name].type for name in SEGMENTS.names[:3]] == ["VARCHAR", "INTEGER", "INTEGER"]
    assert all(column.required for column in SEGMENTS.columns)
