"""What a slip would do: who waits, whose date moves, who becomes late, whose verdict changes. Nothing is written."""

import copy
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.release.dates import dates
from bot.release.folder import PlanFolder
from bot.release.impact import Impact, NoImpact, impact, suppose
from bot.release.moments import FIRST, LAST, Unclear
from bot.release.readiness import evaluate
from bot.release.slips import CountedFrom, as_typed, read_slip
from bot.release.status import Verdict
from tests.release.test_dates import trains
from tests.release.trains import NOW, RELEASE, TODAY, mar, needs, repo, train

LAUNCH = (
    repo("summit-app", "intelgraph", "common-utils"),
    repo("mobile-app", "summit-app", eta=mar(14)),
    repo("intelgraph", eta=mar(12)),
    repo("docs", eta=mar(4)),
    repo("old-app", "intelgraph", status="RELEASED"),
)


def answer(folder: PlanFolder, name: str, slip: timedelta | date | None = None) -> Impact:
    found = impact(folder, NOW, name, slip)
    assert isinstance(found, Impact), found
    return found


def refusal(folder: PlanFolder, name: str, slip: timedelta | date | None = None) -> str:
    found = impact(folder, NOW, name, slip)
    assert isinstance(found, NoImpact), found
    return found.reason


def days(number: int) -> timedelta:
    return timedelta(days=number)


def test_without_a_slip_it_tells_who_waits() -> None:
    found = answer(train(*LAUNCH), "intelgraph")
    assert [(w.name, w.direct, w.lead) for w in found.waiting] == [
        ("summit-app", True, "lead-summit-app"),
        ("mobile-app", False, "lead-mobile-app"),
    ]
    assert found.captains == ("lead-mobile-app", "lead-summit-app")
    assert (found.slip, found.moved, found.verdicts, found.late) == (None, (), (), ())
    assert (found.subject.name, found.subject.earliest, found.today) == ("intelgraph", mar(12), TODAY)


def test_a_slip_inside_the_time_that_is_left_moves_dates_and_makes_nobody_late() -> None:
    found = answer(train(*LAUNCH), "intelgraph", days(3))
    assert found.slip is not None
    assert (found.slip.start, found.slip.to, found.slip.counted) == (mar(12), mar(15), CountedFrom.ETA)
    assert {m.after.name: (m.before.earliest, m.after.earliest, m.days) for m in found.moved} == {
        "summit-app": (mar(12), mar(15), 3),
        "mobile-app": (mar(14), mar(15), 1),
        "intelgraph": (mar(12), mar(15), 3),
    }
    assert (found.late, found.captains, found.verdicts) == ((), (), ())


def test_a_slip_past_the_date_makes_others_late_and_changes_verdicts() -> None:
    found = answer(train(*LAUNCH), "intelgraph", days(5))
    assert {m.after.name: m.after.late_days for m in found.late} == {"summit-app": 2, "mobile-app": 2, "intelgraph": 2}
    assert found.late[0].after.because[-1] == "intelgraph"
    assert [(v.repository, v.dependency, v.before, v.after) for v in found.verdicts] == [
        ("summit-app", "intelgraph", Verdict.WAITING, Verdict.AT_RISK),
        # nothing is wrong with summit-app itself: what it needs is late now
        ("mobile-app", "summit-app", Verdict.WAITING, Verdict.AT_RISK),
    ]
    assert "2 days after the release date" in found.verdicts[0].reason
    assert found.captains == ("lead-intelgraph", "lead-mobile-app", "lead-summit-app")


def test_coming_earlier_can_be_asked_as_well() -> None:
    found = answer(train(*LAUNCH), "intelgraph", days(-5))
    assert {m.after.name: m.days for m in found.moved} == {"summit-app": -5, "intelgraph": -5}
    still_late = answer(train(repo("app", "lib"), repo("lib", eta=mar(25))), "lib", days(-5))
    assert [m.after.late_days for m in still_late.moved] == [5, 5]
    assert (still_late.late, still_late.captains) == ((), ())
    far = answer(train(*LAUNCH), "intelgraph", days(-500))
    assert far.slip is not None
    assert far.slip.to == TODAY


