"""What one can type into the shell: one table of commands that drives the parser, `help` and "did you mean"."""

import asyncio
import contextlib
import re
import shlex
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from bot.sandbox.model import Message
from bot.sandbox.mrkdwn import Names
from bot.sandbox.outcome import CannotError, Outcome, Submitted, suggest
from bot.sandbox.server import Sandbox
from bot.sandbox.terminal import Terminal

PATIENCE = 10.0
_FOR = re.compile(r"for\s+(?P<text>.+?)(?:\s+within\s+(?P<seconds>\d+(?:\.\d+)?))?\s*", re.DOTALL)


class ShellError(Exception):
    """A line that the shell cannot carry out; the text says why and what to type instead."""


class Quit(Exception):  # noqa: N818 - it is the end, not an error
    """The line was `quit`."""


@dataclass
class Shell:
    """Who speaks and where, and what has arrived. `mark` is where `wait for` begins to look."""

    sandbox: Sandbox
    terminal: Terminal
    user: str
    channel: str
    arrivals: list[str] = field(default_factory=list)
    mark: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.user = self.sandbox.person(self.user).name
        self.sandbox.room(self.channel, self.sandbox.person(self.user).id)

    def prompt(self) -> str:
        """`@ana #release> `."""
        where = "DM" if self.channel == "dm" else f"#{self.channel.removeprefix('#')}"
        return f"@{self.user} {where}> "

    def arrived(self, label: str, body: str) -> None:
        """Print and remember one arrival."""
        self.arrivals.append(_folded(f"{label}\n{body}"))
        self.terminal.block(label, body)
        self.news.set()

    async def after(self, outcome: Outcome) -> None:
        """Let the app finish talking. Raises ShellError when it did not take the action."""
        with contextlib.suppress(TimeoutError):
            await self.sandbox.settle(within=2)
        if outcome.error:
            raise ShellError(f"the app did not take it: {outcome.error}")
        if isinstance(outcome, Submitted) and outcome.errors:
            raise ShellError(
                "not submitted: " + "; ".join(f"{name}: {words}" for name, words in outcome.errors.items())
            )


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _words(rest: str) -> list[str]:
    try:
        return shlex.split(rest)
    except ValueError as problem:
        raise ShellError(f"{rest!r}: {problem}; close the quotation mark") from problem


def _needs(rest: str, usage: str) -> str:
    if not rest:
        raise ShellError(f"this needs more: {usage}")
    return rest


async def _slash(shell: Shell, line: str) -> None:
    await shell.after(await shell.sandbox.slash(shell.user, shell.channel, line))


async def _say(shell: Shell, rest: str) -> None:
    await shell.sandbox.say(shell.user, shell.channel, _needs(rest, "say TEXT"))


async def _click(shell: Shell, rest: str) -> None:
    label, on, _ = _needs(rest, "click LABEL").partition(" on home")
    label = label.strip().strip('"')
    await shell.after(await shell.sandbox.click(shell.user, label, on_home=bool(on)))


async def _select(shell: Shell, rest: str) -> None:
    label, *value = _words(rest) or [""]
    if not value:
        raise ShellError('this needs more: select LABEL VALUE (put a label of several words into "…")')
    await shell.after(await shell.sandbox.select(shell.user, label, " ".join(value)))


async def _as(shell: Shell, rest: str) -> None:
    person = shell.sandbox.person(_needs(rest, "as USER"))
    shell.user = person.name
    try:
        shell.sandbox.room(shell.channel, person.id)
    except CannotError as problem:
        shell.channel = "dm"
        shell.terminal.line(f"{problem}; you are in the direct message with the bot now")


async def _in(shell: Shell, rest: str) -> None:
    room = shell.sandbox.room(_needs(rest, "in CHANNEL"), shell.sandbox.person(shell.user).id)
    shell.channel = room.name or "dm"


def _print(shell: Shell, messages: Sequence[Message], nothing: str) -> None:
    names = Names(shell.sandbox.workspace)
    for message in messages:
        replies = shell.sandbox.replies(message.channel, message.ts, shell.user)
        more = f" · {len(replies)} in the thread" if replies else ""
        shell.terminal.block(f"{names.user(message.user)}{more}", shell.sandbox.show(message))
    if not messages:
        shell.terminal.line(nothing)


async def _home(shell: Shell, _rest: str) -> None:
    view = await shell.sandbox.open_home(shell.user)
    body = shell.sandbox.show(view) if view else "(the app has published nothing)"
    shell.arrived(f"Home of @{shell.user}", body)


async def _dms(shell: Shell, _rest: str) -> None:
    _print(shell, shell.sandbox.dms(shell.user), "(no direct messages yet)")


async def _read(shell: Shell, _rest: str) -> None:
    _print(shell, shell.sandbox.messages(shell.channel, shell.user), "(nothing here yet)")


async def _thread(shell: Shell, _rest: str) -> None:
    for message in reversed(shell.sandbox.messages(shell.channel, shell.user)):
        replies = shell.sandbox.replies(message.channel, message.ts, shell.user)
        if replies:
            _print(shell, replies, "")
            return
    shell.terminal.line("(no thread here yet)")


