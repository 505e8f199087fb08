"""All 162 days of a real train: every status, verdict, commit, digest and alert against values computed here, from the
timeline alone, by code that shares nothing with Convoy's."""

import copy
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.cli.status_data import as_data
from bot.demo.trains import HERE, Train
from bot.release.dates import dates
from bot.release.readiness import evaluate
from tests.scenarios.world import LEA, MODES, Channel, Mode, Person, World, new_sandbox, running

SLUG = "camara-sync26"
FIRST, LAST = date(2026, 2, 27), date(2026, 8, 7)
RELEASE = date(2026, 9, 30)
HUBS = ("Commonalities", "IdentityAndConsentManagement")
# Everything is inside the alert window, so that what only waits is told too: the train has few risks of its own.
TRAIN = Train(HERE / SLUG, {"channel": "#release", "lead": "Lead Captain", "alertWindowDays": 365})
Json = Mapping[str, Any]


def numbers(version: str) -> tuple[int, ...]:
    """`r4.3` as numbers: all versions of this train are of that form."""
    found = re.fullmatch(r"r(\d+)\.(\d+)", version)
    assert found, version
    return int(found[1]), int(found[2])


class Expected:
    """What one day must look like, from the plan and the documents of that day."""

    def __init__(self, plan: Json, documents: Json, gone: Mapping[str, Json]) -> None:
        """`gone`: last documents of repositories that stopped publishing and are still in the plan."""
        self.rows = [(g, r) for g in plan["releaseGroups"] for r in g["repositories"]]
        self.documents = {**gone, **documents}
        self.status = {
            r["name"]: self.documents[r["name"]]["status"] if r["name"] in self.documents else r["status"]
            for _, r in self.rows
        }
        shipped = {r["name"]: r["version"] for _, r in self.rows}
        self.verdicts = {
            (r["name"], d["name"]): self._verdict(d, shipped[d["name"]])
            for _, r in self.rows
            for d in r["dependencies"]
        }

    def _verdict(self, dependency: Json, ships: str) -> str:
        document = self.documents[dependency["name"]]
        needed = numbers(dependency["version"])
        out = [document["latestVersion"]] if document["latestVersion"] else []
        out += [document["version"]] if document["status"] == "RELEASED" else []
        if any(numbers(v) >= needed for v in out):
            return "READY"
        if numbers(ships) < needed:
            return "MISMATCH"
        return {"AT_RISK": "AT_RISK", "BLOCKED": "AT_RISK"}.get(document["status"], "WAITING")

    def ready(self) -> int:
        """How many are ready or released."""
        return sum(s in ("READY", "RELEASED") for s in self.status.values())

    def at_risk(self) -> int:
        """How many say AT_RISK."""
        return sum(s == "AT_RISK" for s in self.status.values())

    def concerns(self) -> dict[str, frozenset[tuple[str, ...]]]:
        """Per captain: which repository of theirs waits on which hub, how, and in which state that hub is."""
        found: dict[str, set[tuple[str, ...]]] = {}
        for group, repository in self.rows:
            if not group["lead"] or self.status[repository["name"]] == "RELEASED":
                continue
            for dependency in repository["dependencies"]:
                verdict = self.verdicts[repository["name"], dependency["name"]]
                if verdict != "READY":
                    hub = dependency["name"]
                    shipped = next(r["version"] for _, r in self.rows if r["name"] == hub)
                    row = (repository["name"], hub, dependency["version"], verdict, self.status[hub], shipped)
                    found.setdefault(group["lead"], set()).add(row)
        return {captain: frozenset(rows) for captain, rows in found.items()}


def every_lead() -> list[str]:
    """All captains that the plan ever names."""
    days = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    plans = [p for d in days if (p := TRAIN.plan(d)) is not None]
    return sorted({g["lead"] for p in plans for g in p["releaseGroups"]} - {""})


