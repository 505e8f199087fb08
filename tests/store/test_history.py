"""History on real repositories: everybody's commits, rewinds, bad versions, and whatever may happen to the index."""

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.release.edits import AddRepository, SetDate
from bot.release.history import Change, Kind
from bot.release.record import Difference, NeverThere, Told, Way
from bot.release.status import Status
from bot.release.trend import Counts, Point
from bot.services.ports import PlanNotFoundError, StoreError, Updated
from bot.store import GitHistory, GitStore, LocalStore, index_rows, open_history, open_store
from bot.store import history as history_module
from bot.store.history import INDEX
from bot.store.index import Index
from bot.store.objects import Pool
from bot.store.trunk import MAIN
from tests.store.conftest import World
from tests.store.kit import (
    ANN,
    NOON,
    PASS,
    Hand,
    Seen,
    add,
    git,
    history,
    later,
    plan_bytes,
    render,
    report,
    ship,
)

PLAN_FILE = "plans/summit/release_plan.json"


def made(answer: object) -> str:
    assert isinstance(answer, Updated), answer
    assert answer.commit is not None
    return answer.commit


def news(found: Difference | Way | NeverThere) -> list[Change]:
    assert not isinstance(found, NeverThere)
    return [t.change for t in found.told]


def one(found: Difference | Way | NeverThere) -> Told:
    assert not isinstance(found, NeverThere)
    (told,) = found.told
    return told


class Life:
    """A plan whose days are known: opened, shipped otherwise, seen by a pass, and moved."""

    def __init__(self, store: GitStore) -> None:
        self.opened = made(store.update("summit", add(), ANN))
        self.shipped = made(store.update("summit", ship("v1.6.0", "ship-1", at=later(days=1)), ANN))
        seen = Seen({"server": report("server", "BLOCKED")}, "pass-1", later(days=2))
        self.seen = made(store.update("summit", seen, PASS))
        moved = SetDate("date-1", later(days=4), date(2026, 3, 20))
        self.moved = made(store.update("summit", moved, ANN))


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Life]:
    """A repository in which all that has happened, to be copied."""
    path = tmp_path_factory.mktemp("lived") / "plans.git"
    return path, Life(open_store(LocalStore(path), render, durable=False))


@pytest.fixture
def life(local: World, lived: tuple[Path, Life]) -> Life:
    shutil.rmtree(local.repository)
    shutil.copytree(lived[0], local.repository)
    return lived[1]


def reading(world: World) -> GitHistory:
    return open_history(world.location, cache_dir=world.root / "m1")


def test_each_change_has_who_when_and_its_commit(local: World, life: Life) -> None:
    found = reading(local).diff("summit")
    assert [(t.change.kind, t.change.repository, t.change.before, t.change.after) for t in found.told] == [
        (Kind.DATE, "", "2026-03-15", "2026-03-20"),
        (Kind.STATUS, "server", "AT_RISK", "BLOCKED"),
        (Kind.VERSION, "server", "v1.5.0", "v1.6.0"),
    ]
    moved, seen, shipped = (t.mark for t in found.told)
    assert [m.commit for m in (moved, seen, shipped)] == [life.moved, life.seen, life.shipped]
    assert (shipped.author, shipped.email, shipped.slack_user) == ("Ann Lee", "ann@example.org", "U0ANN")
    assert (shipped.when, shipped.committed, shipped.tracked) == (later(days=1), later(days=1), False)
    assert shipped.subject == ship("v1.6.0", "x").subject()
    assert (seen.author, seen.slack_user, seen.tracked) == ("Convoy", None, True)
    assert (found.start.commit, found.end.commit, found.opened) == (life.opened, life.moved, True)


@pytest.mark.parametrize(
    ("since", "kinds"),
    [
        (NOON, {Kind.DATE, Kind.STATUS, Kind.VERSION}),
        (later(days=1), {Kind.DATE, Kind.STATUS}),
        (later(days=1, seconds=-1), {Kind.DATE, Kind.STATUS, Kind.VERSION}),
        (later(days=4), set()),
        (later(days=400), set()),
        (date(2026, 3, 4), {Kind.DATE, Kind.STATUS, Kind.VERSION}),  # from its beginning on
        (date(2026, 3, 5), {Kind.DATE, Kind.STATUS}),
        (date(2026, 3, 7), {Kind.DATE}),
        (date(2026, 3, 8), set()),
        (date.min, {Kind.DATE, Kind.STATUS, Kind.VERSION}),
        (date.max, set()),
        (datetime.min.replace(tzinfo=UTC), {Kind.DATE, Kind.STATUS, Kind.VERSION}),
        (datetime.max.replace(tzinfo=UTC), set()),
    ],
)
def test_since_when(local: World, life: Life, since: datetime | date, kinds: set[Kind]) -> None:
    found = reading(local).diff("summit", since)
    assert {t.change.kind for t in found.told} == kinds
    assert found.opened is (since in (date.min, datetime.min.replace(tzinfo=UTC)))


