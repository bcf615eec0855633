"""What the report says about the data: quality and exploration, folded, in both languages."""

import re

import pytest

from clientela.reporting.words import Words
from clientela.segmentation.report.about_data import about_data
from clientela.segmentation.report.html import render_report

pytestmark = pytest.mark.usefixtures("undrawn")


def text_of(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def section_of(page):
    return page[page.index('<section id="data"') : page.index('<section id="method"')]


@pytest.mark.parametrize(
    ("language", "headline", "sentence"),
    [
        ("en", "96.0% of the values are filled in; 3 findings.", "20% of the customers bring 74% of the revenue."),
        ("pt-BR", "96,0% dos valores estão preenchidos; 3 ocorrências.", "20% dos clientes trazem 74% da receita."),
    ],
)
def test_the_report_has_quality_and_exploration_in_folded_parts(report, language, headline, sentence):
    section = section_of(render_report(report, language=language))
    assert headline in text_of(section)
    assert sentence in text_of(section)
    assert section.count('<details class="panel"') == 4
    assert '<details class="panel" open' not in section


def test_findings_outliers_and_capped_features_are_listed(report):
    text = text_of(section_of(render_report(report, language="en")))
    assert "CustomerID: 25% of the rows have no value (limit: 5.0%)." in text
    assert (
        "No sale from 7\u00a0Nov\u00a02011 to 9\u00a0Nov\u00a02011" in text
        or "No sale from 7 Nov 2011 to 9 Nov 2011" in text
    )
    assert "The orders rose suddenly in the week of" in text
    assert "500 times the usual price" in text
    assert "Total spend (8 customers) and Orders (6 customers)" in text


def test_small_cohorts_are_empty_and_the_youngest_has_no_cells(report):
    section = section_of(render_report(report, language="en"))
    rows = re.findall(r"<tr><th scope=\"row\">(\w+ 2011)</th>(.*?)</tr>", section)
    cells = {name: re.findall(r"<td[^>]*>(.*?)</td>", row) for name, row in rows}
    assert cells == {
        "Oct 2011": ["400", "37%", "30%"],
        "Nov 2011": ["–", "–", ""],
        "Dec 2011": ["90", "", ""],
    }


def test_pictures_mark_gaps_and_sudden_changes(report):
    words = Words("en", currency="GBP", book="segmentation")
    svg = about_data(report, words)["quality_weeks"]
    assert svg.count("<rect") == 1
    assert svg.count("stroke-dasharray") == 1
    calm = {**report, "quality": {**report["quality"], "findings": []}}
    assert about_data(calm, words)["quality_weeks"].count("<rect") == 0


def test_a_report_without_them_has_no_such_parts(report):
    page = render_report({**report, "quality": None, "exploration": None}, language="en")
    assert section_of(page).count('<details class="panel"') == 2
