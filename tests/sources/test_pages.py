"""Documents behind URLs that have not changed: they are asked for with the ETag of the last time, and come as 304."""

from collections.abc import AsyncIterator

import pytest

from bot.release.documents import STATUS_LIMIT
from bot.release.status import Status
from bot.services.ports import Collected, Found, Refused, Unreachable, Wanted
from bot.sources.collect import Sources
from bot.sources.forges.memory import MemoryOfProcess
from tests.sources.server import Server, document, saying, serving


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with serving() as running:
        yield running


class Passes:
    """One pass after the other, each by a process of its own that shares nothing but the memory."""

    def __init__(self) -> None:
        self.memory = MemoryOfProcess()

    async def fetch(self, url: str) -> Collected:
        source = Sources(None, allow_paths=False, allow_http=True, allow_private=True, memory=self.memory)
        return (await source.collect([Wanted("app", url)]))["app"].document


def asked_with(server: Server) -> list[str | None]:
    return [request.headers.get("if-none-match") for request in server.requests]


async def test_what_has_not_changed_is_not_sent_again(server):
    passes = Passes()
    first = await passes.fetch(server.url("/tagged"))
    again = await passes.fetch(server.url("/tagged"))
    assert isinstance(first, Found)
    assert again == first
    assert asked_with(server) == [None, '"one"']


async def test_what_has_changed_is_read_anew(server):
    passes = Passes()
    await passes.fetch(server.url("/tagged"))
    server.etag, server.body = '"two"', document(status="BLOCKED")
    for _ in range(2):
        found = await passes.fetch(server.url("/tagged"))
        assert isinstance(found, Found)
        assert found.document.status.status is Status.BLOCKED
    assert asked_with(server) == [None, '"one"', '"two"']


async def test_what_is_refused_stays_so_until_it_changes(server):
    passes = Passes()
    server.body = document(status=3)
    first = await passes.fetch(server.url("/tagged"))
    assert isinstance(first, Refused)
    assert await passes.fetch(server.url("/tagged")) == first
    assert asked_with(server) == [None, '"one"']


@pytest.mark.parametrize("path", ["/tagged?other", "http://ana:secret@127.0.0.1/tagged"])
async def test_another_address_or_password_knows_nothing_of_it(server, path):
    passes = Passes()
    await passes.fetch(server.url("/tagged"))
    there = server.url(path) if path.startswith("/") else path.replace("127.0.0.1", f"127.0.0.1:{server.port}")
    assert isinstance(await passes.fetch(there), Found)
    assert asked_with(server) == [None, None]


async def test_behind_a_redirect_the_etag_is_of_where_it_leads(server):
    passes = Passes()
    for _ in range(2):
        assert isinstance(await passes.fetch(server.url("/redirect?to=/tagged")), Found)
    assert asked_with(server) == [None, None, None, '"one"']


@pytest.mark.parametrize("etag", ["", '"' + "x" * 300 + '"', '"ünd"'])
async def test_an_etag_that_cannot_be_sent_back_is_none(server, etag):
    passes = Passes()
    server.etag = etag
    for _ in range(2):
        assert isinstance(await passes.fetch(server.url("/tagged")), Found)
    assert asked_with(server) == [None, None]


@pytest.mark.parametrize("body", [b" " * (STATUS_LIMIT + 1), b"\xff"])
async def test_what_is_no_document_is_not_remembered(server, body):
    passes = Passes()
    server.body = body
    for _ in range(2):
        assert isinstance(await passes.fetch(server.url("/tagged")), Refused)
    assert asked_with(server) == [None, None]


async def test_304_to_a_question_without_an_etag_is_no_answer():
    async with saying(b"HTTP/1.1 304 Not Modified\r\n\r\n") as port:
        found = await Passes().fetch(f"http://127.0.0.1:{port}/s.json")
    assert isinstance(found, Unreachable)
    assert "answers 304" in found.reason
