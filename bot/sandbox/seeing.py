"""What there is to see in the sandbox, for tests and for the shell: messages, views, files, and waiting for them."""

import asyncio
from collections.abc import Callable, Iterable

from bot.sandbox.core import Core
from bot.sandbox.journal import Journal
from bot.sandbox.model import Change, Message, View
from bot.sandbox.mrkdwn import Names
from bot.sandbox.outcome import CannotError
from bot.sandbox.people import People
from bot.sandbox.render import draw_message, draw_view
from bot.sandbox.talking import Setup
from bot.sandbox.transport import Transport


class Seeing(People):
    """Everything visible, as one person sees it or as the record has it."""

    def __init__(self, core: Core, transport: Transport, setup: Setup, journal: Journal) -> None:
        super().__init__(core, transport, setup)
        self.journal = journal

    def messages(self, channel: str, viewer: str | None = None) -> list[Message]:
        """Top-level messages of a channel, oldest first; with `viewer` as that person sees it, ephemerals included."""
        return [one for one in self._all(channel, viewer) if not one.is_reply or one.broadcast]

    def replies(self, channel: str, ts: str, viewer: str | None = None) -> list[Message]:
        """The replies in the thread below the message `ts`, oldest first."""
        return [one for one in self._all(channel, viewer) if one.is_reply and one.thread_ts == ts]

    def dms(self, user: str) -> list[Message]:
        """The direct messages between the bot and that person, oldest first."""
        person = self.person(user)
        return [one for one in self._all("dm", person.id) if not one.is_reply]

    def _all(self, channel: str, viewer: str | None) -> list[Message]:
        if viewer is not None:
            person = self.person(viewer)
            room = self.room(channel, person.id)
            return [one for one in self.workspace.messages(room.id) if self.workspace.visible(one, person.id)]
        found = self.workspace.room(channel)
        if found is None:
            raise CannotError(f"there is no channel {channel!r}")
        return [one for one in self.workspace.messages(found.id) if one.ephemeral_to is None]

    def modal(self, user: str) -> View | None:
        """The topmost modal on that person's screen."""
        return self._top(self.person(user).id)

    def home(self, user: str) -> View | None:
        """The Home tab as published for that person."""
        return self.workspace.home(self.person(user).id)

    def show(self, what: Message | View) -> str:
        """A message or a view as a terminal draws it. Raises CannotDrawError."""
        names = Names(self.workspace)
        return draw_message(what, names) if isinstance(what, Message) else draw_view(what, names)

    @property
    def violations(self) -> list[str]:
        """What the app did wrong and Slack would swallow: late acks, bad ack bodies, refused response_url posts."""
        return self._core.violations

    def file(self, file_id: str) -> bytes | None:
        """The bytes of an upload."""
        found = self._core.files.get(file_id)
        return found.content if found else None

    def on_change(self, callback: Callable[[Change], None]) -> Callable[[], None]:
        """Call back at everything that appears or changes, in order. The answer ends it."""
        return self.workspace.observe(callback)

    # waiting

    async def wait_for(
        self, text: str, *, viewer: str | None = None, within: float = 5.0, since: int = 0
    ) -> Message | View:
        """What appeared with `text` in it (drawn as a terminal shows it, or in the top-level text), now or soon.

        `viewer`: only what that person can see. `since`: only changes after that number (`sandbox.mark()`). Raises
        TimeoutError that says what did appear.
        """
        person = self.person(viewer).id if viewer else None
        found: list[Message | View] = []

        def done() -> bool:
            found[:] = [what for what in self._appeared(person, since) if text in self._words(what)][:1]
            return bool(found)

        if not await self._until(done, within):
            seen = "\n".join(f"- {self._words(what)}" for what in list(self._appeared(person, since))[-5:])
            raise TimeoutError(
                f"nothing with {text!r} appeared within {within} s; the newest was:\n{seen or '(nothing)'}"
            )
        return found[0]

    def mark(self) -> int:
        """The number of the newest change, for `wait_for(since=…)`."""
        return len(self.workspace.changes)

    def _appeared(self, person: str | None, since: int) -> Iterable[Message | View]:
        for change in self.workspace.changes[since:]:
            if change.kind in {"deleted", "modal_closed"}:
                continue
            if person is not None and change.viewer not in {None, person}:
                continue
            if change.message is not None and (person is None or self.workspace.visible(change.message, person)):
                yield change.message
            elif change.view is not None:
                yield change.view

    def _words(self, what: Message | View) -> str:
        return f"{what.text}\n{self.show(what)}" if isinstance(what, Message) else self.show(what)

    async def settle(self, *, quiet: float = 0.05, within: float = 5.0) -> None:
        """Wait until the app owes no ack, is in no call, and nothing has appeared for `quiet` real seconds."""
        async with asyncio.timeout(within):
            mark = (-1, -1)
            while True:
                now = (len(self.workspace.changes), len(self.journal.entries))
                if now == mark and not self.transport.busy() and not self._core.in_flight:
                    return
                mark = now
                await asyncio.sleep(quiet)
