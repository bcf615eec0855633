"""Profiles made from quantities: how far a segment's median customer stands above all customers, in [0, 1]."""

from collections.abc import Callable

import pytest

from clientela.features.profile import Profile
from clientela.segmentation.segments.naming import ALIASES
from clientela.settings import FEATURES
from clientela.settings.naming import MEDIANS


@pytest.fixture(scope="session")
def profile() -> Callable[..., Profile]:
    """A profile of the quantities given (recency, frequency, spend, a feature, a share's median).

    All other ranks are 0.5, all other medians 1.
    """

    def make(*, id: int = 1, rank: int | None = None, without: tuple[str, ...] = (), **quantities: float) -> Profile:
        medians = {name.removeprefix("median_"): quantities.pop(name) for name in MEDIANS if name in quantities}
        named = {ALIASES.get(name, name): value for name, value in quantities.items()}
        if "recency" in named:
            named["days_since_last_purchase"] = 1 - named.pop("recency")
        assert set(named) <= set(FEATURES)
        ranks = {name: named.get(name, 0.5) for name in FEATURES if name not in without}
        return Profile(
            id=id,
            rank=id if rank is None else rank,
            customers=10,
            customer_share=0.1,
            spend=1_000.0,
            spend_share=0.1,
            mean_spend=100.0,
            medians={name: medians.get(name, 1.0) for name in ranks},
            quartiles=dict.fromkeys(ranks, (0.5, 1.5)),
            ranks=ranks,
            effects=dict.fromkeys(ranks, 0.0),
        )

    return make
