"""What changed, in the words of a digest: short, the most important first, what belongs together counted together."""

from collections.abc import Iterable, Sequence
from datetime import date

from bot.blocks.text import name, plain, requirement
from bot.blocks.voice import Voice, names
from bot.release import words
from bot.release.history import Change, Kind
from bot.release.status import PlanStatus, Status, Verdict

_FEW, _SAID = 3, 120
_SCOPE = {Kind.SCOPE_ADDED: "+", Kind.SCOPE_DROPPED: "−"}


def told(found: Sequence[Change], voice: Voice) -> list[str]:
    """A phrase for each piece of news, in the order given; what came into the scope is one, and so is what left it.

    More than three that were released, or that went the same way, are one as well.
    """
    alike: dict[tuple[object, ...], list[Change]] = {}
    for number, change in enumerate(found):
        alike.setdefault(_likeness(change) or (number,), []).append(change)
    phrases: list[str] = []
    for same in alike.values():
        if same[0].kind in _SCOPE or len(same) > _FEW:
            phrases.append(_together(same))
        else:
            phrases += each(same, voice)
    return phrases


def _likeness(change: Change) -> tuple[object, ...]:
    """What changes of one phrase have in common; empty for a change that stands alone."""
    if change.kind in _SCOPE or change.kind is Kind.RELEASED:
        return (change.kind, change.outside)
    alone = change.kind is not Kind.STATUS or not change.repository
    return () if alone else (change.kind, change.before, change.after, change.outside)


def _together(same: Sequence[Change]) -> str:
    first, number = same[0], f"{len(same):,}"
    who = names([words.label(c.repository, c.version) for c in same], _FEW)
    if first.kind in _SCOPE:
        return f"scope {_SCOPE[first.kind]}{number} ({who})"
    if first.kind is Kind.RELEASED:
        return f"{number} {'from outside the plan out' if first.outside else 'released'} ({who})"
    where = " from outside the plan" if first.outside else ""
    return f"{number}{where} {_status(first.before)} → {_status(first.after)} ({who})"


def each(found: Iterable[Change], voice: Voice) -> list[str]:
    """One phrase for each change, nothing folded: for the thread."""
    return [phrase(c, voice) for c in found]


def phrase(change: Change, voice: Voice) -> str:
    """One change: `intelgraph-server on track → at risk`."""
    if change.outside:
        return _outside(change, voice)
    who = name(change.repository, change.version)
    match change.kind:
        case Kind.DATE | Kind.MILESTONE:
            return _date(change, voice)
        case Kind.RELEASED:
            return f"{who} released"
        case Kind.STATUS:
            if not change.repository:
                return f"the plan is {words.PLAN_STATUS[PlanStatus(change.after or '')]} now"
            return f"{name(change.repository)} {_status(change.before)} → {_status(change.after)}"
        case Kind.VERSION:
            before, after = change.before or "version not decided", change.after or "version not decided"
            return f"{name(change.repository)} {requirement(before)} → {requirement(after)}"
        case Kind.SCOPE_ADDED | Kind.SCOPE_DROPPED:
            return f"{who} {'came into' if change.kind is Kind.SCOPE_ADDED else 'left'} the scope"
        case Kind.DEPENDENCY:
            return _dependency(change)
        case Kind.RISK:
            return _risk(change, voice)
        case Kind.NEED_BY:
            return _need_by(change, voice)
        case Kind.LEAD | Kind.GROUP:
            return _hands(change, voice)


def _outside(change: Change, voice: Voice) -> str:
    """The same for something that the plan needs from outside it: `common-utils (not in the plan): …`."""
    if change.kind is Kind.RELEASED:
        return f"{name(change.repository, change.version)} (not in the plan) is out"
    what = f"{name(change.repository)} (not in the plan)"
    if change.kind is Kind.STATUS:
        return f"{what}: {_status(change.before)} → {_status(change.after)}"
    if change.kind is Kind.VERSION:
        return f"{what}: {requirement(change.before)} → {requirement(change.after)}"
    return _date(change, voice)


def _status(word: str | None) -> str:
    if word is None:
        return "nobody publishes it"
    return words.STATUS[Status(word or "")].word


def _date(change: Change, voice: Voice) -> str:
    before, after = (date.fromisoformat(day) if day else None for day in (change.before, change.after))
    if change.kind is Kind.MILESTONE:
        return _milestone(change.milestone, before, after, voice)
    what = f"{name(change.repository, change.version)} expected" if change.repository else "release date"
    if after is None:
        return f"{name(change.repository, change.version)} has no date any more"
    if before is None:
        return f"{what} {voice.on(after)}"
    return f"{what} {_moved(before, after, voice)}"


def _milestone(called: str, before: date | None, after: date | None, voice: Voice) -> str:
    what = f"milestone {name(called)}"
    if after is None:
        return f"{what} dropped"
    return f"{what} {_moved(before, after, voice)}" if before else f"{what} on {voice.on(after)} is new"


def _moved(before: date, after: date, voice: Voice) -> str:
    """`Sun 15 Mar → Sun 22 Mar, 7 days later`."""
    days = (after - before).days
    by = f"{words.count(abs(days), 'day')} {'later' if days > 0 else 'earlier'}"
    return f"{voice.on(before)} → {voice.on(after)}, {by}"


def _hands(change: Change, voice: Voice) -> str:
    """Who answers for it, or where it belongs."""
    if change.kind is Kind.LEAD:
        what = name(change.repository or change.group or "the whole plan")
        return f"{what} is in the hands of {voice.who(change.after) or 'nobody'} now"
    if not change.repository:
        return f"{name(change.before)} is called {name(change.after)} now"
    return f"{name(change.repository)} moved from {name(change.before)} to {name(change.after)}"


def _need_by(change: Change, voice: Voice) -> str:
    before, after = (voice.on(date.fromisoformat(day)) if day else None for day in (change.before, change.after))
    what = f"{name(change.repository)} needs {name(change.dependency)}"
    if after is None:
        return f"{what} by no day of its own any more, {before} before"
    return f"{what} by {before} → {after}" if before is not None else f"{what} by {after} now"


def _dependency(change: Change) -> str:
    who, what = name(change.repository), name(change.dependency)
    if change.verdict:
        before, after = (words.VERDICT[Verdict(word or "")].word for word in (change.before, change.after))
        return f"what {who} needs of {what}: {before} → {after}"
    if change.before is None:
        return f"{who} needs {what} {requirement(change.after)}"
    if change.after is None:
        return f"{who} needs {what} no more"
    return f"{who} needs {what} {requirement(change.before)} → {requirement(change.after)}"


def _risk(change: Change, voice: Voice) -> str:
    """`summit-app: risk of intelgraph-server accepted until Fri 20 Mar: "we ship our own"`."""
    what = f"{name(change.repository)}: risk of {name(change.dependency)}"
    if change.after is None:
        return f"{what} accepted no more"
    before, after = (voice.on(date.fromisoformat(word)) if word else "" for word in (change.before, change.after))
    until = f"{before} → {after}" if before and before != after else after
    said = f': "{plain(change.said, _SAID)}"' if change.said.strip() else ""
    return f"{what} accepted until {until}{said}"
