"""The inspection of small exports: totals, questions, findings, and what it must not print."""

import json

import duckdb
import numpy as np
import pytest
import yaml

from clientela.data.inspection.dataset_file import as_yaml
from clientela.data.inspection.inspect import Defaults, inspect_source
from clientela.data.inspection.result import Inspection
from clientela.data.inspection.roles import Given
from clientela.errors import InvalidData, InvalidInput
from clientela.loading import read_transactions
from clientela.settings import DatasetSettings, load_reading_defaults

HEADER = "Order,Customer,Date,Product,Quantity,Price"


@pytest.fixture
def look(tmp_path, root):
    """Writes an export and inspects it."""
    reading = load_reading_defaults(conf=root / "conf")
    defaults = Defaults(tuple(word.lower() for word in reading.null_words), reading.plausible_dates)

    def of(content: str | bytes, *, name: str = "sales.csv", given: Given | None = None) -> Inspection:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return inspect_source(str(path), name="shop", given=given, defaults=defaults)

    return of


def sales(*, date: str = "%Y-%m-%d", days: int = 300, decimal: str = ".", sign: str = ",", email: bool = False) -> str:
    """300 lines of orders of 60 customers."""
    random = np.random.default_rng(4)
    prices = np.round(random.gamma(2, 10, 30) + 1, 2)
    rows = [HEADER.replace(",", sign)]
    for line in range(300):
        order = line // 2
        day = np.datetime64("2023-01-01") + (order * 7) % days
        product, customer = int(random.integers(30)), order % 60 + 700
        who = f"person{customer}@example.org" if email else str(customer)
        price = f"{prices[product]:.2f}".replace(".", decimal)
        text = f'"{day.item().strftime(date)}"'
        rows.append(sign.join([f"A{order + 100}", who, text, f"P-{product:03d}", str(line % 4 + 1), price]))
    return "\n".join(rows) + "\n"


def codes(inspection: Inspection) -> dict[str, int]:
    return {finding.code: finding.rows for finding in inspection.findings}


def test_a_plain_export_is_ready(look):
    found = look(sales())
    assert found.verdict.name == "ready"
    assert {role: choice.source for role, choice in found.columns.items()} == {
        "order_id": "Order", "customer_id": "Customer", "ordered_at": "Date", "product_id": "Product",
        "quantity": "Quantity", "unit_price": "Price",
    }  # fmt: skip
    assert (found.facts.rows, found.facts.customers, found.facts.orders) == (300, 60, 150)


@pytest.mark.parametrize("date", ["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%y", "%b %d, %Y", "%Y%m%d", "%d-%m-%Y 10:00"])
def test_all_ways_of_writing_dates_give_the_same_period(look, date):
    assert look(sales(date=date)).facts.period == look(sales()).facts.period


@pytest.mark.parametrize(
    ("written", "months"),
    [
        (
            "{d} de {m} de {y}",
            "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
        ),
        ("{d} {m} {y} 10:30 hs.", "ene feb mar abr may jun jul ago sept oct nov dic"),
        ("{d}. {m} {y}", "Januar Februar März April Mai Juni Juli August September Oktober November Dezember"),
    ],
)
def test_names_of_months_in_other_languages_are_read(look, written, months):
    rows = ""
    for n in range(300):
        day = np.datetime64("2023-01-01") + n
        date = day.item()
        text = written.format(d=date.day, m=months.split()[date.month - 1], y=date.year)
        rows += f"{n % 60 + 1};{text};{n}.50\n"
    found = look(f"customer;date;amount\n{rows}")
    assert found.verdict.name == "ready"
    assert [str(day) for day in found.facts.period] == ["2023-01-01", "2023-10-27"]
    assert not {"unreadable_date", "missing_date"} & set(codes(found))


