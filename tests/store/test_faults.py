"""What goes wrong between a writer and a repository behind smart HTTP: lost answers, kills, full disks, slow lines."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.services.ports import StoreUnavailableError
from bot.store import GitStore
from bot.store.objects import Objects
from tests.store.conftest import World
from tests.store.http_backend import HttpBackend, Mood
from tests.store.kit import ANN, Append, add, git, history, ship
from tests.store.test_group_commit import is_push
from tests.store.test_store import made, version
from tests.store.test_writers import ROOT, check, finish, go, ids, repositories, writers


def test_two_hundred_edits_of_four_processes_are_two_hundred_commits(web: World) -> None:
    made(web.store().update("summit", add(), ANN))
    processes = writers(web, count=4, edits=50, threads=5, machines=True)

    go(processes)
    finish(processes)

    check(web, 50, pushed=0)


def test_a_quarter_of_the_answers_lost_doubles_no_edit(web: World, backend: HttpBackend) -> None:
    """Whoever is told that nobody knows asks again with the same edit, as a journal does."""
    stores = [web.store("m1"), web.store("m2")]
    made(stores[0].update("summit", add(), ANN))
    dice, lost = random.Random(4), []

    def lossy(request: str, _number: int) -> Mood:
        if dice.random() < 0.25:
            lost.append(request)
            return Mood.LOST
        return Mood.WELL

    def write(number: int) -> None:
        while True:
            try:
                made(stores[number % 2].update("summit", Append(f"r{number}", f"e{number}"), ANN))
                return
            except StoreUnavailableError:
                continue

    backend.mood = lossy
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(40)))

    assert sum(map(is_push, lost)) >= 2, "answers to pushes must have been lost"
    assert ids(web) == Counter({"add-1": 1} | {f"e{n}": 1 for n in range(40)})
    assert sorted(repositories(web)[1:]) == sorted(f"r{n}" for n in range(40))


def test_a_writer_killed_anywhere_leaves_a_repository_that_the_next_one_writes(web: World) -> None:
    made(web.store().update("summit", add(), ANN))
    dice = random.Random()
    for _ in range(3):
        before = len(history(web.repository))
        (victim,) = writers(web, count=1, edits=1000, threads=3)
        go([victim])
        while len(history(web.repository)) < before + 2:
            assert victim.poll() is None, victim.communicate()
        time.sleep(dice.uniform(0, 0.2))
        os.killpg(victim.pid, signal.SIGKILL)
        victim.communicate()
        landed = ids(web)

        made(web.store().update("summit", Append("w0-0", "id-w0-0"), ANN))
        made(web.store("m9").update("summit", Append("w0-0", "id-w0-0"), ANN))

        assert ids(web)["id-w0-0"] == 1
        assert max(ids(web).values()) == 1
        assert set(landed) <= set(ids(web)), "nothing is lost"
        assert git(web.repository, "fsck", "--full", "--strict", "--no-dangling") == ""


FULL = """
import sys
from pathlib import Path
from bot.services.ports import StoreError
from bot.store import open_store, locate
from tests.store.kit import ANN, Append, add, render
disk, location = Path(sys.argv[1]), sys.argv[2]
store = open_store(locate(location, cache_dir=disk / "cache"), render, durable=False, deadline=20)
store.update("summit", add(), ANN)
head = store.refresh()
ballast = disk / "ballast"
with ballast.open("wb", buffering=0) as file:
    try:
        while file.write(b"x" * 4096):
            pass
    except OSError as error:
        print("full:", error.strerror)
said = None
for number in range(40):  # what lies in half filled blocks and in directories may still take a few
    try:
        head = store.update("summit", Append(f"r{number}", f"e{number}"), ANN).commit
    except StoreError as error:
        said = str(error)
        print("said:", said)
        break
