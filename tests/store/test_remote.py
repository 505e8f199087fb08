"""Writing a remote that others write too, that loses answers, refuses, hangs or is gone."""

import fcntl
import os
import stat
import time
from pathlib import Path

import pytest

from bot.release.edits import Conflict
from bot.services.ports import StoreError, StoreRefusedError, StoreUnavailableError
from bot.store import locate, open_store
from bot.store.git import TIMED_OUT, Deadline, Finished
from bot.store.objects import Pool
from bot.store.remote import CONFIG, SEEN, RemoteTrunk, push_outcome
from bot.store.trunk import Landed, Lost, Outcome, Raced, Refused
from tests.store.conftest import World
from tests.store.http_backend import HttpBackend, Mood
from tests.store.kit import ANN, PASS, PLAN, Append, add, git, history, plan_bytes, render, ship
from tests.store.test_store import done, made, version

PUSH = "git-receive-pack"


def hook(world: World, name: str, script: str) -> None:
    path = world.repository / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.mark.parametrize("kind", ["remote", "web"])
def test_an_edit_that_lost_the_race_is_applied_to_what_the_winner_left(
    kind: str, request: pytest.FixtureRequest
) -> None:
    world: World = request.getfixturevalue(kind)
    one, two = world.store("m1"), world.store("m2")
    one.update("summit", add(), ANN)
    two.refresh()

    made(one.update("summit", Append("from-one", "e1"), ANN))
    late = done(two.update("summit", Append("from-two", "e2"), ANN))  # two has not seen e1

    assert late.before is not None
    assert late.before.document.plan.find("from-one"), "applied to the newest head"
    assert [r.name for _, r in two.read("summit").folder.document.plan.repositories()] == [
        "summit-app", "from-one", "from-two", "server"
    ]  # fmt: skip
    assert history(world.repository, "%s")[:2] == ["Add from-two", "Add from-one"]


def test_an_edit_that_the_winner_made_impossible_is_a_conflict(remote: World) -> None:
    one, two = remote.store("m1"), remote.store("m2")
    one.update("summit", add(), ANN)
    two.refresh()
    one.update("summit", ship("v7", "e1"), ANN)

    answer = two.update("summit", add("add-2"), ANN)

    assert isinstance(answer, Conflict)
    assert len(history(remote.repository)) == 2


def test_no_is_said_only_after_a_look_at_the_newest_head(remote: World) -> None:
    one, two = remote.store("m1"), remote.store("m2")
    assert two.refresh() == ""
    one.update("summit", add(), ANN)

    made(two.update("summit", ship("v2", "e1"), ANN))  # two knew of no plan

    assert done(one.update("summit", ship("v2", "e2"), ANN)).commit is None, "one knew of v1.5.0"
    assert version(one) == "v2"


def test_reads_stay_at_the_last_fetched_head_until_refreshed(remote: World) -> None:
    store = remote.store()
    store.update("summit", add(), ANN)
    head = store.refresh()
    pushed = remote.hand().push({"plans/summit/release_plan.json": plan_bytes(status="IN_PROGRESS")})

    assert store.read("summit").commit == head
    assert store.refresh() == pushed
    assert store.read("summit").commit == pushed


def test_a_new_clone_asks_its_remote_once(remote: World) -> None:
    remote.store("m1").update("summit", add(), ANN)

    assert remote.store("m2").slugs() == ("summit",)


@pytest.mark.parametrize("when", ["first", "later"])
def test_a_lost_answer_does_not_double_the_edit(web: World, backend: HttpBackend, when: str) -> None:
    store = web.store()
    if when == "later":
        store.update("summit", add(), ANN)
    lost: list[str] = []

    def lose_one(path: str, _number: int) -> Mood:
        if path.startswith("POST") and path.endswith(PUSH) and not lost:
            lost.append(path)
            return Mood.LOST
        return Mood.WELL

    backend.mood = lose_one
    updated = done(store.update("summit", Append("once", "e1") if when == "later" else add(), ANN))

    assert lost, "the test must have lost an answer"
    assert history(web.repository)[0] == updated.commit
    assert len(history(web.repository)) == (2 if when == "later" else 1)
    assert updated.before is None if when == "first" else updated.before is not None


