"""The data set file that an inspection writes: keys of conf/datasets/*.yaml, with mapping and cleaning rules."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from clientela.contracts import CUSTOMER_FEATURES, TRANSACTIONS
from clientela.data.inspection.names import words_of
from clientela.data.inspection.result import FileLayout
from clientela.data.inspection.roles import Roles

HEAD = "# Written by clientela inspect. docs/own-data.md explains the keys.\n"
MOST_ATTRIBUTES = 12


def canonical_columns(roles: Roles) -> dict[str, str]:
    """Canonical column of the transactions -> header, in the order of the contract.

    Products without a code are known by their description.
    """
    found = {name: roles.canonical[name].source for name in TRANSACTIONS.names if name in roles.canonical}
    if "description" in found and "product_id" not in found:
        found["product_id"] = found["description"]
    return {name: found[name] for name in TRANSACTIONS.names if name in found}


def reading_keys(roles: Roles, layout: FileLayout) -> dict[str, Any]:
    """The keys that say how the file is read; those with their default are left out."""
    keys: dict[str, Any] = {}
    if layout.encoding and layout.encoding.lower() != "utf-8":
        keys["encoding"] = layout.encoding
    if layout.delimiter and layout.delimiter != ",":
        keys["delimiter"] = layout.delimiter
    if layout.sheets and layout.other_sheets:
        keys["sheets"] = list(layout.sheets)
    if layout.skip_rows:
        keys["skip_rows"] = layout.skip_rows
    if not layout.has_header:
        keys["has_header"] = False
    if roles.style.decimal != ".":
        keys["decimal"] = roles.style.decimal
    if roles.style.thousands:
        keys["thousands"] = roles.style.thousands
    if formats := formats_used(roles):
        keys["timestamp_format"] = formats[0] if len(formats) == 1 else list(formats)
    return keys


def formats_used(roles: Roles) -> tuple[str, ...]:
    """The formats of the mapped columns of dates."""
    found: dict[str, None] = {}
    for role in ("ordered_at", "first_purchase", "last_purchase"):
        if role in roles.canonical and (reading := roles.dates.get(roles.canonical[role].source)):
            found |= dict.fromkeys(reading.formats)
    return tuple(found)


def transaction_rules(columns: Mapping[str, str], prefix: str | None, codes: Sequence[str]) -> list[dict[str, Any]]:
    """The cleaning rules of transactions.

    Args:
        columns: canonical column -> header.
        prefix: first characters of the order ids of cancellations; empty for negative quantities, None for none.
        codes: product ids that are no products.

    Returns:
        The rules in the order of application.
    """
    rules: list[dict[str, Any]] = [{"rule": "unreadable_date"}, {"rule": "missing_customer_id"}]
    if {"order_id", "product_id", "quantity"} <= set(columns):
        rules.append({"rule": "duplicate"})
    if codes:
        rules.append({"rule": "non_product", "codes": [re.escape(code).replace("\\ ", " ") for code in codes]})
    if prefix is not None and {"order_id", "product_id", "quantity", "unit_price"} <= set(columns):
        rules.append({"rule": "cancellation", **({"prefix": prefix} if prefix else {})})
    if "amount" in columns:
        return [*rules, {"rule": "bad_amount"}]
    return [*rules, {"rule": "bad_quantity"}, {"rule": "bad_price"}]


def attribute_columns(roles: Roles, headers: Sequence[str]) -> dict[str, dict[str, str]]:
    """Attributes by a name of their own, each with its column and its kind.

    Args:
        roles: roles of the columns.
        headers: columns that describe the customers.

    Returns:
        Name -> column and kind.
    """
    found: dict[str, dict[str, str]] = {}
    reserved = {*CUSTOMER_FEATURES.names, *TRANSACTIONS.names, "segment"}
    for header in headers:
        profile = roles.columns.profiles[header]
        numeric = profile.is_number and profile.column.distinct > 10 and profile.leading_zeros < 0.3
        name = "_".join(words_of(header)) or f"column_{len(found) + 1}"
        while name in reserved or name in found:
            name += "_2" if name in found else "_of_customer"
        found[name] = {"column": header, "kind": "numeric" if numeric else "categorical"}
        if len(found) == MOST_ATTRIBUTES:
            break
    return found


def as_yaml(settings: Mapping[str, Any]) -> str:
    """The text of a data set file."""
    return HEAD + yaml.safe_dump(dict(settings), sort_keys=False, allow_unicode=True, width=120)
