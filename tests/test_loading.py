"""Sources of a data set from its YAML file to the transactions: the keys of a data set do what they say."""

import os
import zipfile
from datetime import datetime
from pathlib import Path

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from clientela.data.cleaning import clean
from clientela.errors import InvalidData, InvalidInput
from clientela.loading import load_transactions, read_transactions, write_rejected
from clientela.request import RunRequest
from clientela.settings import load_settings

RULES = [{"rule": rule} for rule in ("unreadable_date", "missing_customer_id", "bad_amount")]
COLUMNS = {"customer_id": "client", "ordered_at": "day", "amount": "paid"}


@pytest.fixture
def read(root, tmp_path, monkeypatch):
    """The rows that are read of a data set with these keys, the ledger and the notes."""
    monkeypatch.chdir(tmp_path)

    def read(option=None, **keys):
        content = {"name": "shop", "title": "A shop", "columns": COLUMNS, "cleaning": RULES, **keys}
        Path("shop.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
        dataset = load_settings("shop.yaml", conf=root / "conf").dataset
        with duckdb.connect() as connection:
            connection.execute("set timezone = 'Asia/Tokyo'")
            found, ledger = read_transactions(connection, dataset, source=option, seed=0)
            rows = connection.execute("select customer_id, ordered_at, amount::double from transactions").fetchall()
        out = ledger[ledger["rows_out"] > 0].set_index("rule")["rows_out"].to_dict()
        return sorted(rows), out, found.notes

    return read


def test_all_keys_of_a_text_file(read):
    text = "Vendas 2024\n\nclient|day|paid\nann|05.01.2024|1.234,50 €\nbob|13.01.24|(1,00)\nn.n.|13.01.24|7,00\n"
    Path("sales.txt").write_bytes(text.encode("cp1252"))
    rows, out, notes = read(
        source="sales.txt", encoding="cp1252", delimiter="|", skip_rows=2, decimal=",", thousands=".",
        timestamp_format=["%d.%m.%Y", "%d.%m.%y"], null_words=["N.N."], refunds="drop",
    )  # fmt: skip
    assert rows == [("ann", datetime(2024, 1, 5), 1234.5)]
    assert out == {"missing_customer_id": 1, "bad_amount": 1}
    assert notes == ()


def test_the_defaults_are_those_of_the_settings_folder(read):
    Path("sales.csv").write_text("client,day,paid\nann,2024-01-05,5\nguest,2024-01-05,5\nann,1899-12-30,5\n")
    assert read(source="sales.csv")[1] == {"missing_customer_id": 1, "implausible_date": 1}
    assert read(source="sales.csv", null_words=[], plausible_dates=[None, None])[1] == {}


def test_the_largest_unreadable_share_may_be_set(read):
    Path("sales.csv").write_text("client,day,paid\nann,2024-01-05,5\nann,2024-01-05,five\n")
    with pytest.raises(InvalidData, match=r"At most 5% of the amounts in the column 'paid'.*Got 1 of 2 \(50%\)"):
        read(source="sales.csv")
    assert read(source="sales.csv", largest_unreadable_share=0.5)[1] == {"unreadable_amount": 1}


MOMENT = "2024-01-05T23:30:00-03:00"


def write_parquet(name):
    table = pa.table({"client": ["ann"], "day": [datetime.fromisoformat(MOMENT)], "paid": [5]})
    pq.write_table(table, name)


def write_workbook(name):
    book = openpyxl.Workbook()
    for row in (("client", "day", "paid"), ("ann", MOMENT, 5)):
        book.active.append(row)
    book.save(name)


def write_archive(name):
    with zipfile.ZipFile(name, "w") as archive:
        archive.writestr("sales.csv", f"client,day,paid\nann,{MOMENT},5\n")


@pytest.mark.parametrize(
    ("zone", "local"), [(None, datetime(2024, 1, 6, 2, 30)), ("America/Sao_Paulo", datetime(2024, 1, 5, 23, 30))]
)
@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("sales.csv", lambda name: Path(name).write_text(f"client,day,paid\nann,{MOMENT},5\n")),
        ("sales.parquet", write_parquet),
        ("sales.xlsx", write_workbook),
        ("sales.jsonl", lambda name: Path(name).write_text(f'{{"client": "ann", "day": "{MOMENT}", "paid": 5}}')),
        ("sales.zip", write_archive),
    ],
)
def test_a_moment_is_the_same_in_every_format(read, name, write, zone, local):
    write(name)
    assert read(source=name, timezone=zone)[0] == [("ann", local, 5)]


def test_cancelled_orders_of_an_online_shop_are_filtered(read):
    Path("orders.csv").write_text(
        "client,day,paid,Cancelled at,Financial Status\nann,2024-01-05,5,,paid\nann,2024-01-06,6,2024-01-07,paid\n"
        "bob,2024-01-05,7,,refunded\nbob,2024-01-06,8,,Voided\n"
    )
    drop = {"Cancelled at": {"empty": False}, "Financial Status": ["Refunded", "voided"]}
    rows, out, _ = read(source="orders.csv", drop=drop)
    assert rows == [("ann", datetime(2024, 1, 5), 5)]
    assert out == {"drop Cancelled at": 1, "drop Financial Status": 2}