def test_a_lost_answer_with_others_pushing_meanwhile_does_not_double_the_edit(web: World, backend: HttpBackend) -> None:
    one, two = web.store("m1"), web.store("m2")
    one.update("summit", add(), ANN)
    two.refresh()
    lost: list[str] = []

    def lose_one(path: str, _number: int) -> Mood:
        if path.startswith("POST") and path.endswith(PUSH) and not lost:
            lost.append(path)
            return Mood.LOST
        if lost and len(lost) == 1 and path.startswith("GET"):  # one asks what became of its push: two was faster
            lost.append(path)
            two.update("summit", Append("other", "e2"), ANN)
        return Mood.WELL

    backend.mood = lose_one
    done(one.update("summit", Append("once", "e1"), ANN))

    assert len(lost) == 2
    assert history(web.repository, "%s")[:2] == ["Add other", "Add once"]
    assert len(history(web.repository)) == 3


def test_a_busy_server_is_asked_again(web: World, backend: HttpBackend) -> None:
    store = web.store()
    store.update("summit", add(), ANN)
    refused: list[str] = []

    def busy_once(path: str, _number: int) -> Mood:
        if path.startswith("POST") and path.endswith(PUSH) and not refused:
            refused.append(path)
            return Mood.BUSY
        return Mood.WELL

    backend.mood = busy_once
    made(store.update("summit", ship("v2", "e1"), ANN))

    assert refused
    assert len(history(web.repository)) == 2


def test_an_answer_that_stays_lost_says_that_nobody_knows(web: World, backend: HttpBackend) -> None:
    store = web.store()
    store.update("summit", add(), ANN)
    head = store.refresh()
    backend.mood = lambda path, _: Mood.BUSY if path.endswith(PUSH) and path.startswith("POST") else Mood.WELL
    before = len(backend.requests)

    with pytest.raises(StoreUnavailableError, match=r"503.*it is never made twice"):
        store.update("summit", ship("v2", "e1"), ANN)

    pushes = [request for request in backend.requests[before:] if request == f"POST /plans.git/{PUSH}"]
    assert len(pushes) == 3, "not until the deadline"
    assert store.read("summit").commit == head
    backend.mood = lambda _path, _number: Mood.WELL
    made(store.update("summit", ship("v2", "e1"), ANN))


def test_no_permission_to_push_is_a_refusal_and_not_tried_again(web: World, backend: HttpBackend) -> None:
    store = web.store()
    store.update("summit", add(), ANN)
    backend.mood = lambda path, _: Mood.FORBIDDEN if path.endswith(PUSH) else Mood.WELL
    before = len(backend.requests)

    with pytest.raises(StoreRefusedError, match="403"):
        store.update("summit", ship("v2", "e1"), ANN)

    pushes = [request for request in backend.requests[before:] if request.endswith(PUSH)]
    assert len(pushes) == 1


@pytest.mark.parametrize("kind", ["remote", "web"])
@pytest.mark.parametrize("name", ["pre-receive", "update"])
def test_a_hook_that_refuses_is_quoted_and_not_tried_again(
    kind: str, name: str, request: pytest.FixtureRequest
) -> None:
    world: World = request.getfixturevalue(kind)
    store = world.store()
    store.update("summit", add(), ANN)
    head = store.refresh()
    runs = world.root / "runs"
    hook(world, name, f"echo x >> {runs}\nprintf 'Only on \\033[31mTuesdays\\033[0m,\\nplease.\\n' >&2\nexit 1")

    with pytest.raises(StoreRefusedError, match=r"Only on Tuesdays, / please\..*hook declined"):
        store.update("summit", ship("v2", "e1"), ANN)

    assert runs.read_text() == "x\n"
    assert store.read("summit").commit == store.refresh() == head


def test_a_remote_that_is_down_is_read_from_the_clone(web: World, backend: HttpBackend) -> None:
    store = web.store()
    store.update("summit", add(), ANN)
    head = store.refresh()
    backend.shutdown()
    backend.server_close()

    with pytest.raises(StoreUnavailableError, match="does not answer"):
        store.refresh()
    with pytest.raises(StoreUnavailableError, match="does not answer"):
        store.update("summit", ship("v2", "e1"), ANN)
    with pytest.raises(StoreUnavailableError):
        store.update("summit", ship("v1.5.0", "e2"), ANN)

    assert store.read("summit").commit == head
    assert web.store().read("summit").commit == head, "the next process reads on, too"
    with pytest.raises(StoreUnavailableError):
        web.store("m2").slugs()


def test_a_remote_that_hangs_is_left_at_the_deadline(web: World, backend: HttpBackend) -> None:
    web.store().update("summit", add(), ANN)
    store = web.store(deadline=0.5)
    backend.mood = lambda _path, _number: Mood.SILENT
    start = time.monotonic()

    with pytest.raises(StoreUnavailableError, match="no answer within"):
        store.update("summit", ship("v2", "e1"), ANN)

    assert time.monotonic() - start < 5
    assert version(store) == "v1.5.0"


