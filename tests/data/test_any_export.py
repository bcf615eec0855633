"""Any export is read as it is meant, or refused with an error of ours: random shops in random formats."""

from collections import Counter

import duckdb
import pytest
import yaml
from hypothesis import event, given, settings
from hypothesis import strategies as st

from clientela.errors import ClientelaError
from clientela.loading import read_transactions
from clientela.settings import load_settings

from .exports import Truth, dataset_of, export_bytes, shops, styles, truth_of

EXAMPLES = 40


@pytest.fixture(scope="module")
def load(root, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exports")

    def read(content, style, **changes):
        """What is read of an export."""
        (folder / f"shop{style.ending}").write_bytes(content)
        path = folder / "shop.yaml"
        path.write_text(yaml.safe_dump({**dataset_of(style), **changes}, allow_unicode=True), encoding="utf-8")
        dataset = load_settings(str(path), conf=root / "conf").dataset
        with duckdb.connect() as connection:
            read_transactions(connection, dataset, source=str(folder / f"shop{style.ending}"), seed=0)
            orders = connection.execute("select distinct customer_id, order_id, ordered_at::date from transactions")
            orders = set(orders.fetchall())
            lines = connection.execute("select customer_id, order_id, amount from transactions").fetchall()
            money = dict(
                connection.execute("""
                    select customer_id, sum(amount) from (
                        select customer_id, amount from transactions
                        union all
                        select customer_id, -cancellations.amount
                        from cancellations join transactions using (line_id)
                    ) group by all
                """).fetchall()
            )
        return Truth(money, orders, Counter(lines))

    return read


@settings(max_examples=EXAMPLES)
@given(lines=shops(), style=styles)
def test_an_export_is_read_as_it_is_meant(load, lines, style):
    truth = truth_of(lines)
    if truth.orders:
        read = load(export_bytes(lines, style), style)
        assert (read.money, read.orders) == (truth.money, truth.orders)
        assert style.order_totals or read.amounts == truth.amounts
    else:
        with pytest.raises(ClientelaError):
            load(export_bytes(lines, style), style)


@settings(max_examples=EXAMPLES)
@given(lines=shops(), style=styles, data=st.data())
def test_wrong_settings_are_refused_or_change_no_value(load, lines, style, data):
    wrong = data.draw(
        st.sampled_from(
            [
                {"decimal": "," if style.decimal == "." else ".", "thousands": None},
                {"skip_rows": style.titles + 1},
                {"timestamp_format": "%Y/%m/%d %H"},
                {"encoding": "utf-8"},
                {"encoding": "utf-16-be"},
                {"delimiter": "#"},
                {"sheets": "Orders"},
                {"keep": {"Status of the order": ["Paid"]}},
                {"columns": {"customer_id": "client", "ordered_at": "day", "amount": "paid"}, "keep": {}},
            ]
        )
    )
    truth = truth_of(lines)
    read, refusal = None, ""
    try:
        read = load(export_bytes(lines, style), style, **wrong)
    except ClientelaError as error:
        refusal = str(error)
    event("read" if read else "refused")
    assert "\n" not in refusal
    assert "Claire" not in refusal
    assert not read or read.orders <= truth.orders
    assert not read or style.order_totals or read.amounts <= truth.amounts


@settings(max_examples=EXAMPLES)
@given(lines=shops(), style=styles, data=st.data())
def test_a_damaged_export_is_read_or_refused_in_one_line(load, lines, style, data):
    content = bytearray(export_bytes(lines, style))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content)))
        length = data.draw(st.sampled_from([0, 1, 3, 20, 400]))
        content[place : place + length] = data.draw(
            st.binary(max_size=4) | st.sampled_from([b'"', b",", b";", b"\r\n", b"\x00", b"\xff\xfe", b"\\", b"\t" * 9])
        )
    refusal = ""
    try:
        load(bytes(content), style)
    except ClientelaError as error:
        refusal = str(error)
    event("refused" if refusal else "read")
    assert "\n" not in refusal
