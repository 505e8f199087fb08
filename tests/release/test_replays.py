"""Two real trains, every day of them: what Convoy makes of each day against the second computation of `oracle.py`."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.release import outline, proof, readiness, standing, verdicts
from bot.release.assessment import Assessment
from bot.release.documents import parse_status, plan_from_raw
from bot.release.folder import PlanFolder
from bot.release.ga_status import StatusDocument
from bot.release.plan import PlanDocument
from bot.release.readiness import evaluate
from bot.release.trend import counts
from bot.release.version import Match, Outcome
from tests.release.oracle import SETTLED, Expected, expected

ROOT = Path(__file__).parents[2]
CAMARA = ROOT / "bot/demo/data/camara-sync26"
FLAMINGO = ROOT / "tests/data/trains/openstack-flamingo"
Documents = dict[str, Any]


@dataclass
class Day:
    """One day at its end. `plan` and `documents` are JSON, the very same objects as long as nothing changes."""

    day: date
    plan: Mapping[str, Any]
    documents: Documents


def days(folder: Path, plan_file: str) -> Iterator[Day]:
    """Every calendar day from the first line of the timeline to the last one."""
    events = _lines(folder / "timeline.jsonl")
    plans = _lines(folder / plan_file) if plan_file.endswith("l") else []
    plan = plans[0]["plan"] if plans else json.loads((folder / plan_file).read_text("utf-8"))
    day, last = (date.fromisoformat(events[n]["date"]) for n in (0, -1))
    documents: Documents = {}
    while day <= last:
        changed = [e for e in events if e["date"] == day.isoformat()]
        if changed:
            documents = documents | {e["repository"]: e["ga_status"] for e in changed}
            documents = {name: said for name, said in documents.items() if said is not None}
        plan = next((p["plan"] for p in plans if p["date"] == day.isoformat()), plan)
        yield Day(day, plan, documents)
        day += timedelta(days=1)


def _lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


class Replay:
    """Both computations of every day; what did not change since the day before is read once."""

    def __init__(self) -> None:
        self._documents: dict[int, tuple[Any, StatusDocument]] = {}
        self._plan: tuple[Any, PlanDocument] | None = None
        self._expected: tuple[Any, Any, Expected] | None = None

    def convoy(self, day: Day) -> Assessment:
        """What Convoy says at the end of that day."""
        if self._plan is None or self._plan[0] is not day.plan:
            found = plan_from_raw(day.plan)
            assert isinstance(found, PlanDocument), found
            self._plan = (day.plan, found)
        reports = {name: self._report(said) for name, said in day.documents.items()}
        return evaluate(PlanFolder(self._plan[1], reports), datetime.combine(day.day, time(23, 59), UTC))

    def _report(self, said: Any) -> StatusDocument:
        known = self._documents.get(id(said))
        if known is None:
            found = parse_status(json.dumps(said).encode())
            assert isinstance(found, StatusDocument), found
            known = self._documents[id(said)] = (said, found)
        return known[1]

    def oracle(self, day: Day) -> Expected:
        """What it has to say."""
        known = self._expected
        if known is None or known[0] is not day.plan or known[1] is not day.documents:
            known = self._expected = (day.plan, day.documents, expected(day.plan, day.documents))
        return known[2]


def agree(found: Assessment, wanted: Expected, documents: Documents, day: date) -> None:
    """Every status, verdict, cause, captain and count of one day, or an AssertionError that names the day."""
    assert {r.name: r.status.value for r in found.repositories} == wanted.status, day
    judged = {(r.name, d.name): d for r in found.repositories for d in r.dependencies}
    assert {edge: d.verdict.value for edge, d in judged.items()} == wanted.verdicts, day
    not_ready = {r.name for r in found.repositories if any(d.verdict.value != "READY" for d in r.dependencies)}
    assert not_ready == wanted.waiting, day
    for (by, needs), dependency in judged.items():
        causes = frozenset() if wanted.status[by] in SETTLED else wanted.causes[by, needs]
        assert set(dependency.root_causes) == {named(members) for members in causes}, (day, by, needs)
        assert len(dependency.root_causes) == len(causes), (day, by, needs)
    roots = {frozenset(c.members or (c.name,)): c for c in found.root_causes}
    assert {m: frozenset(c.blocks) for m, c in roots.items()} == {m: c.blocks for m, c in wanted.roots.items()}, day
    assert {m: frozenset(c.captains) for m, c in roots.items()} == {m: c.captains for m, c in wanted.roots.items()}, day
    freed = {frozenset(c.root.members or (c.root.name,)): frozenset(c.freed) for c in outline.causes(found)}
    assert freed == {m: c.freed for m, c in wanted.roots.items()}, day
    assert [(c.name, len(c.blocks)) for c in found.root_causes] == _most_first(wanted), day
    out = sum(status in ("READY", "RELEASED") for status in wanted.status.values())
    risky = sum(status in ("AT_RISK", "BLOCKED") for status in wanted.status.values())
    scope = sum(status != "DROPPED" for status in wanted.status.values())
    assert (counts(found).ready, counts(found).at_risk, counts(found).scope) == (out, risky, scope), day
    assert {r.name for r in found.repositories if r.stale} == _stale(wanted, documents, day), day


def named(members: frozenset[str]) -> str:
    """How a cause is called: of more than three the first two stand for all."""
    names = sorted(members)
    return " ↔ ".join(names if len(names) <= 3 else [*names[:2], f"… ({len(names)} repositories)"])


def _most_first(wanted: Expected) -> list[tuple[str, int]]:
    sizes = [(named(members), len(root.blocks)) for members, root in wanted.roots.items()]
    return sorted(sizes, key=lambda size: (-size[1], size[0]))


def _stale(wanted: Expected, documents: Documents, day: date) -> set[str]:
    """A week without a word makes a document old, unless its repository is out."""
    oldest = datetime.combine(day, time(23, 59), UTC) - timedelta(days=7)
    return {
        name
        for name, status in wanted.status.items()
        if status not in SETTLED and name in documents and datetime.fromisoformat(documents[name]["updatedAt"]) < oldest
    }


TRAINS = {
    "camara": (CAMARA, "plans.jsonl"),
    "flamingo": (FLAMINGO, "release_plan.json"),
    "flamingo-full": (FLAMINGO, "release_plan_full.json"),
}
SUMS = {  # days, verdicts, those that are not READY, root causes: a replay of nothing would agree with everything
    "camara": (162, 17_252, 10, 6),
    "flamingo": (243, 286_497, 155_231, 1_039),
    "flamingo-full": (243, 348_948, 217_682, 7_123),
}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("train", TRAINS)
def test_every_day_of_a_real_train_agrees_with_a_second_computation(train: str) -> None:
    replay = Replay()
    number = judged = unready = roots = 0
    for day in days(*TRAINS[train]):
        wanted = replay.oracle(day)
        agree(replay.convoy(day), wanted, day.documents, day.day)
        number += 1
        judged += len(wanted.verdicts)
        unready += sum(verdict != "READY" for verdict in wanted.verdicts.values())
        roots += len(wanted.roots)
    assert (number, judged, unready, roots) == SUMS[train]


def _busy_day(train: str = "flamingo-full") -> Day:
    """Three weeks before the release: some are out, some are at risk, most are on their way. Of camara any day."""
    when = {"flamingo-full": date(2025, 9, 10), "camara": date(2026, 3, 14)}[train]
    return next(day for day in days(*TRAINS[train]) if day.day == when)


def _one_document(day: Day, **change: Any) -> Day:
    """The document of one that is needed, published and out by that day, changed."""
    out = next(n for n, said in day.documents.items() if n == "oslo.config" and said["status"] == "RELEASED")
    return Day(day.day, day.plan, {**day.documents, out: {**day.documents[out], **change}})


def _one_row(day: Day, change: Callable[[dict[str, Any]], object]) -> Day:
    plan = json.loads(json.dumps(day.plan))
    change(next(r for g in plan["releaseGroups"] for r in g["repositories"] if r["name"] == "nova"))
    return Day(day.day, plan, day.documents)


MISREADINGS: Mapping[str, Callable[[Day], Day]] = {
    "nothing is published": lambda day: _one_document(day, status="ON_TRACK", latestVersion=None),
    "another version": lambda day: _one_document(day, version="0.0.1", latestVersion="0.0.1"),
    "at risk": lambda day: _one_document(day, status="AT_RISK"),
    "a lost document": lambda day: Day(
        day.day, day.plan, {n: d for n, d in day.documents.items() if n != "oslo.config"}
    ),
    "a lost dependency": lambda day: _one_row(day, lambda row: row["dependencies"].pop()),
    "a higher requirement": lambda day: _one_row(day, lambda row: row["dependencies"][0].update(version="9999")),
    "dropped": lambda day: _one_row(day, lambda row: row.update(status="DROPPED")),
}


@pytest.mark.parametrize("misread", MISREADINGS)
def test_the_comparison_sees_a_day_that_was_misread(misread: str) -> None:
    replay, day = Replay(), _busy_day()
    agree(replay.convoy(day), replay.oracle(day), day.documents, day.day)
    with pytest.raises(AssertionError):
        agree(replay.convoy(MISREADINGS[misread](day)), replay.oracle(day), day.documents, day.day)


def test_the_comparison_sees_a_replay_that_lags_a_day_behind() -> None:
    replay, seen = Replay(), 0
    *_, before = days(CAMARA, "plans.jsonl")
    for day in days(CAMARA, "plans.jsonl"):
        late = Day(day.day, before.plan, before.documents)
        try:
            agree(replay.convoy(late), replay.oracle(day), day.documents, day.day)
        except AssertionError:
            seen += 1
        before = day
    assert seen >= 60


def _exactly(requirement: str | None, version: str) -> Match:
    return Match(Outcome.SATISFIED if requirement in (None, version) else Outcome.NOT_SATISFIED, "planted")


@pytest.mark.parametrize(
    ("module", "name", "planted", "train"),
    [
        (proof.versions, "satisfies", _exactly, "camara"),
        (standing, "_stale", lambda *_: False, "flamingo-full"),
        (verdicts, "_trouble", lambda *_: None, "flamingo-full"),
        (verdicts, "_published", lambda *_: None, "flamingo-full"),
        (readiness, "is_settled", lambda *_: False, "flamingo-full"),
    ],
)
def test_the_comparison_sees_a_fault_in_the_rules(
    module: Any, name: str, planted: Callable[..., Any], train: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, name, planted)
    replay, day = Replay(), _busy_day(train)
    with pytest.raises(AssertionError):
        agree(replay.convoy(day), replay.oracle(day), day.documents, day.day)