def test_ids_that_a_spreadsheet_turned_into_floats_are_ids(look):
    rows = "".join(
        f"{536365 + n // 3}.0,{n // 3 % 60 + 1}.0,2024-{n // 3 % 12 + 1:02d}-15,{n}.50\n" for n in range(600)
    )
    found = look(f"InvoiceNo,CustomerID,Date,Amount\n{rows}")
    assert (found.facts.orders, found.facts.customers) == (200, 60)


def test_an_id_that_comes_back_is_the_customer(look):
    rows = "".join(f"{n % 60 + 1};A{n};2024-{n % 12 + 1:02d}-15;{n},50\n" for n in range(300))
    assert look(f"id;order;date;total\n{rows}").columns["customer_id"].source == "id"


def test_numbers_instead_of_dates_are_named_as_the_reason(look):
    rows = "".join(f"{n % 60 + 1},{n // 3 + 1},{n}.50\n" for n in range(300))
    found = look(f"customer,order date,amount\n{rows}")
    assert found.verdict.name == "cannot"
    assert "The values of 'order date' are numbers" in (found.verdict.reason or "")


def test_too_many_unreadable_dates_are_the_reason(look):
    rows = "".join(f"{n % 60 + 1},{'soon' if n % 10 == 0 else '2024-01-15'},{n}.50\n" for n in range(300))
    found = look(f"customer,date,amount\n{rows}")
    assert found.verdict.name == "cannot"
    assert "10.0% of the values in 'date' cannot be read" in (found.verdict.reason or "")


def test_dates_without_a_day_above_twelve_are_asked_for(look):
    rows = "".join(f"{n % 40},{n % 12 + 1:02d}/{n % 11 + 1:02d}/2024,{n}.50\n" for n in range(200))
    found = look(f"customer,date,amount\n{rows}")
    assert found.verdict.name == "needs_decision"
    assert "--set dates=day-first or --set dates=month-first" in (found.verdict.question or "")
    assert found.facts.period is None
    assert found.settings is None


def test_an_answer_decides_the_dates(look):
    rows = "".join(f"{n % 40},{n % 2 + 1:02d}/{n % 11 + 1:02d}/2024,{n}.50\n" for n in range(200))
    day_first = look(f"customer,date,amount\n{rows}", given=Given(dates="day-first"))
    month_first = look(f"customer,date,amount\n{rows}", given=Given(dates="month-first"))
    assert [str(day) for day in day_first.facts.period] == ["2024-01-01", "2024-11-02"]
    assert [str(day) for day in month_first.facts.period] == ["2024-01-01", "2024-02-11"]
    assert day_first.verdict.name == month_first.verdict.name == "ready"


def test_a_decimal_comma_gives_the_same_money(look):
    comma = look(sales(decimal=",", sign=";"))
    assert comma.layout.decimal == ","
    assert comma.facts.money_total == look(sales()).facts.money_total


def test_numbers_with_one_sign_before_three_digits_are_asked_for(look):
    rows = "".join(f"{n % 40};2024-{n % 12 + 1:02d}-15;{n % 9 + 1}.{n:03d}\n" for n in range(1, 300))
    found = look(f"customer;date;amount\n{rows}")
    assert found.verdict.name == "needs_decision"
    assert "--set decimal=" in (found.verdict.question or "")
    assert look(f"customer;date;amount\n{rows}", given=Given(decimal=",")).verdict.name == "ready"


def test_a_price_column_with_the_amounts_of_lines_is_not_multiplied(look):
    text = sales().splitlines()
    rows = [text[0]]
    for line in text[1:]:
        *start, quantity, price = line.split(",")
        rows.append(",".join([*start, quantity, f"{int(quantity) * float(price):.2f}"]))
    found = look("\n".join(rows) + "\n")
    assert found.facts.money_total == look(sales()).facts.money_total
    assert "header_contradicted" in codes(found)


def test_the_total_of_an_order_on_each_line_counts_once(look):
    rows = "".join(f"A{n // 3},{n // 3 % 50},2024-{n // 3 % 12 + 1:02d}-15,P{n % 7},{n // 3}.00\n" for n in range(600))
    found = look(f"order,customer,date,product,order_total\n{rows}")
    assert found.facts.money_total == sum(range(200))
    assert found.settings["amount_is"] == "order"
    assert codes(found)["order_total_repeated"] == 600


