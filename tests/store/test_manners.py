"""How much room a writer leaves, with the time and the dice in the test's hands."""

import pytest

from bot.store.manners import Manners


def lowest(low: float, _high: float) -> float:
    return low


def highest(_low: float, high: float) -> float:
    return high


def test_the_first_edit_after_a_while_waits_for_nothing() -> None:
    manners = Manners(highest)
    assert manners.wait(0.0) == 0

    manners.landed(100.0, took=0.1)

    assert manners.wait(100.0) == pytest.approx(0.03), "one that comes at once leaves a little room"
    assert manners.wait(100.03) == 0


def test_whoever_has_met_somebody_leaves_room_for_a_fetch_and_a_push() -> None:
    manners = Manners(lowest)
    manners.met(99.0)
    manners.landed(100.0, took=0.1)
    assert manners.wait(100.0) == pytest.approx(0.1)

    manners.landed(800.0, took=0.1)

    assert manners.wait(800.0) == 0, "company is forgotten after ten minutes"


def test_room_has_an_end_however_slow_the_line() -> None:
    manners = Manners(highest)
    manners.met(99.0)
    manners.landed(100.0, took=9.0)

    assert manners.wait(100.0) == 2.0


def test_whoever_writes_without_a_break_makes_one_for_those_it_cannot_see() -> None:
    manners = Manners(lowest)
    now, rooms = 100.0, []
    while now < 150.0:
        manners.landed(now, took=0.1)
        if manners.wait(now) > 0:
            rooms.append(now - 100.0)
            assert manners.wait(now) == pytest.approx(0.3)
        now += 0.1

    assert len(rooms) == 2
    assert 20.0 < rooms[0] < 20.2
