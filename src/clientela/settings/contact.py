"""Whom a shop may contact: consent, blocks and last contacts, from columns of a table of customers."""

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from clientela.settings.base import Frozen

YES = ("true", "yes", "y", "on", "1", "t", "sim", "s", "x")
NO = ("false", "no", "n", "off", "0", "f")


def _as_texts(values: Any) -> Any:
    """Texts in lower case; YAML reads yes, on and true as one value, which stands for all of them."""
    if not isinstance(values, (list, tuple)):
        return values
    texts: list[str] = []
    for value in values:
        spelled = {True: YES, False: NO}[value] if isinstance(value, bool) else (str(value).strip().casefold(),)
        texts += [text for text in spelled if text not in texts]
    return tuple(texts)


class FlagColumn(Frozen):
    """A column that says yes or no; `values` are the texts that mean yes, in any case."""

    column: str
    values: Annotated[tuple[str, ...], BeforeValidator(_as_texts), Field(min_length=1)] = YES


class DateColumn(Frozen):
    """A column of dates; `format` is that of strptime, None for ISO dates such as 2024-09-01."""

    column: str
    format: str | None = None


class ContactSettings(Frozen):
    """Columns that say whom a campaign may contact; a customer without a row has given no consent.

    `source` is a table with one row per customer; without it, the columns are in that of the attributes, or in the
    transactions. `country` is the country of telephone numbers and addresses that have none (ISO 3166, two letters).
    """

    source: str | None = None
    customer_id: str | None = None
    consent: FlagColumn | None = None
    do_not_contact: FlagColumn | None = None
    last_contact: DateColumn | None = None
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None

    @model_validator(mode="after")
    def _table_has_an_id(self) -> Self:
        if bool(self.source) != bool(self.customer_id):
            raise ValueError("source and customer_id must be given together, or neither")
        return self
