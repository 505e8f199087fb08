"""A pass over 10,000 unchanged repositories whose documents a server on loopback holds, beside a bare loop of aiohttp.

Server, pass and loop are processes of their own, so that only the CPU time and the memory of each are counted: `python
-m benchmarks.fetching serve|bare|pass …` are these processes. "All in": reading the plan, every request, judging,
comparing with what is in the store, and finding that nothing is to be written.
"""

import asyncio
import contextlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.table import Row
from benchmarks.trains import raw_plan

REPOSITORIES = 10_000
GOAL_US, GOAL_MIB = 500, 150
NOW = datetime(2026, 11, 1, tzinfo=UTC)


def rows() -> Iterator[Row]:
    """The CPU time of an unchanged pass, with what it is for each repository and how much memory was used at most."""
    with tempfile.TemporaryDirectory() as folder, _served() as port:
        store = str(Path(folder) / "plans.git")
        _prepare(store, port)
        bare = min((_child("bare", str(port)) for _ in range(3)), key=lambda found: float(found["cpu"]))
        _child("pass", store)  # everything is new
        found = min((_child("pass", store) for _ in range(3)), key=lambda found: float(found["cpu"]))
        assert found["commit"] is None
        assert found["failed"] == 0
    each, peak = found["cpu"] * 1e6 / REPOSITORIES, found["peak"]
    note = (
        f"{each:.0f} us each (≤ {GOAL_US} {'ok' if each <= GOAL_US else 'MISSED'}), peak {peak:.0f} MiB "
        f"(≤ {GOAL_MIB} {'ok' if peak <= GOAL_MIB else 'MISSED'}; bare {bare['peak']:.0f}), "
        f"{found['wall']:.1f} s (bare {bare['wall']:.1f} s)"
    )
    yield Row(
        f"CPU of a pass, {REPOSITORIES:,} documents by HTTP, unchanged", found["cpu"] * 1000,
        "aiohttp, the same GETs and nothing else", bare["cpu"] * 1000, 3, note,
    )  # fmt: skip


def _prepare(store: str, port: int) -> None:
    from bot.app import open_plan_store
    from bot.demo.trains import dump
    from bot.release import documents
    from bot.release.edits import AddPlan
    from bot.release.plan import PlanDocument
    from bot.services.ports import Author

    raw = raw_plan(REPOSITORIES, 5 * REPOSITORIES)
    for group in raw["releaseGroups"]:
        for row in group["repositories"]:
            row["source"] = f"http://127.0.0.1:{port}/{row['name']}"
    document = documents.parse_plan(dump(raw))
    assert isinstance(document, PlanDocument)
    open_plan_store(store).update("plan", AddPlan(document, "bench", NOW), Author("bench", "bench@localhost"))


def _child(mode: str, *arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.fetching", mode, *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@contextmanager
def _served() -> Iterator[int]:
    command = [sys.executable, "-m", "benchmarks.fetching", "serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield int(server.stdout.readline())
        finally:
            server.terminate()


# --- the processes -------------------------------------------------------------------------------------------------


class _Documents(asyncio.Protocol):
    """Answers a GET with the status document of the repository in its path; as little HTTP as can be."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._left = b""

    def data_received(self, data: bytes) -> None:
        *requests, self._left = (self._left + data).split(b"\r\n\r\n")
        for request in requests:
            name = request.split(b" ", 2)[1].decode().strip("/")
            document = {"schemaVersion": "1.0", "repository": name, "status": "ON_TRACK"}
            body = json.dumps(document | {"updatedAt": (NOW - timedelta(hours=1)).isoformat()}).encode()
            head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body)
            assert isinstance(self._transport, asyncio.Transport)
            self._transport.write(head + body)


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_Documents, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def _bare(port: int) -> dict[str, Any]:
    import aiohttp

    async with aiohttp.ClientSession() as session:
        names = iter([f"repo-{n:05}" for n in range(REPOSITORIES)])

        async def some() -> None:
            for name in names:
                async with session.get(f"http://127.0.0.1:{port}/{name}") as answer:
                    assert len(await answer.read()) > 50

        await asyncio.gather(*(some() for _ in range(12)))  # as many at a time as a pass asks of one host
    return {}


async def _pass(location: str) -> dict[str, Any]:
    from bot.app import open_plan_store
    from bot.services.clock import FixedClock
    from bot.services.planning import Planning
    from bot.services.tracking import Tracking
    from bot.sources import Sources

    clock = FixedClock(NOW)
    source = Sources(None, allow_paths=False, allow_http=True, allow_private=True, pass_deadline=600)
    tracking = Tracking(Planning(open_plan_store(location), clock), source, clock, alerting=None)
    result = await tracking.run("plan")
    return {"commit": result.commit, "failed": len(result.refused)}


def main(mode: str, *arguments: str) -> None:
    """Be one of the processes; `bare` and `pass` print what they used as JSON."""
    if mode == "serve":
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(_serve())
        return
    started, cpu = time.perf_counter(), _cpu()
    found = asyncio.run(_bare(int(arguments[0])) if mode == "bare" else _pass(arguments[0]))
    print(json.dumps({**found, "cpu": _cpu() - cpu, "wall": time.perf_counter() - started, "peak": _peak()}))


def _peak() -> float:
    """The most memory that this process has held, in MiB. What `getrusage` says may be its parent's."""
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)


def _cpu() -> float:
    """Seconds of this process and of those that it started and that have ended (git)."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


if __name__ == "__main__":
    main(*sys.argv[1:])
