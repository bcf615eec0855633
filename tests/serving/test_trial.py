"""The checks and the client of `try-api`. Complete runs are in end_to_end/."""

import json
import threading
from copy import deepcopy
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from clientela.errors import InvalidInput
from clientela.serving.openapi import make_schema
from clientela.serving.trial import try_api
from clientela.serving.trial.checks import Unexpected, check_detail, details, is_date, refusal, segments
from clientela.serving.trial.client import Answer, Client
from clientela.serving.trial.plain import check_document

TEXTS = {"en": "Lost", "pt-BR": "Perdidos"}
DETAIL = {
    "segment_id": 5,
    "name": TEXTS,
    "previous_name": None,
    "description": TEXTS,
    "action": TEXTS,
    "new_customer": False,
    "as_of": "2024-01-31",
    "since": "2023-12-31",
    "customer": {"order_count": 1.0, "mean_order_value": None},
    "why": {"agrees": True, "rule": TEXTS},
    "next": {
        "segment": TEXTS,
        "conditions": [{"feature": "order_count", "now": 1.0, "op": ">", "value": 3.5, "text": TEXTS}],
    },
}


def answer(body, status=200, **headers):
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, {"content-type": "application/json", **headers}, text, 1.0)


def rows(*pairs):
    return [{"customer_id": id_, "segment": segment} for id_, segment in pairs]


class TestSegments:
    EXPECTED = (("a", "Lost"), ("x", None), ("a", "Lost"))

    def test_a_right_answer_passes(self):
        segments("customers", self.EXPECTED)(answer({"version": "1", "customers": rows(*self.EXPECTED)}))

    @pytest.mark.parametrize(
        ("body", "says"),
        [
            ({"customers": rows(*EXPECTED[1:])}, "must be 3 answers; there are 2"),
            ({"customers": rows(*EXPECTED[1:], EXPECTED[0])}, "answer 1 must be"),
            ({"customers": rows(("a", "Lost"), ("x", "Unknown"), ("a", "Lost"))}, "answer 2 must be"),
            ({"customers": [{**row, "detail": None} for row in rows(*EXPECTED)]}, "answer 1 must be"),
            ({"predictions": rows(*EXPECTED)}, "a list of customers"),
            ([], "a JSON object"),
            (b'{"customers": NaN}', "a JSON object"),
            (b"Traceback", "a JSON object"),
        ],
    )
    def test_a_wrong_answer_fails(self, body, says):
        with pytest.raises(Unexpected, match=says):
            segments("customers", self.EXPECTED)(answer(body))

    def test_another_status_or_content_type_fails(self):
        right = {"customers": rows(*self.EXPECTED)}
        with pytest.raises(Unexpected, match="must be 200; it is 500"):
            segments("customers", self.EXPECTED)(answer(right, 500))
        with pytest.raises(Unexpected, match="content type"):
            segments("customers", self.EXPECTED)(answer(right, **{"content-type": "text/html"}))


class TestDetails:
    def test_right_details_pass(self):
        told = [{"customer_id": "a", "segment": "Lost", "detail": DETAIL}, {**rows(("x", None))[0], "detail": None}]
        details("customers", [("a", "Lost"), ("x", None)])(answer({"customers": told}))
        check_detail({**DETAIL, "next": None}, "Lost")
        check_detail({**DETAIL, "previous_name": TEXTS, "new_customer": None, "since": None}, "Lost")

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            ({"more": 1}, "details must be"),
            ({"segment_id": "5"}, "segment_id"),
            ({"name": {"en": "Champions", "pt-BR": "Campeões"}}, "English name"),
            ({"action": {"en": "Do it."}}, "action must be a text in each"),
            ({"description": {"en": "", "pt-BR": "x"}}, "description must be a text in each"),
            ({"as_of": "today"}, "as_of must be a date"),
            ({"previous_name": {"en": "Loyal"}}, "previous_name must be a text in each"),
            ({"since": "yesterday"}, "since must be a date like 2025-01-31; it is 'yesterday'"),
            ({"new_customer": "no"}, "new_customer must be true, false or null"),
            ({"customer": {}}, "must hold features"),
            ({"customer": {"order_count": "1"}}, "features must be numbers"),
            ({"why": {"rule": TEXTS}}, "why must say"),
            ({"next": {"segment": TEXTS, "conditions": []}}, "must have conditions"),
            ({"next": {"segment": TEXTS, "conditions": [{"feature": "x"}]}}, "five fields"),
        ],
    )
    def test_a_wrong_field_fails(self, change, says):
        with pytest.raises(Unexpected, match=says):
            check_detail({**DETAIL, **change}, "Lost")

    def test_only_known_customers_have_details(self):
        with pytest.raises(Unexpected):
            check_detail(DETAIL, None)
        with pytest.raises(Unexpected):
            check_detail(None, "Lost")


BODY = {"error_code": "METHOD_NOT_ALLOWED", "message": "The method of /x must be GET."}


class TestRefusal:
    CHECK = staticmethod(refusal(405, "METHOD_NOT_ALLOWED", "must be GET", headers={"allow": "GET"}))

    def test_a_right_refusal_passes(self):
        self.CHECK(answer(BODY, 405, allow="GET"))

    @pytest.mark.parametrize(
        ("wrong", "says"),
        [
            (answer(BODY, 400, allow="GET"), "status must be 405"),
            (answer({**BODY, "stack_trace": "x"}, 405, allow="GET"), "error_code and message"),
            (answer({**BODY, "error_code": "X"}, 405, allow="GET"), "error_code must be METHOD"),
            (answer({**BODY, "message": "No."}, 405, allow="GET"), "message must say"),
            (answer(BODY, 405), "header allow"),
            (answer(b"<html>", 405, allow="GET"), "JSON object"),
        ],
    )
    def test_a_wrong_refusal_fails(self, wrong, says):
        with pytest.raises(Unexpected, match=says):
            self.CHECK(wrong)


