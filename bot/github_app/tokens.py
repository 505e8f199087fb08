"""One token after the other: handed out as long as it is good, renewed before it ends and when it is refused."""

from dataclasses import dataclass
from threading import Lock

from bot.github_app.api import AppApi, Scope
from bot.github_app.key import NoToken

EARLY = 300.0
"""Seconds before its end at which a token is renewed: whatever is under way with it then still gets done."""
PATIENCE = 30.0
"""Seconds for which GitHub is not asked again after it gave none."""
_ONCE_IN = 60.0
"""Seconds: a token that is refused is replaced at once, the new one not before this: or there would be no end to it."""


@dataclass(frozen=True)
class _Held:
    """`renew` and `end` by the clock of the API, in seconds since 1970."""

    text: str
    renew: float
    end: float


class Tokens:
    """The tokens for one scope. Any number of threads may ask; GitHub is asked by one of them at a time."""

    def __init__(self, api: AppApi, scope: Scope) -> None:
        self._api, self._scope = api, scope
        self._lock = Lock()
        self._number = api.fixed
        self._held: _Held | None = None
        self._failed: tuple[NoToken, float] | None = None
        self._replaced = float("-inf")

    def get(self, refused: str = "") -> str | NoToken:
        """A token, and another one than that which was `refused` just now, if one is to be had. Blocking."""
        with self._lock:
            now, held = self._api.clock(), self._held
            turned_down = held is not None and held.text == refused
            if held is not None and turned_down and now - self._replaced < _ONCE_IN:
                return held.text
            if held is not None and not turned_down and now < held.renew:
                return held.text
            if self._failed is not None and 0 <= now - self._failed[1] < PATIENCE:
                found: _Held | NoToken = self._failed[0]
            else:
                found = self._new(now)
            if isinstance(found, _Held):
                self._held, self._failed = found, None
                self._replaced = now if turned_down else self._replaced
                return found.text
            # The last minutes of a token are for this: GitHub may be out of reach for a while.
            return held.text if held is not None and not turned_down and now < held.end else found

    def _new(self, now: float) -> _Held | NoToken:
        looked_up = self._number is None
        found = self._from(self._number)
        if isinstance(found, NoToken) and found.nowhere and not looked_up and self._api.fixed is None:
            found = self._from(None)  # installed anew since: then it has another number
        if isinstance(found, NoToken):
            self._failed = found, now
        return found

    def _from(self, number: int | None) -> _Held | NoToken:
        known = number if number is not None else self._api.installation(self._scope)
        if isinstance(known, NoToken):
            return known
        self._number = known
        given = self._api.token(known, self._scope)
        if isinstance(given, NoToken):
            return given
        now = self._api.clock()
        return _Held(given.text, now + given.seconds - min(EARLY, given.seconds / 2), now + given.seconds)
