"""Every `/release` command, once. The parser, `/release help`, the README's table, the manifest's usage hint and the
permissions are all driven by this table; a command that is not in it does not exist.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from bot.release.moments import FORMS, Said

SLASH = "/release"


class Role(StrEnum):
    """Who may use a command. Whoever is unknown has no role at all."""

    MEMBER = "anyone in the workspace"


@dataclass(frozen=True)
class Asked:
    """What a person asked for, understood. One variant for each command."""


@dataclass(frozen=True)
class ShowStatus(Asked):
    """How a plan stands, now, at the end of a day, or at a moment."""

    plan: str | None = None
    as_of: Said | None = None


@dataclass(frozen=True)
class ShowRisks(Asked):
    """What is at risk, of all captains or only of the one who asks."""

    plan: str | None = None
    mine: bool = False


@dataclass(frozen=True)
class ShowWhy(Asked):
    """What blocks one repository."""

    repository: str
    plan: str | None = None


@dataclass(frozen=True)
class ShowImpact(Asked):
    """Who waits on one repository, and what it would do if it came so much later, or on that day."""

    repository: str
    slip: timedelta | date | None = None
    plan: str | None = None


@dataclass(frozen=True)
class ShowDiff(Asked):
    """What changed: since a day, a moment, or a commit."""

    plan: str | None = None
    since: Said | str | None = None


@dataclass(frozen=True)
class ShowTimeline(Asked):
    """What happened to one repository."""

    repository: str
    plan: str | None = None


@dataclass(frozen=True)
class ShowTrend(Asked):
    """Ready against scope, day by day."""

    plan: str | None = None


@dataclass(frozen=True)
class ShowPlans(Asked):
    """Which plans there are."""


@dataclass(frozen=True)
class RunPass(Asked):
    """A tracking pass now."""

    plan: str | None = None


@dataclass(frozen=True)
class ShowHelp(Asked):
    """All commands, or one of them."""

    command: str | None = None


class Kind(StrEnum):
    """How an argument is read."""

    NAME = "name"  # one word, or several in quotes
    MOMENT = "moment"  # a point in time, after its keyword or known by its looks
    SINCE = "since"  # the same; after its keyword also a commit
    FLAG = "flag"  # its keyword, or not
    SLIP = "slip"  # +5d, 2 weeks or YYYY-MM-DD, known by its looks
    COMMAND = "command"  # the name of a command


@dataclass(frozen=True)
class Argument:
    """One argument: `field` of the variant that it fills, `hint` as people read it, `keyword` that announces it."""

    field: str
    hint: str
    kind: Kind = Kind.NAME
    keyword: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True)
class Command:
    """One row of the table. `asks` makes the variant from the arguments' fields.

    `changes`: it does something that doing twice is not the same as once.
    """

    name: str
    doc: str
    example: str
    asks: Callable[..., Asked]
    arguments: tuple[Argument, ...] = ()
    role: Role = Role.MEMBER
    changes: bool = False

    @property
    def usage(self) -> str:
        """Name and arguments, such as `status [plan] [as of DATE]`."""
        return " ".join([self.name, *(a.hint for a in self.arguments)])


PLAN = Argument("plan", "[plan]")

COMMANDS: tuple[Command, ...] = (
    Command(
        "status",
        f"How the release stands: countdown, health per group, what holds it up, and how fresh that is; as of: {FORMS}",
        "status as of 2026-03-01",
        ShowStatus,
        (PLAN, Argument("as_of", "[as of WHEN]", Kind.MOMENT, ("as", "of"))),
    ),
    Command(
        "risks",
        "What is at risk, folded by root cause: who owns it and what it blocks",
        "risks mine",
        ShowRisks,
        (PLAN, Argument("mine", "[mine]", Kind.FLAG, ("mine",))),
    ),
    Command(
        "why",
        "The path that blocks one repository, and what to do about it",
        "why summit-app",
        ShowWhy,
        (Argument("repository", "REPO", required=True), PLAN),
    ),
    Command(
        "impact",
        "Who waits on one repository, and who would be late, by how much, if it slipped; nothing is written",
        "impact summit-app +5d",
        ShowImpact,
        (
            Argument("repository", "REPO", required=True),
            Argument("slip", "[+5d or DATE]", Kind.SLIP),
            PLAN,
        ),
    ),
    Command(
        "diff",
        f"What changed since then, by whom and when: {FORMS}, or a commit; a week when nothing is said",
        "diff 3d",
        ShowDiff,
        (PLAN, Argument("since", "[since WHEN]", Kind.SINCE, ("since",))),
    ),
    Command(
        "timeline",
        "Everything that happened to one repository, step by step",
        "timeline summit-app",
        ShowTimeline,
        (Argument("repository", "REPO", required=True), PLAN),
    ),
    Command(
        "trend",
        "Ready against scope, day by day: the numbers here, the picture in your direct messages",
        "trend",
        ShowTrend,
        (PLAN,),
    ),
    Command("plans", "All plans, with date and health", "plans", ShowPlans),
    Command(
        "refresh",
        "Read every repository's status now instead of at the next pass",
        "refresh",
        RunPass,
        (PLAN,),
        changes=True,
    ),
    Command(
        "help",
        "All commands, or one with an example",
        "help status",
        ShowHelp,
        (Argument("command", "[command]", Kind.COMMAND),),
    ),
)

BY_NAME = {command.name: command for command in COMMANDS}


def command_of(asked: Asked) -> Command:
    """The row that `asked` is a variant of."""
    return next(command for command in COMMANDS if command.asks is type(asked))


def usage_hint() -> str:
    """What Slack shows while somebody types the command (manifest.yml)."""
    return " | ".join(command.usage for command in COMMANDS)


def markdown_table() -> str:
    """The table of the README, as Markdown: command, what it answers, example, who may."""
    rows = ["| command | answer | example | who |", "| --- | --- | --- | --- |"]
    rows += [f"| `{SLASH} {c.usage}` | {c.doc} | `{SLASH} {c.example}` | {c.role} |" for c in COMMANDS]
    return "\n".join(rows) + "\n"
