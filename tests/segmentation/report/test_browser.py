"""The report in headless Chromium: it fits, loads nothing, is accessible, and its script does what it offers."""

import json

import pytest

from clientela.segmentation.report.html import render_report

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LANGUAGES = ("en", "pt-BR")


@pytest.fixture
def written(report, tmp_path):
    """Writes the page of the report in a language; returns its address."""

    def write(language):
        path = tmp_path / f"{language}.html"
        path.write_text(render_report(report, language=language), encoding="utf-8")
        return path.as_uri()

    return write


@pytest.fixture
def page(undrawn, browser, written):
    """The English page on a phone, with all that the browser complains of."""
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.complaints = []
    page.on("console", lambda message: page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("dialog", lambda dialog: (page.complaints.append(dialog.message), dialog.dismiss()))
    page.goto(written("en"))
    yield page
    assert page.complaints == []


def test_the_page_fits_loads_nothing_and_is_accessible(browser, written, axe):
    for language in LANGUAGES:
        address = written(language)
        for width, scheme in ((390, "light"), (1440, "dark"), (820, "light")):
            page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
            complaints = []
            page.on("console", lambda message, complaints=complaints: complaints.append(message.text))
            page.on("pageerror", lambda error, complaints=complaints: complaints.append(str(error)))
            page.on("request", lambda request, complaints=complaints: complaints.append(request.url))
            page.goto(address)
            page.locator(".open-all").click()
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            if width != 820:
                cut = page.locator(".scroll").evaluate_all(
                    "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.ariaLabel)"
                )
                assert cut == [], (language, width)
                found = axe.run(page).response["violations"]
                assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], (language, width)
            loaded = [one for one in complaints if not one.startswith(("file:", "data:"))]
            assert loaded == [], (language, width, scheme)
            page.close()


def test_tables_are_sorted_and_filtered(page):
    table = page.locator("table.decide")
    names = table.locator("tbody th a")
    assert [name.split()[0] for name in names.all_inner_texts()] == ["4", "1", "7"]
    # On a phone the heads are read, not seen; a click of the keyboard reaches them.
    head = table.locator("thead button", has_text="Customers")
    head.evaluate("one => one.click()")
    assert [name.split()[0] for name in names.all_inner_texts()] == ["1", "4", "7"]
    head.evaluate("one => one.click()")
    assert [name.split()[0] for name in names.all_inner_texts()] == ["7", "4", "1"]
    assert table.locator("th[aria-sort]").get_attribute("aria-sort") == "ascending"
    page.locator(".open-all").click()
    ledger = page.locator("table.ledger tbody tr")
    page.locator("#data .filter").first.fill("DUPLICATE")
    assert [row.is_visible() for row in ledger.all()] == [False, True, False]
    page.locator("#data .filter").first.fill("no such rule")
    assert page.get_by_text("No row contains this text.").is_visible()


def test_a_customer_is_found_and_a_hostile_id_is_text(page):
    box = page.get_by_label("Which segment is a customer in?")
    box.fill(" 00123 ")
    assert page.locator(".answer a").get_attribute("href") == "#segment-1"
    box.fill("</script><script>alert(4)</script>")
    assert page.locator(".answer a").inner_text() == "Loyal $ <b>"
    box.fill("nobody")
    assert page.get_by_text("No customer with this id.").is_visible()


def test_a_list_is_copied_and_downloaded(page, browser):
    best = page.locator("#segment-4")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    best.get_by_role("button", name="Copy the list (2)").click()
    best.get_by_text("Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == "=1+1\nC10"
    with page.expect_download() as waiting:
        best.get_by_role("button", name="Download the list (CSV)").click()
    assert waiting.value.suggested_filename == "segment-4.csv"
    assert waiting.value.path().read_text() == "customer_id\n'=1+1\nC10\n"


def test_without_scripts_the_page_reads_and_shows_no_button(undrawn, browser, written):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(written("en"))
    assert page.locator("button, input").count() == 0
    assert page.locator("table.decide tbody tr").count() == 3
    assert not page.locator(".find").is_visible()
    page.locator("#segment-4 summary").first.click()
    assert page.get_by_text("Key figures").first.is_visible()


def test_no_script_but_that_of_the_page_runs(undrawn, report, browser, tmp_path):
    html = render_report(report, language="en")
    attack = "<script>document.title = 'attacked'</script><img src=x onerror=\"document.title = 'attacked'\">"
    path = tmp_path / "attacked.html"
    path.write_text(html.replace('<main id="main"', attack + '<main id="main"'), encoding="utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    page.locator(".open-all").wait_for()  # its own script ran
    assert "attacked" not in page.title()


def test_a_report_without_lists_has_no_search(undrawn, report, browser, tmp_path):
    report["customers"] = {"shown": "none", "segments": []}
    html = render_report(report, language="en")
    path = tmp_path / "report.html"
    path.write_text(html, encoding="utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    assert not page.locator(".find").is_visible()
    assert page.get_by_role("button", name="Copy").count() == 0
    assert "00123" not in html
    assert json.dumps("C10") not in html
    assert "C11" not in html  # a typical customer
