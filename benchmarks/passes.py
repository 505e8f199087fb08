"""One tracking pass from files, whole: read, judge, render, commit. Baseline: reading the same files bare."""

import asyncio
import json
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.table import Row
from benchmarks.trains import raw_plan, write_reports
from bot.app import command_line_tracking, open_plan_store
from bot.demo.trains import dump
from bot.release import documents
from bot.release.edits import AddPlan
from bot.release.plan import PlanDocument
from bot.services.clock import FixedClock
from bot.services.ports import Author

NOW = datetime(2026, 11, 1, tzinfo=UTC)
FLAMINGO = Path(__file__).parents[1] / "tests" / "data" / "trains" / "openstack-flamingo" / "release_plan.json"


def rows() -> Iterator[Row]:
    """A first pass (every document is new) and a second one (nothing is), for 182 and for 1,000 repositories."""
    for what, raw in (
        ("182 repositories (OpenStack)", json.loads(FLAMINGO.read_text())),
        ("1,000 repositories", raw_plan(1_000, 5_000)),
    ):
        with tempfile.TemporaryDirectory() as folder:
            yield from _pass(what, raw, Path(folder))


def _pass(what: str, raw: dict[str, Any], folder: Path) -> Iterator[Row]:
    reports = folder / "status"
    write_reports(raw, reports, (NOW - timedelta(hours=1)).isoformat())
    store = open_plan_store(str(folder / "plans.git"))
    document = documents.parse_plan(dump(raw))
    assert isinstance(document, PlanDocument)
    store.update("plan", AddPlan(document, "bench", NOW), Author("bench", "bench@localhost"))
    tracking = command_line_tracking(store, FixedClock(NOW), reports)
    took = []
    for _ in range(2):
        started = time.perf_counter()
        asyncio.run(tracking.run("plan"))
        took.append((time.perf_counter() - started) * 1000)
    _read_bare(reports)
    started = time.perf_counter()
    _read_bare(reports)
    bare = (time.perf_counter() - started) * 1000
    yield Row(f"first pass, {what}: every document is new", took[0], "read and json.loads the same files", bare)
    yield Row(f"second pass, {what}: nothing is new", took[1], "read and json.loads the same files", bare)


def _read_bare(reports: Path) -> None:
    for path in reports.glob("*/ga_status.json"):
        json.loads(path.read_bytes())
