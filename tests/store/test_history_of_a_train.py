"""All 162 days of a real train: what history tells of each, against what a comparison of the train's own files tells.

The other side of every comparison is computed here, from the plans and the timeline alone, and shares nothing with
Convoy but the words for statuses.
"""

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.demo.trains import HERE, Train, dump
from bot.release import documents
from bot.release.edits import AddPlan
from bot.release.folder import FeedState
from bot.release.ga_status import StatusDocument
from bot.release.history import Change, Kind
from bot.release.passes import Observation, RecordPass, watched
from bot.release.plan import PlanDocument
from bot.release.record import Told, Way
from bot.release.trend import Counts, trend
from bot.services.ports import Author
from bot.store import GitHistory, GitStore, open_history, open_store
from bot.store.objects import Objects
from tests.store.kit import PASS, git, render

SLUG = "camara-sync26"
TRAIN = Train(HERE / SLUG)
FIRST, LAST = date(2026, 2, 27), date(2026, 8, 7)
DAYS = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
LEA = Author("Lea Moreau", "lea@example.org")
Row = tuple[str, str, str | None, str | None, str]
"""Kind, repository (or group), before, after, dependency."""


@dataclass(frozen=True)
class State:
    """How the train stands at the end of a day."""

    day: str
    leads: Mapping[str, str]
    rows: Mapping[str, Mapping[str, Any]]

    def counts(self) -> Counts:
        statuses = [row["status"] for row in self.rows.values()]
        return Counts(
            sum(s in ("READY", "RELEASED") for s in statuses),
            sum(s != "DROPPED" for s in statuses),
            sum(s in ("AT_RISK", "BLOCKED") for s in statuses),
        )


def states() -> list[State]:
    """One for every day: a document that is published no more stays in force while its repository is in the plan."""
    found: list[State] = []
    known: dict[str, Any] = {}
    for day in DAYS:
        plan = TRAIN.plan(day)
        assert plan is not None
        rows = [(g, r) for g in plan["releaseGroups"] for r in g["repositories"]]
        watched_names = {r["name"] for _, r in rows} | {d["name"] for _, r in rows for d in r["dependencies"]}
        known = {n: d for n, d in {**known, **TRAIN.documents(day)}.items() if n in watched_names}
        found.append(
            State(
                plan["releaseDate"],
                {g["name"]: g["lead"] or None for g in plan["releaseGroups"]},
                {
                    r["name"]: {
                        "status": known.get(r["name"], r)["status"],
                        "eta": known.get(r["name"], {}).get("etaDate"),
                        "version": r["version"],
                        "needs": {d["name"]: d["version"] for d in r["dependencies"]},
                    }
                    for _, r in rows
                },
            )
        )
    return found


def compared(before: State, after: State) -> set[Row]:
    """What changed, by hand."""
    found: set[Row] = set()
    if before.day != after.day:
        found.add(("date", "", before.day, after.day, ""))
    for group in before.leads.keys() & after.leads.keys():
        if before.leads[group] != after.leads[group]:
            found.add(("lead", group, before.leads[group], after.leads[group], ""))
    for name in after.rows.keys() - before.rows.keys():
        found.add(("scope-added", name, None, None, ""))
    for name in before.rows.keys() - after.rows.keys():
        found.add(("scope-dropped", name, None, None, ""))
    for name in before.rows.keys() & after.rows.keys():
        was, now = before.rows[name], after.rows[name]
        if was["version"] != now["version"]:
            found.add(("version", name, was["version"], now["version"], ""))
        if was["status"] != now["status"]:
            kind = "released" if now["status"] == "RELEASED" else "status"
            found.add((kind, name, was["status"], now["status"], ""))
        if was["eta"] != now["eta"] and now["status"] != "RELEASED":
            found.add(("date", name, was["eta"], now["eta"], ""))
        for needed in was["needs"].keys() | now["needs"].keys():
            one, other = was["needs"].get(needed), now["needs"].get(needed)
            if one != other:
                found.add(("dependency", name, one, other, needed))
    return found


def row(change: Change) -> Row:
    name = change.repository or (change.group if change.kind is Kind.LEAD else "")
    return change.kind.value, name, change.before, change.after, change.dependency


