import pandas as pd
import pytest

from clientela.contracts import LANGUAGES
from clientela.reporting.words import Words
from clientela.segmentation.segments.claims import Claim
from clientela.segmentation.segments.naming_rules import Name
from clientela.segmentation.segments.new_customers import new_customers_data, with_new_customers

WORDS = {language: Words(language) for language in LANGUAGES}


def named(*claims):
    action = {"en": "Contact them rarely.", "pt-BR": "Entre em contato raramente."}
    return Name("hibernating", {"en": "Hibernating"}, {"en": "?"}, action, claims)


def customers(new, old=3):
    return pd.DataFrame({"tenure_days": [28.0] * new + [29.0] * old})


def test_new_customers_are_counted_by_their_first_order(naming):
    assert naming.new_customers.days == 28
    assert with_new_customers(named(), customers(new=2), naming.new_customers, WORDS).new_customers == 2
    assert with_new_customers(named(), customers(new=0), naming.new_customers, WORDS).new_customers == 0


def test_the_action_of_a_segment_tells_its_new_customers_apart(naming):
    name = with_new_customers(named(), customers(new=1_127), naming.new_customers, WORDS)
    assert name.action == {
        "en": "Contact them rarely. 1,127 new customers here (first order in the last 28 days): welcome them.",
        "pt-BR": "Entre em contato raramente. 1.127 clientes novos aqui (primeiro pedido nos últimos 28 dias): dê as "
        "boas-vindas.",
    }
    one = with_new_customers(named(), customers(new=1), naming.new_customers, WORDS)
    assert "1 new customer here" in one.action["en"]
    assert "1 cliente novo aqui" in one.action["pt-BR"]


@pytest.mark.parametrize(
    ("claims", "count"), [((), 0), ((Claim("tenure_days", None, 82),), 127)], ids=["none", "a segment of new ones"]
)
def test_nothing_is_added_where_it_says_nothing_new(naming, claims, count):
    name = with_new_customers(named(*claims), customers(new=count), naming.new_customers, WORDS)
    assert name.action == named().action
    assert name.new_customers == count


def test_a_segment_of_old_customers_can_have_new_ones(naming):
    name = with_new_customers(named(Claim("tenure_days", 90, None)), customers(new=3), naming.new_customers, WORDS)
    assert "3 new customers" in name.action["en"]


def test_the_action_for_a_single_new_customer_names_the_days(naming):
    data = new_customers_data(naming.new_customers)
    assert data["days"] == 28
    assert set(data["action"]) == set(LANGUAGES)
    assert "28 days" in data["action"]["en"]