def test_a_day_can_be_named() -> None:
    found = answer(train(*LAUNCH), "intelgraph", mar(17))
    assert found.slip is not None
    assert (found.slip.start, found.slip.to) == (mar(12), mar(17))
    assert found == answer(train(*LAUNCH), "intelgraph", days(5))
    assert "has passed" in refusal(train(*LAUNCH), "intelgraph", mar(2))


def test_without_a_date_it_is_taken_to_be_on_time() -> None:
    found = answer(train(*LAUNCH), "common-utils", days(5))
    assert found.slip is not None
    assert (found.slip.start, found.slip.to, found.slip.counted) == (RELEASE, mar(20), CountedFrom.DEADLINE)
    assert {m.after.name: m.days for m in found.moved} == {"summit-app": 5, "mobile-app": 5, "common-utils": 5}
    wanted = train(repo("app", needs("lib", by=mar(9))), repo("lib"))
    assert answer(wanted, "lib", days(2)).slip == type(found.slip)(mar(9), mar(11), CountedFrom.DEADLINE)


def test_from_today_where_its_date_has_passed_or_it_is_ready() -> None:
    for row in (repo("lib", eta=mar(1)), repo("lib", status="READY")):
        found = answer(train(repo("app", "lib"), row), "lib", days(2))
        assert found.slip is not None
        assert (found.slip.start, found.slip.to, found.slip.counted) == (TODAY, mar(5), CountedFrom.TODAY)


def test_the_rest_of_what_it_needs_may_swallow_the_slip() -> None:
    rows = (repo("app", "lib", "slow"), repo("lib", eta=mar(5)), repo("slow", eta=mar(20)))
    assert [m.after.name for m in answer(train(*rows), "lib", days(3)).moved] == ["lib"]


def test_a_feeds_date_slips_too() -> None:
    rows = (repo("app", "lib"), repo("lib"))
    found = answer(train(*rows, reports={"lib": {"eta_date": mar(14)}}), "lib", days(4))
    assert [m.after.late_days for m in found.late] == [3, 3]
    assert [(v.before, v.after) for v in found.verdicts] == [(Verdict.WAITING, Verdict.AT_RISK)]


def test_who_waits_though_the_plan_cannot_deliver_is_told_as_well() -> None:
    rows = (repo("top", "app"), repo("app", needs("lib", "2.0.0")), repo("lib", "app"))
    assert [(w.name, w.direct) for w in answer(train(*rows), "lib").waiting] == [("top", False), ("app", True)]


@pytest.mark.parametrize(
    ("name", "slip", "words"),
    [
        ("inteltgraph", None, "there is no repository 'inteltgraph' in this plan; did you mean intelgraph?"),
        ("zzz", days(1), "there is no repository 'zzz' in this plan"),
        ("old-app", days(1), "old-app is released: it can slip no more"),
        ("intelgraph", days(999999999), "past the year 2999"),
    ],
)
def test_what_cannot_be_answered_is_said_in_a_sentence(name: str, slip: Any, words: str) -> None:
    assert words in refusal(train(*LAUNCH), name, slip)


def test_what_is_out_has_nobody_waiting_and_what_was_dropped_cannot_slip() -> None:
    assert answer(train(*LAUNCH), "old-app").waiting == ()
    assert "was dropped" in refusal(train(repo("app", "lib"), repo("lib", status="DROPPED")), "lib", days(1))
    assert "waits on far any more" in refusal(train(repo("app", "far", status="RELEASED")), "far")


@pytest.mark.parametrize(
    ("text", "slip"),
    [
        ("+5d", days(5)), ("5", days(5)), ("-3d", days(-3)), ("+2w", days(14)), ("1 week", days(7)),
        ("10 Days", days(10)), (" 2026-03-20 ", mar(20)),
    ],
)  # fmt: skip
def test_a_slip_is_read_as_people_write_it(text: str, slip: Any) -> None:
    assert read_slip(text) == slip


