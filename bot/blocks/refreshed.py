"""What a tracking pass that somebody asked for came to: what changed, what could not be read, who was told."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from bot.blocks import changes as change_words
from bot.blocks.limits import context, pack, section, split
from bot.blocks.message import Block, Message
from bot.blocks.text import People, code, name, plain, strong
from bot.blocks.voice import NOBODY, Voice
from bot.release import words
from bot.release.assessment import Assessment
from bot.release.history import Change

_NEWS, _REFUSED = 25, 10


class PassLike(Protocol):
    """What a pass did."""

    @property
    def slug(self) -> str:
        """The plan's name in commands."""

    @property
    def commit(self) -> str | None:
        """The commit that it made; None when nothing changed."""

    @property
    def changes(self) -> Sequence[Change]:
        """What is new."""

    @property
    def refused(self) -> Mapping[str, str]:
        """Why a source could not be read, by repository."""

    @property
    def unlisted(self) -> Mapping[str, str]:
        """Why the published versions of a repository could not be read."""

    @property
    def alerts(self) -> int:
        """How many direct messages became due."""

    @property
    def took(self) -> float:
        """Seconds."""


def refreshed(result: PassLike, assessment: Assessment, people: People = NOBODY) -> Message:
    """The outcome of a pass. `assessment`: how the plan stands after it."""
    voice = Voice(assessment, people)
    phrases = change_words.told(list(result.changes), voice)
    if phrases:
        what = words.count(len(result.changes), "change")
    else:
        what = "nothing new" if result.commit is None else "fresh documents, and nothing that changes the picture"
    first = f"{voice.train}: {what}"
    if unread := result.refused.keys() | result.unlisted.keys():
        first += f", {words.count(len(unread), 'source')} could not be read"
    blocks: list[Block] = [section(strong(first))]
    lines = [f"• {p}" for p in phrases[:_NEWS]]
    if len(phrases) > _NEWS:
        lines.append(f"and {len(phrases) - _NEWS:,} more")
    blocks += pack(lines)
    blocks += pack(_unread("Not read, so the last good document of each stays in force:", result.refused))
    blocks += pack(_unread("Published versions not read, so what was known before still counts:", result.unlisted))
    blocks.append(context(_end(result)))
    return split(Message(f"{first}.", blocks))


def _unread(what: str, reasons: Mapping[str, str]) -> list[str]:
    if not reasons:
        return []
    lines = [what, *(f"• {name(who)}: {plain(why)}" for who, why in list(reasons.items())[:_REFUSED])]
    if len(reasons) > _REFUSED:
        lines.append(f"and {len(reasons) - _REFUSED:,} more")
    return lines


def _end(result: PassLike) -> str:
    commit = f"commit {plain(result.commit[:7])}" if result.commit else "no commit"
    told = f"{words.count(result.alerts, 'captain')} told" if result.alerts else "nobody had to be told"
    return f"{commit}, {told}, {result.took:.1f} s · {code(f'/release status {result.slug}')}"
