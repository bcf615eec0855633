"""The examples of a page: which commands it shows, and what it says that they print."""

import json
import re
from dataclasses import dataclass
from typing import Any

CODE, ANSWERS = {"sh", "python", "js"}, {"json", "text"}
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$|^(##+) ([^\n]+)$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Example:
    """One block of code and the answer below it.

    Attributes:
        chapter: heading of the second level.
        section: heading of the third.
        language: sh, python or js.
        code: to run.
        answer: that the page shows.
    """

    chapter: str
    section: str
    language: str
    code: str
    answer: str


def read_examples(page: str) -> tuple[list[Example], list[str]]:
    """All examples of a page, and the answers that stand without code.

    Blocks in several languages that follow each other share the answer below them.
    """
    found: list[Example] = []
    alone: list[str] = []
    waiting: list[tuple[str, str]] = []
    chapter = section = ""
    for language, content, level, title in FENCE.findall(page):
        if level or language not in CODE | ANSWERS:
            assert not waiting, f"{chapter}, {section}: code without an answer"
            chapter, section = (title, "") if level == "##" else (chapter, title or section)
        elif language in CODE:
            waiting.append((language, content))
        elif waiting:
            found += [Example(chapter, section, *code, content) for code in waiting]
            waiting = []
        else:
            alone.append(content)
    return found, alone


def values(text: str) -> list[Any]:
    """The JSON values of an answer, one after another; its lines where it holds others."""
    decoder, found, rest = json.JSONDecoder(), [], text.strip()
    while rest:
        try:
            value, end = decoder.raw_decode(rest)
        except json.JSONDecodeError:
            return [line.rstrip() for line in text.strip().splitlines()]
        found.append(value)
        rest = rest[end:].lstrip()
    return found


def alike(shown: Any, printed: Any) -> bool:
    """Whether an answer is what the page shows; `...` there stands for anything, at the end of a list for more."""
    if shown == "...":
        return True
    if isinstance(shown, str):
        pattern = ".+".join(re.escape(part) for part in shown.split("..."))
        return isinstance(printed, str) and bool(re.fullmatch(pattern, printed, re.DOTALL))
    if isinstance(shown, dict):
        same = isinstance(printed, dict) and shown.keys() == printed.keys()
        return same and all(alike(value, printed[key]) for key, value in shown.items())
    if isinstance(shown, list):
        if not isinstance(printed, list):
            return False
        if shown and shown[-1] == "...":
            shown, printed = shown[:-1], printed[: len(shown) - 1] if len(printed) >= len(shown) else []
        return len(shown) == len(printed) and all(map(alike, shown, printed))
    return type(shown) is type(printed) and bool(shown == printed)
