"""What changed, in plain words for a terminal or a CI log: one line each."""

from bot.release.history import Change, Kind
from bot.release.words import label


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
        case Kind.VERSION:
            return f"{change.repository}: version {change.before or 'not decided'} → {change.after or 'not decided'}"
        case Kind.LEAD:
            return f"{change.repository or change.group}: captain {before} → {after}"
        case Kind.DATE:
            return f"{change.repository or 'release date'}: {before} → {after}"
        case Kind.STATUS:
            return f"{change.repository or 'plan'}: {before} → {after}"
