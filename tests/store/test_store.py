"""The promises of the plan store, the same for a local repository and for a remote over smart HTTP."""

import errno
import json
from datetime import datetime
from pathlib import Path

import pytest

from bot.release import documents
from bot.release.edits import Conflict, DropRepository, SetDate
from bot.release.folder import FeedState
from bot.release.status import Status
from bot.services.ports import Author, Person, PlanNotFoundError, PlanStore, StoreError, Updated
from bot.store import GitStore, open_store
from bot.store.objects import Objects
from tests.store.conftest import World
from tests.store.kit import (
    ANN,
    NOON,
    PASS,
    PLAN,
    Append,
    Seen,
    add,
    git,
    history,
    later,
    names,
    plan_bytes,
    render,
    report,
    ship,
)


def done(answer: Updated | Conflict) -> Updated:
    assert isinstance(answer, Updated), answer
    return answer


def made(answer: Updated | Conflict) -> str:
    """The commit of an update that must have made one."""
    commit = done(answer).commit
    assert commit is not None
    return commit


def version(store: PlanStore, repository: str = "server", slug: str = "summit") -> str | None:
    found = store.read(slug).folder.document.plan.find(repository)
    assert found is not None
    return found[1].version


def test_a_plan_opens_with_one_commit_that_holds_all_its_files(world: World) -> None:
    store = world.store()

    updated = done(store.update("summit", add(), ANN))

    assert updated.before is None
    assert updated.state == store.read("summit")
    assert updated.state.commit == updated.commit == store.refresh()
    assert updated.state.folder.document.raw == PLAN
    assert store.slugs() == ("summit",)
    assert history(world.repository) == [updated.commit]
    folder = "plans/summit"
    assert names(world.repository, made(updated)) == {
        f"{folder}/release_plan.json", f"{folder}/RELEASE_PLAN.md", f"{folder}/tracking.json"
    }  # fmt: skip
    assert git(world.repository, "show", f"main:{folder}/release_plan.json").encode() == plan_bytes()


def test_the_person_is_the_author_and_the_bot_the_committer(world: World) -> None:
    world.store().update("summit", add(at=datetime.fromisoformat("2026-03-03T13:00:00+05:30")), ANN)

    who = "%an <%ae>%n%cn <%ce>%n%aI%n%cI"
    assert history(world.repository, who) == [
        "Ann Lee <ann@example.org>", "Convoy <convoy@localhost>",
        "2026-03-03T13:00:00+05:30", "2026-03-03T13:00:00+05:30",
    ]  # fmt: skip
    assert history(world.repository, "%B") == [
        "Open the plan Summit 2026 Q1 Launch", "",
        "Slack-User: U0ANN", "Slack-Team: T0TEAM", "Plan: summit", "Plan-Edit-Id: add-1",
    ]  # fmt: skip


def test_nothing_changed_is_no_commit(world: World) -> None:
    store = world.store()
    store.update("summit", add(), ANN)
    head = store.refresh()

    same = done(store.update("summit", ship("v1.5.0", "e1", at=later(days=3)), ANN))
    seen = done(store.update("summit", Seen({}, "p1", later(days=4)), PASS))

    assert same.commit is seen.commit is None
    assert same.before == same.state.folder
    assert store.refresh() == head == same.state.commit
    assert len(history(world.repository)) == 1


