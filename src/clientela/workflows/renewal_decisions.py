"""The decisions of a renewal: what each product needs, given the new data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import duckdb

from clientela import registry
from clientela.data.database import open_database
from clientela.errors import InvalidData
from clientela.loading import ShopData
from clientela.monitoring.decision import (
    PROMOTE,
    REFRESH,
    DataState,
    Decision,
    decide_by_age,
    decide_segments,
    without_new_data,
)
from clientela.request import RunRequest
from clientela.segmentation.registered import require_version
from clientela.settings import RenewalSettings, Settings
from clientela.shop import load_shop
from clientela.workflows.monitor import monitor_shop


@dataclass(frozen=True)
class Renewal:
    """A renewal: its request and settings, the registered model of each product, and messages of failed channels."""

    request: RunRequest
    settings: Settings
    renewal: RenewalSettings
    models: Mapping[str, str]
    failures: list[str] = field(default_factory=list)


def decide(renewal: Renewal) -> list[tuple[str, Decision, DataState]]:
    """Decide on each product that has a champion.

    Returns:
        Product, decision, and the data that it is about.

    Raises:
        ClientelaError: of the kinds in `clientela.errors`, such as data that cannot be read.
    """
    dataset = renewal.settings.dataset
    with open_database(dataset.memory_limit) as connection:
        data = load_shop(connection, renewal.settings, renewal.request)
        state = DataState(data.as_of, data.source.digest)
        found: list[tuple[str, Decision, DataState]] = []
        for product in renewal.renewal.products:
            champion = registry.champion_of(renewal.models[product], dataset=dataset.name)
            if champion is not None:
                built_from = DataState(date.fromisoformat(champion.tags["as_of"]), champion.tags["digest"])
                found.append((product, _decide_one(renewal, product, built_from, connection, data), state))
    return found


def _decide_one(
    renewal: Renewal, product: str, champion: DataState, connection: duckdb.DuckDBPyConnection, data: ShopData
) -> Decision:
    state = DataState(data.as_of, data.source.digest)
    if (decision := without_new_data(champion, state)) is not None:
        return decision
    if number := registered_version(renewal, product, state):
        return Decision(PROMOTE, (f"Version {number} of the same data is registered.",))
    if product != "segments":
        return decide_by_age(champion, state, days=1 if product == "insiders" else renewal.renewal.churn_days)
    version = require_version(renewal.models[product], dataset=renewal.settings.dataset.name)
    try:
        found = monitor_shop(connection, data, version, renewal.settings, renewal.request)
    except InvalidData as error:
        return Decision(REFRESH, (f"The data are new until {state.as_of}, and cannot be monitored: {error}",))
    renewal.failures.extend(found.failures)
    return decide_segments(found.result, refit_on=renewal.renewal.refit_on)


def registered_version(renewal: Renewal, product: str, state: DataState) -> str | None:
    """The challenger, if it was built from these data."""
    model = renewal.models[product]
    number = registry.read_aliases(model).get(registry.CHALLENGER)
    tags = registry.tags_of(model, number) if number else {}
    wanted = {"dataset": renewal.settings.dataset.name, "as_of": state.as_of.isoformat(), "digest": state.digest}
    return number if wanted.items() <= tags.items() else None
