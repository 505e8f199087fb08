"""How the work of a pass ends: by its deadline, whatever is still under way, and with a word for what did not come."""

import asyncio
from collections.abc import Collection
from typing import Any

from bot.services.ports import Unreachable


async def wait_until(tasks: Collection["asyncio.Task[Any]"], seconds: float) -> None:
    """Wait until all are done, at most so many seconds; what is not done then is cancelled, and has ended."""
    try:
        await asyncio.wait(tasks, timeout=seconds)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def ended(seconds: float) -> Unreachable:
    """Why something was not read in a pass of so many seconds."""
    return Unreachable(f"not read: the pass had to end after {seconds:g} s")


def our_fault(fault: BaseException, doing: str = "reading it") -> Unreachable:
    """A fault of ours, which must not stay hidden: whoever says this has logged it."""
    return Unreachable(f"{doing} failed inside Convoy ({type(fault).__name__}); the log has more")
