"""What odd things in the tree do to reading: never a crash, never to other plans."""

import json

import pytest

from bot.release import documents
from bot.release.edits import Conflict
from bot.services.ports import StoreError
from bot.store import reading
from bot.store.layout import changes
from bot.store.objects import Objects
from bot.store.tracking import dump_tracking
from tests.store.conftest import World
from tests.store.kit import ANN, PASS, PLAN, Seen, add, git, history, later, plan_bytes, report, ship
from tests.store.test_store import done, made, version

PLAN_PATH = "plans/summit/release_plan.json"


def with_two_plans(world: World) -> World:
    store = world.store("m0")  # the stores of the tests are on another machine: they fetch what people pushed
    store.update("summit", add(), ANN)
    store.update("summit", Seen({"server": report("server"), "summit-app": report("summit-app")}, "p1"), PASS)
    store.update("autumn", add("add-2"), ANN)
    return world


@pytest.fixture
def two_plans(local: World) -> World:
    return with_two_plans(local)


@pytest.fixture(params=["local", "web"])
def anywhere(request: pytest.FixtureRequest) -> World:
    """The same in a repository of this machine, and in one behind smart HTTP."""
    return with_two_plans(request.getfixturevalue(request.param))


LIST = (
    b'{"repository": "server", "asOf": "2026-03-03T12:00:00Z", "complete": true,\n'
    b'"versions": [{"version": "v1.4.0", "kind": "tag"}]}'
)


def blob(world: World, data: bytes) -> str:
    return git(world.repository, "hash-object", "-w", "--stdin", stdin=data).strip()


@pytest.mark.parametrize(
    ("mode", "content", "reason"),
    [
        ("120000", b"/etc/passwd", "is a symbolic link, not a file"),
        ("160000", None, "is a submodule, not a file"),
        ("100644", b"\xff\xfe{}", "UTF-8"),
        ("100644", b"", ""),
        ("100644", b"[" * 100_000, ""),
    ],
)
def test_an_odd_plan_file_leaves_the_last_good_one_in_force(
    anywhere: World, mode: str, content: bytes | None, reason: str
) -> None:
    hand = anywhere.hand()
    oid = "1" * 40 if content is None else git(hand.tree, "hash-object", "-w", "--stdin", stdin=content).strip()
    hand.stage_odd(mode, oid, PLAN_PATH)
    bad = hand.commit_and_push("Something odd")
    store = anywhere.store()

    state = store.read("summit")

    assert state.folder.document.raw == PLAN
    assert set(state.folder.reports) == {"server", "summit-app"}
    assert state.bad_head is not None
    assert (state.bad_head.commit, state.bad_head.author) == (bad, "Bo Hand")
    assert reason in state.bad_head.problems[0].reason
    assert store.slugs() == ("autumn", "summit")
    assert isinstance(store.update("summit", ship("v2", "e1"), ANN), Conflict)
    made(store.update("autumn", ship("v2", "e2"), ANN))


def test_a_huge_file_is_not_even_loaded(anywhere: World, monkeypatch: pytest.MonkeyPatch) -> None:
    anywhere.hand().push({PLAN_PATH: b" " * (documents.PLAN_LIMIT + 1)})
    real = Objects.blob
    loaded: list[int] = []

    def counted(self: Objects, oid: str) -> bytes:
        loaded.append(self.size(oid))
        return real(self, oid)

    monkeypatch.setattr(Objects, "blob", counted)

    assert anywhere.store().read("summit").bad_head is not None
    assert loaded
    assert max(loaded) <= documents.PLAN_LIMIT


@pytest.mark.parametrize(("mode", "kind"), [("120000", "a symbolic link"), ("160000", "a submodule")])
def test_an_odd_entry_among_the_plans_is_left_out_and_said(anywhere: World, mode: str, kind: str) -> None:
    hand = anywhere.hand()
    git(hand.tree, "rm", "-r", "--quiet", "plans/summit")
    oid = "1" * 40 if mode == "160000" else git(hand.tree, "hash-object", "-w", "--stdin", stdin=b"autumn").strip()
    git(hand.tree, "update-index", "--add", "--cacheinfo", f"{mode},{oid},plans/summit")
    bad = hand.commit_and_push()
    made(anywhere.store("m0").update("autumn", ship("v1.4.0", "e0"), ANN))
    store = anywhere.store()

    assert store.slugs() == ("autumn",)
    assert store.problems() == (
        f"plans/: 'summit' ({kind}) cannot be a plan and is left out (commit {bad[:7]} by Bo Hand)",
    )
    answer = store.update("summit", add("add-3"), ANN)
    assert isinstance(answer, Conflict)
    assert kind in answer.reason
    assert version(store, slug="autumn") == "v1.4.0"