@pytest.mark.parametrize("until", [later(days=2), date(2026, 3, 5), date(2026, 3, 6)])
def test_until_when(local: World, life: Life, until: datetime | date) -> None:
    found = reading(local).diff("summit", None, until)
    assert {t.change.kind for t in found.told} == {Kind.STATUS, Kind.VERSION}
    assert found.end.commit == life.seen


def test_since_and_until_a_commit(local: World, life: Life) -> None:
    found = reading(local).diff("summit", life.shipped, life.seen[:10])
    assert one(found).mark.commit == life.seen
    assert news(reading(local).diff("summit", life.moved)) == []


def test_days_are_those_of_the_plan(local: World) -> None:
    store = local.store()
    store.update("summit", add(timezone="Asia/Tokyo"), ANN)
    late = datetime(2026, 3, 4, 16, tzinfo=UTC)  # 01:00 on the fifth in Tokyo
    made(store.update("summit", ship("v2", "late", at=late), ANN))
    found = reading(local)
    assert news(found.diff("summit", None, date(2026, 3, 4))) == []
    assert one(found.diff("summit", date(2026, 3, 5))).change.after == "v2"
    assert [p.day for p in found.daily("summit")] == [date(2026, 3, 3), date(2026, 3, 5)]
    assert [p.day for p in found.daily("summit", "UTC")] == [date(2026, 3, 3), date(2026, 3, 4)]


def test_midnight_begins_a_day(local: World) -> None:
    store = local.store()
    store.update("summit", add(timezone="Europe/Berlin"), ANN)
    midnight = datetime(2026, 3, 4, 23, tzinfo=UTC)  # the first second of the fifth in Berlin
    store.update("summit", ship("v2", "sharp", at=midnight), ANN)
    found = reading(local)
    assert len(found.diff("summit", date(2026, 3, 5)).told) == 1
    assert found.diff("summit", None, date(2026, 3, 4)).told == ()
    assert found.diff("summit", midnight).told == ()
    assert [p.day for p in found.daily("summit")] == [date(2026, 3, 3), date(2026, 3, 5)]


def test_what_cannot_be_told_is_said(local: World, life: Life) -> None:
    found = reading(local)
    for slug in ("sumit", "../x", ""):
        with pytest.raises(PlanNotFoundError) as error:
            found.diff(slug)
        assert error.value.known == ("summit",)
    with pytest.raises(StoreError, match="names no commit"):
        found.diff("summit", "abcdef123456")
    with pytest.raises(StoreError, match="names no commit"):
        found.diff("summit", "HEAD")
    with pytest.raises(StoreError, match="no time zone"):
        found.diff("summit", datetime(2026, 3, 4))  # noqa: DTZ001 - that is the point
    with pytest.raises(StoreError, match="it began on 2026-03-03 12:00"):
        found.diff("summit", None, date(2026, 3, 2))


def test_an_empty_store_has_no_history(local: World) -> None:
    local.store()
    with pytest.raises(PlanNotFoundError, match="there is no plan yet"):
        reading(local).daily("summit")


def test_the_way_of_a_repository(local: World, life: Life) -> None:
    found = reading(local).timeline("summit", "server")
    assert isinstance(found, Way)
    assert [(t.change.kind, t.mark.commit) for t in found.told] == [
        (Kind.STATUS, life.seen), (Kind.VERSION, life.shipped), (Kind.SCOPE_ADDED, life.opened),
    ]  # fmt: skip
    assert reading(local).timeline("summit", "sever") == NeverThere("sever", ("server", "summit-app"))


def test_counts_of_every_day_that_brought_something(local: World, life: Life) -> None:
    assert reading(local).daily("summit") == (
        Point(date(2026, 3, 3), Counts(0, 2, 1)),
        Point(date(2026, 3, 4), Counts(0, 2, 1)),
        Point(date(2026, 3, 5), Counts(0, 2, 1)),
        Point(date(2026, 3, 7), Counts(0, 2, 1)),
    )


