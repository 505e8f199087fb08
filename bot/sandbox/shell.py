"""A terminal shell over the sandbox: speak as anybody, see all that arrives. It knows Slack, and nothing of any app.

`run_shell` takes lines from a person or from a script. In a script the first thing that goes wrong ends it with exit
code 1 and `FILE:LINE: reason`, so that what documents show can be tested.
"""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from typing import TextIO

from bot.sandbox.model import Change
from bot.sandbox.mrkdwn import Names
from bot.sandbox.outcome import CannotError
from bot.sandbox.server import Sandbox
from bot.sandbox.shell_commands import Quit, Shell, ShellError, run_line
from bot.sandbox.terminal import Terminal, piped_lines, typed_lines


async def run_shell(
    sandbox: Sandbox,
    *,
    start_as: str,
    start_in: str,
    lines: AsyncIterator[str] | None,
    out: TextIO,
    name: str = "script",
) -> int:
    """Run the shell until `quit` or the end of input, and give the exit code.

    `start_as` is a person, `start_in` a channel (or `dm`). `lines` is a script, whose lines are echoed to `out`; None
    reads standard input, with a prompt when that is a terminal. `name` is the FILE in a script's errors.
    """
    terminal = Terminal(out)
    shell = Shell(sandbox, terminal, start_as, start_in)
    stop = sandbox.on_change(lambda change: arrive(shell, change))
    try:
        if lines is None and sys.stdin.isatty():
            return await _converse(shell, typed_lines(terminal, shell.prompt))
        return await _play(shell, piped_lines() if lines is None else lines, name)
    finally:
        stop()


async def _converse(shell: Shell, lines: AsyncIterator[str]) -> int:
    shell.terminal.line("help lists what you can do, quit ends")
    async for line in lines:
        try:
            await run_line(shell, line)
        except Quit:
            break
        except (ShellError, CannotError, TimeoutError) as problem:
            shell.terminal.line(str(problem), "red")
    return 0


async def _play(shell: Shell, lines: AsyncIterator[str], name: str) -> int:
    number = 0
    async for raw in lines:
        number += 1
        line = raw.rstrip("\r\n")
        if line.strip():
            shell.terminal.line(line if line.lstrip().startswith("#") else f"{shell.prompt()}{line}", "bold")
        try:
            await run_line(shell, line)
        except Quit:
            return 0
        except (ShellError, CannotError, TimeoutError) as problem:
            shell.terminal.line(f"{name}:{number}: {problem}", "red")
            return 1
    with contextlib.suppress(TimeoutError):
        await shell.sandbox.settle(within=2)
    await asyncio.sleep(0)
    return 0


def arrive(shell: Shell, change: Change) -> None:
    """Print what appeared, and remember it for `wait for`. Home tabs are shown when somebody opens them."""
    names = Names(shell.sandbox.workspace)
    if change.message is not None:
        message = change.message
        where = names.channel(message.channel)
        author = "" if message.by_bot and where.startswith("DM") else f" · {names.user(message.user)}"
        notes = [
            " · in a thread" if message.is_reply else "",
            f" · only {names.user(message.ephemeral_to)} sees this" if message.ephemeral_to else "",
            {"updated": " · changed", "deleted": " · deleted"}.get(change.kind, ""),
        ]
        body = "" if change.kind == "deleted" else shell.sandbox.show(message)
        shell.arrived(f"{where}{author}{''.join(notes)}", body)
    elif change.view is not None and change.kind != "home":
        word = {"modal_opened": "opens", "modal_updated": "changes", "modal_closed": "closes"}[change.kind]
        body = "" if change.kind == "modal_closed" else shell.sandbox.show(change.view)
        shell.arrived(f"a modal {word} for {names.user(change.view.user)}", body)
