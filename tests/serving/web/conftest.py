"""A browser without a socket: it keeps cookies, follows redirects and sends what a browser sends."""

import asyncio
import re
from functools import partial
from hashlib import sha256
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest

from clientela.segmentation.version import open_lookup
from clientela.serving.asgi import App
from clientela.serving.campaigns import CampaignsServing
from clientela.serving.keys import Keys
from clientela.serving.limits import Rate
from clientela.serving.log import Log
from clientela.serving.metrics import Metrics
from clientela.serving.routes import Routes
from clientela.serving.segments import open_segments

from ...segmentation.versions import files, write
from ..pages import add_pages

__all__ = ["files"]

KEY, OTHER_KEY = "a-key-of-this-test", "another-key"
URLENCODED = "application/x-www-form-urlencoded"


class Page:
    """An answer, as a browser sees it."""

    def __init__(self, start, body):
        self.status = start["status"]
        self.all_headers = [(name.decode(), value.decode()) for name, value in start["headers"]]
        self.headers = dict(self.all_headers)
        self.body = body
        self.text = body.decode("utf-8", "replace")

    @property
    def form_token(self):
        return re.search(r'name="form_token" value="(\w+)"', self.text)[1]

    def says(self, text):
        """Whether the page has the text; tags and the style do not count."""
        plain = re.sub(r"<style>.*?</style>", "", self.text, flags=re.DOTALL)
        return text in re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", plain))


class Browser:
    """A browser of one application; `headers` are sent with each request."""

    def __init__(self, app, **headers):
        self.app, self.cookies, self.address = app, {}, "203.0.113.7"
        self.headers = {"accept": "text/html", "host": "shop.example", **headers}

    def ask(self, method, path, body=b"", *, encoding="utf-8", **headers):
        path, _, query = path.partition("?")
        given = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if self.cookies:
            given.setdefault("cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        sent = []

        async def receive():
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message):
            sent.append(message)

        scope = {
            "type": "http", "method": method, "path": path, "query_string": query.encode(encoding), "scheme": "http",
            "client": (self.address, 1),
            "headers": [(name.encode(), value.encode(encoding)) for name, value in given.items() if value is not None],
        }  # fmt: skip
        asyncio.run(self.app(scope, receive, send))
        page = Page(sent[0], sent[1]["body"])
        for name, value in page.all_headers:
            if name == "set-cookie":
                cookie, _, attributes = value.partition(";")
                key, _, content = cookie.partition("=")
                self.cookies.pop(key, None)
                if "Max-Age=0" not in attributes:
                    self.cookies[key] = content
        return page

    def get(self, path, **headers):
        return self.ask("GET", path, **headers)

    def post(self, path, fields, **headers):
        headers = {"sec_fetch_site": "same-origin", "content_type": URLENCODED, **headers}
        return self.ask("POST", path, urlencode(fields).encode(), **headers)

    def sign_in(self, key=KEY, **headers):
        return self.post("/sign-in", {"key": key, "next": "/"}, **headers)


@pytest.fixture
def make_browser(files, tmp_path, monkeypatch):
    """Makes a browser of a new application; `serving` of it is the version that answers."""
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
    log_file = (tmp_path / "log").open("w")

    def make(*, keys=True, a_second=None, version=None, campaigns=None, **changes):
        folder = files["index"].parent
        if version is not None:
            folder = tmp_path / "changed"
            folder.mkdir()
            write(folder, **version)
        state = SimpleNamespace(serving=partial(open_segments, open_lookup)("1", folder))
        digests = [(name, sha256(key.encode()).hexdigest()) for name, key in (("crm", KEY), ("other", OTHER_KEY))]
        named = Keys(digests if keys else [])
        metrics = Metrics()
        routes = Routes(
            named, metrics, model="customer-segments", ids_a_request=1000, metrics_need_key=True,
            campaigns=lambda: campaigns or CampaignsServing("0", [], {}),
        )  # fmt: skip
        add_pages(routes, named, lambda: state.serving, **changes)
        app = App(
            routes, state, rate=Rate(a_second, named.owners), metrics=metrics,
            log=Log("all", 0, descriptor=log_file.fileno()), body_bytes=100_000, body_seconds=5,
        )  # fmt: skip
        browser = Browser(app)
        browser.state, browser.log_file = state, tmp_path / "log"
        return browser

    yield make
    log_file.close()


@pytest.fixture
def browser(make_browser):
    """A browser that is not signed in."""
    return make_browser()


@pytest.fixture
def signed_in(browser):
    """A browser that is signed in."""
    assert browser.sign_in().status == 303
    return browser