def test_names_that_cannot_be_plans_are_left_out_and_said(anywhere: World) -> None:
    empty = git(anywhere.repository, "mktree", stdin=b"").strip()
    plans = git(anywhere.repository, "ls-tree", "-z", "main:plans").encode()
    odd = b"".join(b"040000 tree %s\t%s\0" % (empty.encode(), name) for name in (b"caf\xe9", b"-x", b"a b", b"ok"))
    readme = f"100644 blob {blob(anywhere, b'hi')}\tREADME.md\0".encode()
    tree = git(anywhere.repository, "mktree", "-z", stdin=plans + odd + readme).strip()
    root = git(anywhere.repository, "mktree", stdin=f"040000 tree {tree}\tplans\n".encode()).strip()
    commit = git(anywhere.repository, "commit-tree", "-p", "main", "-m", "odd", root).strip()
    git(anywhere.repository, "update-ref", "refs/heads/main", commit)
    store = anywhere.store()

    assert store.slugs() == ("autumn", "summit")
    said = "\n".join(store.problems())
    assert "a folder whose name is not UTF-8" in said
    assert "'-x'" in said
    assert "'a b'" in said
    assert "ok" not in said
    assert "README" not in said
    made(store.update("summit", ship("v2", "e1"), ANN))


def test_plans_that_is_no_folder_is_said_and_not_overwritten(local: World) -> None:
    bad = local.hand().push({"plans": b"not a folder\n"})
    store = local.store()

    assert store.slugs() == ()
    said = f"plans is a file, not a folder: no plan can be read (commit {bad[:7]} by Bo Hand)"
    assert store.problems() == (said,)
    assert isinstance(store.update("summit", add(), ANN), Conflict)
    assert git(local.repository, "show", "main:plans") == "not a folder\n"


@pytest.mark.parametrize("file", ["tracking.json", "ga_status/server.json"])
def test_a_broken_file_of_convoys_own_is_served_from_before_and_mended(two_plans: World, file: str) -> None:
    good = two_plans.store().read("summit").folder
    before = git(two_plans.repository, "show", f"main:plans/summit/{file}")
    bad = two_plans.hand().push({f"plans/summit/{file}": b'{\n"schemaVersion": oops}'})
    store = two_plans.store()

    state = store.read("summit")

    assert state.folder == good
    assert state.bad_head is not None
    assert state.bad_head.commit == bad
    assert state.bad_head.problems[0].file == file
    assert state.bad_head.problems[0].line == 2

    done(store.update("summit", Seen(dict(good.reports), "p2", later(hours=1)), PASS))
    assert store.read("summit").bad_head is None
    assert store.read("summit").folder == good
    assert git(two_plans.repository, "show", f"main:plans/summit/{file}") == before


def test_a_broken_snapshot_that_never_was_good_is_left_out_and_removed(two_plans: World) -> None:
    two_plans.hand().push({"plans/summit/ga_status/new.json": b"oops", "plans/summit/ga_status/README.md": b"mine"})
    store = two_plans.store()
    assert set(store.read("summit").folder.reports) == {"server", "summit-app"}
    assert store.read("summit").bad_head is not None

    made(store.update("summit", ship("v2", "e1"), ANN))

    assert store.read("summit").bad_head is None
    left = git(two_plans.repository, "ls-tree", "--name-only", "main:plans/summit/ga_status").split()
    assert left == ["README.md", "server.json", "summit-app.json"], "people's own files stay"


