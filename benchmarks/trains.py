"""Trains of any size for the measurements: seeded, so that two runs see the same."""

import json
import random
from pathlib import Path
from typing import Any

from bot.release.folder import PlanFolder
from bot.release.plan import Plan, PlanDocument


def raw_plan(repositories: int, dependencies: int, seed: int = 7) -> dict[str, Any]:
    """A plan with that many repositories in groups of twenty; each depends on earlier ones, a few in a ring."""
    random_ = random.Random(seed)
    words = ("ON_TRACK", "ON_TRACK", "ON_TRACK", "RELEASED", "RELEASED", "AT_RISK", "NOT_STARTED")
    rows: list[dict[str, Any]] = [
        {
            "name": f"repo-{n:05}",
            "version": f"{n % 7}.{n % 10}.0",
            "status": random_.choice(words),
            "dependencies": [],
        }
        for n in range(repositories)
    ]
    for _ in range(dependencies):
        by = random_.randrange(1, repositories)
        needs = rows[random_.randrange(by)]
        rows[by]["dependencies"].append({"name": needs["name"], "version": needs["version"]})
    for here, there in zip(rows[:10], [*rows[1:10], rows[0]], strict=True):
        here["dependencies"].append({"name": there["name"], "version": there["version"]})
    groups = [
        {"name": f"group-{i // 20}", "lead": f"captain-{i // 20}", "repositories": rows[i : i + 20]}
        for i in range(0, repositories, 20)
    ]
    return {
        "releaseName": f"Train of {repositories}",
        "releaseDate": "2026-12-01",
        "status": "IN_PROGRESS",
        "releaseGroups": groups,
    }


def folder(raw: dict[str, Any]) -> PlanFolder:
    """The plan as a folder without feeds."""
    return PlanFolder(PlanDocument(raw, Plan.model_validate_json(json.dumps(raw))))


def write_reports(raw: dict[str, Any], where: Path, updated_at: str) -> None:
    """A status document for every repository of the plan."""
    for group in raw["releaseGroups"]:
        for row in group["repositories"]:
            document = {
                "schemaVersion": "1.0", "repository": row["name"], "version": row["version"], "status": row["status"],
                "updatedAt": updated_at,
            }  # fmt: skip
            target = where / row["name"] / "ga_status.json"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(json.dumps(document, indent=2))
