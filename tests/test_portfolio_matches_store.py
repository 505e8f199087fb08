"""The portfolio script and the store are two ways to one answer: same statuses, same verdicts, same evidence."""

import json
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from bot.app import render_dashboard
from bot.cli.status_data import as_data
from bot.demo.trains import HERE, Train, dump, lay
from bot.release import documents
from bot.release.dates import dates
from bot.release.edits import AddPlan, Edit
from bot.release.plan import PlanDocument
from bot.release.readiness import evaluate
from bot.services.ports import Author, Updated
from bot.store import directory, open_store
from bot.store.layout import PLAN_FILE, TRACKING
from tests.cli.conftest import forks, shell
from tests.cli.convoy import Shell
from tests.store.kit import git

__all__ = ["forks", "shell"]

TRAIN = Train(HERE / "camara-sync26")
SLUG = "camara"
# The plan opens; hubs are late, twice; scope is dropped; repositories are at risk; the last day.
DAYS = (date(2026, 2, 27), date(2026, 4, 17), date(2026, 5, 25), date(2026, 6, 19), date(2026, 7, 12), date(2026, 8, 7))
TROUBLE = date(2026, 6, 19)
"""On this day one document is broken and one has gone."""
CAMI = Author("Cami", "cami@example.org")


def test_both_agree_on_every_status_and_verdict_day_after_day(shell: Shell) -> None:
    seen: set[tuple[str, str | bool]] = set()
    reports = shell.folder / "status"
    out = shell.folder / "out"
    for day in DAYS:
        plan = TRAIN.plan(day)
        assert plan is not None
        file = shell.write("release_plan.json", plan)
        lay(TRAIN.documents(day), reports)
        if day == TROUBLE:
            broken, gone, *_ = sorted(reports.glob("*/ga_status.json"))
            broken.write_text("{")
            gone.unlink()
        now = datetime.combine(day, time(9), UTC).isoformat()
        put(shell, file.read_bytes(), day)
        shell.convoy("track", SLUG, "--reports", reports, "--now", now).ok()
        shell.portfolio(file, "--reports", reports, "--out", out, "--now", now).ok()

        stored = shell.status(SLUG, "--now", now)
        folder = directory.load(out)
        assert folder is not None
        at = datetime.fromisoformat(now)
        data = as_data(SLUG, stored["commit"], evaluate(folder, at), dates(folder, at))
        for row in stored["repositories"]:
            row["forecast"] = None  # only a store has a past
        assert json.loads(json.dumps(data)) == stored, day
        assert (out / PLAN_FILE).read_text() == shown(shell, PLAN_FILE), day
        assert statuses(out / PLAN_FILE) == {r["name"]: r["status"] for r in stored["repositories"]}
        assert memory((out / TRACKING).read_text()) == memory(shown(shell, TRACKING)), day
        seen |= {(r["status"], r["stale"]) for r in stored["repositories"]}
        seen |= {("", d["verdict"]) for r in stored["repositories"] for d in r["dependencies"]}
    assert seen >= {("", "READY"), ("", "WAITING"), ("AT_RISK", False), ("ON_TRACK", True), ("RELEASED", False)}


def put(shell: Shell, data: bytes, day: date) -> None:
    """The plan of the day, as people push it: the whole file."""
    document = documents.parse_plan(data)
    assert isinstance(document, PlanDocument)
    store = open_store(str(shell.store), render_dashboard, durable=False)
    at = datetime.combine(day, time(8), UTC)
    if SLUG in store.slugs():
        hands = shell.home / "hands"
        if not hands.exists():
            git(shell.home, "clone", "--quiet", str(shell.store), str(hands))
        git(hands, "pull", "--quiet", "--ff-only")
        (hands / "plans" / SLUG / PLAN_FILE).write_bytes(data)
        git(hands, "commit", "--quiet", "--all", "--allow-empty", "--message", f"Plan of {day}")
        git(hands, "push", "--quiet", "origin", "HEAD:main")
    else:
        edit: Edit = AddPlan(document, f"open-{day}", at)
        assert isinstance(store.update(SLUG, edit, CAMI), Updated)
    store.close()


def shown(shell: Shell, file: str) -> str:
    return git(shell.store, "show", f"main:plans/{SLUG}/{file}")


def statuses(path: Path) -> dict[str, str]:
    plan = json.loads(path.read_text("utf-8"))
    return {r["name"]: r["status"] for g in plan["releaseGroups"] for r in g["repositories"]}


def memory(text: str) -> dict[str, Any]:
    """What passes remember, without since when: the store knew a plan before its first pass."""
    return {
        name: {k: v for k, v in row.items() if k not in ("since", "reason")} for name, row in json.loads(text).items()
    }


def test_the_days_are_such_that_something_happens() -> None:
    assert all(dump(TRAIN.plan(day) or {}) for day in DAYS)
    assert len({dump(dict(TRAIN.documents(day))) for day in DAYS}) == len(DAYS)
