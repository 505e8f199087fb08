"""`/release help`: every command with what it answers, out of the one table of commands."""

from collections.abc import Sequence
from typing import Protocol

from bot.blocks.limits import context, pack, section, split
from bot.blocks.message import Message
from bot.blocks.text import code, plain, strong


class CommandHelp(Protocol):
    """One row of the table of commands."""

    @property
    def name(self) -> str:
        """The verb."""

    @property
    def usage(self) -> str:
        """`status [plan] [as of DATE]`."""

    @property
    def doc(self) -> str:
        """What it answers, in one line."""

    @property
    def example(self) -> str:
        """`status as of 2026-03-01`."""

    @property
    def role(self) -> str:
        """Who may: `anyone in the workspace`."""


def help_message(commands: Sequence[CommandHelp], command: str = "/release") -> Message:
    """All commands, or the one that was asked for, with its example."""
    if len(commands) == 1:
        return _one(commands[0], command)
    first = "Convoy holds the plan of a release, watches what is ready, and tells the right person."
    lines = [f"{code(f'{command} {c.usage}')}\n{plain(c.doc)}" for c in commands]
    verbs = ", ".join(c.name for c in commands)
    more = context(
        f"More of one: {code(f'{command} help {commands[0].name}') if commands else code(f'{command} help')}. "
        "[…] may be left out; without a plan's name it is the one of this channel, or the only one there is."
    )
    return split(Message(f"{first} Commands: {plain(verbs)}.", [section(strong(first)), *pack(lines), more]))


def _one(row: CommandHelp, command: str) -> Message:
    first = f"{command} {row.usage}"
    lines = [strong(code(first)), plain(row.doc), f"For example {code(f'{command} {row.example}')}"]
    return split(Message(f"{plain(first)}: {plain(row.doc)}.", [*pack(lines), context(f"Who may: {plain(row.role)}")]))
