"""Dates in sentences: what is said, and that every sentence names what it rests on."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.release import date_words
from bot.release.dates import DatedRepository, dates
from bot.release.impact import Impact, impact
from tests.release.test_dates import trains
from tests.release.trains import NOW, TODAY, mar, needs, repo, train

CAN = "it can be ready on"
THE_DATE = "the release date (Sun 15 Mar)"
UNKNOWN = "no date is known for"
MILESTONE = [("Code freeze", mar(10)), ("G-lib: done", mar(8))]


def standing(name: str, *rows: object, milestones: object = ()) -> str:
    found = dates(train(*rows, milestones=milestones), NOW).find(name)  # type: ignore[arg-type]
    assert found is not None
    return date_words.standing(found, TODAY)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ((repo("lib", eta=mar(12)),), f"{CAN} Thu 12 Mar at the earliest, in time for {THE_DATE}"),
        ((repo("lib", eta=mar(18)),), f"{CAN} Wed 18 Mar at the earliest, 3 days after {THE_DATE}"),
        ((repo("lib"),), f"nobody can say when it can be ready: no date is known for it; it is wanted by {THE_DATE}"),
        ((repo("lib", status="RELEASED"),), ""),
        (
            (repo("lib", "far", eta=mar(12)), repo("far", eta=mar(16))),
            f"{CAN} Mon 16 Mar at the earliest, 1 day after {THE_DATE}, because of far",
        ),
        (
            (repo("app", needs("lib", by=mar(9))), repo("lib", eta=mar(12))),
            f"{CAN} Thu 12 Mar at the earliest, 3 days after the day on which app needs it (Mon 9 Mar)",
        ),
        (
            (repo("lib", "a", "b", "c", "d", eta=mar(12)), *(repo(n) for n in "abcd")),
            f"{CAN} Thu 12 Mar at the earliest, in time for {THE_DATE}; it may be later: {UNKNOWN} a, b, c and others",
        ),
    ],
)  # fmt: skip
def test_how_it_stands(rows: tuple[object, ...], said: str) -> None:
    assert standing("lib", *rows) == said


def test_milestones_are_named_by_whose_they_are() -> None:
    assert standing("lib", repo("lib", eta=mar(12)), milestones=MILESTONE) == (
        f"{CAN} Thu 12 Mar at the earliest, 4 days after the milestone G-lib: done (Sun 8 Mar), past Code freeze"
    )


def slip(name: str, days: int | date, *rows: object) -> Impact:
    found = impact(train(*rows), NOW, name, timedelta(days=days) if isinstance(days, int) else days)  # type: ignore[arg-type]
    assert isinstance(found, Impact), found
    return found


@pytest.mark.parametrize(
    ("days", "first", "past"),
    [
        (1, "if lib slips 1 day to Fri 13 Mar", f"all of these still make {THE_DATE}"),
        (
            5,
            "if lib slips 5 days to Tue 17 Mar",
            f"the latest of these comes 2 days after {THE_DATE}",
        ),
        (-2, "if lib comes 2 days earlier, on Tue 10 Mar", f"all of these still make {THE_DATE}"),
        (mar(12), "if lib comes on Thu 12 Mar", ""),
    ],
)
def test_a_slip_and_the_release_date(days: int | date, first: str, past: str) -> None:
    found = slip("lib", days, repo("app", "lib"), repo("lib", eta=mar(12)))
    assert found.slip is not None
    assert date_words.slipping(found, found.slip) == first
    assert date_words.past_release(found) == past


def test_who_was_late_before_is_told_apart() -> None:
    late = slip("lib", 3, repo("lib", eta=mar(20)))
    assert date_words.outcome(late) == "lib misses its date by 8 days instead of 5"
    assert date_words.past_release(late) == f"it comes 8 days after {THE_DATE}, now 5 days"
    held = slip("lib", 1, repo("app", "lib", "slow"), repo("lib", eta=mar(20)), repo("slow", eta=mar(25)))
    assert date_words.outcome(held) == "lib misses its date by 6 days instead of 5"
    mixed = slip("lib", 4, repo("app", needs("lib", by=mar(9))), repo("lib", eta=mar(12)), repo("top", "lib"))
    assert (
        date_words.outcome(mixed)
        == "2 repositories of 2 captains miss their date, 1 more by more than now; worst lib, 7 days late"
    )
    saved = slip("lib", -8, repo("app", "lib"), repo("lib", eta=mar(20)))
    assert date_words.outcome(saved) == "2 repositories no longer miss a date"


@given(trains())
def test_every_date_of_every_train_can_be_said(folder: object) -> None:
    found = dates(folder, NOW)  # type: ignore[arg-type]
    for one in (*found.repositories, *found.outside):
        said = date_words.standing(one, found.today)
        assert bool(said) == (one.earliest is not None)
        assert ("after" in said) == bool(one.late_days)
        assert ("no date is known" in said) == bool(said and one.unknown)
        assert ("because of" in said) == _blamed(one, said)


def _blamed(one: DatedRepository, said: str) -> bool:
    return said.startswith("it can be") and len(one.because) > 1


@given(trains(), st.integers(0, 6), st.integers(-30, 60))
def test_the_short_answer_agrees_with_the_long_one(folder: object, number: int, days: int) -> None:
    found = impact(folder, NOW, f"r{number}", timedelta(days=days))  # type: ignore[arg-type]
    if not isinstance(found, Impact):
        return
    said = date_words.outcome(found)
    assert (
        "miss" in said and "nobody misses" not in said and "misses no" not in said and "no longer" not in said
    ) == bool(found.late)
    assert bool(date_words.past_release(found)) == bool(found.moved)
    before, after = found.past_release
    if days >= 0:
        assert after >= before
