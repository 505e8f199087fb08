"""`/release plans`: every plan that can be read, the next date first."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.blocks.limits import context, pack, section, split
from bot.blocks.message import Message
from bot.blocks.text import People, code, strong
from bot.blocks.voice import Voice
from bot.release import outline, words
from bot.release.assessment import Assessment
from bot.release.status import PlanStatus

_MOST = 60


class ViewLike(Protocol):
    """One plan as it is answered from."""

    @property
    def slug(self) -> str:
        """Its name in commands."""

    @property
    def commit(self) -> str:
        """The commit that it was read at."""

    @property
    def as_of(self) -> datetime:
        """When the store was last looked at."""

    @property
    def assessment(self) -> Assessment:
        """How it stands."""

    @property
    def people(self) -> People:
        """Who is who."""


def plans(views: Sequence[ViewLike]) -> Message:
    """One line for each plan: those under way by date, then what is released or cancelled, newest first."""
    if not views:
        text = f"There is no plan yet. Start one on the command line: {code('convoy plan add FILE')}"
        return split(Message(text, [section(text)]))
    live = [v for v in views if not _over(v)]
    over = [v for v in views if _over(v)]
    live.sort(key=lambda v: (v.assessment.plan.release_date, v.slug))
    over.sort(key=lambda v: (v.assessment.plan.release_date, v.slug), reverse=True)
    first = f"{words.count(len(views), 'plan')}, {len(live):,} under way"
    ordered = [*live, *over]
    lines = [_line(v) for v in ordered[:_MOST]]
    if len(ordered) > _MOST:
        lines.append(f"and {len(ordered) - _MOST:,} more")
    hint = context(f"One of them: {code(f'/release status {ordered[0].slug}')}")
    return split(Message(f"{first}.", [section(strong(first)), *pack(lines), hint]))


def _over(view: ViewLike) -> bool:
    return view.assessment.plan.status in (PlanStatus.RELEASED, PlanStatus.CANCELLED)


def _line(view: ViewLike) -> str:
    voice = Voice(view.assessment, view.people)
    t = outline.tally(view.assessment.repositories)
    state = outline.health(view.assessment)
    if _over(view):
        said = f"{voice.train} ({voice.on(view.assessment.plan.release_date)}): {state}"
    else:
        said = voice.headline(state)
    return f"{strong(said)} · {t.done:,} of {t.total:,} ready or released · {code(view.slug)}"