def test_the_statuses_for_a_forecast(local: World, life: Life) -> None:
    assert [(at, moved["server"]) for at, moved in reading(local).moves("summit").found if moved] == [
        (NOON, Status.AT_RISK), (later(days=2), Status.BLOCKED),
    ]  # fmt: skip


def test_what_a_person_pushes_is_told_under_their_name(local: World, life: Life) -> None:
    pushed = local.hand().push({PLAN_FILE: plan_bytes(releaseDate="2026-04-01", lead="Lea")}, "Later, alas")
    found = [t for t in reading(local).diff("summit", life.moved).told if t.change.kind is Kind.DATE]
    (told,) = found
    assert (told.mark.author, told.mark.email, told.mark.commit) == ("Bo Hand", "bo@example.org", pushed)
    assert (told.mark.subject, told.mark.slack_user, told.mark.tracked) == ("Later, alas", None, False)


def test_of_a_merge_the_merge_is_told_and_not_what_happened_on_the_branch(local: World, life: Life) -> None:
    hand = local.hand()
    git(hand.tree, "checkout", "-q", "-b", "topic")
    for number, day in enumerate(("2026-05-01", "2026-05-02")):
        (hand.tree / PLAN_FILE).write_bytes(plan_bytes(releaseDate=day))
        git(hand.tree, "commit", "-q", "-am", f"On the branch {number}")
    branch = git(hand.tree, "rev-parse", "topic").strip()
    git(hand.tree, "checkout", "-q", "main")
    (hand.tree / "notes.txt").write_text("meanwhile")
    git(hand.tree, "add", "notes.txt")
    git(hand.tree, "commit", "-q", "-m", "Meanwhile on main")
    git(hand.tree, "merge", "-q", "--no-ff", "-m", "Take the later date", "topic")
    git(hand.tree, "push", "-q", "origin", "HEAD:main")
    found = reading(local)
    told = next(t for t in found.diff("summit", life.moved).told if t.change.kind is Kind.DATE)
    assert (told.mark.subject, told.times, told.change.after) == ("Take the later date", 1, "2026-05-02")
    with pytest.raises(StoreError, match="merged from a branch"):
        found.diff("summit", branch)


@pytest.mark.parametrize("bad", [b"{", b"", plan_bytes(releaseDate="soon"), plan_bytes() + b"x"])
def test_a_bad_version_is_no_change_and_hides_none(local: World, life: Life, bad: bytes) -> None:
    hand = local.hand()
    broken = hand.push({PLAN_FILE: bad}, "Oops")
    found = reading(local)
    assert news(found.diff("summit", life.moved)) == []
    assert found.diff("summit").end.commit == broken
    mended = hand.push({PLAN_FILE: plan_bytes(releaseDate="2026-04-01")}, "Mend it")
    told = [t for t in found.diff("summit", life.moved).told if t.change.kind is Kind.DATE]
    assert [(t.mark.commit, t.times) for t in told] == [(mended, 1)]


def test_a_repository_that_is_listed_twice_stops_no_history_and_counts_where_it_is_listed_first(local: World) -> None:
    groups = json.loads(plan_bytes())["releaseGroups"]
    row = groups[0]["repositories"][0]
    groups[1]["repositories"].append({**row, "status": "BLOCKED", "dependencies": []})
    store = local.store()
    made(store.update("summit", add(releaseGroups=groups), ANN))
    made(store.update("summit", ship("v1.6.0", "e1", at=later(hours=1)), ANN))
    made(store.update("summit", ship("v3.0.1", "e2", at=later(hours=2), repository="summit-app"), ANN))

    told = open_history(LocalStore(local.repository)).diff("summit", since=NOON)
    assert [(c.repository, c.after) for c in news(told) if c.kind is Kind.VERSION] == [
        ("summit-app", "v3.0.1"), ("server", "v1.6.0")
    ]  # fmt: skip


def test_a_bad_document_is_no_change_either(local: World, life: Life) -> None:
    path = "plans/summit/ga_status/server.json"
    hand = local.hand()
    hand.push({path: b"{"}, "Oops")
    assert news(reading(local).diff("summit", life.moved)) == []
    hand.push({path: json.dumps(report("server", "READY").raw).encode()}, "By hand")
    assert one(reading(local).diff("summit", life.moved)).change.after == "READY"


