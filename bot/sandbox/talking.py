"""What a person types: messages and slash commands."""

import html
import re
from dataclasses import dataclass

from bot.sandbox import payloads
from bot.sandbox.model import Message, Person, Room
from bot.sandbox.outcome import CannotError, Outcome
from bot.sandbox.presence import Presence
from bot.sandbox.refusal import Refused
from bot.sandbox.responses import answer_command

SLACKBOT = "USLACKBOT"
_MENTION = re.compile(r"(?<![\w@])@([\w.-]+)|(?<![\w#&])#([\w.-]+)|\b(https?://[^\s<>|]+)")


@dataclass(frozen=True)
class Setup:
    """How the app is configured at Slack: its commands, whether they escape mentions, the events that it gets."""

    commands: tuple[str, ...]
    escape_commands: bool
    events: frozenset[str]


class Talking(Presence):
    """`say` and `slash`."""

    _setup: Setup

    async def say(self, user: str, channel: str, text: str, *, thread_ts: str | None = None) -> Message:
        """Write a message. The app hears of it only when it gets the events for that (`message.channels`, …)."""
        person = self._active(user)
        room = self.room(channel, person.id)
        if room.is_archived:
            raise CannotError(f"#{room.name} is archived; nobody can write there")
        encoded = self.encode(text, piped=False)
        message = Message(room.id, self.workspace.next_ts(), person.id, encoded, thread_ts=thread_ts)
        self.workspace.post(message)
        family = {"channel": "channels", "private": "groups", "im": "im", "mpim": "mpim"}[room.kind]
        bot = self.workspace.identity.bot_user
        if bot in room.members and f"message.{family}" in self._setup.events:
            await self._tell("events_api", payloads.said(self._core, person, message, "message"), answers=False)
        if f"<@{bot}>" in encoded and room.kind != "im" and "app_mention" in self._setup.events:
            await self._tell("events_api", payloads.said(self._core, person, message, "app_mention"), answers=False)
        return message

    def encode(self, text: str, *, piped: bool) -> str:
        """Text as Slack passes it on: `& < >` escaped, `@ana` and `#release` as ids (`piped`: with the name behind)."""

        def swap(match: re.Match[str]) -> str:
            user, channel, link = match.groups()
            person = self.workspace.person(user) if user else None
            if person is not None:
                return f"<@{person.id}|{person.name}>" if piped else f"<@{person.id}>"
            if user == self.workspace.identity.bot_name:
                return f"<@{self.workspace.identity.bot_user}>"
            room = self.workspace.room(channel) if channel else None
            if room is not None:
                return f"<#{room.id}|{room.name}>"
            return f"<{link}>" if link else match[0]

        return _MENTION.sub(swap, html.escape(text, quote=False))

    async def slash(self, user: str, channel: str, line: str, *, thread_ts: str | None = None) -> Outcome:
        """Type a slash command such as `/release status` in a channel (`dm`: in the direct message with the bot)."""
        person = self._active(user)
        room = self.room(channel, person.id)
        command, _, text = line.strip().partition(" ")
        if not command.startswith("/"):
            raise CannotError(f"{line!r} is no slash command: it begins with /")
        since = len(self.workspace.changes)
        error = await self._command(person, room, command, text.strip(), in_thread=thread_ts is not None)
        return self._outcome(person.id, since, error)

    async def _command(self, person: Person, room: Room, command: str, text: str, *, in_thread: bool) -> str:
        if in_thread:
            self._slackbot(person, room, f"{command} is not supported in threads. Sorry!")
            return "not_supported_in_threads"
        if command not in self._setup.commands:
            self._slackbot(
                person,
                room,
                f"`{command}` is not a valid command. In Slack, all messages that start with the “/” character are "
                "interpreted as commands.\n\nIf you are trying to send a message and not run a command, try preceding "
                "the “/” with an empty space.",
            )
            return "unknown_command"
        passed = self.encode(text, piped=True) if self._setup.escape_commands else html.escape(text, quote=False)
        ack = await self._tell(
            "slash_commands", payloads.slash_command(self._core, person, room, command, passed), answers=True
        )
        error = ack.error
        if not error:
            try:
                answer_command(self._core, person.id, room.id, ack.body)
            except Refused as refusal:
                self._core.violation(f"the ack of {command}: {refusal.error} {'; '.join(refusal.messages)}".strip())
                error = "invalid_command_response"
        if error:
            self._slackbot(person, room, f'{command} failed with the error "{error}"')
        return error

    def _slackbot(self, person: Person, room: Room, text: str) -> None:
        self.workspace.post(Message(room.id, self.workspace.next_ts(), SLACKBOT, text, ephemeral_to=person.id))
