"""Whether Slack signed these bytes. Bolt's own check decodes and parses before it verifies, and answers 500 to garbage;
this one works on raw bytes only, so that nothing unverified is ever decoded, parsed or logged.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass

TOLERANCE = 300  # seconds; what Slack recommends, and how long a signature can be replayed
BODY_LIMIT = 1024 * 1024  # bytes

_SIGNATURE = re.compile(rb"v0=[0-9a-f]{64}")
_TIMESTAMP = re.compile(rb"[0-9]{1,12}")  # more digits than any clock shows; int() of thousands would raise

Headers = Iterable[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Refusal:
    """Why a request is not taken: the HTTP status, and a word for our own log (never sent out with details)."""

    status: int
    reason: str


@dataclass(frozen=True)
class Credentials:
    """The two headers that Slack signs with, well formed and fresh, not yet checked against a body."""

    timestamp: bytes
    signature: bytes

    @property
    def key(self) -> str:
        """Identifies this very request: a replay has the same key, another request never has."""
        return f"request:{self.signature.decode('ascii')}:{self.timestamp.decode('ascii')}"


def credentials(headers: Headers, now: float) -> Credentials | Refusal:
    """Read the headers; `now` is in seconds since the epoch. 401 for what is missing, doubled, malformed or stale.

    Made before the body is read, so that a stranger cannot make us read one.
    """
    found: dict[bytes, list[bytes]] = {b"x-slack-signature": [], b"x-slack-request-timestamp": []}
    for name, value in headers:
        if (values := found.get(name.lower())) is not None:
            values.append(value)
    for values in found.values():
        if len(values) != 1:  # two of one header: a proxy and we could each believe another one
            return Refusal(401, "no signature" if not values else "doubled header")
    signature, timestamp = found[b"x-slack-signature"][0], found[b"x-slack-request-timestamp"][0]
    if not _SIGNATURE.fullmatch(signature) or not _TIMESTAMP.fullmatch(timestamp):
        return Refusal(401, "malformed signature")
    if abs(now - int(timestamp)) > TOLERANCE:
        return Refusal(401, "stale timestamp")
    return Credentials(timestamp, signature)


def signed(secret: bytes, given: Credentials, body: bytes) -> bool:
    """Whether these bytes were signed with the secret. Takes the same time wherever the signatures differ."""
    base = b"v0:" + given.timestamp + b":" + body
    expected = b"v0=" + hmac.new(secret, base, hashlib.sha256).hexdigest().encode("ascii")
    return hmac.compare_digest(expected, given.signature)


def verify(secret: bytes, headers: Headers, body: bytes, now: float) -> Credentials | Refusal:
    """The whole check in one call, for a body that is already there."""
    given = credentials(headers, now)
    if isinstance(given, Refusal) or signed(secret, given, body):
        return given
    return Refusal(401, "wrong signature")