def test_a_plan_that_never_could_be_read_and_then_could(local: World) -> None:
    local.store()
    hand = local.hand()
    hand.push({PLAN_FILE: b"{"}, "Begin badly")
    found = reading(local)
    with pytest.raises(PlanNotFoundError):
        found.diff("summit")
    begun = hand.push({PLAN_FILE: plan_bytes()}, "Begin again")
    assert found.diff("summit").start.commit == begun
    assert [t.mark.commit for t in _told(found.timeline("summit", "server"))] == [begun]


def _told(found: Way | NeverThere) -> tuple[Told, ...]:
    assert isinstance(found, Way)
    return found.told


def test_a_plan_that_was_dropped_has_no_difference_but_its_past(local: World, life: Life) -> None:
    hand = local.hand()
    files = git(local.repository, "ls-tree", "-r", "--name-only", "main").split()
    hand.push({name: None for name in files if name.startswith("plans/summit/")}, "Away with it")
    found = reading(local)
    with pytest.raises(PlanNotFoundError):
        found.diff("summit")
    assert len(found.diff("summit", None, later(days=5)).told) == 3
    assert found.daily("summit")[-1].counts == Counts(0, 0)
    way = found.timeline("summit", "server")
    assert isinstance(way, Way)
    assert not way.there


def test_a_rewind_is_followed_and_what_was_rewound_is_not_told(local: World, life: Life) -> None:
    found = reading(local)
    assert len(found.diff("summit").told) == 3
    git(local.repository, "update-ref", MAIN, life.shipped)
    assert [c.kind for c in news(found.diff("summit"))] == [Kind.VERSION]
    with pytest.raises(StoreError, match="rewound since"):
        found.diff("summit", life.moved)
    store = local.store()
    again = made(store.update("summit", AddRepository("add-2", later(days=3), "Platform", "docs", "v1"), ANN))
    assert {t.mark.commit for t in found.diff("summit").told} == {life.shipped, again}
    git(local.repository, "update-ref", MAIN, life.moved)
    assert {t.mark.commit for t in found.diff("summit").told} == {life.shipped, life.seen, life.moved}
    assert {t.mark.commit for t in reading(local).diff("summit").told} == {life.shipped, life.seen, life.moved}


def test_a_clock_that_runs_a_year_ahead_disturbs_nobody_else(local: World, life: Life) -> None:
    """git lets no commit of Convoy's be older than its parent, but Convoy's own moment of it counts."""
    hand = local.hand()
    (hand.tree / "captains.json").write_text("{}")
    git(hand.tree, "add", "--all")
    git(hand.tree, "-c", "user.name=Eve", "commit", "-q", "-m", "Ahead of my time", "--date", "2027-03-03T12:00:00Z")
    ahead = git(hand.tree, "commit-tree", "HEAD^{tree}", "-p", "HEAD~1", "-m", "Ahead").strip()
    raw = git(hand.tree, "cat-file", "commit", ahead).encode()
    raw = re.sub(rb"(?m)^(author|committer) (.*) \d+ \+\d+$", rb"\1 \2 1804075200 +0000", raw)
    ahead = git(hand.tree, "hash-object", "-t", "commit", "-w", "--stdin", stdin=raw).strip()
    git(hand.tree, "push", "-q", "origin", f"{ahead}:main")
    store = local.store()
    after = made(store.update("summit", ship("v1.7.0", "ship-2", at=later(days=6)), ANN))
    assert history(local.repository, "%cI", "-1")[0].startswith("2027-03-")
    found = reading(local)
    assert [p.day for p in found.daily("summit")][-1] == date(2026, 3, 9)
    assert one(found.diff("summit", later(days=5), later(days=6))).mark.commit == after
    assert store.read("summit", later(days=6)).commit == after
    assert store.read("summit", later(days=6, seconds=-1)).commit == life.moved


def test_a_remote_is_read_as_far_as_it_was_fetched(remote: World) -> None:
    store = remote.store()
    life = Life(store)
    found = reading(remote)
    assert found.diff("summit").end.commit == life.moved
    assert (remote.clone() / INDEX).is_file()
    pushed = remote.hand().push({PLAN_FILE: plan_bytes(releaseDate="2026-04-01")})
    assert found.diff("summit").end.commit == life.moved
    store.refresh()
    assert found.diff("summit").end.commit == pushed


def test_commits_to_other_plans_cost_nothing_and_change_nothing(local: World, life: Life) -> None:
    found = reading(local)
    before = found.diff("summit")
    local.store().update("other", add("add-other", at=later(days=9)), ANN)
    local.hand().push({"captains.json": b"{}"})
    assert found.diff("summit") == before
    assert found.diff("other").opened


