"""The data dictionary, written from the contracts."""

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

HEAD = """# Data dictionary

This page is generated from `src/clientela/contracts.py` by
`python -m clientela.reporting.dictionary > docs/data-dictionary.md`. *Currency* is the currency of the data set.
"""


def data_dictionary() -> str:
    """Markdown: every contract with its grain and columns."""
    churn = Contract(CHURN_FEATURES.name, CHURN_FEATURES.grain, CHURN_FEATURES.columns + CHURN_SERVICES)
    contracts = (TRANSACTIONS, CANCELLATIONS, LEDGER, CUSTOMER_FEATURES, SEGMENTS, CUSTOMERS, churn)
    return "\n".join([HEAD, *(_section(contract) for contract in contracts)])


def _section(contract: Contract) -> str:
    rows = []
    for column in contract.columns:
        definition = column.definition if column.required else f"{column.definition} (may be null)"
        rows.append(f"| `{column.name}` | {column.type} | {column.unit} | {definition} |")
    table = "\n".join(["| column | type | unit | definition |", "|--------|------|------|------------|", *rows])
    return f"## {contract.name}\n\nOne row: {contract.grain}.\n\n{table}\n"


if __name__ == "__main__":
    import sys

    sys.stdout.write(data_dictionary())
