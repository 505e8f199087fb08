"""`/release trend`: ready against scope in numbers; the picture of the same comes by direct message."""

from collections.abc import Sequence

from bot.blocks.limits import context, section, split
from bot.blocks.message import Message
from bot.blocks.text import People, code, name, strong
from bot.blocks.voice import Voice
from bot.release import words
from bot.release.assessment import Assessment
from bot.release.trend import Point, Trend

_ROWS = 15
_STEPS = (1, 7, 14, 28)
_A_WEEK = 7


def trend_message(found: Trend, assessment: Assessment, *, slug: str, people: People) -> Message:
    """The last state, how it moved within a week, and a table of days, the newest first."""
    voice = Voice(assessment, people)
    if not found.points:
        text = f"{voice.train} has no history yet: the first numbers come with the first commit."
        return split(Message(text, [section(text)]))
    first = f"{voice.train}: {_state(found)}"
    lines = [strong(first), *_moved(found)]
    step = next((s for s in _STEPS if len(found.points) <= s * _ROWS), _STEPS[-1])
    table = section(f"```\n{_table(found.points[::-1][::step][:_ROWS], voice)}\n```")
    small = context(f"{_which(found, step)} · every day: {code(f'convoy trend {slug}')} · days in {name(voice.zone)}")
    return split(Message(f"{'. '.join([first, *_moved(found)])}.", [section("\n".join(lines)), table, small]))


def _state(found: Trend) -> str:
    now = found.points[-1].counts
    risk = f"{now.at_risk:,} at risk or blocked" if now.at_risk else "nothing at risk"
    said = f"{now.ready:,} of {now.scope:,} ready or released, {risk}"
    return f"{words.countdown(found.days_left)}, {said}" if found.days_left is not None else said


def _moved(found: Trend) -> list[str]:
    if len(found.points) < 2:
        return []
    back = min(_A_WEEK, len(found.points) - 1)
    before, now = found.points[-1 - back].counts, found.points[-1].counts
    pairs = (("ready", before.ready, now.ready), ("scope", before.scope, now.scope))
    said = [f"{what} {_signed(new - old)}" for what, old, new in (*pairs, ("at risk", before.at_risk, now.at_risk))]
    return [f"In {words.count(back, 'day')}: {', '.join(said)}"]


def _signed(number: int) -> str:
    return "as before" if not number else f"{'+' if number > 0 else '−'}{abs(number):,}"


def _table(points: Sequence[Point], voice: Voice) -> str:
    rows = [("day", "ready", "scope", "at risk")]
    rows += [(voice.on(p.day), f"{p.counts.ready:,}", f"{p.counts.scope:,}", f"{p.counts.at_risk:,}") for p in points]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(
        "  ".join([row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True))])
        for row in rows
    )


def _which(found: Trend, step: int) -> str:
    if step == 1:
        return words.count(len(found.points), "day")
    shown = min(_ROWS, -(-len(found.points) // step))
    return f"{shown:,} of {len(found.points):,} days, one in {step}"
