"""Who somebody is, as Slack says, without making an answer wait: `users.info` once, then from memory.

An entry that gets old is renewed in the background; one that is too old is not believed any more.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.listeners.permissions import Profile
from bot.services.ports import Clock

Fetch = Callable[[str], Awaitable[Profile | None]]
"""Asks Slack for one user; None when there is no such user. May raise whatever the network raises."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Known:
    profile: Profile
    at: datetime


class People:
    """`who(user_id)` with a memory. `deadline` in seconds is what an acknowledgement can spare for a first look."""

    def __init__(
        self,
        fetch: Fetch,
        clock: Clock,
        *,
        deadline: float = 1.5,
        fresh: timedelta = timedelta(minutes=5),
        good: timedelta = timedelta(hours=1),
        most: int = 10_000,
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._deadline = deadline
        self._fresh = fresh
        self._good = good
        self._most = most
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._asking: dict[str, asyncio.Task[None]] = {}

    async def who(self, user_id: str) -> Profile | None:
        """The profile, or None when it cannot be told (in time): the caller refuses and says to try again.

        A lookup that is late goes on, so that the next try finds the answer.
        """
        known = self._known.get(user_id)
        age = self._clock.now() - known.at if known else None
        if known is not None and age is not None and age <= self._good:
            if age > self._fresh:
                self._ask(user_id)
            return known.profile
        task = self._ask(user_id)
        await asyncio.wait({task}, timeout=self._deadline)
        known = self._known.get(user_id)
        return known.profile if known is not None and self._clock.now() - known.at <= self._good else None

    def _ask(self, user_id: str) -> asyncio.Task[None]:
        """Ask Slack, once at a time for each user."""
        task = self._asking.get(user_id)
        if task is None:
            task = asyncio.create_task(self._learn(user_id))
            self._asking[user_id] = task
            task.add_done_callback(lambda _: self._asking.pop(user_id, None))
        return task

    async def _learn(self, user_id: str) -> None:
        try:
            profile = await self._fetch(user_id)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, who they are is not known
            log.warning("user lookup failed", user=user_id, error=type(error).__name__)
            return
        if profile is None:
            self._known.pop(user_id, None)
            return
        self._known[user_id] = _Known(profile, self._clock.now())
        self._known.move_to_end(user_id)
        while len(self._known) > self._most:
            self._known.popitem(last=False)


def slack_lookup(client: AsyncWebClient) -> Fetch:
    """`users.info` of this workspace as a `Fetch`."""

    async def fetch(user_id: str) -> Profile | None:
        try:
            answer = await client.users_info(user=user_id)
        except SlackApiError as error:
            if error.response.get("error") in ("user_not_found", "user_not_visible"):
                return None
            raise
        return profile_of(answer["user"])

    return fetch


def profile_of(user: Mapping[str, Any]) -> Profile:
    """Read Slack's user object. What it leaves out is taken as the less trusted of the two."""
    teams = {user.get("team_id"), *user.get("enterprise_user", {}).get("teams", ())} - {None, ""}
    return Profile(
        user_id=str(user["id"]),
        teams=frozenset(teams),
        restricted=user.get("is_restricted") is not False or user.get("is_ultra_restricted") is not False,
        stranger=bool(user.get("is_stranger", False)),
        bot=user.get("is_bot") is not False or user.get("id") == "USLACKBOT",
        deactivated=bool(user.get("deleted", False)),
    )
