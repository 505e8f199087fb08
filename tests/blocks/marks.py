"""Commits that tests of history speak of, and news with who brought them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from bot.release.history import Change, Kind
from bot.release.record import Difference, Mark, Told, Way

TUESDAY = datetime(2026, 3, 3, 6, 40, tzinfo=UTC)


def mark(number: int = 0, text: str = "Ana Diaz", *, tracked: bool = False, user: str | None = None) -> Mark:
    """The commit of so many hours before Tuesday morning."""
    at = TUESDAY - timedelta(hours=number)
    subject = "Track the status of the repositories" if tracked else f"Change number {number} by {text}"
    return Mark(f"{number + 1:02x}" * 20, text, "a@example.org", at, at, subject, user, tracked)


def told(found: Sequence[Change], text: str = "Ana Diaz") -> tuple[Told, ...]:
    """Statuses by passes, the rest by people: one with a Slack user, one without."""
    passes = (Kind.STATUS, Kind.RELEASED)
    return tuple(
        Told(
            change,
            mark(n % 7, text, tracked=change.kind in passes, user="UANA0000A" if n % 2 else None),
            1 + n % 3,
        )
        for n, change in enumerate(found)
    )


def difference(found: Sequence[Change], text: str = "Ana Diaz", *, opened: bool = False) -> Difference:
    """What changed within a week."""
    return Difference(told(found, text), mark(150, text), mark(0, text), opened)


def way(found: Sequence[Change], repository: str, text: str = "Ana Diaz", *, there: bool = True) -> Way:
    """The steps of one repository, some hours apart."""
    steps = tuple(Told(t.change, mark(n * 9, text, tracked=t.mark.tracked)) for n, t in enumerate(told(found, text)))
    return Way(repository, steps, there)