def test_an_edit_changes_only_its_line_and_keeps_what_people_added(world: World) -> None:
    store = world.store()
    store.update("summit", add(), ANN)

    commit = made(store.update("summit", ship("v1.6.0", "e1"), ANN))

    changed = git(world.repository, "diff", "--unified=0", f"{commit}~", commit, "--", "plans/summit/release_plan.json")
    lines = [line for line in changed.split("\n") if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    assert [line[1:].strip() for line in lines if line] == ['"version": "v1.5.0",', '"version": "v1.6.0",']
    written = json.loads(git(world.repository, "show", "main:plans/summit/release_plan.json"))
    assert written["x-made-by"] == PLAN["x-made-by"]
    assert list(written) == list(PLAN)
    assert list(written["releaseGroups"][0]["repositories"][0]) == ["version", "name", "status", "dependencies"]


def test_a_pass_is_one_commit_of_plan_dashboard_snapshots_and_memory(world: World) -> None:
    store = world.store()
    store.update("summit", add(), ANN)
    reports = {"server": report("server", "READY"), "org/name": report("org/name"), "..": report("..")}

    updated = done(store.update("summit", Seen(reports, "p1", later(hours=1)), PASS))

    folder = "plans/summit"
    assert names(world.repository, made(updated)) == {
        f"{folder}/RELEASE_PLAN.md", f"{folder}/tracking.json",
        f"{folder}/ga_status/server.json", f"{folder}/ga_status/org%2Fname.json", f"{folder}/ga_status/%2E..json",
    }  # fmt: skip
    read = world.store("m2").read("summit").folder
    assert read.reports == reports
    assert (read.tracking["server"].feed, read.tracking["server"].since) == (FeedState.FRESH, later(hours=1))
    again = done(store.update("summit", Seen({n: report(n, d.status.status) for n, d in reports.items()}, "p2"), PASS))
    assert again.commit is None


def test_a_snapshot_that_is_gone_from_the_folder_is_removed(world: World) -> None:
    store = world.store()
    store.update("summit", add(), ANN)
    store.update("summit", Seen({"server": report("server"), "summit-app": report("summit-app")}, "p1"), PASS)

    commit = made(store.update("summit", Seen({"server": report("server")}, "p2"), PASS))

    assert "plans/summit/ga_status/summit-app.json" in names(world.repository, commit)
    assert set(store.read("summit").folder.reports) == {"server"}
    made(store.update("summit", Seen({}, "p3"), PASS))
    assert "ga_status" not in git(world.repository, "ls-tree", "--name-only", "main:plans/summit")


def test_what_the_edit_refuses_is_answered_and_not_written(world: World) -> None:
    store = world.store()
    store.update("summit", add(), ANN)

    again = store.update("summit", add("add-2"), ANN)
    unknown = store.update("summit", ship("v2", "e1", repository="sever"), ANN)
    nowhere = store.update("winter", ship("v2", "e2"), ANN)

    assert isinstance(again, Conflict)
    assert "exists already" in again.reason
    assert isinstance(unknown, Conflict)
    assert "did you mean server" in unknown.reason
    assert isinstance(nowhere, Conflict)
    assert len(history(world.repository)) == 1


@pytest.mark.parametrize("slug", ["", "..", "../x", "a/b", ".git", "-x", "a b", "x" * 101, "a\nb"])
def test_a_slug_that_is_no_folder_name_is_refused(local: World, slug: str) -> None:
    store = local.store()

    assert isinstance(store.update(slug, add(), ANN), Conflict)
    with pytest.raises(PlanNotFoundError):
        store.read(slug)


def test_an_empty_store_has_no_plans(world: World) -> None:
    store = world.store()

    assert store.slugs() == ()
    assert store.refresh() == ""
    assert dict(store.captains()) == {}
    assert store.problems() == ()
    assert store.log("summit") == ()
    with pytest.raises(PlanNotFoundError, match="there is no plan yet"):
        store.read("summit")


def test_a_plan_that_is_not_there_names_those_that_are(world: World) -> None:
    store = world.store()
    store.update("summit", add(), ANN)
    store.update("autumn", add("add-2"), ANN)

    with pytest.raises(PlanNotFoundError, match="autumn, summit") as caught:
        store.read("sumit")

    assert caught.value.known == ("autumn", "summit")


def test_reads_at_a_commit_and_at_a_moment(world: World) -> None:
    store = world.store()
    first = made(store.update("summit", add(), ANN))
    second = made(store.update("summit", ship("v1.6.0", "e1", at=later(days=2)), ANN))
    store.update("summit", ship("v1.7.0", "e2", at=later(days=4)), ANN)

    for at in (first, first[:7], NOON, later(days=1, hours=23)):
        state = store.read("summit", at)
        assert (state.commit, state.committed_at) == (first, NOON)
        assert state.folder.document.raw == PLAN
    assert store.read("summit", later(days=2)).commit == second
    assert store.read("summit", later(days=400)) == store.read("summit")
    with pytest.raises(StoreError, match="history begins 2026-03-03 12:00"):
        store.read("summit", later(seconds=-1))
    with pytest.raises(StoreError, match="no time zone"):
        store.read("summit", datetime(2026, 3, 4))  # noqa: DTZ001
    for nothing in ("", "zzz", "main", "HEAD~1", "abc", "deadbeef", "f" * 40, "--all"):
        with pytest.raises(StoreError, match="names no commit"):
            store.read("summit", nothing)


def test_a_plan_opened_later_is_not_there_before(world: World) -> None:
    store = world.store()
    first = made(store.update("summit", add(), ANN))
    store.update("autumn", add("add-2"), ANN)

    with pytest.raises(PlanNotFoundError) as caught:
        store.read("autumn", first)

    assert caught.value.known == ("summit",)


def test_history_is_dated_by_the_edits_and_never_goes_back(world: World) -> None:
    store = world.store()
    for number, days in enumerate([0, 5, 3, 6]):
        store.update("summit", Append(f"r{number}", f"e{number}", later(days=days)) if number else add(), ANN)

    assert history(world.repository, "%aI %cI", "--date=iso-strict") == [
        f"2026-03-{author}T12:00:00+00:00 2026-03-{committer}T12:00:00+00:00"
        for author, committer in [("09", "09"), ("06", "08"), ("08", "08"), ("03", "03")]
    ]


def test_the_same_edit_twice_is_made_once(world: World) -> None:
    store = world.store()
    store.update("summit", add(), ANN)
    first = done(store.update("summit", Append("extra", "e1"), ANN))
    made(store.update("summit", ship("v9", "e2"), ANN))

    again = done(world.store("m2").update("summit", Append("extra", "e1"), ANN))

    assert again.commit == first.commit
    assert again.before == first.before
    assert again.state.folder == store.read("summit").folder
    assert len(history(world.repository)) == 3


def test_the_same_id_on_another_plan_is_another_edit(world: World) -> None:
    store = world.store()
    store.update("summit", add(), ANN)
    store.update("autumn", add("add-2"), ANN)
    made(store.update("summit", ship("v2", "same"), ANN))

    made(store.update("autumn", ship("v2", "same"), ANN))

    assert version(store, slug="autumn") == version(store) == "v2"


def test_the_log_tells_who_changed_a_plan_when(world: World) -> None:
    store = world.store()
    store.update("summit", add(), ANN)
    store.update("autumn", add("add-2"), ANN)
    store.update("summit", ship("v2", "e1", at=later(days=1)), ANN)
    hand = world.hand().push({"plans/summit/release_plan.json": plan_bytes(status="IN_PROGRESS")}, "Start")
    store.refresh()

    newest, edit, opened = store.log("summit")

    assert (newest.id, newest.author, newest.subject, newest.edit_id) == (hand, "Bo Hand", "Start", None)
    assert (edit.author, edit.subject, edit.edit_id) == ("Ann Lee", "Ship server v2", "e1")
    assert (edit.slack_user, edit.when) == ("U0ANN", later(days=1))
    assert opened.subject.startswith("Open the plan")
    assert store.log("summit", limit=1) == (newest,)
    assert store.log("winter") == ()


def test_captains_are_read_and_a_bad_file_breaks_nothing(world: World) -> None:
    store = world.store()
    store.update("summit", add(), ANN)
    hand = world.hand()
    people = {"Captain A": {"slack": "U0AAA", "email": "a@example.org", "deputy": "Captain B"}, "Captain B": {}}
    hand.push({"captains.json": json.dumps({**people, "Captain C": {"slack": "@cee"}}, indent=2).encode()})
    store.refresh()

    assert dict(store.captains()) == {
        "Captain A": Person("Captain A", "U0AAA", "a@example.org", "Captain B"), "Captain B": Person("Captain B")
    }  # fmt: skip
    assert len(store.problems()) == 1
    assert store.problems()[0].startswith("captains.json, line 8: Captain C: slack must be a Slack user id")

    hand.push({"captains.json": b'{"Captain A": \n oops'})
    store.refresh()
    assert set(store.captains()) == {"Captain A", "Captain B"}, "the last one that could be read"
    assert "captains.json, line 2: expected a value" in store.problems()[0]
    assert version(store) == "v1.5.0"
    made(store.update("summit", ship("v2", "e1"), ANN))


def test_a_hand_formatted_plan_is_laid_out_in_a_commit_of_its_own(world: World) -> None:
    store = world.store()
    store.update("summit", add(), ANN)
    world.hand().push({"plans/summit/release_plan.json": json.dumps(PLAN, indent=7).encode()})

    commit = made(store.update("summit", ship("v1.6.0", "e1"), ANN))

    assert history(world.repository, "%an: %s")[:3] == [
        "Ann Lee: Ship server v1.6.0", "Convoy: Lay out release_plan.json as Convoy writes it", "Bo Hand: By hand"
    ]  # fmt: skip
    assert names(world.repository, f"{commit}~") == {"plans/summit/release_plan.json"}
    stat = git(world.repository, "diff", "--numstat", f"{commit}~", commit, "--", "plans/summit/release_plan.json")
    assert stat.split()[:2] == ["1", "1"]


def test_a_hand_formatted_plan_is_left_alone_while_nobody_edits_it(world: World) -> None:
    store = world.store()
    store.update("summit", add(), ANN)
    by_hand = json.dumps(PLAN, indent=7)
    world.hand().push({"plans/summit/release_plan.json": by_hand.encode()})

    store.update("summit", Seen({"server": report("server")}, "p1"), PASS)

    assert git(world.repository, "show", "main:plans/summit/release_plan.json") == by_hand


def test_the_dashboard_follows_what_people_push_and_not_the_clock(world: World) -> None:
    store = world.store()
    store.update("summit", add(), ANN)
    shown = "main:plans/summit/RELEASE_PLAN.md"
    first = git(world.repository, "show", shown)
    assert done(store.update("summit", Seen({}, "p1", later(days=1)), PASS)).commit is None
    assert git(world.repository, "show", shown) == first

    hand = world.hand()
    hand.push({"plans/summit/release_plan.json": plan_bytes(releaseName="Renamed")})
    renewed = made(store.update("summit", Seen({}, "p2", later(days=2)), ANN))

    assert git(world.repository, "show", shown).startswith("# Renamed")
    assert names(world.repository, renewed) == {"plans/summit/RELEASE_PLAN.md"}
    assert history(world.repository, "%an: %s")[0] == "Convoy: Renew RELEASE_PLAN.md"
    assert done(store.update("summit", Seen({}, "p3", later(days=3)), PASS)).commit is None
    assert done(world.store("m2").update("summit", Seen({}, "p4", later(days=4)), PASS)).commit is None

    hand.push({"plans/summit/RELEASE_PLAN.md": None})
    made(store.update("summit", Seen({}, "p5", later(days=5)), PASS))
    assert git(world.repository, "show", shown).startswith("# Renamed")


def test_a_bad_plan_pushed_by_hand_leaves_the_last_good_one_in_force(world: World) -> None:
    store = world.store()
    store.update("summit", add(), ANN)
    store.update("autumn", add("add-2"), ANN)
    good = store.refresh()
    hand = world.hand()
    bad = hand.push({"plans/summit/release_plan.json": b'{\n  "releaseName": "x",\n  oops\n}\n'}, "Break it")
    hand.push({"README.md": b"something else\n"})
    store.refresh()

    state = store.read("summit")

    assert state.folder.document.raw == PLAN
    assert state.commit == good
    assert state.bad_head is not None
    assert (state.bad_head.commit, state.bad_head.author) == (bad, "Bo Hand")
    assert state.bad_head.problems[0].line == 3
    assert store.slugs() == ("autumn", "summit")

    refused = store.update("summit", ship("v2", "e1"), ANN)
    assert isinstance(refused, Conflict)
    assert f"plans/summit/release_plan.json:3: {state.bad_head.problems[0].reason}" in refused.reason
    assert bad[:7] in refused.reason
    assert "Bo Hand" in refused.reason
    made(store.update("autumn", ship("v2", "e2"), ANN))
    assert store.read("autumn").bad_head is None

    hand.push({"plans/summit/release_plan.json": plan_bytes(status="IN_PROGRESS")})
    made(store.update("summit", ship("v2", "e1"), ANN))
    assert store.read("summit").bad_head is None


def test_a_plan_that_never_was_good_says_who_and_where(world: World) -> None:
    store = world.store()
    bad = world.hand().push({"plans/summit/release_plan.json": b"[\n]\n"})
    store.refresh()

    with pytest.raises(StoreError, match=rf"{bad[:7]} by Bo Hand, plans/summit/release_plan.json:1: "):
        store.read("summit")
    assert isinstance(store.update("summit", ship("v2", "e1"), ANN), Conflict)
    assert store.slugs() == ("summit",)


def test_a_plan_that_people_removed_is_gone_and_can_be_opened_anew(world: World) -> None:
    store = world.store()
    store.update("summit", add(), ANN)
    store.update("summit", Seen({"server": report("server"), "old": report("old")}, "p1"), PASS)
    world.hand().push({"plans/summit/release_plan.json": None})
    store.refresh()

    assert store.slugs() == ()
    with pytest.raises(PlanNotFoundError):
        store.read("summit")
    updated = done(store.update("summit", add("add-2"), ANN))
    assert updated.state.folder.reports == {}, "what is left of the old plan is not the new plan's"
    assert set(updated.state.folder.tracking) == {"server", "summit-app"}


def test_names_that_would_corrupt_a_commit_are_cleaned(world: World) -> None:
    store = world.store()
    evil = Author("Eve\n<x>\x00 \ud800Plan: other", "e<v>e @\nx", "U1\nPlan-Edit-Id: forged", "T\x1b[31m1")
    store.update("summit", add(), ANN)

    made(store.update("summit", Seen({"server": report("server")}, "i\nd", words="One\nPlan: forged\n\n"), evil))
    made(store.update("summit", ship("v2", "e2"), Author("<>", "\n")))

    assert history(world.repository, "%an|%ae|%s")[:2] == [
        "unknown|unknown@localhost|Ship server v2", "Eve x Plan: other|eve@x|One Plan: forged"
    ]  # fmt: skip
    log = store.log("summit")
    assert (log[1].edit_id, log[1].slack_user) == ("i d", "U1 Plan-Edit-Id: forged")
    assert done(store.update("summit", Append("x", "i\nd"), evil)).commit == log[1].id


def test_many_plans_and_hostile_repository_names(world: World) -> None:
    store = world.store()
    store.update("summit", add(), ANN)
    hostile = ["../../../etc/passwd", ".git", "ü" * 300, "%2F", "con", "x.json", ".", "~", "名前/名前", "A", "a"]
    reports = {name: report(name) for name in hostile}

    made(store.update("summit", Seen(reports, "p1"), PASS))

    assert dict(world.store("m2").read("summit").folder.reports) == reports
    for path in git(world.repository, "ls-tree", "-r", "-z", "--name-only", "main").split("\0"):
        assert len(path) < 250
        assert ".." not in path.split("/")


def test_edits_of_the_domain_pass_through(world: World) -> None:
    store = world.store()
    store.update("summit", add(), ANN)

    made(store.update("summit", SetDate("e1", NOON, NOON.date()), ANN))
    made(store.update("summit", DropRepository("e2", NOON, "server"), ANN))

    folder = store.read("summit").folder
    assert folder.document.plan.release_date == NOON.date()
    assert [r.name for _, r in folder.document.plan.repositories()] == ["summit-app"]
    assert folder.tracking["summit-app"].status is Status.ON_TRACK


def test_states_are_shared_and_cannot_be_changed(local: World) -> None:
    store = local.store()
    store.update("summit", add(), ANN)
    store.update("summit", Seen({"server": report("server")}, "p1"), PASS)
    before = store.read("summit")
    assert store.read("summit") is before

    store.update("autumn", add("add-2"), ANN)
    after = store.read("summit")

    assert after.folder is before.folder, "an unchanged plan is not read again"
    with pytest.raises(TypeError):
        after.folder.reports["x"] = report("x")  # type: ignore[index]


def test_an_unchanged_snapshot_is_not_parsed_again(local: World, monkeypatch: pytest.MonkeyPatch) -> None:
    store = local.store()
    store.update("summit", add(), ANN)
    store.update("summit", Seen({"server": report("server"), "app": report("app")}, "p1"), PASS)
    changed = {**store.read("summit").folder.reports, "app": report("app", "READY")}
    parsed: list[bytes] = []
    real = documents.parse_status

    def counted(data: bytes) -> object:
        parsed.append(data)
        return real(data)

    monkeypatch.setattr(documents, "parse_status", counted)
    made(store.update("summit", Seen(changed, "p2"), PASS))

    assert len(parsed) == 1
    assert isinstance(store, GitStore)


WHO = Author("Ana", "ana@example.org")


def test_a_full_disk_is_a_sentence_and_nothing_is_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(str(tmp_path / "plans.git"), render, durable=False)
    store.update("summit", add(), WHO)
    before = store.read("summit").commit

    def full(*_: object) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Objects, "write", full)
        with pytest.raises(StoreError, match=r"No space left on device\); nothing was changed"):
            store.update("summit", ship("v9", "e9"), WHO)
    assert store.read("summit").commit == before
    assert made(store.update("summit", ship("v9", "e9"), WHO))
