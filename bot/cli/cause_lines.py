"""A root cause in the lines below the table of `convoy status`, and what `convoy why` tells of one."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from bot.release.outline import Cause
from bot.release.waiver_words import accepted, back
from bot.release.words import as_sentence, count, listing, sentence, stopped


def cause_lines(cause: Cause) -> Iterator[str]:
    """What it is and who needs it; below, why, what to do and who accepted it, as Slack and RELEASE_PLAN.md say it."""
    root = cause.root
    captains = listing(root.captains) or "none named"
    needed = f"needed by {listing(root.blocks)}, captains {captains}"
    if cause.freed_captains and cause.kind.value != "UNKNOWN":
        needed += f"; frees {listing(cause.freed_captains)}"
    yield f"{cause.kind.value}: {cause.label}{whose(cause)}; {needed}"
    told = " ".join(sentence(text) for text in (cause.reason, cause.advice) if text)
    rests = f" Evidence: {cause.evidence}." if cause.evidence else ""
    if told:
        yield f"  {told}{rests}"
    yield from (f"  {line}" for line in lived_with(cause))


def whose(cause: Cause) -> str:
    """` (Bo), expected on 2026-03-18, 3 days late`, as far as it is known."""
    root = cause.root
    owner = f" ({listing(cause.owners)})" if cause.owners else ""
    late = f", {count(root.late_days, 'day')} late" if root.late_days else ""
    return f"{owner}, expected on {root.eta.isoformat()}{late}" if root.eta is not None else owner


def lived_with(cause: Cause, own: str | None = None) -> Iterator[str]:
    """Who accepted its risk and until when, and which accepted risks are back and why; of one repository with `own`."""
    if own is not None:
        mine = tuple(pair for pair in cause.accepted if pair[0] == own)
        cause = replace(cause, accepted=mine, lapsed=tuple(pair for pair in cause.lapsed if pair[0] == own))
    if cause.accepted:
        yield as_sentence(accepted(cause, date.isoformat, None if own is None else {own}))
    yield from (stopped(line) for line in back(cause, date.isoformat))
