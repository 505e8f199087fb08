"""How a plan lies in git: file names, and which files a change of a folder writes. Pure: values in, bytes out.

`plans/<slug>/` holds release_plan.json, RELEASE_PLAN.md, tracking.json, ga_status/<repository>.json and
published/<repository>.json; captains.json lies at the top.
"""

import hashlib
import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import TypeVar

from bot.release import documents
from bot.release.folder import PlanFolder
from bot.release.ga_status import StatusDocument
from bot.release.plan import PlanDocument, Problem
from bot.release.published_file import dump_published
from bot.store.tracking import dump_tracking

PLANS = "plans"
PLAN_FILE = "release_plan.json"
DASHBOARD = "RELEASE_PLAN.md"
REPORTS = "ga_status"
PUBLISHED = "published"
TRACKING = "tracking.json"
CAPTAINS = "captains.json"
Kept = TypeVar("Kept")
_LONGEST = 160
_DIGEST = 32
_ENCODED = re.compile(r"(?:[A-Za-z0-9_-]|%[0-9A-F]{2}|(?<!^)\.)+")
_CUT = re.compile(rf"~[0-9a-f]{{{_DIGEST}}}\Z")


def report_file(repository: str) -> str:
    """The file name of a repository's snapshot, safe for any name and reversible (see `misnamed`).

    Everything but letters, digits, `.`, `_` and `-` is percent-encoded, as is a leading dot: no slash, no `..`, no
    `.git`. A name too long for a file system keeps its beginning and ends in a digest.
    """
    encoded = "".join(map(_encode, repository.encode("utf-8", "surrogatepass")))
    if encoded.startswith("."):
        encoded = "%2E" + encoded[1:]
    if len(encoded) > _LONGEST:
        digest = hashlib.sha256(encoded.encode()).hexdigest()[:_DIGEST]
        encoded = re.sub(r"%[0-9A-F]?\Z", "", encoded[: _LONGEST - _DIGEST]) + "~" + digest
    return f"{encoded}.json"


def is_of(file: str, repository: str) -> bool:
    """Whether a file of that name is the snapshot of `repository`: no two names share one."""
    return report_file(repository) == file


def misnamed(file: str, data: bytes, parse: Callable[[bytes, str], object]) -> tuple[Problem, ...]:
    """Why a snapshot cannot be that of the file it lies in, with the line where it names another repository."""
    expected = _expected_in(file)
    found = parse(data, expected) if expected is not None else ()
    problems = tuple(one for one in found if isinstance(one, Problem)) if isinstance(found, tuple) else ()
    return problems or (Problem(0, "is not the name of a repository's snapshot"),)


def _expected_in(file: str) -> str | None:
    """Whose snapshot a file is by its name; where that was cut, its beginning and an ellipsis. None: nobody's."""
    stem = file.removesuffix(".json")
    if cut := _CUT.search(stem):
        return f"{_decoded(stem[: cut.start()], 'replace')}…"
    repository = _decoded(stem, "surrogatepass")
    return repository if repository is not None and is_of(file, repository) else None


def _decoded(stem: str, errors: str) -> str | None:
    plain = re.sub(rb"%([0-9A-F]{2})", lambda m: bytes([int(m[1], 16)]), stem.encode())
    try:
        return plain.decode("utf-8", errors)
    except UnicodeDecodeError:
        return None


def is_report_file(file: str) -> bool:
    """Whether Convoy could have written a file of that name; other files in the folder are people's own."""
    stem = file.removesuffix(".json")
    return stem != file and (_ENCODED.fullmatch(_CUT.sub("", stem)) is not None)


def _encode(byte: int) -> str:
    char = chr(byte)
    return char if char.isascii() and (char.isalnum() or char in "._-") else f"%{byte:02X}"


def dump_report(document: StatusDocument) -> bytes:
    """The bytes of a snapshot: laid out for people, unless that makes it too large to be read again."""
    laid_out = documents.dump_json(document.raw)
    if len(laid_out) <= documents.STATUS_LIMIT:
        return laid_out
    return json.dumps(document.raw, ensure_ascii=False, separators=(",", ":")).encode()


def dump_plan(document: PlanDocument) -> bytes:
    """The bytes of a plan file as Convoy lays it out."""
    return documents.dump_json(document.raw)


def changes(
    before: PlanFolder | None, after: PlanFolder, present: Collection[str], broken: Collection[str]
) -> dict[str, bytes | None]:
    """The files of the plan's folder to write (None: to remove) to get from one state to the other; empty: none.

    `present`: the files that lie there; `broken`: those of Convoy's own among them that cannot be read, which are
    written anew whatever changed. RELEASE_PLAN.md is not among the answers.
    """
    files: dict[str, bytes | None] = {}
    if before is None or before.document is not after.document:
        plan = dump_plan(after.document)
        if before is None or dump_plan(before.document) != plan:
            files[PLAN_FILE] = plan
    reports, published = (before.reports, before.published) if before is not None else ({}, {})
    files |= _snapshots(REPORTS, reports, after.reports, _report_bytes, present, broken)
    files |= _snapshots(PUBLISHED, published, after.published, dump_published, present, broken)
    if before is None or before.tracking != after.tracking or TRACKING in broken:
        if after.tracking:
            files[TRACKING] = dump_tracking(after.tracking)
        elif TRACKING in present:
            files[TRACKING] = None
    return files


def _report_bytes(_repository: str, document: StatusDocument) -> bytes:
    return dump_report(document)


def _snapshots(
    folder: str, before: Mapping[str, Kept], after: Mapping[str, Kept], dump: Callable[[str, Kept], bytes],
    present: Collection[str], broken: Collection[str],
) -> dict[str, bytes | None]:  # fmt: skip
    """The files of one folder with a file a repository."""
    files: dict[str, bytes | None] = {}
    kept: set[str] = set()
    for name, document in after.items():
        path = f"{folder}/{report_file(name)}"
        kept.add(path)
        old = before.get(name)
        if old is document and path not in broken:
            continue
        new = dump(name, document)
        if old is None or path in broken or dump(name, old) != new:
            files[path] = new
    for path in present:
        if path not in kept and path.startswith(f"{folder}/") and is_report_file(path.removeprefix(f"{folder}/")):
            files[path] = None
    return files


def in_file(file: str, problems: Collection[Problem]) -> tuple[Problem, ...]:
    """The same problems, saying which file of the plan they are in."""
    return tuple(replace(p, file=file) for p in problems)
