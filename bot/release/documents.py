"""Bytes to documents and back: the one door through which plans and status documents come in.

A document is accepted whole or refused with every problem at once, each with its line and a reason for people. Nothing
here does I/O, and no input raises.
"""

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Any

from bot.release.fields import kind
from bot.release.ga_status import GaStatus, StatusDocument
from bot.release.json_lines import Path, locate, show_path
from bot.release.json_text import Text, dump_json, read_json
from bot.release.plan import Plan, PlanDocument, Problem, SchemaName
from bot.release.published import Published
from bot.release.published_file import PublishedFile
from bot.release.rules import PLAN_RULES, Finding, Model, Rule, validate_fields, validate_speaks_of
from bot.release.schema import schema

__all__ = [
    "MOST_PROBLEMS",
    "PLAN_LIMIT",
    "STATUS_LIMIT",
    "check",
    "dump_json",
    "parse_json",
    "parse_plan",
    "parse_published",
    "parse_status",
    "plan_from_raw",
    "schema",
    "schema_for",
]

PLAN_LIMIT = 16 * 1024 * 1024
"""Bytes of a plan that are read."""
STATUS_LIMIT = 256 * 1024
"""Bytes of a status document that are read."""
MOST_PROBLEMS = 100
"""Problems that are listed; of more, the number is said."""

Problems = tuple[Problem, ...]


def parse_json(data: bytes, limit: int = PLAN_LIMIT) -> Any | Problems:
    """Any JSON value, or every problem as a tuple (no JSON value is one). `limit` in bytes. Never raises."""
    found = read_json(data, limit)
    if isinstance(found, Text):
        return _tidy(found.problems) or found.value
    return found


def parse_plan(data: bytes) -> PlanDocument | Problems:
    """The plan in `data`, or every problem in the order of the lines. Never raises."""
    with _collector_at_rest(len(data)):
        return _plan(read_json(data, PLAN_LIMIT))


def parse_status(
    data: bytes, expect_repository: str | None = None, last: StatusDocument | None = None
) -> StatusDocument | Problems:
    """The status document in `data`, or every problem; one that speaks of another repository is refused too.

    `last`: a document that was accepted before; where `data` says the very same, it is the answer.
    """
    found = read_json(data, STATUS_LIMIT)
    if last is not None and _says(found, last) and expect_repository in (None, last.status.repository):
        return last
    return _status(found, expect_repository)


def parse_published(data: bytes, expect_repository: str | None = None) -> tuple[str, Published] | Problems:
    """Whose list of published versions `data` is and what it says, or every problem. Never raises."""
    rules = () if expect_repository is None else (validate_speaks_of(expect_repository),)
    found = _accepted(read_json(data, STATUS_LIMIT), PublishedFile, rules)
    return (found.repository, found.published()) if isinstance(found, PublishedFile) else _problems(found)


def plan_from_raw(raw: Mapping[str, Any]) -> PlanDocument | Problems:
    """The plan that plain JSON values hold (after an edit, say), or every problem, without lines."""
    return _plan(Text("", dict(raw)))


def check(data: bytes, name: str) -> Problems:
    """Every problem of a file that should be a plan or a status document; `name` decides only where `data` does not."""
    found = read_json(data, PLAN_LIMIT)
    value = found.value if isinstance(found, Text) else None
    if schema_for(value, name) == "plan":
        return _problems(_plan(found))
    return _problems(parse_status(data))


def schema_for(value: Any, name: str) -> SchemaName:
    """Which document `value` is meant to be: its own fields decide, else the name of its file."""
    if isinstance(value, dict) and not {"releaseGroups", "releaseName", "releaseDate"}.isdisjoint(value):
        return "plan"
    if isinstance(value, dict) and not {"repository", "updatedAt"}.isdisjoint(value):
        return "ga-status"
    file = name.replace("\\", "/").rpartition("/")[2].lower()
    return "plan" if "plan" in file else "ga-status"


@contextmanager
def _collector_at_rest(work: int) -> Iterator[None]:
    """Large documents make many objects and no cycles: the collector would search them again and again for nothing.

    Measured with 10,000 repositories: 0.28 s instead of 0.6 s.
    """
    rest = work > STATUS_LIMIT and gc.isenabled()
    if rest:
        gc.disable()
    try:
        yield
    finally:
        if rest:
            gc.enable()


def _plan(found: Text | Problems) -> PlanDocument | Problems:
    plan = _accepted(found, Plan, PLAN_RULES)
    return PlanDocument(found.value, plan) if isinstance(plan, Plan) and isinstance(found, Text) else _problems(plan)


def _status(found: Text | Problems, repository: str | None) -> StatusDocument | Problems:
    rules = () if repository is None else (validate_speaks_of(repository),)
    status = _accepted(found, GaStatus, rules)
    if isinstance(status, GaStatus) and isinstance(found, Text):
        return StatusDocument(found.value, status)
    return _problems(status)


def _says(found: Text | Problems, last: StatusDocument) -> bool:
    # As text: true, 1 and 1.0 are equal in Python, and only one of them may be right.
    return isinstance(found, Text) and not found.problems and repr(found.value) == repr(last.raw)


def _problems(refused: object) -> Problems:
    return refused if isinstance(refused, tuple) else ()


def _accepted(found: Text | Problems, model: type[Model], rules: Sequence[Rule]) -> Model | Problems:
    """The typed reading of JSON that breaks no rule, or every problem."""
    if not isinstance(found, Text):
        return _tidy(found)
    if not isinstance(found.value, dict):
        wrong = Problem(1, f"the document must be an object ({{…}}), not {kind(found.value)}")
        return _tidy((*found.problems, wrong))
    read = validate_fields(model, found.value)
    findings = [*(read if isinstance(read, tuple) else ()), *chain.from_iterable(rule(found.value) for rule in rules)]
    if not isinstance(read, tuple) and not findings and not found.problems:
        return read
    told = {problem.path for problem in found.problems if problem.path}
    more = [finding for finding in findings if show_path(finding.path) not in told]
    return _tidy((*found.problems, *_located(found.text, more)))


def _located(text: str, findings: Sequence[Finding]) -> Problems:
    """Findings with the line of their field, or of the innermost thing around it that exists."""
    lines = locate(text, [finding.path for finding in findings]) if text and findings else {}
    return tuple(_problem(finding, lines) for finding in findings)


def _problem(finding: Finding, lines: Mapping[Path, int]) -> Problem:
    path = finding.path
    while path and path not in lines:
        path = path[:-1]
    shown = show_path(finding.path)
    return Problem(lines.get(path, 0), f"{shown}: {finding.reason}" if shown else finding.reason, shown)


def _tidy(problems: Problems) -> Problems:
    """In the order of the lines, and not more than people read."""
    ordered = tuple(sorted(problems, key=lambda problem: problem.line))
    if len(ordered) <= MOST_PROBLEMS:
        return ordered
    rest = len(ordered) - MOST_PROBLEMS
    return (*ordered[:MOST_PROBLEMS], Problem(ordered[MOST_PROBLEMS].line, f"and {rest:,} more problems"))
