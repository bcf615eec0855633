"""Profiles made from quantities: how far a segment's median customer stands above all customers, in [0, 1]."""

from collections.abc import Callable

import pytest

from clientela.segments.naming import ALIASES
from clientela.segments.profile import Profile
from clientela.settings import FEATURES


@pytest.fixture(scope="session")
def profile() -> Callable[..., Profile]:
    """A profile of the quantities given (recency, frequency, spend, or a feature); all others are 0.5."""

    def make(*, id: int = 1, without: tuple[str, ...] = (), **quantities: float) -> Profile:
        named = {ALIASES.get(name, name): value for name, value in quantities.items()}
        if "recency" in named:
            named["days_since_last_purchase"] = 1 - named.pop("recency")
        assert set(named) <= set(FEATURES)
        ranks = {name: named.get(name, 0.5) for name in FEATURES if name not in without}
        return Profile(
            id=id,
            customers=10,
            customer_share=0.1,
            spend_share=0.1,
            mean_spend=100.0,
            medians=dict.fromkeys(ranks, 1.0),
            ranks=ranks,
        )

    return make
