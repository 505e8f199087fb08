"""A plan's folder as plain files on disk, laid out as in git: for the portfolio script, which has no store."""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.release import documents
from bot.release.folder import PlanFolder, Tracked
from bot.release.ga_status import StatusDocument
from bot.release.plan import PlanDocument, Problem
from bot.release.published import Published
from bot.store.layout import (
    DASHBOARD,
    PLAN_FILE,
    PUBLISHED,
    REPORTS,
    TRACKING,
    changes,
    is_of,
    is_report_file,
    misnamed,
)
from bot.store.tracking import parse_tracking

_PREFIX = ".convoy-"


@dataclass(frozen=True)
class Remembered:
    """What an earlier run left: the plan that it wrote (None: there is none that can be read), and its memory.

    `problems` names files that cannot be read, each with the reason; they are made anew.
    """

    document: PlanDocument | None
    reports: Mapping[str, StatusDocument]
    tracking: Mapping[str, Tracked]
    problems: tuple[str, ...] = ()
    published: Mapping[str, Published] = field(default_factory=dict)


def load(folder: Path) -> Remembered:
    """What lies there. A broken file costs nothing but itself. Raises OSError."""
    problems: list[str] = []
    data = _read(folder / PLAN_FILE)
    document = documents.parse_plan(data) if data is not None else None
    if document is not None and not isinstance(document, PlanDocument):
        problems.append(document[0].at(str(folder / PLAN_FILE)))
        document = None
    remembered = _read(folder / TRACKING)
    tracking = {} if remembered is None else parse_tracking(remembered)
    if not isinstance(tracking, Mapping):
        problems.append(tracking[0].at(str(folder / TRACKING)))
        tracking = {}
    reports, published = _reports(folder, problems), _published(folder, problems)
    return Remembered(document, reports, tracking, tuple(problems), published)


def _reports(folder: Path, problems: list[str]) -> dict[str, StatusDocument]:
    reports: dict[str, StatusDocument] = {}
    for file in sorted(_own(folder, REPORTS)):
        found = _read(folder / file)
        report = documents.parse_status(found) if found is not None else None
        if isinstance(report, StatusDocument) and is_of(name := Path(file).name, report.status.repository):
            reports[report.status.repository] = report
        elif found is not None and report is not None:
            wrong = report if isinstance(report, tuple) else misnamed(name, found, documents.parse_status)
            problems.append(wrong[0].at(str(folder / file)))
    return reports


def _published(folder: Path, problems: list[str]) -> dict[str, Published]:
    published: dict[str, Published] = {}
    for file in sorted(_own(folder, PUBLISHED)):
        data = _read(folder / file) or b""
        match documents.parse_published(data):
            case (str() as named, Published() as listed) if is_of(Path(file).name, named):
                published[named] = listed
            case (str(), _):
                problems.append(misnamed(Path(file).name, data, documents.parse_published)[0].at(str(folder / file)))
            case (Problem() as first, *_):
                problems.append(first.at(str(folder / file)))
    return published


def save(folder: Path, plan: PlanFolder, dashboard: bytes) -> None:
    """Write every file whole or not at all, so that a run that is killed leaves no half of one. Raises OSError."""
    for place in (folder, folder / REPORTS, folder / PUBLISHED):
        for left in place.glob(f"{_PREFIX}*"):
            left.unlink(missing_ok=True)  # of a run that was killed
    present = _own(folder, REPORTS) | _own(folder, PUBLISHED)
    files = changes(None, plan, present, ())
    files[DASHBOARD] = dashboard
    for name, data in files.items():
        target = folder / name
        if data is None:
            target.unlink(missing_ok=True)
        elif _read(target) != data:
            _replace(target, data)


def _own(folder: Path, name: str) -> set[str]:
    place = folder / name
    if not place.is_dir():
        return set()
    return {f"{name}/{f.name}" for f in place.iterdir() if is_report_file(f.name) and f.is_file()}


def _read(path: Path) -> bytes | None:
    if not path.is_file() or path.stat().st_size > documents.PLAN_LIMIT:
        return None
    return path.read_bytes()


def _replace(target: Path, data: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=_PREFIX)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(target)
    finally:
        Path(temporary).unlink(missing_ok=True)
