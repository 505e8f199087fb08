"""`convoy status`: who waits on what, as a table or as JSON."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.cli.common import Now, Slug, Store, clock, end_of, failures_told, iso_day, moment, open_store
from bot.release import readiness
from bot.release.assessment import Assessment, DependencyVerdict, RepositoryHealth, RootCause
from bot.release.status import Verdict
from bot.release.words import countdown


def status(
    slug: Slug,
    at: Annotated[str | None, typer.Option("--at", metavar="DATE", help="As it stood at the end of that day.")] = None,
    now: Now = None,
    store: Store = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Show how a plan stands: every repository, what it waits on, and the root causes."""
    with failures_told():
        day = iso_day(at) if at is not None else None
        state = open_store(store).read(slug, at=end_of(day) if day is not None else None)
        when = moment(now) or (end_of(day) if day is not None else clock(None).now())
        assessment = readiness.evaluate(state.folder, when)
        if state.bad_head is not None:
            bad = state.bad_head
            first = bad.problems[0].at("release_plan.json") if bad.problems else "unreadable"
            typer.echo(
                f"convoy: commit {bad.commit[:9]} by {bad.author} broke this plan ({first}); "
                f"commit {state.commit[:9]} stays in force",
                err=True,
            )
        if as_json:
            typer.echo(json.dumps(as_data(slug, state.commit, assessment), indent=2, ensure_ascii=False))
        else:
            _print_table(slug, state.commit, assessment)


def as_data(slug: str, commit: str, assessment: Assessment) -> Mapping[str, Any]:
    """The assessment as plain JSON data, with the field names that the README documents."""
    return {
        "plan": slug,
        "commit": commit,
        "asOf": assessment.now.isoformat().replace("+00:00", "Z"),
        "releaseDate": assessment.plan.release_date.isoformat(),
        "repositories": [_repository(r) for r in assessment.repositories],
        "rootCauses": [_cause(c) for c in assessment.root_causes],
    }


def _repository(health: RepositoryHealth) -> Mapping[str, Any]:
    return {
        "name": health.name,
        "group": health.group,
        "lead": health.lead,
        "version": health.version,
        "status": health.status.value,
        "stale": health.stale,
        "byHand": health.by_hand,
        "updatedAt": health.updated_at.isoformat() if health.updated_at else None,
        "contradictions": list(health.contradictions),
        "dependencies": [_dependency(d) for d in health.dependencies],
    }


def _dependency(dependency: DependencyVerdict) -> Mapping[str, Any]:
    return {
        "name": dependency.name,
        "requirement": dependency.requirement,
        "verdict": dependency.verdict.value,
        "reason": dependency.reason,
        "rootCauses": list(dependency.root_causes),
        "path": list(dependency.path),
        "evidence": dependency.evidence,
    }


def _cause(cause: RootCause) -> Mapping[str, Any]:
    return {
        "name": cause.name,
        "version": cause.version,
        "status": cause.status.value,
        "verdict": cause.verdict.value,
        "owner": cause.owner,
        "blocks": len(cause.blocks),
        "captains": list(cause.captains),
        "blockedRepositories": list(cause.blocks),
        "members": list(cause.members),
    }


def _print_table(slug: str, commit: str, assessment: Assessment) -> None:
    console = Console()
    plan = assessment.plan
    console.print(
        f"[bold]{escape(plan.release_name)}[/bold]: {countdown(assessment.days_left)} "
        f"({plan.release_date.isoformat()}), plan {slug}, commit {commit[:9]}"
    )
    table = Table("Repository", "Version", "Status", "Waits on")
    group = None
    for health in assessment.repositories:
        if health.group != group:
            group = health.group
            table.add_section()
            table.add_row(f"[bold]{escape(group)}[/bold]", "", "", f"[dim]{escape(health.lead or 'no captain')}[/dim]")
        marks = [m for m, on in (("by hand", health.by_hand), ("stale", health.stale)) if on]
        shown = health.status.value + (f" ({', '.join(marks)})" if marks else "")
        open_ones = [d for d in health.dependencies if d.verdict is not Verdict.READY]
        waits = [f"{d.name} {d.requirement or ''} {d.verdict.value}" for d in open_ones]
        table.add_row(escape(health.name), escape(health.version or "not decided"), shown, escape("\n".join(waits)))
    console.print(table)
    for cause in assessment.root_causes:
        owner = f" ({cause.owner})" if cause.owner else ""
        console.print(
            escape(
                f"{cause.verdict.value}: finish {cause.name} {cause.version or ''}{owner}: "
                f"{len(cause.blocks)} waiting, captains {', '.join(cause.captains) or 'none named'}"
            )
        )