def test_rows_without_a_customer_are_a_finding_with_an_example(look):
    text = sales().replace(",700,", ",Guest,").replace(",701,", ",,")
    found = look(text)
    missing = sum("Guest" in line or ",," in line for line in text.splitlines())
    assert codes(found)["missing_customer_id"] == missing
    assert found.facts.customers == 58
    assert "'Guest'" in next(one.text for one in found.findings if one.code == "missing_customer_id")


def test_personal_data_is_not_printed(look):
    found = look(sales(email=True))
    assert found.columns["customer_id"].source == "Customer"
    assert "example.org" not in str(found.as_json()) + str(found.preview)
    assert "personal_customer_id" in codes(found)


def test_states_that_are_no_sales_are_dropped(look):
    lines = sales().splitlines()
    rows = [f"{lines[0]},Status"] + [
        f"{line},{'cancelled' if n % 10 == 0 else 'complete'}" for n, line in enumerate(lines[1:])
    ]
    found = look("\n".join(rows))
    assert found.settings["drop"] == {"Status": ["cancelled"]}
    assert codes(found)["no_sales"] == 30


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("order,date,product,amount", "no customer"),
        ("customer,order,product,amount", "no dates"),
    ],
)
def test_a_table_without_customers_or_dates_cannot_be_segmented(look, header, reason):
    rows = "".join(
        ",".join({"order": f"A{n // 2}", "date": f"2024-{n % 12 + 1:02d}-11", "product": f"P-{n % 9}",
                  "customer": f"C{n % 40}", "amount": f"{n}.25"}[name] for name in header.split(",")) + "\n"
        for n in range(300)
    )  # fmt: skip
    found = look(f"{header}\n{rows}")
    assert found.verdict.name == "cannot"
    assert reason.split()[-1] in (found.verdict.reason or "")


def test_the_table_to_join_is_named(look, tmp_path):
    (tmp_path / "orders.csv").write_text("order_id,customer_id,order_date\n" + "A1,C1,2024-01-05\n" * 3)
    rows = "".join(f"A{n // 2},P-{n % 9},{n}.25\n" for n in range(300))
    found = look(f"order_id,product_id,price\n{rows}", name="items.csv")
    assert found.verdict.name == "cannot"
    assert "'orders.csv' on 'order_id'" in (found.verdict.reason or "")


def test_one_row_per_customer(look):
    rows = "".join(f"C{n},2023-{n % 12 + 1:02d}-03,2024-{n % 12 + 1:02d}-04,{n % 7 + 1},{n}.50\n" for n in range(200))
    found = look(f"id,first_order_date,last_order_date,order_count,total_spend\n{rows}")
    assert found.settings["kind"] == "customers"
    assert found.facts.orders == sum(n % 7 + 1 for n in range(200))
    assert found.facts.money_total == sum(range(200)) + 100


def test_a_date_of_registration_does_not_make_sales_of_customers(look):
    rows = ""
    for n in range(300):
        date = f"{n % 28 + 1:02d}-{n % 12 + 1:02d}-2013"
        rows += f"{5000 + n * 7}\t{1950 + n % 50}\t{30_000 + n}\t{date}\t{n % 99}\t{n * 3 % 400}\t{n % 9}\n"
    found = look(f"ID\tYear_Birth\tIncome\tDt_Customer\tRecency\tMntWines\tNumWebPurchases\n{rows}")
    assert found.settings["kind"] == "customers"
    assert found.columns["customer_id"].source == "ID"


def test_events_of_a_web_shop_that_are_no_purchases_are_dropped(look):
    rows = "".join(
        f"2023-{n % 12 + 1:02d}-15 10:00:00 UTC,{('view', 'cart', 'purchase')[n % 3]},{n % 50},{n}.50,{n % 60 + 1}\n"
        for n in range(600)
    )
    found = look(f"event_time,event_type,product_id,price,user_id\n{rows}")
    assert found.settings["drop"] == {"event_type": ["cart", "view"]}
    assert codes(found)["no_sales"] == 400


