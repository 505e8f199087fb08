"""`/release status` as a captain reads it, and that its first line and its bar say nothing that is not so."""

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.blocks.message import Message
from bot.blocks.status import status
from bot.blocks.voice import bar
from bot.release.assessment import Assessment
from bot.release.plan import Problem
from bot.release.status import PlanStatus
from tests.blocks import golden
from tests.blocks.trains import COMMIT, EXAMPLE, PEOPLE, QUIET, SLUG, Bad, flamingo
from tests.drawing import NOW, assess


def _status(assessment: Assessment, as_of: datetime = NOW, **more: object) -> Message:
    return status(assessment, slug=SLUG, commit=COMMIT, as_of=as_of, people=PEOPLE, **more)  # type: ignore[arg-type]


def _all(message: Message) -> str:
    return golden.render(message)


def test_the_example() -> None:
    golden.check("status", _status(assess(EXAMPLE)))


def test_a_quiet_train() -> None:
    golden.check("status-quiet", _status(assess(QUIET)))


def test_a_big_train() -> None:
    train = flamingo()
    golden.check("status-big", _status(train, train.now))


def test_a_broken_head_is_named_with_its_author_and_what_to_do() -> None:
    bad = Bad("ffeeddccbbaa", "Ana Diaz", [Problem(12, "releaseDate: not a date"), Problem(20, "x")])
    said = _all(_status(assess(EXAMPLE), bad_head=bad))
    assert "cannot be read: line 12, releaseDate: not a date (and 1 more problem)" in said
    assert "Ana Diaz pushed it as commit ffeeddc. This answer is from the last good one." in said


def test_a_day_of_the_past_is_said_to_be_one() -> None:
    message = _status(assess(EXAMPLE), NOW + timedelta(days=9))
    assert message.text.startswith("Summit 2026 Q1 Launch on Tue 3 Mar: 12 days to go (Sun 15 Mar), at risk.")
    assert "as it stood on Tue 3 Mar 09:12, commit 1a2b3c4" in _all(message)


def test_freshness() -> None:
    train = assess(EXAMPLE)
    assert "as of 09:12, commit 1a2b3c4, 7 feeds fresh, 1 stale · times in Europe/Berlin" in _all(_status(train))
    assert "as of Mon 2 Mar 09:12, commit" in _all(_status(train, NOW - timedelta(days=1)))
    never = datetime.min.replace(tzinfo=UTC)
    assert "the store could not be reached since the start" in _all(_status(train, never))


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2026, 3, 4), "1 day to go (Wed 4 Mar), at risk"),
        (date(2026, 3, 3), "today is the day (Tue 3 Mar), at risk"),
        (date(2026, 2, 28), "3 days past the date (Sat 28 Feb), at risk"),
        (date(2027, 1, 3), "306 days to go (Sun 3 Jan 2027), at risk"),
    ],
)
def test_the_countdown_is_in_days_of_the_plans_zone(day: date, said: str) -> None:
    assert said in _status(assess(EXAMPLE, release_date=day)).text


def test_a_released_plan_says_so() -> None:
    said = _status(assess(EXAMPLE, status=PlanStatus.RELEASED)).text
    assert "(Sun 15 Mar), released." in said


def test_trouble_that_holds_nobody_up_is_not_called_nothing() -> None:
    said = _all(_status(assess("A (ana): lonely v1 BLOCKED")))
    assert "1 repository at risk or unknown holds nobody up: `/release risks" in said
    assert "Nothing is at risk" not in said


def test_an_empty_plan_says_what_to_do() -> None:
    said = _all(_status(assess("A (ana):")))
    assert "No repository is in this plan yet" in said
    assert "Add a repository to begin." in said
    assert "*A* (ana): no repository yet" in said


def test_at_most_so_many_causes_and_groups_and_where_the_rest_is() -> None:
    many = "\n".join(f"Group {n} (lead {n}): lib-{n} v1 AT_RISK\n app-{n} v1 ON_TRACK > lib-{n} v1" for n in range(30))
    said = _all(_status(assess(many)))
    assert said.count("holds up app-") == 5
    assert f"and 25 more: `/release risks {SLUG}`" in said
    assert "and 18 more groups, none of them worse" in said


def test_a_broken_file_that_convoy_keeps_is_not_the_plan() -> None:
    bad = Bad("f" * 40, "Bo", [Problem(3, "is odd", file="tracking.json")])
    said = _all(_status(assess(EXAMPLE), bad_head=bad))
    assert "⚠ A file of this plan cannot be read: tracking.json, line 3, is odd. Bo pushed it as" in said
    assert "The newest version of this plan" not in said


def test_who_holds_it_up_and_how_late() -> None:
    said = _all(_status(assess("A (ana): a v1 ON_TRACK > b v1\nB (): b v1 AT_RISK fed=1h eta=2026-03-16")))
    assert "⚠ *b v1* is at risk and holds up a. It is expected on Mon 16 Mar, 1 day after the release date." in said
    said = _all(_status(assess("A (ana): a v1 ON_TRACK > b v1\nB (bo): b v1 BLOCKED")))
    assert "⚠ *b v1* is blocked and holds up a. bo gives no date." in said
    said = _all(_status(assess("A (ana): a v1 ON_TRACK > b v1\nB (bo): b v1 AT_RISK fed=1h eta=2026-03-01")))
    assert "bo expected it on Sun 1 Mar, and it is not out." in said
    said = _all(_status(assess("A (ana): a v1 ON_TRACK > b v1\nB (bo): b v1 ON_TRACK fed=1h eta=2026-03-20")))
    assert "⚠ *b v1* is on track but late and holds up a. bo expects it on Fri 20 Mar, 5 days after the" in said


def test_a_circle_is_named_as_one() -> None:
    said = _all(_status(assess("A (ana): a v1 AT_RISK > b v1\n b v1 ON_TRACK > a v1\n c v1 ON_TRACK > a v1")))
    assert "⚠ *a ↔ b*: 2 repositories need each other in a circle" in said


_PARTS = [(done, total) for total in (1, 2, 9, 10, 34, 1000) for done in sorted({0, 1, total // 2, total - 1, total})]


@pytest.mark.parametrize(("done", "total"), _PARTS)
def test_the_bar_is_full_only_when_all_is_done_and_empty_only_when_nothing_is(done: int, total: int) -> None:
    squares = bar(done, total)
    assert len(squares) == 10
    assert (squares == "■" * 10) == (done == total)
    assert (squares == "□" * 10) == (done == 0)
    assert bar(18, 34) == "■■■■■□□□□□"


def test_contradictions_are_told_one_of_each_repository() -> None:
    alone = _all(_status(assess("A (ana): x v2 ON_TRACK fed=1h says=RELEASED of=v1")))
    assert "\n‼ The plan ships v2, but the feed of x speaks of v1 (RELEASED), so it moves no status.\n" in alone
    rows = "".join(f"r{n} v1 RELEASED > late v1, later v1\n" for n in range(5))
    many = _all(_status(assess(f"A (ana):\n{rows}late v1 AT_RISK\nlater v1 BLOCKED")))
    told = [line for line in many.splitlines() if line.startswith("‼")]
    assert [line.split()[1].lower() for line in told] == ["r0", "r1", "r2", "and"]
    assert told[-1] == f"‼ and 7 more contradictions, of r3, r4, r0, r1 and r2: `/release why REPO {SLUG}`"
