"""The report as a whole: scores, sentences, and findings that stop a run."""

from datetime import date, timedelta

import duckdb
import pytest

from clientela.contracts import LANGUAGES
from clientela.data.reading import Reading
from clientela.errors import InvalidData, InvalidSettings
from clientela.loading import read_transactions
from clientela.quality.findings import KINDS, is_warning
from clientela.quality.refusal import refuse_findings
from clientela.quality.report import quality_report
from clientela.quality.texts import finding_sentence, notes_of, quality_text, warnings_of
from clientela.reporting.words import Words, messages
from clientela.settings import load_settings

from .shop import line, shop_of

DATASET = """
name: small
title: Small shop
currency: BRL
source: {source}
columns: {{customer_id: client, order_id: invoice, ordered_at: day, product_id: code, description: name,
  quantity: items, unit_price: price, country: land}}
cleaning:
  - {{rule: unreadable_date}}
  - {{rule: missing_customer_id}}
  - {{rule: cancellation}}
  - {{rule: bad_quantity}}
  - {{rule: bad_price}}
{quality}
"""
HEADER = "client,invoice,day,code,name,items,price,land"
MONDAY = date(2024, 1, 1)


def rows_of(days, *, without=()):
    return [
        line(f"c{i % 5}", f"{i}-{n}", str(MONDAY + timedelta(i)), "AB"[n % 2], ("Cup", "Pot")[n % 2], items=2, price=3)
        for i in range(days)
        for n in range(12)
        if i not in without
    ]


def dataset_of(tmp_path, root, rows, quality=""):
    source = tmp_path / "sales.csv"
    lines = [",".join("" if cell is None else str(cell) for cell in row) for row in rows]
    source.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    file = tmp_path / "small.yaml"
    file.write_text(DATASET.format(source=source, quality=quality), encoding="utf-8")
    return load_settings(str(file), conf=root / "conf").dataset


def report_of(tmp_path, root, rows, quality=""):
    dataset = dataset_of(tmp_path, root, rows, quality)
    connection = shop_of(rows)
    return quality_report(connection, dataset, as_of=date(2024, 6, 1), reading=Reading()), dataset


def test_scores_are_the_means_of_the_columns(tmp_path, root):
    rows = rows_of(10)
    rows[0] = line(None, "x", "2024-01-01", items=2, price=3)
    rows[1] = rows[2]
    report, _ = report_of(tmp_path, root, rows)
    assert report["rows"] == 120
    assert report["duplicates"] == 1
    assert report["scores"]["completeness"] == pytest.approx(1 - 1 / 120 / 8)
    assert report["scores"]["uniqueness"] == pytest.approx(1 - 1 / 120)
    assert report["scores"]["validity"] == 1


def test_warnings_come_first_and_have_sentences(tmp_path, root):
    rows = [*rows_of(70, without=range(30, 37)), line("big", "big", "2024-02-20", items=9000, price=3)]
    report, dataset = report_of(tmp_path, root, rows)
    kinds = [(finding["kind"], is_warning(finding)) for finding in report["findings"]]
    assert kinds == sorted(kinds, key=lambda each: (not each[1], KINDS.index(each[0])))
    words = Words("en", currency="BRL")
    assert warnings_of(report, words)[0] == (
        "No sale from 31\u00a0Jan\u00a02024 to 6\u00a0Feb\u00a02024 (7 days on which the shop usually sells)."
    )
    assert "warning: No sale from" in quality_text(report, words)
    assert dataset.quality.limits


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_finding_has_a_sentence(language):
    words = Words(language, currency="GBP")
    places = {
        "column": "Code", "share": 0.25, "limit": 0.05, "recent": 0.1, "filled": 0.9, "days": 90, "rows": 7, "of": 9,
        "count": 3, "largest": 900.0, "rejected": 1, "cancelled": 1, "kept": 1, "money_share": 0.3,
        "first": "2024-01-02", "last": "2024-01-09", "open_days": 6, "week": "2024-01-01", "before": 10.0,
        "after": 30.0, "ratio": 3.0, "lines": 5.0, "totals": 6.0, "currencies": 2,
    }  # fmt: skip
    for key in messages(language):
        if not key.startswith("quality.found."):
            continue
        rule = key.removeprefix("quality.found.")
        kind, subject = next(kind for kind in (*KINDS, "rise", "fall") if rule.startswith(kind)), "customer_id"
        finding = {"kind": kind, "rule": rule, "subject": subject, "values": places}
        if kind in ("rise", "fall"):
            subject = "price" if rule.endswith("_price") else "revenue"
            finding = {**finding, "kind": "level_change", "rule": kind, "subject": subject}
        elif kind == "outliers":
            finding["subject"] = rule.removeprefix("outliers_")
        elif kind == "gap":
            changed = {"gap": {}, "gap_one": {"days": 1}, "gap_sparse": {"open_days": 0}}[rule]
            finding["values"] = {**places, **changed}
        assert finding_sentence(finding, words) == words.text(key, **_written(places, finding, words)), rule


