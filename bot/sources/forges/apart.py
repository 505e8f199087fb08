"""Keeps a fault of ours to the repositories that it befell."""

import asyncio
import logging
from collections.abc import Awaitable, MutableMapping, Sequence
from typing import TypeVar

from bot.services.ports import Answer
from bot.sources.endings import our_fault
from bot.sources.forges.places import Asked

_log = logging.getLogger(__name__)

Outcome = TypeVar("Outcome")


async def apart(
    works: Sequence[tuple[Sequence[Asked], Awaitable[Outcome]]], answers: MutableMapping[str, Answer]
) -> list[Outcome]:
    """What every work comes to; where one fails that must not, its repositories are answered so and the log has it."""
    outcomes = await asyncio.gather(*(work for _, work in works), return_exceptions=True)
    good: list[Outcome] = []
    for (asked, _), outcome in zip(works, outcomes, strict=True):
        if not isinstance(outcome, BaseException):
            good.append(outcome)
            continue
        _log.error("reading %s failed", ", ".join(one.place.shown for one in asked[:3]), exc_info=outcome)
        why = our_fault(outcome)
        for one in asked:
            answers.setdefault(one.repository, Answer(why, why))
    return good