def test_columns_without_a_header_are_recognised_by_their_values(look):
    rows = "".join(f"C{n % 40},2024-{n % 12 + 1:02d}-03,{n}.50,ana.{n % 40}@example.org\n" for n in range(200))
    found = look(rows)
    assert found.verdict.name == "ready"
    columns = {role: choice.source for role, choice in found.columns.items()}
    assert columns == {
        "customer_id": "column_1",
        "ordered_at": "column_2",
        "amount": "column_3",
        "identifier:column_4": "column_4",
    }
    assert (found.facts.rows, found.facts.customers, found.facts.money_total) == (200, 40, 20_000.0)
    assert (found.settings["has_header"], codes(found)["no_header"]) == (False, 200)
    assert "example.org" not in str(found)


def test_a_table_of_blanks_without_a_header_is_read_and_runs(look, root):
    random = np.random.default_rng(2)
    rows, total = "", 0.0
    for n in range(600):
        discs = int(random.integers(1, 6))
        total += (price := round(discs * float(random.uniform(9, 17)), 2))
        rows += f" {n % 90 + 1:05d} 1997{n % 12 + 1:02d}{n % 27 + 1:02d} {discs:2d} {price:7.2f}\r\n"
    found = look(rows, name="master.txt")
    assert found.verdict.name == "ready"
    assert (found.facts.rows, found.facts.customers, found.layout.delimiter) == (600, 90, " ")
    assert found.facts.money_total == pytest.approx(total, abs=0.001)
    dataset = DatasetSettings.model_validate(yaml.safe_load(as_yaml(found.settings)))
    dataset = dataset.with_defaults(load_reading_defaults(conf=root / "conf"))
    with duckdb.connect() as connection:
        read_transactions(connection, dataset, source=None, seed=0)
        sums = connection.execute(
            "select count(*), count(distinct customer_id), sum(amount) from transactions"
        ).fetchall()
    assert sums[0][:2] == (600, 90)
    assert float(sums[0][2]) == pytest.approx(total, abs=0.001)


def test_rows_with_more_values_than_the_header_are_refused_with_their_line(look):
    rows = "".join(f"C{n % 40},2024-{n % 12 + 1:02d}-03,{n},50\n" for n in range(200))
    with pytest.raises(InvalidData, match=r"[Ll]ine 2"):
        look(f"customer,date,amount\n{rows}")


def test_an_unknown_column_in_an_answer_is_refused(look):
    with pytest.raises(InvalidInput, match="must name columns of the source"):
        look(sales(), given=Given(columns={"customer_id": "Kunde"}))


@pytest.mark.parametrize(
    ("date", "decimal", "sign", "encoding"),
    [
        ("%Y-%m-%d", ".", ",", "utf-8"),
        ("%d/%m/%Y", ",", ";", "latin-1"),
        ("%m/%d/%y", ".", "\t", "utf-16"),
        ("%d.%m.%Y", ",", "|", "utf-8-sig"),
    ],
)
def test_the_run_reads_the_totals_that_the_inspection_says(look, root, date, decimal, sign, encoding):
    found = look(sales(date=date, decimal=decimal, sign=sign).encode(encoding))
    settings = DatasetSettings.model_validate(yaml.safe_load(as_yaml(found.settings)))
    settings = settings.with_defaults(load_reading_defaults(conf=root / "conf"))
    connection = duckdb.connect()
    read_transactions(connection, settings, source=None, seed=0)
    rows, customers, orders, first, last, money = connection.execute("""
        select count(*), count(distinct customer_id), count(distinct order_id), min(ordered_at)::date,
            max(ordered_at)::date, sum(amount)::double from transactions
    """).fetchall()[0]
    facts = found.facts
    assert (rows, customers, orders, (first, last)) == (facts.rows, facts.customers, facts.orders, facts.period)
    assert money == pytest.approx(facts.money_total, abs=0.005)


