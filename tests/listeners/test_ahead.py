"""`/release impact`, and what lies ahead in `/release why`, from the text to the message."""

from datetime import date, timedelta

import pytest

from bot.blocks.message import Message
from bot.listeners.caller import Caller
from bot.listeners.command import ReleaseCommand, only_reads
from bot.listeners.commands import ShowImpact
from bot.listeners.parser import BadUsage, parse
from tests.listeners.example import ANA, GUEST, NOW, TEAM, Desk, MemoryHistory, folder, moved, opened
from tests.listeners.test_history import ask, said


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("impact summit-app", ShowImpact("summit-app")),
        ("impact summit-app summit", ShowImpact("summit-app", None, "summit")),
        ("impact summit-app +5d", ShowImpact("summit-app", timedelta(days=5))),
        ("impact summit-app 5d summit", ShowImpact("summit-app", timedelta(days=5), "summit")),
        ("impact summit-app summit -3D", ShowImpact("summit-app", timedelta(days=-3), "summit")),
        ("impact summit-app +2 weeks summit", ShowImpact("summit-app", timedelta(days=14), "summit")),
        ("impact summit-app +4", ShowImpact("summit-app", timedelta(days=4))),
        ("impact summit-app 10 days", ShowImpact("summit-app", timedelta(days=10))),
        ("impact summit-app 2026-03-20", ShowImpact("summit-app", date(2026, 3, 20))),
        ("impact summit-app 2026", ShowImpact("summit-app", None, "2026")),
        ("impact summit-app 2026-q1", ShowImpact("summit-app", None, "2026-q1")),
        ('impact "my app" "5d" +1d', ShowImpact("my app", timedelta(days=1), "5d")),
        ("impact 5d", ShowImpact("5d")),
    ],
)
def test_what_is_understood(text: str, asked: object) -> None:
    assert parse(text) == asked
    assert only_reads({"command": "/release", "text": text})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("impact", "Which repository? /release impact needs its name"),
        ("impact app +5m", "'+5m' is no slip I can read: write +5d, +2w, -3d, or a day as 2026-03-20"),
        ("impact app --json", "'--json' is no slip I can read"),
        ("impact app 2026-02-30", "There is no day '2026-02-30' in the calendar"),
        ("impact app +5d +6d +7d", "/release impact has no use for '+7d'"),
        ("impact app summit launch", "/release impact has no use for 'launch'"),
    ],
)
def test_what_is_not_understood(text: str, reason: str) -> None:
    found = parse(text)
    assert isinstance(found, BadUsage)
    assert reason in found.reason


async def test_who_waits_and_what_a_slip_would_do() -> None:
    desk = Desk()
    text = said(await ask(desk, "impact payload-service"))
    assert text.startswith("1 repository of 1 captain waits on payload-service.")
    slip = said(await ask(desk, "impact Payload-Service +5d"))
    assert slip.startswith(
        "If payload-service slips 5 days to Fri 20 Mar, 2 repositories of 2 captains miss their date"
    )
    assert "Talk to <@U0BO00001>." in slip
    assert desk.store.commits == 1


async def test_typos_and_guests() -> None:
    desk = Desk()
    assert "`/release impact payload-service +5d summit-2026-q1`" in said(await ask(desk, "impact payload-servis +5d"))
    assert "Summit" not in said(await ask(desk, "impact payload-service", GUEST))


async def test_which_plan_is_meant() -> None:
    desk = Desk()
    desk.store.folders["winter-2026"] = folder()
    answer = await ReleaseCommand(desk.services).answer("impact 'my app' +1w", Caller(ANA, TEAM, "C9", "other"))
    assert '`/release impact "my app" +7d summit-2026-q1`' in said(answer)


async def test_why_tells_dates_at_once_and_the_past_when_it_has_been_read() -> None:
    desk = Desk()
    first = said(await ask(desk, "why payload-service"))
    assert "Nobody can say when it can be ready" in first
    assert "forecast" not in first
    await desk.services.outlook.learn()
    assert "No forecast: no release on record that took longer than 2 days" in said(
        await ask(desk, "why payload-service")
    )


async def test_nobody_waits_for_the_past_to_be_read() -> None:
    desk = Desk(history=MemoryHistory([opened(), moved(1, NOW, status="BLOCKED")], wait=0.5))
    desk.services.outlook.learn_soon()
    answer = await ask(desk, "why payload-service")
    assert isinstance(answer, Message)
    assert "forecast" not in said(answer)
    await desk.services.outlook.close()
