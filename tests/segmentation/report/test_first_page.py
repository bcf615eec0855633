from itertools import pairwise

import pytest

from clientela.reporting.words import NO_BREAK, Words
from clientela.segmentation.report.first_page import actions, first_step, quarter_heading, quarter_text, texts_of
from clientela.segmentation.report.html import render_report

LANGUAGES = ("en", "pt-BR")


@pytest.fixture
def words():
    return Words("en", currency="GBP", book="segmentation")


def plain(text):
    return text.replace(NO_BREAK, " ")


def namesakes(report):
    """The segments, of which the first and the last have the same rule; the last has the plain name."""
    first, second, last = report["segments"]
    shared = {"en": "They buy a lot.", "pt-BR": "Compram muito."}
    do = {"en": "Thank them.", "pt-BR": "Agradeça."}
    more = {"en": f"{shared['en']} Orders: 4, not 8.", "pt-BR": f"{shared['pt-BR']} Pedidos: 4, não 8."}
    own = {"en": f"{do['en']} Aim for the next order.", "pt-BR": f"{do['pt-BR']} O objetivo é o próximo pedido."}
    last |= {"rule": "loyal", "description": shared, "advice": do}
    first |= {"rule": "loyal", "description": more, "advice": own, "traits": ["order_count"]}
    return [first, second, last]


def test_segments_of_one_rule_share_no_sentence(report, words):
    found = texts_of(namesakes(report), words)
    assert found[4].who == "As “Lost”, with a difference. Orders: 4, not 8."
    assert found[4].action == "As for “Lost”. Aim for the next order."
    assert found[7].action == "Thank them."


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_segments_have_the_same_text(report, members, language):
    words = Words(language, currency="GBP", book="segmentation", labels=members["labels"])
    for segments in (namesakes(report), members["segments"]):
        found = list(texts_of(segments, words).values())
        assert len({one.action for one in found}) == len({one.who for one in found}) == len(segments)


def test_the_things_to_do_have_one_rule_each(report, words):
    namesakes(report)
    found = actions(report, words)
    assert [one.id for one in found] == [4, 1]
    assert found[0].text == "Thank them. Aim for the next order."  # in full, as the plain segment is not among them


def test_an_action_says_how_many_what_it_may_bring_and_how_it_is_measured(report, words):
    best, _, lost = actions(report, words)
    assert best.who == "120 customers; £41,000 at stake per 90 days"
    assert plain(best.worth) == (
        "£24,000 in 90 days, if 10% more of them buy: 46% instead of 42%, about 30 buyers at £800 each. "
        "Share and spend are those of the 90 days after 11 Sept 2011."
    )
    assert best.measure == (
        "Contact 96 of them; leave out 24, drawn at random. After 90 days, compare the shares who bought. "
        "A difference below 31.2 points may be chance."
    )
    assert lost.worth.startswith("Hardly more buyers: 10% of them buy in 90 days in any case, at £30.00 per buyer.")
    assert "compare the spend per customer" in lost.measure


def test_an_action_starts_from_the_forecast_where_there_is_one(report, words):
    report["decisions"][0]["trial"]["is_forecast"] = True
    assert "46% instead of the 42% that the forecast expects" in actions(report, words)[0].worth


def test_a_segment_without_a_control_group_or_a_next_period_says_so(report, words):
    trial = report["decisions"][0]["trial"]
    trial |= {"control": 0, **dict.fromkeys(["share", "spend", "difference", "buyers", "worth"])}
    best = actions(report, words)[0]
    assert best.worth == "Not known, because the history does not show what they do next."
    assert best.measure == "The segment is too small for a control group."


def test_the_quarter_is_in_the_past_tense_without_a_forecast(report, words):
    row = report["decisions"][0]
    assert plain(quarter_heading(report, words)) == "Last 90 days, before 10 Dec 2011"
    assert quarter_text(row, report, words) == "£400; 30 of 120 bought"
    assert quarter_text({**row, "last": None}, report, words) == "–"


def test_the_quarter_is_the_forecast_where_there_is_one(report, words):
    groups = {group["id"]: group for group in report["forecast"]["horizons"][1]["groups"]}
    for row in report["decisions"]:
        row["expected"] = groups[row["id"]]
    assert plain(quarter_heading(report, words)) == "Next 90 days, to 8 Mar 2012 (expected)"
    text = quarter_text(report["decisions"][0], report, words)
    assert text == "£40,000 (£32,000 to £50,000); 42% buy"
    for horizon in report["forecast"]["horizons"]:
        horizon["is_seasonal"] = False
    assert quarter_text(report["decisions"][0], report, words) == "£32,000 and £50,000; 35% to 50% buy"


def test_without_purchases_there_is_no_quarter(members, words):
    assert quarter_heading({**members, "forecast": None}, words) is None


def test_actions_are_in_order_of_the_money_at_stake(report, words):
    stakes = {row["id"]: row["at_stake"] for row in report["decisions"]}
    assert all(stakes[one.id] >= stakes[other.id] for one, other in pairwise(actions(report, words)))


@pytest.mark.parametrize(
    ("language", "says"),
    [
        (
            "en",
            "Contact {name} first: 96 of them, and leave out 24 to measure the effect. "
            "If 10% more of them buy, it brings £24,000 in 90 days.",
        ),
        (
            "pt-BR",
            "Comece por {name}: contate 96 deles e deixe 24 de fora para medir o efeito. "
            "Se 10% a mais deles comprarem, a ação traz £ 24.000 em 90 dias.",
        ),
    ],
)
def test_the_first_screen_says_whom_to_contact_first_how_many_and_what_it_may_bring(report, language, says):
    first = report["decisions"][0]["id"]
    name = next(segment["name"][language] for segment in report["segments"] if segment["id"] == first)
    (line,) = first_step(report, Words(language, currency="GBP", book="segmentation"))
    assert plain(line.striptags()) == says.format(name=name)
    assert line in render_report(report, language=language)


def test_where_nearly_all_buy_anyway_the_first_screen_says_so_and_where_there_is_more_to_gain(report, words):
    first, second, *rest = report["decisions"]
    loyal = {**first, "trial": {**first["trial"], "worth": None, "buyers": None, "share": 0.97}}
    gain = {**second, "trial": {**second["trial"], "worth": 5_000.0, "control": 20, "treated": 80}}
    (line,) = first_step({**report, "decisions": [loyal, gain, *rest]}, words)
    assert "97% of them buy in 90 days in any case, so it protects their spend." in plain(line.striptags())
    name = next(segment["name"]["en"] for segment in report["segments"] if segment["id"] == second["id"])
    assert f"may come from {name}: contact 80, leave out 20;" in plain(line.striptags())
    assert "it brings £5,000 in 90 days." in plain(line.striptags())


@pytest.mark.parametrize("unknown", [{"control": 0}, {"worth": None, "share": None}])
def test_without_a_control_group_or_a_worth_nobody_is_named_first(report, words, unknown):
    first = report["decisions"][0]
    changed = {**first, "trial": {**first["trial"], **unknown}}
    assert first_step({**report, "decisions": [changed, *report["decisions"][1:]]}, words) == []