def test_a_branch_that_went_away_is_said_and_the_last_head_served(remote: World) -> None:
    store = remote.store()
    store.update("summit", add(), ANN)
    git(remote.repository, "update-ref", "-d", "refs/heads/main")

    with pytest.raises(StoreUnavailableError, match="no branch main any more"):
        store.refresh()

    assert version(store) == "v1.5.0"
    git(remote.repository, "update-ref", "refs/heads/main", store.read("summit").commit)


def test_a_rewind_by_hand_is_followed_and_nothing_is_resurrected(web: World) -> None:
    store = web.store()
    first = made(store.update("summit", add(), ANN))
    store.update("summit", Append("dropped", "e1"), ANN)
    git(web.repository, "update-ref", "refs/heads/main", first)

    made(store.update("summit", Append("kept", "e2"), ANN))

    assert history(web.repository, "%s")[0] == "Add kept"
    assert len(history(web.repository)) == 2
    assert "dropped" not in git(web.repository, "show", "main:plans/summit/release_plan.json")


@pytest.mark.parametrize("kind", ["local", "remote", "web"])
def test_a_rewind_is_noticed_and_the_old_head_kept(kind: str, request: pytest.FixtureRequest) -> None:
    world: World = request.getfixturevalue(kind)
    store = world.store()
    first = made(store.update("summit", add(), ANN))
    other = made(store.update("winter", add("add-2"), ANN))
    store.update("summit", Append("dropped", "e1"), ANN)
    old = made(store.update("summit", ship("v2", "e2"), ANN))
    store.refresh()
    assert store.rewound() == ()
    git(world.repository, "update-ref", "refs/heads/main", other)

    store.refresh()
    store.refresh()

    (found,) = store.rewound()
    assert (found.old, found.head, found.commits, found.unrelated) == (old, other, 2, False)
    assert (found.newest, found.author, found.plans) == ("Ship server v2", "Ann Lee", ("summit",))
    copy = world.repository if kind == "local" else world.clone()
    assert git(copy, "rev-parse", found.ref).strip() == old
    assert world.store().rewound() == (found,), "another process knows it as well"
    git(copy, "gc", "--quiet", "--prune=now")
    assert store.read("summit", old).folder.document.plan.find("dropped"), "nothing of it is collected"
    made(store.update("summit", Append("kept", "e3"), ANN))
    assert first in history(world.repository)
    assert [r.old for r in store.rewound()] == [old]


def test_a_rewind_that_is_taken_back_is_no_news(web: World) -> None:
    store = web.store()
    first = made(store.update("summit", add(), ANN))
    old = made(store.update("summit", ship("v2", "e1"), ANN))
    git(web.repository, "update-ref", "refs/heads/main", first)
    store.refresh()
    assert len(store.rewound()) == 1
    git(web.repository, "update-ref", "refs/heads/main", old)
    store.refresh()
    assert store.rewound() == ()


@pytest.mark.parametrize("kind", ["local", "remote", "web"])
def test_a_force_push_of_an_unrelated_history_is_followed_and_said(kind: str, request: pytest.FixtureRequest) -> None:
    world: World = request.getfixturevalue(kind)
    store = world.store()
    made(store.update("summit", add(), ANN))
    old = made(store.update("summit", ship("v2", "e1"), ANN))
    store.refresh()
    tree = git(world.repository, "rev-parse", "main^{tree}").strip()
    stranger = git(world.repository, "commit-tree", tree, "-m", "Another beginning").strip()
    git(world.repository, "update-ref", "refs/heads/main", stranger)

    assert store.refresh() == stranger
    (found,) = store.rewound()
    assert (found.old, found.commits, found.unrelated, found.plans) == (old, 2, True, ())
    made(store.update("summit", ship("v3", "e2"), ANN))
    assert len(history(world.repository)) == 2, "nothing is put back"


def test_a_stale_lock_on_the_remote_is_quoted_at_the_deadline(web: World) -> None:
    web.store().update("summit", add(), ANN)
    (web.repository / "refs/heads/main.lock").touch()
    store = web.store(deadline=1.0)

    with pytest.raises(StoreUnavailableError, match=r"held a lock.*main\.lock"):
        store.update("summit", ship("v2", "e1"), ANN)

    (web.repository / "refs/heads/main.lock").unlink()
    made(store.update("summit", ship("v2", "e1"), ANN))