assert said, "the disk never was full"
assert store.read("summit").commit == head, "reads go on"
ballast.unlink()
after = store.update("summit", Append(f"r{number}", f"e{number}"), ANN)
assert after.commit and store.read("summit").commit == after.commit
print("edits:", number + 1)
"""
MOUNT = 'mount -t tmpfs -o size=3m none "$1" && exec "$2" -c "$3" "$1" "$4"'


@pytest.mark.parametrize("kind", ["local", "web"])
def test_a_full_disk_is_said_and_the_store_goes_on_when_there_is_room(
    kind: str, request: pytest.FixtureRequest
) -> None:
    """A disk of 3 MB, mounted where only that process sees it: for a local store, or for the clone of a remote."""
    world: World = request.getfixturevalue(kind)
    disk = world.root / "disk"
    disk.mkdir()
    location = str(disk / "plans.git") if kind == "local" else world.location
    command = ["unshare", "--mount", "sh", "-c", MOUNT, "sh", str(disk), sys.executable, FULL, location]
    if subprocess.run([*command[:4], 'mount -t tmpfs none "$1"', "sh", str(disk)], capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount a small disk")

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "full: No space left on device" in done.stdout
    assert "nothing was changed" in done.stdout
    if kind == "web":
        written = int(done.stdout.rpartition("edits: ")[2])
        assert ids(world) == Counter({"add-1": 1} | {f"e{n}": 1 for n in range(written)})


def test_gc_beside_writers_breaks_nothing(web: World) -> None:
    store = web.store()
    made(store.update("summit", add(), ANN))

    def collect() -> None:
        for _ in range(8):
            git(web.repository, "gc", "--quiet")
            git(web.clone(), "gc", "--quiet", check=False)  # it may meet a ref that is just being moved

    with ThreadPoolExecutor(4) as pool:
        collecting = pool.submit(collect)
        list(pool.map(lambda n: made(store.update("summit", Append(f"r{n}", f"e{n}"), ANN)), range(20)))
        collecting.result(120)

    assert ids(web) == Counter({"add-1": 1} | {f"e{n}": 1 for n in range(20)})
    assert version(web.store()) == version(web.store("m2")) == "v1.5.0"


def test_a_folder_of_objects_that_gc_took_away_is_made_again(local: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What libgit2 says when `git gc` removes an emptied folder between its making and the file's moving in."""
    store = local.store()
    made(store.update("summit", add(), ANN))
    real, gone = Objects.write, ["once", "twice"]

    def write(self: Objects, base: str | None, files: Mapping[str, bytes | None]) -> str:
        if gone:
            gone.pop()
            raise OSError("failed to rename lockfile to 'objects/dc/e7': No such file or directory")
        return real(self, base, files)

    monkeypatch.setattr(Objects, "write", write)

    made(store.update("summit", ship("v2", "e1"), ANN))
    assert len(history(local.repository)) == 2


def test_of_two_writers_on_a_slow_line_neither_starves(web: World, backend: HttpBackend) -> None:
    """Whoever has just won need not fetch and is faster; 200 ms before each answer make that last for ever."""
    one, two = web.store("m1", deadline=60), web.store("m2", deadline=60)
    made(one.update("summit", add(), ANN))
    for number in range(2):  # each has met the other
        made(two.update("summit", Append(f"two-{number}", f"two-{number}"), ANN))
        made(one.update("summit", Append(f"one-{number}", f"one-{number}"), ANN))
    two.refresh()

    def slow(_request: str, _number: int) -> Mood:
        time.sleep(0.2)
        return Mood.WELL

    def write(who: str, store: GitStore) -> None:
        for number in range(2, 6):
            made(store.update("summit", Append(f"{who}-{number}", f"{who}-{number}"), ANN))

    backend.mood = slow
    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(write, "one", one), pool.submit(write, "two", two)]:
            future.result(120)

    order = [name.partition("-")[0] for name in repositories(web)[-8:]]
    assert Counter(order) == {"one": 4, "two": 4}
    assert len(set(order[:4])) == 2, f"the first was done before the other wrote anything: {order}"
