"""The server's pages in headless Chromium: signing in, asking, lists, downloads, the API's forms, accessibility."""

import re

import pytest

from .conftest import KEY

pytestmark = [pytest.mark.slow, pytest.mark.browser]

KNOWN = "12346"  # the demo shop's first customer
PAGES = ("/", f"/customer?id={KNOWN}", "/customer?id=nobody", "/ids", "/history", "/docs")


def sign_in(page, key=KEY):
    page.locator("#key").fill(key)
    page.locator("main button").click()


def test_a_person_signs_in_asks_and_signs_out_without_scripts(production, browser, tmp_path):
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    page.goto(f"{production.url}/docs")
    assert page.url == f"{production.url}/sign-in?next=%2Fdocs"
    sign_in(page, "wrong")
    assert page.get_by_role("alert").inner_text().startswith("This key is not one of the server's.")
    sign_in(page)
    assert page.url == f"{production.url}/docs"
    (cookie,) = context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"], KEY in cookie["value"]) == (True, "Strict", False)

    lookup = page.locator("#post--customers-lookup")
    lookup.get_by_role("button").click()
    assert page.url == f"{production.url}/docs#post--customers-lookup"
    assert lookup.get_by_role("heading", level=3).inner_text().startswith("Answer: 200")
    assert f'"customer_id": "{KNOWN}"' in lookup.locator("pre").inner_text()

    page.goto(production.url)
    assert page.locator("table.decide tbody tr").count() > 2
    page.locator("#id").fill(KNOWN)
    page.locator("main button").click()
    assert page.url == f"{production.url}/customer?id={KNOWN}"
    segment = page.locator("article h2").inner_text().partition("\n")[2] or page.locator("article h2").inner_text()

    page.get_by_role("link", name="List of ids").click()
    page.locator("#ids").fill(f"{KNOWN}\nnobody")
    page.get_by_role("button", name="Show as a table").click()
    first, second = page.locator("tbody tr").all_inner_texts()
    assert re.sub(r"^\d+\s*", "", segment) in first
    assert "not known" in second
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download CSV").first.click()
    assert saved.value.suggested_filename == "customers.csv"
    saved.value.save_as(tmp_path / "answer.csv")

    page.locator("#file").set_input_files(tmp_path / "answer.csv")
    page.get_by_role("button", name="Show as a table").click()
    assert page.locator("tbody th").all_inner_texts()[0] == KNOWN

    page.get_by_role("button", name="Sign out").click()
    assert page.url == f"{production.url}/sign-in"
    assert context.cookies() == []
    page.goto(f"{production.url}/ids")
    assert page.url == f"{production.url}/sign-in?next=%2Fids"
    context.close()


def test_the_report_runs_its_own_script_and_nothing_else(production, browser):
    page = browser.new_page()
    page.goto(f"{production.url}/report")
    sign_in(page)
    assert page.url == f"{production.url}/report"
    if page.get_by_role("link", name="Open the report of version 1").count():  # after a test with a refresh
        page.get_by_role("link", name="Open the report of version 1").click()
    assert page.locator(".open-all").count() == 1
    assert page.evaluate("self.origin") == "null"
    assert page.evaluate("fetch('/version').then(() => 'read', () => 'refused')") == "refused"
    page.evaluate(
        "const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.body.append(s)"
    )
    assert page.evaluate("window.ran === undefined")
    page.close()


@pytest.mark.parametrize(
    ("width", "scheme", "locale", "title"), [(1440, "light", "en-GB", "Segments"), (390, "dark", "pt-BR", "Segmentos")]
)
def test_the_pages_fit_and_are_accessible(production, browser, axe, width, scheme, locale, title):
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, locale=locale)
    page, complaints = context.new_page(), []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(production.url)
    check(page, axe, width)
    sign_in(page)
    assert page.locator("h1").inner_text() == title
    for path in PAGES:
        page.goto(production.url + path)
        check(page, axe, width)
    page.goto(f"{production.url}/ids")
    page.locator("#ids").fill(f"{KNOWN}\nnobody")
    page.locator("button[value=table]").click()
    check(page, axe, width)
    assert [text for text in complaints if "404 (Not Found)" not in text] == []
    context.close()


def check(page, axe, width):
    assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
    cut = page.locator(".scroll").evaluate_all("all => all.filter(one => one.scrollWidth > one.clientWidth + 1).length")
    assert cut == 0, page.url
    found = axe.run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], page.url
