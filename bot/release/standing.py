"""Where one repository stands by its own evidence: the plan, its status document, and what people set by hand.

Nothing here looks at dependencies; `verdicts.py` and `causes.py` do.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bot.release import version as versions
from bot.release.evidence import Claim, Evidence, evidence_of
from bot.release.folder import FeedState, PlanFolder, Tracked
from bot.release.ga_status import GaStatus
from bot.release.plan import Plan, Repository
from bot.release.published import Published
from bot.release.status import Status
from bot.release.words import count

AHEAD = timedelta(hours=24)
"""How far ahead of us a document may be dated: clocks and zones differ, by less than a day."""
NOT_FRESH = frozenset({FeedState.MISSING, FeedState.REFUSED, FeedState.UNREACHABLE})


@dataclass(frozen=True, slots=True)
class Standing:
    """One repository's own state at a moment.

    `published` are versions that somebody says to be out, each with who says so; `evidence` is the list of those that
    can be seen, `doubted` what of `published` that list contradicts. `feed_status` is what the document alone says
    (None: no document, or it speaks of another version). `in_plan` is False for a dependency from outside.
    """

    name: str
    version: str | None
    status: Status
    published: tuple[tuple[str, str], ...] = ()
    in_plan: bool = True
    by_hand: bool = True
    expired: bool = False
    stale: bool = False
    age: timedelta | None = None
    eta: date | None = None
    document: GaStatus | None = None
    tracked: Tracked | None = None
    feed_status: Status | None = None
    contradictions: tuple[str, ...] = ()
    evidence: Evidence | None = None
    doubted: frozenset[str] = frozenset()

    @property
    def label(self) -> str:
        """The name with the version that the train ships, as people say it."""
        return f"{self.name} {self.version}" if self.version else self.name


def speaks_of(document: GaStatus, version: str | None) -> bool:
    """Whether the document's status is about the version that the plan ships (a document without version is)."""
    if document.version is None or version is None:
        return True
    return versions.same(document.version, version) is True or document.version == version


def expired(document: GaStatus, now: datetime) -> bool:
    """Whether the document is past the lifetime that it declared itself. What is RELEASED does not age."""
    if document.ttl_hours is None or document.status is Status.RELEASED:
        return False
    return from_the_future(document, now) or now - document.updated_at > timedelta(hours=document.ttl_hours)


def from_the_future(document: GaStatus, now: datetime) -> bool:
    """Whether the document is dated so far ahead that its age means nothing: it would never become old."""
    return document.updated_at - now > AHEAD


def feed_status(document: GaStatus, version: str | None, now: datetime) -> Status | None:
    """What the document says of the plan's version: None when it speaks of another one, UNKNOWN when it expired."""
    if not speaks_of(document, version):
        return None
    return Status.UNKNOWN if expired(document, now) else document.status


def of_repository(repository: Repository, folder: PlanFolder, now: datetime) -> Standing:
    """The standing of a repository of the plan."""
    found = _of_repository(repository, folder, now)
    listed = folder.published.get(repository.name)
    evidence = evidence_of(listed, repository.version, now, repository.tag_prefix, repository.packages)
    if evidence is None:
        ahead = _list_ahead(repository.name, listed, now)
        return replace(found, contradictions=(*found.contradictions, *ahead)) if ahead else found
    wrong = {said: claim.version for claim in _claims(found) if (said := evidence.against(claim)) is not None}
    contradictions, doubted = (*found.contradictions, *wrong), frozenset(wrong.values())
    return replace(found, evidence=evidence, contradictions=contradictions, doubted=doubted)


def _of_repository(repository: Repository, folder: PlanFolder, now: datetime) -> Standing:
    tracked = folder.tracking.get(repository.name)
    report = folder.reports.get(repository.name)
    if report is None:
        return _by_hand(repository, tracked)
    document = report.status
    from_feed = feed_status(document, repository.version, now)
    # DROPPED is a decision about the plan, so no feed revives it; by_hand_at is a person's word against an older feed.
    kept = repository.status is Status.DROPPED or (tracked is not None and tracked.by_hand_at is not None)
    status = repository.status if kept or from_feed is None else from_feed
    plan, too_old = folder.document.plan, expired(document, now)
    # What people set by hand goes on without the date of a feed that expired since.
    dated = from_feed is not None and not (kept and too_old)
    return Standing(
        name=repository.name,
        version=repository.version,
        status=status,
        published=_published(repository, document, status, from_feed if not kept else None),
        by_hand=kept,
        expired=too_old,
        stale=_stale(plan, document, status, tracked, now),
        age=max(now - document.updated_at, timedelta()),
        eta=(document.eta_date if dated else None) or repository.eta,
        document=document,
        tracked=tracked,
        feed_status=from_feed,
        contradictions=(
            *_contradictions(repository, document, status, from_feed, kept=kept),
            *_dated_ahead(repository.name, document, status, now),
        ),
    )