class Rough(Train):
    """The same train with trouble that it did not have: its hub at risk for a while, and later a version too low."""

    LATE = (date(2026, 3, 24), date(2026, 3, 27))
    LOW = (date(2026, 3, 31), date(2026, 4, 2))

    def documents(self, day: date) -> Json:
        """Commonalities says AT_RISK and nothing of it is published; or it is on track at a version too low."""
        found = dict(super().documents(day))
        hub = {**found[HUBS[0]], "latestVersion": None}
        if self.LATE[0] <= day <= self.LATE[1]:
            found[HUBS[0]] = {**hub, "status": "AT_RISK"}
        elif self.LOW[0] <= day <= self.LOW[1]:
            found[HUBS[0]] = {**hub, "status": "ON_TRACK", "version": "r1.0"}
        return found

    def plan(self, day: date) -> Json | None:
        """The plan ships the version that is too low, too."""
        plan = copy.deepcopy(super().plan(day))
        if plan is not None and self.LOW[0] <= day <= self.LOW[1]:
            for group in plan["releaseGroups"]:
                for row in group["repositories"]:
                    if row["name"] == HUBS[0]:
                        row["version"] = "r1.0"
        return plan


@pytest.mark.timeout(300)
@pytest.mark.parametrize("mode", MODES)
async def test_all_days_of_a_real_train(mode: Mode, tmp_path: Path) -> None:
    async with _started(mode, tmp_path, TRAIN, FIRST) as replay:
        for offset in range((LAST - FIRST).days + 1):
            await replay.day(FIRST + timedelta(days=offset))
        assert offset == 161
        assert replay.commits > 50
        assert replay.alerted == 5  # the whole train: its hubs were late on few days
        assert replay.verdicts == {"READY", "WAITING"}
        answer = await replay.world.sandbox.slash("lea", "release", "/release status")
        assert "54 days to go" in answer.text


@pytest.mark.timeout(300)
@pytest.mark.parametrize("mode", MODES)
async def test_rough_days_alert_every_captain_who_waits_and_tell_when_it_is_over(mode: Mode, tmp_path: Path) -> None:
    train, start = Rough(TRAIN.folder, TRAIN.more), date(2026, 3, 22)
    async with _started(mode, tmp_path, train, start) as replay:
        for offset in range(14):
            await replay.day(start + timedelta(days=offset))
        assert replay.verdicts >= {"READY", "AT_RISK", "MISMATCH"}
        assert replay.alerted > 20


@asynccontextmanager
async def _started(mode: Mode, folder: Path, train: Train, first: date) -> AsyncIterator["_Replay"]:
    leads = every_lead()
    people = (Person("U0LEA", "lea", "Lea"), *(Person(f"U0CAP{i}", lead, lead) for i, lead in enumerate(leads)))
    captains = {lead: {"slack": f"U0CAP{i}"} for i, lead in enumerate(leads)} | {"Lead Captain": {"slack": "U0LEA"}}
    start, plan = datetime.combine(first, time(9), UTC), train.plan(first)
    assert plan is not None
    async with (
        new_sandbox(mode, people, (Channel("C0REL", "release"),)) as sandbox,
        running(sandbox, mode, folder, start, {SLUG: plan}, captains) as world,
    ):
        yield _Replay(world, leads, train)
        assert sandbox.violations == []


