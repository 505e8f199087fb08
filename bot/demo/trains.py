"""The example trains, day by day: what their plans and their repositories' status documents say on a given day."""

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

HERE = Path(__file__).with_name("data")
Json = Mapping[str, Any]


@dataclass(frozen=True)
class Train:
    """One train on disk: `timeline.jsonl`, and `plans.jsonl` or a single `release_plan.json`."""

    folder: Path
    more: Json = field(default_factory=dict)

    @cached_property
    def _events(self) -> list[Json]:
        return list(_lines(self.folder / "timeline.jsonl"))

    @cached_property
    def _plans(self) -> list[tuple[date, Json]]:
        changing = self.folder / "plans.jsonl"
        if changing.exists():
            return [(date.fromisoformat(row["date"]), row["plan"]) for row in _lines(changing)]
        return [(date.min, json.loads((self.folder / "release_plan.json").read_text("utf-8")))]

    def days(self) -> list[date]:
        """The days on which a document or the plan changed, in order."""
        changed = {date.fromisoformat(event["date"]) for event in self._events}
        return sorted(changed | {day for day, _ in self._plans if day != date.min})

    def plan(self, day: date) -> Json | None:
        """The plan as it stood at the end of that day, with the fields of `more` added; None before the first."""
        known = [plan for since, plan in self._plans if since <= day]
        return {**known[-1], **self.more} if known else None

    def documents(self, day: date) -> Mapping[str, Json]:
        """The status document of every repository that published one, as they stood at the end of that day."""
        state: dict[str, Json] = {}
        for event in self._events:
            if date.fromisoformat(event["date"]) > day:
                continue
            if event["ga_status"] is None:
                state.pop(event["repository"], None)
            else:
                state[event["repository"]] = event["ga_status"]
        return state


def lay(documents: Mapping[str, Json], folder: Path) -> None:
    """Make `folder/<repository>/ga_status.json` be these documents; those that stopped publishing go."""
    folder.mkdir(parents=True, exist_ok=True)
    for there in folder.iterdir():
        if there.name not in documents:
            shutil.rmtree(there)
    for name, document in documents.items():
        target = folder / name / "ga_status.json"
        data = dump(document)
        if not target.exists() or target.read_bytes() != data:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)


def _lines(path: Path) -> Iterator[Json]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def dump(document: Json) -> bytes:
    """JSON as people would save it."""
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()
