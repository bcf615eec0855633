"""Columns of a data set of the kind `customers`: a table with one row per customer instead of transactions."""

from collections.abc import Mapping

CUSTOMER_COLUMNS = ("customer_id", "first_purchase", "last_purchase", "order_count", "total_spend")
SUMMED_COLUMNS = ("order_count", "total_spend")  # may be the sum of several columns


def check_customer_columns(
    columns: Mapping[str, str | tuple[str, ...]], *, has_attributes: bool, has_rules: bool
) -> None:
    """Check the mapping of a table with one row per customer.

    Args:
        columns: canonical column -> column, or columns that are added, of the source.
        has_attributes: whether the data set has attributes.
        has_rules: whether the data set lists cleaning rules.

    Raises:
        ValueError: a column is unknown or missing, nothing describes the customers, or there are cleaning rules.
    """
    if unknown := sorted(set(columns) - set(CUSTOMER_COLUMNS)):
        raise ValueError(
            f"columns maps {unknown}; the canonical columns of kind: customers are {list(CUSTOMER_COLUMNS)}, and "
            "everything else is an attribute"
        )
    if "customer_id" not in columns:
        raise ValueError("columns must map customer_id")
    if len(columns) == 1 and not has_attributes:
        raise ValueError("kind: customers needs attributes, or further columns beside customer_id")
    if has_rules:
        raise ValueError("cleaning must be left out with kind: customers, whose rules are fixed")
