"""What conf/segment_names.yaml may not say."""

import copy

import pytest
import yaml
from pydantic import ValidationError

from clientela.settings import NamingSettings, SegmentRule


@pytest.fixture(scope="module")
def conf(root):
    return yaml.safe_load((root / "conf" / "segment_names.yaml").read_text(encoding="utf-8"))


def texts(name):
    return {"en": name, "pt-BR": f"{name} pt"}


def rule(**conditions):
    return {"id": "odd", "name": texts("a"), "description": texts("b"), "action": texts("c")} | conditions


def refused(**conditions):
    with pytest.raises(ValidationError) as caught:
        SegmentRule.model_validate(rule(**conditions))
    return str(caught.value)


def changed(conf, change):
    settings = copy.deepcopy(conf)
    change(settings)
    with pytest.raises(ValidationError) as caught:
        NamingSettings.model_validate(settings)
    return str(caught.value)


@pytest.mark.parametrize("quantity", ["recency", "frequency", "spend", "order_count", "total_spend"])
def test_a_rule_that_shuts_out_better_customers_is_refused(quantity):
    says = refused(when={quantity: (0.1, 0.99)})
    assert f"rule odd must not shut out customers who are better in {quantity}" in says
    assert "its bounds are 0.1, 0.99" in says


def test_a_rule_that_shuts_out_more_recent_customers_is_refused():
    assert "better in days_since_last_purchase" in refused(when={"days_since_last_purchase": (0.01, 1)})


@pytest.mark.parametrize(
    "unless",
    [
        {"days_since_last_purchase": (None, 30)},
        {"days_since_last_purchase_in_gaps": (None, 1)},
        {"order_count": (2, None)},
        {"rank_of_total_spend": (0.5, None)},
        {"total_spend_in_medians": (2, None)},
    ],
)
def test_an_exclusion_of_better_customers_is_refused(unless):
    (figure,) = unless
    assert f"its key unless has {figure}" in refused(unless=unless)


def test_bounds_from_the_better_side_are_taken():
    SegmentRule.model_validate(
        rule(
            when={"recency": (0.5, 1), "days_since_last_purchase": (0, 0.5), "tenure_days": (0, 0.3)},
            claims={"order_count": (2, None), "days_since_last_purchase_in_gaps": (None, 2), "tenure_days": (None, 90)},
            unless={"days_since_last_purchase": (100, None), "order_count": (None, 1), "weekend_share": (0.5, None)},
        )
    )


@pytest.mark.parametrize(
    ("conditions", "says"),
    [
        ({"when": {"weekendshare": (0.5, 1)}}, "the rule odd bounds ['weekendshare']"),
        ({"when": {"weekend_share": (0.8, 0.5)}}, "must be two rising numbers; got {'weekend_share': (0.8, 0.5)}"),
        ({"claims": {"weekendshare": (0.5, None)}}, "a claim must be on a customer feature; got 'weekendshare'"),
        ({"claims": {"order_count_in_gaps": (2, None)}}, "can be given in gaps; got 'order_count_in_gaps'"),
        (
            {"claims": {"order_count": (2, 3)}},
            "a claim has one bound, such as [2, null] or [null, 1.5]; got [2.0, 3.0]",
        ),
        ({"claims": {"order_count": (None, None)}}, "a claim has one bound"),
        (
            {"claims": {"tenure_days": (90, None), "tenure_days_in_gaps": (None, 3)}},
            "must bound each feature from one side; got ['tenure_days', 'tenure_days_in_gaps']",
        ),
    ],
)
def test_a_rule_that_could_never_fit_is_refused(conditions, says):
    assert says in refused(**conditions)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{order_count} orders", "have the places ['order_count']"),
        ("{share} of them", "have the places ['share']"),
        ("{median_mean_item_price}", "have the places ['median_mean_item_price']"),
        ("more than {spend}", "name {spend}, so `when` must bound spend"),
    ],
)
def test_texts_name_only_figures_that_the_conditions_have(text, says):
    assert says in refused(description=texts(text))
    SegmentRule.model_validate(
        rule(
            description=texts(text),
            when={"spend": (0.5, 1)},
            claims={"order_count": (2, None), "mean_item_price_in_medians": (1.5, None)},
            share_of={"tenure_days": (None, 30)},
        )
    )


def test_the_settings_are_taken_as_they_are(conf):
    assert NamingSettings.model_validate(conf).rules[0].id == "champions"


@pytest.mark.parametrize("kind", ["name", "description", "action"])
def test_two_rules_with_the_same_text_are_refused(conf, kind):
    def copied(settings):
        settings["rules"][1][kind] = settings["rules"][-1][kind]

    assert f"must have different {kind}s in en" in changed(conf, copied)


def test_the_last_rule_has_no_conditions(conf):
    assert "the last rule must have no conditions" in changed(conf, lambda c: c["rules"].pop())


@pytest.mark.parametrize(
    "change",
    [
        # Without the rule that takes all segments that are not away, at_risk could shut out better customers.
        lambda c: c["rules"].remove(next(rule for rule in c["rules"] if rule["id"] == "cooling_off")),
        lambda c: next(rule for rule in c["rules"] if rule["id"] == "cooling_off").update(when={"spend": [0.1, 1]}),
        lambda c: next(rule for rule in c["rules"] if rule["id"] == "cooling_off").pop("unless"),
        lambda c: next(rule for rule in c["rules"] if rule["id"] == "partly_active").pop("unless"),
        lambda c: next(rule for rule in c["rules"] if rule["id"] == "at_risk")["claims"].update(order_count=[3, None]),
        lambda c: next(rule for rule in c["rules"] if rule["id"] == "at_risk")["claims"].update(
            days_since_last_purchase_in_gaps=[3, None]
        ),
        lambda c: next(rule for rule in c["rules"] if rule["id"] == "recent")["claims"].update(order_count=[None, 1]),
    ],
)
def test_claims_that_better_customers_do_not_meet_need_an_earlier_rule_for_them(conf, change):
    assert "which customers who are better do not meet, so they could get a worse name" in changed(conf, change)


def test_a_share_of_half_is_refused(conf):
    assert "least_share" in changed(conf, lambda c: c.update(least_share=0.5))


def test_a_kept_name_must_not_need_more_than_a_new_one(conf):
    assert "Got 0.8, 0.75 and 0.85 instead" in changed(conf, lambda c: c.update(least_share=0.8))
