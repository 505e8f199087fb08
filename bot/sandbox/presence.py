"""A person in the workspace: who and where they are, and what they get to see. What they do stands on top of this."""

import asyncio
from collections.abc import Callable, Mapping

from bot.sandbox.core import Core
from bot.sandbox.model import Change, Message, Person, Room, View
from bot.sandbox.mrkdwn import Names
from bot.sandbox.outcome import CannotError, Outcome, suggest
from bot.sandbox.refusal import Json
from bot.sandbox.render import draw_message
from bot.sandbox.transport import Ack, Envelope, Kind, Transport
from bot.sandbox.workspace import Workspace


class Presence:
    """Everybody in the workspace, and the line to the app."""

    def __init__(self, core: Core, transport: Transport) -> None:
        self.workspace: Workspace = core.workspace
        self.transport = transport
        self._core = core
        self._last: Envelope | None = None
        self._news = asyncio.Event()
        self.workspace.observe(self._wake)

    def person(self, who: str) -> Person:
        """A person by id or name. Raises CannotError."""
        found = self.workspace.person(who)
        if found is None:
            names = [one.name for one in self.workspace.people.values()]
            raise CannotError(f"nobody here is called {who!r}{suggest(who, names)}; there are: {', '.join(names)}")
        return found

    def room(self, where: str, user: str) -> Room:
        """A room by id or name, `dm` for the user's own one with the bot. Raises CannotError if they are not in it."""
        if where == "dm":
            return self.workspace.direct(user)
        found = self.workspace.room(where)
        if found is None or (found.kind != "channel" and user not in found.members):
            names = [one.name for one in self.workspace.rooms.values() if one.kind == "channel"]
            raise CannotError(f"there is no channel {where!r}{suggest(where, names)}; there are: {', '.join(names)}")
        if user not in found.members:
            raise CannotError(f"@{self.workspace.user_name(user)} is not in #{found.name}")
        return found

    def _active(self, who: str) -> Person:
        person = self.person(who)
        if person.is_deactivated:
            raise CannotError(f"@{person.name} is deactivated and cannot do anything")
        return person

    async def _tell(self, kind: Kind, payload: Mapping[str, Json], *, answers: bool) -> Ack:
        self._last = Envelope(kind, payload, answers)
        return await self.transport.deliver(self._last)

    def _outcome(self, user: str, since: int, error: str) -> Outcome:
        return Outcome(user, error, lambda: self._seen(user, since), self._draw, lambda: self._top(user))

    def _seen(self, user: str, since: int) -> list[Message]:
        ids = {(c.channel, c.message.ts): None for c in self.workspace.changes[since:] if c.message is not None}
        found = [self.workspace.find(*one) for one in ids]
        return [one for one in found if one is not None and self.workspace.visible(one, user)]

    def _draw(self, message: Message) -> str:
        return draw_message(message, Names(self.workspace))

    def _top(self, user: str) -> View | None:
        stack = self.workspace.modals(user)
        return stack[-1] if stack else None

    # waiting

    def _wake(self, _change: Change) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def _until(self, done: Callable[[], bool], within: float) -> bool:
        """Wait (real seconds) until something appears that makes `done()` true."""
        try:
            async with asyncio.timeout(within):
                while not done():
                    await self._news.wait()
        except TimeoutError:
            return done()
        return True
