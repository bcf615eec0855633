"""The report on the server: its own policy, versions without one, and a registry that does not answer."""

import pytest

from clientela.registry import Report
from clientela.reporting.script import page_policy

HTML = b"<!DOCTYPE html><title>Report</title><script>fetch('/version')</script>"


def of(reports):
    """Reads the reports by version; counts how often."""
    asked = []

    def read(model, version, largest):
        asked.append((model, version))
        return reports.get(version)

    read.asked = asked
    return read


def test_it_is_shown_as_it_is_in_a_sandbox(make_browser):
    browser = make_browser(report=of({"1": Report("1", HTML)}))
    assert browser.get("/report").headers["location"] == "/sign-in?next=%2Freport"
    browser.sign_in()
    page = browser.get("/report")
    assert (page.status, page.body) == (200, HTML)
    policy = page.headers["content-security-policy"]
    assert (
        policy
        == f"{page_policy(has_script=True)}; frame-ancestors 'none'; sandbox allow-scripts allow-downloads allow-modals"
    )
    assert "allow-same-origin" not in policy
    assert "unsafe-inline" not in policy.partition("script-src")[2]
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["cache-control"] == "no-store"


def test_a_version_without_a_report_leads_to_the_one_that_it_continues(make_browser):
    browser = make_browser(keys=False, report=of({"1": Report("0", HTML)}))
    page = browser.get("/report")
    assert page.says("It continues version 0.")
    assert 'href="/report/earlier"' in page.text
    assert browser.get("/report/earlier").body == HTML


@pytest.mark.parametrize("path", ["/report", "/report/earlier"])
def test_without_any_report_it_says_so(make_browser, path):
    page = make_browser(keys=False).get(path)
    assert page.status == 404
    assert page.says("There is no report of version 1")


def test_a_registry_that_does_not_answer_is_no_error(make_browser):
    def fail(model, version, largest):
        raise ConnectionError("secret")

    page = make_browser(keys=False, report=fail).get("/report")
    assert page.status == 404
    assert "secret" not in page.text


def test_the_store_is_asked_once_per_version(make_browser):
    read = of({"1": Report("1", HTML)})
    browser = make_browser(keys=False, report=read)
    for _ in range(3):
        browser.get("/report")
    assert read.asked == [("customer-segments", "1")]


@pytest.mark.parametrize(
    "path", ["/report/../../etc/passwd", "/report/report.html", "/report//etc/passwd", "/report/2"]
)
def test_no_other_file_is_found(make_browser, path):
    assert make_browser(keys=False, report=of({"1": Report("1", HTML)})).get(path).status == 404
