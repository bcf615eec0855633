"""`mlflow ui` in headless Chromium: the leaderboard that the run's link opens."""

import re

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.fixture
def page(browser):
    return browser.new_page(viewport={"width": 1900, "height": 1000})


def test_the_leaderboard_opens_sorted_with_the_winner_on_top(page, ui, first_run):
    link = re.search(r"http://127\.0\.0\.1:5000(/#/experiments/\S+viewStateShareKey=\S+)", first_run)
    page.goto(ui.url + link[1])
    page.get_by_text("11 matching runs").wait_for(timeout=300_000)
    winner = page.get_by_text(re.compile("★"))
    winner.first.wait_for(timeout=300_000)
    names = page.locator("[role=row] a[href*='/runs/']").all_inner_texts()
    assert names[0].startswith("★")
    for column in ("explained_spend", "separation", "silhouette", "stability"):
        assert page.get_by_text(column, exact=False).count() > 0, column


def test_the_parent_run_describes_the_comparison(page, ui, project, first_run):
    link = re.search(r"/experiments/(\d+)/", first_run)
    page.goto(f"{ui.url}/#/experiments/{link[1]}/runs?workflowType=machine_learning")
    page.get_by_text("demo 2025-01-01", exact=True).first.click(timeout=300_000)
    page.get_by_text("Chosen:").first.wait_for(timeout=300_000)
    assert page.get_by_text("Champions").count() > 0
