"""The small pieces of Markdown that every chapter of the dashboard is made of. What comes in is escaped already."""

from collections.abc import Iterator, Mapping, Sequence

from bot.markdown.escape import name
from bot.release import words
from bot.release.outline import Tally
from bot.release.status import Status, Verdict


def head(*titles: str) -> tuple[str, str]:
    """The first two lines of a table."""
    return row(*titles), row(*("---" for _ in titles))


def row(*cells: str) -> str:
    """One line of a table."""
    return f"| {' | '.join(cells)} |"


def counts(t: Tally) -> str:
    """`18 of 34 ready or released · 3 at risk`; what is zero is left out."""
    if not t.total:
        return "No repository is in this plan yet."
    kinds = (Status.AT_RISK, Status.BLOCKED, Status.UNKNOWN, Status.NOT_STARTED, Status.DROPPED)
    said = [f"{t.done:,} of {t.total:,} ready or released"]
    said += [f"{t.of(k):,} {words.STATUS[k].word}" for k in kinds if t.of(k)]
    return " · ".join(said)


def names(found: Sequence[str], most: int) -> str:
    """Names from outside in a row: `a, b and 3 more`."""
    shown = [name(n) for n in found[:most]]
    return words.listing(shown, most) if len(found) <= most else f"{', '.join(shown)} and {len(found) - most:,} more"


def legend() -> Iterator[str]:
    """What the signs mean."""
    looks: Mapping[str, str] = {
        **{look.symbol: look.word for look in words.STATUS.values()},
        **{words.VERDICT[v].symbol: words.VERDICT[v].word for v in (Verdict.WAITING, Verdict.MISMATCH)},
    }
    yield "---"
    yield ""
    yield "Signs: " + " · ".join(f"{symbol} {word}" for symbol, word in looks.items())
