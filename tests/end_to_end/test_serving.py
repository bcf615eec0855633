"""Every request form and every bad input, posted to the real server."""

import re
from typing import Any

import pytest

pytestmark = pytest.mark.slow

KNOWN = "12346"  # the demo shop's first customer


def split(*ids: Any) -> dict[str, Any]:
    return {"dataframe_split": {"columns": ["customer_id"], "data": [[id_] for id_ in ids]}}


@pytest.fixture(scope="module")
def segment(champion) -> str:
    status, answer, _ = champion.post(split(KNOWN))
    assert status == 200
    return answer["predictions"][0]["segment"]


@pytest.mark.parametrize(
    "body",
    [
        split(KNOWN),
        split(12346),
        split(12346.0),
        {"dataframe_records": [{"customer_id": KNOWN}]},
        {"dataframe_records": [{"customer_id": 12346}]},
        {"dataframe_records": [{"customer_id": 12346.0}]},
        {"inputs": [KNOWN]},
        {"inputs": [12346]},
        {"inputs": [12346.0]},
        {"inputs": {"customer_id": [KNOWN]}},
        {"inputs": [{"customer_id": 12346}]},
        {"instances": [KNOWN]},
        {"instances": [12346]},
        {"instances": [{"customer_id": KNOWN}]},
        {"dataframe_split": {"columns": ["other", "customer_id"], "data": [["x", KNOWN]]}},
    ],
    ids=str,
)
def test_every_json_form_finds_the_customer(champion, segment, body):
    status, answer, _ = champion.post(body)
    assert status == 200
    assert answer == {"predictions": [{"customer_id": KNOWN, "segment": segment}]}
    assert segment


def test_csv_finds_the_customer(champion, segment):
    status, answer, _ = champion.post(b"customer_id\n12346\n12346.0\nnobody\n", content_type="text/csv")
    assert status == 200
    assert [row["segment"] for row in answer["predictions"]] == [segment, segment, None]


def test_answers_come_in_order_with_duplicates_and_null_for_unknown_ids(champion, segment):
    status, answer, _ = champion.post(split("nobody", KNOWN, None, KNOWN, "012346"))
    assert status == 200
    assert answer["predictions"] == [
        {"customer_id": "nobody", "segment": None},
        {"customer_id": KNOWN, "segment": segment},
        {"customer_id": None, "segment": None},
        {"customer_id": KNOWN, "segment": segment},
        {"customer_id": "012346", "segment": None},
    ]


def test_detail_says_what_the_segment_means_and_the_customers_figures(champion, segment):
    status, answer, _ = champion.post({**split(KNOWN, "nobody"), "params": {"detail": True}})
    assert status == 200
    known, unknown = answer["predictions"]
    assert unknown == {"customer_id": "nobody", "segment": None, "detail": None}
    assert known["segment"] == segment
    detail = known["detail"]
    assert detail["name"].keys() == detail["description"].keys() == detail["action"].keys() == {"en", "pt-BR"}
    assert detail["as_of"] == "2025-01-01"
    assert detail["customer"]["order_count"] >= 1
    assert detail["customer"]["total_spend"] > 0


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (split(), "empty"),
        ({"inputs": []}, "empty"),
        ({"instances": []}, "empty"),
        ({"dataframe_records": []}, "no customer ids"),
        ({"inputs": {}}, "no customer ids"),
        ({"inputs": None}, "no customer ids"),
        ({"dataframe_split": {"columns": ["id"], "data": [[KNOWN]]}}, "column named customer_id"),
        ({"dataframe_records": [{"id": KNOWN}]}, "column named customer_id"),
        (split({"a": 1}), "text or a number"),
        (split([KNOWN]), "text or a number"),
        (split(True), "text or a number"),
        ({"inputs": [{"customer_id": {"a": 1}}]}, "text or a number"),
        ({"inputs": [[[KNOWN]]]}, "text or a number"),
        (b'{"inputs": ' + b"[" * 60 + b"1" + b"]" * 60 + b"}", "text or a number. Got list"),
        (b'{"dataframe_records": [{"customer_id": ' + b"[" * 900 + b"1" + b"]" * 900 + b"}]}", "Got list"),
        (b'{"dataframe_records": [{"customer_id": 1e400}]}', "text or a number. Got infinity"),
        (b'{"dataframe_split": {"columns": ["customer_id"], "data": [["12346"], [-Infinity]]}}', "Got infinity"),
        ({**split(KNOWN), "params": {"detail": "maybe"}}, "detail"),
        ({}, "must be a JSON dictionary"),
        ([], "must be a JSON dictionary"),
        ("text", "must be a JSON dictionary"),
        ({"dataframe_split": {"columns": ["customer_id"], "data": [[KNOWN, "more"]]}}, "2 columns"),
        (b'{"dataframe_split": ', "valid JSON"),
        (b"\xff\xfe", "valid JSON"),
        (b"", "valid JSON"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_bad_input_gets_one_message_that_says_what_to_send(champion, body, says):
    status, answer, text = champion.post(body)
    assert 400 <= status < 500
    assert says in answer["message"]
    assert "Traceback" not in text
    assert not re.search(r'File "', text)


@pytest.mark.parametrize("value", [b"NaN", b"null"])
def test_what_mlflow_cannot_tell_from_a_missing_id_is_one(champion, value):
    status, answer, _ = champion.post(b'{"dataframe_records": [{"customer_id": ' + value + b"}]}")
    assert (status, answer) == (200, {"predictions": [{"customer_id": None, "segment": None}]})


def test_bad_csv_gets_a_message(champion):
    status, answer, text = champion.post(b"id\n1\n", content_type="text/csv")
    assert status == 400
    assert "column named customer_id" in answer["message"]
    assert "Traceback" not in text


def test_a_million_ids_are_refused(champion):
    status, answer, _ = champion.post({"inputs": [str(i) for i in range(1_000_000)]})
    assert status == 400
    assert "at most 100,000 customer ids. Got 1,000,000" in answer["message"]


def test_the_server_goes_on_after_bad_input(champion, segment):
    assert champion.post(split(KNOWN))[1]["predictions"][0]["segment"] == segment
