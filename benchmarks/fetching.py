"""A pass over 10,000 unchanged repositories behind a server on loopback, beside a bare loop of aiohttp.

Three ways in which a server shows that nothing has changed: it sends the same documents again, it answers 304 to their
ETags, or it tells their oids by GraphQL, fifty repositories at a time. The loop asks the very same and gets the very
same, and does nothing with it. Server, pass and loop are processes of their own, so that only the CPU time and the
memory of each are counted: `python -m benchmarks.fetching bare|pass …` are the latter two. "All in": starting, reading
the plan, every request, judging, comparing with what is in the store, and finding that nothing is to be written.
"""

import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.fetching_server import NOW
from benchmarks.table import Row

REPOSITORIES = 10_000
GOAL_US, GOAL_MIB = 500, 150
WAYS = {"plain": "the same documents by HTTP", "tagged": "304 to ETags", "graphql": "oids by GraphQL"}
_BATCH = 50
_RUNS = 2


def rows() -> Iterator[Row]:
    """The CPU time of an unchanged pass, with what it is for each repository and how much memory was used at most."""
    with tempfile.TemporaryDirectory() as name, _served(Path(name)) as port:
        gets = _best("bare", name, port, "plain")
        for way, what in WAYS.items():
            folder = Path(name) / way
            folder.mkdir()
            _prepare(folder, port, way)
            bare = _best("bare", name, port, way, str(folder))
            _child("pass", name, port, way, str(folder))  # everything is new
            found = _best("pass", name, port, way, str(folder))
            assert found["commit"] is None
            assert found["failed"] == 0
            beside = f"; {found['cpu'] / gets['cpu']:.1f} times 10,000 GETs" if way == "graphql" else ""
            yield Row(
                f"CPU of a pass, {REPOSITORIES:,} unchanged: {what}", found["cpu"] * 1000,
                "aiohttp, the same requests and nothing else", bare["cpu"] * 1000, 3, _note(found, bare) + beside,
            )  # fmt: skip


def _note(found: dict[str, Any], bare: dict[str, Any]) -> str:
    each, peak = found["cpu"] * 1e6 / REPOSITORIES, found["peak"]
    return (
        f"{each:.0f} us each (≤ {GOAL_US} {'ok' if each <= GOAL_US else 'MISSED'}), peak {peak:.0f} MiB "
        f"(≤ {GOAL_MIB} {'ok' if peak <= GOAL_MIB else 'MISSED'}; bare {bare['peak']:.0f}), "
        f"{found['wall']:.1f} s (bare {bare['wall']:.1f} s)"
    )


def _prepare(folder: Path, port: str, way: str) -> None:
    """A store with the plan, a database for what sources said last, and the questions that a bare loop asks."""
    from benchmarks.trains import raw_plan
    from bot.app import open_plan_store
    from bot.delivery import migrations
    from bot.demo.trains import dump
    from bot.release import documents
    from bot.release.edits import AddPlan
    from bot.release.plan import PlanDocument
    from bot.services.ports import Author
    from bot.sources.forges import graphql

    raw = raw_plan(REPOSITORIES, 5 * REPOSITORIES)
    names = [row["name"] for group in raw["releaseGroups"] for row in group["repositories"]]
    for group in raw["releaseGroups"]:
        for row in group["repositories"]:
            there = f"http://127.0.0.1:{port}/{way}/{row['name']}"
            row["source"] = f"github:acme/{row['name']}" if way == "graphql" else there
    document = documents.parse_plan(dump(raw))
    assert isinstance(document, PlanDocument)
    author = Author("bench", "bench@localhost")
    open_plan_store(str(folder / "plans.git")).update("plan", AddPlan(document, "bench", NOW), author)
    migrations.migrate(_database(folder))
    batches = [names[i : i + _BATCH] for i in range(0, len(names), _BATCH)]
    questions = [graphql.look([("acme", name, None) for name in batch]).decode() for batch in batches]
    (folder / "questions.json").write_text(json.dumps(questions))


def _database(folder: Path) -> str:
    return f"sqlite:///{folder / 'convoy.db'}"


def _best(*arguments: str) -> dict[str, Any]:
    return min((_child(*arguments) for _ in range(_RUNS)), key=lambda found: float(found["cpu"]))


def _child(mode: str, home: str, *arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.fetching", mode, *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=_compiled(home))
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _compiled(home: str) -> dict[str, str]:
    """Modules are compiled once, as where Convoy is installed, whatever the environment says."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": str(Path(home) / "compiled")}


@contextmanager
def _served(home: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.fetching_server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=_compiled(str(home))) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


# --- the processes -------------------------------------------------------------------------------------------------


async def _bare(port: str, way: str, folder: str = "") -> dict[str, Any]:
    import aiohttp

    there = f"http://127.0.0.1:{port}"
    async with aiohttp.ClientSession() as session:
        names = iter([f"repo-{n:05}" for n in range(REPOSITORIES)])
        questions = iter(_questions(folder) if way == "graphql" else ())

        async def get() -> None:
            for name in names:
                headers = {"if-none-match": f'"{name}"'} if way == "tagged" else {}
                async with session.get(f"{there}/{way}/{name}", headers=headers) as answer:
                    assert bool(await answer.read()) is (way == "plain")

        async def post() -> None:
            for question in questions:
                async with session.post(f"{there}/graphql", data=question.encode()) as answer:
                    assert len(await answer.read()) > _BATCH

        # As many at a time as a pass asks of one host.
        await asyncio.gather(*(post() for _ in range(3)) if way == "graphql" else (get() for _ in range(12)))
    return {}


def _questions(folder: str) -> list[str]:
    found: list[str] = json.loads(Path(folder, "questions.json").read_text())
    return found


async def _pass(port: str, way: str, folder: str) -> dict[str, Any]:
    from pydantic import SecretStr

    from bot.app import open_plan_store
    from bot.services.clock import FixedClock
    from bot.services.planning import Planning
    from bot.services.tracking import Tracking
    from bot.sources import Sources
    from bot.sources.forges import Forge, Kind

    clock, memory, database = FixedClock(NOW), None, None
    if way != "plain":  # what keeps no ETags needs no memory
        from bot.delivery.database import Database
        from bot.delivery.notes import SqlSourceMemory

        database = Database(_database(Path(folder)))
        memory = SqlSourceMemory(database, clock)
    there = f"http://127.0.0.1:{port}"
    forge = Forge(Kind.GITHUB, "github.com", f"{there}/api", f"{there}/graphql", SecretStr("secret"))
    source = Sources(
        None, allow_paths=False, allow_http=True, allow_private=True, pass_deadline=600, memory=memory, forges=[forge]
    )
    store = open_plan_store(str(Path(folder) / "plans.git"))
    tracking = Tracking(Planning(store, clock), source, clock, alerting=None)
    result = await tracking.run("plan")
    if database is not None:
        await database.close()
    return {"commit": result.commit, "failed": len(result.refused)}


def main(mode: str, *arguments: str) -> None:
    """Be one of the processes; it prints what it used as JSON."""
    started = time.perf_counter()
    if mode == "pass":
        from bot import collector

        collector.calm()  # as the command does
    found = asyncio.run(_bare(*arguments) if mode == "bare" else _pass(*arguments))
    print(json.dumps({**found, "cpu": _cpu(), "wall": time.perf_counter() - started, "peak": _peak()}))


def _peak() -> float:
    """The most memory that this process has held, in MiB. What `getrusage` says may be its parent's."""
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)


def _cpu() -> float:
    """Seconds of this process since its start and of those that it started and that have ended (git)."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


if __name__ == "__main__":
    main(*sys.argv[1:])
