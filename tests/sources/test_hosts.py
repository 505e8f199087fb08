"""Hosts that take every request and answer none: the others are read all the same, and nobody is always last."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from bot.services.ports import Answer, Found, Unreachable, Wanted
from bot.sources.collect import Sources
from bot.sources.forges.gate import FAULTS, REST
from bot.sources.hosts import FIRST, WIDTH
from tests.sources.forges.conftest import HeldTime
from tests.sources.server import Server, document, serving
from tests.store.http_backend import serving as serving_git
from tests.store.kit import Hand, git


class Dead:
    """A host that accepts and says nothing. `most`: connections at one time."""

    def __init__(self) -> None:
        self.port, self.all, self.now, self.most = 0, 0, 0, 0
        self.well = False
        self.writers: set[asyncio.StreamWriter] = set()

    def url(self, path: str, kind: str = "git+http") -> str:
        return f"{kind}://127.0.0.1:{self.port}/{path}"

    async def speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.all += 1
        self.now += 1
        self.most = max(self.most, self.now)
        self.writers.add(writer)
        with suppress(ConnectionError):
            if self.well:
                writer.write(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            else:
                while await reader.read(1000):
                    pass
        writer.close()
        self.now -= 1


@asynccontextmanager
async def dead() -> AsyncIterator[Dead]:
    host = Dead()
    server = await asyncio.start_server(host.speak, "127.0.0.1", 0)
    host.port = server.sockets[0].getsockname()[1]
    try:
        yield host
    finally:
        server.close()
        for writer in host.writers:
            writer.close()
        while host.now:
            await asyncio.sleep(0.01)


def sources(**options: object) -> Sources:
    given = {"allow_paths": False, "allow_http": True, "allow_private": True, "repository_deadline": 0.5} | options
    return Sources(None, **given)


def reasons(answers: dict[str, Answer]) -> list[str]:
    return [a.document.reason for a in answers.values() if isinstance(a.document, Unreachable)]


def served(folder: Path) -> Path:
    git(folder, "init", "--quiet", "--bare", "--initial-branch=main", "good.git")
    hand = Hand(folder / "good.git", folder.parent / "hand")
    (hand.tree / "ga_status.json").write_bytes(document("good"))
    git(hand.tree, "add", "--all")
    git(hand.tree, "commit", "--quiet", "--message", "work")
    git(hand.tree, "push", "--quiet", "origin", "HEAD:main")
    return folder


async def test_dead_remotes_do_not_starve_the_others(tmp_path):
    """Without doors sixty hanging repositories come before the good one; four at a time they outlast this pass."""
    (tmp_path / "served").mkdir()
    with serving_git(served(tmp_path / "served")) as server:
        async with dead() as one:
            wanted = [Wanted(f"dead{i}", one.url(f"r{i}.git")) for i in range(60)]
            wanted.append(Wanted("good", server.url("good.git")))
            answers = dict(await sources(concurrency=4, pass_deadline=6.0).collect(wanted))
    assert isinstance(answers["good"].document, Found)
    told = reasons(answers)
    assert len(told) == 60
    assert one.most <= FIRST
    assert FAULTS <= one.all <= FAULTS + FIRST
    shut = f"127.0.0.1:{one.port} is not asked for a while: it failed 5 times in a row (it did not answer within 0 s)"
    assert told.count(shut) == 60 - one.all


async def test_a_dead_host_behind_https_does_not_starve_the_others():
    async with dead() as one, serving() as server:
        wanted = [Wanted(f"dead{i}", one.url(f"r{i}.json", "http")) for i in range(100)]
        wanted += [Wanted(f"r{i}", server.url(f"/good/r{i}")) for i in range(20)]
        answers = dict(await sources(document_deadline=0.2, concurrency=4).collect(wanted))
        assert sum(isinstance(answer.document, Found) for answer in answers.values()) == 20
        assert one.all <= FAULTS + FIRST
        assert sum("failed 5 times in a row (did not deliver" in told for told in reasons(answers)) == 100 - one.all


async def test_a_host_that_rested_is_tried_once_and_trusted_again_when_it_answers():
    time = HeldTime()
    async with dead() as one:
        reader = sources(document_deadline=0.1, timing=time.timing())
        wanted = [Wanted(f"r{i}", one.url(f"r{i}.json", "http")) for i in range(20)]
        await reader.collect(wanted)
        before = one.all
        await reader.collect(wanted)
        assert one.all == before, "it rests"
        time.now += REST + 1
        await reader.collect(wanted)
        assert before < one.all <= before + FIRST, "one failure is enough now"
        time.now += REST + 1
        one.well = True
        before = one.all
        assert reasons(dict(await reader.collect(wanted))) == []
        assert one.all == before + 20


async def test_a_host_that_answers_is_asked_more_at_a_time_and_never_too_much():
    async with serving() as server:
        wanted = [Wanted(f"r{i}", server.url(f"/slow/r{i}")) for i in range(60)]
        answers = await sources().collect(wanted)
        assert all(isinstance(answer.document, Found) for answer in answers.values())
        assert server.most == WIDTH


async def test_a_no_is_an_answer(tmp_path):
    """Repositories that are not there say nothing about their host."""
    (tmp_path / "served").mkdir()
    with serving_git(served(tmp_path / "served")) as server:
        wanted = [Wanted(f"gone{i}", server.url(f"gone{i}.git")) for i in range(FAULTS * 2)]
        answers = dict(
            await sources(repository_deadline=20.0).collect([*wanted, Wanted("good", server.url("good.git"))])
        )
    assert isinstance(answers["good"].document, Found)
    assert not [told for told in reasons(answers) if "in a row" in told]


async def test_what_a_pass_did_not_get_to_comes_first_in_the_next(monkeypatch):
    """A host that answers three requests of each pass and hangs then: after three passes nine of twelve are read."""
    left = 0

    async def some(self: Server, request: object) -> object:
        nonlocal left
        left -= 1
        return await (self._good(request) if left >= 0 else self._hang(request))

    monkeypatch.setattr(Server, "_some", some, raising=False)
    read: list[list[str]] = []
    async with serving() as server:
        wanted = [Wanted(f"r{i}", server.url(f"/some/r{i}")) for i in range(12)]
        reader = sources(concurrency=1, pass_deadline=0.7, document_deadline=60.0)
        for _ in range(3):
            left = 3
            answers = await reader.collect(wanted)
            assert list(answers) == [one.repository for one in wanted], "told in the order that was asked for"
            read.append([name for name, answer in answers.items() if isinstance(answer.document, Found)])
    assert read == [["r0", "r1", "r2"], ["r4", "r5", "r6"], ["r8", "r9", "r10"]]
