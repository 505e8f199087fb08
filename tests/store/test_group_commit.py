"""Edits that wait for the same store share a push, and nothing else: each has its own commit, author and answer."""

import json
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

import pytest

from bot.release.edits import Conflict, Edit
from bot.release.folder import PlanFolder
from bot.services.ports import Author, StoreRefusedError, StoreUnavailableError, Updated
from bot.store import GitStore
from tests.store.conftest import World
from tests.store.http_backend import HttpBackend, Mood
from tests.store.kit import ANN, NOON, Append, add, git, history, ship
from tests.store.test_remote import PUSH, hook
from tests.store.test_store import done, made, version

BEA = Author("Bea Roth", "bea@example.org", "U0BEA", "T0TEAM")
CAT = Author("Cat Sun", "cat@example.org", "U0CAT", "T0TEAM")
THREE: list[tuple[Edit, Author]] = [
    (Append("a", "e1"), ANN), (ship("v2", "e2"), BEA), (Append("c", "e3"), CAT)
]  # fmt: skip
Answers = list["Future[Updated | Conflict]"]


def is_push(request: str) -> bool:
    return request.startswith("POST") and request.endswith(PUSH)


def refusing(name: str) -> str:
    """A pre-receive hook that takes no commits of a person."""
    found = f'git log --format=%an "$old..$new" | grep -q {name}'
    return f'while read old new ref; do if {found}; then\necho "no commits of {name}" >&2; exit 1; fi; done'


@dataclass
class Gate:
    """Holds the first push at the server until it is opened, then lets the server behave as `then` says."""

    backend: HttpBackend
    reached: threading.Event = field(default_factory=threading.Event)
    open: threading.Event = field(default_factory=threading.Event)

    def __call__(self, request: str, _number: int) -> Mood:
        if is_push(request) and not self.reached.is_set():
            self.reached.set()
            assert self.open.wait(30)
        return Mood.WELL


@contextmanager
def gathered(
    store: GitStore, backend: HttpBackend, edits: Sequence[tuple[Edit, Author]], *, by: Author = ANN, apart: float = 0.0
) -> Iterator[Answers]:
    """The edits, waiting in their order behind one whose push is under way; that one ends with the block."""
    gate = Gate(backend)
    backend.mood = gate
    with ThreadPoolExecutor(len(edits) + 1) as pool:
        first = pool.submit(store.update, "summit", Append("first", "first"), by)
        assert gate.reached.wait(30)
        answers = []
        for number, (edit, author) in enumerate(edits):
            answers.append(pool.submit(store.update, "summit", edit, author))
            time.sleep(apart)
            until = time.monotonic() + 30
            while len(store._line._waiting) < number + 2 and time.monotonic() < until:
                time.sleep(0.005)
        backend.mood = lambda _request, _number: Mood.WELL
        try:
            yield answers
        finally:
            gate.open.set()
        made(first.result(60))


@pytest.fixture
def store(web: World) -> GitStore:
    opened = web.store()
    made(opened.update("summit", add(), ANN))
    return opened


def test_what_waits_goes_in_one_push_with_a_commit_for_each(web: World, backend: HttpBackend, store: GitStore) -> None:
    before = len(backend.requests)

    with gathered(store, backend, THREE) as all_:
        pass

    commits = [made(answer.result(30)) for answer in all_]
    assert sum(map(is_push, backend.requests[before:])) == 2, "one for the first, one for the three that waited"
    assert history(web.repository)[:3] == commits[::-1]
    assert history(web.repository, "%an|%cn|%s|%(trailers:key=Plan-Edit-Id,valueonly,separator=%x2C)")[:4] == [
        "Cat Sun|Convoy|Add c|e3", "Bea Roth|Convoy|Ship server v2|e2", "Ann Lee|Convoy|Add a|e1",
        "Ann Lee|Convoy|Add first|first",
    ]  # fmt: skip
    states = [done(answer.result()).state for answer in all_]
    assert [state.commit for state in states] == commits, "each sees the plan as its own commit left it"
    assert states[0].folder.document.plan.find("c") is None
    assert store.read("summit").commit == commits[-1]


def test_in_a_lost_race_an_edit_that_became_impossible_fails_alone(
    web: World, backend: HttpBackend, store: GitStore
) -> None:
    other = web.store("m2")
    edits: list[tuple[Edit, Author]] = [(Append("a", "e1"), ANN), (ship("v2", "e2", repository="doomed"), BEA)]
    made(store.update("summit", Append("doomed", "e0"), ANN))
    other.refresh()

    with gathered(store, backend, [*edits, (Append("c", "e3"), CAT)]) as all_:
        pushed: list[str] = []

        def meanwhile(request: str, _number: int) -> Mood:
            if is_push(request) and len(pushed) < 2:
                pushed.append(request)
                if len(pushed) == 1:  # the push of the three: before it is carried out, a person is faster
                    web.hand().push({"plans/summit/release_plan.json": without(web, "doomed")})
            return Mood.WELL

        backend.mood = meanwhile

    first, doomed, third = (answer.result(30) for answer in all_)
    assert isinstance(doomed, Conflict)
    assert "doomed" in doomed.reason
    assert history(web.repository, "%an: %s")[:3] == ["Cat Sun: Add c", "Ann Lee: Add a", "Bo Hand: By hand"]
    assert {made(first), made(third)} == set(history(web.repository)[:2])


def without(web: World, repository: str) -> bytes:
    """The plan as it lies there, less one repository."""
    raw = json.loads(git(web.repository, "show", "main:plans/summit/release_plan.json"))
    for group in raw["releaseGroups"]:
        group["repositories"] = [row for row in group["repositories"] if row["name"] != repository]
    return json.dumps(raw, indent=2, ensure_ascii=False).encode() + b"\n"


