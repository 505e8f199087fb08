"""`/release diff`: what changed since a day or a commit, by whom and when, so that nothing has to be looked up."""

import html
from collections.abc import Sequence
from datetime import date, datetime

from bot.blocks import changes as change_words
from bot.blocks.limits import context, pack, section, split
from bot.blocks.message import Message
from bot.blocks.text import People, code, name, strong, user
from bot.blocks.voice import NOBODY, Voice
from bot.release import words
from bot.release.assessment import Assessment
from bot.release.history import Kind
from bot.release.record import Difference, Mark, Told
from bot.release.status import Status

_FEW = 3
_TOGETHER = {
    Kind.RELEASED: "released",
    Kind.SCOPE_ADDED: "came into the scope",
    Kind.SCOPE_DROPPED: "left the scope",
}


def diff(
    found: Difference, assessment: Assessment, *, slug: str, since: date | datetime | str, people: People
) -> Message:
    """All of it, most important first; what does not fit into one message goes on in its thread.

    `since` is what was asked for: the beginning of a day, a moment, or a commit.
    """
    voice = Voice(assessment, people)
    first = _first_line(found, voice, since)
    if not found.told:
        last = f"The last commit that touched the plan: {by(found.end, voice)}."
        return split(Message(f"{first}.", [section(f"{strong(first)}\n{last} Nothing to do.")]))
    small = context(
        f"commit {name(found.start.commit[:7])} → {name(found.end.commit[:7])} · every step of one repository: "
        f"{code(f'/release timeline REPO {slug}')} · times in {name(voice.zone)}"
    )
    lines = [f"• {line}" for line in _lines(found, voice)]
    return split(Message(f"{first}.", [section(strong(first)), *pack(lines), small]))


def diff_text(found: Difference, assessment: Assessment, *, since: date | datetime | str) -> str:
    """The same as plain text, for a file: nothing folded, nobody mentioned."""
    voice = Voice(assessment, NOBODY)
    lines = [_line(told, voice, name(told.mark.author)) for told in found.told]
    return html.unescape("\n".join([f"{_first_line(found, voice, since)} (times in {name(voice.zone)})", *lines, ""]))


def _first_line(found: Difference, voice: Voice, since: date | datetime | str) -> str:
    many = words.count(len(found.told), "change") if found.told else "nothing has changed"
    return f"{voice.train}: {many} {_since(found, voice, since)}"


def _since(found: Difference, voice: Voice, since: date | datetime | str) -> str:
    begun = words.stamp(found.start.when, voice.assessment.now, voice.zone)
    if found.opened:
        return f"since the plan was opened ({begun})"
    if isinstance(since, str):
        return f"since commit {name(since[:7])} ({begun})"
    if isinstance(since, datetime):
        return f"since {words.stamp(since, voice.assessment.now, voice.zone)}"
    return f"since {voice.on(since)}"


def _lines(found: Difference, voice: Voice) -> list[str]:
    """A line for each change; more than three alike that one commit brought are one line, with every name in it."""
    alike: dict[tuple[object, ...], list[Told]] = {}
    for number, told in enumerate(found.told):
        alike.setdefault(_likeness(told) or (number,), []).append(told)
    lines: list[str] = []
    for same in alike.values():
        if len(same) > _FEW:
            lines.append(_together(same, voice))
        else:
            lines += [_line(told, voice) for told in same]
    return lines


def _likeness(told: Told) -> tuple[object, ...]:
    change = told.change
    if change.kind in _TOGETHER:
        return (change.kind, told.mark.commit)
    if change.kind is Kind.STATUS and change.repository:
        return (change.kind, change.before, change.after, told.mark.commit)
    return ()


def _together(same: Sequence[Told], voice: Voice) -> str:
    first = same[0].change
    if first.kind is Kind.STATUS:
        before, after = (words.STATUS[Status(word or "")].word for word in (first.before, first.after))
        what = f"{before} → {after}"
    else:
        what = _TOGETHER[first.kind]
    who = ", ".join(name(told.change.repository, told.change.version) for told in same)
    return f"{len(same):,} {what}: {who} · {by(same[0].mark, voice)}"


def _line(told: Told, voice: Voice, who: str = "") -> str:
    often = f", the last of {told.times:,} moves" if told.times > 1 else ""
    return f"{change_words.phrase(told.change, voice)} · {by(told.mark, voice, who)}{often}"


def by(mark: Mark, voice: Voice, who: str = "") -> str:
    """`<@U0ANA>, Mon 2 Mar 09:12, 1a2b3c4`: who it was, when, and where to look it up."""
    when = words.stamp(mark.when, voice.assessment.now, voice.zone)
    return f"{doer(mark) if mark.tracked or not who else who}, {when}, {name(mark.commit[:7])}"


def doer(mark: Mark) -> str:
    """A mention, a plain name, or what Convoy itself read at the repositories."""
    if mark.tracked:
        return "a tracking pass"
    return user(mark.slack_user) if mark.slack_user else name(mark.author)
