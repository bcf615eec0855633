"""The cleaning rules of transactions: their names, definitions and SQL predicates."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from clientela.data.expressions import quoted_text
from clientela.data.filters import filter_text
from clientela.data.reading import RowFilter

DEFINITIONS = {
    "unreadable_date": "date missing or unreadable",
    "implausible_date": "date too early, or far after all others",
    "missing_customer_id": "customer id missing, or a word that stands for none",
    "bad_debt": "bookkeeping entry for a bad debt",
    "duplicate": "exact duplicate of another row",
    "non_product": "not a product: postage, fees, samples, manual entries",
    "cancellation": "cancellation, matched to the purchase that it cancels",
    "cancellation_unmatched": "cancellation of a purchase that is not in the data",
    "unreadable_amount": "amount, quantity or unit price that is not a number",
    "refund": "negative amount, deducted from earlier purchases of the customer",
    "refund_unmatched": "negative amount of a customer without earlier purchases",
    "bad_quantity": "quantity missing, zero or negative",
    "bad_price": "unit price missing, zero or negative, or an amount of zero or too large to store",
    "bad_amount": "amount missing, zero or negative",
    "cancelled_purchase": "cancelled purchase: row removed if cancelled in full, amount reduced if in part",
}
# The last steps of the ledger, which count no rows of the source but what became of cancellations and refunds.
MATCHED = ("cancellation", "refund")


@dataclass(frozen=True)
class Rule:
    """One cleaning rule.

    Attributes:
        name: name of the rule, a key of DEFINITIONS, or the name of a row filter or of a join.
        codes: for non_product: regular expressions that match a whole product id.
        prefix: for bad_debt and cancellation: first characters of the order id.
        dates: for implausible_date: first and last plausible date; None for no limit.
        definition: what the rule drops; empty for the text of DEFINITIONS.
        condition: SQL predicate of a row filter or of a join; empty for the rules of DEFINITIONS.

    >>> Rule("cancellation", prefix="C").predicate
    "starts_with(order_id, 'C')"
    """

    name: str
    codes: Sequence[str] = ()
    prefix: str = ""
    dates: tuple[date | None, date | None] = (None, None)
    definition: str = ""
    condition: str = ""

    @property
    def predicate(self) -> str:
        """SQL predicate over the staged rows; true for rows that the rule drops."""
        if self.condition:
            return self.condition
        by_prefix = f"starts_with(order_id, {quoted_text(self.prefix)})"
        return {
            "unreadable_date": "ordered_at is null",
            "implausible_date": self._outside,
            "missing_customer_id": "customer_id is null",
            "bad_debt": by_prefix,
            "duplicate": "copy_number > 1",
            "non_product": f"regexp_full_match(product_id, {quoted_text('|'.join(self.codes))})",
            "cancellation": by_prefix if self.prefix else "quantity < 0",
            "unreadable_amount": "unreadable_amount is not null",
            "refund": "amount < 0",
            "bad_quantity": "quantity is null or quantity <= 0",
            "bad_price": "unit_price is null or unit_price <= 0 or (quantity > 0 and coalesce(amount, 0) = 0)",
            "bad_amount": "amount is null or amount <= 0",
        }[self.name]

    @property
    def text(self) -> str:
        """What the rule drops, for the ledger."""
        return self.definition or DEFINITIONS[self.name]

    @property
    def _outside(self) -> str:
        first, last = self.dates
        conditions = [f"ordered_at < '{first}'::date"] if first else []
        conditions += [f"ordered_at >= '{last + timedelta(days=1)}'::date"] if last else []
        return " or ".join(conditions) or "false"


def filter_rules(filters: Sequence[RowFilter]) -> list[Rule]:
    """The rules of the row filters, whose conditions `stage` computes."""
    return [
        Rule(f"{each.action} {each.column}", definition=filter_text(each), condition=f"filter_{i}")
        for i, each in enumerate(filters)
    ]


def with_implied_rules(rules: Sequence[Rule], *, has_amount: bool, net_refunds: bool) -> list[Rule]:
    """The rules of a data set with those that always apply: implausible dates, unreadable amounts and refunds.

    Args:
        rules: rules that the data set lists, in order.
        has_amount: whether the source has amounts, and not only quantities and unit prices.
        net_refunds: whether negative amounts are deducted from earlier purchases.

    Returns:
        All rules. Rules that are added stand as late as possible: dates after unreadable dates, the others before the
        rules of money.

    >>> rules = [Rule("unreadable_date"), Rule("missing_customer_id"), Rule("bad_amount")]
    >>> [rule.name for rule in with_implied_rules(rules, has_amount=True, net_refunds=True)]
    ['unreadable_date', 'implausible_date', 'missing_customer_id', 'unreadable_amount', 'refund', 'bad_amount']
    """
    listed = {rule.name for rule in rules}
    money = ["unreadable_amount", *(["refund"] if has_amount and net_refunds else [])]
    implied = [Rule(name) for name in money if name not in listed]
    place = _first(rules, ("bad_quantity", "bad_price", "bad_amount"))
    complete = [*rules[:place], *implied, *rules[place:]]
    if "implausible_date" not in listed:
        complete.insert(_first(complete, ("unreadable_date",)) + 1, Rule("implausible_date"))
    return complete


def _first(rules: Sequence[Rule], names: Collection[str]) -> int:
    return next((i for i, rule in enumerate(rules) if rule.name in names), len(rules))
