"""The Home tab: what each person sees, and what guests do not."""

from bot.blocks import errors, limits
from bot.listeners.caller import Caller
from bot.listeners.home import Home
from bot.services.ports import StoreError
from tests.listeners.example import ANA, GUEST, TEAM, Desk


async def test_a_captain_sees_what_they_wait_on() -> None:
    view = await Home(Desk().services).view(Caller(ANA, TEAM))
    assert limits.view_problems(view) == []
    assert "What I wait on" in repr(view)
    assert "payload-service" in repr(view)


async def test_a_guest_sees_that_they_see_nothing() -> None:
    view = await Home(Desk().services).view(Caller(GUEST, TEAM))
    assert limits.view_problems(view) == []
    assert view["blocks"] == [dict(b) for b in errors.guest().blocks]


async def test_a_failure_is_said_on_the_tab() -> None:
    desk = Desk()
    desk.store.broken = StoreError("the clone is damaged")
    view = await Home(desk.services).view(Caller(ANA, TEAM))
    assert limits.view_problems(view) == []
    desk.store.captains = lambda: 1 / 0  # type: ignore[assignment,method-assign,return-value]
    view = await Home(desk.services).view(Caller(ANA, TEAM))
    assert limits.view_problems(view) == []
