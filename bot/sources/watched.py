"""Tells how far a pass has come while it goes on, several times a second, whether anything happens or not."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from bot.release.progress import Progress
from bot.services.ports import Watch

_log = logging.getLogger(__name__)

EVERY = 0.2
"""Seconds."""


@asynccontextmanager
async def watched(watch: Watch | None, progress: Callable[[], Progress]) -> AsyncIterator[None]:
    """Tell `watch` while the block runs, and how it ended. A watcher that fails is logged and harms no pass."""
    if watch is None:
        yield
        return
    telling = asyncio.create_task(_tell(watch, progress))
    try:
        yield
    finally:
        telling.cancel()
        (outcome,) = await asyncio.gather(telling, return_exceptions=True)
        if isinstance(outcome, Exception):
            _log.error("telling how far a pass has come failed", exc_info=outcome)
        else:
            watch(progress())


async def _tell(watch: Watch, progress: Callable[[], Progress]) -> None:
    while True:
        watch(progress())
        await asyncio.sleep(EVERY)
