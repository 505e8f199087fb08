"""The release plan as people and Convoy write it (`release_plan.json`, schema v1).

Two views of one file: `PlanDocument.raw` is the JSON as it stood, in its own key order and with the fields that people
added; `PlanDocument.plan` is the typed, validated reading of it. Edits change `raw`, everything else reads `plan`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, ValidatorFunctionWrapHandler, WrapValidator
from pydantic.alias_generators import to_camel

from bot.release.fields import (
    CalendarDay,
    ClockTime,
    FormatVersion,
    Line,
    Name,
    Organisation,
    PackageName,
    PlanStatusWord,
    Several,
    StatusWord,
    VerdictWord,
    VersionText,
    Weekdays,
    Zone,
    field_title,
)
from bot.release.status import PlanStatus, Status

_UNTOLD: set[str] = set()


class Document(BaseModel):
    """Base of every model: frozen, strict about types, camelCase in JSON, unknown fields kept out of the way."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="ignore",
        alias_generator=to_camel,
        populate_by_name=True,
        allow_inf_nan=False,
        field_title_generator=field_title,
    )

    def model_post_init(self, context: Any, /) -> None:  # noqa: ARG002 - pydantic's own signature
        """Forget which fields were set: nobody asks, and a set for each of 60,000 models is a tenth of their memory."""
        object.__setattr__(self, "__pydantic_fields_set__", _UNTOLD)


class Dependency(Document):
    """One thing a repository needs. `version` is a requirement: bare means "this or newer"; null means any."""

    name: Name
    version: VersionText | None = None
    need_by: CalendarDay | None = None


def _shared(value: Any, validate: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Dependency:
    """One object for all dependencies of a document that say the same, if its reading has a `context` to keep them in.

    A plan with 50,000 dependencies has 10,000 different ones.
    """
    known: dict[tuple[Any, ...], Dependency] | None = info.context
    if known is None or type(value) is not dict:
        return validate(value)  # type: ignore[no-any-return]
    said = (value.get("name"), value.get("version"), value.get("needBy"))
    try:
        found = known.get(said)
    except TypeError:  # a list or an object, which is refused
        found = None
    if found is None:
        found = known[said] = validate(value)
    return found


class Waiver(Document):
    """A risk somebody accepted, with a reason and an end: it silences `cause` for `captain` up to the day `until`.

    Without a `captain` it holds for whoever leads the group. The other fields say how things stood then, and when they
    get worse the waiver no longer holds: the cause's own `status` and `eta`, the `verdict` with which the repository
    met it, the day it was `wanted_by`. `members`: the circle that the cause was.
    """

    cause: Name
    captain: Name | None = None
    until: CalendarDay
    reason: str = ""
    accepted_by: str = ""
    status: StatusWord | None = None
    verdict: VerdictWord | None = None
    eta: CalendarDay | None = None
    wanted_by: CalendarDay | None = None
    members: Several[Name] = ()


class Repository(Document):
    """One repository of the train and the version that the train ships of it (null: not decided yet).

    `packages`: what it is published as (`pypi:requests`); a version is out when every one of them has it.
    """

    name: Name
    version: VersionText | None = None
    status: StatusWord = Status.UNKNOWN
    dependencies: Several[Annotated[Dependency, WrapValidator(_shared)]] = ()
    source: Line | None = None
    tag_prefix: Line | None = None
    packages: Annotated[Several[PackageName], Field(max_length=20)] = ()
    eta: CalendarDay | None = None
    waivers: Several[Waiver] = ()


class Group(Document):
    """Repositories under one release captain (`lead`; null or empty when nobody answers for them yet)."""

    name: Name
    lead: Line | None = None
    repositories: Several[Repository] = ()


class Milestone(Document):
    """A named date on the way, such as a code freeze."""

    name: Name
    date: CalendarDay


class DigestSchedule(Document):
    """When the digest goes out, in the plan's own zone: `at` is HH:MM, `days` is `mon-fri` or a list of day names."""

    at: ClockTime = "09:00"
    days: Weekdays = "mon-fri"
    enabled: bool = True


class Plan(Document):
    """A release train: groups of repositories that ship together on `release_date`.

    `organisation`: where repositories that name no source are, each under its own name (`github:acme`).
    """

    release_name: Name
    release_date: CalendarDay
    status: PlanStatusWord = PlanStatus.PLANNING
    release_groups: Several[Group] = ()
    schema_version: FormatVersion = "1.0"
    lead: Line | None = None
    channel: Line | None = None
    organisation: Organisation | None = None
    timezone: Zone = "UTC"
    digest: DigestSchedule = DigestSchedule()
    milestones: Several[Milestone] = ()
    alert_window_days: Annotated[int, Field(ge=0, le=3650)] = 14
    stale_after_hours: Annotated[int, Field(ge=1, le=87600)] = 168

    def repositories(self) -> Iterator[tuple[Group, Repository]]:
        """Every repository with its group, in the order of the file."""
        for group in self.release_groups:
            for repository in group.repositories:
                yield group, repository

    def find(self, name: str) -> tuple[Group, Repository] | None:
        """The first repository of that exact name with its group, or None."""
        return next((pair for pair in self.repositories() if pair[1].name == name), None)


@dataclass(frozen=True)
class PlanDocument:
    """One plan file: the JSON as it stood (`raw`, never mutated) and the typed reading of it (`plan`)."""

    raw: Mapping[str, Any]
    plan: Plan


@dataclass(frozen=True)
class Problem:
    """Why an input was refused. `line` counts from 1; 0 where no line can be named (the file is not text).

    `file`: which of several files it is in; empty where there is only one that can be meant.
    """

    line: int
    reason: str
    path: str = ""
    file: str = ""

    def at(self, file: str) -> str:
        """`FILE:LINE: reason`, as compilers print it. `file` is told where the problem does not know better."""
        return f"{self.file or file}:{max(self.line, 1)}: {self.reason}"

    @property
    def place(self) -> str:
        """`line 3`, or `tracking.json, line 3`."""
        return f"{self.file}, line {max(self.line, 1)}" if self.file else f"line {max(self.line, 1)}"


SchemaName = Literal["plan", "ga-status"]
Moment = datetime
