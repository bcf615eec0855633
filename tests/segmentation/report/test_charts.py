import os
import struct
import subprocess
import sys

import numpy as np
import pytest
from matplotlib.figure import Figure

from clientela.reporting.charts import COLOURS, NOISE, render
from clientela.segmentation.clustering.leaderboard import leaderboard
from clientela.segmentation.report.charts import leaderboard_chart, scatter_plot, segment_map, silhouette_plot

PNG = b"\x89PNG\r\n\x1a\n"


def silhouettes(labels):
    labels = np.array(labels)
    widths = np.linspace(-0.4, 0.8, len(labels))
    return silhouette_plot(widths, labels, mean=0.2, title="kmeans k=3")


def scatter(labels):
    points = np.random.default_rng(0).normal(size=(len(labels), 2))
    return scatter_plot(points, np.array(labels), axis_shares=[0.61, 0.2], title="kmeans k=3")


def segment(id_, title="Champions", **changes):
    medians = {"days_since_last_purchase": 3.0 * id_, "order_count": 20.0 / id_}
    plain = {"id": id_, "title": title, "customer_share": 0.1, "spend_share": 0.1, "mean_spend": 900.0 / id_}
    return {**plain, "medians": medians, **changes}


def segments(count):
    return [segment(id_, f"Segment {id_}") for id_ in range(1, count + 1)]


def words(figure):
    """All texts of a figure's axes but those of their ticks."""
    texts = [text.get_text() for axes in figure.axes for text in axes.texts]
    legends = [axes.get_legend() for axes in figure.axes if axes.get_legend()]
    return texts + [text.get_text() for legend in legends for text in legend.get_texts()]


LABELS = {
    "three clusters": [0, 1, 2] * 20,
    "noise": [-1, 0, 1] * 20,
    "one cluster": [0] * 30,
    "only noise": [-1] * 30,
    "twelve clusters": list(range(12)) * 5,
    "a cluster of one": [0] * 29 + [1],
}


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
@pytest.mark.parametrize("plot", [silhouettes, scatter])
def test_a_clustering_is_drawn_to_the_same_bytes_each_time(plot, labels):
    first, second = render(plot(labels)), render(plot(labels))
    assert first.startswith(PNG)
    assert first == second


@pytest.mark.parametrize("count", [1, 2, 12])
@pytest.mark.parametrize("currency", ["BRL", ""])
def test_segments_are_drawn_to_the_same_bytes_each_time(count, currency):
    first, second = (render(segment_map(segments(count), currency=currency)) for _ in range(2))
    assert first.startswith(PNG)
    assert first == second


def test_the_leaderboard_is_drawn_to_the_same_bytes_each_time(evaluations, verdicts):
    first, second = (render(leaderboard_chart(leaderboard(evaluations, verdicts))) for _ in range(2))
    assert first.startswith(PNG)
    assert first == second


def test_other_figures_have_other_bytes():
    assert render(silhouettes([0, 1, 2] * 20)) != render(silhouettes([0, 1, 1] * 20))


def test_dots_per_inch_scale_the_picture():
    def width(png):
        return struct.unpack(">I", png[16:20])[0]

    figure = silhouettes([0, 1] * 10)
    assert width(render(figure, dpi=110)) > width(render(figure)) == round(5.6 * 90)


# Silhouettes


def test_clusters_and_noise_are_named_and_the_mean_is_written():
    assert words(silhouettes([-1, 0, 1] * 20)) == ["noise", "0", "1", " mean 0.200"]


def test_noise_is_grey_and_no_cluster_is():
    figure = silhouettes([-1, 0, 1] * 20)
    noise, *clusters = [tuple(patch.get_facecolor()[0][:3]) for patch in figure.axes[0].collections]
    assert noise == tuple(int(NOISE[i : i + 2], 16) / 255 for i in (1, 3, 5))
    assert noise not in clusters
    assert len(set(clusters)) == 2


def test_negative_silhouettes_are_in_the_picture():
    widths, labels = np.array([-0.9, 0.5, 0.6]), np.array([0, 0, 1])
    assert silhouette_plot(widths, labels, mean=0.1, title="").axes[0].get_xlim()[0] <= -0.9


def test_ten_colours_are_all_different():
    assert len({*COLOURS, NOISE}) == 11


# Scatter


def test_the_legend_names_clusters_and_noise_and_the_axes_their_share():
    figure = scatter([-1, 0, 1] * 20)
    assert words(figure) == ["noise", "0", "1"]
    assert figure.axes[0].get_xlabel() == "first component (61% of variance)"
    assert figure.axes[0].get_ylabel() == "second component (20%)"


def test_every_customer_is_a_point():
    lines = scatter([-1, 0, 1] * 20).axes[0].lines
    assert sum(len(line.get_xdata()) for line in lines) == 60


# Leaderboard


def test_candidates_are_counted_by_verdict_and_the_winner_is_named(evaluations, verdicts):
    figure = leaderboard_chart(leaderboard(evaluations, verdicts))
    assert set(words(figure)) == {
        "kmeans k=5",
        "rfm_rules",
        "winner (1)",
        "shortlisted (1)",
        "baseline (1)",
        "rejected (1)",  # the other has no separation
    }


def test_a_short_history_is_drawn_without_next_period_spend(evaluations, verdicts):
    for evaluation in evaluations:
        del evaluation.metrics["explained_spend"]
    figure = leaderboard_chart(leaderboard(evaluations, verdicts))
    assert render(figure).startswith(PNG)


def test_a_board_of_rejected_candidates_only_is_drawn():
    rows = [{"name": "kmeans k=2", "verdict": "rejected", "separation": 0.9, "explained_spend": None}]
    assert words(leaderboard_chart(rows)) == ["rejected (1)"]


# Segments


def test_segments_carry_their_name_and_what_they_bring():
    figure = segment_map([segment(1, customer_share=0.3, spend_share=0.8, mean_spend=2500.4)], currency="BRL")
    left, right = figure.axes
    assert [text.get_text() for text in left.texts] == ["1"]
    assert [text.get_text() for text in right.texts] == ["80% of spend", "30% of customers"]
    assert [label.get_text() for label in right.get_yticklabels()] == ["1 Champions\nBRL 2,500 each"]


def test_the_most_recent_segments_stand_to_the_right():
    low, high = segment_map(segments(3), currency="BRL").axes[0].get_xlim()
    assert low > high


def test_the_most_valuable_segment_stands_on_top():
    right = segment_map(segments(3), currency="BRL").axes[1]
    rows = dict(zip([label.get_text()[0] for label in right.get_yticklabels()], right.get_yticks(), strict=True))
    assert rows["1"] > rows["2"] > rows["3"]


@pytest.mark.parametrize("title, currency", [("a$\\frac$", "BRL"), ("Big $penders", "R$"), ("100% loyal_ones", "US$")])
def test_signs_of_money_and_markup_in_names_are_only_signs(title, currency):
    assert render(segment_map([segment(1, title)], currency=currency)).startswith(PNG)


# No state


def test_figures_are_plain_objects_without_pyplot():
    script = """
import sys
import numpy as np
from clientela.segmentation.report.charts import *
render(silhouette_plot(np.ones(4), np.array([0, 0, 1, -1]), mean=1.0, title=""))
render(scatter_plot(np.ones((4, 2)), np.array([0, 0, 1, -1]), axis_shares=[1, 0], title=""))
sys.exit("matplotlib.pyplot" in sys.modules)
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", script], env=environment, timeout=600).returncode == 0
    assert isinstance(scatter([0, 1]), Figure)
