"""The two things that Slack hands out and takes back: trigger ids (once, three seconds) and response URLs."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.sandbox.clock import Clock
from bot.sandbox.refusal import Refused

TRIGGER_LIFE = timedelta(seconds=3)
RESPONSE_LIFE = timedelta(minutes=30)
RESPONSE_USES = 5


@dataclass
class Trigger:
    """A permission to open one modal for `user`. `modal`: the view whose button gave it (only such can push)."""

    id: str
    user: str
    expires: datetime
    modal: str | None = None
    used: bool = False


@dataclass
class ResponseUrl:
    """A permission to write where a person has acted. `original` is the message that they acted on, by its ts.

    `thread_ts`: the thread which that message stands in.
    """

    token: str
    user: str
    channel: str
    expires: datetime
    original: str | None = None
    thread_ts: str | None = None
    uses: int = 0


class Tickets:
    """All triggers and response URLs of one sandbox."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._triggers: dict[str, Trigger] = {}
        self._urls: dict[str, ResponseUrl] = {}

    def trigger(self, user: str, modal: str | None = None) -> str:
        """A new trigger id for that user."""
        name = f"{len(self._triggers) + 1}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._triggers[name] = Trigger(name, user, self._clock.now() + TRIGGER_LIFE, modal)
        return name

    def exchange(self, name: str) -> Trigger:
        """Use a trigger id. Raises Refused: invalid_trigger_id, exchanged_trigger_id, expired_trigger_id."""
        trigger = self._triggers.get(name)
        if trigger is None:
            raise Refused("invalid_trigger_id")
        if trigger.used:
            raise Refused("exchanged_trigger_id")
        if self._clock.now() > trigger.expires:
            raise Refused("expired_trigger_id")
        trigger.used = True
        return trigger

    def response_url(
        self, user: str, channel: str, original: str | None = None, thread_ts: str | None = None
    ) -> ResponseUrl:
        """A new response URL; the caller puts `token` behind its own address."""
        token = secrets.token_urlsafe(24)
        url = ResponseUrl(token, user, channel, self._clock.now() + RESPONSE_LIFE, original, thread_ts)
        self._urls[token] = url
        return url

    def respond(self, token: str) -> ResponseUrl:
        """Use a response URL once. Raises Refused with status 404: no_such_url, expired_url, used_url."""
        url = self._urls.get(token)
        if url is None:
            raise Refused("no_such_url", status=404)
        if self._clock.now() > url.expires:
            raise Refused("expired_url", status=404)
        if url.uses >= RESPONSE_USES:
            raise Refused("used_url", status=404)
        url.uses += 1
        return url
