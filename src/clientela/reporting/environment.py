"""The Jinja environment of the reports: templates, filters and functions that all share."""

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from clientela.contracts import CUSTOMER_FEATURES
from clientela.reporting.phrases import capitalized, ledger_rule, likelihood, reason_dropped, standing, times
from clientela.reporting.script import page_policy, page_script
from clientela.reporting.words import Words

FEATURES = tuple(column.name for column in CUSTOMER_FEATURES.columns if column.name != "customer_id")


def report_environment(words: Words, *, package: str) -> Environment:
    """Templates with the texts, filters and functions that all reports share."""
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader("clientela.reporting")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "page_policy": page_policy,
        "page_script": page_script,
        "t": words.html,
        "has_label": lambda feature: words.has(f"features.{feature}.label"),
        "count": words.count,
        "listed": words.listed,
        "dict_of_names": lambda rows: {row["id"]: words.pick(row["name"]) for row in rows},
    }
    environment.filters |= {
        "pick": words.pick,
        "capitalized": capitalized,
        "num": words.number,
        "pct": words.percent,
        "money": words.money,
        "money_short": words.money_short,
        "day": words.date,
        "label": words.label,
        "lift": lambda lift: likelihood(lift, words),
        "name_in": lambda id_, names: names.get(id_, str(id_)),
        "times": lambda ratio: times(ratio, words),
        "standing": lambda rank: standing(rank, words),
        "of_feature": lambda value, feature: words.value(feature, value),
        "ledger_rule": lambda row: ledger_rule(row, words),
        "dropped": lambda reason: reason_dropped(reason, words),
    }
    return environment