def test_a_fresh_lock_in_the_clone_does_not_stop_this_process(web: World) -> None:
    store = web.store()
    store.update("summit", add(), ANN)
    lock = web.clone() / f"{SEEN}.lock"
    lock.touch()

    made(store.update("summit", ship("v2", "e1"), ANN))
    assert version(store) == "v2"
    made(store.update("summit", ship("v3", "e2"), ANN))
    pushed = web.hand().push({"plans/summit/release_plan.json": plan_bytes(status="IN_PROGRESS")})
    assert store.refresh() == pushed
    assert store.read("summit").commit == pushed

    lock.unlink()
    last = made(store.update("summit", ship("v4", "e3"), ANN))
    assert git(web.clone(), "rev-parse", SEEN).strip() == last


def test_a_stale_lock_in_the_clone_is_cleared(web: World) -> None:
    store = web.store()
    store.update("summit", add(), ANN)
    lock = web.clone() / f"{SEEN}.lock"
    lock.touch()
    long_ago = time.time() - 3600
    os.utime(lock, (long_ago, long_ago))

    store.update("summit", ship("v2", "e1"), ANN)
    last = made(store.update("summit", ship("v3", "e2"), ANN))

    assert not lock.exists()
    assert git(web.clone(), "rev-parse", SEEN).strip() == last


