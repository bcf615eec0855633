"""Text files as shops export them: encodings, delimiters, quotes, line ends, and what is said of broken ones."""

import gzip

import duckdb
import pytest

from clientela.data.encodings import PIECE, detect_text_file, split_lines
from clientela.data.readers import read_source
from clientela.data.reading import FileFormat
from clientela.errors import InvalidData

SALES = "id;name\n007;José “x”\n8;Åsa\n"
ROWS = [("007", "José “x”"), ("8", "Åsa")]


def read(path, content, **file):
    """The rows of a file with this content, and what is said about it."""
    path.write_bytes(content)
    with duckdb.connect() as connection:
        source = read_source(connection, str(path), FileFormat(**file))
        rows = connection.execute("select * from source").fetchall()
    assert source.rows == len(rows)
    return rows, source.notes


def refused(path, content, **file):
    with pytest.raises(InvalidData) as caught:
        read(path, content, **file)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "sales.csv"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)  # fmt: skip
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_the_encoding_is_detected(path, encoding, line_end):
    rows, notes = read(path, SALES.replace("\n", line_end).encode(encoding))
    assert rows == ROWS
    assert notes == (
        ("Read sales.csv as cp1252, because it is not UTF-8. If names look wrong, set encoding.",)
        if encoding == "cp1252" else ()
    )  # fmt: skip


def test_bytes_that_cp1252_does_not_define_are_latin_1(path):
    assert read(path, b"id;name\n7;Jos\xe9\x81\n")[0] == [("7", "José\x81")]


def test_the_encoding_of_the_settings_is_used(path):
    assert read(path, "id;name\n7;Анна\n".encode("cp1251"), encoding="cp1251") == ([("7", "Анна")], ())


def test_a_byte_order_mark_is_stronger_than_the_settings(path):
    assert read(path, SALES.encode("utf-8-sig"), encoding="latin-1")[0] == ROWS


def test_one_broken_letter_among_valid_ones_names_its_line(path):
    content = SALES.encode() * 20 + b"9;Jos\xe9 Silva\n"
    said = refused(path, content.replace(b"\n", b"\r\n"))
    assert said == (
        "The text of 'sales.csv' must be in the encoding utf-8. Line 61, character 6 cannot be decoded; repair it, or "
        "set encoding to the file's own, such as cp1252 or latin-1."
    )


def test_a_broken_letter_far_below_names_its_line(path):
    row = b"8;abcdef\n"
    content = b"id;name\n" + row * (PIECE // len(row) + 1) + b"9;abcd\xff\n"
    place = f"Line {PIECE // len(row) + 3:,}, character 7 cannot be decoded"
    assert place in refused(path, content, encoding="utf-8")


def test_a_letter_that_two_pieces_of_the_file_share_is_decoded(path):
    start = b"id;name\n"
    filling = b"x" * (PIECE - len(start) - len("7;é".encode()) + 1)
    content = start + filling.replace(b"x" * 9, b"8;abcdef\n") + "7;é\n".encode()
    path.write_bytes(content)
    assert detect_text_file(path, None).encoding == "utf-8"


def test_mixed_line_ends(path):
    assert read(path, b"id,name\r\n1,x\n2,y\r\n\r\n3,z")[0] == [("1", "x"), ("2", "y"), ("3", "z")]


def test_a_line_end_that_two_pieces_share_is_one():
    assert split_lines("a\r") == ["a\r"]
    assert split_lines("a\r" + "\nb") == ["a\n", "b"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_detected(path, delimiter):
    rows = ["id;paid;note", '7;"1,5";"a | b, c"', '8;"2,5";"x\ty"']
    content = "\n".join(row.replace(";", delimiter) for row in rows)
    assert read(path, content.encode())[0] == [("7", "1,5", "a | b, c"), ("8", "2,5", "x\ty")]


def test_decimal_commas_are_not_the_delimiter(path):
    content = "id;day;paid\n" + "7;2024-01-05;1,50\n" * 40
    assert read(path, content.encode())[0] == [("7", "2024-01-05", "1,50")] * 40


def test_the_delimiter_of_the_settings_is_used(path):
    assert read(path, b"id#paid\n7#1,50\n", delimiter="#")[0] == [("7", "1,50")]


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        (b'id,name\n1,"a ""b"", c"\n', [("1", 'a "b", c')]),
        (b'id,name\n1,"a \\"b\\", c"\n2,"d"\n', [("1", 'a "b", c'), ("2", "d")]),
        (b"id,name\n'1','a, b'\n", [("1", "a, b")]),
        (b'id,name\n1,"a\r\nb"\n', [("1", "a\nb")]),
        (b'id,name\n1,5" screen\n', [("1", '5" screen')]),
        (b'id, name\n1, "a, b"\n', [("1", "a, b")]),
        (b"id,name\n1,\n,x\n", [("1", None), (None, "x")]),
    ],
)
def test_quoted_values(path, content, rows):
    assert read(path, content)[0] == rows