@pytest.mark.parametrize("text", ["31.01.2024", "2024-02-30", "", None, 5])
def test_an_invalid_date_fails(text):
    with pytest.raises(Unexpected):
        is_date(text)


DOCUMENT = make_schema(ids_a_request=1000, keys=True, churn=True)
TRIED = [(method, path) for path, operations in DOCUMENT["paths"].items() for method in operations]


class TestDocument:
    def test_the_document_of_the_server_passes(self):
        check_document(DOCUMENT, TRIED)

    def test_an_operation_that_is_not_tried_fails(self):
        with pytest.raises(Unexpected, match="POST /invocations must be tried"):
            check_document(DOCUMENT, [one for one in TRIED if one != ("post", "/invocations")])

    @pytest.mark.parametrize(
        ("spoil", "says"),
        [
            (lambda d: d.update(openapi="2.0"), "OpenAPI 3.1"),
            (lambda d: d["info"].pop("title"), "title"),
            (lambda d: d["paths"]["/version"].update(fetch={}), "HTTP method"),
            (lambda d: d["paths"]["/version"]["get"]["responses"].pop("200"), "must describe status 200"),
            (lambda d: d["paths"]["/version"]["get"]["responses"]["401"].pop("description"), "describe its answers"),
            (lambda d: d["paths"]["/customers/{id}"]["get"].pop("parameters"), "must describe id"),
            (lambda d: d["components"]["schemas"].pop("Detail"), "schemas/Detail must be in"),
            (lambda d: d["components"].pop("securitySchemes"), "kind of key"),
        ],
    )
    def test_an_inconsistent_document_fails(self, spoil, says):
        document = deepcopy(DOCUMENT)
        spoil(document)
        with pytest.raises(Unexpected, match=says):
            check_document(document, [*TRIED, ("fetch", "/version")])


@pytest.fixture
def server():
    """A server that sends the answer in `answers` for a path (the next one of a list), and 404 for other paths."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.asked.append((self.path, self.headers.get("X-API-Key")))
            given = self.answers.get(self.path, (404, {}, b""))
            status, headers, body = given.pop(0) if isinstance(given, list) else given
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    Handler.answers, Handler.asked = {}, []
    listening = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    Handler.url = f"http://127.0.0.1:{listening.server_port}"
    yield Handler
    listening.shutdown()
    listening.server_close()


class TestClient:
    def test_a_429_is_sent_again_after_retry_after(self, server, monkeypatch):
        waited = []
        monkeypatch.setattr("clientela.serving.trial.client.time.sleep", waited.append)
        server.answers["/x"] = [(429, {"Retry-After": "3"}, b""), (429, {}, b""), (200, {}, b"1")]
        assert Client(server.url).ask("GET", "/x").json == 1
        assert waited == [3.0, 1.0]

    def test_the_number_of_tries_is_limited(self, server, monkeypatch):
        monkeypatch.setattr("clientela.serving.trial.client.time.sleep", lambda _: None)
        server.answers["/x"] = (429, {"Retry-After": "3"}, b"")
        assert Client(server.url).ask("GET", "/x").status == 429

    def test_redirects_are_not_followed_with_the_key(self, server):
        server.answers["/x"] = (302, {"Location": f"{server.url}/elsewhere"}, b"")
        assert Client(server.url + "/", "k").ask("GET", "/x").status == 302
        assert Client(server.url, "k").ask("GET", "/y", with_key=False).status == 404
        assert server.asked == [("/x", "k"), ("/y", None)]

    @pytest.mark.parametrize("url", ["", "host:80", "ftp://x", "http://", "http://x/?a=1", "file:///etc/passwd"])
    def test_an_invalid_url_is_refused(self, url):
        with pytest.raises(InvalidInput, match=r"The URL must be like"):
            Client(url)

    def test_an_invalid_key_is_refused_without_repeating_it(self):
        with pytest.raises(InvalidInput, match="The key must be one line") as refused:
            Client("http://x", "secret\nX: 1")
        assert "secret" not in str(refused.value)


class TestWhichServer:
    @pytest.mark.parametrize(
        ("status", "body", "says"),
        [
            (404, b"", "must be of Clientela's server or of mlflow models serve"),
            (200, b"<html>", "must be of Clientela's server or of mlflow models serve"),
            (200, b'{"version": 2}', "must be of Clientela's server or of mlflow models serve"),
            (401, b"{}", "needs a key: give one with --key"),
            (403, b"{}", "The key must be one that the server"),
            (503, b'{"message": "No version."}', "must have loaded a version. It says: No version."),
        ],
    )
    def test_a_server_that_cannot_be_tried_is_refused_with_a_message(self, server, status, body, says):
        server.answers["/version"] = (status, {}, body)
        with pytest.raises(InvalidInput) as refused:
            try_api(server.url)
        assert says in str(refused.value)

    def test_a_url_without_a_server_is_refused(self):
        with pytest.raises(InvalidInput, match="A server must answer at http://127.0.0.1:9"):
            try_api("http://127.0.0.1:9")
