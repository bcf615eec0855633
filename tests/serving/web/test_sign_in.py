"""Signing in and out: cookies, sessions, forms of other sites, limits, and where it leads."""

import pytest

from clientela.serving.refusals import Refusal
from clientela.serving.web.attempts import Attempts, client_address
from clientela.serving.web.entry import safe_target

from .conftest import KEY, OTHER_KEY, URLENCODED

PAGES = ("/", "/customer", "/ids", "/history", "/docs")


class TestWithoutASession:
    @pytest.mark.parametrize("path", PAGES)
    def test_a_browser_is_sent_to_the_form(self, browser, path):
        page = browser.get(path)
        assert page.status == 303
        assert page.headers["location"] == ("/sign-in" if path == "/" else f"/sign-in?next=%2F{path[1:]}")

    @pytest.mark.parametrize("path", PAGES)
    def test_a_program_gets_the_answer_of_the_api(self, browser, path):
        page = browser.get(path, accept="application/json")
        assert (page.status, page.headers["content-type"]) == (401, "application/json")
        assert page.headers["www-authenticate"] == "Bearer"

    @pytest.mark.parametrize("path", PAGES)
    def test_a_key_in_a_header_opens_the_pages(self, browser, path):
        assert browser.get(path, x_api_key=KEY).status == 200
        assert browser.get(path, authorization=f"Bearer {OTHER_KEY}").status == 200
        assert browser.get(path, x_api_key="wrong").status == 403

    def test_the_cookie_does_not_open_the_api(self, signed_in):
        assert signed_in.get("/segments").status == 401
        assert signed_in.get("/version").status == 401

    def test_an_open_server_needs_no_sign_in(self, make_browser):
        browser = make_browser(keys=False)
        assert [browser.get(path).status for path in PAGES] == [200] * len(PAGES)
        assert browser.get("/sign-in").headers["location"] == "/"
        assert "sign-out" not in browser.get("/").text


class TestSigningIn:
    def test_the_right_key_leads_to_the_page_that_was_asked_for(self, browser):
        location = browser.get("/customer?id=a%2Fb%26c").headers["location"]
        form = browser.get(location)
        assert (form.status, form.headers["cache-control"]) == (200, "no-store")
        target = "/customer?id=a%2Fb%26c"
        assert f'value="{target}"' in form.text
        page = browser.post("/sign-in", {"key": f" {KEY}\n", "next": target})
        assert (page.status, page.headers["location"]) == (303, target)

    def test_the_cookie_says_nothing_of_the_key_and_is_for_the_server_alone(self, browser):
        cookie = browser.sign_in().headers["set-cookie"]
        name, _, rest = cookie.partition("=")
        assert name == "clientela-session"
        assert rest.partition("; ")[2] == "Path=/; Max-Age=28800; HttpOnly; SameSite=Strict"
        assert KEY not in cookie
        assert "crm" not in cookie

    def test_behind_tls_the_cookie_is_secure_and_bound_to_the_host(self, browser):
        cookie = browser.sign_in(x_forwarded_proto="https").headers["set-cookie"]
        assert cookie.startswith("__Host-clientela-session=")
        assert cookie.endswith("; Path=/; Max-Age=28800; HttpOnly; SameSite=Strict; Secure")
        assert browser.get("/", x_forwarded_proto="https").status == 200
        token = browser.cookies["__Host-clientela-session"]
        # A cookie that a page without TLS has set does not count behind TLS.
        assert browser.get("/", x_forwarded_proto="https", cookie=f"clientela-session={token}").status == 303

    def test_a_wrong_key_is_not_repeated(self, browser):
        page = browser.sign_in("a-wrong-key")
        assert (page.status, browser.cookies) == (403, {})
        assert page.says("This key is not one of the server's")
        assert "a-wrong-key" not in page.text

    @pytest.mark.parametrize("fields", [{}, {"key": ""}, {"key": "é"}, {"key": "\x00"}, {"key": KEY + "x"}])
    def test_other_forms_start_no_session(self, browser, fields):
        assert browser.post("/sign-in", fields).status == 403
        assert browser.cookies == {}

    def test_a_session_is_new_and_the_old_one_ends(self, browser):
        browser.cookies["clientela-session"] = planted = "A" * 48
        browser.sign_in()
        first = browser.cookies["clientela-session"]
        assert first != planted
        browser.sign_in(OTHER_KEY)
        assert browser.get("/", cookie=f"clientela-session={first}").status == 303
        assert browser.get("/").says("other")

    def test_the_key_is_not_in_the_log(self, browser):
        browser.sign_in()
        browser.sign_in("a-wrong-key")
        browser.get("/customer?id=12346")
        log = browser.log_file.read_text()
        assert '"key":"crm"' in log
        assert KEY not in log
        assert "a-wrong-key" not in log
        assert "12346" not in log
        assert browser.cookies["clientela-session"] not in log

    @pytest.mark.parametrize("size", [8_193, 100_001])
    def test_a_form_that_is_too_long_is_refused(self, browser, size):
        body = b"key=" + b"x" * (size - 4)
        page = browser.ask("POST", "/sign-in", body, content_type=URLENCODED, sec_fetch_site="same-origin")
        assert page.status == 413


