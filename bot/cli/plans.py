"""`convoy plan …`: start plans, and list them."""

import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.common import By, Now, Store, author, clock, fail, failures_told, open_store, read_file, store_name
from bot.cli.terminal import say

if TYPE_CHECKING:
    from bot.release.plan import PlanDocument
    from bot.services.ports import PlanStore

plan_app = typer.Typer(help="Start plans and list them.", no_args_is_help=True)


@plan_app.command("add")
def add(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A release_plan.json.")],
    slug: Annotated[
        str | None,
        typer.Option("--slug", metavar="SLUG", help="Name in the store; by default made from releaseName."),
    ] = None,
    by: By = None,
    now: Now = None,
    store: Store = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", metavar="", help="Check only; write nothing.")] = False,
) -> None:
    """Start a plan from a file; the last line printed is its slug."""
    from bot.release.edits import AddPlan, Conflict
    from bot.release.words import count

    who, at = author(by), clock(now).now()
    document = _document(file)
    with failures_told(store):
        plans = _dry_store(store) if dry_run else open_store(store, create=True)
        name = _slug(slug, document.plan.release_name, _names(plans) if plans is not None else {})
        edit = AddPlan(document=document, id=uuid.uuid4().hex, at=at)
        outcome = plans.update(name, edit, who) if plans is not None and not dry_run else edit.apply(None)
    if isinstance(outcome, Conflict):  # somebody opened a plan of that slug in this very moment
        fail(f"convoy: {outcome.reason}")
    rows = list(document.plan.repositories())
    would = "would open" if dry_run else "opened"
    say(
        f"{would} {document.plan.release_name}: {count(len(rows), 'repository', 'repositories')} in "
        f"{count(len(document.plan.release_groups), 'group')}, release on {document.plan.release_date.isoformat()}",
        err=True,
    )
    say(name)


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


def _dry_store(store: str | None) -> "PlanStore | None":
    """The store, or None where there is none yet: a dry run makes nothing."""
    from bot.store.location import NoStoreError

    try:
        return open_store(store)
    except NoStoreError:
        return None


def _names(plans: "PlanStore") -> Mapping[str, str | None]:
    """The release name of every plan by its slug; None for a plan that cannot be read."""
    from bot.services.ports import StoreError

    names: dict[str, str | None] = {}
    for slug in plans.slugs():
        try:
            names[slug] = plans.read(slug).folder.document.plan.release_name
        except StoreError:  # `plan list` tells of it; it must not keep anybody from opening another one
            names[slug] = None
    return names


def _slug(wish: str | None, name: str, taken: Mapping[str, str | None]) -> str:
    """The slug for a new plan. Exits when it is taken, and when a plan of that very name is there already."""
    from bot.store import slug_for

    if wish is None:
        there = next((slug for slug, known in taken.items() if known == name), None)
        if there is not None:
            fail(f"convoy: a plan named {name!r} is there already as {there}; pass --slug SLUG to open another one")
        return slug_for(name, tuple(taken))
    if slug_for(wish, ()) != wish:
        better = slug_for(wish, ())
        fail(f"convoy: --slug {wish!r} must be lower-case letters, digits and hyphens, such as {better!r}", 2)
    if wish in taken:
        holder = f"the plan {taken[wish]!r}" if taken[wish] is not None else "a plan that cannot be read"
        fail(
            f"convoy: the slug {wish} is taken by {holder}; nothing was changed. "
            f"Change that plan with `convoy edit {wish} …`, or pass another --slug"
        )
    return wish


@plan_app.command("list")
def list_plans(store: Store = None) -> None:
    """Print every plan: slug, date, status and name. One that cannot be read is named on stderr (exit code 1)."""
    from bot.services.ports import StoreError

    with failures_told(store):
        plans = open_store(store)
        slugs = plans.slugs()
    broken = False
    for slug in slugs:
        try:
            plan = plans.read(slug).folder.document.plan
        except StoreError as error:
            say(f"convoy: {error}", err=True)
            broken = True
        else:
            say(f"{slug}\t{plan.release_date.isoformat()}\t{plan.status.value}\t{plan.release_name}")
    if not slugs:
        say(f"there is no plan yet in {store_name(store)}: convoy plan add FILE", err=True)
    if broken:
        raise typer.Exit(1)
