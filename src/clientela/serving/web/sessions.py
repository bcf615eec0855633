"""Sessions of signed-in browsers, in memory that the workers share."""

import base64
import binascii
import hmac
import secrets
import struct
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_UN, lockf
from hashlib import sha256
from mmap import mmap
from time import monotonic

SLOTS_PER_OWNER = 64
SLOT = struct.Struct("=d32s")  # the time at which the session ends, and the SHA-256 of its token
PLACE = struct.Struct(">I")
RANDOM_BYTES = 32


class Sessions:
    """Sessions by token. Processes that are forked later share them; they end with the server.

    A token is random and says nothing about the key. Only its SHA-256 is kept. Each key has its own slots, so the
    sessions of one key cannot push out those of another; where all slots of a key are taken, the session that ends
    first makes room.

    Args:
        owners: names of the keys.
        seconds: duration of a session.
        clock: returns seconds, the same for all processes.

    Example:
        >>> sessions = Sessions(["crm"], seconds=60)
        >>> token = sessions.start("crm")
        >>> sessions.owner(token)
        'crm'
        >>> sessions.end(token)
        >>> sessions.owner(token) is None
        True
    """

    def __init__(self, owners: Sequence[str], *, seconds: float, clock: Callable[[], float] = monotonic) -> None:
        self.seconds = seconds
        self._owners = list(owners)
        self._clock = clock
        self._slots = mmap(-1, max(len(self._owners), 1) * SLOTS_PER_OWNER * SLOT.size)
        self._thread_lock = threading.Lock()
        # A lock of the system, which a worker that is killed releases.
        self._lock_file = tempfile.TemporaryFile()  # noqa: SIM115

    def start(self, owner: str) -> str:
        """Start a session; returns its token."""
        first = self._owners.index(owner) * SLOTS_PER_OWNER
        random = secrets.token_bytes(RANDOM_BYTES)
        with self._locked():
            place = min(range(first, first + SLOTS_PER_OWNER), key=self._end_of)
            token = PLACE.pack(place) + random
            SLOT.pack_into(self._slots, place * SLOT.size, self._clock() + self.seconds, sha256(token).digest())
        return base64.urlsafe_b64encode(token).decode()

    def owner(self, token: str) -> str | None:
        """The owner of the key that started the session; None if there is no such session, or if it has ended."""
        place = self._place(token)
        return None if place is None else self._owners[place // SLOTS_PER_OWNER]

    def end(self, token: str) -> None:
        """End a session, on all workers."""
        with self._locked():
            if (place := self._place(token)) is not None:
                SLOT.pack_into(self._slots, place * SLOT.size, 0.0, bytes(32))

    def _place(self, token: str) -> int | None:
        try:
            raw = base64.b64decode(token, b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        if len(raw) != PLACE.size + RANDOM_BYTES:
            return None
        (place,) = PLACE.unpack_from(raw)
        if place >= len(self._owners) * SLOTS_PER_OWNER:
            return None
        end, digest = SLOT.unpack_from(self._slots, place * SLOT.size)
        same = hmac.compare_digest(sha256(raw).digest(), digest)
        return place if same and self._clock() < end else None

    def _end_of(self, place: int) -> float:
        end: float = SLOT.unpack_from(self._slots, place * SLOT.size)[0]
        return end

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with self._thread_lock:
            lockf(self._lock_file, LOCK_EX)
            try:
                yield
            finally:
                lockf(self._lock_file, LOCK_UN)


def form_token(token: str) -> str:
    """The token of the forms of a session: it follows from the session's token, and another page cannot know it."""
    return hmac.new(token.encode(), b"form", sha256).hexdigest()
