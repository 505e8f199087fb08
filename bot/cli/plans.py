"""`convoy plan …` and `convoy edit …`: the same edits as in Slack, one commit each."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.common import By, Now, Slug, Store, author, clock, fail, failures_told, iso_day, open_store, read_file
from bot.release.suggest import did_you_mean

if TYPE_CHECKING:
    from bot.release.edits import Edit
    from bot.release.plan import PlanDocument
    from bot.release.status import Status
    from bot.services.ports import Author, PlanStore

plan_app = typer.Typer(help="Start plans and list them.", no_args_is_help=True)


@plan_app.command("add")
def add(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A release_plan.json.")],
    slug: Annotated[str | None, typer.Option(help="Name in the store; by default made from releaseName.")] = None,
    by: By = None,
    now: Now = None,
    store: Store = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only; write nothing.")] = False,
) -> None:
    """Start a plan from a file; the last line printed is its slug."""
    from bot.release.edits import AddPlan, Conflict
    from bot.release.words import count

    who, at = author(by), clock(now).now()
    document = _document(file)
    with failures_told():
        plans = open_store(store)
        name = _slug(slug, document, plans)
        edit = AddPlan(document=document, id=uuid.uuid4().hex, at=at)
        taken = dry_run and name in plans.slugs()
        outcome = edit.apply(plans.read(name).folder if taken else None) if dry_run else plans.update(name, edit, who)
    if isinstance(outcome, Conflict):
        fail(f"convoy: {outcome.reason}")
    rows = list(document.plan.repositories())
    would = "would open" if dry_run else "opened"
    typer.echo(
        f"{would} {document.plan.release_name}: {count(len(rows), 'repository', 'repositories')} in "
        f"{count(len(document.plan.release_groups), 'group')}, release on {document.plan.release_date.isoformat()}",
        err=True,
    )
    typer.echo(name)


def _document(file: Path) -> "PlanDocument":
    from bot.release import documents
    from bot.release.plan import PlanDocument

    data = read_file(file, documents.PLAN_LIMIT)
    if isinstance(data, str):
        fail(f"{file}:1: {data}")
    document = documents.parse_plan(data)
    if not isinstance(document, PlanDocument):
        fail("\n".join(problem.at(str(file)) for problem in document))
    return document


def _slug(wish: str | None, document: "PlanDocument", plans: "PlanStore") -> str:
    from bot.store import slug_for

    if wish is None:
        return slug_for(document.plan.release_name, plans.slugs())
    if slug_for(wish, ()) != wish:
        better = slug_for(wish, ())
        fail(f"convoy: --slug {wish!r} must be lower-case letters, digits and hyphens, such as {better!r}", 2)
    return wish


@plan_app.command("list")
def list_plans(store: Store = None) -> None:
    """Print every plan: slug, date, status and name. One that cannot be read is named on stderr (exit code 1)."""
    from bot.services.ports import StoreError

    with failures_told():
        plans = open_store(store)
        slugs = plans.slugs()
    broken = False
    for slug in slugs:
        try:
            plan = plans.read(slug).folder.document.plan
        except StoreError as error:
            typer.echo(f"convoy: {error}", err=True)
            broken = True
        else:
            typer.echo(f"{slug}\t{plan.release_date.isoformat()}\t{plan.status.value}\t{plan.release_name}")
    if not slugs:
        typer.echo("there is no plan yet: convoy plan add FILE", err=True)
    if broken:
        raise typer.Exit(1)


def _version(text: str) -> str | None:
    return None if text in ("null", "none", "-") else text


def _status(text: str) -> "Status":
    from bot.release.status import Status

    word = text.strip().upper().replace("-", "_").replace(" ", "_")
    if word not in Status.__members__:
        fail(f"convoy: {text!r} is no status{did_you_mean(text, Status.__members__)} (one of {', '.join(Status)})", 2)
    return Status(word)


USAGE = {
    "set-version": ("REPO", "VERSION"),
    "set-status": ("REPO", "STATUS"),
    "add-repository": ("GROUP", "REPO", "VERSION"),
    "drop-repository": ("REPO",),
    "add-dependency": ("REPO", "NAME", "REQUIREMENT"),
    "set-date": ("DATE",),
    "accept-risk": ("REPO", "CAUSE", "UNTIL", "REASON"),
}


def _make(operation: str, given: Sequence[str], edit_id: str, at: datetime, who: "Author") -> "Edit":
    """The edit that the words on the command line ask for; exits with 2 for a word that cannot be meant."""
    from bot.release import edits

    if operation not in USAGE:
        fail(f"convoy: there is no edit {operation!r}{did_you_mean(operation, USAGE)} ({', '.join(USAGE)})", 2)
    if len(given) != len(USAGE[operation]):
        fail(f"convoy: usage: convoy edit SLUG {operation} {' '.join(USAGE[operation])}", 2)
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
        case "accept-risk":
            return edits.AcceptRisk(edit_id, at, given[0], given[1], iso_day(given[2]), given[3], who.name)
        case _:
            return edits.SetDate(edit_id, at, iso_day(given[0]))


def edit(
    slug: Slug,
    operation: Annotated[str, typer.Argument(metavar="OPERATION", help=" | ".join(USAGE))],
    arguments: Annotated[list[str] | None, typer.Argument(metavar="ARGUMENTS…", help="As the operation wants.")] = None,
    by: By = None,
    now: Now = None,
    store: Store = None,
) -> None:
    """Change a plan by one edit, which is one commit: set-version REPO VERSION, set-status REPO STATUS,
    add-repository GROUP REPO VERSION, drop-repository REPO, add-dependency REPO NAME REQUIREMENT, set-date DATE,
    accept-risk REPO CAUSE UNTIL REASON.

    A VERSION or REQUIREMENT of `null` means: not decided, any.
    """
    who, at = author(by), clock(now).now()
    change = _make(operation, arguments or [], uuid.uuid4().hex, at, who)
    from bot.release.edits import Conflict
    from bot.services.ports import PlanNotFoundError

    with failures_told():
        plans = open_store(store)
        known = plans.slugs()
        if slug not in known:
            raise PlanNotFoundError(slug, known)
        outcome = plans.update(slug, change, who)
    if isinstance(outcome, Conflict):
        fail(f"convoy: {outcome.reason}")
    typer.echo(f"{change.subject()}: commit {outcome.commit[:9]}" if outcome.commit else "nothing changed, no commit")
