"""`convoy edit …`: the same edits as in Slack, one commit each, and what each of them causes."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.common import By, Now, Slug, Store, author, clock, fail, failures_told, iso_day, open_store
from bot.cli.terminal import say
from bot.release.suggest import closest, did_you_mean

if TYPE_CHECKING:
    from bot.release.edits import Edit
    from bot.release.folder import PlanFolder
    from bot.release.status import Status
    from bot.services.ports import Author

USAGE = {
    "set-version": ("REPO", "VERSION"),
    "set-status": ("REPO", "STATUS"),
    "add-repository": ("GROUP", "REPO", "VERSION"),
    "drop-repository": ("REPO",),
    "add-dependency": ("REPO", "NAME", "REQUIREMENT"),
    "set-packages": ("REPO", "PACKAGES"),
    "set-date": ("DATE",),
    "accept-risk": ("REPO", "CAUSE", "UNTIL", "REASON"),
}
_NULL = {
    "VERSION": "; null means that it is not decided",
    "REQUIREMENT": "; null means that any version will do",
    "PACKAGES": "; null means that tags and releases are the evidence",
}


def edit(
    slug: Slug,
    operation: Annotated[str, typer.Argument(metavar="OPERATION", help=" | ".join(USAGE))],
    arguments: Annotated[list[str] | None, typer.Argument(metavar="ARGUMENTS", help="As the operation wants.")] = None,
    new_group: Annotated[
        bool,
        typer.Option(
            "--new-group", metavar="", help="With add-repository: make the group, though another is named like it."
        ),
    ] = False,
    base: Annotated[
        str | None,
        typer.Option(
            "--base", metavar="COMMIT", help="The commit you looked at: what others changed since is not overwritten."
        ),
    ] = None,
    by: By = None,
    now: Now = None,
    store: Store = None,
) -> None:
    """Change a plan by one edit, which is one commit: set-version REPO VERSION, set-status REPO STATUS,
    add-repository GROUP REPO VERSION, drop-repository REPO, add-dependency REPO NAME REQUIREMENT,
    set-packages REPO PACKAGES, set-date DATE, accept-risk REPO CAUSE UNTIL REASON.

    A VERSION, REQUIREMENT or PACKAGES of `null` means: not decided, any, none. PACKAGES are separated by commas:
    pypi:requests,npm:@scope/name.
    """
    who, at = author(by), clock(now).now()
    change = _make(operation, arguments or [], uuid.uuid4().hex, at, who)
    from bot.cli.effects import effect, notes
    from bot.release.edits import AddRepository, Conflict

    with failures_told(store):
        plans = open_store(store)
        before = plans.read(slug).folder
        if isinstance(change, AddRepository) and not new_group:
            _refuse_slip(change.group, before)
        outcome = plans.update(slug, change, who, base)
    if isinstance(outcome, Conflict):
        fail(f"convoy: {outcome.reason}")
    if outcome.commit is None:
        say("nothing changed, no commit")
        return
    before, after = outcome.before or before, outcome.state.folder
    say(f"{change.subject()}: commit {outcome.commit[:9]}")
    say(effect(before, after, at))
    for note in notes(change, before, after):
        say(f"convoy: {note}", err=True)


def _refuse_slip(group: str, folder: "PlanFolder") -> None:
    """Exit when a group is not there but one named like it is: a slip would make a group that nobody answers for."""
    names = [g.name for g in folder.document.plan.release_groups]
    if group not in names and closest(group, names):
        fail(f"convoy: there is no group {group!r}{did_you_mean(group, names)} Give --new-group to make a new one")


def _version(text: str) -> str | None:
    return None if text in ("null", "none", "-") else text


def _packages(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in (_version(text) or "").split(",") if part.strip())


def _status(text: str) -> "Status":
    from bot.release.status import Status

    word = text.strip().upper().replace("-", "_").replace(" ", "_")
    if word not in Status.__members__:
        fail(f"convoy: {text!r} is no status{did_you_mean(text, Status.__members__)} (one of {', '.join(Status)})", 2)
    return Status(word)


def _check(operation: str, given: Sequence[str]) -> None:
    """Exit with 2 when the words cannot be an edit at all."""
    if operation not in USAGE:
        fail(f"convoy: there is no edit {operation!r}{did_you_mean(operation, USAGE)} ({', '.join(USAGE)})", 2)
    if len(given) != len(USAGE[operation]):
        fail(f"convoy: usage: convoy edit SLUG {operation} {' '.join(USAGE[operation])}", 2)
    for name, word in zip(USAGE[operation], given, strict=True):
        if not word.strip():
            fail(f"convoy: {name} must not be empty{_NULL.get(name, '')}", 2)


def _make(operation: str, given: Sequence[str], edit_id: str, at: datetime, who: "Author") -> "Edit":
    """The edit that the words on the command line ask for; exits with 2 for a word that cannot be meant."""
    from bot.release import edits

    _check(operation, given)
    match operation:
        case "set-version":
            return edits.SetVersion(edit_id, at, given[0], _version(given[1]))
        case "set-status":
            return edits.SetStatus(edit_id, at, given[0], _status(given[1]))
        case "add-repository":
            return edits.AddRepository(edit_id, at, given[0], given[1], _version(given[2]))
        case "drop-repository":
            return edits.DropRepository(edit_id, at, given[0])
        case "add-dependency":
            return edits.AddDependency(edit_id, at, given[0], given[1], _version(given[2]))
        case "set-packages":
            return edits.SetPackages(edit_id, at, given[0], _packages(given[1]))
        case "accept-risk":
            return edits.AcceptRisk(edit_id, at, given[0], given[1], iso_day(given[2]), given[3], who.name)
        case _:
            return edits.SetDate(edit_id, at, iso_day(given[0]))