@pytest.mark.parametrize(
    ("header", "number", "time_format"),
    [
        ("Date", lambda day: (day - np.datetime64("1899-12-30")).astype(int), "excel"),
        ("created_ts", lambda day: day.astype("datetime64[s]").astype(int), "unix"),
        ("timestamp", lambda day: day.astype("datetime64[ms]").astype(int), "unix_ms"),
    ],
)
def test_dates_written_as_numbers_are_found_and_run(look, header, number, time_format):
    lines = [line.split(",") for line in sales().replace('"', "").splitlines()]
    rows = [[*line[:2], str(number(np.datetime64(line[2]))), *line[3:]] for line in lines[1:]]
    table = [[*lines[0][:2], header, *lines[0][3:]], *rows]
    found = look("\n".join(",".join(row) for row in table) + "\n")
    assert found.settings["timestamp_format"] == time_format
    assert found.columns["ordered_at"].source == header
    with duckdb.connect() as connection:
        read_transactions(connection, DatasetSettings(**found.settings), source=found.settings["source"], seed=0)
        first = connection.execute("select min(ordered_at)::date::varchar from transactions").fetchall()[0][0]
    assert first == "2023-01-01"
    assert found.facts.period == look(sales()).facts.period


def test_numbers_with_another_header_are_no_dates(look):
    lines = sales().splitlines()
    numbered = [lines[0] + ",Till", *(f"{line},{45_000 + number}" for number, line in enumerate(lines[1:]))]
    assert look("\n".join(numbered) + "\n").columns["ordered_at"].source == "Date"


def test_quantities_written_as_floats_are_quantities(look):
    lines = [line.split(",") for line in sales().splitlines()]
    rows = [[*line[:4], f"{line[4]}.0", line[5]] for line in lines[1:]]
    found = look("\n".join(",".join(row) for row in [lines[0], *rows]) + "\n")
    assert found.columns["quantity"].source == "Quantity"
    assert found.facts.money_total == look(sales()).facts.money_total


def test_ids_with_leading_zeros_are_no_telephone_numbers(look):
    content = sales().replace(",7", ",0000007").replace("Customer", "Card No")
    assert look(content).columns["customer_id"].source == "Card No"


def test_orders_with_nested_items_are_read_as_lines(look):
    lines = [dict(zip(HEADER.split(","), row.split(","), strict=True)) for row in sales().splitlines()[1:]]
    orders = {}
    for line in lines:
        order = {"id": line["Order"], "created_at": line["Date"].strip('"'), "customer": {"id": line["Customer"]}}
        items = orders.setdefault(line["Order"], {**order, "line_items": []})["line_items"]
        items.append(
            {"id": len(items), "sku": line["Product"], "quantity": int(line["Quantity"]), "price": line["Price"]}
        )
    found = look(json.dumps({"orders": list(orders.values())}), name="sales.json")
    assert found.verdict.name == "ready"
    assert {role: choice.source for role, choice in found.columns.items()} == {
        "order_id": "id", "customer_id": "customer.id", "ordered_at": "created_at", "product_id": "line_items.sku",
        "quantity": "line_items.quantity", "unit_price": "line_items.price",
    }  # fmt: skip
    assert found.facts == look(sales()).facts
    assert codes(found)["reading"] == 300


def test_null_words_within_orders_do_not_hide_the_customer(look):
    rows = sales().splitlines()
    parts = [row.split(",") for row in rows[1:]]
    for place, row in enumerate(parts):
        row[1] = "N/A" if place % 8 == 0 else row[1]
    found = look("\n".join([HEADER, *(",".join(row) for row in parts)]))
    assert found.verdict.name == "ready"
    assert (found.columns["customer_id"].source, found.facts.customers) == ("Customer", 60)
    assert codes(found)["missing_customer_id"] == 38