async def _wait(shell: Shell, rest: str) -> None:
    found = _FOR.fullmatch(rest)
    if found:
        await _wait_for(shell, found["text"].strip('"'), float(found["seconds"] or PATIENCE))
        return
    try:
        seconds = float(rest.removesuffix("s"))
    except ValueError as problem:
        raise ShellError(f"{rest!r} is no time: wait SECONDS, or wait for TEXT [within SECONDS]") from problem
    await asyncio.sleep(seconds)


async def _wait_for(shell: Shell, text: str, seconds: float) -> None:
    wanted = _folded(text)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not any(wanted in one for one in shell.arrivals[shell.mark :]):
                shell.news.clear()
                await shell.news.wait()
    for index in range(shell.mark, len(shell.arrivals)):
        if wanted in shell.arrivals[index]:
            shell.mark = index + 1
            return
    raise ShellError(f"nothing with {text!r} arrived within {seconds:g} s")


async def _who(shell: Shell, _rest: str) -> None:
    space = shell.sandbox.workspace
    shell.terminal.line(f"you are @{shell.user} in {'the DM' if shell.channel == 'dm' else '#' + shell.channel}")
    for person in space.people.values():
        kinds = [("guest", person.is_guest), ("deactivated", person.is_deactivated)]
        kinds.append(("from another organisation", person.team != space.identity.team_id))
        notes = ", ".join(word for word, holds in kinds if holds)
        shell.terminal.line(f"  @{person.name}  {person.real_name}{f' ({notes})' if notes else ''}".rstrip())
    shell.terminal.line("  " + "  ".join(f"#{room.name}" for room in space.rooms.values() if room.name))


def _entries(rest: str) -> dict[str, str]:
    pairs = [word.partition("=") for word in _words(rest)]
    wrong = [name for name, equals, _ in pairs if not equals]
    if wrong:
        raise ShellError(f'{wrong[0]!r} is no FIELD=VALUE; put what has spaces into "…"')
    return {name: value for name, _, value in pairs}


async def _modal(shell: Shell, rest: str) -> None:
    if rest:
        await shell.sandbox.fill(shell.user, _entries(rest))
    view = shell.sandbox.modal(shell.user)
    shell.terminal.line(shell.sandbox.show(view) if view else "(no modal is open)")


async def _submit(shell: Shell, rest: str) -> None:
    await shell.after(await shell.sandbox.submit(shell.user, _entries(rest)))


async def _cancel(shell: Shell, _rest: str) -> None:
    await shell.sandbox.close_modal(shell.user)


async def _help(shell: Shell, _rest: str) -> None:
    usages = [("/COMMAND …", "a slash command in the current channel")]
    usages += [(command.usage, command.does) for command in COMMANDS.values()]
    width = max(len(usage) for usage, _ in usages)
    shell.terminal.line("\n".join(f"{usage:<{width}}  {does}" for usage, does in usages))


async def _quit(_shell: Shell, _rest: str) -> None:
    raise Quit


@dataclass(frozen=True)
class Command:
    """One command. `acts`: it does something, so `wait for` looks only at what arrives after it."""

    run: Callable[[Shell, str], Awaitable[None]]
    usage: str
    does: str
    acts: bool = False


COMMANDS = {
    "say": Command(_say, "say TEXT", "write a message", acts=True),
    "click": Command(_click, "click LABEL [on home]", "press the newest button of that label that you see", acts=True),
    "select": Command(_select, "select LABEL VALUE", "choose in a menu", acts=True),
    "modal": Command(_modal, "modal [FIELD=VALUE …]", "show the open modal, or enter something"),
    "submit": Command(_submit, "submit [FIELD=VALUE …]", "submit the modal", acts=True),
    "cancel": Command(_cancel, "cancel", "close the modal", acts=True),
    "home": Command(_home, "home", "open the app's Home tab", acts=True),
    "dms": Command(_dms, "dms", "your direct messages with the bot"),
    "read": Command(_read, "read", "the current channel as you see it"),
    "thread": Command(_thread, "thread", "the newest thread in the channel"),
    "as": Command(_as, "as USER", "be somebody else"),
    "in": Command(_in, "in CHANNEL", "go to a channel; dm is the direct message with the bot"),
    "who": Command(_who, "who", "who you are, and who else is here"),
    "wait": Command(_wait, "wait SECONDS | wait for TEXT [within SECONDS]", "until then, or until that arrives"),
    "help": Command(_help, "help", "this list"),
    "quit": Command(_quit, "quit", "end"),
}


async def run_line(shell: Shell, line: str) -> None:
    """Carry out one line. Blank lines and `# …` do nothing. Raises ShellError, CannotError, Quit."""
    line = line.strip()
    if not line or line.startswith("#"):
        return
    name, _, rest = line.partition(" ")
    if line.startswith("/"):
        shell.mark = len(shell.arrivals)
        await _slash(shell, line)
        return
    command = COMMANDS.get(name.lower())
    if command is None:
        raise ShellError(f"{name!r} is nothing that the shell knows{suggest(name, COMMANDS)}; help lists it all")
    if command.acts:
        shell.mark = len(shell.arrivals)
    await command.run(shell, rest.strip())
