"""The data dictionary in Markdown, written from the contracts."""

from clientela.contracts import (
    CANCELLATIONS,
    CHURN_FEATURES,
    CHURN_SERVICES,
    CUSTOMER_FEATURES,
    CUSTOMERS,
    LEDGER,
    SEGMENTS,
    TRANSACTIONS,
    Contract,
)
from clientela.export_contracts import EXPORTED

HEAD = """# Data dictionary

This page is generated from `src/clientela/contracts.py` and `src/clientela/export_contracts.py` by
`python -m clientela.reporting.dictionary > docs/data-dictionary.md`. *Currency* is the currency of the data set.

Sensitivity: *identifier* columns identify a customer, an order or a person; *personal* ones say something about one
customer; *business* ones do not. Every comparison logs the same dictionary as `data-dictionary.html` and
`data-dictionary.xlsx`, with the ranges and the shares of missing values of its data.
"""
CHURN = Contract(
    CHURN_FEATURES.name, CHURN_FEATURES.grain, CHURN_FEATURES.columns + CHURN_SERVICES, origin=CHURN_FEATURES.origin
)
CONTRACTS = (TRANSACTIONS, CANCELLATIONS, LEDGER, CUSTOMER_FEATURES, SEGMENTS, CUSTOMERS, CHURN, *EXPORTED)


def data_dictionary() -> str:
    """Markdown: every contract with its grain, origin and columns."""
    return "\n".join([HEAD, *(_section(contract) for contract in CONTRACTS)])


def _section(contract: Contract) -> str:
    rows = []
    for column in contract.columns:
        definition = column.definition if column.required else f"{column.definition} (may be null)"
        sensitivity = contract.sensitivity_of(column)
        rows.append(f"| `{column.name}` | {column.type} | {column.unit} | {definition} | {sensitivity} |")
    head = ["| column | type | unit | meaning | sensitivity |", "|--------|------|------|---------|-------------|"]
    table = "\n".join([*head, *rows])
    return f"## {contract.name}\n\nOne row: {contract.grain}. Origin: {contract.origin}.\n\n{table}\n"


if __name__ == "__main__":
    import sys

    sys.stdout.write(data_dictionary())
