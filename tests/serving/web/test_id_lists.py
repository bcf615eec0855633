"""Lists of ids: pasted, in text files of several kinds, and in workbooks, damaged and hostile ones too."""

import io
import zipfile

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from clientela.serving.refusals import Refusal
from clientela.serving.web.id_lists import pasted_ids, uploaded_ids


def workbook(*rows, at=None):
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                sheet.write(number, column, value)
        if at:
            sheet.write(*at, "x")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("17850\n13047\r\n\n12346 ", ["17850", "13047", "12346"]),
        ("17850, 13047;12346\t1", ["17850", "13047", "12346", "1"]),
        ("Customer ID\n17850", ["17850"]),
        ("código do cliente;17850", ["17850"]),
        ('"17850"\n"a b"', ["17850", "a b"]),
        ("", []),
        (" \n,;\t", []),
        ("segment\n1", ["segment", "1"]),
    ],
)
def test_pasted_lists(text, ids):
    assert pasted_ids(text, most=10) == ids


@pytest.mark.parametrize(
    ("content", "ids"),
    [
        (b"17850\n13047\n", ["17850", "13047"]),
        (b"customer_id\r\n17850\r\n\r\n 13047 \r\n", ["17850", "13047"]),
        ("\ufeffNome;C\u00f3digo do cliente\nAna;17850\nJo\u00e3o;13047\nshort\n".encode(), ["17850", "13047"]),
        ("Cliente\tNome\n1\tJo\u00e3o".encode("cp1252"), ["1"]),
        ("Customer ID,x\n17850,1".encode("utf-16"), ["17850"]),
        (b'id_cliente|b\n"a|b"|2', ["a|b"]),
        (b"", []),
        (b"\n\n", []),
        (workbook(["customer_id"], [17850], ["0012"], [None], [13.5]), ["17850", "0012", "13.5"]),
        (workbook(["name", "Kundennummer"], ["a", 1], ["b", 2]), ["1", "2"]),
        (workbook([17850], [13047]), ["17850", "13047"]),
        (workbook(), []),
    ],
)
def test_files(content, ids):
    assert uploaded_ids(content, most=10) == ids


def test_reading_ends_with_the_first_id_beyond_the_limit():
    assert pasted_ids("\n".join(map(str, range(100))), most=3) == ["0", "1", "2", "3"]
    assert uploaded_ids(b"customer_id\n" + b"1\n" * 100, most=3) == ["1"] * 4
    assert uploaded_ids(workbook(["customer_id"], *[[n] for n in range(100)]), most=3) == ["0", "1", "2", "3"]


def test_several_columns_without_one_of_customers_are_refused_without_their_values():
    with pytest.raises(Refusal, match="Got 2 columns, and no such header") as refused:
        uploaded_ids(b"17850,secret\n1,2", most=10)
    assert "secret" not in str(refused.value)


def damaged_workbooks():
    good = workbook(["customer_id"], [17850])
    yield b"PK\x03\x04"
    yield b"PK\x03\x04" + bytes(1000)
    yield good[: len(good) // 2]
    empty = io.BytesIO()
    with zipfile.ZipFile(empty, "w") as archive:
        archive.writestr("../../etc/passwd", "x")
    yield empty.getvalue()


@pytest.mark.parametrize(
    "content", [*damaged_workbooks(), b"\x89PNG\r\n\x1a\n\x00", b"\xff\xfe\x00", b"%PDF-1.7\x00", b'"' + b"x" * 200_000]
)
def test_other_files_are_refused(content):
    with pytest.raises(Refusal, match="The file must be text, such as CSV, or an Excel workbook"):
        uploaded_ids(content, most=10)


def test_old_workbooks_are_refused_with_what_to_do():
    with pytest.raises(Refusal, match="save it as .xlsx or as CSV"):
        uploaded_ids(b"\xd0\xcf\x11\xe0" + bytes(600), most=10)


def test_a_workbook_that_needs_all_memory_costs_a_fork_only():
    with pytest.raises(Refusal, match="cannot be read"):
        uploaded_ids(workbook(["customer_id"], at=(1_048_575, 16_383)), most=10)


def test_a_workbook_that_unpacks_to_gigabytes_costs_a_fork_only():
    bomb = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook(["customer_id"], ["a"]))) as source,
        zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            content = source.read(name)
            if name == "xl/sharedStrings.xml":
                content = content.replace(b"<si><t>a", b"<si><t>a" + b"b" * 30_000_000)
            target.writestr(name, content)
    assert len(bomb.getvalue()) < 100_000
    try:
        assert len(uploaded_ids(bomb.getvalue(), most=10)[0]) == 30_000_001
    except Refusal as refusal:
        assert "cannot be read" in str(refusal)  # noqa: PT017


@given(st.binary(max_size=300))
@settings(max_examples=100)
def test_any_bytes_are_read_or_refused(content):
    try:
        assert all(isinstance(id_, str) for id_ in uploaded_ids(content.replace(b"PK", b""), most=10))
    except Refusal as refusal:
        assert refusal.status == 400  # noqa: PT017
