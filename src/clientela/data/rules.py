"""The cleaning rules of transactions: their names, definitions and SQL predicates."""

from collections.abc import Sequence
from dataclasses import dataclass

from clientela.data.expressions import quoted_text

DEFINITIONS = {
    "unreadable_date": "date missing or unreadable",
    "missing_customer_id": "customer id missing",
    "bad_debt": "bookkeeping entry for a bad debt",
    "duplicate": "exact duplicate of another row",
    "non_product": "not a product: postage, fees, samples, manual entries",
    "cancellation": "cancellation, matched to the purchase that it cancels",
    "cancellation_unmatched": "cancellation of a purchase that is not in the data",
    "bad_quantity": "quantity missing, zero or negative",
    "bad_price": "unit price missing, zero or negative, or an amount of zero or too large to store",
    "bad_amount": "amount missing, zero or negative",
    "cancelled_purchase": "cancelled purchase: row removed if cancelled in full, amount reduced if in part",
}


@dataclass(frozen=True)
class Rule:
    """One cleaning rule.

    Attributes:
        name: name of the rule, a key of DEFINITIONS.
        codes: for non_product: regular expressions that match a whole product id.
        prefix: for bad_debt and cancellation: first characters of the order id.

    >>> Rule("cancellation", prefix="C").predicate
    "starts_with(order_id, 'C')"
    """

    name: str
    codes: Sequence[str] = ()
    prefix: str = ""

    @property
    def predicate(self) -> str:
        """SQL predicate over the staged rows; true for rows that the rule drops."""
        by_prefix = f"starts_with(order_id, {quoted_text(self.prefix)})"
        return {
            "unreadable_date": "ordered_at is null",
            "missing_customer_id": "customer_id is null",
            "bad_debt": by_prefix,
            "duplicate": "copy_number > 1",
            "non_product": f"regexp_full_match(product_id, {quoted_text('|'.join(self.codes))})",
            "cancellation": by_prefix if self.prefix else "quantity < 0",
            "bad_quantity": "quantity is null or quantity <= 0",
            "bad_price": "unit_price is null or unit_price <= 0 or (quantity > 0 and coalesce(amount, 0) = 0)",
            "bad_amount": "amount is null or amount <= 0",
        }[self.name]
