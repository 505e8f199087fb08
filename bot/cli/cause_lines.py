"""A root cause in the lines below the table of `convoy status`."""

from collections.abc import Iterator
from datetime import date

from bot.release.outline import Cause
from bot.release.waiver_words import accepted, back
from bot.release.words import as_sentence, count, listing, sentence, stopped


def cause_lines(cause: Cause) -> Iterator[str]:
    """What it is and who needs it; below, why, what to do and who accepted it, as Slack and RELEASE_PLAN.md say it."""
    root = cause.root
    owner = f" ({listing(cause.owners)})" if cause.owners else ""
    late = f", {count(root.late_days, 'day')} late" if root.late_days else ""
    expected = f", expected on {root.eta.isoformat()}{late}" if root.eta is not None else ""
    captains = listing(root.captains) or "none named"
    needed = f"needed by {listing(root.blocks)}, captains {captains}"
    if cause.freed_captains and cause.kind.value != "UNKNOWN":
        needed += f"; frees {listing(cause.freed_captains)}"
    yield f"{cause.kind.value}: {cause.label}{owner}{expected}; {needed}"
    told = " ".join(sentence(text) for text in (cause.reason, cause.advice) if text)
    rests = f" Evidence: {cause.evidence}." if cause.evidence else ""
    if told:
        yield f"  {told}{rests}"
    if cause.accepted:
        yield f"  {as_sentence(accepted(cause, date.isoformat))}"
    yield from (f"  {stopped(line)}" for line in back(cause, date.isoformat))
