"""`/release risks`: what is at risk, folded by root cause; with `mine` only what concerns one captain."""

from collections.abc import Collection, Sequence
from datetime import datetime

from bot.blocks import causes as cause_words
from bot.blocks import contradictions
from bot.blocks.limits import context, pack, section, split
from bot.blocks.message import Block, Message
from bot.blocks.text import People, code, plain, strong
from bot.blocks.text import name as shown
from bot.blocks.voice import Voice, footer, names, stale_feeds
from bot.release import outline, words
from bot.release.assessment import Assessment, RepositoryHealth
from bot.release.outline import Cause
from bot.release.status import Verdict

# How many causes of a kind are told in full and in a line: fewer where they are so wordy that Slack, which takes five
# messages in answer to one command, would not get them all.
_BOUNDS = ((8, 20), (4, 10), (2, 5), (1, 2))
_THREAD = 3
_QUIET, _NOTHING = "nothing is at risk, nothing to do", "nothing is at risk, but not every feed is fresh"


def risks(
    assessment: Assessment,
    *,
    slug: str,
    commit: str,
    as_of: datetime,
    people: People,
    mine: str | Collection[str] | None = None,
) -> Message:
    """Root causes worst first, then what holds nobody up. `mine`: the lead name or names of the one who asks."""
    voice = Voice(assessment, people)
    leads = None if mine is None else frozenset([mine] if isinstance(mine, str) else mine)
    found = [c for c in outline.causes(assessment) if leads is None or _concerns(c, leads)]
    alone, behind = ([r for r in rows if leads is None or r.lead in leads] for rows in outline.in_trouble(assessment))
    lived_with = [] if leads is None else [c for c in found if _accepted(c, voice, leads)]
    by_kind = {kind: [c for c in found if c.kind is kind and c not in lived_with] for kind in Verdict}
    first = _headline(voice, by_kind, alone, leads, len(lived_with))
    stale = stale_feeds([r for r in assessment.repositories if leads is None or r.lead in leads], voice)
    if first.endswith(_QUIET) and stale:
        first = f"{first.removesuffix(_QUIET)}{_NOTHING}"
    message = Message(first)
    for bounds in _BOUNDS:
        blocks: list[Block] = [section(strong(first))]
        if first.endswith(_NOTHING) and stale:
            blocks.append(section(f"{stale}."))
        blocks += _part("At risk", by_kind[Verdict.AT_RISK], voice, leads, bounds)
        blocks += _part("The plan itself must change", by_kind[Verdict.MISMATCH], voice, leads, bounds)
        blocks += _part("Nobody knows", [c for c in by_kind[Verdict.UNKNOWN] if not c.silent], voice, leads, bounds)
        blocks += _silent([c for c in by_kind[Verdict.UNKNOWN] if c.silent], voice, leads, bounds)
        blocks += _lived_with(lived_with, voice, leads, bounds[1])
        blocks += pack(_behind(behind, bounds[1]))
        blocks += _alone(alone, voice, bounds[1])
        if by_kind[Verdict.WAITING]:
            blocks.append(section(_waiting(by_kind[Verdict.WAITING])))
        blocks += pack(contradictions.lines(voice, slug, min(3, bounds[0]), leads))
        blocks.append(context(f"{footer(voice, commit, as_of)} · plan {code(slug)}"))
        message = split(Message(f"{first}.", blocks))
        if len(message.thread) <= _THREAD:
            break
    return message


def _concerns(cause: Cause, leads: frozenset[str]) -> bool:
    return bool(leads & {cause.root.owner, *cause.root.captains})


def _accepted(cause: Cause, voice: Voice, leads: frozenset[str]) -> bool:
    """Whether the asker lives with it: none of their own repositories is left for which the risk is not accepted."""
    return cause.root.owner not in leads and cause.accepted_for(_own(voice, leads))


def _lived_with(found: Sequence[Cause], voice: Voice, leads: frozenset[str] | None, most: int) -> list[Block]:
    """What is accepted for the asker is listed and not counted: they have decided."""
    if not found or leads is None:
        return []
    own = _own(voice, leads)
    lines = [cause_words.line(c, voice, own) for c in found[:most]]
    if len(found) > most:
        lines.append(f"and {len(found) - most:,} more")
    return [section(strong(f"Accepted, silent until it ends or gets worse ({len(found):,})")), *pack(lines)]


def _own(voice: Voice, leads: frozenset[str]) -> frozenset[str]:
    return frozenset(r.name for r in voice.assessment.repositories if r.lead in leads)


