"""One phrase for each kind of news, and many alike in one."""

import pytest

from bot.blocks.changes import each, told
from bot.blocks.voice import NOBODY, Voice
from bot.release.history import Change, Kind
from tests.blocks.trains import QUIET
from tests.drawing import assess

VOICE = Voice(assess(QUIET), NOBODY)


def _moved(before: str, after: str) -> Change:
    return Change(Kind.DATE, before=before, after=after)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_moved("2026-03-15", "2026-03-22"), "release date Sun 15 Mar → Sun 22 Mar, 7 days later"),
        (_moved("2027-01-02", "2026-12-31"), "release date Sat 2 Jan 2027 → Thu 31 Dec, 2 days earlier"),
        (Change(Kind.DATE, "x", None, "2026-03-18", "v1"), "x v1 expected Wed 18 Mar"),
        (Change(Kind.DATE, "x", "2026-03-18", None, "v1"), "x v1 has no date any more"),
        (Change(Kind.MILESTONE, before="2026-03-05", after="2026-03-09", milestone="Code <freeze"),
         "milestone Code &lt;freeze Thu 5 Mar → Mon 9 Mar, 4 days later"),
        (Change(Kind.MILESTONE, after="2026-03-09", milestone="Freeze"), "milestone Freeze on Mon 9 Mar is new"),
        (Change(Kind.MILESTONE, before="2026-03-05", milestone="Freeze"), "milestone Freeze dropped"),
        (Change(Kind.LEAD, before="bo", after="cy"), "the whole plan is in the hands of cy now"),
        (Change(Kind.RELEASED, "x", "READY", "RELEASED", "v1"), "x v1 released"),
        (Change(Kind.STATUS, "x", "ON_TRACK", "AT_RISK", "v1"), "x on track → at risk"),
        (Change(Kind.STATUS, before="PLANNING", after="IN_PROGRESS"), "the plan is in progress now"),
        (Change(Kind.VERSION, "x", "v1", "v2", "v2"), "x v1 → v2"),
        (Change(Kind.VERSION, "x", "v1", None), "x v1 → version not decided"),
        (Change(Kind.SCOPE_ADDED, "x", version="v1"), "x v1 came into the scope"),
        (Change(Kind.SCOPE_DROPPED, "x", version="v1"), "x v1 left the scope"),
        (Change(Kind.DEPENDENCY, "x", None, "v1", dependency="y"), "x needs y v1"),
        (Change(Kind.DEPENDENCY, "x", "v1", None, dependency="y"), "x needs y no more"),
        (Change(Kind.DEPENDENCY, "x", "v1", ">=2", dependency="y"), "x needs y v1 → &gt;=2"),
        (Change(Kind.RISK, "x", None, "2026-03-20", dependency="y", said="*we* ship our own"),
         'x: risk of y accepted until Fri 20 Mar: "∗we∗ ship our own"'),
        (Change(Kind.RISK, "x", "2026-03-10", "2026-03-20", dependency="y"),
         "x: risk of y accepted until Tue 10 Mar → Fri 20 Mar"),
        (Change(Kind.RISK, "x", "2026-03-20", "2026-03-20", dependency="y", said="why"),
         'x: risk of y accepted until Fri 20 Mar: "why"'),
        (Change(Kind.RISK, "x", "2026-03-20", None, dependency="y"), "x: risk of y accepted no more"),
        (Change(Kind.LEAD, before="bo", after="cy", group="Platform"), "Platform is in the hands of cy now"),
        (Change(Kind.LEAD, "x", "bo", None, group="Platform"), "x is in the hands of nobody now"),
        (Change(Kind.NEED_BY, "x", None, "2026-03-18", dependency="y"), "x needs y by Wed 18 Mar now"),
        (Change(Kind.NEED_BY, "x", "2026-03-18", "2026-03-20", dependency="y"), "x needs y by Wed 18 Mar → Fri 20 Mar"),
        (Change(Kind.NEED_BY, "x", "2026-03-18", None, dependency="y"),
         "x needs y by no day of its own any more, Wed 18 Mar before"),
        (Change(Kind.GROUP, "x", "A<", "B"), "x moved from A&lt; to B"),
        (Change(Kind.GROUP, before="A", after="B", group="B"), "A is called B now"),
    ],
)  # fmt: skip
def test_a_phrase_for_each(change: Change, said: str) -> None:
    assert each([change], VOICE) == [said]


def test_the_scope_is_one_phrase_for_each_direction() -> None:
    news = [Change(Kind.SCOPE_ADDED, n, version="v1") for n in "abcde"] + [
        Change(Kind.SCOPE_DROPPED, "z", version="v2")
    ]
    assert told(news, VOICE) == ["scope +5 (a v1, b v1, c v1 and 2 more)", "scope −1 (z v2)"]


def test_more_than_three_alike_are_one_phrase_and_three_are_not() -> None:
    out = [Change(Kind.RELEASED, n, "READY", "RELEASED", "v1") for n in "abcd"]
    assert told(out, VOICE) == ["4 released (a v1, b v1, c v1 and 1 more)"]
    assert told(out[:3], VOICE) == ["a v1 released", "b v1 released", "c v1 released"]
    worse = [Change(Kind.STATUS, n, "ON_TRACK", "BLOCKED", None) for n in "abcd"]
    better = [Change(Kind.STATUS, "e", "BLOCKED", "ON_TRACK", None)]
    assert told([*worse, *better], VOICE) == ["4 on track → blocked (a, b, c and 1 more)", "e blocked → on track"]
