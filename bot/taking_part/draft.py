"""The first status document of a repository, guessed from what lies in it. Every guess says where it comes from."""

import json
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.release.documents import dump_json, parse_status
from bot.release.ga_status import StatusDocument
from bot.release.status import Status
from bot.release.version import LONGEST, compare
from bot.release.version_text import read
from bot.taking_part.checkout import Checkout, name_in

_MOST = 1024 * 1024
"""Bytes of a pyproject.toml or package.json that are read; a larger one gives no version."""
_NUMBERED = re.compile(r"[vV]?[0-9]+(\.[0-9]+)+.*")


@dataclass(frozen=True)
class Draft:
    """A valid document (`data`), and one sentence for every guess in it and for every file that gave none."""

    data: bytes
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Guess:
    value: str
    source: str


def draft(folder: Path, checkout: Checkout | None, remote: str, status: Status, now: datetime) -> Draft:
    """A document for the repository in `folder`, true as of `now` (with its zone). Raises StoreError without git."""
    notes: list[str] = []
    name = _name(folder, checkout, remote)
    notes.append(f"repository is {name.value!r}, from {name.source}; it must be the name that the plan uses")
    latest = _newest_tag(checkout.tags()) if checkout is not None else None
    version = next(_declared(folder, notes), None) or (latest and _Guess(latest, "the newest tag"))
    if version:
        notes.append(f"version is {version.value!r}, from {version.source}; is that the one you are working towards?")
    else:
        notes.append("version is left open: there is none in pyproject.toml, package.json or the tags")
    raw: dict[str, Any] = {
        "schemaVersion": "1.0",
        "repository": name.value,
        "version": version.value if version else None,
        "latestVersion": latest,
        "status": status.value,
        "updatedAt": now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "summary": None,
        "captain": None,
        "etaDate": None,
    }
    return Draft(dump_json(raw), tuple(notes))


def _name(folder: Path, checkout: Checkout | None, remote: str) -> _Guess:
    url = checkout.remote_url(remote) if checkout is not None else None
    found = name_in(url) if url is not None else None
    if found is not None and _fits("repository", found):
        return _Guess(found, f"the remote {remote}")
    own = folder.resolve().name
    if _fits("repository", own):
        return _Guess(own, f"the folder (no remote {remote} names it)")
    return _Guess("my-repository", f"nothing (neither a remote {remote} nor the folder names it): put its name there")


def _declared(folder: Path, notes: list[str]) -> Iterator[_Guess]:
    """The versions that the files of package managers declare."""
    for file, load in (("pyproject.toml", _pyproject), ("package.json", _package)):
        path = folder / file
        if not path.is_file():
            continue
        try:
            with path.open("rb") as opened:
                found = load(opened.read(_MOST).decode())
        except (OSError, ValueError, RecursionError) as error:  # both decoders' errors are ValueErrors
            said = error.strerror if isinstance(error, OSError) else error
            notes.append(f"{file} gave no version: {said}")
            continue
        if isinstance(found, str) and _fits("version", found):
            yield _Guess(found.strip(), file)


def _pyproject(text: str) -> object:
    raw = tomllib.loads(text)
    tools = raw.get("tool")
    project = raw.get("project") or (tools.get("poetry") if isinstance(tools, dict) else None)
    return project.get("version") if isinstance(project, dict) else None


def _package(text: str) -> object:
    raw = json.loads(text)
    return raw.get("version") if isinstance(raw, dict) else None


def _newest_tag(tags: Sequence[str]) -> str | None:
    """The newest version among the tags; pre-releases count where there is nothing else."""
    numbered = [tag for tag in tags if len(tag) <= LONGEST and _NUMBERED.fullmatch(tag) and _fits("version", tag)]
    newest: str | None = None
    for tag in [t for t in numbered if not read(t).is_prerelease] or numbered:
        if newest is None or compare(tag, newest) == 1:
            newest = tag
    return newest


def _fits(field: str, value: str) -> bool:
    """Whether a status document may say that: what a remote, a tag or a file holds is anybody's text."""
    raw = {"schemaVersion": "1.0", "repository": "x", "status": "UNKNOWN", "updatedAt": "2026-01-01T00:00:00Z"}
    try:
        return isinstance(parse_status(dump_json({**raw, field: value})), StatusDocument)
    except ValueError:  # half a character cannot be written at all
        return False