def _headline(
    voice: Voice,
    by_kind: dict[Verdict, list[Cause]],
    alone: Sequence[RepositoryHealth],
    leads: frozenset[str] | None,
    lived_with: int,
) -> str:
    risky = by_kind[Verdict.AT_RISK] + by_kind[Verdict.MISMATCH]
    parts = []
    if risky:
        held = {b for c in risky for b in _blocked(c, voice, leads)}
        verb = "holds" if len(risky) == 1 else "hold"
        parts.append(f"{words.count(len(risky), 'root cause')} {verb} up {words.count(len(held), 'repository')}")
    if unknown := len(by_kind[Verdict.UNKNOWN]):
        stand = "stands" if unknown == 1 else "stand"
        parts.append(f"nobody knows where {words.count(unknown, 'dependency')} {stand}")
    if alone:
        verb = "holds" if len(alone) == 1 else "hold"
        parts.append(f"{words.count(len(alone), 'repository')} in trouble {verb} nobody up")
    if lived_with:
        accepted = f"{words.count(lived_with, 'risk')} accepted"
        parts.append(accepted if parts else f"{accepted}; beside that {_QUIET}")
    whose = "What concerns you in " if leads is not None else ""
    left = words.countdown(voice.assessment.days_left)
    return f"{whose}{voice.train}, {left}: {', '.join(parts) or _QUIET}"


def _blocked(cause: Cause, voice: Voice, leads: frozenset[str] | None) -> Sequence[str]:
    """Whom it holds up, as far as that is the asker's business: of one's own cause all, else one's own repositories."""
    if leads is None or cause.root.owner in leads:
        return cause.root.blocks
    own = _own(voice, leads)
    return [b for b in cause.root.blocks if b in own]


def _part(
    title: str, found: Sequence[Cause], voice: Voice, leads: frozenset[str] | None, bounds: tuple[int, int]
) -> list[Block]:
    if not found:
        return []
    full, all_shown = bounds[0], sum(bounds)
    blocks = [section(strong(f"{title} ({len(found):,})"))]
    blocks += pack([cause_words.full(c, voice) + _yours(c, voice, leads) for c in found[:full]], gap="\n\n")
    short = [cause_words.line(c, voice) for c in found[full:all_shown]]
    if len(found) > all_shown:
        short.append(f"and {len(found) - all_shown:,} more, each of which holds up no more than these")
    return blocks + pack(short)


def _silent(found: Sequence[Cause], voice: Voice, leads: frozenset[str] | None, bounds: tuple[int, int]) -> list[Block]:
    if len(found) < 2:
        return _part("Nobody publishes a status", found, voice, leads, bounds)
    title = strong(f"Nobody publishes a status ({len(found):,})")
    return [section(title), *pack([cause_words.silent(found, voice, bounds[1]), cause_words.FIND_OWNERS])]


def _yours(cause: Cause, voice: Voice, leads: frozenset[str] | None) -> str:
    """Which of the asker's own repositories wait on it: the other captains' are not their business now."""
    if leads is None:
        return ""
    if cause.root.owner in leads:
        return "\nIt is yours."
    return f"\nOf yours it holds up {names(_blocked(cause, voice, leads))}."


def _alone(found: Sequence[RepositoryHealth], voice: Voice, most: int) -> list[Block]:
    if not found:
        return []
    lines = [_alone_line(r, voice) for r in found[:most]]
    if len(found) > most:
        lines.append(f"and {len(found) - most:,} more")
    return [section(strong(f"In trouble, but holding nobody up ({len(found):,})")), *pack(lines)]


def _behind(found: Sequence[RepositoryHealth], most: int) -> list[str]:
    """At risk themselves and waiting on a root cause above: folded, so that the root cause stays in front."""
    if not found:
        return []
    return [
        f"In trouble themselves and behind one of these: {names([words.label(r.name, r.version) for r in found], most)}"
    ]


def _alone_line(repository: RepositoryHealth, voice: Voice) -> str:
    look = words.STATUS[repository.status]
    what = f"{look.symbol} {strong(shown(repository.name, repository.version))} is {look.word}"
    why = repository.blocker or repository.summary
    quoted = f' "{plain(why)}"' if why else ""
    owner = repository.lead or repository.captain
    late = max(0, (repository.eta - voice.assessment.plan.release_date).days) if repository.eta else 0
    return f"{what}{voice.since(repository.since)}.{quoted} {voice.expects(owner, repository.eta, late)}"


def _waiting(found: Sequence[Cause]) -> str:
    """What is simply not out yet: a fact, not a worry, so one line for all."""
    way = "is on its way" if len(found) == 1 else "are on their way"
    which = names([c.label for c in found], 3)
    return f"Besides, {words.count(len(found), 'dependency')} {way} and not out yet ({which}): no action now."
