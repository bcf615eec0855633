"""The pages: what they show, their headers and languages, and values that try to be markup."""

import re
from dataclasses import replace
from types import SimpleNamespace
from urllib.parse import quote

import pytest

from clientela.contracts import LANGUAGES
from clientela.registry import Entry
from clientela.reporting.charts import COLOURS
from clientela.reporting.words import messages
from clientela.serving.web.render import page_policy, style
from clientela.serving.web.visit import accepted_language

from ...segmentation.versions import CUSTOMERS, SEGMENTS, text
from .conftest import Browser

MARKUP = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7 * 7 }}"
PAGES = (
    "/",
    "/customer",
    "/customer?id=12346",
    "/customer?id=nobody",
    "/ids",
    "/report",
    "/history",
    "/docs",
    "/sign-in",
    "/nowhere",
)


@pytest.fixture
def opened(make_browser):
    """A browser of a server that needs no key."""
    return make_browser(keys=False)


class TestEveryPage:
    @pytest.mark.parametrize("path", PAGES)
    def test_it_has_no_script_and_its_policy_allows_its_style_alone(self, signed_in, path):
        page = Browser(signed_in.app).get(path) if path == "/sign-in" else signed_in.get(path)
        assert page.headers["content-security-policy"] == page_policy().decode()
        assert "script-src" not in page.headers["content-security-policy"]
        assert page.text.count("<style>") == 1
        assert f"<style>{style()}</style>" in page.text
        assert not re.search(r"<script|<link(?! rel=\"icon\" href=\"data:,\")|\sstyle=|\son\w+=|https?://", page.text)
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["x-frame-options"] == "DENY"
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["referrer-policy"] == "same-origin"
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]

    def test_the_colours_are_those_of_the_reports(self):
        assert re.findall(r"\.k\d { --c: (#\w+);", style()) == list(COLOURS)

    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("path", PAGES)
    def test_every_text_has_its_words(self, signed_in, path, language):
        page = signed_in.get(path, accept_language=language)
        assert f'<html lang="{language}">' in page.text or page.status == 303
        assert "None" not in re.sub(
            r"<style>.*</style>|<pre.*?</pre>|<textarea.*?</textarea>", "", page.text, flags=re.S
        )

    def test_a_server_without_a_version_says_so(self, signed_in):
        signed_in.state.serving = None
        page = signed_in.get("/")
        assert (page.status, page.headers["retry-after"]) == (503, "10")
        assert page.says("No version is loaded yet")
        assert signed_in.get("/docs").status == 200

    def test_the_rate_limit_of_a_key_holds_for_its_sessions(self, make_browser):
        browser = make_browser(a_second=1)
        browser.sign_in()
        assert [browser.get("/").status for _ in range(2)] == [200, 429]
        assert browser.get("/segments", x_api_key="a-key-of-this-test").status == 429

    def test_an_unknown_address_is_a_page_for_browsers_only(self, browser):
        assert browser.get("/nowhere").says("The address does not exist")
        assert browser.get("/nowhere", accept="*/*").headers["content-type"] == "application/json"
        assert browser.get("/segments").headers["content-type"] == "application/json"


class TestLanguages:
    @pytest.mark.parametrize(
        ("header", "language"),
        [
            ("", "en"), ("pt-BR", "pt-BR"), ("pt", "pt-BR"), ("pt-PT,en;q=0.5", "pt-BR"), ("en-US,pt;q=0.9", "en"),
            ("de, pt;q=0.2", "pt-BR"), ("en;q=0.1, pt;q=0.2", "pt-BR"), ("pt;q=0", "en"), ("*", "en"),
            ("PT-br", "pt-BR"),            ("pt;q=2", "en"), ("x" * 5000, "en"), (",,,;q=", "en"),
        ],
    )  # fmt: skip
    def test_the_header_is_followed(self, header, language):
        assert accepted_language(header) == language

    def test_a_choice_is_kept(self, signed_in):
        assert signed_in.get("/", accept_language="pt").says("O que fazer")
        page = signed_in.get("/?language=en", accept_language="pt")
        assert page.says("What to do")
        assert dict(page.all_headers)["set-cookie"].startswith(
            "clientela-language=en; Path=/; Max-Age=31536000; HttpOnly"
        )
        assert signed_in.get("/", accept_language="pt").says("What to do")
        assert "set-cookie" not in signed_in.get("/?language=xx").headers

    def test_the_other_language_keeps_the_customer(self, signed_in):
        assert 'href="?language=pt-BR&amp;id=a%26b%22"' in signed_in.get("/customer?id=a%26b%22").text

    def test_both_languages_have_the_same_texts_and_places(self):
        english, portuguese = (messages(language, "web") for language in LANGUAGES)
        places = {key: sorted(re.findall(r"{(\w+)}", value)) for key, value in english.items()}
        assert places == {key: sorted(re.findall(r"{(\w+)}", value)) for key, value in portuguese.items()}


class TestOverview:
    def test_it_shows_the_segments_side_by_side(self, signed_in):
        page = signed_in.get("/")
        assert page.says("5 customers as of 31 Jan 2024, version 1.")
        rows = re.findall(r"<tr class=\"k\d\">(.*?)</tr>", page.text, re.S)
        plain = [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)).strip() for row in rows]
        assert plain[1] == "2 Loyal Loyal. 2 40% 580 22% 290 mean 290 4.5 40.5 Do it for Loyal."

    def test_segments_below_the_smallest_group_have_no_figures(self, make_browser):
        page = make_browser(keys=False, smallest_group=2).get("/")
        champions, loyal, _ = re.findall(r"<tr class=\"k\d\">(.*?)</tr>", page.text, re.S)
        assert champions.count("<b>–</b>") == 5
        assert "2,000" not in page.text
        assert '<b>580</b><span class="note">–</span>' in loyal
        assert "<b>290</b>" in loyal

    def test_figures_that_are_unknown_are_dashes(self, make_browser):
        customers = CUSTOMERS.assign(days_since_last_purchase=float("nan"))
        browser = make_browser(version={"customers": customers}, keys=False)
        page = browser.get("/")
        assert page.status == 200
        assert page.text.count("<b>–</b>") == 3


