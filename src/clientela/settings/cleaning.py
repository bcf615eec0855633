"""The cleaning rules of a data set: their names, their values, and the columns that they need."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, model_validator

from clientela.settings.base import Frozen

# The columns that a rule needs beyond the two that every data set has.
RULE_COLUMNS = {
    "bad_debt": {"order_id"},
    "non_product": {"product_id"},
    "cancellation": {"order_id", "product_id", "quantity", "unit_price"},
    "bad_quantity": {"quantity"},
    "bad_price": {"unit_price"},
    "refund": {"amount"},
}


def _is_expression(code: str) -> str:
    try:
        re.compile(code)
    except re.error as error:
        raise ValueError(f"a code must be a regular expression ({error})") from None
    return code


class CleaningRule(Frozen):
    """One named rule of the cleaning; `codes` are regular expressions that a product id must match in full."""

    rule: Literal[
        "unreadable_date",
        "missing_customer_id",
        "implausible_date",
        "bad_debt",
        "duplicate",
        "non_product",
        "cancellation",
        "unreadable_amount",
        "refund",
        "bad_quantity",
        "bad_price",
        "bad_amount",
    ]
    codes: tuple[Annotated[str, AfterValidator(_is_expression)], ...] = ()
    prefix: str = ""

    @model_validator(mode="after")
    def _looks_for_something(self) -> Self:
        if self.rule == "bad_debt" and not self.prefix:
            raise ValueError("the rule bad_debt needs a prefix, or it would take every row")
        if self.rule == "non_product" and not self.codes:
            raise ValueError("the rule non_product needs codes, or it would take no row")
        return self
