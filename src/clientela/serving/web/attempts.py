"""Limits the failed sign-ins of an address."""

import secrets
from collections.abc import Callable, Mapping
from hashlib import blake2b
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from math import ceil
from mmap import mmap
from time import monotonic
from typing import Any

from clientela.serving.refusals import Refusal

BUCKETS = 4096
IPV6_NETWORK = 64  # a subscriber has such a network, and so any number of addresses


class Attempts:
    """Counts failed sign-ins by the address of the client, in memory that the workers share.

    Args:
        a_minute: failed sign-ins per minute and address.
        clock: returns seconds, the same for all processes.
    """

    def __init__(self, a_minute: int, *, clock: Callable[[], float] = monotonic) -> None:
        self._a_minute = a_minute
        self._clock = clock
        self._salt = secrets.token_bytes(16)  # so that nobody can choose an address with the bucket of another
        self._full_at = memoryview(mmap(-1, 8 * BUCKETS)).cast("d")

    def check(self, address: str) -> None:
        """Refuse a sign-in after too many failures.

        Raises:
            Refusal: 429, with the seconds to wait in Retry-After.
        """
        wait = self._full_at[self._bucket(address)] - self._clock() - 60.0 * (1 - 1 / self._a_minute)
        if wait > 0:
            raise Refusal(
                429,
                "REQUEST_LIMIT_EXCEEDED",
                f"An address may fail to sign in {self._a_minute} times per minute. Try again later.",
                {b"retry-after": str(ceil(wait)).encode()},
            )

    def count_failure(self, address: str) -> None:
        """Count a failed sign-in."""
        bucket = self._bucket(address)
        self._full_at[bucket] = max(self._full_at[bucket], self._clock()) + 60.0 / self._a_minute

    def _bucket(self, address: str) -> int:
        digest = blake2b(address.encode(), key=self._salt, digest_size=8).digest()
        return int.from_bytes(digest, "big") % BUCKETS


def client_address(scope: Mapping[str, Any], headers: Mapping[bytes, bytes]) -> str:
    """The address of the client; an IPv6 address counts as its network.

    A proxy in a private network says for whom it asks: the last address in X-Forwarded-For is the one that it saw.

    Args:
        scope: ASGI scope.
        headers: headers of the request, with names in lower case.
    """
    peer = (scope.get("client") or ("",))[0]
    address = _parsed(peer)
    if address is None or address.is_private:
        forwarded = headers.get(b"x-forwarded-for", b"").decode("latin-1").rpartition(",")[2].strip()
        address = _parsed(forwarded) or address
    if isinstance(address, IPv6Address):
        return str(ip_network((address, IPV6_NETWORK), strict=False))
    return str(address or peer)


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
