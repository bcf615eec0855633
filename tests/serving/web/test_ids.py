"""The page of a list of ids: its table, its files, limits, and forms that are malformed."""

import csv
import html
import io
import json
import re

import openpyxl
import pytest

from ...segmentation.versions import CUSTOMERS
from .conftest import URLENCODED

BOUNDARY = "----boundary"
KIND = f"multipart/form-data; boundary={BOUNDARY}"


def part(name, value, filename=None):
    disposition = f'form-data; name="{name}"' + (f'; filename="{filename}"' if filename is not None else "")
    content = value if isinstance(value, bytes) else value.encode()
    return f"--{BOUNDARY}\r\ncontent-disposition: {disposition}\r\n\r\n".encode() + content + b"\r\n"


def send(browser, *, file=None, raw=None, kind=KIND, **fields):
    token = browser.get("/ids").form_token
    parts = [part(name, value) for name, value in {"form_token": token, **fields}.items()]
    parts += [part("file", file, "../../list.csv")] if file is not None else []
    body = raw if raw is not None else b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()
    return browser.ask("POST", "/ids", body, content_type=kind, sec_fetch_site="same-origin")


def cells(page):
    body = page.text.partition("<tbody>")[2].partition("</tbody>")[0]
    rows = re.findall(r"<tr.*?</tr>", body, re.S)
    return [
        [
            html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", one))).strip()
            for one in re.findall(r"<t[hd].*?</t[hd]>", row, re.S)
        ]
        for row in rows
    ]


def test_a_pasted_list_becomes_a_table(signed_in):
    page = send(signed_in, ids="customer_id\n12346\nnobody\nCS5295.0\nCS5295")
    assert page.status == 200
    assert page.says("4 ids, 2 of them known. Not known to the version that answers: 2.")
    assert cells(page) == [
        ["12346", "yes", "Champions", "Do it for Champions."],
        ["nobody not known", "no", "–", "–"],
        ["CS5295.0 not known", "no", "–", "–"],
        ["CS5295", "yes", "Loyal", "Do it for Loyal."],
    ]
    assert 'href="/customer?id=CS5295"' in page.text


def test_an_uploaded_file_becomes_a_table_and_its_name_does_not_matter(signed_in):
    page = send(signed_in, file=b"Nome;Cliente\nAna;12346", ids="ignored")
    assert [row[0] for row in cells(page)] == ["12346"]
    assert "list.csv" not in page.text


