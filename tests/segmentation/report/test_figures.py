import pickle
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from matplotlib.figure import Figure

from clientela.reporting.charts import COLOURS, INK
from clientela.reporting.effect_sizes import effect_bars, size_of, strongest
from clientela.reporting.figure import ink_on
from clientela.reporting.svg import QUIET, render_svg
from clientela.reporting.words import Words
from clientela.segmentation.report import figures, figures_backtest, figures_flow, figures_grid, figures_profile
from clientela.segmentation.report.pictures import draw_pictures

XLINK = 'xmlns:xlink="http://www.w3.org/1999/xlink"'


@pytest.fixture(params=["en", "pt-BR"])
def words(request):
    return Words(request.param, currency="GBP", book="segmentation")


PICTURES = {}  # of the report as the fixture gives it, by language


@pytest.fixture
def pictures(report, words):
    if words.language not in PICTURES:
        PICTURES[words.language] = draw_pictures(report, words)
    return PICTURES[words.language]


@pytest.fixture
def segments(report):
    return report["segments"]


def texts(figure):
    found = [text.get_text().replace("\n", " ") for axes in figure.axes for text in axes.texts]
    labels = [label for axes in figure.axes for label in [*axes.get_xticklabels(), *axes.get_yticklabels()]]
    return found + [label.get_text().replace("\n", " ") for label in labels]


def simple(text="words"):
    figure = Figure(figsize=(2, 1))
    figure.text(0.5, 0.5, text, color=INK)
    figure.text(0.5, 0.2, "quiet", color=QUIET)
    return figure


# SVG


