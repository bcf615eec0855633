"""API keys, stored only as SHA-256.

`clientela key new NAME` makes a key and writes it to the settings; `python -m clientela.serving.keys NAME` only prints
it, for settings that cannot be written where the command runs.
"""

import hmac
import secrets
import sys
from collections.abc import Iterable, Mapping
from hashlib import sha256

from clientela.serving.refusals import Refusal

# 256 random bits cannot be guessed, so a fast hash is enough.
BYTES = 32


class Keys:
    """Finds the owner of a request's key.

    Args:
        named: name and SHA-256 (hex) of each key; without any, requests need no key.

    Attributes:
        open: whether requests need no key.
        owners: names that `owner` may return.
    """

    def __init__(self, named: Iterable[tuple[str, str]]) -> None:
        self._named = [(name, digest.encode()) for name, digest in named]
        self.open = not self._named
        self.owners = [name for name, _ in self._named] or [""]

    def owner(self, headers: Mapping[bytes, bytes]) -> str:
        """The name of the request's key, in `Authorization: Bearer` or `X-API-Key`; "" if no key is needed.

        Raises:
            Refusal: 401 without a key, 403 with an unknown key.
        """
        if self.open:
            return ""
        key = _key(headers)
        if not key:
            raise Refusal(
                401,
                "UNAUTHENTICATED",
                "The request must have a key, in Authorization: Bearer KEY or X-API-Key: KEY. Got none.",
                {b"www-authenticate": b"Bearer"},
            )
        digest = sha256(key).hexdigest().encode()
        owner = None
        # Every key is compared, so that the time does not depend on which one matches.
        for name, known in self._named:
            if hmac.compare_digest(digest, known):
                owner = name
        if owner is None:
            raise Refusal(403, "PERMISSION_DENIED", "The request's key must be one of the server's. It is not.")
        return owner


def _key(headers: Mapping[bytes, bytes]) -> bytes:
    given = headers.get(b"authorization")
    if given is not None:
        scheme, _, key = given.partition(b" ")
        return key.strip() if scheme.lower() == b"bearer" else b""
    return headers.get(b"x-api-key", b"").strip()


def make_key() -> tuple[str, str]:
    """Make a new key; returns the key and its SHA-256 (hex)."""
    key = "-"
    while key.startswith("-"):  # a command would take it for an option
        key = secrets.token_urlsafe(BYTES)
    return key, sha256(key.encode()).hexdigest()


def main(arguments: list[str]) -> int:
    """Print a new key and its line in conf/server.yaml."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        sys.stderr.write(
            "Usage: python -m clientela.serving.keys NAME\n\nMakes a key for NAME, for example a system.\n"
        )
        return 2
    key, digest = make_key()
    sys.stdout.write(
        f"The key, which is shown only once:\n\n  {key}\n\nIn conf/server.yaml, these two lines replace keys: []. "
        f"If there are keys, only the second is added to them:\n\n"
        f"keys:\n  - {{name: {arguments[0]}, sha256: {digest}}}\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
