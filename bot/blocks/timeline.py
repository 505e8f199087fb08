"""`/release timeline REPO`: everything that happened to one repository, the newest first, with who and when."""

import html
from collections.abc import Sequence
from itertools import groupby

from bot.blocks import changes as change_words
from bot.blocks.diff import doer
from bot.blocks.limits import context, pack, section, split
from bot.blocks.message import Message
from bot.blocks.text import People, code, name, plain, quoted, strong
from bot.blocks.voice import NOBODY, Voice
from bot.release import words
from bot.release.assessment import Assessment
from bot.release.history import Kind
from bot.release.record import NeverThere, Told, Way
from bot.release.suggest import closest

_SAID = 120


def timeline(found: Way | NeverThere, assessment: Assessment, *, slug: str, people: People) -> Message:
    """Day by day, each step with its time, its commit and, where a person made it, what they said of it."""
    voice = Voice(assessment, people)
    if isinstance(found, NeverThere):
        return _never_there(found, voice, slug)
    first = _first_line(found, voice)
    lines: list[str] = []
    for day, same in groupby(found.told, key=lambda told: words.local(told.mark.when, voice.zone).date()):
        lines += [strong(voice.on(day)), *(_line(told, voice) for told in same)]
    small = context(f"plan {code(slug)} · newest first · times in {name(voice.zone)}")
    return split(Message(f"{first}.", [section(strong(first)), *pack(lines), small]))


def timeline_text(found: Way, assessment: Assessment) -> str:
    """The same as plain text, for a file: nobody mentioned."""
    voice = Voice(assessment, NOBODY)
    lines = [
        f"{words.local(told.mark.when, voice.zone):%Y-%m-%d} {_line(told, voice, mentions=False)}"
        for told in found.told
    ]
    return html.unescape("\n".join([f"{_first_line(found, voice)} (times in {name(voice.zone)})", *lines, ""]))


def _first_line(found: Way, voice: Voice) -> str:
    health = next((r for r in voice.assessment.repositories if r.name == found.repository), None)
    steps = f"{words.count(len(found.told), 'step')}{_from(found.told, voice)}"
    if health is None:
        return f"{name(found.repository)}, not in {voice.train} any more: {steps}"
    look = words.STATUS[health.status]
    return f"{name(found.repository, health.version)} in {voice.train}: {look.word}{voice.since(health.since)}, {steps}"


def _from(told: Sequence[Told], voice: Voice) -> str:
    return f" from {voice.on(words.local(told[-1].mark.when, voice.zone).date())} on" if told else ""


def _line(told: Told, voice: Voice, *, mentions: bool = True) -> str:
    mark = told.mark
    who = doer(mark) if mentions or mark.tracked else name(mark.author)
    at = f"{words.local(mark.when, voice.zone):%H:%M}"
    said = f' "{plain(mark.subject, _SAID)}"' if mark.subject and not mark.tracked else ""
    return f"{at} {_step(told, voice)} · {who}{said}, {name(mark.commit[:7])}"


def _step(told: Told, voice: Voice) -> str:
    """Without the name of the repository where the step is told by its two ends."""
    change = told.change
    if change.kind is Kind.STATUS:
        return change_words.phrase(change, voice).removeprefix(f"{name(change.repository)} ")
    return change_words.phrase(change, voice)


def _never_there(found: NeverThere, voice: Voice, slug: str) -> Message:
    near = [code(f"/release timeline {quoted(known)} {slug}") for known in closest(found.repository, found.known)]
    mean = f"Did you mean {' or '.join(near)}?" if near else f"What is in it: {code(f'/release status {slug}')}"
    text = f'There never was a repository "{name(found.repository)}" in {voice.train}. {mean}'
    return split(Message(text, [section(text)]))
