import base64
import hashlib
import re

import pytest

from clientela.reporting.environment import report_environment
from clientela.reporting.script import page_policy, page_script
from clientela.reporting.words import Words


def rendered(**values):
    environment = report_environment(Words("en"), package="clientela.segmentation.report")
    return environment.get_template("page.html.j2").render(language="en", **values)


def test_the_policy_allows_the_script_of_the_page_and_no_other():
    page = rendered(page_data={"texts": {}, "segments": []})
    script = re.search(r"<script>(.*?)</script>", page, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src &#39;sha256-{digest}&#39;" in page
    assert "unsafe-inline&#39;; img-src" in page  # styles only
    assert page.count("unsafe-") == 1


def test_a_page_without_data_has_no_script():
    page = rendered()
    assert "<script" not in page
    assert "default-src &#39;none&#39;" in page
    assert "script-src" not in page_policy(has_script=False)


@pytest.mark.parametrize("id_", ["</script><script>alert(1)</script>", "<!--", "]]>", "\u2028", "'\"&"])
def test_ids_cannot_end_the_data(id_):
    page = rendered(page_data={"texts": {}, "segments": [{"customer_ids": [id_]}]})
    assert page.count("</script>") == 2
    assert "<!--" not in page.split("<body>")[1]


def test_the_script_writes_no_html():
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|Function\(", page_script())
