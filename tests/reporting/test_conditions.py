import pytest

from clientela.contracts import CUSTOMER_FEATURES
from clientela.errors import InvalidInput
from clientela.reporting.conditions import describe_condition, describe_conditions

FEATURES = [column.name for column in CUSTOMER_FEATURES.columns if column.name != "customer_id"]


def bound(feature, op, value):
    return {"feature": feature, "op": op, "value": value}


@pytest.mark.parametrize(
    "feature, op, value, english, portuguese",
    [
        ("order_count", "<=", 4.5, "at most 4 orders", "no máximo 4 pedidos"),
        ("order_count", ">", 4.5, "at least 5 orders", "pelo menos 5 pedidos"),
        ("order_count", ">", 4.0, "at least 5 orders", "pelo menos 5 pedidos"),
        ("order_count", "<=", 4.0, "at most 4 orders", "no máximo 4 pedidos"),
        ("order_count", "<=", 1.5, "at most 1 order", "no máximo 1 pedido"),
        ("days_since_last_purchase", "<=", 40.5, "last purchase within 40 days", "última compra há até 40 dias"),
        (
            "days_since_last_purchase",
            ">",
            1040.5,
            "last purchase at least 1,041 days ago",
            "última compra há pelo menos 1.041 dias",
        ),
        ("total_spend", ">", 1200.0, "spent more than 1,200 in all", "gastou mais de 1.200 ao todo"),
        ("mean_item_price", "<=", 2.5, "items of 2.50 or less on average", "itens de 2,50 ou menos em média"),
        ("weekend_share", ">", 0.5, "more than 50% of orders at weekends", "mais de 50% dos pedidos no fim de semana"),
        ("return_share", "<=", 0.025, "at most 2.5% of spend returned", "no máximo 2,5% do valor devolvido"),
        ("items_per_order", ">", 12.0, "more than 12 items per order", "mais de 12 itens por pedido"),
        ("mean_days_between_orders", "<=", 9.5, "9.5 days or less between orders", "9,5 dias ou menos entre pedidos"),
        ("spend_trend", ">", -0.25, "spend trend above −0.25", "tendência do gasto acima de −0,25"),
    ],
)
def test_a_bound_in_words(feature, op, value, english, portuguese):
    assert describe_condition(feature, op, value, "en") == english
    assert describe_condition(feature, op, value, "pt-BR") == portuguese


@pytest.mark.parametrize("language", ["en", "pt-BR"])
@pytest.mark.parametrize("feature", FEATURES)
def test_every_feature_has_phrases_and_both_bounds_differ(feature, language):
    below, above = (describe_condition(feature, op, 7.0, language) for op in ("<=", ">"))
    between = describe_conditions([bound(feature, ">", 3.0), bound(feature, "<=", 7.0)], language)
    assert len({below, above, between}) == 3
    assert not {"{", "_"} & set(below + above + between)


@pytest.mark.parametrize(
    "conditions, text",
    [
        ([bound("order_count", ">", 4.5), bound("order_count", "<=", 8.5)], "5 to 8 orders"),
        ([bound("order_count", "<=", 8.5), bound("order_count", ">", 4.5)], "5 to 8 orders"),
        ([bound("order_count", ">", 1.5), bound("order_count", "<=", 2.5)], "exactly 2 orders"),
        ([bound("order_count", ">", 0.5), bound("order_count", "<=", 1.5)], "exactly 1 order"),
        ([bound("order_count", ">", 2.5), bound("order_count", ">", 4.5)], "at least 5 orders"),
        ([bound("order_count", "<=", 9.5), bound("order_count", "<=", 4.5)], "at most 4 orders"),
        ([bound("total_spend", ">", 200.0), bound("total_spend", "<=", 1500.0)], "spent £200 to £1,500 in all"),
        ([], "all customers"),
    ],
)
def test_bounds_of_one_feature_are_merged(conditions, text):
    assert describe_conditions(conditions, "en", currency="GBP") == text


def test_phrases_are_joined_in_the_order_of_the_conditions():
    conditions = [
        bound("order_count", ">", 8.5), bound("total_spend", ">", 90.0), bound("days_since_last_purchase", "<=", 40.0),
    ]  # fmt: skip
    assert (
        describe_conditions(conditions, "en", currency="BRL")
        == "at least 9 orders, spent more than R$90.00 in all and last purchase within 40 days"
    )
    assert describe_conditions(conditions, "pt-BR").endswith("ao todo e última compra há até 40 dias")


@pytest.mark.parametrize(
    "feature, op, language, message",
    [
        ("order_count", "<", "en", "The op of a condition must be one of <=, >. Got '<' instead."),
        ("shoe_size", ">", "en", "Got 'shoe_size' instead."),
        ("order_count", ">", "de", "must be one of en, pt-BR. Got 'de'"),
    ],
)
def test_what_is_not_known_is_refused(feature, op, language, message):
    with pytest.raises(InvalidInput, match=message.replace(".", r"\.")):
        describe_condition(feature, op, 1.0, language)