def test_rows_of_totals_are_not_counted(look):
    for total in (",,Total,,,9999.99", "Grand total,,,,,9999.99", ",total geral,,,300,9999.99", ",,,,,9999.99"):
        found = look(f"{sales()}{total}\n")
        assert found.verdict.name == "ready"
        assert found.facts == look(sales()).facts
        assert codes(found)["total_rows"] == 1
    assert "drop" not in found.settings
    assert look(f"{sales()},,Total,,,9999.99\n").settings["drop"] == {"Date": ["Total"]}


def test_rows_without_customer_and_date_that_are_no_totals_are_counted(look):
    found = look(f"{sales()}A999,,,P-001,1,5.00\n")
    assert (found.facts.rows, "total_rows" in codes(found)) == (301, False)


def test_a_number_of_orders_is_no_order_id(look):
    rows = "".join(
        f"person{n}@example.org,Lisboa,01/{n % 28 + 1:02d}/2022,02/{n % 28 + 1:02d}/2023,{n % 5 + 1},US$ 1{n % 7}.50\n"
        for n in range(80)
    )
    found = look(f"Customer Email,City,First Order Date,Last Order Date,Orders Count,Total Spent\n{rows}")
    assert found.settings["kind"] == "customers"
    assert found.settings["columns"] == {
        "customer_id": "Customer Email",
        "first_purchase": "First Order Date",
        "last_purchase": "Last Order Date",
        "order_count": "Orders Count",
        "total_spend": "Total Spent",
    }
    assert found.facts.orders == 240


@pytest.mark.parametrize("constant", ["Description", "Referencia"])
def test_an_id_of_each_row_is_the_order_beside_texts_that_are_no_products(look, constant):
    text = {"Description": lambda n: "Payment", "Referencia": lambda n: f"XKCD{n:05d}Q"}[constant]
    rows = "".join(f"{n + 1},2023-01-{n % 28 + 1:02d},{n % 40 + 500},{text(n)},{n % 50 + 1}.25\n" for n in range(300))
    found = look(f"id,Created,Customer,{constant},Amount\n{rows}")
    assert (found.verdict.name, found.facts.orders) == ("ready", 300)
    assert found.columns["order_id"].source in ("id", constant)


def test_quantities_with_zeros_behind_the_sign_are_quantities(look):
    rows = [row.split(",") for row in sales().splitlines()[1:]]
    zeros = "\n".join(",".join([*row[:4], f"{row[4]}.0000", row[5]]) for row in rows)
    found = look(f"{HEADER}\n{zeros}")
    assert (found.columns["quantity"].source, found.facts) == ("Quantity", look(sales()).facts)


def test_amounts_of_many_decimals_are_added_exactly_and_reported(look):
    rows = "".join(f"{n % 60 + 1},2023-0{n % 9 + 1}-11,{(n + 1) / 590}\n" for n in range(300))
    found = look(f"customer,date,amount\n{rows}")
    assert found.facts.money_total == round(sum(range(1, 301)) / 590, 2)
    assert codes(found)["rounded_amount"] == 295  # multiples of 59 have at most one decimal
    assert "rounded_amount" not in codes(look(sales()))


def test_ids_of_visitors_with_a_point_are_customers(look):
    rows = [row.split(",") for row in sales().splitlines()[1:]]
    visitors = "\n".join(",".join([row[0], f"1{row[1]}123.1678{row[1]}", *row[2:]]) for row in rows)
    found = look(f"{HEADER.replace('Customer', 'user_pseudo_id')}\n{visitors}")
    assert (found.columns["customer_id"].source, found.facts.customers) == ("user_pseudo_id", 60)


def test_order_ids_on_several_lines_are_no_number_of_orders(look):
    rows = "".join(f"{n:06x}{n % 7}a,{n // 3 + 5000},2023-01-{n % 28 + 1:02d},{n % 9 + 1}.50\n" for n in range(300))
    found = look(f"item_id,order_id,shipping_limit_date,price\n{rows}")
    assert (found.verdict.name, found.columns["order_id"].source) == ("cannot", "order_id")
