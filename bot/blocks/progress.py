"""How far a pass has come that somebody asked for: one direct message, updated in place while they wait."""

from bot.blocks.limits import section
from bot.blocks.message import Message
from bot.blocks.text import code, plain
from bot.release.progress import Progress

_WIDTH = 20


def reading(slug: str, progress: Progress) -> Message:
    """It goes on. A bar, how many are read, and whom it waits for."""
    filled = _WIDTH * progress.done // progress.total if progress.total else _WIDTH
    held_up = f"\nIt is {plain(progress.held_up())}." if progress.waiting else ""
    line = f"Reading {code(slug)}: {progress.told()}."
    return Message(line, [section(f"{line}\n{code('█' * filled + '░' * (_WIDTH - filled))}{held_up}")])


def read(slug: str, progress: Progress) -> Message:
    """It is over; what came of it is told where it was asked for."""
    line = f"Read {code(slug)}: {progress.told()}. What is new stands where you asked for it."
    return Message(line, [section(line)])
