"""The page of the API: examples of the served version, and requests that are tried."""

import html
import json
import re

import pytest

from .conftest import KEY

BOUNDARY = "----boundary"


def send(browser, **fields):
    parts = "".join(
        f'--{BOUNDARY}\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    return browser.ask(
        "POST", "/docs", f"{parts}--{BOUNDARY}--\r\n".encode(), content_type=kind, sec_fetch_site="same-origin"
    )


def try_it(browser, operation, **fields):
    token = browser.get("/docs").form_token
    page = send(browser, form_token=token, operation=operation, **fields)
    assert page.status == 200, page.text[-500:]
    status = int(re.search(r"Answer: (\d+)", page.text)[1])
    return status, html.unescape(
        re.search(r"<pre tabindex=\"0\" aria-label=\"Answer[^>]*>(.*?)</pre>", page.text, re.S)[1]
    )


def forms_of(page):
    """The fields of each form that sends a request."""
    found = []
    for form in re.findall(r"<form method=\"post\" action=\"/docs#.*?</form>", page.text, re.S):
        fields = dict(re.findall(r'name="(\w+)"[^>]*? value="([^"]*)"', form))
        if body := re.search(r"<textarea[^>]*>\n(.*?)</textarea>", form, re.S):
            fields["body"] = body[1]
        found.append({name: html.unescape(value) for name, value in fields.items()})
    return found


def test_every_example_is_answered(signed_in):
    forms = forms_of(signed_in.get("/docs"))
    assert [form["operation"] for form in forms] == [
        *["POST /invocations"] * 3, "POST /customers:lookup", "GET /customers/{id}", "GET /segments", "GET /campaigns",
        "GET /version", "GET /health", "GET /ready", "GET /metrics",
    ]  # fmt: skip
    for form in forms:
        page = send(signed_in, **form)
        assert page.says("Answer: 200,"), form
    answers = try_it(signed_in, **{k: v for k, v in forms[3].items() if k != "form_token"})
    assert [one["segment"] for one in json.loads(answers[1])["customers"]] == ["Champions", "Loyal"]


def test_the_form_keeps_what_was_sent(signed_in):
    form = forms_of(signed_in.get("/docs"))[1]
    page = send(signed_in, **{**form, "body": '{"inputs": ["nobody"]}'})
    assert [one.get("body") for one in forms_of(page)[:2]] == [
        '{"dataframe_split": {"columns": ["customer_id"], "data": [["12346"]]}}',
        '{"inputs": ["nobody"]}',
    ]


def test_the_document_has_ids_of_the_served_version(signed_in):
    document = signed_in.get("/openapi.json").text
    assert '"ids":["12346","012346"]' in document
    assert "17850" not in document.replace('17850 is \\"17850\\"', "")


def test_where_everyone_sees_the_page_the_examples_are_no_customers(make_browser):
    browser = make_browser(docs_need_key=False)
    page = browser.get("/docs")
    assert (page.status, forms_of(page)) == (200, [])
    assert page.says("Sign in to try the requests.")
    assert "012346" not in browser.get("/openapi.json").text
    assert send(browser, operation="GET /segments").headers["location"] == "/sign-in?next=%2Fdocs"
    browser.sign_in()
    assert try_it(browser, "GET /segments")[0] == 200


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"operation": "POST /invocations", "kind": "application/json", "body": "{"}, 400),
        ({"operation": "POST /invocations", "kind": "text/csv", "body": "customer_id\n12346"}, 200),
        ({"operation": "POST /invocations", "kind": "text/html", "body": "<b>"}, 400),
        ({"operation": "POST /customers:lookup", "body": '{"ids": ' + "[" * 5000}, 400),
        ({"operation": "POST /customers:lookup", "body": json.dumps({"ids": ["1"] * 1001})}, 400),
        ({"operation": "GET /customers/{id}", "id": "nobody"}, 404),
        ({"operation": "GET /customers/{id}", "id": "../segments"}, 404),
        ({"operation": "GET /customers/{id}", "id": "12346/churn"}, 404),
        ({"operation": "GET /customers/{id}", "id": "\r\nx: y"}, 404),
        ({"operation": "GET /customers/{id}"}, 404),
    ],
)
def test_wrong_requests_get_the_answer_of_the_api(signed_in, fields, status):
    assert try_it(signed_in, **fields)[0] == status


@pytest.mark.parametrize(
    "operation", ["", "GET /", "GET /docs", "POST /sign-out", "GET /customers/12346", "DELETE /segments"]
)
def test_only_operations_of_the_document_are_tried(signed_in, operation):
    page = send(signed_in, form_token=signed_in.get("/docs").form_token, operation=operation)
    assert page.status == 400


def test_another_site_cannot_try(signed_in):
    assert send(signed_in, operation="GET /segments").status == 403
    assert send(signed_in, operation="GET /segments", form_token="0" * 64).status == 403


def test_the_log_counts_the_ids_that_were_tried(signed_in):
    try_it(signed_in, "POST /customers:lookup", body='{"ids": ["12346", "nobody"]}')
    line = json.loads(signed_in.log_file.read_text().splitlines()[-1])
    assert (line["route"], line["status"], line["ids"], line["unknown"]) == ("/docs", 200, 2, 1)


def test_a_long_answer_is_cut(signed_in):
    body = json.dumps({"ids": ["12346"] * 1000})
    status, text = try_it(signed_in, "POST /customers:lookup", kind="application/json", body=body)
    assert (status, len(text)) == (200, 50_000)


def test_answers_are_texts(signed_in):
    status, text = try_it(signed_in, "POST /customers:lookup", body='{"ids": ["</pre><script>alert(1)</script>"]}')
    assert status == 200
    assert "<script>" in text  # unescaped by this test


def test_a_key_in_a_header_needs_no_session(browser):
    page = browser.get("/docs", x_api_key=KEY)
    assert "012346" in page.text
