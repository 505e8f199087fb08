"""What changed and what could not be read, in plain words for a terminal or a CI log: one line each."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from bot.release.folder import PlanFolder
from bot.release.history import Change, Kind
from bot.release.words import clean, label, span


def in_words(change: Change) -> str:
    """One change as one line, such as `intelgraph-server: ON_TRACK → AT_RISK`."""
    before, after = change.before or "none", change.after or "none"
    match change.kind:
        case Kind.SCOPE_ADDED:
            return f"{label(change.repository, change.version)}: added to {change.group}"
        case Kind.SCOPE_DROPPED:
            return f"{label(change.repository, change.version)}: dropped from {change.group}"
        case Kind.RELEASED:
            return f"{label(change.repository, change.version)}: released"
        case Kind.DEPENDENCY:
            return f"{change.repository}: needs {change.dependency}: {before} → {after}"
        case Kind.RISK:
            return _risk(change)
        case Kind.NEED_BY:
            days = f"{change.before or 'no day'} → {change.after or 'no day'}"
            return f"{change.repository}: needs {change.dependency} by: {days}"
        case Kind.GROUP:
            return (
                f"{change.repository}: moved from {before} to {after}"
                if change.repository
                else (f"{before}: the group is called {after} now")
            )
        case Kind.VERSION:
            return f"{change.repository}: version {change.before or 'not decided'} → {change.after or 'not decided'}"
        case Kind.LEAD:
            return f"{change.repository or change.group or 'plan'}: captain {before} → {after}"
        case Kind.DATE | Kind.MILESTONE:
            return _date(change)
        case Kind.STATUS:
            return f"{change.repository or 'plan'}: {before} → {after}"


def _date(change: Change) -> str:
    """The release date, a milestone, or the date on which a repository is expected, as it moved."""
    before, after = change.before, change.after
    if change.kind is Kind.MILESTONE:
        return f"milestone {change.milestone}: {before or 'not there'} → {after or 'dropped'}"
    if not change.repository:
        return f"release date: {before} → {after}"
    if after is None:
        return f"{change.repository}: no date expected any more ({before} before)"
    return f"{change.repository}: expected on {after} ({before or 'no date'} before)"


def _risk(change: Change) -> str:
    """A risk that somebody accepted, or does no more."""
    what = f"{change.repository}: risk of {change.dependency}"
    if change.after is None:
        return f"{what} accepted no more (until {change.before} before)"
    before = f" ({change.before} before)" if change.before and change.before != change.after else ""
    return f"{what} accepted until {change.after}{before}{f': {clean(change.said)}' if change.said.strip() else ''}"


def not_read(reasons: Mapping[str, str], folder: PlanFolder, at: datetime) -> Iterator[str]:
    """What stays in force for every document that could not be read, by name."""
    for name, reason in sorted(reasons.items()):
        report = folder.reports.get(name)
        if report is None:
            yield f"{name}: {reason}; there is no earlier document, so its status stays as people gave it"
        else:
            age = span(at - report.status.updated_at)
            yield f"{name}: {reason}; the last good document, {age} old, stays in force"


def not_listed(reasons: Mapping[str, str]) -> Iterator[str]:
    """Whose published versions could not be read, by name."""
    for name, reason in sorted(reasons.items()):
        yield f"{name}: its published versions could not be read: {reason}; what was known of them before still counts"
