"""A tracking pass on a plan: it takes in what is new, keeps what is good, and undoes nothing that people did."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.release import documents
from bot.release.edits import Conflict, SetStatus, SetVersion
from bot.release.folder import FeedState, PlanFolder, Tracked
from bot.release.ga_status import StatusDocument
from bot.release.passes import Observation, RecordPass, watched
from bot.release.readiness import evaluate
from bot.release.status import Status
from tests.store.kit import plan, report

AT = datetime(2026, 3, 3, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
GONE = Observation(FeedState.MISSING, reason="there is no file")
BAD = Observation(FeedState.REFUSED, reason="x.json:3: no")
DOWN = Observation(FeedState.UNREACHABLE, reason="no answer")


def saw(status: str = "ON_TRACK", repository: str = "server", **more: Any) -> Observation:
    """A document of noon, the moment of most passes."""
    return Observation(FeedState.FRESH, report(repository, status, **{"updatedAt": "2026-03-03T12:00:00Z", **more}))


def run(folder: PlanFolder, at: datetime = AT, **seen: Observation) -> PlanFolder:
    """The folder after a pass that saw this (`_` stands for `-` in names)."""
    after = RecordPass({n.replace("_", "-"): o for n, o in seen.items()}, "pass", at).apply(folder)
    assert isinstance(after, PlanFolder), after
    return after


def start(**changes: Any) -> PlanFolder:
    """A plan that a first pass found nothing for."""
    return run(PlanFolder(plan(**changes)), AT - 24 * HOUR)


def status(folder: PlanFolder, name: str = "server") -> Status:
    """What stands in the plan file."""
    found = folder.document.plan.find(name)
    assert found is not None
    return found[1].status


def needs(*names: str) -> PlanFolder:
    """A plan whose only repository needs things from outside it."""
    row = {"name": "app", "version": "v1", "status": "ON_TRACK", "dependencies": [{"name": n} for n in names]}
    return PlanFolder(plan(releaseGroups=[{"name": "G", "lead": "L", "repositories": [row]}]))


def test_a_first_pass_takes_in_every_document_and_writes_the_status_only() -> None:
    before = start()
    after = run(before, server=saw("BLOCKED"), summit_app=saw("AT_RISK", "summit-app"))
    assert (status(after), status(after, "summit-app")) == (Status.BLOCKED, Status.AT_RISK)
    assert after.tracking["server"] == Tracked(Status.BLOCKED, AT, FeedState.FRESH, AT)
    was, now = (documents.dump_json(f.document.raw).decode().splitlines() for f in (before, after))
    differ = [(old.strip(), new.strip()) for old, new in zip(was, now, strict=True) if old != new]
    assert differ == [
        ('"status": "ON_TRACK",', '"status": "AT_RISK",'),
        ('"status": "AT_RISK",', '"status": "BLOCKED",'),
    ]


def test_the_same_again_is_the_very_same_folder() -> None:
    seen = {"server": saw("BLOCKED"), "summit_app": BAD}
    after = run(start(), **seen)
    assert run(after, AT + HOUR, **seen) is after
    assert run(after, AT + 5 * HOUR) is after


def test_a_pass_over_a_plan_that_is_gone_is_refused() -> None:
    assert isinstance(RecordPass({}, "pass", AT).apply(None), Conflict)


@pytest.mark.parametrize(
    ("trouble", "feed"),
    [(GONE, FeedState.MISSING), (BAD, FeedState.REFUSED), (DOWN, FeedState.UNREACHABLE)],
)
def test_the_last_good_document_stays_in_force_and_is_stale(trouble: Observation, feed: FeedState) -> None:
    good = run(start(), server=saw("BLOCKED"))
    after = run(good, AT + HOUR, server=trouble)
    assert after.reports["server"] is good.reports["server"]
    assert after.document is good.document
    assert after.tracking["server"] == Tracked(Status.BLOCKED, AT, feed, AT + HOUR, trouble.reason)
    server = next(r for r in evaluate(after, AT + HOUR).repositories if r.name == "server")
    assert (server.status, server.stale, server.age) == (Status.BLOCKED, True, HOUR)
    # Still in trouble: since when does not move, so there is nothing to commit.
    assert run(after, AT + 2 * HOUR, server=trouble) is after
    back = run(after, AT + 3 * HOUR, server=saw("BLOCKED"))
    assert back.tracking["server"] == Tracked(Status.BLOCKED, AT, FeedState.FRESH, AT + 3 * HOUR)


def test_one_in_trouble_never_touches_the_others() -> None:
    after = run(start(), server=BAD, summit_app=saw("READY", "summit-app"))
    assert (status(after), status(after, "summit-app")) == (Status.AT_RISK, Status.READY)
    assert set(after.reports) == {"summit-app"}


def test_what_never_published_anything_keeps_what_people_gave_it() -> None:
    before = start()
    after = run(before, server=GONE)
    assert after is before
    assert after.tracking["server"].feed is FeedState.NONE
    assert next(r for r in evaluate(after, AT).repositories if r.name == "server").by_hand
    refused = run(before, server=BAD)
    assert (status(refused), refused.tracking["server"].reason) == (Status.AT_RISK, BAD.reason)


def test_since_moves_with_the_status_and_not_with_the_document() -> None:
    first = run(start(), server=saw("BLOCKED"))
    again = run(first, AT + HOUR, server=saw("BLOCKED", summary="still", updatedAt="2026-03-03T12:30:00Z"))
    assert again.tracking["server"].since == AT
    assert again.reports["server"].status.summary == "still"
    assert again.document is first.document
    changed = run(again, AT + 2 * HOUR, server=saw("READY"))
    assert (changed.tracking["server"].since, status(changed)) == (AT + 2 * HOUR, Status.READY)


def test_the_first_document_says_since_when_and_never_a_later_day_than_known() -> None:
    known = run(start(), server=GONE)  # AT_RISK in the plan, seen a day earlier
    assert known.tracking["server"].since == AT - 24 * HOUR
    same = run(known, server=saw("AT_RISK"))
    assert same.tracking["server"].since == AT - 24 * HOUR
    older = run(known, server=saw("AT_RISK", updatedAt="2026-03-01T10:00:00Z"))
    assert older.tracking["server"].since == datetime(2026, 3, 1, 10, tzinfo=UTC)
    ahead = run(known, server=saw("BLOCKED", updatedAt="2026-03-03T20:00:00Z"))
    assert ahead.tracking["server"].since == AT


def test_a_status_by_hand_holds_until_the_feed_says_something_new() -> None:
    fed = run(start(), server=saw("AT_RISK"))
    by_hand = SetStatus("e", AT + HOUR, "server", Status.BLOCKED).apply(fed)
    assert isinstance(by_hand, PlanFolder)
    same = run(by_hand, AT + 2 * HOUR, server=saw("AT_RISK"))
    assert same is by_hand
    assert status(run(by_hand, AT + 2 * HOUR, server=GONE)) is Status.BLOCKED
    news = run(same, AT + 3 * HOUR, server=saw("AT_RISK", summary="looked again"))
    assert (status(news), news.tracking["server"].by_hand_at) == (Status.AT_RISK, None)


def test_a_repository_that_was_dropped_is_not_revived_by_its_feed() -> None:
    fed = run(start(), server=saw("AT_RISK"))
    dropped = SetStatus("e", AT, "server", Status.DROPPED).apply(fed)
    assert isinstance(dropped, PlanFolder)
    assert status(run(dropped, AT + HOUR, server=saw("RELEASED", summary="new"))) is Status.DROPPED


def test_a_document_of_another_version_moves_no_status() -> None:
    after = run(start(), server=saw("RELEASED", version="v1.4.0", latestVersion="v1.4.0"))
    assert status(after) is Status.AT_RISK
    moved = SetVersion("e", AT, "server", "v1.4.0").apply(after)
    assert isinstance(moved, PlanFolder)
    assert status(run(moved, AT + HOUR)) is Status.RELEASED


def test_a_document_past_its_own_lifetime_becomes_unknown_without_anything_new() -> None:
    fed = run(start(), server=saw("ON_TRACK", ttlHours=3))
    assert status(fed) is Status.ON_TRACK
    late = run(fed, AT + 5 * HOUR, server=saw("ON_TRACK", ttlHours=3))
    assert (status(late), late.tracking["server"].since) == (Status.UNKNOWN, AT + 5 * HOUR)
    assert status(run(late, AT + 6 * HOUR, server=saw("ON_TRACK", ttlHours=300))) is Status.ON_TRACK


def test_what_people_edited_while_the_pass_was_reading_is_kept() -> None:
    """The pass saw the plan of before; the store applies it to the newest one."""
    seen = RecordPass({"server": saw("BLOCKED"), "old": saw("READY", "old")}, "pass", AT)
    edited = SetVersion("e", AT, "summit-app", "v3.1.0").apply(start(releaseDate="2026-04-01"))
    assert isinstance(edited, PlanFolder)
    after = seen.apply(edited)
    assert isinstance(after, PlanFolder)
    found = after.document.plan.find("summit-app")
    assert found is not None
    assert (found[1].version, after.document.plan.release_date.isoformat()) == ("v3.1.0", "2026-04-01")
    assert status(after) is Status.BLOCKED
    assert set(after.reports) == {"server"}  # nobody watches `old` any more


def test_what_a_plan_needs_from_outside_is_watched_too() -> None:
    before = needs("openssl", "zlib")
    assert list(watched(before.document.plan)) == ["app", "openssl", "zlib"]
    after = run(before, openssl=saw("RELEASED", "openssl", version="3.0", latestVersion="3.0"), zlib=GONE)
    assert set(after.reports) == {"openssl"}
    assert after.tracking["openssl"].feed is FeedState.FRESH
    assert "zlib" not in after.tracking
    assert after.document is before.document
    assert run(after, AT + HOUR, openssl=after_again(after), zlib=GONE) is after
    # No longer needed, no longer kept.
    dropped = run(PlanFolder(needs("zlib").document, after.reports, after.tracking), AT + HOUR)
    assert (dropped.reports, set(dropped.tracking)) == ({}, {"app"})


def after_again(folder: PlanFolder) -> Observation:
    """The same document, read anew from the same text."""
    document = documents.parse_status(documents.dump_json(folder.reports["openssl"].raw))
    assert isinstance(document, StatusDocument)
    return Observation(FeedState.FRESH, document)


def test_a_repository_that_people_pushed_is_remembered_from_the_next_pass_on() -> None:
    after = run(PlanFolder(plan()), server=saw("AT_RISK"))
    assert after.tracking["summit-app"] == Tracked(Status.ON_TRACK, AT)
    assert after.tracking["server"] == Tracked(Status.AT_RISK, AT, FeedState.FRESH, AT)


def test_a_repository_stands_as_its_first_document_says_since_that_documents_day() -> None:
    morning = "2026-03-03T07:00:00Z"
    heard = run(PlanFolder(plan()), server=saw("AT_RISK", updatedAt=morning))
    assert heard.tracking["server"].since == AT - 5 * HOUR
    # A later change is dated by the pass that saw it.
    later = run(heard, AT + HOUR, server=saw("BLOCKED", updatedAt=morning))
    assert later.tracking["server"].since == AT + HOUR
    # Memory that was lost is made anew from the documents that are kept.
    lost = PlanFolder(heard.document, heard.reports, {})
    assert run(lost, server=saw("AT_RISK", updatedAt=morning)).tracking["server"].since == AT - 5 * HOUR


def test_a_pass_makes_no_plan_and_says_what_it_does() -> None:
    outcome = RecordPass({}, "pass", AT).apply(None)
    assert isinstance(outcome, Conflict)
    assert outcome.reason == "there is no such plan"
    assert RecordPass({}, "pass", AT).subject() == "Track the status of the repositories"
