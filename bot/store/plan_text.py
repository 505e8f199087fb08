"""A plan file cut at its repositories, so that the next version of it need not be read from the beginning.

History has thousands of versions that differ in a line or two, and reading one strictly from end to end takes five
milliseconds for 200 repositories. Where the new text is the old one with other objects in the places of some
repositories, only those are read. Everything else is read as a whole, by the same rules; so the answer is the same.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from json import JSONDecoder

from bot.release import documents
from bot.release.json_text import MOST_VALUES
from bot.release.plan import PlanDocument, Problem, Repository
from bot.release.rules import validate_fields

# A line break cannot stand inside a string of JSON, so in a text that is JSON an object begins here.
_CUT = "\n        {"
_DECODER = JSONDecoder()


@dataclass(frozen=True)
class PlanText:
    """One version. `rows`: group and repository by name. `plan` is of the version that was last read as a whole: what
    it says of anything but its repositories holds for this one too.

    `pieces`: the text before the first repository, then one piece a repository, beginning with its object; None where
    the text is laid out in another way.
    """

    plan: PlanDocument
    rows: Mapping[str, tuple[str, Repository]]
    pieces: tuple[str, ...] | None = None

    @classmethod
    def read(cls, data: bytes) -> "PlanText | tuple[Problem, ...]":
        """Read a plan as a whole."""
        document = documents.parse_plan(data)
        if not isinstance(document, PlanDocument):
            return document
        listed = list(document.plan.repositories())
        rows = {r.name: (group.name, r) for group, r in reversed(listed)}  # of one listed twice the first counts
        rows = {r.name: rows[r.name] for _, r in listed}
        # By its name alone such a row could not be told from the other one: then every version is read as a whole.
        return cls(document, rows, _cut(data.decode(), document) if len(rows) == len(listed) else None)

    def next(self, data: bytes) -> "tuple[PlanText, frozenset[str]] | None":
        """The next version and the names of the repositories that it changed; None where it must be read as a whole."""
        if self.pieces is None or _too_much(data):
            return None
        pieces = _pieces(data)
        if pieces is None or len(pieces) != len(self.pieces) or pieces[0] != self.pieces[0]:
            return None
        changed: dict[str, tuple[str, Repository]] = {}
        for old, new, (name, (group, _)) in zip(self.pieces[1:], pieces[1:], self.rows.items(), strict=True):
            if old is new or old == new:
                continue
            repository = _other(old, new)
            if repository is None or repository.name != name:
                return None
            changed[name] = (group, repository)
        return PlanText(self.plan, {**self.rows, **changed}, tuple(pieces)), frozenset(changed)


def _too_much(data: bytes) -> bool:
    """Whether the whole may be over a limit that its parts are not over."""
    if len(data) <= MOST_VALUES:
        return False
    return len(data) > documents.PLAN_LIMIT or sum(map(data.count, (b",", b"[", b"{"))) > MOST_VALUES


def _pieces(data: bytes) -> list[str] | None:
    try:
        first, *rest = data.decode().split(_CUT)
    except UnicodeDecodeError:
        return None
    return [first, *("{" + piece for piece in rest)]


def _cut(text: str, document: PlanDocument) -> tuple[str, ...] | None:
    """The pieces, when every repository is one and in its order; `text` is the document's own."""
    pieces = _pieces(text.encode())
    raw = [r for group in document.raw["releaseGroups"] for r in group.get("repositories", ())]
    if pieces is None or len(pieces) != len(raw) + 1:
        return None
    whole = all(_object(piece)[0] == row for piece, row in zip(pieces[1:], raw, strict=True))
    return tuple(pieces) if whole else None


def _other(old: str, new: str) -> Repository | None:
    """The repository in a piece that says something else than it did, and goes on after it as it did."""
    (_, end), (found, new_end) = _object(old), _object(new)
    if found is None or old[end:] != new[new_end:]:
        return None
    strict = documents.parse_json(f"[[[[{new[:new_end]}]]]]".encode())  # as deep as it lies in the plan
    if not isinstance(strict, list):
        return None
    row = strict[0][0][0][0]
    repository = validate_fields(Repository, row) if isinstance(row, dict) else ()
    return repository if isinstance(repository, Repository) else None


def _object(piece: str) -> tuple[object, int]:
    """The JSON value that a piece begins with, and where it ends; None where there is none."""
    try:
        return _DECODER.raw_decode(piece)
    except (json.JSONDecodeError, RecursionError):
        return None, 0
