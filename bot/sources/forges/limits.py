"""What an answer says about how often a forge may be asked. Pure; moments are seconds since 1970, as forges send."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

LONGEST = 86_400.0
"""Seconds: a forge that asks for more than a day is asked again after one."""
UNTOLD = 60.0
"""Seconds to wait where a forge says that it is too much, and not for how long."""


@dataclass(frozen=True)
class Reply:
    """One answer of a forge; `headers` by names in small letters. `whole` False: the body was longer than is read."""

    status: int
    headers: Mapping[str, str]
    data: bytes
    whole: bool = True


def limited(reply: Reply, now: float) -> float | None:
    """Until when not to ask again, where this answer is one that says "too often"; None for every other answer."""
    if reply.status not in (403, 429, 503):
        return None
    told = _retry_after(reply.headers.get("retry-after"), now)
    if told is None and reply.status != 503:
        told = spent(reply, now)
        if told is None and (reply.status == 429 or b"secondary rate limit" in reply.data.lower()):
            told = now + UNTOLD
    return None if told is None else _sane(told, now)


def spent(reply: Reply, now: float) -> float | None:
    """Until when there is nothing left to ask, where an answer (a good one, too) was the last of its hour."""
    headers = reply.headers
    left = headers.get("x-ratelimit-remaining", headers.get("ratelimit-remaining"))
    reset = _number(headers.get("x-ratelimit-reset", headers.get("ratelimit-reset")))
    return None if left is None or left.strip() != "0" or reset is None else _sane(reset, now)


def _retry_after(value: str | None, now: float) -> float | None:
    """Seconds, or a date as HTTP writes it."""
    if value is None:
        return None
    seconds = _number(value)
    if seconds is not None:
        return now + seconds
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _number(value: str | None) -> float | None:
    text = (value or "").strip()
    return float(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _sane(until: float, now: float) -> float:
    """A moment that is over already still means a second; one of another age means a day."""
    return min(max(until, now + 1), now + LONGEST)