def test_the_table_leads_to_the_files_of_the_same_list(signed_in):
    page = send(signed_in, file=b"customer_id;x\n12346;1\n\"a,b\";2\n'Jos\xc3\xa9';3")
    listed = html.unescape(re.search(r'name="list" value="([^"]*)"', page.text)[1])
    assert json.loads(listed) == ["12346", "a,b", "'Jos\u00e9'"]
    answer = send(signed_in, list=listed, **{"as": "csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="customers.csv"'
    assert answer.headers["cache-control"] == "no-store"
    rows = list(csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig"))))
    assert [row["customer_id"] for row in rows] == ["12346", "a,b", "'Jos\u00e9'"]
    assert rows[0] == {
        "customer_id": "12346",
        "known": "True",
        "segment": "Champions",
        "action": "Do it for Champions.",
    }


def test_an_excel_file(signed_in):
    answer = send(signed_in, ids="12346\nnobody", **{"as": "xlsx"})
    sheet = openpyxl.load_workbook(io.BytesIO(answer.body)).active
    assert [[cell.value for cell in row] for row in sheet] == [
        ["customer_id", "known", "segment", "action"],
        ["12346", True, "Champions", "Do it for Champions."],
        ["nobody", False, None, None],
    ]


def test_files_are_in_the_language_of_the_page(signed_in):
    signed_in.get("/ids?language=pt-BR")
    assert "Loyal em portugu\u00eas" in send(signed_in, ids="CS5295", **{"as": "csv"}).body.decode()


FORMULAS = ["=1+1", "+1+1", "-1+1", "@SUM(1)", '=HYPERLINK("http://evil.example")', "=cmd|'/c calc'!A1", "\uff1d1+1"]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_formulas_are_written_as_text(make_browser, kind):
    browser = make_browser(version={"customers": CUSTOMERS.assign(customer_id=["=2+3", *CUSTOMERS["customer_id"][1:]])})
    browser.sign_in()
    answer = send(browser, list=json.dumps(["=2+3", *FORMULAS]), **{"as": kind})
    if kind == "csv":
        ids = [row["customer_id"] for row in csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig")))]
        assert ids == [f"'{formula}" for formula in ["=2+3", *FORMULAS]]
    else:
        found = list(openpyxl.load_workbook(io.BytesIO(answer.body)).active.iter_rows(min_row=2, max_col=1))
        assert [cell.value for (cell,) in found] == ["=2+3", *FORMULAS]
        assert {cell.data_type for (cell,) in found} == {"s"}


def test_markup_in_a_list_is_text(signed_in):
    page = send(signed_in, ids="</textarea><script>alert(1)</script>")
    assert page.status == 200
    assert "<script" not in page.text


def test_members_are_shown_where_there_is_a_programme(make_browser):
    browser = make_browser(version={"customers": CUSTOMERS.assign(insider=[True, False, None, False, False])})
    browser.sign_in()
    page = send(browser, ids="12346\n012346\nCS5295\nnobody")
    assert [row[-1] for row in cells(page)] == ["yes", "no", "–", "–"]


class TestLimits:
    def test_as_many_ids_as_the_api_takes(self, signed_in):
        assert send(signed_in, ids="1\n" * 1000).status == 200
        page = send(signed_in, ids="1\n" * 1001)
        assert page.status == 400
        assert page.says("A request takes at most 1,000 customer ids. Got 1,001")

    def test_a_body_that_is_too_long(self, signed_in):
        assert send(signed_in, ids="1" * 100_001).status == 413

    def test_the_table_shows_the_first_rows(self, signed_in):
        page = send(signed_in, ids="12346\n" * 201)
        assert len(cells(page)) == 200
        assert page.says("The table shows the first 200 ids")

    def test_the_log_counts_the_ids(self, signed_in):
        send(signed_in, ids="12346\nnobody")
        line = json.loads(signed_in.log_file.read_text().splitlines()[-1])
        assert (line["route"], line["ids"], line["unknown"], line["key"]) == ("/ids", 2, 1, "crm")

    def test_long_lists_get_the_segment_alone(self, make_browser, monkeypatch):
        monkeypatch.setattr("clientela.serving.web.ids.MAX_IDS_WITH_DETAILS", 2)
        browser = make_browser()
        browser.sign_in()
        page = send(browser, ids="12346\nnobody\nCS5295")
        assert cells(page) == [
            ["12346", "yes", "Champions"],
            ["nobody not known", "no", "–"],
            ["CS5295", "yes", "Loyal"],
        ]
        assert page.says("Lists of more than 2 ids get the segment alone.")


class TestMalformedForms:
    @pytest.mark.parametrize("fields", [{}, {"ids": ""}, {"ids": " \n "}])
    def test_an_empty_list_is_said(self, signed_in, fields):
        page = send(signed_in, **fields)
        assert page.status == 400
        assert page.says("The list must have at least one id.")

    @pytest.mark.parametrize("listed", ["{", "{}", '"a"', "[1]", '["a", null]', "[" * 5000, "null", "NaN"])
    def test_a_list_that_the_page_has_not_made(self, signed_in, listed):
        page = send(signed_in, list=listed)
        assert page.status == 400

    @pytest.mark.parametrize(
        ("raw", "kind"),
        [
            (b"", KIND), (b"\r\n", KIND), (b"--" + BOUNDARY.encode(), KIND), (b"x" * 500, KIND),
            (part("ids", "1"), KIND), (part("ids", "1")[:20], KIND), (b"ids=1", "multipart/form-data"),
            (b"ids=1", "multipart/form-data; boundary="), (b"ids=1", "multipart/form-data; boundary=" + "x" * 300),
            (b"ids=1", "multipart/mixed; boundary=x"), (b'{"ids": ["1"]}', "application/json"),
            (b"ids=1", "text/plain"),
            (b"ids=" + b"1" * 9000, URLENCODED), (b"x", ""), (b"".join(part(f"f{n}", "x") for n in range(17)), KIND),
            (b"".join(part(f"f{n}", "") for n in range(1000)) + f"--{BOUNDARY}--".encode(), KIND),
            (part("ids", "1").replace(b"form-data", b"attachment") + f"--{BOUNDARY}--".encode(), KIND),
            (part("ids", "1").replace(b"content-disposition", b"x") + f"--{BOUNDARY}--".encode(), KIND),
            (f"--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"ids\"\r\n"
             f"content-type: multipart/mixed; boundary=y\r\n\r\n--y\r\n\r\n1\r\n--y--\r\n"
             f"--{BOUNDARY}--\r\n".encode(), KIND),
            (f"--{BOUNDARY}\r\n".encode() + b"x: y\r\n" * 10_000 + b"\r\n1", KIND),
            (f"--{BOUNDARY}\r\ncontent-type: text/plain; charset=utf-7\r\ncontent-disposition: form-data; name=\"ids\""
             f"\r\n\r\n+ADw-\r\n--{BOUNDARY}--".encode(), KIND),
        ],
    )  # fmt: skip
    def test_they_are_refused(self, signed_in, raw, kind):
        page = send(signed_in, raw=raw, kind=kind)
        assert page.status in (400, 403)
        assert page.headers["content-type"] == "text/html; charset=utf-8"

    def test_a_form_without_a_session_is_not_read(self, browser):
        page = browser.ask("POST", "/ids", part("ids", "1"), content_type=KIND, sec_fetch_site="same-origin")
        assert (page.status, page.headers["location"]) == (303, "/sign-in?next=%2Fids")