def test_another_process_that_fetches_forever_is_named(remote: World) -> None:
    store = remote.store(deadline=0.3)
    store.update("summit", add(), ANN)
    with (remote.clone() / "convoy.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(StoreUnavailableError, match=r"another Convoy process has been fetching.*convoy\.lock"):
            store.update("summit", ship("v1.5.0", "e1"), ANN)
    assert done(store.update("summit", ship("v1.5.0", "e1"), ANN)).commit is None


def test_two_processes_of_one_machine_share_a_clone(remote: World) -> None:
    one, two = remote.store("m1"), remote.store("m1")
    one.update("summit", add(), ANN)

    made(two.update("summit", ship("v2", "e1"), ANN))

    assert len(list((remote.root / "m1" / "stores").iterdir())) == 1
    assert version(one) == "v2", "what one process saw, the other knows"


def test_a_hostile_configuration_or_hook_in_the_clone_is_not_run(web: World) -> None:
    store = web.store()
    store.update("summit", add(), ANN)
    clone, ran = web.clone(), web.root / "ran"
    script = web.root / "evil.sh"
    script.write_text(f"#!/bin/sh\necho $0 >> {ran}\nexit 1\n")
    script.chmod(0o700)
    for name in ("pre-push", "reference-transaction", "post-checkout", "pre-auto-gc", "post-rewrite", "pre-receive"):
        (clone / "hooks").mkdir(exist_ok=True)
        (clone / "hooks" / name).write_text(script.read_text())
        (clone / "hooks" / name).chmod(0o700)
    (clone / "config").write_text(
        f'[core]\n\tbare = true\n\tsshCommand = {script}\n\tfsmonitor = {script}\n\thooksPath = {clone}/hooks\n'
        f'\talternateRefsCommand = {script}\n\taskPass = {script}\n[credential]\n\thelper = !{script}\n'
        f'[remote "origin"]\n\turl = ext::{script}\n\tuploadpack = {script}\n\treceivepack = {script}\n'
        f'[url "ext::{script} "]\n\tinsteadOf = http://\n\tpushInsteadOf = http://\n[gpg]\n\tprogram = {script}\n'
        f'[push]\n\tgpgSign = true\n[commit]\n\tgpgSign = true\n[include]\n\tpath = {clone}/more\n'
    )  # fmt: skip

    made(store.update("summit", ship("v2", "e1"), ANN))
    store.refresh()

    assert not ran.exists(), ran.read_text()
    assert (clone / "config").read_text() == CONFIG


def test_a_clone_is_private_to_its_owner(remote: World) -> None:
    remote.store().update("summit", add(), ANN)

    assert stat.S_IMODE(remote.clone().stat().st_mode) == 0o700


def test_secrets_of_the_environment_do_not_reach_git(remote: World, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = remote.root / "environment"
    hook(remote, "post-receive", f"env > {seen}")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.sshCommand")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "false")

    remote.store().update("summit", add(), ANN)

    assert "xoxb-secret" not in seen.read_text()


def test_a_fetch_that_was_overtaken_by_a_push_does_not_go_back(remote: World) -> None:
    """A fetch saw the remote before a push of this machine landed, and is done after it."""
    store = remote.store()
    first = made(store.update("summit", add(), ANN))
    place = locate(remote.location, cache_dir=remote.root / "m1")
    trunk = RemoteTrunk(Pool(remote.clone()), remote.location, "file", proxies=False)
    real = trunk._fetch
    pushed: list[str] = []

    def slow(deadline: Deadline) -> str | None:
        fetched = real(deadline)
        pushed.append(made(open_store(place, render, durable=False).update("summit", ship("v2", "e1"), ANN)))
        return fetched

    trunk._fetch = slow  # type: ignore[method-assign]

    assert trunk.refresh(Deadline(10)) == pushed[0] != first
    assert version(store) == "v2"


@pytest.mark.parametrize(
    ("code", "out", "err", "outcome"),
    [
        (0, "To x\n \tabc:refs/heads/main\tabc..def\nDone\n", "", Landed()),
        (0, "To x\n*\tabc:refs/heads/main\t[new branch]\nDone\n", "", Landed()),
        (0, "To x\n=\tabc:refs/heads/main\t[up to date]\nDone\n", "", Landed()),
        (1, "!\tabc:refs/heads/main\t[rejected] (stale info)\nDone\n", "error: x", Raced("[rejected] (stale info)")),
        (1, "To x\n!\tabc:refs/heads/main\t[rejected] (fetch first)\n", "", Raced("[rejected] (fetch first)")),
        (
            1, "!\tabc:refs/heads/main\t[remote rejected] (failed to update ref)\n", "remote: error: cannot lock ref",
            Raced("[remote rejected] (failed to update ref) error: cannot lock ref"),
        ),
        (
            1, "!\tabc:refs/heads/main\t[remote rejected] (incorrect old value provided)\n", "",
            Raced("[remote rejected] (incorrect old value provided)"),
        ),
        (
            1, "To x\n!\tabc:refs/heads/main\t[remote rejected] (protected branch hook declined)\nDone\n",
            "remote: GH006: Protected branch update failed.\nremote: \nerror: failed to push some refs\n",
            Refused(
                "GH006: Protected branch update failed. [remote rejected] (protected branch hook declined)", True, True
            ),
        ),
        (128, "", "fatal: Could not resolve host: x", Lost("fatal: Could not resolve host: x")),
        (128, "", "git@x: Permission denied (publickey).", Refused("git@x: Permission denied (publickey).")),
        (0, "Everything up-to-date\n", "", Lost("git push ended with 0")),
        (TIMED_OUT, "", "no answer within 3 s", Lost("no answer within 3 s")),
    ],
)  # fmt: skip
def test_the_outcome_of_a_push_is_told_from_its_lines(code: int, out: str, err: str, outcome: Outcome) -> None:
    assert push_outcome(Finished(code, out, err)) == outcome


def test_what_a_store_reads_is_what_lies_in_the_remote(remote: World) -> None:
    store = remote.store()
    store.update("summit", add(), ANN)

    assert store.read("summit").folder.document.raw == PLAN
    assert Path(remote.repository / "refs/heads/main").read_text().strip() == store.refresh()


def test_two_values_for_one_field_at_the_same_time_conflict_and_name_both_and_who(remote: World) -> None:
    one, two = remote.store("m1"), remote.store("m2")
    one.update("summit", add(), ANN)
    two.refresh()
    commit = made(one.update("summit", ship("v1.6.0", "e1"), ANN))
    answer = two.update("summit", ship("v1.7.0", "e2"), PASS)  # two has not seen e1
    assert isinstance(answer, Conflict), answer
    assert answer.reason.startswith(
        f"Ann Lee (commit {commit[:7]}) changed the version of server meanwhile: "
        "it is v1.6.0 now, and you wanted v1.7.0. Nothing was changed"
    )
    assert answer.clashes[0].was == "v1.5.0"
    done(two.update("summit", ship("v1.7.0", "e3"), PASS))  # now it has been seen


def test_an_edit_goes_by_the_commit_that_its_author_saw(remote: World) -> None:
    store = remote.store("m1")
    first = made(store.update("summit", add(), ANN))
    store.update("summit", ship("v1.6.0", "e1"), ANN)
    answer = store.update("summit", ship("v1.7.0", "e2"), PASS, first)
    assert isinstance(answer, Conflict), answer
    with pytest.raises(StoreError, match="names no commit"):
        store.update("summit", ship("v1.7.0", "e4"), PASS, "feedbeef")
    made(store.update("summit", Append("other", "e3"), PASS, first))
