"""Requests of any bytes: no error of the server, and nothing of them in the headers of the answer."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

PATHS = ("/", "/customer", "/ids", "/report", "/history", "/docs", "/sign-in", "/sign-out", "/openapi.json", "/nowhere")
HEADERS = (
    "cookie",
    "accept-language",
    "content-type",
    "origin",
    "host",
    "x-forwarded-for",
    "x-forwarded-proto",
    "referer",
)
LATIN = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\x00"), max_size=60)
QUERIES = st.one_of(
    LATIN, st.sampled_from(["id=", "id=%00", "id=%ff", "next=//x", "language=%00", "language=en&language=x"])
)


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "PUT"])
def test_any_request_is_answered_or_refused(signed_in, method):
    session = signed_in.cookies["clientela-session"]
    token = signed_in.get("/").form_token

    @given(
        path=st.sampled_from(PATHS),
        query=QUERIES,
        headers=st.dictionaries(st.sampled_from(HEADERS), LATIN, max_size=4),
        body=st.one_of(st.binary(max_size=200), st.just(f"form_token={token}&operation=x&list=[1]".encode())),
        is_signed_in=st.booleans(),
    )
    @settings(max_examples=40, suppress_health_check=list(HealthCheck), database=None)
    def ask(path, query, headers, body, is_signed_in):
        signed_in.cookies.clear()
        given_headers = {name.replace("-", "_"): value for name, value in headers.items()}
        given_headers.setdefault("content_type", "application/x-www-form-urlencoded")
        if is_signed_in:
            given_headers["cookie"] = f"clientela-session={session}"
        page = signed_in.ask(
            method, f"{path}?{query}", body, sec_fetch_site="same-origin", encoding="latin-1", **given_headers
        )
        assert page.status < 500
        assert all(value.isprintable() and value.isascii() for _, value in page.all_headers)

    ask()
