import json
import re
from collections import Counter
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from clientela.reporting.script import page_script
from clientela.reporting.words import NO_BREAK, Words, messages
from clientela.segmentation.clustering.reason import Reason
from clientela.segmentation.report.html import SECTIONS, render_report
from clientela.segmentation.report.sentences import concentration_text, outstanding

VOID = {"meta", "link", "br", "img", "image", "path", "use", "rect", "circle", "line", "stop"}


def own_messages(language):
    """The segments' report's own messages by their key."""
    return {key.removeprefix("segmentation."): text for key, text in messages(language, "segmentation").items()}


class Page(HTMLParser):
    """Elements with their attributes, and the text that a reader sees."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.words, self._within = [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._within.append(tag)

    def handle_endtag(self, tag):
        while self._within and self._within.pop() != tag:
            pass

    def handle_data(self, data):
        if not {"style", "script"} & set(self._within):
            self.words.append(data)

    @property
    def text(self):
        return re.sub(r"\s+", " ", " ".join(self.words).replace(NO_BREAK, " "))


PAGES = {}  # of the report as the fixture gives it


def page_of(report, language):
    if language not in PAGES:
        PAGES[language] = render_report(report, language=language)
    return PAGES[language]


@pytest.fixture
def english(report):
    return page_of(report, "en")


@pytest.fixture
def portuguese(report):
    return page_of(report, "pt-BR")


def part(html, section):
    """The HTML of one section."""
    return html[html.index(f'<section id="{section}"') :].split("</section>")[0]


# What it tells


@pytest.fixture
def expecting(report):
    """The report with a forecast of each segment to quote."""
    groups = {group["id"]: group for group in report["forecast"]["horizons"][1]["groups"]}
    return {**report, "decisions": [{**row, "expected": groups[row["id"]]} for row in report["decisions"]]}


def test_a_profile_says_what_to_expect_and_until_when(expecting):
    english, portuguese = (Page(render_report(expecting, language=language)).text for language in ("en", "pt-BR"))
    assert (
        "10 Dec 2011 to 8 Mar 2012: £40,000 (£32,000 to £50,000) in total, £333 per customer, 110 orders; "
        "42% buy (35% to 50%)." in english
    )
    assert "De 10 de dez. de 2011 a 8 de mar. de 2012: £ 40.000 (£ 32.000 a £ 50.000) no total" in portuguese


def test_small_groups_are_labelled(expecting, english):
    html = render_report(expecting, language="en")
    sentence = messages("en")["forecast.too_small"]
    assert part(html, "profiles").count(sentence) == 1
    assert sentence in part(html, "profiles").split("</article>")[2]
    assert Page(part(english, "forecast")).text.count("£6,000 * £4,800 to £7,500") == 2


def test_what_a_segment_did_is_dated_and_the_page_says_if_the_time_was_busy(report, expecting, english):
    card = "In the 90 days from 11 Sept 2011 to 9 Dec 2011, its customers of that date spent £800 each on average"
    busy = "A busy time: the shop sold 1.6 times as much as in an average period of this length."
    assert card in Page(english).text
    assert Page(english).text.count(busy) == 1
    assert busy not in Page(render_report(expecting, language="en")).text  # it is of the last quarter
    report["forecast"]["last_to_average"] = 0.5
    assert "A quiet time: the shop sold 0.5 times" in Page(render_report(report, language="en")).text
    report["forecast"]["last_to_average"] = 1.0
    assert "time: the shop sold" not in Page(render_report(report, language="en")).text


def test_the_forecast_shows_its_record_at_past_dates(english):
    text = Page(part(english, "forecast")).text
    assert "At 24 past dates, the 90% interval of 30 days covered the actual total 23 times." in text
    assert "Of the 240 groups with a tenth of the expected spend each, 216 were covered." in text
    assert "they are 8 independent periods." in text
    assert "At 7 past dates" in text
    assert "only 2 independent periods, too few to check the coverage." in text
    assert "£55,000 110% yes 9 / 10" in text


def test_a_forecast_without_a_season_says_so(expecting):
    for horizon in expecting["forecast"]["horizons"]:
        horizon["is_seasonal"] = False
    expecting["forecast"]["history_days"] = 300
    text = Page(render_report(expecting, language="en")).text
    assert text.count("Without 15 months of history there is no seasonal forecast") == len(expecting["segments"])
    assert "The history of 300 days is shorter than 15 months" in text
    assert "between £32,000 and £50,000 in total, and 35% to 50% of them buy." in text
    assert "£40,000 (" not in text


def test_a_history_too_short_for_the_forecast_is_named_once(report):
    report["forecast"] = {**report["forecast"], "horizons": [], "history_days": 100}
    text = Page(render_report(report, language="en")).text
    assert text.count("The history of 100 days is too short to forecast 90 days.") == 1


def test_data_without_orders_have_no_forecast(report):
    report["forecast"] = None
    assert messages("en")["forecast.no_orders"] in Page(part(render_report(report, language="en"), "forecast")).text


@pytest.mark.parametrize(
    "section, figures",
    [
        (
            "summary",
            [
                "720 customers",
                "3 segments",
                "£1.2 million",
                "17% of the customers",
                "70% of the revenue",
                "Act on Champions.",
                "£100,000 70%",
                "median £1,234",
                "mean £2,000",
                "10 best: 37% of revenue",
                "£41,000",
                "120 17%",
                "£400; 30 of 120 bought",
                "Contact 96 of them; leave out 24",
                "clientela score --treatment 0.8",
            ],
        ),
        (
            "profiles",
            [
                "5 to 8 orders and last purchase within 40 days: 87 customers, 93% of them in this segment",
                "3.2 times as often",
                "No product group stands out",
                "as often as all",
                "C10",
                "median 44 (middle 50%: 30 to 51); all customers: 39",
                "Female: 62% (1.2 times as often)",
                "61% of the orders with Tea and Cup also contain Pot: 12 times as often as usual",
                "among the highest: above 95% of customers",
            ],
        ),
        ("moves", ["version 3, as of 11 Sept 2011", "600 customers", "150 (25%)", "Old hands", "Bulk buyers", "75%"]),
        ("proof", ["23.1%", "83%", "27.7%", "12 Aug 2011", "£800 (£400 to £1,200)", "20 times", "£800", "£40.00"]),
        (
            "data",
            [
                "12,000",
                "9,876",
                "82%",
                "2,124",
                "£65,433",
                "exact duplicate of another row",
                "a rule of the shop",
                "order <7>",
                "the source does not have it",
                "Orders at weekends",
            ],
        ),
        ("method", ["kmeans k=3", "0.321", "812", "91.2%", "It has 2 segments; the settings ask for 3 to 10."]),
        ("limits", ["10 Dec 2011", "23%", "0.77", "Lost", "374 days", "18% of the rows", "8.8%"]),
    ],
)
def test_a_sections_figures(english, section, figures):
    text = Page(part(english, section)).text
    assert [figure for figure in figures if figure not in re.sub(r" ([,.:;)])", r"\1", text)] == []


def test_a_small_concentration_is_not_rounded_to_zero():
    segment = {"concentration": {"best": 10, "customers": 6192, "share": 0.0041}}
    assert concentration_text(segment, Words("en", book="segmentation")) == "10 best: 0.4% of revenue"


def test_few_customers_have_no_concentration():
    segment = {"concentration": {"best": 10, "customers": 29, "share": 0.9}}  # the ten best are a third of them
    assert concentration_text(segment, Words("en", book="segmentation")) is None


def test_a_profile_says_for_how_many_it_holds_and_a_changed_name(english, portuguese):
    for html in (english, portuguese):
        champions, loyal, lost = (
            Page(one).text for one in re.findall(r'<article class="panel profile".*?</article>', html, re.DOTALL)
        )
        assert "83%" in champions
        assert "83%" in loyal
        assert "83%" not in lost
    assert "What this says of each customer holds for 83% of them." in Page(english).text
    assert "Called “Loyal since 2010” in version 3; the conditions of that name no longer hold." in Page(english).text
    assert "Chamado “Fiéis desde 2010” na versão 3" in Page(portuguese).text


def test_each_action_stands_on_the_page_once_and_among_the_things_to_do(english):
    text = Page(english).text
    assert [text.count(f"Act on {name}.") for name in ("Champions", "Lost")] == [2, 2]


def test_the_segments_are_side_by_side_in_order_of_the_money_at_stake(report, english):
    table = part(english, "summary").split("</table>")[0]
    assert re.findall(r'href="#segment-(\d)"', table) == ["4", "1", "7"]
    report["decisions"] = report["decisions"][::-1]
    table = part(render_report(report, language="en"), "summary").split("</table>")[0]
    assert re.findall(r'href="#segment-(\d)"', table) == ["7", "1", "4"]


def test_a_changed_name_is_in_the_table_of_matches(report, english):
    assert "Name before" in Page(part(english, "moves")).text
    assert "Loyal since 2010" in Page(part(english, "moves")).text
    matched = [{**row, "previous_name": None} for row in report["migration"]["matched"]]
    html = render_report({**report, "migration": {**report["migration"], "matched": matched}}, language="en")
    assert "Name before" not in Page(part(html, "moves")).text


def test_a_typical_customer_who_is_new_is_marked(english):
    best = Page(part(english, "profiles").split('id="segment-1"')[0]).text
    assert re.search(r"C10\s+new customer", best)
    assert not re.search(r"C11\s+new customer", best)


@pytest.mark.parametrize(("lifts", "shown"), [([3.2, 1.2, 1.19], 2), ([1.19, 0.5], 0), ([0.84], 0), ([], 0)])
def test_only_products_with_a_noticeable_lift_stand_out(lifts, shown):
    rows = [{"product": str(place), "lift": lift} for place, lift in enumerate(lifts)]
    assert outstanding(rows) == rows[:shown]


@pytest.mark.parametrize(("customers", "says"), [(720, "A sample of 90 customers on"), (90, "All 90 customers on")])
def test_a_picture_of_all_customers_is_no_sample(report, customers, says):
    html = render_report({**report, "data": {**report["data"], "customers": customers}}, language="en")
    assert says in Page(part(html, "method")).text
    assert ("sampled customers" in Page(part(html, "limits")).text) == (customers > 90)


def test_portuguese_writes_numbers_money_and_dates_its_way(portuguese):
    text = Page(portuguese).text
    for figure in (
        "£ 1,2 milhão",
        "10 de dez. de 2011",
        "12.000",
        "0,321",
        "5 a 8 pedidos e última compra há até 40 dias",
    ):
        assert figure in text


def test_sections_stand_in_order_and_are_in_the_contents(english):
    assert re.findall(r'<section id="(\w+)"', english) == list(SECTIONS)
    assert re.findall(r'<a href="#(\w+)">', english[english.index("<nav") : english.index("</nav>")])[:3] == [
        "summary", "maps", "profiles",
    ]  # fmt: skip


@pytest.mark.parametrize("language", ["en", "pt-BR"])
def test_what_does_not_exist_is_one_sentence_or_nothing(report, language):
    html = render_report({**report, "migration": None, "backtest": None, "rules": None}, language=language)
    texts = own_messages(language)
    assert texts["moves.none"] in html
    assert texts["proof.none"] in html
    assert "<figure" not in part(html, "moves") + part(html, "proof")
    assert texts["method.fidelity"] not in html
    assert texts["summary.next"] not in html
    lost = html[html.index('id="segment-7"') :].split("</article>")[0]
    for key in ("rules", "typical", "products", "groups", "rhythm", "countries", "baskets", "attributes"):
        assert f"<h4>{texts[f'profiles.{key}']}</h4>" not in lost


@pytest.mark.parametrize("language", ["en", "pt-BR"])
def test_a_table_of_attributes_has_no_money_no_dates_and_says_why(members, language):
    html = render_report(members, language=language)
    texts = own_messages(language)
    for key in ("proof.no_transactions", "data.one_row", "limits.no_transactions", "maps.lead_attributes"):
        assert texts[key] in html
    for key in ("maps.grid", "maps.positions", "maps.shares", "decide.revenue", "tiles.revenue", "proof.none"):
        assert texts[key] not in html
    assert "1970" not in html
    assert "nan" not in re.sub(r"<svg.*?</svg>", "", html, flags=re.DOTALL).lower().split()


def test_attributes_have_their_label_in_the_language_of_the_report(members):
    english, portuguese = (render_report(members, language=language) for language in ("en", "pt-BR"))
    assert "Gender: Female: 87 customers, 93% of them in this segment." in english
    assert "Gênero: Female: 87 clientes" in portuguese
    assert "Renda" in portuguese
    assert "Renda" not in english
    assert "wifi sightings: 1,000 of 1,200 rows" in english


def test_a_report_of_plain_json_is_the_same(report, english):
    assert render_report(json.loads(json.dumps(report)), language="en") == english


def test_a_history_too_short_has_no_explained_spend(report):
    board = [{key: value for key, value in row.items() if key != "explained_spend"} for row in report["board"]]
    choice = {key: value for key, value in report["choice"].items() if key != "explained_spend"}
    assert "kmeans k=2" in render_report({**report, "board": board, "choice": choice, "backtest": None}, language="en")


# How it is written


@pytest.mark.parametrize("language", ["en", "pt-BR"])
def test_hostile_names_are_only_text(report, language):
    hostile = '"><script>alert(2)</script>'
    report["shop"] |= {"title": hostile, "homepage": "javascript:alert(3)"}
    report["segments"][1]["name"] = {"en": hostile, "pt-BR": hostile}
    html = render_report(report, language=language)
    page = Page(html)
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", html, re.DOTALL)
    assert scripts == [(' type="application/json" id="page-data"', scripts[0][1]), ("", page_script())]
    assert [tag for tag, _ in page.elements].count("script") == 2
    assert hostile in {one["name"] for one in json.loads(scripts[0][1])["segments"]}
    assert "javascript:" not in html
    assert "<script>alert(1)</script>" in page.text
    assert hostile in page.text
    assert not [name for _, attrs in page.elements for name in attrs if name.startswith("on")]


def test_nothing_is_loaded_but_the_shops_homepage_is_linked(english):
    links = [
        (tag, value)
        for tag, attrs in Page(english).elements
        for name, value in attrs.items()
        if name in ("src", "href", "xlink:href", "action", "poster", "data") and not value.startswith(("#", "data:"))
    ]
    assert links == [("a", "https://shop.example/data")]
    assert "@import" not in english
    assert not re.search(r"url\((?!#)", english)


def test_ids_are_unique_and_every_target_is_there(english):
    elements = Page(english).elements
    ids = Counter(attrs["id"] for _, attrs in elements if "id" in attrs)
    assert [id_ for id_, count in ids.items() if count > 1] == []
    targets = {
        value[1:] for _, attrs in elements for value in attrs.values() if value and re.fullmatch(r"#[\w-]+", value)
    }
    labels = {id_ for _, attrs in elements for id_ in attrs.get("aria-labelledby", "").split()}
    assert targets | labels <= set(ids)


def test_every_picture_has_an_alternative_text_and_every_table_scopes(english):
    elements = Page(english).elements
    pictures = [attrs for tag, attrs in elements if tag in ("svg", "img")]
    assert len(pictures) > 10
    assert all(attrs.get("aria-labelledby") or attrs.get("alt") for attrs in pictures)
    assert all(attrs.get("scope") in ("col", "row") for tag, attrs in elements if tag == "th")


def test_headings_go_down_one_step_at_a_time(english):
    levels = [int(tag[1]) for tag, _ in Page(english).elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_the_languages_differ_and_neither_shows_a_key_or_a_place(english, portuguese):
    assert '<html lang="en">' in english
    assert '<html lang="pt-BR">' in portuguese
    keys = set(messages("en")) | set(own_messages("en"))
    for html in (english, portuguese):
        text = Page(html).text
        assert not set(re.findall(r"[a-z_]+\.[a-z_.]+", text)) & keys
        assert not re.search(r"\{\w+\}", text)
    ours, theirs = (messages(language) | own_messages(language) for language in ("en", "pt-BR"))
    titles = [f"{section}.title" for section in SECTIONS]
    assert not [key for key in titles if ours[key] in Page(portuguese).text]
    assert not [key for key in titles if theirs[key] not in Page(portuguese).text]


def test_a_large_report_stays_small(report):
    points = report["points"]
    report["points"] = {name: values * 50 for name, values in points.items() if name != "axis_shares"} | {
        "axis_shares": points["axis_shares"]
    }
    assert len(render_report(report, language="en").encode()) < 2_500_000


# Caveats


@pytest.mark.parametrize(
    "language, sentence",
    [
        ("en", "treat the borders of the segments as soft: the stability is 0.61, the limit is 0.75"),
        ("pt-BR", "trate as fronteiras dos segmentos como aproximadas: a estabilidade é 0,61, o limite é 0,75"),
    ],
)
def test_caveats_come_first_in_the_language_of_the_report(report, language, sentence):
    caveat = Reason.of("caveat_soft", "Its stability is {value:.2f}, not {limit:.2f}.", value=0.61, limit=0.75)
    text = Page(render_report({**report, "caveats": [caveat]}, language=language)).text
    main = text[text.index(own_messages(language)["maps.title"]) :]  # after the contents
    assert sentence in main
    assert main.index(sentence) < main.index("720") < main.index(own_messages(language)["decide.title"])


def test_without_caveats_the_page_has_no_note(english):
    assert 'class="caveat"' not in english


@pytest.mark.parametrize("language", ["en", "pt-BR"])
@pytest.mark.parametrize("is_predictable", [True, False])
def test_where_spend_is_not_predicted_no_segment_is_said_to_spend_more(report, language, is_predictable):
    texts = own_messages(language)
    caveat = Reason.of("caveat_unpredictable", "Past behaviour does not predict spend here.")
    mean = {**report["backtest"]["mean"], "of_ceiling": 0.8 if is_predictable else None}
    changed = {
        **report,
        "caveats": [] if is_predictable else [caveat],
        "backtest": {**report["backtest"], "mean": mean},
    }
    text = Page(render_report(changed, language=language)).text
    assert (texts["summary.proof_chance"].split("{weakest_spend}")[1] in text) is not is_predictable
    assert ({"en": "(0% is chance)", "pt-BR": "(0% é o acaso)"}[language] in text) is not is_predictable
    assert ({"en": "times as much as customers in", "pt-BR": "vezes o gasto médio"}[language] in text) is is_predictable
