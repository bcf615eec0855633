"""`mlflow ui` in headless Chromium: the leaderboard that the run's link opens."""

import re
import shutil

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.browser]

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture
def page():
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("needs Chromium, which pip cannot install")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser.new_page(viewport={"width": 1900, "height": 1000})
        browser.close()


def test_the_leaderboard_opens_sorted_with_the_winner_on_top(page, ui, first_run):
    link = re.search(r"http://127\.0\.0\.1:5000(/#/experiments/\S+viewStateShareKey=\S+)", first_run)
    page.goto(ui.url + link[1])
    page.get_by_text("11 matching runs").wait_for(timeout=60_000)
    winner = page.get_by_text(re.compile("★"))
    winner.first.wait_for(timeout=30_000)
    names = page.locator("[role=row] a[href*='/runs/']").all_inner_texts()
    assert names[0].startswith("★")
    for column in ("explained_spend", "separation", "silhouette", "stability"):
        assert page.get_by_text(column, exact=False).count() > 0, column


def test_the_parent_run_describes_the_comparison(page, ui, project, first_run):
    link = re.search(r"/experiments/(\d+)/", first_run)
    page.goto(f"{ui.url}/#/experiments/{link[1]}/runs?workflowType=machine_learning")
    page.get_by_text("demo 2025-01-01").first.click(timeout=30_000)
    page.get_by_text("Chosen:").first.wait_for(timeout=60_000)
    assert page.get_by_text("Champions").count() > 0
