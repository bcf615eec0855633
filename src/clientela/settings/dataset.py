"""conf/datasets/*.yaml: the source of a data set, its columns, its cleaning rules and the features of its fit.

What is known of its customers beyond their purchases (attributes, events of other sources) is described there too.
"""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from clientela.contracts import CUSTOMER_FEATURES, LANGUAGES, TRANSACTIONS
from clientela.settings.attributes import AttributeColumn, AttributeSettings, CustomerTableSettings
from clientela.settings.base import Frozen, Share
from clientela.settings.churn import ChurnOfDataset
from clientela.settings.cleaning import RULE_COLUMNS, CleaningRule
from clientela.settings.contact import ContactSettings
from clientela.settings.customer_columns import SUMMED_COLUMNS, check_customer_columns
from clientela.settings.personas import PersonaSettings
from clientela.settings.privacy import PrivacySettings
from clientela.settings.quality import QualityOfDataset
from clientela.settings.reading import ReadingSettings
from clientela.settings.sources import EventSourceSettings

FEATURES = CUSTOMER_FEATURES.names[1:]


class FitFeature(Frozen):
    """The preparation of a feature for the fit: a transform, caps at two quantiles, standardising, a weight.

    The transform `auto` is `log` if the values are not negative and their tail is long, otherwise `none`.
    """

    transform: Literal["none", "log", "yeo-johnson", "auto"] = "none"
    cap: tuple[Share, Share] = (0.01, 0.99)
    standardise: bool = True
    weight: Annotated[float, Field(gt=0)] = 1.0

    @model_validator(mode="after")
    def _caps_in_order(self) -> Self:
        if self.cap[0] >= self.cap[1]:
            raise ValueError(f"cap must be two rising quantiles; got {self.cap}")
        return self


