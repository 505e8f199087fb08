"""How far a pass has come, on stderr: a bar where somebody looks at it, a line now and then in a log."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bot.cli.terminal import say, shown
from bot.release.progress import Progress

FIRST, NEXT = 2.0, 5.0
"""Seconds until the first line of a log, and between two."""


@contextmanager
def counting(now: Callable[[], float] = time.monotonic) -> Iterator[Callable[[Progress], None]]:
    """Something that hears of a pass and shows it. A bar goes away with the pass."""
    if not sys.stderr.isatty():
        yield _Lines(now).watch
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("", total=None)

        def watch(progress: Progress) -> None:
            failed = f"{progress.failed:,} not read" if progress.failed else ""
            words = ", ".join(filter(None, (failed, progress.held_up())))
            bars.update(task, total=progress.total, completed=progress.done, description=shown(words))

        yield watch


class _Lines:
    """A line after two seconds, and then every five; none about what is done anyway."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._next = now() + FIRST

    def watch(self, progress: Progress) -> None:
        if progress.done == progress.total or self._now() < self._next:
            return
        self._next = self._now() + NEXT
        held_up = f"; {progress.held_up()}" if progress.waiting else ""
        say(f"convoy: read {progress.told()}{held_up}", err=True)