def _written(places, finding, words):
    """The places as a reader of the message expects them."""
    is_money = finding["subject"] in ("revenue", "order_value")
    money = words.money if is_money else words.number
    written = {
        **{name: words.percent(places[name]) for name in ("share", "recent", "filled", "money_share", "limit")},
        **{name: words.date(places[name]) for name in ("first", "last", "week")},
        **{name: words.number(finding["values"][name]) for name in ("days", "rows", "of", "count", "rejected")},
        **{name: words.number(finding["values"][name]) for name in ("cancelled", "kept", "open_days", "currencies")},
        **{name: money(places[name]) for name in ("before", "after", "largest")},
        **{name: words.money(places[name]) for name in ("lines", "totals")},
        "column": "Code",
        "ratio": words.number(3, 1),
    }
    if is_money:
        written["limit"] = words.money(places["limit"])
    if finding["kind"] == "level_change":
        written |= {"share": words.percent(1 / 3, 0), "measure": words.text("quality.measures.revenue")}
    return written


def test_changes_of_the_season_are_counted_in_one_sentence():
    change = {"kind": "level_change", "rule": "rise", "subject": "orders", "values": {}, "explained": "season"}
    assert notes_of({"findings": [change, change]}, Words("en")) == [
        "2 sudden changes of level are those of the season."
    ]


def test_a_kind_in_fail_on_stops_the_run(tmp_path, root):
    rows = rows_of(70, without=range(30, 37))
    strict = dataset_of(tmp_path, root, rows, "quality: {fail_on: [gap]}")
    message = (
        r"no finding of the kinds in quality.fail_on. Got 1 \(gap\): No sale from 31.Jan.2024 to 6.Feb.2024 \(7 days"
    )
    with pytest.raises(InvalidData, match=message):
        read_transactions(duckdb.connect(), strict, source=None, seed=0)
    other = dataset_of(tmp_path, root, rows, "quality: {fail_on: [duplicates, level_change]}")
    assert read_transactions(duckdb.connect(), other, source=None, seed=0)


def test_explained_findings_do_not_stop_the_run(tmp_path, root):
    report, dataset = report_of(tmp_path, root, rows_of(70, without=range(30, 37)), "quality: {fail_on: [gap]}")
    with pytest.raises(InvalidData):
        refuse_findings(report, dataset)
    explained = {**report, "findings": [{**finding, "explained": "year_end"} for finding in report["findings"]]}
    refuse_findings(explained, dataset)


def test_a_column_above_its_own_limit_of_missing_values_stops_the_run(tmp_path, root):
    rows = [line(None, "x", "2024-01-01"), *rows_of(1)[:3]]
    strict = dataset_of(tmp_path, root, rows, "quality: {max_missing: {customer_id: 0.2}}")
    message = (
        r"At most 20.0% of the rows may lack a value in the column 'client' \(quality.max_missing of customer_id\)"
    )
    with pytest.raises(InvalidData, match=rf"{message}. Got 25.0%."):
        read_transactions(duckdb.connect(), strict, source=None, seed=0)
    lenient = dataset_of(tmp_path, root, rows, "quality: {max_missing: {customer_id: 0.25}}")
    assert read_transactions(duckdb.connect(), lenient, source=None, seed=0)


@pytest.mark.parametrize(
    ("quality", "message"),
    [
        ("quality: {fail_on: [gaps]}", "quality.fail_on"),
        ("quality: {max_missing: {client: 0.2}}", "max_missing names"),
        ("quality: {max_missing: {customer_id: 1.2}}", "max_missing"),
        ("quality: {fail: [gap]}", "fail"),
    ],
)
def test_mistakes_in_the_settings_are_refused(tmp_path, root, quality, message):
    with pytest.raises(InvalidSettings, match=message):
        dataset_of(tmp_path, root, rows_of(1), quality)


def test_rows_after_the_as_of_date_are_left_out(tmp_path, root):
    rows = rows_of(30)
    dataset = dataset_of(tmp_path, root, rows)
    report = quality_report(shop_of(rows, as_of=MONDAY), dataset, as_of=MONDAY + timedelta(10), reading=Reading())
    assert report["rows"] == 120
