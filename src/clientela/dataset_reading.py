"""What the settings of a data set mean for reading and cleaning its source."""

from collections.abc import Iterator
from typing import Literal

from clientela.data.attributes import Attribute
from clientela.data.reading import FileFormat, Join, Reading, RowFilter
from clientela.data.rules import Rule, with_implied_rules
from clientela.data.staging import TEXTS
from clientela.data.withheld import UsedColumns
from clientela.dataset_privacy import privacy_of
from clientela.settings import DatasetSettings
from clientela.settings.reading import EmptyFilter, Filters, JoinSettings


def cleaning_rules(dataset: DatasetSettings) -> list[Rule]:
    """The cleaning rules of a data set, with those that apply to every data set."""
    listed = [Rule(rule.rule, rule.codes, rule.prefix) for rule in dataset.cleaning]
    has_amount = "amount" in dataset.transaction_columns
    return with_implied_rules(listed, has_amount=has_amount, net_refunds=dataset.refunds == "net")


def file_format_of(dataset: DatasetSettings) -> FileFormat:
    """How the file of a data set is opened, from its settings."""
    joined = {column for join in dataset.joins for column in join.columns or ()}
    mapped = [column for columns in dataset.summed_columns.values() for column in columns]
    if dataset.kind == "customers":
        mapped += [attribute.column for attribute in dataset.attribute_columns.values()]
    needed = [*mapped, *dataset.keep, *dataset.drop]
    return FileFormat(
        encoding=dataset.encoding,
        delimiter=dataset.delimiter,
        sheets=dataset.sheets,
        skip_rows=dataset.skip_rows,
        has_header=dataset.has_header,
        needed=() if dataset.joins and not joined else tuple(name for name in needed if name not in joined),
        largest_unpacked_mb=dataset.largest_unpacked_mb or FileFormat.largest_unpacked_mb,
        query_seconds=dataset.query_seconds or FileFormat.query_seconds,
    )


def reading_of(dataset: DatasetSettings) -> Reading:
    """How the values and rows of a data set's source are read, from its settings."""
    return Reading(
        decimal=dataset.decimal,
        thousands=dataset.thousands,
        time_formats=dataset.timestamp_format or (),
        timezone=dataset.timezone,
        plausible_dates=dataset.plausible_dates,
        null_words=tuple(word.strip().lower() for word in dataset.null_words or ()),
        largest_unreadable_share=dataset.largest_unreadable_share,
        amount_is=dataset.amount_is,
        without_order_id=dataset.without_order_id,
        filters=(*_row_filters("keep", dataset.keep), *_row_filters("drop", dataset.drop)),
        joins=tuple(
            Join(join.source, join.keys, join.columns, join.optional, _format_of_join(join)) for join in dataset.joins
        ),
        privacy=privacy_of(dataset),
    )


def _format_of_join(join: JoinSettings) -> FileFormat:
    return FileFormat(encoding=join.encoding, delimiter=join.delimiter, sheets=join.sheets, skip_rows=join.skip_rows)


def _row_filters(action: Literal["keep", "drop"], filters: Filters) -> Iterator[RowFilter]:
    for column, match in filters.items():
        if isinstance(match, EmptyFilter):
            yield RowFilter(column, action, empty=match.empty)
        else:
            yield RowFilter(column, action, match)


def used_columns(dataset: DatasetSettings) -> UsedColumns:
    """What the columns of a data set's source are used for."""
    columns = dataset.transaction_columns
    if dataset.kind == "customers":
        columns = {"customer_id": dataset.summed_columns["customer_id"][0]}
    own = dataset.attributes is None or dataset.attributes.source is None
    attributes = list(dataset.attribute_columns.values()) if own else []
    texts = [columns[name] for name in TEXTS if name in columns]
    texts += [attribute.column for attribute in attributes if attribute.kind == "categorical"]
    numbers = [column for name, summed in dataset.summed_columns.items() if name != "customer_id" for column in summed]
    ids = [columns[name] for name in ("order_id",) if name in columns]
    contact = dataset.contact if dataset.contact and dataset.contact.source is None else None
    flags = (contact.consent, contact.do_not_contact, contact.last_contact) if contact else ()
    numbers += [flag.column for flag in flags if flag]
    others = {*numbers, *(attribute.column for attribute in attributes), *dataset.keep, *dataset.drop} - {*texts, *ids}
    return UsedColumns(
        columns.get("customer_id"),
        ids=ids,
        texts=list(dict.fromkeys(texts)),
        codes=[columns["product_id"]] if "product_id" in columns else [],
        others=sorted(others),
    )


def attributes_of(dataset: DatasetSettings) -> list[Attribute]:
    """The attributes that a data set describes."""
    return [
        Attribute(name, column.column, column.kind, column.range) for name, column in dataset.attribute_columns.items()
    ]
