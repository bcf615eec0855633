"""Compare plain data with the TypedDict that it is declared as."""

from collections.abc import Mapping, Sequence
from types import NoneType, UnionType
from typing import Any, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict


def differences(value: Any, declared: Any, path: str = "") -> list[str]:
    """Where a value is not of its declared type: missing and unknown keys, and values of another kind."""
    origin, arguments = get_origin(declared), get_args(declared)
    if declared is Any:
        return []
    if origin is NotRequired:
        return differences(value, arguments[0], path)
    if origin in (Union, UnionType):
        found = [differences(value, one, path) for one in arguments]
        return [] if any(not errors for errors in found) else min(found, key=len)
    if is_typeddict(declared):
        return _of_typed_dict(value, declared, path)
    if origin in (dict, Mapping):
        return _of_items(value.items(), arguments[1], path) if isinstance(value, Mapping) else [f"{path}: {value!r}"]
    if origin in (list, Sequence, tuple):
        is_row = isinstance(value, list | tuple)
        return _of_items(enumerate(value), arguments[0], path) if is_row else [f"{path}: {value!r}"]
    expected = {float: (int, float), None: NoneType}.get(declared, declared if isinstance(declared, type) else object)
    return [] if isinstance(value, expected) else [f"{path}: {value!r} is not {declared}"]


def _of_typed_dict(value: Any, declared: Any, path: str) -> list[str]:
    if not isinstance(value, Mapping):
        return [f"{path}: {value!r}"]
    hints = get_type_hints(declared, include_extras=True)
    errors = [f"{path}.{key} is missing" for key in declared.__required_keys__ - value.keys()]
    errors += [f"{path}.{key} is not declared" for key in value.keys() - hints.keys()]
    return errors + _of_items([(k, v) for k, v in value.items() if k in hints], hints, path)


def _of_items(items: Any, declared: Any, path: str) -> list[str]:
    hints = declared if isinstance(declared, dict) else {}
    return [error for key, item in items for error in differences(item, hints.get(key, declared), f"{path}.{key}")]
