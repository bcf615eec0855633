"""Changes to the list `keys` of conf/server.yaml, as text: comments and layout stay as they are."""

import re
from collections.abc import Mapping
from typing import Any

import yaml
from pydantic import ValidationError

from clientela.errors import InvalidInput, InvalidSettings
from clientela.settings.mistakes import UniqueKeyLoader, yaml_mistake
from clientela.settings.server import KeySettings

INDENT = "  "


def key_names(text: str) -> list[str]:
    """The names in the list `keys`, in its order.

    >>> key_names("keys: [{name: crm, sha256: ...}]")
    ['crm']

    Raises:
        InvalidSettings: the text is not YAML, or `keys` is not a list of mappings with a name.
    """
    return [key["name"] for key in _keys(_read(text))]


def add_key(text: str, name: str, digest: str) -> str:
    """Add a key at the end of the list `keys`.

    Args:
        text: content of conf/server.yaml.
        name: name of the key's owner.
        digest: SHA-256 of the key (hex).

    Returns:
        The new content.

    Raises:
        InvalidInput: the name is invalid, or a key has it already.
        InvalidSettings: the text is not YAML, or `keys` is not a list of mappings with a name.

    >>> print(add_key("workers: 2\\nkeys: [] # who may ask\\n", "crm", "a" * 64))
    workers: 2
    keys: # who may ask
      - {name: crm, sha256: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}
    <BLANKLINE>
    """
    content = _read(text)
    try:
        KeySettings(name=name, sha256=digest)
    except ValidationError as error:
        raise InvalidInput(
            "The name of a key must have 1 to 64 letters, digits, dots, dashes or underscores. "
            f"Got {name[:80]!r} instead."
        ) from error
    if name in key_names(text):
        raise InvalidInput(f"The name of a key must be new. Got {name!r}, which is in the list already.")
    entry = f"{{name: {_as_text(name)}, sha256: {_as_text(digest)}}}"
    return _checked(_with_entry(text, entry), content, [*_keys(content), {"name": name, "sha256": digest}])


def remove_key(text: str, name: str) -> str:
    """Remove a key from the list `keys`.

    Args:
        text: content of conf/server.yaml.
        name: name of the key's owner.

    Returns:
        The new content.

    Raises:
        InvalidInput: no key has this name.
        InvalidSettings: the text is not YAML, or `keys` is not a list of mappings with a name.
    """
    names, content = key_names(text), _read(text)
    if name not in names:
        raise InvalidInput(
            f"The name of a key to remove must be one of {', '.join(names) or 'none: there are no keys'}. "
            f"Got {name[:80]!r} instead."
        )
    place = names.index(name)
    kept = _keys(content)
    del kept[place]
    return _checked(_without_entry(text, place), content, kept)


def _read(text: str) -> dict[str, Any]:
    try:
        content = yaml.load(text, Loader=UniqueKeyLoader)
    except yaml.YAMLError as error:
        raise InvalidSettings(f"is not YAML ({yaml_mistake(error)}).") from error
    if not isinstance(content, dict) or "keys" not in content:
        raise InvalidSettings("keys: required key is missing")
    return content


def _keys(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    keys = content["keys"] if content["keys"] is not None else []
    if not isinstance(keys, list) or not all(
        isinstance(key, dict) and isinstance(key.get("name"), str) for key in keys
    ):
        raise InvalidSettings("keys: must be a list of keys, each with a name and a sha256")
    return list(keys)


def _with_entry(text: str, entry: str) -> str:
    found, newline = _node(text), _newline(text)
    if not isinstance(found, yaml.SequenceNode) or not found.value:  # `keys:` or `keys: []`
        start, end = found.start_mark.index, found.end_mark.index
        line_end = _line_end(text, end)
        comment = text[end:line_end].strip()
        line = text[:start].rstrip(" ") + (f" {comment}" if comment else "")
        return f"{line}{newline}{INDENT}- {entry}{text[line_end:] or newline}"
    last = _end(found.value[-1])
    if found.flow_style:
        return f"{text[:last]}, {entry}{text[last:]}"
    line_end = _line_end(text, last)
    return f"{text[:line_end]}{newline}{' ' * found.start_mark.column}- {entry}{text[line_end:] or newline}"


def _without_entry(text: str, place: int) -> str:
    found = _node(text)
    entries = found.value
    if isinstance(found, yaml.SequenceNode) and found.flow_style:
        start = _end(entries[place - 1]) if place else entries[0].start_mark.index
        end = entries[1].start_mark.index if not place and len(entries) > 1 else _end(entries[place])
        return text[:start] + text[end:]
    start = _line_end(text, text.rindex("\n", 0, entries[place].start_mark.index) - 1)
    end = _line_end(text, _end(entries[place]))
    if len(entries) > 1:
        return text[:start] + text[end:]
    colon = text.rindex("keys:", 0, start + 1) + len("keys:")
    return f"{text[:colon]} []{text[colon:start]}{text[end:]}"


def _node(text: str) -> yaml.Node:
    """The value of the key `keys`, with its place in the text."""
    mapping = yaml.compose(text, Loader=yaml.SafeLoader)
    entries = mapping.value if isinstance(mapping, yaml.MappingNode) else []
    return next(value for key, value in entries if key.value == "keys")


def _end(node: yaml.Node) -> int:
    """Where a value ends; YAML ends a block only at the next key, behind comments."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    return int(node.end_mark.index)


def _line_end(text: str, index: int) -> int:
    found = re.compile(r"\r?\n|\Z").search(text, index)
    return found.start() if found else len(text)


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _as_text(value: str) -> str:
    """The value in quotes where YAML would read it as a number or a date."""
    return value if yaml.safe_load(value) == value else f"'{value}'"


def _checked(changed: str, content: Mapping[str, Any], keys: list[dict[str, Any]]) -> str:
    """The changed text, if nothing but the list has changed."""
    if _read(changed) != {**content, "keys": keys} and _read(changed) != {**content, "keys": keys or None}:
        raise InvalidSettings("keys: must be a list with one key per line to be changed by this command")
    return changed
