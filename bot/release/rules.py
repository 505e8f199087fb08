"""The rule book of both documents: every `validate_…` here is one rule.

`validate_fields` is what the models say of each field; the others are about how fields go together. A rule looks at the
JSON as it stands and names everything that it finds wrong; it never stops at the first thing, and never trusts that
another rule has passed. What a finding says follows its path and a colon.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bot.release.fields import kind, quoted
from bot.release.json_lines import Path, show_path

MOST_FINDINGS = 5_000
"""Wrong fields that are told one by one."""


class Finding(NamedTuple):
    """One thing that is wrong: where in the document, and why."""

    path: Path
    reason: str


Model = TypeVar("Model", bound=BaseModel)
Rule = Callable[[Mapping[str, Any]], Iterator[Finding]]


def validate_fields(model: type[Model], raw: Mapping[str, Any]) -> Model | tuple[Finding, ...]:
    """Every field that Convoy knows has its type, its words and its range: the typed reading, or what is wrong."""
    try:
        return model.model_validate(raw, by_alias=True, by_name=False, context={})
    except ValidationError as errors:
        if errors.error_count() > MOST_FINDINGS:
            return (Finding((), f"{errors.error_count():,} fields are wrong; is this the right file?"),)
        return tuple(Finding(e["loc"], _sentence(model, e)) for e in errors.errors(include_url=False))


def validate_groups_are_listed(raw: Mapping[str, Any]) -> Iterator[Finding]:
    """A plan lists its groups, be it none: a slip in the name of that field would read as an empty plan."""
    if "releaseGroups" not in raw:
        yield Finding(("releaseGroups",), "is missing; write [] for a plan without groups")


def validate_repositories_stand_once(raw: Mapping[str, Any]) -> Iterator[Finding]:
    """A repository stands once in a group. In two groups it is a contradiction, which readiness shows, and no error."""
    for at, group in _members(raw.get("releaseGroups"), ("releaseGroups",)):
        first: dict[str, Path] = {}
        for path, repository in _members(group.get("repositories"), (*at, "repositories")):
            name = repository.get("name")
            if isinstance(name, str) and name in first:
                reason = f"{quoted(name)} is in this group already, at {show_path(first[name])}"
                yield Finding((*path, "name"), reason)
            elif isinstance(name, str):
                first[name] = path


def validate_speaks_of(repository: str) -> Rule:
    """The rule that a status document speaks of the repository that it was fetched for."""

    def validate_repository(raw: Mapping[str, Any]) -> Iterator[Finding]:
        found = raw.get("repository")
        if isinstance(found, str) and found != repository:
            yield Finding(
                ("repository",),
                f"this document speaks of {quoted(found)}, and that of {quoted(repository)} was expected",
            )

    return validate_repository


PLAN_RULES: tuple[Rule, ...] = (validate_groups_are_listed, validate_repositories_stand_once)


def _members(value: object, path: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """The objects of a list with their paths; nothing of what is no list or no object."""
    for index, member in enumerate(value if isinstance(value, list) else []):
        if isinstance(member, dict):
            yield (*path, index), member


_SHAPES = {
    "string_type": "a string",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "model_type": "an object",
    "dict_type": "an object",
    "mapping_type": "an object",
}


def _sentence(model: type[BaseModel], error: ErrorDetails) -> str:
    """What the validator found, in words that know nothing of validators."""
    code, given, context = error["type"], error["input"], error.get("ctx", {})
    if code == "refused":
        return str(context["reason"])
    if code == "missing":
        return "is missing"
    if code in _SHAPES:
        null = " or null" if _may_be_null(model, error["loc"]) else ""
        return f"must be {_SHAPES[code]}{null}, not {_given(code, given)}"
    if code == "string_too_short":
        return "must not be empty"
    if code == "string_too_long":
        return f"is {len(given):,} characters long; at most {context['max_length']} are read"
    if code == "string_pattern_mismatch":
        return _unfit(given)
    bounds = {"greater_than": "gt", "greater_than_equal": "ge", "less_than_equal": "le"}
    if code in bounds:
        words = {"gt": "more than", "ge": "at least", "le": "at most"}
        return f"must be {words[bounds[code]]} {context[bounds[code]]:g}, not {given}"
    if code == "int_from_float":
        return f"must be a whole number, not {given}"
    return str(error["msg"])


def _given(code: str, given: object) -> str:
    if code == "int_type" and isinstance(given, float):
        return f"{float(given)!r}"
    return kind(given)


def _unfit(text: str) -> str:
    if any(not sign.isprintable() and sign in _LINE_BREAKERS for sign in text):
        return f"must be one line without control characters, not {quoted(text)}"
    return f"must hold something that can be seen, not {quoted(text)}"


_LINE_BREAKERS = frozenset(map(chr, [*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029]))


def _may_be_null(model: type[BaseModel], path: tuple[int | str, ...]) -> bool:
    """Whether the field at `path` takes null."""
    annotation: Any = None
    inside: type[BaseModel] | None = model
    for step in path:
        if isinstance(step, int) or inside is None:
            continue
        found = next((f for n, f in inside.model_fields.items() if step in (f.alias, n)), None)
        if found is None:
            return False
        annotation = found.annotation
        inside = next(_models(annotation), None)
    return type(None) in get_args(annotation) and not (path and isinstance(path[-1], int))


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)
