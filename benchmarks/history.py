"""What git tells of a plan of 200 repositories after 5,000 commits, beside `git log` reading the same live.

Every question is asked in a fresh handle on the index, as a command line does it, and again in one that is warm, as a
server does it. The first time, when the index is made, is a row of its own.
"""

import json
import random
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pygit2

from benchmarks.table import Row, median_ms
from benchmarks.trains import raw_plan
from bot.app import open_plan_store
from bot.release import documents
from bot.release.readiness import evaluate
from bot.services.outlook import gather
from bot.services.ports import PlanHistory, PlanStore
from bot.store import open_history

REPOSITORIES, COMMITS = 200, 5_000
SLUG, REPO = "train", "repo-00017"
PLAN = f"plans/{SLUG}/release_plan.json"
BEGAN = datetime(2025, 1, 1, tzinfo=UTC)
EVERY = timedelta(hours=2)
GOAL = 300.0
"""Milliseconds in which each question is answered after the first time."""


def rows() -> Iterator[Row]:
    """Make the repository, read it once, then ask."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plans.git"
        make(path)
        log = _git_log(path, "--", PLAN)
        patches = _git_log(path, "--patch", "--", PLAN)
        started = time.perf_counter()
        open_history(str(path)).daily(SLUG)
        first = (time.perf_counter() - started) * 1000
        yield Row(f"first time: {COMMITS:,} commits into the index", first, "git log --patch of the plan", patches)
        week = (BEGAN + COMMITS * EVERY - timedelta(days=7)).date()
        questions: dict[str, Callable[[PlanHistory], object]] = {
            "diff of a week": lambda history: history.diff(SLUG, week),
            "diff of all": lambda history: history.diff(SLUG),
            "timeline of a repository": lambda history: history.timeline(SLUG, REPO),
            "trend": lambda history: history.daily(SLUG),
            "what a forecast learns from": lambda history: gather(history, (SLUG,)),
        }
        warm = open_history(str(path))
        for what, ask in questions.items():
            cold = median_ms(lambda ask=ask: ask(open_history(str(path))))
            yield Row(f"{what}, fresh handle", cold, "git log of the plan, live", log, note=_kept(cold))
            again = median_ms(lambda ask=ask: ask(warm))
            yield Row(f"{what}, warm", again, "git log --patch of the plan, live", patches, note=_kept(again))
        yield from _as_of(path, log)


def _as_of(path: Path, log: float) -> Iterator[Row]:
    """Read the plan as it stood half way and judge it, as `status as of DATE` does."""
    moment = BEGAN + COMMITS // 2 * EVERY

    def ask(store: PlanStore) -> None:
        evaluate(store.read(SLUG, moment).folder, moment)

    warm = open_plan_store(str(path))
    for how, took in (
        ("fresh handle", median_ms(lambda: ask(open_plan_store(str(path))))),
        ("warm", median_ms(lambda: ask(warm))),
    ):
        yield Row(f"status as of a day half way, {how}", took, "git log of the plan, live", log, note=_kept(took))


def _kept(took: float) -> str:
    return f"under {GOAL:.0f} ms: {'ok' if took <= GOAL else 'MISSED'}"


def make(path: Path, commits: int = COMMITS) -> str:
    """A bare repository with that many commits of passes and people, a few lines each; the newest commit."""
    repository = pygit2.init_repository(str(path), bare=True, initial_head="main")
    plan = _Plan(repository)
    dice = random.Random(5)
    head: list[pygit2.Oid] = []
    for number in range(commits):
        plan.change(dice, number)
        at = int((BEGAN + number * EVERY).timestamp())
        who = pygit2.Signature(*(("Ana Diaz", "ana@example.org") if number % 9 == 0 else _BOT), at)
        made = repository.create_commit(
            None, who, pygit2.Signature(*_BOT, at), f"Change {number}\n\nPlan: {SLUG}\n", plan.write(), head
        )
        head = [made]
    repository.references.create("refs/heads/main", head[0])
    subprocess.run(["git", "-C", path, "repack", "-adq", "--depth=20", "--window=5"], check=True)
    return str(head[0])


_BOT = ("Convoy", "convoy@localhost")


class _Plan:
    """The files of one plan, of which every commit changes a few."""

    def __init__(self, repository: pygit2.Repository) -> None:
        self._repository = repository
        self._raw: dict[str, Any] = raw_plan(REPOSITORIES, REPOSITORIES * 5)
        self._rows = [row for group in self._raw["releaseGroups"] for row in group["repositories"]]
        self._reports = repository.TreeBuilder()
        self._tracking = {row["name"]: {"status": row["status"], "since": BEGAN.isoformat()} for row in self._rows}
        for row in self._rows:
            self._publish(row, BEGAN)

    def _publish(self, row: dict[str, Any], at: datetime) -> None:
        said = {"schemaVersion": "1.0", "repository": row["name"], "status": row["status"], "updatedAt": at.isoformat()}
        blob = self._repository.create_blob(json.dumps(said, indent=2).encode())
        self._reports.insert(f"{row['name']}.json", blob, pygit2.enums.FileMode.BLOB)

    def change(self, dice: random.Random, number: int) -> None:
        """Two repositories come to another status; now and then a version, a date or a captain changes."""
        at = BEGAN + number * EVERY
        for row in dice.sample(self._rows, 2):
            row["status"] = dice.choice(["ON_TRACK", "AT_RISK", "BLOCKED", "READY", "RELEASED"])
            self._tracking[row["name"]] = {"status": row["status"], "since": at.isoformat()}
            self._publish(row, at)
        if number % 9 == 0:
            dice.choice(self._rows)["version"] = f"{number}.0.0"
        if number % 500 == 0:
            self._raw["releaseDate"] = (date(2026, 12, 1) + timedelta(days=number // 500)).isoformat()
        if number % 700 == 0:
            dice.choice(self._raw["releaseGroups"])["lead"] = f"captain-{number}"

    def write(self) -> pygit2.Oid:
        """The tree of all files."""
        write = self._repository.create_blob
        folder = self._repository.TreeBuilder()
        blob, tree = pygit2.enums.FileMode.BLOB, pygit2.enums.FileMode.TREE
        folder.insert("release_plan.json", write(documents.dump_json(self._raw)), blob)
        folder.insert("tracking.json", write(json.dumps(self._tracking, indent=2).encode()), blob)
        folder.insert("ga_status", self._reports.write(), tree)
        for name in (SLUG, "plans"):
            above = self._repository.TreeBuilder()
            above.insert(name, folder.write(), tree)
            folder = above
        return folder.write()


def _git_log(path: Path, *arguments: str) -> float:
    started = time.perf_counter()
    subprocess.run(
        ["git", "-C", path, "log", "--first-parent", "--format=%H %an %at", "main", *arguments],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    return (time.perf_counter() - started) * 1000