@pytest.mark.parametrize(
    ("bad", "line", "reason"),
    [
        (LIST.replace(b"T12:00:00Z", b""), 1, "asOf: must be a moment"),
        (LIST.replace(b"true,", b"\n\n4,"), 3, "complete: must be true or false, not a number"),
        (b"oops", 1, ""),
        (
            LIST.replace(b'"tag"', b'"tog"'),
            2,
            'versions[0].kind: must be one of TAG, RELEASE, PACKAGE, not "tog"; did you',
        ),
        (LIST.replace(b"v1.4.0", b"v" * 129), 2, "versions[0].version: is 129 characters long; at most 128 are read"),
    ],
)
def test_a_bad_list_of_versions_is_refused_with_its_line_and_the_last_good_one_counts(
    two_plans: World, bad: bytes, line: int, reason: str
) -> None:
    hand = two_plans.hand()
    hand.push({"plans/summit/published/server.json": LIST})
    good = two_plans.store().read("summit").folder
    assert [one.version for one in good.published["server"].versions] == ["v1.4.0"]

    pushed = hand.push({"plans/summit/published/server.json": bad})
    state = two_plans.store().read("summit")

    assert state.folder == good
    assert state.bad_head is not None
    assert state.bad_head.commit == pushed
    (problem,) = state.bad_head.problems
    assert problem.file == "published/server.json"
    assert problem.reason.startswith(reason)
    assert problem.line == line


@pytest.mark.parametrize(
    ("file", "good", "line"),
    [
        ("published/server.json", LIST, 1),
        ("ga_status/server.json", documents.dump_json(report("server", "READY").raw), 3),
    ],
)
def test_a_snapshot_that_names_another_repository_is_refused_and_the_last_good_one_counts(
    two_plans: World, file: str, good: bytes, line: int
) -> None:
    hand = two_plans.hand()
    hand.push({f"plans/summit/{file}": good})
    before = two_plans.store().read("summit").folder

    pushed = hand.push({f"plans/summit/{file}": good.replace(b'"server"', b'"summit-app"')})
    state = two_plans.store().read("summit")

    assert state.folder == before
    assert state.bad_head is not None
    assert state.bad_head.commit == pushed
    (problem,) = state.bad_head.problems
    assert (problem.file, problem.line) == (file, line)
    assert problem.reason == 'repository: this document speaks of "summit-app", and that of "server" was expected'


@pytest.mark.parametrize(
    ("file", "content"),
    [("published/server.json", LIST), ("ga_status/server.json", None), ("tracking.json", None)],
)
def test_what_was_removed_does_not_come_back_when_a_broken_one_is_pushed(
    two_plans: World, file: str, content: bytes | None
) -> None:
    hand, path = two_plans.hand(), f"plans/summit/{file}"
    if content is not None:
        hand.push({path: content})
    git(hand.tree, "rm", "--quiet", path)
    hand.commit_and_push("It is no evidence any more")
    gone = two_plans.store().read("summit").folder

    hand.push({path: b"oops"})
    state = two_plans.store().read("summit")

    assert state.bad_head is not None
    assert state.folder == gone


def test_a_list_of_versions_under_another_name_is_nobodys(two_plans: World) -> None:
    two_plans.hand().push({"plans/summit/published/x%2.json": LIST, "plans/summit/published/notes.md": b"mine"})
    state = two_plans.store().read("summit")
    assert state.folder.published == {}


def test_the_good_version_is_found_behind_many_bad_ones(anywhere: World) -> None:
    hand = anywhere.hand()
    for number in range(5):
        last = hand.push({PLAN_PATH: f"oops {number}".encode()})

    state = anywhere.store().read("summit")

    assert state.folder.document.raw == PLAN
    assert state.bad_head is not None
    assert state.bad_head.commit == last


def test_a_plan_that_is_broken_for_weeks_stays_in_force_while_others_go_on(two_plans: World) -> None:
    """Passes over other plans make hundreds of commits a day."""
    bad = two_plans.hand().push({PLAN_PATH: b"{"})
    from_head = "from refs/heads/main^0\n"
    busy = "".join(
        f"commit refs/heads/main\ncommitter Convoy <c@x> {1_790_000_000 + n} +0000\ndata 4\npass\n"
        f"{'' if n else from_head}M 100644 inline notes\ndata <<E\n{n}\nE\n\n"
        for n in range(3_000)
    )
    git(two_plans.repository, "fast-import", "--quiet", stdin=busy.encode())
    state = two_plans.store().read("summit")
    assert state.folder.document.raw == PLAN
    assert state.bad_head is not None
    assert state.bad_head.commit == bad, "and it is the same piece of news"