def test_rows_above_the_header_are_skipped(path):
    content = b"Sales report\nPage 1, of 1\n\nid,paid\n1,2\n"
    assert read(path, content, skip_rows=3)[0] == [("1", "2")]


def test_repeated_and_empty_names_of_columns_get_numbers(path):
    path.write_text("id,ID,,id\n1,2,3,4\n")
    with duckdb.connect() as connection:
        read_source(connection, str(path))
        names = [name for name, *_ in connection.execute("describe source").fetchall()]
    assert names == ["id", "ID_2", "column_3", "id_3"]


@pytest.mark.parametrize("name", ["sales.tsv.gz", "sales.csv.gz", "sales.txt", "SALES.CSV", "sales.csv"])
@pytest.mark.parametrize("pack", [gzip.compress, bytes])
def test_compression_is_found_in_the_content(tmp_path, name, pack):
    assert read(tmp_path / name, pack(b"id\tpaid\n007\t1.5\n"))[0] == [("007", "1.5")]


PRIVATE = b"4,Claire Gute,+55 11 98765-4321\r\n"


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (b"5,Gute, Claire,+55 11\r\n", "Line 103 has 4 columns, and the header (line 1) has 3; quote values that "),
        (b"5,1,234.50,+55 11\r\n", "contain ',', such as numbers with a thousands sign."),
        (b"5,Claire Gute\r\n", "Line 103 has 2 columns, and the header (line 1) has 3; remove the line, or write all "),
        (b'5,"Claire" Gute,1\r\n', 'In line 103, a quotation mark (") is not closed, or is followed by text;'),
        (b'5,"Claire Gute,1\r\n', 'In line 103, a quotation mark (") is not closed'),
    ],
)  # fmt: skip
@pytest.mark.parametrize("line_end", [b"\r\n", b"\n"])
def test_a_broken_row_is_named_by_its_line_and_never_shown(path, broken, says, line_end):
    head = b'id,name,"phone"\r\n7,"two\r\nlines",1\r\n'  # line 2 and 3
    content = head + PRIVATE * 99 + broken + PRIVATE * 9
    said = refused(path, content.replace(b"\r\n", line_end))
    assert says in said
    for private in ("Claire", "Gute", "+55", "234"):
        assert private not in said


def test_a_title_above_the_header_is_found(path):
    said = refused(path, b"Sales of 2024\n\nid;paid\n1;2\n")
    assert "Line 3 has 2 columns, and the header (line 1) has 1; skip_rows is the number of lines above" in said
    assert "2024" not in said


def test_columns_below_title_lines_are_found(path):
    content = "Verkäufe;;\n;;\n\nid;Name ;paid\n1;x;2\n".encode("cp1252")
    said = refused(path, content, needed=("id", "Name"))
    assert said.endswith("must have the columns ['id', 'Name']. They are in line 4; set skip_rows: 3.")
    assert read(path, content, skip_rows=3)[0] == [("1", "x", "2")]


def test_a_missing_column_is_named_with_what_may_be_meant(path):
    from clientela.data.expressions import source_types

    path.write_text("ID Cliente,data,Valor\n1,2,3\n")
    with duckdb.connect() as connection:
        read_source(connection, str(path))
        with pytest.raises(InvalidData) as caught:
            source_types(connection, ["id_cliente", "Data", "total"], title="The source")
    assert str(caught.value) == (
        "The source must have the columns ['id_cliente', 'Data', 'total']. It has 'ID Cliente', 'data', 'Valor'. Did "
        "you mean 'ID Cliente' for 'id_cliente', 'data' for 'Data'?"
    )


def test_a_first_row_of_values_is_not_shown(path):
    from clientela.data.expressions import source_types

    path.write_text("4711,2024-01-05,+55 11 98765\n4712,2024-01-06,+55 11 4321\n")
    with duckdb.connect() as connection:
        read_source(connection, str(path))
        with pytest.raises(InvalidData, match="Its first row does not look like a header of 3 names") as caught:
            source_types(connection, ["id"], title="The source")
    assert "4711" not in str(caught.value)


def test_runs_of_blanks_and_tabs_separate_columns(path):
    rows, _ = read(path, b"id  day\n\n 007   2024-01-05 \r\n8\t2024-01-06\n", delimiter=" ")
    assert rows == [("007", "2024-01-05"), ("8", "2024-01-06")]
    assert read(path, b"title\n7 8\n9  10\n", delimiter=" ", skip_rows=1, has_header=False)[0] == [
        ("7", "8"),
        ("9", "10"),
    ]


def test_a_file_without_a_header_has_numbered_columns(path):
    path.write_bytes(b"7,8\n9,10\n")
    with duckdb.connect() as connection:
        read_source(connection, str(path), FileFormat(has_header=False, needed=("column_2",)))
        assert connection.execute("select column_2 from source").fetchall() == [("8",), ("10",)]


def test_a_row_with_more_blanks_is_refused_with_its_line(path):
    assert "Line 3 has 3 columns" in refused(path, b"id day\n7 a\n8 Ana Silva\n9 c\n", delimiter=" ")