def of_outsider(name: str, folder: PlanFolder, now: datetime) -> Standing:
    """The standing of a dependency that is not in the plan: what its document says, when it publishes one."""
    report = folder.reports.get(name)
    if report is None:
        tracked, seen = folder.tracking.get(name), evidence_of(folder.published.get(name), None, now)
        return Standing(name, None, Status.UNKNOWN, in_plan=False, by_hand=False, tracked=tracked, evidence=seen)
    row = Repository(name=name, version=report.status.version, status=Status.UNKNOWN)
    return replace(of_repository(row, folder, now), in_plan=False, by_hand=False)


def _by_hand(repository: Repository, tracked: Tracked | None) -> Standing:
    out = repository.status is Status.RELEASED and repository.version is not None
    return Standing(
        name=repository.name,
        version=repository.version,
        status=repository.status,
        published=((str(repository.version), "released, as people set by hand"),) if out else (),
        stale=_unread(repository.status, tracked),
        eta=repository.eta,
        tracked=tracked,
    )


def _unread(status: Status, tracked: Tracked | None) -> bool:
    """Whether there should be a document and none could ever be read: somebody has to look at that feed."""
    return status not in (Status.RELEASED, Status.DROPPED) and tracked is not None and tracked.feed in NOT_FRESH


def _published(
    repository: Repository, document: GaStatus, status: Status, from_feed: Status | None
) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    if status is Status.RELEASED and from_feed is None and repository.version is not None:
        found.append((repository.version, "the plan says RELEASED"))
    day = document.updated_at.date().isoformat()
    if document.status is Status.RELEASED:
        released = document.version or repository.version
        if released is not None:
            found.append((released, f"its feed says RELEASED (updated {day})"))
    if document.latest_version is not None:
        found.append((document.latest_version, f"its feed names it as the newest published version (updated {day})"))
    return tuple(found)


def _claims(standing: Standing) -> Iterator[Claim]:
    """What was said to be out, to be held against what can be seen."""
    document, tracked = standing.document, standing.tracked
    if (
        document is not None
        and document.status is Status.RELEASED
        and (version := document.version or standing.version)
    ):
        yield Claim(version, f"the feed of {standing.name} says RELEASED of {version}", document.updated_at)
    if document is not None and document.latest_version is not None:
        newest = document.latest_version
        yield Claim(newest, f"the feed of {standing.name} names {newest} as published", document.updated_at)
    if standing.by_hand and standing.status is Status.RELEASED and standing.version and tracked is not None:
        yield Claim(standing.version, f"{standing.label} is RELEASED, as people set by hand", tracked.since)


def _stale(plan: Plan, document: GaStatus, status: Status, tracked: Tracked | None, now: datetime) -> bool:
    if status in (Status.RELEASED, Status.DROPPED):
        return False
    if tracked is not None and tracked.feed in NOT_FRESH:
        return True
    return (
        from_the_future(document, now)
        or expired(document, now)
        or now - document.updated_at > timedelta(hours=plan.stale_after_hours)
    )


def _dated_ahead(name: str, document: GaStatus, status: Status, now: datetime) -> tuple[str, ...]:
    if status in (Status.RELEASED, Status.DROPPED) or not from_the_future(document, now):
        return ()
    ahead = count((document.updated_at - now).days, "day")
    return (f"the feed of {name} is dated {ahead} in the future, so nobody can tell how old it is: its clock is wrong",)


def _list_ahead(name: str, listed: Published | None, now: datetime) -> tuple[str, ...]:
    if listed is None or not listed.is_dated_ahead(now):
        return ()
    ahead = count((listed.as_of - now).days, "day")
    return (f"the list of published versions of {name} is dated {ahead} in the future, so it proves nothing",)


def _contradictions(
    repository: Repository, document: GaStatus, status: Status, from_feed: Status | None, *, kept: bool
) -> tuple[str, ...]:
    found: list[str] = []
    if from_feed is None:
        found.append(
            f"the plan ships {repository.version}, but the feed of {repository.name} speaks of {document.version} "
            f"({document.status.value}), so it moves no status"
        )
    elif kept and from_feed is not status:
        found.append(f"{repository.name} is {status.value} by hand, but its feed says {from_feed.value}")
    return tuple(found)
