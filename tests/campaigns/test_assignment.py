"""The assignment of a campaign: shares, strata, hold-out, exclusions, and a ledger that adds up."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from clientela.campaigns.assignment import Draw, Target, assign, count_arms, ledger_by_segment
from clientela.campaigns.campaign import ASSIGNMENT
from clientela.campaigns.inputs import inputs_digest
from clientela.exports.treatment import CONTROL, TREATMENT

from .test_campaigns import SETTINGS

START = date(2024, 9, 1)


def target(size: int = 4000) -> Target:
    """Customers of the segments A, B and C, half of them without recent spend."""
    rng = np.random.default_rng(3)
    ids = pd.Index([f"{number:05}" for number in range(size)], name="customer_id")
    groups = np.array(["A", "B", "C"], dtype=object)[rng.choice(3, size, p=[0.6, 0.3, 0.1])]
    return Target(ids, groups, np.where(rng.random(size) < 0.5, 0.0, rng.gamma(1, 100, size)))


def draw(name: str = "spring", **given) -> Draw:
    return Draw(**{"name": name, "start": START, "control": 0.1, "seed": 0, **given})


def nobody(customers: Target) -> tuple[np.ndarray, np.ndarray]:
    size = len(customers.customers)
    return np.zeros(size, dtype=bool), np.full(size, None, dtype=object)


@pytest.mark.parametrize("control", [0.07, 0.1, 0.33, 0.5, 0.9])
def test_the_control_share_holds_in_every_segment(control):
    customers = target()
    frame = assign(customers, *nobody(customers), draw(control=control))
    for _, part in frame.groupby("segment"):
        assert (part["arm"] == CONTROL).mean() == pytest.approx(control, abs=0.01)


def test_arms_have_the_same_recent_spend_more_closely_than_by_chance():
    customers = target()
    frame = assign(customers, *nobody(customers), draw()).assign(spend=customers.spend)
    means = frame.groupby(["segment", "arm"])["spend"].mean().unstack()
    sizes = frame.groupby("segment").size()
    chance = frame.groupby("segment")["spend"].std() / np.sqrt(0.1 * 0.9 * sizes)
    assert ((means[CONTROL] - means[TREATMENT]).abs() < 0.6 * chance).all()


def test_each_customer_is_control_with_the_same_probability():
    # 40 customers of one segment with different spend: the parts must not favour the first or the last.
    ids = pd.Index([f"{number:02}" for number in range(40)])
    customers = Target(ids, np.full(40, "A", dtype=object), np.arange(40.0))
    drawn = [assign(customers, *nobody(customers), draw(seed=seed))["arm"] == CONTROL for seed in range(600)]
    shares = np.mean(drawn, axis=0)
    assert shares.mean() == pytest.approx(0.1, abs=0.002)
    assert np.abs(shares - 0.1).max() < 4.5 * np.sqrt(0.09 / 600)


def test_everybody_is_in_one_arm_and_the_ledger_adds_up():
    customers = target()
    held_out = np.arange(4000) % 20 == 0
    reasons = np.where(np.arange(4000) % 3 == 0, "no_consent", None).astype(object)
    frame = assign(customers, held_out, reasons, draw())
    ledger = count_arms(frame)
    assert tuple(frame.columns) == ASSIGNMENT
    assert sum(ledger.values()) == len(frame) == 4000
    # Who is held out and has given no consent counts once, in the hold-out.
    assert (ledger["holdout"], ledger["no_consent"]) == (200, 1334 - 67)
    assert (frame.loc[held_out, "arm"] == "holdout").all()
    assert frame.loc[held_out, "reason"].isna().all()
    by_segment = ledger_by_segment(frame)
    assert by_segment.drop(columns=["segment", "customers"]).sum().to_dict() == ledger
    assert by_segment["customers"].is_monotonic_decreasing


def test_another_campaign_has_another_control_group():
    customers = target()
    one, other = (assign(customers, *nobody(customers), draw(name))["arm"] == CONTROL for name in ("one", "other"))
    assert (one & other).mean() == pytest.approx(0.01, abs=0.006)


def test_the_same_inputs_give_the_same_assignment():
    customers = target()
    first, again = (assign(customers, *nobody(customers), draw()) for _ in range(2))
    pd.testing.assert_frame_equal(first, again)


class TestDigest:
    @pytest.fixture
    def contact(self):
        customers = target().customers
        return pd.DataFrame({"consent": True, "last_contact": pd.NaT}, index=customers)

    def test_the_same_inputs_have_the_same_digest(self, contact):
        first, again = (inputs_digest(target(), contact, draw(), SETTINGS, days=90, action="") for _ in range(2))
        assert first == again

    def test_every_input_counts(self, contact):
        def digest(target_=None, contact_=contact, draw_=None, settings=SETTINGS, days=90, action=""):
            return inputs_digest(target_ or target(), contact_, draw_ or draw(), settings, days=days, action=action)

        customers = target()
        moved = Target(customers.customers, customers.groups[::-1].copy(), customers.spend)
        spent = Target(customers.customers, customers.groups, customers.spend + 1)
        refused = contact.assign(consent=np.arange(4000) > 0)
        holdout = SETTINGS.model_copy(update={"holdout": SETTINGS.holdout.model_copy(update={"share": 0.06})})
        others = [
            digest(moved), digest(spent), digest(contact_=refused), digest(draw_=draw("other")),
            digest(draw_=draw(control=0.2)), digest(draw_=draw(seed=1)), digest(draw_=draw(start=date(2024, 9, 2))),
            digest(settings=holdout), digest(days=91), digest(action="coupon"),
            digest(settings=SETTINGS.model_copy(update={"days_between_contacts": 15})),
            digest(settings=SETTINGS.model_copy(update={"exclude_running": False})),
        ]  # fmt: skip
        assert len({digest(), *others}) == 1 + len(others)