def test_the_search_for_a_good_version_ends(two_plans: World, monkeypatch: pytest.MonkeyPatch) -> None:
    hand = two_plans.hand()
    for number in range(4):
        hand.push({PLAN_PATH: f"oops {number}".encode()})
    monkeypatch.setattr(reading, "FAR_BACK", 3)

    with pytest.raises(StoreError, match="no older version of it can"):
        two_plans.store().read("summit")


def test_history_through_a_merge_follows_the_first_parents(two_plans: World) -> None:
    hand = two_plans.hand()
    git(hand.tree, "switch", "--quiet", "--create", "side")
    (hand.tree / PLAN_PATH).write_bytes(plan_bytes(status="CANCELLED"))
    git(hand.tree, "commit", "--quiet", "--all", "--message", "On the side")
    (hand.tree / PLAN_PATH).write_bytes(plan_bytes(status="IN_PROGRESS"))
    git(hand.tree, "commit", "--quiet", "--all", "--message", "On the side, too")
    git(hand.tree, "switch", "--quiet", "main")
    git(hand.tree, "merge", "--quiet", "--no-ff", "--message", "Merge it", "side")
    git(hand.tree, "push", "--quiet", "origin", "main")
    store = two_plans.store()

    said = [commit.subject for commit in store.log("summit")]
    assert said[0] == "Merge it"
    assert "On the side" not in said
    assert store.read("summit").folder.document.plan.status == "IN_PROGRESS"


def test_an_edit_that_people_merged_is_still_known(two_plans: World) -> None:
    """Somebody pulls with a merge: the edit is then in the history, but not along the first parents."""
    hand = two_plans.hand()
    (hand.tree / "notes.md").write_text("mine")
    git(hand.tree, "add", "notes.md")
    git(hand.tree, "commit", "--quiet", "--message", "Mine")
    store = two_plans.store()
    commit = made(store.update("summit", ship("v9", "e1"), ANN))
    git(hand.tree, "fetch", "--quiet")
    git(hand.tree, "merge", "--quiet", "--no-edit", "origin/main")
    git(hand.tree, "push", "--quiet", "origin", "main")
    assert commit not in history(two_plans.repository)

    assert done(store.update("summit", ship("v9", "e1"), ANN)).commit == commit


def test_a_commit_with_an_impossible_date_is_read(two_plans: World) -> None:
    tree = git(two_plans.repository, "rev-parse", "main^{tree}").strip()
    text = (
        f"tree {tree}\nparent {git(two_plans.repository, 'rev-parse', 'main').strip()}\n"
        "author Bo <bo@x> 99999999999999 +0000\ncommitter Bo <bo@x> 99999999999999 +0000\n\nFar\n"
    )
    commit = git(two_plans.repository, "hash-object", "-w", "-t", "commit", "--stdin", stdin=text.encode()).strip()
    git(two_plans.repository, "update-ref", "refs/heads/main", commit)
    store = two_plans.store()

    assert store.read("summit").committed_at.year == 9999
    made(store.update("summit", ship("v2", "e1"), ANN))


def test_a_damaged_repository_says_so(two_plans: World) -> None:
    oid = git(two_plans.repository, "rev-parse", f"main:{PLAN_PATH}").strip()
    loose = two_plans.repository / "objects" / oid[:2] / oid[2:]
    kept = loose.read_bytes()
    loose.unlink()

    with pytest.raises(StoreError, match=r"missing.*git fsck"):
        two_plans.store().read("summit")

    loose.write_bytes(kept)
    loose.chmod(0o444)
    assert version(two_plans.store()) == "v1.5.0"


def test_a_writer_and_gc_get_along(two_plans: World) -> None:
    store = two_plans.store()
    store.read("summit")
    git(two_plans.repository, "gc", "--quiet")

    made(store.update("summit", ship("v2", "e1"), ANN))
    git(two_plans.repository, "pack-refs", "--all")
    made(store.update("summit", ship("v3", "e2"), ANN))

    assert version(store) == version(two_plans.store()) == "v3"


def test_a_repository_packed_by_git_reads_the_same(two_plans: World) -> None:
    before = two_plans.store().read("summit")
    git(two_plans.repository, "repack", "-adfq")

    assert two_plans.store().read("summit") == before


def test_changes_of_nothing_are_none(two_plans: World) -> None:
    folder = two_plans.store().read("summit").folder

    assert changes(folder, folder, (), ()) == {}
    assert json.loads(dump_tracking(folder.tracking))["server"]["feed"] == "fresh"