class DatasetSettings(ReadingSettings):
    """conf/datasets/*.yaml: the source of a data set, its columns and its cleaning rules."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9_\-]+$")]
    title: str
    kind: Literal["transactions", "customers"] = "transactions"
    homepage: str = ""
    licence: str = ""
    currency: str = ""
    columns: dict[str, str | tuple[str, ...]]
    as_of: date | None = None
    attributes: AttributeSettings | None = None
    sources: dict[Annotated[str, Field(pattern=r"^[a-z0-9_]+$")], EventSourceSettings] = Field(default_factory=dict)
    customers: CustomerTableSettings | None = None
    contact: ContactSettings | None = None
    churn: ChurnOfDataset | None = None
    cleaning: tuple[CleaningRule, ...] = ()
    fit: dict[str, FitFeature] | None = None
    personas: tuple[PersonaSettings, ...] = ()
    quality: QualityOfDataset = QualityOfDataset()
    privacy: PrivacySettings | None = None
    not_identifiers: tuple[str, ...] = ()

    @property
    def has_pseudonyms(self) -> bool:
        """Whether customers and orders have pseudonyms; no run then shows examples of orders or of customers."""
        return self.privacy is not None and self.privacy.pseudonyms

    @property
    def smallest_group(self) -> int:
        """Number of customers below which a report shows no figures of a group."""
        return 1 if self.privacy is None else self.privacy.smallest_group

    @property
    def transaction_columns(self) -> dict[str, str]:
        """Canonical column of the transactions -> column of the source."""
        return {name: column for name, column in self.columns.items() if isinstance(column, str)}

    @property
    def summed_columns(self) -> dict[str, tuple[str, ...]]:
        """Canonical column of a table of customers -> the columns of the source that are added."""
        return {name: (column,) if isinstance(column, str) else column for name, column in self.columns.items()}

    @property
    def attribute_columns(self) -> dict[str, AttributeColumn]:
        """Attributes of the customers by name; empty without any."""
        return self.attributes.columns if self.attributes else {}

    @property
    def contact_source(self) -> tuple[str | None, str | None]:
        """Path and id column of the table that says whom to contact: its own, or that of the attributes.

        Without a path, the columns are in the transactions.
        """
        table = self.contact if self.contact and self.contact.source else self.attributes
        return (table.source, table.customer_id) if table and table.source else (None, None)

    @property
    def own_features(self) -> list[str]:
        """Names of the attributes and of the event features, which a fit may use beside the customer features."""
        return [*self.attribute_columns, *(name for source in self.sources.values() for name in source.features)]

    @property
    def labels(self) -> dict[str, Mapping[str, str]]:
        """Attribute or event feature -> label by language, and `unit: share` for a share."""
        given = {name: column.label for name, column in self.attribute_columns.items()}
        given |= {name: one.label for source in self.sources.values() for name, one in source.features.items()}
        units = {
            name: {"unit": "share"}
            for source in self.sources.values()
            for name, one in source.features.items()
            if one.aggregate.endswith("_share")
        }
        return {
            name: {**(label or dict.fromkeys(LANGUAGES, name.replace("_", " "))), **units.get(name, {})}
            for name, label in given.items()
        }

    @property
    def levels(self) -> dict[str, Mapping[str, Sequence[str]]]:
        """Attribute -> language -> words for low, medium and high values, for attributes that have such words."""
        return {name: column.levels for name, column in self.attribute_columns.items() if column.levels}

    @property
    def has_rfm(self) -> bool:
        """Whether recency, frequency and monetary value are known; a table of customers may lack them."""
        return self.kind == "transactions" or set(self.columns) >= {"last_purchase", "order_count", "total_spend"}

    @model_validator(mode="after")
    def _features_have_one_meaning(self) -> Self:
        names = [*FEATURES, *self.own_features]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(
                "attributes and features of sources must have names of their own, different from each other and from "
                f"those of the customer features; got {twice} twice"
            )
        return self

    @model_validator(mode="after")
    def _personas_claim_what_the_fit_knows(self) -> Self:
        own = set(self.own_features) & set(self.fit or {})
        for persona in self.personas:
            if unknown := sorted(persona.claimed_features - {*FEATURES, *own}):
                raise ValueError(
                    f"the claims of the persona {persona.id} must be on customer features, or on features of the data "
                    f"set that its fit uses: {sorted(own)}; got {unknown}"
                )
        ids = [persona.id for persona in self.personas]
        if twice := sorted({id_ for id_ in ids if ids.count(id_) > 1}):
            raise ValueError(f"personas must have different ids; {twice} occur more than once")
        return self

    @model_validator(mode="after")
    def _columns_of_customers(self) -> Self:
        if self.kind == "customers":
            check_customer_columns(self.columns, has_attributes=bool(self.attributes), has_rules=bool(self.cleaning))
        return self

    @model_validator(mode="after")
    def _only_sums_have_several_columns(self) -> Self:
        for name, column in self.columns.items():
            summed = self.kind == "customers" and name in SUMMED_COLUMNS
            if not isinstance(column, str) and (not summed or not column):
                raise ValueError(f"{name} must map one column; got {list(column)}")
        return self

    @model_validator(mode="after")
    def _as_of_is_for_tables_without_dates(self) -> Self:
        if self.as_of and (self.kind != "customers" or "last_purchase" in self.columns):
            raise ValueError(
                "as_of is for kind: customers without last_purchase; otherwise the as-of date is the day after the "
                f"last purchase, or the option as_of of the command; got {self.as_of}"
            )
        return self

    @model_validator(mode="after")
    def _columns_are_canonical(self) -> Self:
        if self.kind != "transactions":
            return self
        known = set(TRANSACTIONS.names) - {"line_id"}
        if unknown := sorted(set(self.columns) - known):
            close = difflib.get_close_matches(unknown[0], known, n=1)
            meant = f" Did you mean {close[0]!r}?" if close else ""
            raise ValueError(f"columns maps {unknown}; the canonical columns are {sorted(known)}.{meant}")
        if missing := {"customer_id", "ordered_at"} - set(self.columns):
            raise ValueError(f"columns must map {sorted(missing)}")
        if "amount" not in self.columns and not {"quantity", "unit_price"} <= set(self.columns):
            raise ValueError("columns must map amount, or quantity and unit_price")
        return self

    @model_validator(mode="after")
    def _attributes_go_by_the_same_id(self) -> Self:
        if self.attributes and not self.attributes.source:
            ours = self.columns.get("customer_id")
            if self.attributes.customer_id not in (None, ours):
                raise ValueError(
                    "attributes without a source are columns of the transactions' source, whose customer_id is "
                    f"{ours}; got {self.attributes.customer_id}"
                )
        return self

    @model_validator(mode="after")
    def _cleaning_keeps_the_contract(self) -> Self:
        if self.kind != "transactions":
            return self
        listed = [rule.rule for rule in self.cleaning]
        if twice := sorted({rule for rule in listed if listed.count(rule) > 1}):
            raise ValueError(f"cleaning must list a rule once; {twice} occur more than once")
        needed = {"unreadable_date", "missing_customer_id"}
        needed |= {"bad_amount"} if "amount" in self.columns else {"bad_quantity", "bad_price"}
        if missing := needed - set(listed):
            raise ValueError(f"cleaning must list {sorted(missing)}, or the transactions would break their contract")
        for rule in self.cleaning:
            if lacking := RULE_COLUMNS.get(rule.rule, set()) - set(self.columns):
                raise ValueError(f"the rule {rule.rule} needs the columns {sorted(lacking)}")
        return self


def check_features(fit: dict[str, FitFeature], *, own: Iterable[str] = ()) -> None:
    """Raise ValueError if `fit` is empty or names a feature that neither the contract nor the data set has.

    Args:
        fit: features of the fit.
        own: attributes and event features of the data set.
    """
    if not fit:
        raise ValueError("fit must name at least one feature")
    known = {*FEATURES, *own}
    if unknown := sorted(set(fit) - known):
        raise ValueError(f"fit names {unknown}; the features are {sorted(known)}")