def test_a_pattern_stands_in_the_data_set_and_a_name_in_the_option(read):
    for name, client in (("sales_1.csv", "ann"), ("sales_2.csv", "bob"), ("sales_*.csv", "zoe")):
        Path(name).write_text(f"client,day,paid\n{client},2024-01-05,5\n")
    assert [row[0] for row in read(source={"glob": "sales_[12].csv"})[0]] == ["ann", "bob"]
    assert [row[0] for row in read("sales_*.csv")[0]] == ["zoe"]


def test_orders_customers_and_payments_of_three_tables(read):
    Path("payments.csv").write_text("order,paid\nA1,5\nA1,6\nA2,7\nA3,8\n")
    Path("orders.csv").write_text("order,account,day\nA1,a-1,2024-01-05\nA2,a-2,2024-02-05\n")
    Path("accounts.csv").write_bytes("Konten\nid;client\na-1;Jörg\na-2;Jörg\n".encode("cp1252"))
    joins = [
        {"source": "orders.csv", "on": "order"},
        {"source": "accounts.csv", "on": {"account": "id"}, "columns": ["client"], "delimiter": ";", "skip_rows": 1},
    ]
    rows, out, _ = read(source="payments.csv", joins=joins)
    first, second = datetime(2024, 1, 5), datetime(2024, 2, 5)
    assert rows == [("Jörg", first, 5), ("Jörg", first, 6), ("Jörg", second, 7)]
    assert out == {"join orders.csv": 1}


def test_sheets_with_the_columns_are_read_together(read):
    book = openpyxl.Workbook()
    book.active.append(("Report of two years",))
    for name, client in (("2009", "ann"), ("2010", "bob")):
        sheet = book.create_sheet(name)
        sheet.append(("client", "day", "paid"))
        sheet.append((client, datetime(int(name), 5, 1), 5))
    book.save("sales.xlsx")
    rows, _, notes = read(source="sales.xlsx")
    assert [row[0] for row in rows] == ["ann", "bob"]
    assert notes == ("Read the sheets '2009', '2010' of sales.xlsx; left out 'Sheet'.",)
    assert [row[0] for row in read(source="sales.xlsx", sheets="2010")[0]] == ["bob"]


def test_notes_stand_below_the_ledger(root, tmp_path):
    source = tmp_path / "sales.csv"
    source.write_bytes("client,day,paid,order\nJosé,2024-01-05,30,A\nJosé,2024-01-05,30,A\n".encode("cp1252"))
    content = {"name": "shop", "title": "A shop", "columns": {**COLUMNS, "order_id": "order"}, "cleaning": RULES}
    (tmp_path / "shop.yaml").write_text(yaml.safe_dump(content))
    dataset = load_settings(str(tmp_path / "shop.yaml"), conf=root / "conf").dataset
    printed = []
    request = RunRequest(dataset="shop", conf=root / "conf", source=str(source), echo=printed.append)
    with duckdb.connect() as connection:
        load_transactions(connection, dataset, request)
    assert printed[0].endswith(
        "\n\nRead sales.csv as cp1252, because it is not UTF-8. If names look wrong, set encoding.\n1 of 1 orders with "
        "several lines have the same amount on every line. If the column 'paid' is the total of the order, set "
        "amount_is: order.\n"
    )


@pytest.mark.parametrize("totals", [True, False])
def test_totals_of_orders_count_once(read, totals):
    Path("sales.csv").write_text("client,day,paid,order\nann,2024-01-05,30,A\nann,2024-01-05,30,A\n")
    columns = {**COLUMNS, "order_id": "order"}
    rows, _, notes = read(source="sales.csv", columns=columns, amount_is="order" if totals else "line")
    assert sum(row[2] for row in rows) == (30 if totals else 60)
    assert bool(notes) != totals


class TestRejectedRows:
    @pytest.fixture
    def connection(self):
        with duckdb.connect() as connection:
            connection.execute("create table rejected as select range as line_id from range(3)")
            yield connection

    def test_they_replace_the_file_as_a_whole(self, connection, tmp_path):
        write_rejected(connection, tmp_path / "rejected.parquet")
        connection.execute("drop table rejected")
        before = (tmp_path / "rejected.parquet").read_bytes()
        with pytest.raises(duckdb.Error):
            write_rejected(connection, tmp_path / "rejected.parquet")
        assert (tmp_path / "rejected.parquet").read_bytes() == before
        assert [path.name for path in tmp_path.iterdir()] == ["rejected.parquet"]
        assert pq.read_table(tmp_path / "rejected.parquet").num_rows == 3

    def test_a_folder_that_is_missing_is_named(self, connection, tmp_path):
        with pytest.raises(InvalidInput, match="The rejected parameter must be a path in a folder that exists"):
            write_rejected(connection, tmp_path / "nowhere" / "rejected.parquet")


def test_a_source_that_changes_while_it_is_cleaned_is_refused(read, monkeypatch):
    paid = {"client": ["a", "b"], "day": [datetime(2024, 1, 1), datetime(2024, 1, 2)], "paid": [1.0, 2.0]}
    pq.write_table(pa.table(paid), "sales.parquet")

    def clean_and_touch(*given, **options):
        os.utime("sales.parquet", (0, 0))
        return clean(*given, **options)

    assert len(read(source="sales.parquet")[0]) == 2
    monkeypatch.setattr("clientela.loading.clean", clean_and_touch)
    with pytest.raises(InvalidData, match="must not change while it is read"):
        read(source="sales.parquet")