# The index


def index_of(world: World) -> Path:
    return world.repository / INDEX


def _garbage(path: Path) -> None:
    path.write_bytes(b"this is no database " * 500)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _half(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def _flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for at in range(4096, len(data), 512):
        data[at : at + 64] = b"\xa5" * 64
    path.write_bytes(data)


def _sql(path: Path, *statements: str) -> None:
    base = sqlite3.connect(path)
    for statement in statements:
        base.execute(statement)
    base.commit()
    base.close()


DAMAGES: dict[str, Callable[[Path], None]] = {
    "missing": Path.unlink,
    "empty": _empty,
    "garbage": _garbage,
    "half": _half,
    "flipped": _flipped,
    "another schema": lambda path: _sql(path, "PRAGMA user_version = 99"),
    "no tables": lambda path: _sql(path, "DROP TABLE trunk", "DROP TABLE versions"),
    "other tables": lambda path: _sql(path, "DROP TABLE versions", "CREATE TABLE versions (x)"),
    "a version is missing": lambda path: _sql(
        path, "DELETE FROM versions WHERE id IN (SELECT id FROM versions WHERE body LIKE '%v1.6.0%')"
    ),
    "a version lies": lambda path: _sql(path, "UPDATE versions SET body = replace(body, 'BLOCKED', 'READY')"),
    "a version is nonsense": lambda path: _sql(path, "UPDATE versions SET body = '['"),
    "a version is a number": lambda path: _sql(path, "UPDATE versions SET body = 7, seal = 'x'"),
    "a commit is missing": lambda path: _sql(path, "DELETE FROM trunk WHERE parent IS NULL"),
    "commits in a ring": lambda path: _sql(path, "UPDATE trunk SET parent = id"),
    "all commits are missing": lambda path: _sql(path, "DELETE FROM trunk"),
    "a folder": lambda path: (path.unlink(), path.mkdir())[1],
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
@pytest.mark.parametrize("started", ["before", "after"])
def test_whatever_happens_to_the_index_the_answer_is_that_of_git(
    local: World, life: Life, damage: Callable[[Path], None], started: str
) -> None:
    old = reading(local)
    right = old.diff("summit")
    assert len(right.told) == 3
    damage(index_of(local))
    found = old if started == "before" else reading(local)
    with capture_logs() as lines:
        assert found.diff("summit") == right
        assert reading(local).diff("summit") == right
    made_again = not any(line["log_level"] == "warning" for line in lines)
    assert made_again is (damage is not DAMAGES["a folder"])
    more = made(local.store().update("summit", ship("v9", "ship-9", at=later(days=5)), ANN))
    assert found.diff("summit").end.commit == more
    assert {c.after for c in news(found.diff("summit"))} == {"2026-03-20", "BLOCKED", "v9"}
    assert len(news(reading(local).timeline("summit", "server"))) == 4
    assert reading(local).diff("summit") == found.diff("summit")


def test_what_is_in_the_index_is_not_read_from_git_again(
    local: World, life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = reading(local).diff("summit")
    read: list[str] = []
    real = history_module.Chronicler.read
    monkeypatch.setattr(
        history_module.Chronicler, "read", lambda self, *rest: read.append(str(real(self, *rest))) or int(read[-1])
    )
    found = reading(local)
    assert found.diff("summit") == right
    assert read == []
    made(local.store().update("summit", ship("v9", "ship-9", at=later(days=5)), ANN))
    found.diff("summit")
    found.diff("summit")
    assert read == ["1"]


def test_where_no_index_can_be_written_the_memory_does(local: World, life: Life) -> None:
    right = reading(local).diff("summit")
    in_the_way = local.root / "file"
    in_the_way.write_text("")
    with capture_logs() as lines:
        found = GitHistory(Pool(local.repository), MAIN, Index(in_the_way / "below" / "x.sqlite"))
        assert found.diff("summit") == right
        more = made(local.store().update("summit", ship("v9", "ship-9", at=later(days=5)), ANN))
        assert found.diff("summit", life.moved).end.commit == more
        assert found.diff("summit", more[:12]).told == ()
    assert [line["event"] for line in lines] == ["history is kept in memory: its index cannot be used"]


def test_a_disk_that_is_full_is_no_reason_not_to_answer(
    local: World, life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(writer: index_rows.Writer) -> None:
        if writer._base.execute("PRAGMA database_list").fetchone()[2]:
            raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(index_rows.Writer, "flush", full)
    monkeypatch.setattr("bot.store.chronicle._FLUSH_EVERY", 1)
    with capture_logs() as lines:
        assert len(reading(local).diff("summit").told) == 3
    assert [line["reason"] for line in lines] == ["database or disk is full"]
    monkeypatch.undo()
    assert len(reading(local).diff("summit").told) == 3


def test_where_the_index_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository, cache = tmp_path / "plans.git", tmp_path / "cache"
    open_store(LocalStore(repository), render)
    assert history_module._index_file(repository, cache) == repository / INDEX
    monkeypatch.setattr(os, "access", lambda *_: False)
    elsewhere = history_module._index_file(repository, cache)
    assert elsewhere.parent == cache / "history"
    assert elsewhere != history_module._index_file(tmp_path / "other.git", cache)
    store = open_store(LocalStore(repository), render)
    store.update("summit", add(), ANN)
    assert open_history(LocalStore(repository), cache_dir=cache).diff("summit").told == ()
    assert elsewhere.is_file()
    assert not (repository / INDEX).exists()


ASK = """
import sys
from bot.store import open_history
print("ready", flush=True)
sys.stdin.readline()
found = open_history(sys.argv[1]).diff("summit")
print(len(found.told), found.end.commit, flush=True)
"""


def asking(repository: Path) -> "subprocess.Popen[str]":
    started = subprocess.Popen(
        [sys.executable, "-c", ASK, str(repository)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert started.stdout is not None
    assert started.stdout.readline() == "ready\n"
    return started


def long_history(world: World, versions: int = 400) -> str:
    """A plan that ships one version after the other; the newest commit."""
    from bot.store.objects import Objects

    objects = Objects(world.repository)
    tree, head = None, None
    for number in range(versions):
        data = plan_bytes(releaseDate=(date(2026, 3, 1) + timedelta(days=number)).isoformat())
        tree = objects.write(tree, {PLAN_FILE: data})
        at = int(later(hours=number).timestamp())
        who = ("Ann", "ann@example.org")
        head = objects.commit(tree, head, who, who, (at, at, 0), f"Move {number}\n")
    assert head is not None
    git(world.repository, "update-ref", MAIN, head)
    return head


def test_several_processes_may_ask_at_once(local: World) -> None:
    head = long_history(local)
    processes = [asking(local.repository) for _ in range(3)]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=60)[0] for process in processes]
    assert answers == [f"1 {head}\n"] * 3
    assert reading(local).diff("summit").end.commit == head


def test_a_process_that_is_killed_while_it_reads_leaves_nothing_wrong(local: World) -> None:
    head = long_history(local)
    process = asking(local.repository)
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()
    for _ in range(500):
        if index_of(local).exists() and index_of(local).stat().st_size > 20_000:
            break
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=20)
    found = reading(local)
    assert (found.diff("summit").end.commit, found.diff("summit").told[0].times) == (head, 399)


def test_several_threads_may_ask_at_once(local: World) -> None:
    head = long_history(local, 100)
    found = reading(local)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: found.diff("summit"), range(16)))
    assert {(a.end.commit, len(a.told)) for a in answers} == {(head, 1)}


def test_signatures_that_nobody_should_have_made(local: World, life: Life) -> None:
    """Forged times and names, and half of a character, harm no answer."""
    tree = git(local.repository, "rev-parse", "main^{tree}").strip()
    hand = Hand(local.repository, local.root / "forger")
    (hand.tree / PLAN_FILE).write_bytes(plan_bytes(releaseDate="2026-06-01"))
    git(hand.tree, "add", "--all")
    tree = git(hand.tree, "write-tree").strip()
    raw = (
        f"tree {tree}\nparent {life.moved}\n".encode()
        + b"author Ev\xff\x1b[31mil <a b> 99999999999999 +9999\ncommitter x <> -1 +0000\n\nSubject \xfe\n"
    )
    made_up = git(hand.tree, "hash-object", "-t", "commit", "-w", "--literally", "--stdin", stdin=raw).strip()
    git(hand.tree, "push", "-q", "origin", f"{made_up}:main")
    told = next(t for t in reading(local).diff("summit", life.moved).told if t.change.kind is Kind.DATE)
    assert told.mark.commit == made_up
    assert "\x1b" not in told.mark.author
    assert 1970 <= told.mark.when.year <= 9999
    git(local.repository, "update-ref", MAIN, life.moved)
    git(local.repository, "prune", "--expire=now")
    assert history(local.repository)[0] == life.moved
