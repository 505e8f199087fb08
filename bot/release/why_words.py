"""What one repository waits on, in the words that `/release why` and `convoy why` share.

How a name or somebody's sentence is shown (escaped, as a mention) is each reader's own business: they hand it in.
"""

from collections.abc import Callable, Sequence

from bot.release import outline, words
from bot.release.assessment import Assessment, DependencyVerdict, RepositoryHealth
from bot.release.folder import FeedState
from bot.release.outsiders import NO_EVIDENCE
from bot.release.status import Status

Name = Callable[[str, str | None], str]
"""Shows a name with its version, or with what is required of it."""


def headline(found: RepositoryHealth, waits: Sequence[DependencyVerdict], name: Name) -> str:
    """What it comes to, without a full stop. `waits`: what it still waits on, worst first."""
    who = name(found.name, found.version)
    if found.settled:
        return f"{who} is {words.STATUS[found.status].word}: it waits on nothing"
    if not found.dependencies:
        return f"{who} needs nothing from others"
    total = len(found.dependencies)
    if not waits:
        return f"{who} has all that it needs: {words.count(total, 'dependency')} ready"
    if len(waits) == 1:
        others = f", its {words.count(total - 1, 'other dependency', 'other dependencies')} ready" if total > 1 else ""
        needed = name(waits[0].name, waits[0].requirement)
        return f"{who} waits on {needed}: {words.VERDICT[waits[0].verdict].word}{others}"
    by_verdict = {v: sum(d.verdict is v for d in waits) for v in outline.URGENCY}
    said = ", ".join(f"{n:,} {words.VERDICT[v].word}" for v, n in by_verdict.items() if n)
    which = f"{len(waits):,} of its {total:,} dependencies"
    if total == len(waits):
        which = "both of its dependencies" if total == 2 else f"all {total:,} of its dependencies"
    return f"{who} waits on {which}: {said}"


def apart(
    waits: Sequence[DependencyVerdict],
) -> tuple[tuple[DependencyVerdict, ...], tuple[DependencyVerdict, ...]]:
    """What is told one by one, and what is outside the plan and publishes nothing: one thing to do, however many.

    One alone is told like the others, and so is that of which somebody accepted the risk.
    """
    mute = tuple(d for d in waits if d.evidence == NO_EVIDENCE and not d.accepted and not d.lapsed)
    if len(mute) < 2:
        return tuple(waits), ()
    return tuple(d for d in waits if d not in mute), mute


def held_up(assessment: Assessment, found: RepositoryHealth) -> tuple[str, ...]:
    """The other repositories that wait on it as a root cause."""
    root = next((r for r in assessment.root_causes if found.name in (r.name, *r.members)), None)
    return tuple(held for held in root.blocks if held != found.name) if root is not None else ()


def needing(assessment: Assessment, outsider: str) -> list[tuple[RepositoryHealth, DependencyVerdict]]:
    """Who needs something that is not in the plan, and how that stands for them; in plan order."""
    return [(r, d) for r in assessment.repositories for d in r.dependencies if d.name == outsider]


def unheard(found: RepositoryHealth, names: Callable[[Sequence[str]], str]) -> str:
    """Of which dependencies of a repository that is out nobody publishes whether they are there; empty without any."""
    mute = [d for d in found.dependencies if d.evidence == NO_EVIDENCE]
    if found.status is not Status.RELEASED or not mute:
        return ""
    which = names([words.label(d.name, d.requirement) for d in mute])
    they = "it is" if len(mute) == 1 else "they are"
    return f"It needs {which}: {they} outside the plan, and nobody publishes whether {they} there."


_GONE = {
    FeedState.MISSING: "has gone",
    FeedState.REFUSED: "was refused",
    FeedState.UNREACHABLE: "could not be reached",
}


def feed(found: RepositoryHealth, ask: str, told: Callable[[str], str]) -> str:
    """What its status rests on, how old that is, and where that is not good the sentence `ask`: who is to mend it.

    `told` shows somebody's plain text as a sentence.
    """
    age = f"{words.span(found.age)} old" if found.age is not None else "of unknown age"
    if found.feed in _GONE:
        because = f": {told(found.feed_reason)}" if found.feed_reason else "."
        return f"Its ga_status.json {_GONE[found.feed]}{because} The last good one, {age}, stays in force. {ask}"
    if found.feed is FeedState.NONE:
        return "It publishes no status of its own: people set it by hand."
    if found.status is Status.UNKNOWN or found.stale:
        return f"Its feed is {'stale' if found.stale else 'fresh, but says nothing certain'}: {age}. {ask}"
    hand = " People set its status by hand; that holds until the feed says something new." if found.by_hand else ""
    return f"Its feed is fresh: {age}.{hand}"
