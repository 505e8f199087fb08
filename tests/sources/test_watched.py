"""How far a pass has come is told while it goes on, also while nothing happens, and what it ended with."""

import logging

import pytest

from bot.release.progress import Progress
from bot.services.ports import Wanted
from bot.sources import watched
from tests.sources.server import serving
from tests.sources.test_hosts import sources


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched, "EVERY", 0.005)


async def test_done_and_failed_are_counted() -> None:
    heard: list[Progress] = []
    async with serving() as server:
        wanted = [Wanted(f"r{i}", server.url(f"/slow/r{i}")) for i in range(20)]
        wanted += [Wanted("bad", server.url("/status/500")), Wanted("gone", server.url("/status/404"))]
        await sources(concurrency=2).collect(wanted, heard.append)
    assert heard[0] == Progress(0, 22)
    assert heard[-1] == Progress(22, 22, 1)
    assert len({one.done for one in heard}) > 5
    assert heard == sorted(heard, key=lambda one: one.done)


async def test_a_watcher_that_fails_harms_no_pass(caplog: pytest.LogCaptureFixture) -> None:
    def faulty(_progress: Progress) -> None:
        raise RuntimeError("a fault of ours")

    async with serving() as server:
        with caplog.at_level(logging.ERROR):
            answers = await sources().collect([Wanted("app", server.url("/good/app"))], faulty)
    assert len(answers) == 1
    assert "a fault of ours" in caplog.text
