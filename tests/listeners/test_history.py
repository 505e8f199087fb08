"""`/release diff`, `timeline` and `trend` from the text to the message, or to the file where a message is too small."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.blocks import files as file_words
from bot.blocks import limits
from bot.blocks.message import Message
from bot.listeners.caller import Caller
from bot.listeners.command import ReleaseCommand, only_reads
from bot.listeners.commands import ShowDiff, ShowTimeline, ShowTrend
from bot.listeners.parser import BadUsage, parse
from bot.listeners.replies import USES, Answer, Started
from bot.release.moments import Ago, Last
from bot.release.record import Version
from bot.services.ports import StoreError
from tests.listeners.example import ANA, GUEST, NOW, TEAM, Desk, MemoryHistory, folder, moved, opened


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("diff", ShowDiff()),
        ("diff since 2026-03-01", ShowDiff(since=date(2026, 3, 1))),
        ("diff summit since 3 days", ShowDiff("summit", Ago(3))),
        ("diff since 1 day summit", ShowDiff("summit", Ago(1))),
        ("diff Since 2 Weeks", ShowDiff(since=Ago(14))),
        ("diff since yesterday", ShowDiff(since=Ago(1))),
        ("diff since 0 days", ShowDiff(since=Ago(0))),
        ("diff since 1a2b3c4d", ShowDiff(since="1a2b3c4d")),
        ("diff since 1220756", ShowDiff(since="1220756")),
        ("diff since 122075612", ShowDiff(since="122075612")),
        ('diff "since" since 5 days', ShowDiff("since", Ago(5))),
        ("diff 3d", ShowDiff(since=Ago(3))),
        ("diff summit 2w", ShowDiff("summit", Ago(14))),
        ("diff 12h summit", ShowDiff("summit", Ago(hours=12))),
        ("diff 2 days ago summit", ShowDiff("summit", Ago(2))),
        ("diff last Friday", ShowDiff(since=Last(4))),
        ("diff since friday", ShowDiff(since=Last(4))),
        ("diff friday", ShowDiff("friday")),
        ("diff last week", ShowDiff(since=Ago(7))),
        ("diff 2026-03-01", ShowDiff(since=date(2026, 3, 1))),
        ("diff 1a2b3c4d", ShowDiff("1a2b3c4d")),
        ('diff "3d"', ShowDiff("3d")),
        ("diff since 2026-03-01T12:00+01:00", ShowDiff(since=datetime(2026, 3, 1, 11, tzinfo=UTC))),
        ("timeline summit-app", ShowTimeline("summit-app")),
        ('timeline "my app" summit', ShowTimeline("my app", "summit")),
        ("trend", ShowTrend()),
        ("trend summit", ShowTrend("summit")),
    ],
)
def test_what_is_understood(text: str, asked: object) -> None:
    assert parse(text) == asked
    assert only_reads({"command": "/release", "text": text})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("diff since", 'Which day? After "since" comes 2026-03-01, 3d, 2w, 12h, yesterday, last friday, or'),
        ("diff since tomorrow", "'tomorrow' is no time I can read"),
        ("diff since 3", "'3' is no time I can read"),
        ("diff since 3 apples", "'3' is no time I can read"),
        ("diff since 123456 days", "'123456' is no time I can read"),
        ("diff since 20260301", "'20260301' is no time I can read"),
        ("diff since 2026-02-30", "There is no day '2026-02-30'"),
        ("diff 9999-12-31", "'9999-12-31' is not between the years 1970 and 2999"),
        ("diff since 2026-03-01T12:00", "has no time zone: write Z or an offset"),
        ("diff since 2026-03-01 a b", "has no use for 'b'"),
        ("timeline", "Which repository?"),
        ("trend a b", "has no use for 'b'"),
    ],
)
def test_what_is_not_understood(text: str, reason: str) -> None:
    found = parse(text)
    assert isinstance(found, BadUsage)
    assert reason in found.reason


def desk_of(*versions: Version, patience: float = 2.0, wait: float = 0.0) -> Desk:
    return Desk(patience=patience, history=MemoryHistory([opened(), *versions], wait))


def week(*fields: dict[str, object]) -> list[Version]:
    """One tracking pass a day, the last one an hour ago."""
    ages = [timedelta(days=len(fields) - 1 - n, hours=1) for n in range(len(fields))]
    return [moved(n + 1, NOW - age, **f) for n, (f, age) in enumerate(zip(fields, ages, strict=True))]


async def ask(desk: Desk, text: str, user: str = ANA) -> Answer:
    return await ReleaseCommand(desk.services).answer(text, Caller(user, TEAM, "C1REL", "release"))


def said(message: Answer) -> str:
    assert isinstance(message, Message)
    assert limits.problems(message) == []
    return "\n".join([message.text, *(repr(b) for one in (message, *message.thread) for b in one.blocks)])


async def test_diff_names_who_and_when() -> None:
    desk = desk_of(*week({"status": "BLOCKED"}, {"version": "v1.6.0"}))
    text = said(await ask(desk, "diff since 3 days"))
    assert text.startswith("Summit 2026 Q1 Launch: 2 changes since the plan was opened")
    assert "payload-service at risk → blocked · a tracking pass, Mon 2 Mar 08:12, 0000000" in text
    assert "payload-service v1.5.0 → v1.6.0" in text
    assert "1 change since Tue 3 Mar." in said(await ask(desk, "diff since 0 days"))


async def test_diff_is_of_a_week_when_nothing_is_said() -> None:
    desk = desk_of()
    desk.history.versions = [opened(NOW - timedelta(days=30)), *week(*({"version": f"v{n}"} for n in range(9)))]
    text = said(await ask(desk, "diff"))
    assert "1 change since Tue 24 Feb" in text
    assert "payload-service v1 → v8" not in text
    assert "v0 → v8" in text or "v1.5.0 → v8" in text


async def test_timeline_and_a_slip_in_the_name() -> None:
    desk = desk_of(*week({"status": "BLOCKED"}))
    text = said(await ask(desk, "timeline payload-service"))
    assert "2 steps from Sun 1 Mar on" in text
    assert "<@U0CY00001>" in text
    assert "`/release timeline payload-service summit-2026-q1`" in said(await ask(desk, "timeline payload-servis"))


async def test_trend_in_numbers_at_once_and_as_a_picture_to_the_one_who_asked() -> None:
    desk = desk_of(*week({"status": "READY"}))
    answer = await ask(desk, "trend")
    assert isinstance(answer, Started)
    assert "1 of 2 ready or released, nothing at risk" in said(answer.placeholder)
    assert await answer.rest == file_words.sent("the picture of the trend")
    ((user, file),) = desk.files.sent
    assert (user, file.name) == (ANA, "summit-2026-q1-trend.png")
    assert file.content.startswith(b"\x89PNG")
    assert "1 of 2 ready or released" in file.alt


async def test_a_picture_that_cannot_be_sent_leaves_the_numbers() -> None:
    desk = desk_of()
    desk.files.refuse = "the workspace takes no files from apps"
    answer = await ask(desk, "trend")
    assert isinstance(answer, Started)
    assert await answer.rest == file_words.not_sent("the picture of the trend", desk.files.refuse)


async def test_what_slack_would_not_take_comes_whole_as_a_file() -> None:
    row = {
        "group": "Platform",
        "version": "v1.0.0",
        "status": "READY",
        "eta": None,
        "needs": {},
        "wanted": {},
        "waivers": [],
    }
    many = {f"repository-{n:04}": row for n in range(900)}
    long_ago = NOW - timedelta(days=20)
    born = Version(moved(1, long_ago).mark, {"repositories": many})
    grown = Version(moved(2, NOW).mark, {"repositories": {name: {"version": "v2.0.0"} for name in many}})
    desk = Desk(history=MemoryHistory([opened(long_ago), born, grown]))
    answer = await ask(desk, "diff since 2 days")
    assert isinstance(answer, Started)
    assert 0 < len(answer.placeholder.thread) + 1 < USES
    assert "All of it, " in (await answer.rest).text
    ((user, file),) = desk.files.sent
    assert user == ANA
    assert all(f"repository-{n:04} v1.0.0 → v2.0.0" in file.content.decode() for n in range(900))
    assert isinstance(await ask(desk, "diff since 30 days"), Message)  # what came in one commit is one line


async def test_reading_for_the_first_time_holds_its_place() -> None:
    desk = desk_of(*week({"status": "BLOCKED"}), patience=0.1, wait=0.3)
    answer = await ask(desk, "diff")
    assert isinstance(answer, Started)
    assert answer.placeholder == file_words.reading_history("summit-2026-q1")
    assert "1 change since" in (await answer.rest).text


async def test_a_late_trend_has_its_numbers_and_its_picture() -> None:
    desk = desk_of(patience=0.1, wait=0.3)
    answer = await ask(desk, "trend")
    assert isinstance(answer, Started)
    whole = await answer.rest
    assert "0 of 2 ready" in whole.text
    assert whole.thread == (file_words.sent("the picture of the trend"),)


async def test_what_fails_late_is_a_sentence_too() -> None:
    desk = desk_of(patience=0.1, wait=0.3)
    desk.history.versions = [Version(opened().mark, {"repositories": {"x": {}}})]
    answer = await ask(desk, "timeline x")
    assert isinstance(answer, Started)
    assert "`f00dfeed`" in (await answer.rest).text


async def test_what_the_store_says_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = desk_of()

    def refuse(*_: object) -> None:
        raise StoreError("'abcdef1' names no commit of this store")

    monkeypatch.setattr(desk.history, "diff", refuse)
    assert "names no commit" in said(await ask(desk, "diff since abcdef1"))


@pytest.mark.parametrize("text", ["diff", "timeline payload-service", "trend"])
async def test_guests_get_nothing(text: str) -> None:
    desk = desk_of()
    assert "Summit" not in said(await ask(desk, text, GUEST))
    await asyncio.sleep(0)
    assert desk.files.sent == []


async def test_which_plan_is_meant() -> None:
    desk = desk_of()
    desk.store.folders["winter-2026"] = folder()
    command = ReleaseCommand(desk.services)
    for text in ("diff", "timeline app", "trend"):
        answer = await command.answer(text, Caller(ANA, TEAM, "C9", "other"))
        assert "There are several plans" in said(answer)
        assert f"/release {text} summit-2026-q1" in said(answer)
