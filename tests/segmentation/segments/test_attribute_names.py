"""Names made of attributes are true of most members."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from clientela.segmentation.segments.attribute_names import name_by_attributes

LABELS = {
    "income": {"en": "income", "pt-BR": "renda"},
    "score": {"en": "score", "pt-BR": "pontuação"},
    "gender": {"en": "gender", "pt-BR": "gênero"},
}
RNG = np.random.default_rng(0)


def customers(*groups, size=40):
    """Customers in groups of equal size, each around an income and a score."""
    ids = np.repeat(np.arange(1, len(groups) + 1), size)
    income, score = np.array(groups, dtype=float)[ids - 1].T
    noise = RNG.normal(0, 2, (2, len(ids)))
    return pd.DataFrame({"income": income + noise[0], "score": score + noise[1]}), ids


def names(frame, ids, **options):
    return name_by_attributes(frame, ids, columns=list(frame), labels=LABELS, **options)


def test_segments_are_named_by_what_distinguishes_them():
    found = names(*customers((20, 20), (80, 20), (20, 80), (80, 80), (50, 50)))
    assert [found[id_].name["en"] for id_ in sorted(found)] == [
        "Low income, low score",
        "High income, low score",
        "Low income, high score",
        "High income, high score",
        "Medium income, medium score",
    ]
    assert found[2].name["pt-BR"] == "Renda em nível alto, pontuação em nível baixo"


def test_own_words_come_before_the_label():
    levels = {"income": {"en": ["poor", "average", "rich"], "pt-BR": ["pobres", "médios", "ricos"]}}
    found = names(*customers((20, 20), (80, 80)), levels=levels)
    assert found[1].name == {"en": "Poor, low score", "pt-BR": "Pobres, pontuação em nível baixo"}


def test_a_category_that_most_customers_have_distinguishes_nobody():
    frame, ids = customers((20, 20), (80, 80))
    frame["gender=F"] = 1.0
    assert "gender" not in names(frame, ids)[1].name["en"]
    frame["gender=F"] = (ids == 1).astype(float)
    assert names(frame[["gender=F"]], ids)[1].name["en"] == "Gender: F"


def test_a_segment_without_a_true_claim_says_so():
    frame = pd.DataFrame({"income": RNG.uniform(0, 100, 200)})
    ids = np.tile([1, 2], 100)
    assert names(frame, ids)[1].name["en"].startswith("Mixed profile")
    assert "No attribute" in names(frame, ids)[1].description["en"]


def test_equal_claims_get_numbers():
    found = names(*customers((20, 20), (20, 20), (80, 80), (80, 80)))
    assert (
        len({name.name["en"] for name in found.values()}) == len({name.name["pt-BR"] for name in found.values()}) == 4
    )


def test_all_claims_of_a_name_hold_together_for_most_members():
    frame, ids = customers((20, 50), (45, 50), (55, 50), (90, 50))
    for id_, name in names(frame, ids).items():
        members = frame[ids == id_]
        met = np.ones(len(members), dtype=bool)
        for claim in name.claims:
            met &= members[claim.figure].between(
                -np.inf if claim.low is None else claim.low, np.inf if claim.high is None else claim.high
            )
        assert name.holds == met.mean() >= 0.7


def test_claims_that_hold_one_by_one_but_not_together_are_not_combined():
    rng = np.random.default_rng(1)
    others = pd.DataFrame({"income": rng.uniform(0, 50, 200), "score": rng.uniform(0, 50, 200)})
    # Three quarters of the members have a high income and three quarters a high score, but only half have both.
    members = pd.DataFrame({"income": [90.0] * 30 + [1.0] * 10, "score": [1.0] * 10 + [90.0] * 30})
    name = names(pd.concat([others, members], ignore_index=True), np.repeat([1, 2], [200, 40]))[2]
    assert len(name.claims) == 1
    assert name.holds == 0.75


def test_bounds_are_those_that_the_text_shows():
    frame, ids = customers((20.123, 20), (80.456, 80))
    name = names(frame, ids)[2]
    low = {claim.figure: claim.low for claim in name.claims}["income"]
    assert f"at least {low:.1f} " in name.description["en"]


def test_a_name_is_kept_while_its_claims_hold():
    frame, ids = customers((20, 20), (80, 80))
    before = names(frame, ids)
    moved = frame + 1
    again = names(moved, ids, kept={1: replace(before[1], name={"en": "The first", "pt-BR": "Os primeiros"})})
    assert again[1].name["en"] == "The first"
    assert again[1].claims == before[1].claims
    assert again[1].description != before[1].description
    assert names(frame + 60, ids, kept=before)[1].claims != before[1].claims


@pytest.mark.parametrize("language", ["en", "pt-BR"])
def test_the_description_has_the_figures_of_members_and_of_all(language):
    frame, ids = customers((20, 20), (80, 80))
    median = round(frame["income"].median())
    assert str(median) in names(frame.round(), ids)[1].description[language]
