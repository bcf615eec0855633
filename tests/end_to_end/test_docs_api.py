"""docs/api.md is true: every example prints what the page shows, every error is there, on both servers."""

import http.client
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest
import yaml

from clientela.serving.openapi import REFUSALS, make_schema

from .conftest import GUNICORN, KEY, ROOT, serving, wait_for
from .examples import Example, alike, read_examples, values

pytestmark = pytest.mark.slow

PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
EXAMPLES, ALONE = read_examples(PAGE)
CHAPTERS = {
    "On both servers": ("production", "champion"),
    "The production server": ("production",),
    "`mlflow models serve`": ("champion",),
}
TOOLS = {"sh": "curl", "js": "node"}
TRIED = [(example, server) for example in EXAMPLES for server in CHAPTERS[example.chapter]]


def run(example: Example, url: str, key: str) -> str:
    """What the code prints, as a user runs it."""
    tool = TOOLS.get(example.language)
    if tool and not shutil.which(tool):
        pytest.skip(f"needs {tool}, which pip cannot install")
    commands = {
        "sh": ["bash", "-c", example.code],
        "python": [sys.executable, "-c", example.code],
        "js": ["node", "--input-type=module", "-e", example.code],
    }
    environment = {**os.environ, "URL": url, "KEY": key, "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        commands[example.language], env=environment, capture_output=True, text=True, timeout=300, errors="replace"
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("example", "server"), TRIED, ids=[f"{server}-{example.section}-{example.language}" for example, server in TRIED]
)
def test_an_example_prints_what_the_page_shows(example, server, request):
    url = request.getfixturevalue(server).url
    printed = values(run(example, url, KEY if server == "production" else ""))
    assert alike(values(example.answer), printed), f"shown:\n{example.answer}\nprinted:\n{printed}"


def test_every_main_request_is_shown_in_three_languages():
    shown: dict[tuple[str, str], set[str]] = {}
    for example in EXAMPLES:
        shown.setdefault((example.chapter, example.section), set()).add(example.language)
    in_three = {section for (_, section), languages in shown.items() if languages == {"sh", "python", "js"}}
    assert in_three == {
        "Segments of customers", "Other forms", "Details", "Refusals", "Many customers", "One customer", "Segments",
        "Campaigns", "Which version answers", "Monitoring", "Request ids",
    }  # fmt: skip


@pytest.mark.parametrize("server", ["production", "champion"])
def test_all_forms_of_the_table_ask_for_the_same_customer(server, request):
    url = request.getfixturevalue(server).url
    bodies = re.findall(r"^\|.*\| `({.+})` \|$", PAGE, re.MULTILINE)
    assert len(bodies) == 7
    headers = {"Content-Type": "application/json", "X-API-Key": KEY}
    for body in bodies:
        asked = urllib.request.Request(f"{url}/invocations", body.encode(), headers)
        with urllib.request.urlopen(asked, timeout=300) as answer:
            assert json.load(answer) == {"predictions": [{"customer_id": "12346", "segment": "Premium buyers"}]}, body


def test_every_address_of_the_openapi_document_is_on_the_page():
    for path, operations in make_schema(ids_a_request=1, keys=True, churn=True)["paths"].items():
        for method in operations:
            assert f"`{method.upper()} {path}`" in PAGE


def test_every_error_of_the_code_is_in_the_table_and_no_other():
    sources = "\n".join(file.read_text() for file in (ROOT / "src" / "clientela" / "serving").glob("*.py"))
    raised = set(re.findall(r"Refusal\(\s*(\d{3}),\s*\"([A-Z_]+)\"", sources))
    assert set(re.findall(r"^\| (\d{3}) \| `([A-Z_]+)` \|", PAGE, re.MULTILINE)) == raised
    assert {status for status, _ in raised} >= {str(status) for status in REFUSALS}


@pytest.fixture
def strict(project: Path, environment, production_conf, tmp_path):
    """A server with narrow limits, on a registry that holds nothing."""
    conf = tmp_path / "conf"
    shutil.copytree(production_conf, conf)
    settings = yaml.safe_load((conf / "server.yaml").read_text())
    settings["limits"] |= {"requests_a_second": 4, "body_seconds": 0.5}
    (conf / "server.yaml").write_text(yaml.safe_dump({**settings, "workers": 1}))
    command = shlex.split(GUNICORN.format(conf=conf))
    nowhere = {"PYTHONPATH": str(project / "src"), "MLFLOW_TRACKING_URI": f"sqlite:///{tmp_path}/empty.db"}
    with serving(command, ready="/health", cwd=tmp_path, environment={**environment, **nowhere}) as server:
        yield server


def test_the_answers_of_a_server_that_is_busy_or_not_ready_are_on_the_page(strict):
    error_by_status = {}
    for _ in range(20):
        refused = refusal(f"{strict.url}/segments")
        assert int(refused.headers["Retry-After"]) > 0
        error_by_status[refused.code] = json.load(refused)

    def waited_for_the_body():
        status, answer = answer_to_half_a_body(strict.url)
        error_by_status[status] = answer
        return status == 408

    wait_for(waited_for_the_body)  # the key may ask again a little later
    (shown,) = ALONE
    assert error_by_status.keys() == {408, 429, 503}
    assert figureless(list(error_by_status.values())) == figureless(values(shown))


def answer_to_half_a_body(url):
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=300)
    connection.putrequest("POST", "/invocations")
    for name, value in {"X-API-Key": KEY, "Content-Type": "application/json", "Content-Length": "99"}.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    with closing(connection):
        return answer.status, json.load(answer)


def refusal(url):
    try:
        urllib.request.urlopen(urllib.request.Request(url, headers={"X-API-Key": KEY}), timeout=300)
    except urllib.error.HTTPError as error:
        return error
    pytest.fail("it was answered")


def figureless(answers):
    return sorted(re.sub(r"[\d.]*\d", "N", json.dumps(answer)) for answer in answers)


class TestExamples:
    PAGE = "# A\n## B\n### C\n```sh\nx\n```\ntext\n```js\ny\n```\n```json\n1\n```\n```text\nz\n```\n```\nnot run\n```\n"

    def test_code_in_several_languages_shares_the_answer_below(self):
        found, alone = read_examples(self.PAGE)
        assert found == [Example("B", "C", "sh", "x\n", "1\n"), Example("B", "C", "js", "y\n", "1\n")]
        assert alone == ["z\n"]

    def test_code_without_an_answer_is_refused(self):
        with pytest.raises(AssertionError, match="code without an answer"):
            read_examples("## B\n```sh\nx\n```\n## C\n")

    @pytest.mark.parametrize(
        ("shown", "printed", "same"),
        [
            ('{"a": [1, null]}\n400', '{"a":[1,null]} 400', True),
            ('{"a": 1}', '{"a": 2}', False),
            ('{"a": 1}', '{"a": 1, "b": 1}', False),
            ('{"a": 1}', '{"a": true}', False),
            ('["x", "..."]', '["x", "y", "z"]', True),
            ('["x", "..."]', '["x"]', False),
            ('["x"]', '["x", "y"]', False),
            ('"so ... on"', '"so and on"', True),
            ('"so ..."', '"no way"', False),
            ("x: 1", "x: 1\r\n", True),
            ("x: 1", "x: 2", False),
            ("400\n500", "400", False),
        ],
    )
    def test_alike(self, shown, printed, same):
        assert alike(values(shown), values(printed)) is same