class TestCustomer:
    def test_it_shows_what_the_version_knows(self, signed_in):
        page = signed_in.get("/customer?id=CS5295")
        for told in (
            "Customer CS5295", "2 Loyal", "What to do: Do it for Loyal.",
            "The rule of this segment holds: order_count &gt; 1.5 and total_spend &lt;= 1000.",
            "To reach Champions, these must change:", "The version was made without an Insiders programme.",
            "No churn model is served", "Total spend", "280",
        ):  # fmt: skip
            assert page.says(told), told

    @pytest.mark.parametrize(
        ("member", "told"), [(True, "Member."), (False, "Not a member."), (None, "does not know this")]
    )
    def test_it_says_whether_the_customer_is_a_member(self, make_browser, member, told):
        customers = CUSTOMERS.assign(insider=[member, *[False] * 4])
        assert make_browser(version={"customers": customers}, keys=False).get("/customer?id=12346").says(told)

    @pytest.mark.parametrize(
        ("arm", "told"),
        [
            ("treatment", "spring: is contacted, since 1 Jan 2024."),
            ("control", "spring: held out for comparison since 1 Jan 2024; do not contact."),
            ("holdout", "spring: in the hold-out of all campaigns; do not contact (since 1 Jan 2024)."),
        ],
    )
    def test_it_shows_the_arms_of_the_campaigns_that_run(self, make_browser, arm, told):
        arms = [{"campaign": "spring", "action": "coupon", "arm": arm, "since": "2024-01-01"}]
        campaigns = SimpleNamespace(arms_of=lambda customer, as_of: arms if customer == "12346" else [])
        browser = make_browser(campaigns=campaigns, keys=False)
        assert browser.get("/customer?id=12346").says(told)
        assert "Campaigns" not in browser.get("/customer?id=CS5295").text

    @pytest.mark.parametrize("id_", ["12346", "12346.0", " 12346 ", "José", "{3F2504E0-4F89}"])
    def test_ids_are_read_as_the_api_reads_them(self, signed_in, id_):
        assert signed_in.get(f"/customer?id={quote(id_)}").status == 200

    @pytest.mark.parametrize("id_", ["nobody", "012346 0", MARKUP, "../../etc/passwd", "\x00", "%ff%fe", "x" * 1000])
    def test_an_unknown_id_is_not_found_and_repeated_as_text(self, signed_in, id_):
        page = signed_in.get(f"/customer?id={quote(id_)}")
        assert page.status == 404
        assert "<script" not in page.text
        assert "<img" not in page.text
        assert "{{ 7 * 7 }}" in page.text or id_ != MARKUP

    def test_a_nested_value_is_refused(self, signed_in):
        page = signed_in.get("/customer?id=%5B1%5D")
        assert page.status == 400
        assert page.says("Each customer id must be text or a number")


class TestHistory:
    ENTRY = Entry(
        at="2026-11-25T10:15:00.000000+00:00", who="maria", action="promote", alias="champion", from_version="1",
        to_version="2", reason="Better", forced=False, state="done", gates=[],
    )  # fmt: skip

    def test_it_shows_the_version_and_the_changes(self, make_browser):
        entries = [self.ENTRY, replace(self.ENTRY, action="rollback", forced=True, state="begun", reason=None)]
        page = make_browser(keys=False, entries=lambda model, limit: entries).get("/history")
        for told in (
            "31 Jan 2024",
            "Promoted",
            "champion: 1 → 2",
            "maria",
            "Better",
            "Rolled back",
            "forced",
            "not finished",
        ):
            assert page.says(told), told

    def test_a_registry_that_does_not_answer_is_said(self, make_browser):
        def fail(model, limit):
            raise ConnectionError("secret address")

        page = make_browser(keys=False, entries=fail).get("/history")
        assert page.status == 200
        assert page.says("The registry does not answer now.")
        assert "secret" not in page.text

    def test_the_registry_is_not_asked_each_time(self, make_browser):
        asked = []
        browser = make_browser(keys=False, entries=lambda model, limit: asked.append(limit) or [])
        for _ in range(3):
            browser.get("/history")
        assert asked == [100]

    def test_entries_with_markup_and_unknown_words_are_texts(self, make_browser):
        entry = replace(
            self.ENTRY, who=MARKUP, reason=MARKUP, action=MARKUP, state=MARKUP, alias=MARKUP, to_version=MARKUP
        )
        page = make_browser(keys=False, entries=lambda model, limit: [entry]).get("/history")
        assert page.status == 200
        assert "<script" not in page.text
        assert "<img" not in page.text


def test_names_and_ids_with_markup_are_texts(make_browser):
    segments = [
        {**segment, **{key: text(MARKUP) for key in ("name", "description", "action", "previous_name")}}
        for segment in SEGMENTS
    ]
    customers = CUSTOMERS.assign(customer_id=[MARKUP, *CUSTOMERS["customer_id"][1:]])
    browser = make_browser(version={"segments": segments, "customers": customers}, keys=False)
    for path in ("/", "/customer?id=CS5295", "/docs", "/docs?language=pt-BR"):
        page = browser.get(path)
        assert page.status == 200
        assert "alert(1)" in page.text
        assert "<script" not in page.text
        assert "<img" not in page.text