class Replay:
    """Every day a person's push in the morning, where the plan changed, and a pass an hour later."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "plans.git"
        self.store: GitStore = open_store(str(self.path), render, durable=False)
        self.pushes = self.passes = 0

    def run(self) -> None:
        plan: Mapping[str, Any] | None = None
        for day in DAYS:
            now = TRAIN.plan(day)
            assert now is not None
            at = datetime.combine(day, time(8), UTC)
            if plan is None:
                document = documents.parse_plan(dump(now))
                assert isinstance(document, PlanDocument)
                self.store.update(SLUG, AddPlan(document, "open", at), LEA)
            elif now != plan:
                self._push(now, at)
            plan = now
            self._pass(day)

    def _push(self, plan: Mapping[str, Any], at: datetime) -> None:
        objects = Objects(self.path)
        head = objects.ref("refs/heads/main")
        assert head is not None
        tree = objects.write(objects.node(head).tree, {f"plans/{SLUG}/release_plan.json": dump(plan)})
        who, seconds = (LEA.name, LEA.email), int(at.timestamp())
        made = objects.commit(tree, head, who, who, (seconds, seconds, 0), "Change the plan\n")
        git(self.path, "update-ref", "refs/heads/main", made)
        self.pushes += 1

    def _pass(self, day: date) -> None:
        plan = self.store.read(SLUG).folder.document.plan
        published = TRAIN.documents(day)
        observations: dict[str, Observation] = {}
        for name in watched(plan):
            if name in published:
                document = documents.parse_status(json.dumps(published[name]).encode())
                assert isinstance(document, StatusDocument)
                observations[name] = Observation(FeedState.FRESH, document)
            else:
                observations[name] = Observation(FeedState.MISSING, reason="it has gone")
        edit = RecordPass(observations, f"pass-{day}", datetime.combine(day, time(9), UTC))
        self.store.update(SLUG, edit, PASS)
        self.passes += 1


@pytest.fixture(scope="module")
def replay(tmp_path_factory: pytest.TempPathFactory) -> Replay:
    made = Replay(tmp_path_factory.mktemp("train"))
    made.run()
    return made


@pytest.fixture(scope="module")
def history(replay: Replay) -> GitHistory:
    return open_history(str(replay.path))


@pytest.fixture(scope="module")
def expected() -> list[State]:
    return states()


def test_the_replay_is_the_whole_train(replay: Replay) -> None:
    assert (len(DAYS), replay.passes) == (162, 162)
    assert replay.pushes > 10


def test_every_day_has_the_changes_that_its_files_have(history: GitHistory, expected: list[State]) -> None:
    told = 0
    for before, after, day in zip(expected, expected[1:], DAYS[1:], strict=False):
        found = history.diff(SLUG, day, day)
        assert {row(t.change) for t in found.told} == compared(before, after), day
        assert len(found.told) == len(compared(before, after))
        told += len(found.told)
        for one in found.told:
            assert one.mark.when.date() == day
            assert_told_of_the_right_one(one)
    assert told > 150


def assert_told_of_the_right_one(told: Told) -> None:
    """People change plans, a pass brings statuses; a push that ships another version may unsettle a status as well."""
    if told.change.kind in (Kind.VERSION, Kind.DEPENDENCY, Kind.LEAD, Kind.SCOPE_ADDED, Kind.SCOPE_DROPPED):
        assert (told.mark.author, told.mark.tracked) == (LEA.name, False), told
    elif told.mark.when.hour == 9:
        assert told.mark.tracked, told


def test_any_two_days_differ_as_their_files_do(history: GitHistory, expected: list[State]) -> None:
    dice = random.Random(11)
    for _ in range(150):
        first, last = sorted(dice.sample(range(len(DAYS)), 2))
        found = history.diff(SLUG, DAYS[first] + timedelta(days=1), DAYS[last])
        assert {row(t.change) for t in found.told} == compared(expected[first], expected[last]), (first, last)


def test_the_trend_of_every_day_is_that_of_its_files(history: GitHistory, expected: list[State]) -> None:
    points = history.daily(SLUG)
    shown = trend(((p.day, p.counts) for p in points), LAST, date(2026, 9, 30))
    assert [(p.day, p.counts) for p in shown.points] == [
        (day, state.counts()) for day, state in zip(DAYS, expected, strict=True)
    ]
    assert shown.points[-1].counts.ready > shown.points[0].counts.ready


def test_the_way_of_every_repository_leads_through_the_statuses_of_all_days(
    history: GitHistory, expected: list[State]
) -> None:
    for name in sorted({name for state in expected for name in state.rows}):
        found = history.timeline(SLUG, name)
        assert isinstance(found, Way)
        assert found.there == (name in expected[-1].rows)
        moved = {
            t.mark.when.date(): t.change.after  # the last one of a day holds
            for t in reversed(found.told)
            if t.change.kind in (Kind.STATUS, Kind.RELEASED)
        }
        status = None
        for day, state in zip(DAYS, expected, strict=True):
            there = state.rows.get(name)
            status = None if there is None else moved.get(day, status or there["status"])
            assert status == (there["status"] if there else None), (name, day)


def test_a_new_process_tells_the_same(replay: Replay, history: GitHistory) -> None:
    again = open_history(str(replay.path))
    assert again.diff(SLUG) == history.diff(SLUG)
    assert again.daily(SLUG) == history.daily(SLUG)
