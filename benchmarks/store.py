"""Edits a second over smart HTTP (`git http-backend` on loopback), beside plain `git push` of the very same commits.

After each edit of the lone writer, plain git pushes the commit that it made, from the same clone, to a twin repository
of the same server: the same objects, the same minute. Every edit is of a plan of 50 repositories, dashboard included.
"""

import multiprocessing
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.table import Row
from benchmarks.trains import raw_plan
from bot.app import render_dashboard
from bot.demo.trains import dump
from bot.release import documents
from bot.release.edits import AddPlan, SetVersion
from bot.release.plan import PlanDocument
from bot.services.ports import Author, Updated
from bot.store import GitStore, locate, open_store
from tests.store.http_backend import serving

REPOSITORIES, SLUG = 50, "train"
ALONE, EACH, WRITERS = 200, 50, 4
LONGEST = 30.0
"""Seconds after which a measurement ends with what it has: on a busy machine that is fewer edits."""
AT = datetime(2026, 11, 1, tzinfo=UTC)
ANA = Author("Ana Diaz", "ana@example.org")
GOAL_ALONE = 1.5
"""p99 of one writer, as a multiple of the p99 of plain pushes."""
GOAL_TOGETHER = 2_000.0
"""p99 of four writers, in milliseconds."""
_CONTEXT = multiprocessing.get_context("spawn")
Times = list[float]


def rows() -> Iterator[Row]:
    """One writer beside plain pushes, then four: threads that share pushes, and processes that race for the branch."""
    with tempfile.TemporaryDirectory() as folder, _server(Path(folder) / "remotes") as port:
        url = f"http://127.0.0.1:{port}/plans.git"
        edits, pushes = _alone(Path(folder), url)
        beside = f"{1000 / statistics.mean(edits):.0f} edits/s beside {1000 / statistics.mean(pushes):.0f} pushes/s"
        yield _row("1 writer", edits, pushes, 50)
        yield _row("1 writer", edits, pushes, 99, GOAL_ALONE, beside)
        for what, write in (("threads, one clone", _threads), ("processes, a clone each", _processes)):
            started = time.perf_counter()
            times = write(Path(folder), url)
            rate = f"{len(times) / (time.perf_counter() - started):.0f} edits/s"
            kept = f"under {GOAL_TOGETHER:,.0f} ms: {'ok' if _p(times, 99) <= GOAL_TOGETHER else 'MISSED'}"
            yield _row(f"{WRITERS} writers ({what})", times, pushes, 50)
            yield _row(f"{WRITERS} writers ({what})", times, pushes, 99, note=f"{rate}; {kept}")


def _row(who: str, edits: Times, pushes: Times, percent: int, goal: float | None = None, note: str = "") -> Row:
    baseline = f"the same commits by plain git push, p{percent}"
    return Row(
        f"{who}: one of {len(edits)} edits, p{percent}", _p(edits, percent), baseline, _p(pushes, percent), goal, note
    )


def _p(times: Times, percent: int) -> float:
    return statistics.quantiles(times, n=100, method="inclusive")[percent - 1]


def _alone(folder: Path, url: str) -> tuple[Times, Times]:
    store = _open(url, folder / "alone")
    document = documents.parse_plan(dump(raw_plan(REPOSITORIES, REPOSITORIES * 5)))
    assert isinstance(document, PlanDocument)
    store.update(SLUG, AddPlan(document, "open", AT), ANA)
    clone = next((folder / "alone" / "stores").iterdir())
    twin = url.replace("plans.git", "twin.git")
    _push(clone, twin, store.refresh())
    edits, pushes = [], []
    until = time.monotonic() + LONGEST
    for number in range(ALONE):
        if time.monotonic() > until:
            break
        took, commit = _edit(store, "alone", number)
        edits.append(took)
        started = time.perf_counter()
        _push(clone, twin, commit)
        pushes.append((time.perf_counter() - started) * 1000)
    return edits, pushes


def _threads(folder: Path, url: str) -> Times:
    store = _open(url, folder / "threads")
    store.refresh()
    with ThreadPoolExecutor(WRITERS) as pool:
        return [took for times in pool.map(lambda n: _edits(store, f"t{n}"), range(WRITERS)) for took in times]


def _processes(folder: Path, url: str) -> Times:
    with ProcessPoolExecutor(WRITERS, _CONTEXT) as pool:
        running = [pool.submit(_process, url, str(folder / f"p{n}"), f"p{n}") for n in range(WRITERS)]
        return [took for future in running for took in future.result()]


def _process(url: str, cache: str, who: str) -> Times:
    store = _open(url, Path(cache))
    store.refresh()
    return _edits(store, who)


def _open(url: str, cache: Path) -> GitStore:
    return open_store(locate(url, cache_dir=cache), render_dashboard, deadline=60)


def _edits(store: GitStore, who: str) -> Times:
    until = time.monotonic() + LONGEST
    return [_edit(store, who, number)[0] for number in range(EACH) if time.monotonic() < until]


def _edit(store: GitStore, who: str, number: int) -> tuple[float, str]:
    """One edit that changes something: how long it took in milliseconds, and its commit.

    Each writer has repositories of its own: two who change the same field at once conflict, and are told so.
    """
    lane = int(who[-1]) if who[-1].isdigit() else WRITERS
    row = (number * (WRITERS + 1) + lane) % REPOSITORIES
    edit = SetVersion(f"{who}-{number}", AT, f"repo-{row:05}", f"{who}.{number}")
    started = time.perf_counter()
    updated = store.update(SLUG, edit, ANA)
    took = (time.perf_counter() - started) * 1000
    assert isinstance(updated, Updated), updated
    assert updated.commit is not None
    return took, updated.commit


def _push(clone: Path, url: str, commit: str) -> None:
    command = ["git", f"--git-dir={clone}", "push", "--quiet", url, f"{commit}:refs/heads/main"]
    subprocess.run(command, check=True, env={"PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1"})


@contextmanager
def _server(root: Path) -> Iterator[int]:
    """A server in a process of its own for two empty repositories; its port."""
    for name in ("plans.git", "twin.git"):
        subprocess.run(["git", "init", "--quiet", "--bare", "--template=", root / name], check=True)
    here, there = _CONTEXT.Pipe()
    process = _CONTEXT.Process(target=_serve, args=(root, there), daemon=True)
    process.start()
    try:
        yield here.recv()
    finally:
        here.send("stop")
        process.join(10)


def _serve(root: Path, pipe: Connection) -> None:
    with serving(root) as server:
        pipe.send(server.server_address[1])
        pipe.recv()