class _Replay:
    """Plays one day after the other and holds what Convoy did against what it should have done."""

    def __init__(self, world: World, leads: list[str], train: Train) -> None:
        self.world = world
        self.train = train
        self.leads = leads
        self.documents: dict[str, Json] = {}
        self.missing: set[str] = set()
        self.plan: Json | None = None
        self.told: dict[str, frozenset[tuple[str, ...]]] = {}
        self.heard = dict.fromkeys(leads, 0)
        self.digests = 0
        self.commits = 0
        self.alerted = 0
        self.first = True
        self.verdicts: set[str] = set()

    async def day(self, day: date) -> None:
        world = self.world
        world.clock.moment = datetime.combine(day, time(9), UTC)
        plan, published = self.train.plan(day), self.train.documents(day)
        assert plan is not None
        if plan != self.plan and not self.first:
            await world.push(f"plans/{SLUG}/release_plan.json", plan)
        world.publish(published)
        names = {r["name"] for g in plan["releaseGroups"] for r in g["repositories"]}
        known = {n: d for n, d in self.documents.items() if n in names}
        gone = {n: d for n, d in known.items() if n not in published}
        expected = Expected(plan, {n: d for n, d in published.items() if n in names}, gone)

        self.verdicts |= set(expected.verdicts.values())
        result = await world.run_pass(SLUG)
        self._check_commit(plan, expected, known, gone, result.commit)
        self._check_state(day, expected)
        await self._check_alerts(day, expected)
        await self._check_digest(day, expected)
        again = await world.run_pass(SLUG)
        assert (again.commit, again.alerts) == (None, 0), day
        self.plan, self.documents, self.missing, self.first = plan, expected.documents, set(gone), False

    def _check_commit(self, plan: Json, expected: Expected, known: Json, gone: Json, commit: str | None) -> None:
        """A pass commits when a document or the state of a feed is new, or people changed the plan since the last."""
        news = expected.documents != known or set(gone) != self.missing or plan != self.plan
        assert (commit is not None) == news
        self.commits += commit is not None

    def _check_state(self, day: date, expected: Expected) -> None:
        world = self.world
        state = world.store.read(SLUG)
        raw = state.folder.document.raw
        assert {r["name"]: r["status"] for g in raw["releaseGroups"] for r in g["repositories"]} == expected.status
        assert {n: r.raw for n, r in state.folder.reports.items()} == expected.documents
        at = world.clock.now()
        data = as_data(SLUG, state.commit, evaluate(state.folder, at), dates(state.folder, at))
        got = {(r["name"], d["name"]): d["verdict"] for r in data["repositories"] for d in r["dependencies"]}
        assert got == expected.verdicts, day
        now = world.clock.now()
        stale = {
            name
            for name, document in expected.documents.items()
            if expected.status[name] != "RELEASED"
            and (
                now - datetime.fromisoformat(document["updatedAt"]) > timedelta(hours=168)
                or name not in self.train.documents(day)
            )
        }
        assert {r["name"] for r in data["repositories"] if r["stale"]} == stale, day
        waiting: dict[str, set[str]] = {}
        for (name, hub), verdict in expected.verdicts.items():
            if verdict != "READY" and expected.status[name] != "RELEASED":
                waiting.setdefault(hub, set()).add(name)
        assert {c["name"]: set(c["blockedRepositories"]) for c in data["rootCauses"]} == waiting

    async def _check_alerts(self, day: date, expected: Expected) -> None:
        """One message for each captain whose concerns are others than they were told; none for anybody else."""
        concerns = expected.concerns()
        for lead in self.leads:
            now, before = concerns.get(lead, frozenset()), self.told.get(lead, frozenset())
            if now == before:
                continue
            self.heard[lead] += 1
            self.alerted += 1
            message = self.world.sandbox.dms(lead)[-1]
            shown = "\n".join(self.world.sandbox.show(m) for m in self.world.sandbox.dms(lead)[-1:])
            hubs = {row[1] for row in now}
            news = hubs - {h for h in hubs if {r for r in now if r[1] == h} == {r for r in before if r[1] == h}}
            for hub in news:
                assert hub in shown, (day, lead, message)
                waiting = sorted(row[0] for row in now if row[1] == hub)
                assert any(name in shown for name in waiting), (day, lead, waiting, shown)
            over = {row[1] for row in before} - hubs
            assert all(hub in shown for hub in over), (day, lead, over, shown)
            good_news = "You can go on" in shown or "No longer in your way" in shown
            assert good_news == bool(over), (day, lead, shown)
        self.told = concerns
        for lead in self.leads:
            assert len(self.world.dms(lead)) == self.heard[lead], (day, lead)

    async def _check_digest(self, day: date, expected: Expected) -> None:
        if day.weekday() > 4:
            return
        assert (await self.world.digest(SLUG, day)).sent
        self.digests += 1
        posted = self.world.texts("release")
        assert len(posted) == self.digests
        line = posted[-1]
        total = len(expected.status)
        assert f"{(RELEASE - day).days} days to go" in line, day
        assert re.search(rf"\b{expected.ready()} of {total} ready", line), (day, line)
        risk = re.search(r"(\d+) at risk", line)
        assert (int(risk[1]) if risk else 0) == expected.at_risk(), (day, line)
        assert not (await self.world.digest(SLUG, day)).sent


def test_the_train_is_the_one_that_is_promised() -> None:
    days = TRAIN.days()
    assert (days[0], days[-1], (days[-1] - days[0]).days + 1) == (FIRST, LAST, 162)
    plan = TRAIN.plan(LAST)
    assert plan is not None
    assert len(plan["releaseGroups"]) == 10
    assert sum(len(g["repositories"]) for g in plan["releaseGroups"]) == 63
    assert json.dumps(plan)
    assert LEA.name
