"""How well forecasts would have done on the two real trains: what each would have said every week, and what came.

A forecast is scored only where its date lies inside the days that the data covers, so that whether it is scored does
not depend on how it turned out.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from bot.release.forecast import Forecast, Past, forecast
from bot.release.status import Status
from bot.release.stays import stays

ROOT = Path(__file__).parents[2]
CAMARA = ROOT / "bot/demo/data/camara-sync26"
FLAMINGO = ROOT / "tests/data/trains/openstack-flamingo"
History = tuple[tuple[datetime, Mapping[str, Status]], ...]
EVERY = 7


@cache
def history(folder: Path) -> History:
    """Every day at noon: the status of each repository that is in the plan on that day, as its own document says."""
    events = _lines(folder / "timeline.jsonl")
    plans = _lines(folder / "plans.jsonl") if (folder / "plans.jsonl").exists() else []
    plan = plans[0]["plan"] if plans else json.loads((folder / "release_plan.json").read_text("utf-8"))
    first, last = (date.fromisoformat(events[n]["date"]) for n in (0, -1))
    documents: dict[str, Any] = {}
    found = []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        while events and events[0]["date"] <= day.isoformat():
            event = events.pop(0)
            documents[event["repository"]] = event["ga_status"]
        while plans and plans[0]["date"] <= day.isoformat():
            plan = plans.pop(0)["plan"]
        rows = [row for group in plan["releaseGroups"] for row in group["repositories"]]
        found.append((datetime.combine(day, time(12), UTC), {r["name"]: _status(r, documents) for r in rows}))
    return tuple(found)


def _lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def _status(row: Mapping[str, Any], documents: Mapping[str, Any]) -> Status:
    said = documents.get(row["name"])
    speaks = said is not None and said.get("version") in (None, row["version"])
    return Status(said["status"] if speaks else row["status"])


def half(known: History, number: int) -> frozenset[str]:
    """Every other repository by name: half 0 or half 1 of the train."""
    names = sorted({name for _, statuses in known for name in statuses})
    return frozenset(names[number::2])


def only(known: History, names: Iterable[str]) -> History:
    """The history of those repositories alone."""
    kept = frozenset(names)
    return tuple((moment, {n: s for n, s in statuses.items() if n in kept}) for moment, statuses in known)


@dataclass
class Score:
    """`asked` forecasts, of which `silent` gave none; of those that could be checked how many came true."""

    asked: int = 0
    silent: int = 0
    p50_checked: int = 0
    p50_true: int = 0
    p85_checked: int = 0
    p85_true: int = 0

    def row(self) -> list[str]:
        """As the table of docs/forecast.md has it."""
        return [
            f"{self.asked:,}",
            f"{self.silent:,}",
            _share(self.p50_true, self.p50_checked),
            _share(self.p85_true, self.p85_checked),
        ]


def _share(true: int, checked: int) -> str:
    return f"{true:,} of {checked:,} ({true / checked:.2f})" if checked else "none to check"


def score(known: History, past_at: Callable[[datetime], Past]) -> Score:
    """Ask for every repository every week, and check what was said against what came."""
    end = known[-1][0].date()
    out: dict[str, list[date]] = {}
    for moment, statuses in known:
        for name, status in statuses.items():
            if status is Status.RELEASED:
                out.setdefault(name, []).append(moment.date())
    since: dict[str, tuple[Status, datetime]] = {}
    found = Score()
    for number, (moment, statuses) in enumerate(known):
        since = {n: since[n] if n in since and since[n][0] is s else (s, moment) for n, s in statuses.items()}
        if number % EVERY:
            continue
        past = past_at(moment)
        for name, status in statuses.items():
            if status in (Status.RELEASED, Status.DROPPED, Status.UNKNOWN):
                continue
            days = (moment - since[name][1]) / timedelta(days=1)
            came = next((day for day in out.get(name, ()) if day > moment.date()), date.max)
            _check(found, forecast(past, status, days, moment.date()), came, end)
    return found


def _check(found: Score, said: object, came: date, end: date) -> None:
    found.asked += 1
    if not isinstance(said, Forecast):
        found.silent += 1
        return
    if said.p50 <= end:
        found.p50_checked += 1
        found.p50_true += came <= said.p50
    if said.p85 is not None and said.p85 <= end:
        found.p85_checked += 1
        found.p85_true += came <= said.p85


def held_out(folder: Path, number: int) -> Score:
    """Learn from the other half of the train, all of it; ask for this half."""
    known = history(folder)
    past = Past(stays(only(known, half(known, 1 - number))))
    return score(only(known, half(known, number)), lambda _: past)


def as_it_went(folder: Path) -> Score:
    """Learn each week from what this train had shown by then, as a team on its first train would."""
    known = history(folder)
    return score(known, lambda moment: Past(stays(item for item in known if item[0] <= moment)))


def from_another(folder: Path, other: Path) -> Score:
    """Learn from the whole of another project's train."""
    past = Past(stays(history(other)))
    return score(history(folder), lambda _: past)
