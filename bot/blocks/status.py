"""`/release status`: how the train stands, so that the first line is enough and the last one says how fresh it is."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.blocks import causes as cause_words
from bot.blocks import contradictions
from bot.blocks.limits import context, pack, section, split
from bot.blocks.message import Block, Message
from bot.blocks.text import People, code, name, plain, strong
from bot.blocks.voice import Voice, bar, footer, is_past, stale_feeds
from bot.release import outline, words
from bot.release.assessment import Assessment
from bot.release.outline import RISKY, Cause, GroupHealth, Tally
from bot.release.plan import Problem
from bot.release.status import Status, Verdict

_RISKS, _UNKNOWNS, _GROUPS, _CONTRADICTIONS = 5, 3, 12, 3


class BadHeadLike(Protocol):
    """The newest version of a plan, which cannot be read."""

    @property
    def commit(self) -> str:
        """Full commit id."""

    @property
    def author(self) -> str:
        """Who pushed it."""

    @property
    def problems(self) -> Sequence[Problem]:
        """Why it cannot be read."""


def status(
    assessment: Assessment,
    *,
    slug: str,
    commit: str,
    as_of: datetime,
    people: People,
    bad_head: BadHeadLike | None = None,
) -> Message:
    """The health of one plan. `as_of`: when the store was last looked at, `commit`: what was read there."""
    voice = Voice(assessment, people)
    t = outline.tally(assessment.repositories)
    asked = words.local(as_of, voice.zone).date() if is_past(voice, as_of) else None
    first = voice.headline(outline.health(assessment), past_on=asked)
    blocks: list[Block] = [section(f"{strong(first)}\n{bar(t.done, t.total)} {counts(t)}")]
    if bad_head is not None:
        blocks.append(section(_bad_head(bad_head)))
    blocks += pack(_what_holds_up(assessment, voice, slug))
    blocks += pack(contradictions.lines(voice, slug, _CONTRADICTIONS))
    blocks += pack(_groups(outline.worst_first(outline.groups(assessment)), voice))
    blocks.append(context(footer(voice, commit, as_of)))
    return split(Message(f"{first}. {words.sentence(counts(t).replace(' · ', ', '))}", blocks))


def counts(t: Tally) -> str:
    """`18 of 34 ready or released · 3 at risk · 1 blocked · 2 unknown`; what is zero is left out."""
    if not t.total:
        return "no repository is in this plan yet"
    said = [f"{t.done:,} of {t.total:,} ready or released"]
    kinds = (Status.AT_RISK, Status.BLOCKED, Status.UNKNOWN, Status.NOT_STARTED, Status.DROPPED)
    said += [f"{t.of(kind):,} {words.STATUS[kind].word}" for kind in kinds if t.of(kind)]
    return " · ".join(said)


def _bad_head(bad: BadHeadLike) -> str:
    first = bad.problems[0] if bad.problems else None
    why = f": {plain(first.place)}, {plain(first.reason)}" if first else ""
    more = f" (and {words.count(len(bad.problems) - 1, 'more problem')})" if len(bad.problems) > 1 else ""
    if first is not None and first.file:
        return (
            f"⚠ A file of this plan cannot be read{why}{more}. {name(bad.author)} pushed it as commit "
            f"{plain(bad.commit[:7])}. The last good version of it stays in force; Convoy writes it anew."
        )
    return (
        f"⚠ The newest version of this plan cannot be read{why}{more}. {name(bad.author)} pushed it as commit "
        f"{plain(bad.commit[:7])}. This answer is from the last good one. Correct the file and push again."
    )


def _what_holds_up(assessment: Assessment, voice: Voice, slug: str) -> list[str]:
    found = outline.causes(assessment)
    risks = [c for c in found if c.kind in RISKY]
    unknown = [c for c in found if c.kind is Verdict.UNKNOWN]
    lines = [cause_words.line(c, voice) for c in risks[:_RISKS]]
    lines += cause_words.unknown(unknown, voice, _UNKNOWNS)
    more = max(0, len(risks) - _RISKS) + max(0, sum(not c.silent for c in unknown) - _UNKNOWNS)
    alone = len(outline.in_trouble(assessment)[0])
    if more:
        lines.append(f"and {more:,} more: {code(f'/release risks {slug}')}")
    elif alone:
        holds = "holds" if alone == 1 else "hold"
        known = f"{words.count(alone, 'repository')} at risk or unknown {holds} nobody up"
        lines.append(f"{known}: {code(f'/release risks {slug}')}")
    return lines or [_quiet(assessment, found, voice)]


def _quiet(assessment: Assessment, found: Sequence[Cause], voice: Voice) -> str:
    """Nothing is at risk: say so, and that nothing is to be done but to ask for what is too old to be believed."""
    stale = stale_feeds(assessment.repositories, voice)
    start = f"Nothing is at risk; {stale}." if stale else "Nothing is at risk."
    waiting = {name for cause in found for name in cause.root.blocks}
    if waiting:
        wait = "waits" if len(waiting) == 1 else "wait"
        return f"{start} {words.count(len(waiting), 'repository')} {wait} on others that are on track: no action now."
    if not assessment.repositories:
        return "Add a repository to begin."
    return start if stale else f"{start} Nothing to do."


def _groups(found: Sequence[GroupHealth], voice: Voice) -> list[str]:
    lines = [group_line(g, voice) for g in found[:_GROUPS]]
    if len(found) > _GROUPS:
        lines.append(f"and {words.count(len(found) - _GROUPS, 'more group')}, none of them worse")
    return lines


def group_line(group: GroupHealth, voice: Voice) -> str:
    """`⚠ *Platform* (@bo): 2 of 5 ready · 1 at risk`."""
    t = group.tally
    lead = voice.who(group.lead) or "nobody answers for it"
    if not t.total:
        dropped = "all dropped" if group.repositories else "no repository yet"
        return f"{group.symbol} {strong(name(group.name))} ({lead}): {dropped}"
    said = [f"{t.done:,} of {t.total:,} ready"]
    kinds = (Status.BLOCKED, Status.AT_RISK, Status.UNKNOWN)
    said += [f"{t.of(kind):,} {words.STATUS[kind].word}" for kind in kinds if t.of(kind)]
    if t.held_up:
        said.append(f"{t.held_up:,} held up")
    return f"{group.symbol} {strong(name(group.name))} ({lead}): {' · '.join(said)}"
