"""API keys: only their SHA-256 is kept; `python -m clientela.serving.keys NAME` makes one."""

import hmac
import secrets
import sys
from collections.abc import Iterable, Mapping
from hashlib import sha256

from clientela.serving.refusals import Refusal

# 256 random bits: nobody guesses them, so a fast hash is enough.
BYTES = 32


class Keys:
    """Whose key a request brings.

    Attributes:
        open: nobody needs a key.
        owners: whom `owner` may name.
    """

    def __init__(self, named: Iterable[tuple[str, str]]) -> None:
        self._named = [(name, digest.encode()) for name, digest in named]
        self.open = not self._named
        self.owners = [name for name, _ in self._named] or [""]

    def owner(self, headers: Mapping[bytes, bytes]) -> str:
        """The name of the request's key, in `Authorization: Bearer` or `X-API-Key`; "" where none is needed.

        Raises:
            Refusal: 401 without a key, 403 with one that is not known.
        """
        if self.open:
            return ""
        key = _key(headers)
        if not key:
            raise Refusal(
                401,
                "UNAUTHENTICATED",
                "The request must bring a key, in Authorization: Bearer KEY or X-API-Key: KEY. Got none.",
                {b"www-authenticate": b"Bearer"},
            )
        digest = sha256(key).hexdigest().encode()
        owner = None
        # All of them, found or not: the time tells nothing.
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
    """A new key, and its SHA-256."""
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
        f"The key, which is shown only now:\n\n  {key}\n\nIts line under keys: in conf/server.yaml:\n\n"
        f"  - {{name: {arguments[0]}, sha256: {digest}}}\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
