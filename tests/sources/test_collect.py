"""A whole pass over many sources: each answered by itself, nothing held up by another, all within the deadline."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from bot.release.plan import Problem
from bot.services.ports import Collected, Found, NotAsked, NotFound, Refused, StatusSource, Unreachable, Wanted
from bot.sources.collect import Sources
from tests.sources.server import Server, document, serving


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with serving() as running:
        yield running


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).mkdir(parents=True)
        (folder / name / "ga_status.json").write_bytes(document(name))


def local(reports: Path | None = None, **options: object) -> Sources:
    return Sources(reports, **({"allow_paths": True, "allow_http": True, "allow_private": True} | options))


async def read(source: StatusSource, wanted: Sequence[Wanted]) -> dict[str, Collected]:
    """What came of each document."""
    return {name: answer.document for name, answer in (await source.collect(wanted)).items()}


async def test_every_kind_of_source_in_one_pass(server, tmp_path):
    put(tmp_path / "reports", "by-default", "by-path")
    (tmp_path / "elsewhere.json").write_bytes(document("by-relative-path"))
    source: StatusSource = local(tmp_path / "reports", base=tmp_path)
    wanted = [
        Wanted("by-default"),
        Wanted("by-path", str(tmp_path / "reports/by-path/ga_status.json")),
        Wanted("by-relative-path", "elsewhere.json"),
        Wanted("by-url", server.url("/good/by-url")),
        Wanted("blank", "  "),
        Wanted("missing"),
        Wanted("gone", server.url("/status/404")),
        Wanted("broken", server.url("/text/{")),
        Wanted("failing", server.url("/status/500")),
        Wanted("odd", "gopher://x.test/"),
        Wanted("a//b"),
    ]
    answers = await read(source, wanted)
    assert list(answers) == [one.repository for one in wanted]
    assert {name: type(answer) for name, answer in answers.items()} == {
        "by-default": Found,
        "by-path": Found,
        "by-relative-path": Found,
        "by-url": Found,
        "blank": NotFound,
        "missing": NotFound,
        "gone": NotFound,
        "broken": Refused,
        "failing": Unreachable,
        "odd": Unreachable,
        "a//b": Refused,
    }
    for name, answer in answers.items():
        if isinstance(answer, Found):
            assert answer.document.status.repository == name


async def test_paths_are_read_only_where_they_are_allowed(tmp_path):
    put(tmp_path, "app")
    path = str(tmp_path / "app/ga_status.json")
    for source in (path, "app/ga_status.json", "/etc/passwd"):
        answer = (await read(Sources(tmp_path, allow_paths=False, base=tmp_path), [Wanted("app", source)]))["app"]
        assert answer == Refused(source, (Problem(0, "the source is a path, and only https URLs are read here"),))


async def test_without_a_folder_what_names_no_source_is_not_found():
    answers = await Sources(None, allow_paths=False).collect([Wanted("app")])
    nowhere = NotAsked("the plan names no source for it, and no folder of reports was given")
    assert answers["app"].document == nowhere
    assert isinstance(answers["app"].versions, NotAsked)
    assert await Sources(None, allow_paths=False).collect([]) == {}


async def test_the_pass_ends_at_its_deadline_and_keeps_what_it_has(server, tmp_path):
    put(tmp_path, "file")
    wanted = [Wanted("file"), Wanted("app", server.url("/good/app")), Wanted("hang", server.url("/hang"))]
    wanted += [Wanted(f"drip{i}", server.url("/drip")) for i in range(3)]
    start = time.monotonic()
    answers = await read(local(tmp_path, pass_deadline=0.6, document_deadline=60), wanted)
    assert time.monotonic() - start < 3
    assert isinstance(answers["file"], Found)
    assert isinstance(answers["app"], Found)
    for name in ("hang", "drip0", "drip2"):
        assert answers[name] == Unreachable("not read: the pass had to end after 0.6 s")


async def test_documents_that_wait_in_line_are_not_charged_for_it(server):
    """The deadline of a document begins with its request, not with its place in the queue."""
    wanted = [Wanted(f"r{i}", server.url(f"/slow/r{i}")) for i in range(30)]
    answers = await read(local(concurrency=2, document_deadline=0.25), wanted)
    assert all(isinstance(answer, Found) for answer in answers.values())
    assert server.most == 2
    assert len(server.connections) == 2


async def test_one_unexpected_fault_hurts_nobody_else_and_is_not_hidden(server, caplog):
    async def faulty(host: str, _port: int) -> list[str]:
        if host == "bad.test":
            raise RuntimeError("a fault of ours")
        return ["127.0.0.1"]

    wanted = [Wanted("bad", server.url("/good/bad", "bad.test")), Wanted("app", server.url("/good/app", "x.test"))]
    with caplog.at_level(logging.ERROR):
        answers = await read(local(resolve=faulty), wanted)
    assert isinstance(answers["app"], Found)
    assert answers["bad"] == Unreachable("reading it failed inside Convoy (RuntimeError); the log has more")
    assert "a fault of ours" in caplog.text


def test_one_object_serves_several_event_loops(tmp_path):
    async def once() -> list[type]:
        async with serving() as server:
            wanted = [Wanted(f"r{i}", server.url(f"/good/r{i}")) for i in range(20)]
            return [type(answer) for answer in (await read(source, wanted)).values()]

    source = local(tmp_path, concurrency=3)
    for _ in range(2):
        assert asyncio.run(once()) == [Found] * 20


async def test_a_thousand_files_leave_the_loop_alive(tmp_path):
    names = [f"r{i}" for i in range(1000)]
    put(tmp_path, *names[:-1])
    beats = 0

    async def heart() -> None:
        nonlocal beats
        while True:
            await asyncio.sleep(0)
            beats += 1

    beating = asyncio.create_task(heart())
    answers = await read(local(tmp_path), [Wanted(name) for name in names])
    beating.cancel()
    assert sum(isinstance(answer, Found) for answer in answers.values()) == 999
    assert isinstance(answers["r999"], NotFound)
    assert beats > 50  # a loop that read the files itself would beat once per batch, some 16 times


async def test_a_bad_neighbour_changes_nothing(server, tmp_path):
    """With and without the worst of sources, the good ones are answered alike."""
    put(tmp_path, *(f"f{i}" for i in range(100)))
    good = [Wanted(f"f{i}") for i in range(100)] + [Wanted(f"u{i}", server.url(f"/good/u{i}")) for i in range(20)]
    paths = ["/hang", "/drip", "/large", "/zipped", "/twice", "/status/500", "/text/%ff", "/redirect", "/text/[[[["]
    bad = [Wanted(f"b{i}", server.url(path)) for i, path in enumerate(paths)] + [Wanted("..")]
    source = local(tmp_path, document_deadline=2.0)
    alone = await read(source, good)
    together = await read(source, [*bad, *good])
    assert {name: together[name] for name in alone} == alone
    assert all(isinstance(answer, Found) for answer in alone.values())
    assert not any(isinstance(together[one.repository], Found) for one in bad)
    json.dumps({name: repr(answer) for name, answer in together.items()})
