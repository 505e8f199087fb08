"""Many processes and people writing one repository at the same time: every edit once, in one line, nothing lost."""

import json
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.store import GitStore
from tests.store.conftest import World
from tests.store.kit import ANN, Append, GitError, Hand, add, git, history, later
from tests.store.test_store import made

ROOT = Path(__file__).parents[2]
WRITER = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from bot.services.ports import Updated
from bot.store import locate, open_store
from tests.store.kit import ANN, Append, later, render

location, cache, name, edits, threads = sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
store = open_store(locate(location, cache_dir=cache), render, deadline=60, durable=name.endswith("0"))
print("ready", flush=True)
sys.stdin.readline()
def write(number):
    answer = store.update("summit", Append(f"{name}-{number}", f"id-{name}-{number}", later(minutes=number)), ANN)
    assert isinstance(answer, Updated) and answer.commit, answer
with ThreadPoolExecutor(threads) as pool:
    list(pool.map(write, range(edits)))
"""


def writers(
    world: World, count: int, edits: int, *, threads: int = 1, machines: bool = False
) -> list["subprocess.Popen[str]"]:
    """Processes that are ready to write, each from a machine of its own if asked for; `edits` are of each process."""
    started = [
        subprocess.Popen(
            [
                sys.executable, "-c", WRITER, world.location, str(world.root / (f"w{n}" if machines else "m1")),
                f"w{n}", str(edits), str(threads),
            ],
            cwd=ROOT, start_new_session=True, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for n in range(count)
    ]  # fmt: skip
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n", process.communicate()
    return started


def go(processes: list["subprocess.Popen[str]"]) -> None:
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()


def finish(processes: list["subprocess.Popen[str]"]) -> None:
    for process in processes:
        _, complaints = process.communicate(timeout=120)
        assert process.returncode == 0, complaints


def repositories(world: World) -> list[str]:
    written = json.loads(git(world.repository, "show", "main:plans/summit/release_plan.json"))
    return [row["name"] for row in written["releaseGroups"][0]["repositories"]]


def ids(world: World) -> Counter[str]:
    shown = history(world.repository, "%(trailers:key=Plan-Edit-Id,valueonly,separator=%x2C)")
    return Counter(line for line in shown if line)


def tried(hand: Hand, number: int) -> bool:
    """Whether a person's push got through: they lose races, too, and git says so."""
    try:
        hand.push({f"notes/{number}.md": b"by hand\n"}, f"Note {number}")
    except GitError as error:
        if "rejected" not in str(error) and "cannot lock ref" not in str(error):
            raise
        return False
    return True


def check(world: World, edits: int, pushed: int) -> None:
    """Every edit of four writers is there once, in one line, beside what a person pushed."""
    expected = {f"id-w{n}-{number}" for n in range(4) for number in range(edits)} | {"add-1"}
    assert ids(world) == Counter(dict.fromkeys(expected, 1))
    assert sorted(repositories(world)[1:]) == sorted(f"w{n}-{number}" for n in range(4) for number in range(edits))
    assert len(history(world.repository)) == 4 * edits + 1 + pushed
    assert git(world.repository, "rev-list", "--min-parents=2", "main") == "", "one line"
    notes = git(world.repository, "ls-tree", "-r", "--name-only", "main").count("notes/")
    assert notes == pushed


def test_four_processes_and_a_person_lose_nothing(local: World) -> None:
    made(local.store().update("summit", add(), ANN))
    hand = local.hand()
    processes = writers(local, count=4, edits=10)

    go(processes)
    pushed = sum(tried(hand, number) for number in range(5))
    finish(processes)

    check(local, 10, pushed)


@pytest.mark.parametrize(("kind", "edits"), [("remote", 10), ("web", 3)])
def test_four_stores_of_two_machines_and_a_person_lose_nothing(
    kind: str, edits: int, request: pytest.FixtureRequest
) -> None:
    world: World = request.getfixturevalue(kind)
    made(world.store().update("summit", add(), ANN))
    hand = world.hand()
    stores = [world.store(f"m{n % 2}", deadline=60.0) for n in range(4)]  # two by two they share a clone

    def write(n: int) -> None:
        for number in range(edits):
            made(stores[n].update("summit", Append(f"w{n}-{number}", f"id-w{n}-{number}", later(minutes=number)), ANN))

    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(write, n) for n in range(4)]
        pushed = sum(tried(hand, number) for number in range(3))
        for future in running:
            future.result(timeout=120)

    check(world, edits, pushed)


def test_a_writer_killed_in_the_middle_leaves_a_whole_repository(local: World) -> None:
    made(local.store().update("summit", add(), ANN))
    (victim,) = writers(local, count=1, edits=1000)
    go([victim])
    while len(history(local.repository)) < 5:
        pass
    victim.kill()
    victim.communicate()

    survived = ids(local)
    store: GitStore = local.store("m9", deadline=5.0)
    lock = local.repository / "refs/heads/main.lock"
    if lock.exists():  # git update-ref was killed between lock and rename: said, and mended by removing the file
        lock.unlink()
    answer = made(store.update("summit", Append("w0-0", "id-w0-0", later(minutes=0)), ANN))

    assert answer in history(local.repository)
    assert max(ids(local).values()) == 1
    assert ids(local) == survived, "an edit that was there before is not made again"
