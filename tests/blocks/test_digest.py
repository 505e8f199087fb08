"""The digest: the first line says it all, a day without change is that line, and who reads it knows what to do."""

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest

from bot.blocks.digest import digest
from bot.blocks.message import Message
from bot.release.assessment import Assessment
from bot.release.plan import Milestone
from bot.release.status import PlanStatus
from tests.blocks import golden
from tests.blocks.trains import COMMIT, EXAMPLE, PEOPLE, QUIET, SLUG, YESTERDAY, flamingo
from tests.drawing import NOW, assess

TODAY = date(2026, 3, 3)


def _digest(now: Assessment, before: Assessment | None, **more: object) -> Message:
    about = {"slug": SLUG, "local_date": TODAY, "commit": COMMIT, "people": PEOPLE, **more}
    return digest(now, previous=before, **about)  # type: ignore[arg-type]


def _before(text: str = YESTERDAY, days: int = 1) -> Assessment:
    return assess(text, NOW - timedelta(days=days))


def test_the_example() -> None:
    golden.check("digest", _digest(assess(EXAMPLE), _before(), unmapped=["Insights Release Captain"]))


def test_the_first_one() -> None:
    golden.check("digest-first", _digest(assess(EXAMPLE), None))


def test_a_quiet_day_is_one_line() -> None:
    message = _digest(assess(QUIET), assess(QUIET, NOW - timedelta(days=1)))
    golden.check("digest-quiet", message)
    assert len(message.blocks) == 1
    assert not message.thread
    assert "\n" not in message.text


def test_a_day_on_which_only_somebody_outside_the_plan_moved_is_not_quiet() -> None:
    plan = "A (ana): app v1 ON_TRACK > common-utils v2.1.0"
    days = [
        plan,
        f"{plan}\n* common-utils v2.1.0 ON_TRACK fed=1h",
        f"{plan}\n* common-utils v2.1.0 RELEASED of=v2.1.0 fed=1h",
    ]
    trains = [assess(text) for text in days]
    first, second = (golden.render(_digest(now, before)) for before, now in pairwise(trains))
    assert "common-utils (not in the plan): nobody publishes it → on track" in first
    assert "common-utils v2.1.0 (not in the plan) is out" in second
    assert "No change" not in first + second
    assert "No change" in _digest(trains[1], trains[1]).text


def test_a_big_train() -> None:
    train, before = flamingo(), flamingo("2025-08-22")
    golden.check("digest-big", _digest(train, before, slug="flamingo", local_date=date(2025, 8, 25), people={}))


def test_the_first_line_counts_what_changed() -> None:
    said = _digest(assess(EXAMPLE), _before(EXAMPLE.replace("RELEASED", "READY").replace("AT_RISK", "BLOCKED"))).text
    assert said == "Summit 2026 Q1 Launch: 12 days to go, 2 of 9 ready, 1 at risk (+1), 0 blocked (−1)."
    said = _digest(assess(QUIET), _before(QUIET.replace("v3.0.0 ON_TRACK", "v3.0.0 AT_RISK"))).text
    assert said == "Summit 2026 Q1 Launch: 12 days to go, 0 of 2 ready, 0 at risk (−1)."
    said = _digest(assess(QUIET), _before(QUIET.replace("v3.0.0 ON_TRACK", "v3.0.0 NOT_STARTED"))).text
    assert said == "Summit 2026 Q1 Launch: 12 days to go, 0 of 2 ready, nothing at risk."


@pytest.mark.parametrize(
    ("last", "said"),
    [
        (NOW - timedelta(hours=1), "Since 08:12: "),
        (NOW - timedelta(days=1), "Since yesterday: "),
        (datetime.fromisoformat("2026-03-02T23:30+01:00"), "Since yesterday: "),
        (NOW - timedelta(days=4), "Since Fri 27 Feb: "),
    ],
)
def test_since_when_is_said_in_the_zone_of_the_plan(last: datetime, said: str) -> None:
    assert said in golden.render(_digest(assess(EXAMPLE), assess(YESTERDAY, last)))


