"""The page of a list of ids: a table, or a file to download."""

import json
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from clientela.errors import InvalidInput
from clientela.exports.files import write_file
from clientela.lookup.limits import MAX_IDS_WITH_DETAILS
from clientela.processes import folder_prefix
from clientela.reporting.words import Words
from clientela.serving.refusals import Refusal, invalid
from clientela.serving.request import Answer, Request
from clientela.serving.web.asking import Asking
from clientela.serving.web.forms import Form
from clientela.serving.web.id_lists import pasted_ids, uploaded_ids
from clientela.serving.web.render import render, words_of
from clientela.serving.web.served import MEMBERSHIP, require_serving
from clientela.serving.web.visit import Visit

ROWS_SHOWN = 200
KEY = "customer_id"
MARK = b"\xef\xbb\xbf"  # without it, Excel reads accents wrong
KINDS = {
    "csv": b"text/csv; charset=utf-8",
    "xlsx": b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
Row = dict[str, Any]


@dataclass(frozen=True)
class Answers:
    """The answers to a list.

    Attributes:
        columns: names of the columns.
        rows: one row per id, in the order of the list.
    """

    columns: tuple[str, ...]
    rows: list[Row]


class IdsPage:
    """The page of a list of ids.

    Args:
        asking: asks the served versions, as the API does.
        most: maximum number of ids.
    """

    def __init__(self, asking: Asking, *, most: int) -> None:
        self._asking = asking
        self._most = most

    def show(self, request: Request, visit: Visit) -> Answer:
        """The form.

        Raises:
            Refusal: no version is loaded.
        """
        require_serving(request)
        return self._render(request, visit)

    def send(self, request: Request, visit: Visit, form: Form) -> Answer:
        """The answer to a list, as the form asks for it.

        Args:
            request: the request that is answered.
            visit: who asks.
            form: the form that was sent.

        Raises:
            Refusal: no version is loaded, or the list breaks a rule.
            RequestError: the list breaks a rule of the version.
        """
        require_serving(request)
        ids = self._ids(form)
        if not ids:
            return self._render(request, visit, status=400, problem="web.ids.empty")
        answers = self._answers(request, ids, visit)
        kind = form.fields.get("as", "table")
        if kind in KINDS:
            name = f'attachment; filename="customers.{kind}"'
            request.reply_headers = (*request.reply_headers, (b"content-disposition", name.encode()))
            return 200, KINDS[kind], written(answers, kind)
        return self._render(request, visit, answers=answers, list=json.dumps(ids, ensure_ascii=False))

    def _ids(self, form: Form) -> list[str]:
        if given := form.fields.get("list"):
            return _listed(given)
        if content := form.files.get("file"):
            return uploaded_ids(content, most=self._most)
        return pasted_ids(form.fields.get("ids", ""), most=self._most)

    def _answers(self, request: Request, ids: list[str], visit: Visit) -> Answers:
        words, has_details = words_of(visit.language), len(ids) <= MAX_IDS_WITH_DETAILS
        found = self._asking.segments(request, ids, detail=has_details)
        if not has_details:
            name_of = {
                s["name"]["en"]: words.pick(s["name"]) for s in require_serving(request).lookup.segments.values()
            }
            rows = [_plain_row(answer, name_of) for answer in found]
        else:
            risks, has_members = self._risks(request, ids), _has_members(request)
            rows = [_row(answer, risks[at] if risks else None, has_members, words) for at, answer in enumerate(found)]
        return Answers(tuple(rows[0]), rows)

    def _risks(self, request: Request, ids: list[str]) -> list[dict[str, Any]] | None:
        """The churn predictions; None if churn is not served."""
        try:
            return self._asking.churn(request, ids, detail=False)
        except Refusal:
            return None

    def _render(
        self,
        request: Request,
        visit: Visit,
        *,
        status: int = 200,
        problem: str = "",
        answers: Answers | None = None,
        list: str = "",
    ) -> Answer:
        names = Counter(row["segment"] for row in answers.rows if row["known"]) if answers else Counter()
        return render(
            "ids", request, visit, status=status, problem=problem, answers=answers, list=list, most=self._most,
            shown=ROWS_SHOWN, counts=names.most_common(), detailed=MAX_IDS_WITH_DETAILS,
            unknown=sum(not row["known"] for row in answers.rows) if answers else 0,
        )  # fmt: skip


def written(answers: Answers, kind: str) -> bytes:
    """The answers as a file. Text that a spreadsheet would run as a formula is written as text.

    Args:
        answers: the answers.
        kind: csv or xlsx.

    Raises:
        Refusal: the format cannot hold the answers.
    """
    frame = pd.DataFrame(answers.rows, columns=list(answers.columns))
    with tempfile.TemporaryDirectory(prefix=folder_prefix("download")) as folder:
        path = Path(folder) / f"customers.{kind}"
        try:
            write_file(frame, path, sheet="customers", key=KEY)
        except InvalidInput as error:
            raise invalid(str(error)) from error
        return (MARK if kind == "csv" else b"") + path.read_bytes()


def _listed(text: str) -> list[str]:
    try:
        ids = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise invalid("The list must be one that the page has made. It is not.") from error
    if not isinstance(ids, list) or not all(isinstance(id_, str) for id_ in ids):
        raise invalid("The list must be one that the page has made. It is not.")
    return ids


def _plain_row(answer: dict[str, Any], name_of: dict[str, str]) -> Row:
    segment = answer["segment"]
    return {KEY: answer[KEY], "known": segment is not None, "segment": name_of[segment] if segment else None}


def _has_members(request: Request) -> bool:
    """Whether the version was made with an Insiders programme."""
    return MEMBERSHIP in require_serving(request).lookup.index.customers.column_names


def _row(answer: dict[str, Any], risk: dict[str, Any] | None, has_members: bool, words: Words) -> Row:
    detail = answer["detail"]
    row: Row = {
        KEY: answer[KEY],
        "known": detail is not None,
        "segment": words.pick(detail["name"]) if detail else None,
        "action": words.pick(detail["action"]) if detail else None,
    }
    if has_members:
        row["insider"] = detail["customer"].get(MEMBERSHIP) if detail else None
    if risk is not None:
        probability = risk["probability"]
        row |= {
            "churn_probability": None if probability is None else round(probability, 4),
            "churn_risk": words.text(f"web.band.{risk['band']}") if risk["band"] else None,
        }
    return row
