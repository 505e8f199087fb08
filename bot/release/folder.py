"""Everything Convoy keeps about one plan, as one immutable value: what lies in `plans/<slug>/` at one commit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.release.ga_status import StatusDocument
from bot.release.plan import PlanDocument
from bot.release.published import Published
from bot.release.status import Status


class FeedState(StrEnum):
    """What the last pass found at a repository's source."""

    FRESH = "fresh"  # a document was read and accepted
    MISSING = "missing"  # there was one and it has gone; the last good one stays in force
    REFUSED = "refused"  # what is there is not a valid document; the last good one stays in force
    UNREACHABLE = "unreachable"  # the source did not answer; the last good one stays in force
    NONE = "none"  # there never was one: people set the status by hand


@dataclass(frozen=True, slots=True)
class Tracked:
    """What passes remember of one repository (kept in `plans/<slug>/tracking.json`).

    `since`: when its status last changed as far as Convoy saw. `reason`: why the feed is not fresh, for people.
    `feed_since`: since when the feed is in that state. `by_hand_at`: when a person set the status although there is a
    feed; it holds until the feed says something new.
    """

    status: Status
    since: datetime
    feed: FeedState = FeedState.NONE
    feed_since: datetime | None = None
    reason: str = ""
    by_hand_at: datetime | None = None


@dataclass(frozen=True)
class PlanFolder:
    """One plan with the last accepted status documents, what passes remember, and the versions that are out.

    All but the plan is keyed by repository name.
    """

    document: PlanDocument
    reports: Mapping[str, StatusDocument] = field(default_factory=dict)
    tracking: Mapping[str, Tracked] = field(default_factory=dict)
    published: Mapping[str, Published] = field(default_factory=dict)