def test_who_frees_whom_and_until_when() -> None:
    needs = "A (ana): a v1 ON_TRACK > x v1\n b v1 ON_TRACK > x v1"
    train = assess(f"{needs}\nPlatform (Platform Ops Captain): x v1 AT_RISK fed=1h eta=2026-03-18")
    said = golden.render(_digest(train, None))
    assert "⚠ Finish *x v1* (<@UBO00000B>) and 2 repositories are free; that frees ana. At risk since Wed" in said


def test_near_the_date_also_what_is_merely_not_out_yet() -> None:
    text = "A (ana): a v1 ON_TRACK > x v1\n b v1 ON_TRACK > x v1\nB (bo): x v1 ON_TRACK"
    said = golden.render(_digest(assess(text), None))
    assert "… Finish *x v1* (bo) and 2 repositories are free; that frees ana. On track" in said
    far = assess(text, release_date=date(2026, 6, 1))
    assert "Finish" not in golden.render(_digest(far, None))
    assert "Nothing is at risk. Nothing to do." in golden.render(_digest(far, None))


def test_what_is_more_than_a_line_holds_goes_into_the_thread() -> None:
    rows = [f"r{n} v1 ON_TRACK > common v{n}" for n in range(20)]
    after = [f"r{n} v2 AT_RISK > common v{n}" for n in range(20)]
    message = _digest(assess("A (ana):\n" + "\n".join(after)), _before("A (ana):\n" + "\n".join(rows)))
    said = golden.render(message)
    assert "20 on track → at risk (r0 v2, r1 v2, r2 v2 and 17 more)" in said
    assert "and 15 more in the thread" in said
    below = said.split("Everything that changed", 1)[1]
    for n in range(20):
        assert f"• r{n} on track → at risk" in below
        assert f"• r{n} v1 → v2" in below


def test_milestones_and_decisions() -> None:
    marks = (
        Milestone(name="code freeze", date=date(2026, 3, 4)),
        Milestone(name="go/no-go", date=date(2026, 3, 10)),
        Milestone(name="long gone", date=date(2026, 3, 2)),
        Milestone(name="far away", date=date(2026, 4, 2)),
    )
    said = golden.render(_digest(assess("A (ana): x - ON_TRACK", milestones=marks), None))
    assert "Milestone: code freeze tomorrow (Wed 4 Mar)\nMilestone: go/no-go in 7 days (Tue 10 Mar)" in said
    assert "long gone" not in said
    assert "far away" not in said
    assert "To decide: 1 version (x)" in said


def test_stale_feeds_come_with_their_owners_and_many_of_them_by_owner() -> None:
    few = assess("A (Platform Ops Captain): x v1 ON_TRACK fed=9d\n y v1 ON_TRACK fed=12d")
    assert "y (12 days, <@UBO00000B>), x (9 days, <@UBO00000B>)" in golden.render(_digest(few, None))
    rows = "\n".join(f"r{n} v1 ON_TRACK fed={n + 8}d" for n in range(9))
    said = golden.render(_digest(assess(f"A (ana):\n{rows}\nB (): s v1 ON_TRACK fed=8d"), None))
    assert "ana (9 feeds, up to 16 days old), no captain (1 feed, up to 8 days old)" in said


def test_captains_whom_nobody_can_reach_are_named() -> None:
    said = golden.render(_digest(assess(QUIET), None, unmapped=["ana", "bo"]))
    assert "Slack does not know ana and bo, so no alert reaches them: add them to captains.json." in said


def test_a_plan_that_is_over_counts_no_days() -> None:
    said = _digest(assess(QUIET, status=PlanStatus.CANCELLED), None).text
    assert said == "Summit 2026 Q1 Launch: cancelled, 0 of 2 ready, nothing at risk."


ODD = (
    "A (ana): x v2 ON_TRACK fed=1h says=RELEASED of=v1\n"
    "B (bo): late v1 AT_RISK\n other v1 ON_TRACK\n y v1 RELEASED > late v1, other v1"
)


def test_contradictions_are_counted_with_their_repositories_and_told_in_the_thread() -> None:
    message = _digest(assess(ODD), None)
    main, _, thread = golden.render(message).partition("──────── in the thread")
    assert "‼ 3 contradictions to settle, in the thread: x and y" in main
    assert "‼ The plan ships v2, but the feed of x speaks of v1 (RELEASED), so it moves no status." in thread
    assert "‼ y is released, but it needs late: late v1 is at risk, as people set by hand. And 1 more" in thread
