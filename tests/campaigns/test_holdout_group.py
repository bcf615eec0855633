"""The global hold-out follows from the key and the id alone."""

import numpy as np
import pytest

from clientela.campaigns.holdout_group import in_holdout
from clientela.settings import HoldoutSettings

IDS = [str(number) for number in range(20_000)]


def held_out(share: float = 0.05, key: str = "shop", ids=IDS) -> np.ndarray:
    return in_holdout(ids, HoldoutSettings(share=share, key=key))


@pytest.mark.parametrize("share", [0.0, 0.02, 0.05, 0.2])
def test_the_share_is_that_of_the_settings(share):
    assert held_out(share).mean() == pytest.approx(share, abs=0.005)


def test_a_customer_stays_whoever_else_there_is():
    alone = [bool(held_out(ids=[one])[0]) for one in IDS[:300]]
    assert alone == held_out()[:300].tolist()


def test_a_larger_share_keeps_the_customers():
    assert (held_out(0.1) | ~held_out(0.05)).all()


def test_another_key_draws_another_group():
    both = held_out(0.1) & held_out(0.1, key="another")
    assert both.mean() == pytest.approx(0.01, abs=0.004)


def test_the_group_is_the_same_in_every_release():
    # A change would contact customers who have been held out for months.
    assert np.flatnonzero(held_out()[:200]).tolist() == [23, 108, 139, 163, 170, 197]
