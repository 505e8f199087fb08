"""The screen of the shell: what arrives is printed above the line that is being typed, in colour only on a terminal."""

import asyncio
import contextlib
import sys
import textwrap
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TextIO

from rich.console import Console
from rich.text import Text

CLEAR_LINE = "\r\x1b[2K"


def _line_buffer() -> str:
    """What has been typed so far on this line, where readline knows."""
    with contextlib.suppress(ImportError):
        import readline

        return readline.get_line_buffer()
    return ""


class Terminal:
    """Prints to `out`. `prompt` is set while somebody is typing, and is drawn again below what was printed."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._console = Console(file=out, highlight=False, soft_wrap=True, emoji=False, markup=False)
        self.prompt = ""

    def line(self, text: str, style: str = "") -> None:
        """Print a line (or some)."""
        if self.prompt:
            self._out.write(CLEAR_LINE)
        self._console.print(Text(text, style=style))
        if self.prompt:
            self._out.write(self.prompt + _line_buffer())
        self._out.flush()

    def block(self, label: str, body: str) -> None:
        """Print a label and, below it, indented content."""
        if self.prompt:
            self._out.write(CLEAR_LINE)
        self._console.print(Text(label, style="bold cyan"))
        if body:
            self._console.print(Text(textwrap.indent(body, "  ")))
        if self.prompt:
            self._out.write(self.prompt + _line_buffer())
        self._out.flush()


async def typed_lines(terminal: Terminal, prompt: Callable[[], str]) -> AsyncIterator[str]:
    """Lines as a person types them, until the end of input. Printing goes on while they type."""
    loop = asyncio.get_running_loop()
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401 - its import gives `input` a history and arrow keys

    with _keyboard_as_it_was():
        while True:
            answer: asyncio.Future[str | None] = loop.create_future()
            terminal.prompt = prompt()
            # A daemon thread, because a read of the keyboard cannot be cancelled and must not hold up the end.
            threading.Thread(target=_read, args=(terminal.prompt, loop, answer), daemon=True).start()
            line = await answer
            terminal.prompt = ""
            if line is None:
                terminal.line("")
                return
            yield line


@contextlib.contextmanager
def _keyboard_as_it_was() -> Iterator[None]:
    """Give the terminal back as it was: a read that Ctrl-C leaves behind has switched off its echo."""
    try:
        import termios

        before = termios.tcgetattr(sys.stdin)
    except (ImportError, OSError, ValueError):
        yield
        return
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def _read(prompt: str, loop: asyncio.AbstractEventLoop, answer: "asyncio.Future[str | None]") -> None:
    line: str | None
    try:
        line = input(prompt)
    except EOFError:
        line = None
    with contextlib.suppress(RuntimeError):  # the loop has ended while somebody was typing
        loop.call_soon_threadsafe(_settle, answer, line)


def _settle(answer: "asyncio.Future[str | None]", line: str | None) -> None:
    if not answer.done():
        answer.set_result(line)


async def piped_lines() -> AsyncIterator[str]:
    """Lines of standard input when it is no terminal."""
    while line := await asyncio.to_thread(sys.stdin.readline):
        yield line
