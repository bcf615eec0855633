"""The saved views of MLflow's UI: what their tags hold, how long they are, and which ones the menu lists."""

import json

from clientela.shared_views import LISTED, PREFIX, Chart, View, decode_state, encode_view, unlisted

# MLflow refuses longer values of an experiment's tag.
LONGEST = 5_000
COLUMNS = ("tags.segments", "metrics.separation", "metrics.explained_spend", "tags.verdict", "tags.reason")
LINES = tuple(f"silhouette_by_k/gaussian_mixture {kind}" for kind in ("full", "tied", "diag", "spherical"))
VIEW = View(
    "Leaderboard",
    "tags.`mlflow.parentRunId` = '44059a2b6a8e4145a05f7028a5422138'",
    COLUMNS,
    order_by="rank",
    charts=(Chart("silhouette by k", LINES), Chart("both", ("explained_spend",), x="metrics.stability")),
)


def state(view: View = VIEW) -> dict:
    return decode_state(encode_view(view, created=5))


def test_the_table_has_the_name_then_the_columns_in_their_order():
    assert state()["columnOrder"] == [
        "attributes.`Run Name`", "runDateAndNestInfo", "tags.`segments`", "metrics.`separation`",
        "metrics.`explained_spend`", "tags.`verdict`", "tags.`reason`", "duration",
    ]  # fmt: skip


def test_all_but_the_text_leaves_room_for_it_beside_the_side_bar_and_the_assistant():
    widths = dict(state()["columnWidths"])
    text = widths.pop("tags.`reason`")
    del widths["duration"]  # behind the text
    assert sum(widths.values()) < 600
    assert text > 400


def test_lines_over_steps_and_points_over_a_metric():
    lines, points = state()["compareRunCharts"]
    assert (lines["type"], tuple(lines["selectedMetricKeys"]), lines["xAxisKey"]) == ("LINE", LINES, "step")
    assert (points["type"], points["xaxis"], points["yaxis"]) == (
        "SCATTER", {"key": "stability", "type": "METRIC"}, {"key": "explained_spend", "type": "METRIC"},
    )  # fmt: skip
    first, rest = state()["compareRunSections"]
    assert {chart["metricSectionId"] for chart in (lines, points)} == {first["uuid"]}
    assert (first["display"], rest["name"], rest["display"]) == (True, "Model metrics", False)


def test_without_charts_the_ui_makes_its_own():
    assert state(View("x", "", COLUMNS, order_by="rank"))["compareRunCharts"] is None


def test_the_same_view_gives_the_same_tag_and_a_large_one_fits_into_it():
    charts = [Chart(f"{name} by k", tuple(f"{name}_by_k/{line}" for line in LINES * 3)) for name in "abcdef"]
    large = View(
        VIEW.name, VIEW.search, [f"metrics.some_metric_{i}" for i in range(20)], order_by="rank", charts=charts
    )
    assert encode_view(large, created=1) == encode_view(large, created=1)
    assert len(encode_view(large, created=1)) < LONGEST


def test_the_tag_is_what_the_menu_of_views_reads():
    tag = json.loads(encode_view(VIEW, created=5))
    assert tag.keys() == {"name", "createdAt", "updatedAt", "state"}
    assert (tag["name"], tag["createdAt"]) == ("Leaderboard", 5)


def test_views_of_old_comparisons_lose_their_name_and_keep_their_state():
    tags = {f"{PREFIX}leaderboard-{i:02}": encode_view(VIEW, created=i) for i in range(LISTED + 2)}
    tags |= {f"{PREFIX}curves-{i:02}": encode_view(VIEW, created=i) for i in range(LISTED + 2)}
    mine = {f"{PREFIX}mine": encode_view(VIEW, created=0), "other": "text"}
    changed = unlisted(tags | mine, prefixes=("leaderboard", "curves"))
    assert set(changed) == {f"{PREFIX}{kind}-{i:02}" for kind in ("leaderboard", "curves") for i in range(2)}
    for value in changed.values():
        assert value.startswith("deflate;")
        assert decode_state(value) == state()
    assert unlisted(tags | mine | changed, prefixes=("leaderboard", "curves")) == {}