@pytest.mark.parametrize("text", ["", "soon", "+5m", "99999d", "20260320"])
def test_what_is_no_slip_says_how_to_write_one(text: str) -> None:
    assert read_slip(text) == Unclear(f"{text!r} is no slip I can read: write +5d, +2w, -3d, or a day as 2026-03-20")


@pytest.mark.parametrize("year", ["1969", "3000", "9999"])
def test_a_year_that_no_document_may_name_is_no_slip(year: str) -> None:
    assert read_slip(f"{year}-12-31") == Unclear(f"'{year}-12-31' is not between the years 1970 and 2999")
    assert "past the year 2999" in refusal(train(*LAUNCH), "intelgraph", date(3000, 1, 1))


@given(st.integers(-9999, 9999).map(days) | st.dates(FIRST, LAST))
def test_a_slip_reads_back_as_it_is_typed(slip: timedelta | date) -> None:
    assert read_slip(as_typed(slip)) == slip


def test_what_it_does_to_the_release_date_and_the_milestones_of_the_train() -> None:
    rows = (repo("app", "lib"), repo("lib", eta=mar(9)), repo("slow", eta=mar(20)))
    folder = train(*rows, milestones=[("Code freeze", mar(10)), ("Rehearsal", mar(5))])
    found = answer(folder, "lib", days(2))
    assert (found.release_date, found.past_release) == (RELEASE, (0, 0))
    assert found.past_milestones == (("Code freeze", ("app", "lib")),)  # after the rehearsal they come as it is
    assert answer(folder, "lib", days(9)).past_release == (0, 3)
    assert answer(folder, "slow", days(1)).past_release == (5, 6)
    assert answer(folder, "slow", days(1)).past_milestones == ()
    assert answer(folder, "lib", days(0)).past_release == (0, 0)
    assert answer(folder, "lib").past_milestones == ()


def test_a_name_in_another_case_is_understood_where_only_one_fits() -> None:
    assert answer(train(*LAUNCH), "Summit-APP").subject.name == "summit-app"
    both = train(repo("App"), repo("app"))
    assert answer(both, "app").subject.name == "app"
    found = impact(both, NOW, "APP")
    assert isinstance(found, NoImpact)
    assert found.known == ("App", "app")


slips = st.integers(0, 60).map(days)


@settings(max_examples=60)
@given(trains(), st.integers(0, 6), slips)
def test_a_slip_never_makes_anybody_earlier_and_writes_nothing(
    folder: PlanFolder, number: int, slip: timedelta
) -> None:
    before = copy.deepcopy(folder)
    found = impact(folder, NOW, f"r{number}", slip)
    assert folder == before
    if isinstance(found, NoImpact):
        return
    waiting = {w.name for w in found.waiting} | {f"r{number}"}
    for moved in found.moved:
        assert moved.days > 0
        assert moved.after.name in waiting
        assert moved.days <= slip.days
    assert all(v.repository in waiting for v in found.verdicts)


@settings(max_examples=60)
@given(trains(), st.integers(0, 6), st.integers(1, 40).map(mar))
def test_supposing_a_date_is_the_same_as_a_plan_that_says_so(folder: PlanFolder, number: int, expected: date) -> None:
    name = f"r{number}"
    rows = [row for _, row in folder.document.plan.repositories()]
    said = [row.model_copy(update={"eta": expected}) if row.name == name else row for row in rows]
    milestones = [(m.name, m.date) for m in folder.document.plan.milestones]
    written = train(*said, milestones=milestones)
    supposed = suppose(folder, name, expected)
    assert evaluate(supposed, NOW) == evaluate(written, NOW)
    assert [d.earliest for d in dates(supposed, NOW).repositories] == [
        d.earliest for d in dates(folder, NOW, {name: expected}).repositories
    ]
