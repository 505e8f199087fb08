"""Compare-and-swap of a local head, beside people who push with git."""

import os
import stat
import subprocess
import sys
import threading
from typing import Any

import pytest

from bot.services.ports import StoreError, StoreUnavailableError
from bot.store.git import Deadline, Finished, Git
from bot.store.objects import Pool
from bot.store.trunk import LAST, MAIN, Landed, LocalTrunk, Raced
from tests.store.conftest import World
from tests.store.kit import ANN, Append, add, git, history, plan_bytes, ship
from tests.store.test_store import made, version


def commit(world: World, parent: str | None) -> str:
    with Pool(world.repository).borrow() as objects:
        tree = objects.write(objects.node(parent).tree if parent else None, {"x": os.urandom(8)})
        return objects.commit(tree, parent, ("A", "a@b"), ("A", "a@b"), (1, 1, 0), "x\n")


@pytest.mark.parametrize("durable", [True, False])
def test_the_head_moves_only_from_where_it_was(local: World, durable: bool) -> None:
    trunk = LocalTrunk(Pool(local.repository), durable=durable)
    first, other = commit(local, None), commit(local, None)
    assert trunk.head() is None

    assert trunk.publish(None, first, Deadline(5)) == Landed()
    assert isinstance(trunk.publish(None, other, Deadline(5)), Raced)
    second = commit(local, first)
    assert trunk.publish(first, second, Deadline(5)) == Landed()
    assert isinstance(trunk.publish(first, commit(local, first), Deadline(5)), Raced)

    assert trunk.head() == trunk.refresh(Deadline(5)) == second


def test_a_lock_in_the_way_is_named(local: World) -> None:
    store = local.store(deadline=0.5)
    store.update("summit", add(), ANN)
    lock = local.repository / f"{MAIN}.lock"
    lock.touch()

    with pytest.raises(StoreUnavailableError, match=r"refs/heads/main\.lock is in the way.*remove that file"):
        store.update("summit", ship("v2", "e1"), ANN)

    assert version(store) == "v1.5.0", "reads go on"
    lock.unlink()
    made(store.update("summit", ship("v2", "e1"), ANN))


def test_a_lock_that_goes_away_is_waited_for(local: World) -> None:
    store = local.store()
    store.update("summit", add(), ANN)
    lock = local.repository / f"{MAIN}.lock"
    lock.touch()
    timer = threading.Timer(0.3, lock.unlink)
    timer.start()

    made(store.update("summit", ship("v2", "e1"), ANN))
    timer.join()


def test_a_lock_that_is_gone_when_one_looks_was_a_lock_all_the_same(
    local: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    trunk = LocalTrunk(Pool(local.repository), durable=False)
    first = commit(local, None)
    lock = local.repository / f"{MAIN}.lock"
    lock.touch()
    real = Git.run

    def run(self: Git, *arguments: str, timeout: float, **options: Any) -> Finished:
        finished = real(self, *arguments, timeout=timeout, **options)
        lock.unlink(missing_ok=True)
        return finished

    monkeypatch.setattr(Git, "run", run)

    assert isinstance(trunk.publish(None, first, Deadline(5)), Raced)
    assert trunk.publish(None, first, Deadline(5)) == Landed()


def test_a_head_that_went_away_meanwhile_is_a_race(local: World) -> None:
    trunk = LocalTrunk(Pool(local.repository), durable=False)
    first = commit(local, None)
    trunk.publish(None, first, Deadline(5))
    git(local.repository, "update-ref", "-d", MAIN)

    assert isinstance(trunk.publish(first, commit(local, first), Deadline(5)), Raced)
    git(local.repository, "update-ref", MAIN, first)
    git(local.repository, "pack-refs", "--all")
    assert isinstance(trunk.publish(None, commit(local, None), Deadline(5)), Raced)


def test_a_head_that_cannot_be_moved_says_why(local: World) -> None:
    trunk = LocalTrunk(Pool(local.repository), durable=False)
    trunk.publish(None, commit(local, None), Deadline(5))

    with pytest.raises(StoreError, match="could not be moved"):
        trunk.publish(trunk.head(), "1" * 40, Deadline(5))


def test_people_push_into_the_same_repository(local: World) -> None:
    store = local.store()
    store.update("summit", add(), ANN)
    hand = local.hand()
    pushed = hand.push({"plans/summit/release_plan.json": plan_bytes(status="IN_PROGRESS")})

    assert store.read("summit").commit == pushed
    made(store.update("summit", Append("more", "e1"), ANN))
    hand.push({"notes.md": b"x"})
    made(store.update("summit", ship("v2", "e2"), ANN))

    assert history(local.repository, "%an") == ["Ann Lee", "Bo Hand", "Ann Lee", "Bo Hand", "Ann Lee"]


def test_hooks_of_the_repository_are_not_run_by_the_store(local: World) -> None:
    hooks = local.repository / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("reference-transaction", "post-update", "post-receive"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {local.root}/ran\nexit 1\n")
        (hooks / name).chmod((hooks / name).stat().st_mode | stat.S_IXUSR)

    made(local.store().update("summit", add(), ANN))

    assert not (local.root / "ran").exists()


def test_a_main_that_points_elsewhere_is_followed(local: World) -> None:
    store = local.store()
    store.update("summit", add(), ANN)
    head = store.refresh()
    git(local.repository, "update-ref", "refs/heads/plans", head)
    git(local.repository, "symbolic-ref", MAIN, "refs/heads/plans")

    commit_id = made(store.update("summit", ship("v2", "e1"), ANN))

    assert git(local.repository, "rev-parse", "refs/heads/plans").strip() == commit_id == store.refresh()


ELSEWHERE = """
import sys
from bot.store import open_store
from tests.store.kit import ANN, render, ship
print(open_store(sys.argv[1], render, durable=False).update("summit", ship("v2", "e1"), ANN).commit)
"""


def test_a_rewind_by_exactly_the_last_commit_of_another_process_is_noticed(local: World) -> None:
    store = local.store()
    before = made(store.update("summit", add(), ANN))
    store.refresh()
    there = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, local.location], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert there == git(local.repository, "rev-parse", MAIN, LAST).split()[0]
    git(local.repository, "update-ref", MAIN, before)

    assert store.refresh() == before
    (found,) = store.rewound()
    assert (found.old, found.head, found.commits) == (there, before, 1)
    assert git(local.repository, "rev-parse", LAST).strip() == before


def test_what_was_seen_last_moves_with_the_head_or_not_at_all(local: World) -> None:
    trunk = LocalTrunk(Pool(local.repository), durable=True)
    first = commit(local, None)
    lock = local.repository / f"{LAST}.lock"
    lock.parent.mkdir(parents=True)
    lock.touch()

    found = trunk.publish(None, first, Deadline(5))
    assert isinstance(found, Raced)
    assert "refs/convoy/last.lock is in the way" in found.reason
    assert trunk.head() is None

    lock.unlink()
    assert trunk.publish(None, first, Deadline(5)) == Landed()
    assert git(local.repository, "rev-parse", MAIN, LAST).split() == [first, first]


def test_of_two_heads_in_one_line_the_newer_one_is_kept_once(local: World) -> None:
    store, other = local.store(), local.store()
    before = made(store.update("summit", add(), ANN))
    made(store.update("summit", ship("v2", "e1"), ANN))
    old = made(other.update("summit", ship("v3", "e2"), ANN))
    git(local.repository, "update-ref", MAIN, before)

    store.refresh()
    other.refresh()

    assert [found.old for found in store.rewound()] == [old]