def test_every_picture_is_well_formed_with_a_title_a_description_and_ids_of_its_own(pictures):
    seen = set()
    for svg in pictures.values():
        root = ET.fromstring(svg.replace("<svg ", f"<svg {XLINK} ", 1))
        assert root.get("role") == "img"
        title, description = root.get("aria-labelledby").split()
        found = {element.get("id"): element for element in root.iter() if element.get("id")}
        assert found[title].text.strip()
        assert len(found[description].text) > 20
        assert not seen & set(found)
        seen |= set(found)
        used = set(re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', svg))
        assert {a or b for a, b in used} <= set(found)


def test_the_same_report_gives_the_same_bytes(pictures, report, words):
    # As a worker process gets them.
    assert draw_pictures(*pickle.loads(pickle.dumps((report, words)))) == pictures


def test_ink_follows_the_page_and_text_is_text():
    svg = render_svg(simple("R$ 5 & $6"), "A <title>", "What is in it")
    assert "R$ 5 &amp; $6</text>" in svg
    assert "fill: currentColor" in svg
    assert "var(--quiet)" in svg
    assert "font-family" not in svg
    assert "<title" in svg
    assert "A &lt;title&gt;" in svg
    assert INK not in svg


@pytest.mark.parametrize("text", ["1.2345", "7.213", INK, 'id="figure_1"', "url(#a)"])
def test_words_in_a_picture_stay_as_they_are(text):
    svg = render_svg(simple(text), "t", "d")
    assert text in [element.text for element in ET.fromstring(svg.replace("<svg ", f"<svg {XLINK} ", 1)).iter()]


def test_two_pictures_of_one_drawing_have_other_ids():
    one, two = (render_svg(simple(), "t", "d", key=key) for key in "ab")
    assert not set(re.findall(r'id="([^"]+)"', one)) & set(re.findall(r'id="([^"]+)"', two))


def test_many_points_are_one_picture_within_the_picture(segments, report, words):
    count = 5_000
    rng = np.random.default_rng(0)
    points = {**report["points"], "x": rng.normal(size=count), "y": rng.normal(size=count), "segment": [4] * count}
    svg = render_svg(figures.component_scatter(points, segments, words), "t", "d")
    assert svg.count("data:image/png;base64,") == 1
    assert len(svg) < 300_000


# Colours


def test_a_segment_keeps_its_colour_by_rank(segments):
    assert figures.colours_of(segments) == {4: COLOURS[0], 1: COLOURS[1], 7: COLOURS[2]}


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("colour", COLOURS)
def test_numbers_on_a_colour_keep_the_contrast_of_wcag_aa(colour):
    light, dark = sorted((luminance(colour), luminance(ink_on(colour))), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


# What is drawn


def test_text_is_nine_points_or_more(pictures):
    for svg in pictures.values():
        assert (
            min(float(size) for size in re.findall(r"font-size: ([\d.]+)px|font: [^;]*?([\d.]+)px", svg)[0] if size)
            >= 9
        )


def test_no_text_is_left_black_on_a_dark_page(pictures):
    for name, svg in pictures.items():
        assert [style for style in re.findall(r"<text[^>]*>", svg) if "fill:" not in style] == [], name


def test_shares_are_written_with_names_in_the_language(segments, words):
    found = texts(figures.share_bars(segments, words))
    spend, name = {"en": ("70% of revenue", "4 Champions"), "pt-BR": ("70% da receita", "4 Campeões")}[words.language]
    assert spend in found
    assert name in found


def test_the_grid_leaves_out_empty_rows_and_columns_and_names_its_bands(segments, report):
    figure = figures_grid.recency_frequency_grid(
        report["grid"], segments, Words("en", currency="GBP", book="segmentation")
    )
    found = texts(figure)
    assert found[-9:] == [
        "1",
        "2 to 3",
        "4 to 5",
        "6 or more",
        "up to 15",
        "16 to 33",
        "34 to 72",
        "73 to 180",
        "181 or more",
    ]
    assert "1,040" in found
    assert "£100" in found  # 1,000 of 10 customers


def test_a_cell_of_the_grid_shows_the_mix_of_its_segments(segments, report):
    words = Words("en", currency="GBP", book="segmentation")
    figure = figures_grid.recency_frequency_grid(report["grid"], segments, words)
    svg = render_svg(figure, "t", "d")
    for tip in ("Loyal $ &lt;b&gt;: 15 customers, 75% of the cell", "Lost: 5 customers, 25% of the cell"):
        assert svg.count(f"<title>{tip}</title>") == 5
    bars = [patch for patch in figure.axes[0].patches if patch.get_gid()]
    wide = {round(bar.get_width(), 3) for bar in bars if 1 < bar.get_x() < 2}
    assert wide == {0.675, 0.225}  # 15 and 5 of 20 customers, of a bar of 0.9


def test_the_snake_plot_has_a_disc_a_segment_and_feature_of_the_fit(segments, report, words):
    figure = figures.snake_plot(segments, report["data"]["features_fit"], words)
    assert sorted(texts(figure)[:9]) == ["1"] * 3 + ["4"] * 3 + ["7"] * 3


@pytest.mark.parametrize(
    "effect, size",
    [(0.146, "trace"), (0.147, "small"), (-0.33, "medium"), (0.474, "large"), (-1.0, "large"), (0.0, "trace")],
)
def test_sizes_of_effects_follow_romano(effect, size):
    assert size_of(effect) == size


def test_effects_are_in_order_of_size_without_traces(segments):
    assert [name for name, _ in strongest(segments[0]["effects"])] == [
        "order_count", "total_spend", "days_since_last_purchase",
    ]  # fmt: skip


def test_circles_and_bars_say_their_figures_to_the_pointer(segments, words):
    circles = render_svg(figures.segment_positions(segments, words), "t", "d")
    bars = render_svg(effect_bars(segments[0]["effects"], colour=COLOURS[0], words=words), "t", "d")
    circle, bar = {
        "en": ("Champions: 12 days, 9 orders", "Days since the last purchase: −0.20"),
        "pt-BR": ("Campeões: 12 dias, 9 pedidos", "Dias desde a última compra: −0,20"),
    }[words.language]
    assert f"<title>{circle}</title>" in circles
    assert f"<title>{bar}</title>" in bars


def test_a_source_of_dates_only_has_no_hours(segments, words):
    habits = segments[0]["habits"]
    both = figures_profile.rhythm(habits, colour=COLOURS[0], words=words)
    days = figures_profile.rhythm({**habits, "hours": None, "base_hours": None}, colour=COLOURS[0], words=words)
    assert [len(both.axes), len(days.axes)] == [2, 1]


def test_the_flow_names_both_sides_with_newcomers_and_leavers(segments, report):
    found = texts(figures_flow.migration_flow(report["migration"], segments, Words("en", book="segmentation")))
    assert {"4 Champions 200", "2 Old hands 420", "New customers 120", "7 Lost 400", "No longer in the data 20"} <= set(
        found
    )


@pytest.mark.parametrize("places", [[0.5], [0.1, 0.11, 0.12], [0.97, 0.98, 0.99], [0.2, 0.5, 0.9], [0.5] * 9])
def test_labels_stand_apart_in_order_and_inside(places):
    found = figures_flow.spread(places, least=0.1)
    assert np.all(np.diff(found) >= 0.1 - 1e-9)
    assert 0 <= found[0] <= found[-1] <= 1 + 1e-9


def test_labels_with_room_stay_where_they_are():
    assert figures_flow.spread([0.2, 0.5, 0.9], least=0.1) == pytest.approx([0.2, 0.5, 0.9])


def test_the_backtest_writes_each_mean_and_each_share_explained(segments, report):
    words = Words("en", currency="GBP", book="segmentation")
    drawn = figures_backtest.intervals(report["backtest"]["by_segment"], "spend", segments, words, written=words.money)
    assert {"£800", "£200", "£40.00"} <= set(texts(drawn))
    assert {"23.1%", "22.2%", "21.3%", "27.7%"} <= set(
        texts(figures_backtest.explained_bars(report["backtest"], words))
    )


def test_twelve_segments_and_one_are_drawn(report, words):
    first = report["segments"][0]
    many = [{**first, "id": rank, "rank": rank} for rank in range(1, 13)]
    points = {**report["points"], "segment": list(range(1, 11)) * 9}
    for segments in (many, many[:1]):
        drawn = draw_pictures({**report, "segments": segments, "points": points, "migration": None}, words)
        assert all(svg.startswith("<svg") for svg in drawn.values())
