"""The API keys in conf/server.yaml: make one, list them, remove one."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from clientela.errors import InvalidInput, InvalidSettings
from clientela.exports.files import whole_file
from clientela.serving.keys import make_key
from clientela.settings.key_list import add_key, key_names, remove_key


def new_key(name: str, *, conf: Path) -> str:
    """Make a key and write its name and SHA-256 to conf/server.yaml.

    Args:
        name: name of the key's owner, for example a system.
        conf: settings folder.

    Returns:
        The key, which is stored nowhere.

    Raises:
        InvalidInput: the name is invalid or there already, or the file cannot be written.
        InvalidSettings: the file cannot be read or changed.
    """
    key, digest = make_key()
    _change(conf, lambda text: add_key(text, name, digest))
    return key


def list_keys(*, conf: Path) -> list[str]:
    """The names of the keys in conf/server.yaml.

    Raises:
        InvalidSettings: the file cannot be read.
    """
    with _named_errors(conf / "server.yaml"):
        return key_names((conf / "server.yaml").read_text(encoding="utf-8"))


def delete_key(name: str, *, conf: Path) -> list[str]:
    """Remove a key from conf/server.yaml.

    Args:
        name: name of the key's owner.
        conf: settings folder.

    Returns:
        The names of the keys that are left.

    Raises:
        InvalidInput: no key has this name, or the file cannot be written.
        InvalidSettings: the file cannot be read or changed.
    """
    _change(conf, lambda text: remove_key(text, name))
    return list_keys(conf=conf)


def _change(conf: Path, change: Callable[[str], str]) -> None:
    """Replace conf/server.yaml with its changed text, one process at a time."""
    path = (conf / "server.yaml").resolve()
    with _named_errors(path), _locked(path.parent):
        # Line ends stay as they are.
        changed = change(path.read_bytes().decode("utf-8"))
        try:
            with whole_file(path) as temporary:
                temporary.write_bytes(changed.encode("utf-8"))
        except OSError as error:
            raise InvalidInput(f"The settings file must be writable; {path} is not ({error.strerror}).") from error


@contextmanager
def _named_errors(path: Path) -> Iterator[None]:
    """Name the file in errors about its content."""
    try:
        yield
    except InvalidSettings as error:
        raise InvalidSettings(f"{path}: {error}") from error
    except UnicodeDecodeError as error:
        raise InvalidSettings(f"{path}: is not YAML (its text must be in the encoding utf-8).") from error
    except OSError as error:
        raise InvalidSettings(f"{path}: cannot be read ({error.strerror}).") from error


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
