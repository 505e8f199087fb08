"""`convoy status`: who waits on what, as a table or as JSON."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.common import Now, Slug, Store
from bot.cli.looking import At, look
from bot.cli.status_data import as_data
from bot.cli.terminal import say_json, shown

if TYPE_CHECKING:
    from bot.release.assessment import Assessment, DependencyVerdict, RepositoryHealth

_WIDE = 160
"""Columns of the table where nobody says how wide the terminal is (a file, a pipe): names stay whole."""


def status(
    slug: Slug,
    at: At = None,
    now: Now = None,
    store: Store = None,
    verbose: Annotated[
        bool,
        typer.Option("--verbose", "-v", metavar="", help="Also what is ready, and what each verdict rests on."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", metavar="", help="Print JSON instead of a table.")] = False,
) -> None:
    """Show how a plan stands: every repository, what it waits on, and the root causes."""
    seen = look(slug, at, now, store)
    assessment = seen.assessment
    if as_json:
        from bot.release.dates import dates

        ahead = dates(seen.state.folder, assessment.now)
        say_json(as_data(slug, seen.state.commit, assessment, ahead, seen.past()))
    else:
        _print_table(slug, seen.state.commit, assessment, verbose=verbose)


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
