"""New customers: counted in every segment, and named in its action."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypedDict

import pandas as pd

from clientela.reporting.words import Words
from clientela.segmentation.segments.naming_rules import Name
from clientela.settings.naming import NewCustomers


class NewCustomersData(TypedDict):
    """Who is a new customer (first order within `days`), and what to do with one, by language."""

    days: int
    action: dict[str, str]


def with_new_customers(name: Name, customers: pd.DataFrame, settings: NewCustomers, words: Mapping[str, Words]) -> Name:
    """The name with the number of its new customers, and an action that tells them apart.

    The action of a segment whose description says that the first orders are recent is left as it is.

    Args:
        name: texts of the segment.
        customers: features of its customers.
        settings: who is a new customer, and the sentences.
        words: language -> formats of numbers.

    Returns:
        The texts.
    """
    count = int((customers["tenure_days"] <= settings.days).sum())
    if not count or any(claim.figure == "tenure_days" and claim.high is not None for claim in name.claims):
        return replace(name, new_customers=count)
    sentence = settings.one if count == 1 else settings.other
    action = {
        language: f"{text} {sentence[language].format(customers=words[language].number(count), days=settings.days)}"
        for language, text in name.action.items()
    }
    return replace(name, action=action, advice=name.action, new_customers=count)


def new_customers_data(settings: NewCustomers) -> NewCustomersData:
    """The settings as plain data, as a version keeps them."""
    action = {language: text.format(days=settings.days) for language, text in settings.customer.items()}
    return {"days": settings.days, "action": action}
