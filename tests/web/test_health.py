"""Readiness: every reason at once, and no check can hold up or hide the others."""

import asyncio

from bot.web.health import failing


async def fine() -> None:
    return None


async def hangs() -> None:
    await asyncio.sleep(60)


async def breaks() -> None:
    raise KeyError("password=hunter2")


async def late() -> str:
    await asyncio.sleep(0.02)
    return "late but told"


async def test_all_reasons_together() -> None:
    reasons = await failing({"a": fine, "b": hangs, "c": breaks, "d": late}, deadline=0.1)
    assert reasons == {"b": "no answer within 0.1 s", "c": "KeyError: see the log", "d": "late but told"}


async def test_no_checks_are_no_reasons() -> None:
    assert await failing({}) == {}