class TestSigningOut:
    def test_it_ends_the_session_everywhere(self, signed_in):
        token = signed_in.cookies["clientela-session"]
        page = signed_in.post("/sign-out", {"form_token": signed_in.get("/").form_token})
        assert (page.status, page.headers["location"]) == (303, "/sign-in")
        assert signed_in.cookies == {}
        assert signed_in.get("/", cookie=f"clientela-session={token}").status == 303

    def test_a_link_does_not_sign_out(self, signed_in):
        page = signed_in.get("/sign-out")
        assert (page.status, page.headers["allow"]) == (405, "POST")
        assert signed_in.get("/").status == 200


class TestFormsOfOtherSites:
    @pytest.mark.parametrize(
        "headers",
        [
            {"sec_fetch_site": "cross-site"},
            {"sec_fetch_site": "same-site"},
            {"sec_fetch_site": "none"},
            {"sec_fetch_site": None},
            {"sec_fetch_site": None, "origin": "null"},
            {"sec_fetch_site": None, "origin": "http://evil.example"},
            {"sec_fetch_site": None, "origin": "http://shop.example.evil.example"},
            {"sec_fetch_site": None, "origin": "http://evil.example/shop.example"},
            {"sec_fetch_site": None, "origin": "http://[bad"},
            {"sec_fetch_site": None, "origin": "http://", "host": ""},
        ],
    )
    def test_they_are_refused(self, signed_in, headers):
        token = signed_in.get("/").form_token
        assert signed_in.sign_in(**headers).status == 403
        assert signed_in.post("/sign-out", {"form_token": token}, **headers).status == 403
        assert signed_in.get("/").status == 200

    def test_a_browser_that_says_the_origin_alone_is_believed(self, browser):
        assert browser.sign_in(sec_fetch_site=None, origin="https://Shop.example").status == 303

    @pytest.mark.parametrize("token", [None, "", "0" * 64, "é"])
    def test_a_form_without_the_token_of_its_session_is_refused(self, signed_in, token):
        assert signed_in.post("/sign-out", {"form_token": token} if token is not None else {}).status == 403

    def test_the_token_of_another_session_is_refused(self, signed_in, make_browser):
        token = signed_in.get("/").form_token
        signed_in.sign_in(OTHER_KEY)
        assert signed_in.post("/sign-out", {"form_token": token}).status == 403


class TestAttempts:
    def test_an_address_may_fail_so_often_per_minute(self):
        now = [0.0]
        attempts = Attempts(10, clock=lambda: now[0])
        for _ in range(10):
            attempts.check("203.0.113.7")
            attempts.count_failure("203.0.113.7")
        with pytest.raises(Refusal) as refused:
            attempts.check("203.0.113.7")
        assert (refused.value.status, refused.value.headers) == (429, [(b"retry-after", b"6")])
        attempts.check("203.0.113.8")
        now[0] = 6.0
        attempts.check("203.0.113.7")

    def test_after_too_many_failures_the_form_is_refused_and_right_keys_do_not_count(self, browser):
        for _ in range(12):
            assert browser.sign_in().status == 303
        assert [browser.sign_in("wrong").status for _ in range(11)] == [403] * 10 + [429]
        page = browser.sign_in()
        assert page.status == 429
        assert int(page.headers["retry-after"]) > 0
        browser.address = "203.0.113.8"
        assert browser.sign_in().status == 303

    @pytest.mark.parametrize(
        ("peer", "forwarded", "address"),
        [
            ("203.0.113.7", b"", "203.0.113.7"),
            ("93.184.216.34", b"192.0.2.1", "93.184.216.34"),
            ("127.0.0.1", b"192.0.2.1, 93.184.216.34", "93.184.216.34"),
            ("10.1.2.3", b"nonsense", "10.1.2.3"),
            ("127.0.0.1", b"", "127.0.0.1"),
            ("2a00:1450::1:2:3:4", b"", "2a00:1450::/64"),
            ("", b"93.184.216.34", "93.184.216.34"),
        ],
    )
    def test_the_address_of_a_client(self, peer, forwarded, address):
        assert client_address({"client": (peer, 1)}, {b"x-forwarded-for": forwarded}) == address


@pytest.mark.parametrize(
    ("wanted", "target"),
    [
        ("/customer?id=12346", "/customer?id=12346"),
        ("/docs", "/docs"),
        ("/customer?id=a&x=b#c", "/customer?id=a"),
        ("/customer?id=%0d%0aset-cookie:a=b", "/customer?id=%0D%0Aset-cookie%3Aa%3Db"),
        ("", "/"),
        ("https://evil.example/", "/"),
        ("//evil.example/customer", "/"),
        ("///evil.example/docs", "/"),
        ("/\\evil.example", "/"),
        ("\\\\evil.example/docs", "/"),
        ("/docs@evil.example", "/"),
        ("/%2F%2Fevil.example", "/"),
        ("http:docs", "/"),
        ("javascript:alert(1)", "/"),
        ("/docs/../../evil", "/"),
        ("/sign-out", "/"),
        ("/docs\r\nlocation: https://evil.example", "/"),
        ("\t//evil.example", "/"),
        ("http://[bad", "/"),
        ("/" + "x" * 10_000, "/"),
    ],
)
def test_signing_in_leads_to_pages_of_this_server_only(wanted, target):
    assert safe_target(wanted, {"/", "/customer", "/docs"}) == target
