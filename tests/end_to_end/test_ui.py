"""`clientela ui` in headless Chromium: the views of a comparison, and the view of models on every page."""

import re

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.browser]
WIDTH = 1_440
COLUMNS = ("segments", "separation", "stability", "explained_spend", "verdict", "reason")


@pytest.fixture
def page(browser):
    return browser.new_page(viewport={"width": WIDTH, "height": 900})


@pytest.fixture
def link(ui, first_run) -> str:
    """The link that the run printed, on the server of the tests."""
    return ui.url + re.search(r"http://127\.0\.0\.1:5000(/#/experiments/\S+viewStateShareKey=\S+)", first_run)[1]


def test_the_leaderboard_fits_on_the_screen_with_the_winner_on_top(page, link):
    page.goto(link)
    page.get_by_text("11 matching runs").wait_for(timeout=300_000)
    page.get_by_text(re.compile("★")).first.wait_for(timeout=300_000)
    names = page.locator("[role=row] a[href*='/runs/']").all_inner_texts()
    assert names[0].startswith("★")
    edges = {}
    for column in COLUMNS:
        header = page.locator(f"[role=columnheader] >> text=/^{column}/")
        header.first.wait_for(timeout=60_000)
        box = header.first.bounding_box()
        edges[column] = box["x"] + box["width"]
    assert list(edges) == sorted(edges, key=edges.__getitem__)
    assert edges["reason"] < WIDTH - 200, edges  # and there is room for its text
    # The view is in the menu by its name, and opens in the view of models.
    assert page.get_by_test_id("saved-views-trigger").inner_text().startswith("Leaderboard: demo 2025-01-01")
    assert page.get_by_text("Evaluation runs").count() == 0


def test_the_curves_open_with_the_four_figures(page, link):
    curves = link.replace("leaderboard-", "curves-").replace(
        "machine_learning", "machine_learning&compareRunsMode=CHART"
    )
    page.goto(curves)
    for metric in ("silhouette", "davies_bouldin", "stability", "explained_spend"):
        page.get_by_text(f"{metric}_by_k/kmeans").first.wait_for(timeout=300_000)


def test_plain_addresses_open_in_the_view_of_models(page, ui, link):
    experiment = re.search(r"/experiments/(\d+)/", link)[1]
    page.goto(f"{ui.url}/#/experiments/{experiment}")
    page.get_by_text("demo 2025-01-01", exact=True).first.click(timeout=300_000)
    page.get_by_text("Chosen:").first.wait_for(timeout=300_000)
    assert page.get_by_text("Evaluation runs").count() == 0
    # The run names its version, the version the logged model, and the logged model the version.
    page.locator("a[href*='/models/customer-segments/versions/']").first.click(timeout=300_000)
    page.get_by_text("Source Model").first.wait_for(timeout=300_000)
    assert "**" not in page.locator("body").inner_text()
    assert re.search(r"Champions: [\d,]+ customers", page.locator("body").inner_text())
    page.locator("a[href*='/models/m-']").first.click()
    page.get_by_text("About this logged model").first.wait_for(timeout=300_000)
    text = page.locator("body").inner_text()
    assert "Not registered" not in text
    assert re.search(r"Datasets used\s+demo", text)
    assert "customer-segments" in text