def test_a_hook_that_refuses_one_of_them_refuses_only_that_one(
    web: World, backend: HttpBackend, store: GitStore
) -> None:
    hook(web, "pre-receive", refusing("Bea"))

    with gathered(store, backend, THREE) as all_:
        pass

    made(all_[0].result(30))
    with pytest.raises(StoreRefusedError, match="no commits of Bea"):
        all_[1].result(30)
    made(all_[2].result(30))
    assert history(web.repository, "%s")[:3] == ["Add c", "Add a", "Add first"]
    assert version(store) == "v1.5.0"


def test_a_closed_door_is_tried_once_for_all(web: World, backend: HttpBackend, store: GitStore) -> None:
    with gathered(store, backend, [(Append("a", "e1"), ANN), (ship("v2", "e2"), BEA)]) as all_:
        # The push that is held is let through; the door closes behind it.
        backend.mood = lambda request, _: Mood.FORBIDDEN if PUSH in request else Mood.WELL
        before = len(backend.requests)

    for answer in all_:
        with pytest.raises(StoreRefusedError, match="403"):
            answer.result(30)
    assert sum(PUSH in request for request in backend.requests[before:]) == 1
    assert history(web.repository, "%s")[0] == "Add first"


def test_the_lost_answer_of_a_group_doubles_nothing(web: World, backend: HttpBackend, store: GitStore) -> None:
    lost: list[str] = []

    def lose_one(request: str, _number: int) -> Mood:
        if is_push(request) and not lost:
            lost.append(request)
            return Mood.LOST
        return Mood.WELL

    with gathered(store, backend, [(Append("a", "e1"), ANN), (ship("v2", "e2"), BEA)]) as all_:
        backend.mood = lose_one

    assert lost
    assert [made(answer.result(30)) for answer in all_] == history(web.repository)[1::-1]
    assert history(web.repository, "%s")[:3] == ["Ship server v2", "Add a", "Add first"]


@dataclass(frozen=True)
class Broken:
    """An edit with a fault in it."""

    operation: ClassVar[str] = "broken"
    id: str
    at: datetime = NOON

    def apply(self, _folder: PlanFolder | None) -> PlanFolder | Conflict:
        raise ZeroDivisionError("a fault in this edit")

    def subject(self) -> str:
        return "Never"


def test_a_fault_in_one_edit_hits_whoever_made_it(web: World, backend: HttpBackend, store: GitStore) -> None:
    with gathered(store, backend, [(Append("a", "e1"), ANN), (Broken("e2"), BEA), (Append("c", "e3"), CAT)]) as all_:
        pass

    made(all_[0].result(30))
    with pytest.raises(ZeroDivisionError, match="a fault in this edit"):
        all_[1].result(30)
    made(all_[2].result(30))


def test_an_answer_that_hangs_on_a_neighbour_holds_only_if_that_one_lands(
    web: World, backend: HttpBackend, store: GitStore
) -> None:
    """Bea's edit says what Ann's said, so it changes nothing; but Ann's is refused, so Bea's is made after all."""
    edits: list[tuple[Edit, Author]] = [(ship("v2", "e1"), ANN), (ship("v2", "e2"), BEA)]

    with gathered(store, backend, edits, by=CAT) as all_:
        hook(web, "pre-receive", refusing("Ann"))

    with pytest.raises(StoreRefusedError):
        all_[0].result(30)
    made(all_[1].result(30))
    assert history(web.repository, "%an: %s")[0] == "Bea Roth: Ship server v2"


def test_the_same_edit_twice_in_one_group_is_one_commit(web: World, backend: HttpBackend, store: GitStore) -> None:
    with gathered(store, backend, [(Append("a", "e1"), ANN), (Append("a", "e1"), ANN)]) as all_:
        pass

    one, two = (done(answer.result(30)) for answer in all_)
    assert one.commit == two.commit == history(web.repository)[0]
    assert one.before == two.before
    assert history(web.repository, "%s")[:2] == ["Add a", "Add first"]


def test_whoever_waits_too_long_is_told_and_the_next_ones_go_on(web: World, backend: HttpBackend) -> None:
    made(web.store().update("summit", add(), ANN))
    store = web.store(deadline=1.0)
    backend.mood = lambda request, _: Mood.SILENT if is_push(request) else Mood.WELL

    with ThreadPoolExecutor(3) as pool:
        answers = [pool.submit(store.update, "summit", Append(f"r{n}", f"e{n}"), ANN) for n in range(3)]
        for answer in answers:
            with pytest.raises(StoreUnavailableError, match=r"no answer within|have been waiting"):
                answer.result(30)

    backend.mood = lambda _request, _number: Mood.WELL
    made(store.update("summit", Append("c", "e3"), ANN))
    assert store._line._waiting == []


def test_whoever_has_time_left_looks_again_when_the_first_one_has_none(web: World, backend: HttpBackend) -> None:
    made(web.store().update("summit", add(), ANN))
    store = web.store(deadline=4.0)
    silent: list[str] = []

    def hang_once(request: str, _number: int) -> Mood:
        if not is_push(request) and not silent:
            silent.append(request)
            return Mood.SILENT
        return Mood.WELL

    nothing_new: list[tuple[Edit, Author]] = [(ship("v1.5.0", "e1"), ANN), (ship("v1.5.0", "e2"), BEA)]
    with gathered(store, backend, nothing_new, apart=1.0) as all_:
        backend.mood = hang_once

    with pytest.raises(StoreUnavailableError, match="no answer within"):
        all_[0].result(30)
    assert done(all_[1].result(30)).commit is None
