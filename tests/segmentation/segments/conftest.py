"""Segments made from ranks of their median customer, and from figures of their customers."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from clientela.features.profile import Profile
from clientela.segmentation.segments.naming_rules import ALIASES, NamingBook, Portrait, make_book
from clientela.settings import FEATURES, NamingSettings

CONF = Path(__file__).resolve().parents[3] / "conf" / "segment_names.yaml"
# A customer in the middle: gap of 60 days between orders.
MIDDLE = {
    **dict.fromkeys(FEATURES, 1.0),
    "days_since_last_purchase": 45.0,
    "order_count": 3.0,
    "total_spend": 100.0,
    "tenure_days": 400.0,
    "mean_days_between_orders": 60.0,
    "mean_item_price": 10.0,
    "items_per_order": 4.0,
    "products_per_order": 2.0,
    "spend_trend": 0.0,
    **dict.fromkeys(("return_share", "weekend_share", "evening_share", "holiday_share"), 0.2),
}


@pytest.fixture(scope="session")
def naming() -> NamingSettings:
    """conf/segment_names.yaml."""
    return NamingSettings.model_validate(yaml.safe_load(CONF.read_text(encoding="utf-8")))


def population(without: tuple[str, ...] = ()) -> pd.DataFrame:
    """Customers in the middle, as many as the typical gap needs."""
    features = pd.DataFrame([MIDDLE] * 40).assign(**dict.fromkeys(without, np.nan))
    features.insert(0, "customer_id", [str(row) for row in range(40)])
    return features


@pytest.fixture(scope="session")
def books(naming: NamingSettings) -> Callable[..., NamingBook]:
    """The rules of the settings, for a shop whose customers are in the middle; `without` features."""
    known: dict[tuple[str, ...], NamingBook] = {}

    def book(without: tuple[str, ...] = ()) -> NamingBook:
        if without not in known:
            known[without] = make_book(naming, population(without), currency="GBP")
        return known[without]

    return book


@pytest.fixture(scope="session")
def book(books: Callable[..., NamingBook]) -> NamingBook:
    return books()


@pytest.fixture(scope="session")
def portrait() -> Callable[..., Portrait]:
    """A segment of ten customers by ranks of its median customer (recency, frequency, spend, a feature).

    All other ranks are 0.5. `figures` are values of all its customers, or one value for each; all others are those of
    the customer in the middle.
    """

    def make(
        *,
        id: int = 1,
        rank: int | None = None,
        without: tuple[str, ...] = (),
        figures: Mapping[str, Any] | None = None,
        **quantities: float,
    ) -> Portrait:
        named = {ALIASES.get(name, name): value for name, value in quantities.items()}
        if "recency" in named:
            named["days_since_last_purchase"] = 1 - named.pop("recency")
        assert set(named) <= set(FEATURES)
        ranks = {name: named.get(name, 0.5) for name in FEATURES if name not in without}
        customers = pd.DataFrame(MIDDLE, index=range(10)).assign(rank_of_total_spend=ranks.get("total_spend", 0.5))
        customers = customers.assign(**{**(figures or {}), **dict.fromkeys(without, np.nan)}).astype(float)
        profile = Profile(
            id=id,
            rank=id if rank is None else rank,
            customers=10,
            customer_share=0.1,
            spend=1_000.0,
            spend_share=0.1,
            mean_spend=100.0,
            medians={name: float(customers[name].median()) for name in ranks},
            quartiles=dict.fromkeys(ranks, (0.5, 1.5)),
            ranks=ranks,
            effects=dict.fromkeys(ranks, 0.0),
        )
        return Portrait(profile, customers)

    return make
