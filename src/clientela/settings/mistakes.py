"""Mistakes in a file of settings, in one sentence each: the key, what was expected, and the value."""

import difflib
import re
from collections.abc import Sequence
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from clientela.credentials import without_password

LONGEST = 60  # signs of a value
WRONG_TYPES = ("string_type", "model_type", "dict_type", "tuple_type", "list_type")
WORDS = (
    ("Value error, ", ""),
    ("Input should be", "must be"),
    ("String should", "must"),
    ("Value should", "must"),
    (" after validation", ""),
    ("a valid tuple", "a list"),
    ("a valid list", "a list"),
    (", unable to interpret input", ""),
    (", unable to parse string as an integer", ""),
    (", unable to parse string as a number", ""),
)
MAPPING = re.compile(r"a valid dictionary( or instance of \w+)?")


class DuplicateKeyError(yaml.MarkedYAMLError):
    """A key that occurs twice in a mapping; YAML's own reader would silently use the last one."""


class UniqueKeyLoader(yaml.SafeLoader):
    """The safe loader of YAML, which also refuses repeated keys."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """The mapping of a node; raises DuplicateKeyError for a repeated key."""
        seen: set[Any] = set()
        for key_node, _ in node.value:
            if isinstance(key_node, yaml.ScalarNode) and key_node.tag != "tag:yaml.org,2002:merge":
                key = self.construct_object(key_node)
                if key in seen:
                    raise DuplicateKeyError(problem=f"the key {key!r} occurs twice", problem_mark=key_node.start_mark)
                seen.add(key)
        return super().construct_mapping(node, deep)


def yaml_mistake(error: yaml.YAMLError | UnicodeDecodeError) -> str:
    """Where a text is not YAML and why, without the text itself."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        mark, problem = error.problem_mark, str(error.problem)
        if problem.startswith(("expected <block end>", "did not find expected")):
            problem = "the line does not belong to the value before it; check its indentation and the brackets above"
        return f"line {mark.line + 1}, column {mark.column + 1}: {problem}"
    if isinstance(error, UnicodeDecodeError):
        return f"its text must be in the encoding utf-8; byte {error.start + 1} is not"
    return str(error).splitlines()[0]


def describe_mistakes(error: ValidationError, content: Any, model: type[BaseModel]) -> str:
    """All mistakes of a file's content in one line.

    Args:
        error: what pydantic found.
        content: plain data of the file.
        model: model of the file.

    Returns:
        Sentences separated by semicolons, such as "columms: unknown key; did you mean 'columns'? (got a mapping)".

    >>> class Shop(BaseModel, extra="forbid"):
    ...     title: str
    >>> try:
    ...     Shop.model_validate({"titel": 5})
    ... except ValidationError as error:
    ...     print(describe_mistakes(error, {"titel": 5}, Shop))
    title: required key is missing; titel: unknown key, did you mean 'title'? (got 5)
    """
    found: dict[tuple[Any, ...], list[Any]] = {}
    for item in error.errors():
        place = _place(item["loc"], content)
        if item["type"] == "missing":
            place = (*place, item["loc"][-1])
        found.setdefault(place, []).append(item)
    # A value of one of several kinds has an error per kind. The kind that was meant has the deepest one.
    sentences = [
        _sentence(place, items, model)
        for place, items in found.items()
        if not any(
            len(other) > len(place) and other[: len(place)] == place and all(i["type"] in WRONG_TYPES for i in items)
            for other in found
        )
    ]
    return "; ".join(sentences)


def _place(steps: Sequence[Any], content: Any) -> tuple[Any, ...]:
    """The keys and numbers on the way to a value, without pydantic's names of the kinds that it tried."""
    place: list[Any] = []
    for step in steps:
        is_key = isinstance(content, dict) and step in content
        is_number = isinstance(content, list) and isinstance(step, int) and step < len(content)
        if is_key or is_number:
            place.append(step)
            content = content[step]
    return tuple(place)


def _sentence(place: Sequence[Any], items: Sequence[Any], model: type[BaseModel]) -> str:
    key = ".".join(str(step) for step in place) or "the file"
    kind, value = items[0]["type"], items[0]["input"]
    if kind == "missing":
        return f"{key}: required key is missing"
    if kind == "extra_forbidden":
        close = difflib.get_close_matches(str(place[-1]), sorted(_names(model)), n=1)
        expected = f"unknown key, did you mean {close[0]!r}?" if close else "unknown key"
    else:
        expected = " or ".join(dict.fromkeys(_expected(item["msg"]) for item in items)).replace(" or must be", " or")
    if kind == "value_error" and isinstance(value, (dict, list, tuple)):  # the sentence has the values that matter
        return f"{key}: {expected}" if place else expected
    for step in place:  # our own sentences begin with the name of their key
        expected = expected.removeprefix(f"{step} ")
    return f"{key}: {expected}{_got(value)}"


def _expected(message: str) -> str:
    for words, replacement in WORDS:
        message = message.replace(words, replacement)
    return MAPPING.sub("a mapping of keys to values", message)


def _got(value: Any) -> str:
    """The value; of a mapping or a list only that it is one."""
    if isinstance(value, dict):
        return " (got a mapping)"
    if isinstance(value, (list, tuple)):
        return f" (got a list of {len(value)})"
    text = repr(without_password(value) if isinstance(value, str) else value)
    return f" (got {text if len(text) <= LONGEST else text[:LONGEST] + '...'})"


def _names(model: type[BaseModel]) -> set[str]:
    """The names of all keys of a model and of the models in it."""
    names: set[str] = set()
    pending: list[Any] = [model]
    seen: set[Any] = set()
    while pending:
        kind = pending.pop()
        if id(kind) in seen:
            continue
        seen.add(id(kind))
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            names |= set(kind.model_fields)
            pending += [field.annotation for field in kind.model_fields.values()]
        pending += list(getattr(kind, "__args__", ()))
    return names
