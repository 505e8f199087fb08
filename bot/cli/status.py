"""`convoy status`: who waits on what, as a table or as JSON."""

import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.ahead import dated_data, forecast_data, past_of
from bot.cli.common import Now, Slug, Store, clock, fail, failures_told, open_store, said
from bot.cli.terminal import say, say_json, shown

if TYPE_CHECKING:
    from bot.release.assessment import Assessment, DependencyVerdict, RepositoryHealth
    from bot.release.dates import Dates
    from bot.release.experience import Experience
    from bot.release.moments import Said
    from bot.release.outline import Cause
    from bot.release.plan import Waiver
    from bot.services.ports import PlanState, PlanStore

_WIDE = 160
"""Columns of the table where nobody says how wide the terminal is (a file, a pipe): names stay whole."""


def status(
    slug: Slug,
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="WHEN",
            help="As it stood and was judged then: 2026-03-01, 3d, yesterday, 'last friday' (the day's end in the "
            "plan's zone), 12h, or 2026-03-01T12:00Z. With it, --now only says what today is.",
        ),
    ] = None,
    now: Now = None,
    store: Store = None,
    verbose: Annotated[
        bool,
        typer.Option("--verbose", "-v", metavar="", help="Also what is ready, and what each verdict rests on."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", metavar="", help="Print JSON instead of a table.")] = False,
) -> None:
    """Show how a plan stands: every repository, what it waits on, and the root causes."""
    asked, at_last = said(at, "--at") if at is not None else None, clock(now).now()
    from bot.release import readiness

    with failures_told(store):
        plans = open_store(store)
        state = plans.read(slug)
        if asked is not None:
            at_last = _moment(asked, at_last, state.folder.document.plan.timezone)
            state = plans.read(slug, at=at_last)
    assessment = readiness.evaluate(state.folder, at_last)
    _warn(state)
    if as_json:
        from bot.release.dates import dates

        ahead = dates(state.folder, at_last)
        data = as_data(slug, state.commit, assessment, ahead, _past(plans, store, at_last))
        say_json(data)
    else:
        _print_table(slug, state.commit, assessment, verbose=verbose)


def _moment(asked: "Said", now: datetime, zone: str) -> datetime:
    from bot.release.moments import until_when

    found = until_when(asked, now, zone)
    return found if isinstance(found, datetime) else fail(f"convoy: {found.reason}")


def _warn(state: "PlanState") -> None:
    bad = state.bad_head
    if bad is None:
        return
    first = bad.problems[0].at("release_plan.json") if bad.problems else "unreadable"
    kept = bool(bad.problems) and all(problem.file for problem in bad.problems)
    stays = "the last good version of that file" if kept else f"commit {state.commit[:9]}"
    what = "a file of this plan" if kept else "this plan"
    say(f"convoy: commit {bad.commit[:9]} by {bad.author} broke {what} ({first}); {stays} stays in force", err=True)


def _past(plans: "PlanStore", location: str | None, until: datetime) -> "Experience | None":
    """What forecasts rest on; where it cannot be read that is said, and how the plan stands is shown all the same."""
    from bot.services.ports import StoreError

    try:
        return past_of(plans, location, until)
    except StoreError as error:
        say(f"convoy: no forecast, the history cannot be read: {error}", err=True)
        return None


def as_data(
    slug: str, commit: str, assessment: "Assessment", ahead: "Dates", experience: "Experience | None" = None
) -> Mapping[str, Any]:
    """The assessment with its dates as plain JSON data, with the field names that the docs tell."""
    from bot.release import outline

    repositories = [
        {
            **_repository(health),
            "dates": dated_data(dated),
            "forecast": forecast_data(experience.forecast(slug, health, assessment)) if experience else None,
        }
        for health, dated in zip(assessment.repositories, ahead.repositories, strict=True)
    ]
    return {
        "plan": slug,
        "commit": commit,
        "asOf": _iso(assessment.now),
        "releaseDate": assessment.plan.release_date.isoformat(),
        "repositories": repositories,
        "rootCauses": [_cause(c) for c in outline.causes(assessment)],
    }


def _iso(when: datetime | None) -> str | None:
    return when.isoformat().replace("+00:00", "Z") if when is not None else None


def _repository(health: "RepositoryHealth") -> Mapping[str, Any]:
    return {
        "name": health.name,
        "group": health.group,
        "lead": health.lead,
        "version": health.version,
        "status": health.status.value,
        "stale": health.stale,
        "byHand": health.by_hand,
        "updatedAt": _iso(health.updated_at),
        "contradictions": list(health.contradictions),
        "dependencies": [_dependency(d) for d in health.dependencies],
    }


def _dependency(dependency: "DependencyVerdict") -> Mapping[str, Any]:
    return {
        "name": dependency.name,
        "requirement": dependency.requirement,
        "verdict": dependency.verdict.value,
        "reason": dependency.reason,
        "rootCauses": list(dependency.root_causes),
        "path": list(dependency.path),
        "evidence": dependency.evidence,
        "accepted": [_waiver(w) for w in dependency.accepted],
        "lapsed": [{**_waiver(lapse.waiver), "because": lapse.because} for lapse in dependency.lapsed],
    }


def _waiver(waiver: "Waiver") -> Mapping[str, Any]:
    return {
        "cause": waiver.cause,
        "until": waiver.until.isoformat(),
        "reason": waiver.reason,
        "acceptedBy": waiver.accepted_by,
    }


def _cause(found: "Cause") -> Mapping[str, Any]:
    cause = found.root
    return {
        "name": cause.name,
        "version": cause.version,
        "status": cause.status.value,
        "verdict": cause.verdict.value,
        "owner": cause.owner,
        "blocks": len(cause.blocks),
        "captains": list(cause.captains),
        "blockedRepositories": list(cause.blocks),
        "freedCaptains": list(found.freed_captains),
        "freedRepositories": list(found.freed),
        "members": list(cause.members),
        "accepted": [{"repository": name, **_waiver(waiver)} for name, waiver in found.accepted],
    }


def _print_table(slug: str, commit: str, assessment: "Assessment", *, verbose: bool) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from bot.cli.cause_lines import cause_lines
    from bot.release import outline
    from bot.release.words import countdown

    console = Console(highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console = Console(highlight=False, width=_WIDE)
    plan = assessment.plan
    console.print(
        f"[bold]{escape(shown(plan.release_name))}[/bold]: {countdown(assessment.days_left)} "
        f"({plan.release_date.isoformat()}), plan {slug}, commit {commit[:9]}"
    )
    table = Table("Repository", "Version", "Status", "Waits on")
    group = None
    for health in assessment.repositories:
        if health.group != group:
            group = health.group
            table.add_section()
            table.add_row(
                f"[bold]{escape(shown(group))}[/bold]",
                "",
                "",
                f"[dim]{escape(shown(health.lead or 'no captain'))}[/dim]",
            )
        table.add_row(*(escape(cell) for cell in _cells(health, verbose=verbose)))
    console.print(table)
    for cause in outline.causes(assessment):
        for line in cause_lines(cause):
            console.print(escape(shown(line)), soft_wrap=True)
    for line in _contradictions(assessment):
        console.print(escape(shown(line)), soft_wrap=True)


def _contradictions(assessment: "Assessment") -> Iterator[str]:
    from bot.release import outline
    from bot.release.words import sentence

    for _, found in outline.contradictions(assessment):
        yield f"contradiction: {sentence(found)}"


def _cells(health: "RepositoryHealth", *, verbose: bool) -> tuple[str, str, str, str]:
    from bot.release.status import Verdict
    from bot.release.words import label, span

    marks = ["by hand"] if health.by_hand else []
    if health.stale:
        marks.append(f"stale, {span(health.age)} old" if health.age else "stale")  # none: dated in the future
    status = health.status.value + (f" ({', '.join(marks)})" if marks else "")
    told = [d for d in health.dependencies if verbose or d.verdict is not Verdict.READY]
    rests = {d.name: f" ({d.evidence})" if verbose and d.evidence else "" for d in told}
    waits = "\n".join(
        shown(f"{label(d.name, d.requirement)} {d.verdict.value}{_until(d)}{rests[d.name]}") for d in told
    )
    return shown(health.name), shown(health.version or "not decided"), status, waits


def _until(dependency: "DependencyVerdict") -> str:
    """` (accepted by Ana until 2026-03-20)`; why is told with the root cause."""
    told = [
        f" (risk accepted{f' by {w.accepted_by}' if w.accepted_by else ''} until {w.until.isoformat()})"
        for w in dependency.accepted
    ]
    return "".join(told[:1])
