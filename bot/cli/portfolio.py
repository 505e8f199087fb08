"""`portfolio-release-plan`: the script of the process document, for CI on a schedule. No Slack, no store, no database.

It reads a plan file, ingests the status documents, writes `release_plan.json` and `RELEASE_PLAN.md`, and says what
changed. What it must remember between runs (the last accepted documents, since when things are as they are) lies beside
them in the same layout as a plan's folder in the store.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.common import Now, clock, fail, read_file
from bot.cli.news import in_words
from bot.release import documents, readiness
from bot.release.assessment import Assessment
from bot.release.edits import Conflict
from bot.release.folder import FeedState, PlanFolder
from bot.release.history import changes
from bot.release.passes import RecordPass
from bot.release.plan import PlanDocument
from bot.release.status import Status, Verdict
from bot.services.tracking import observe, wanted

DEFAULT_OUT = Path("artifacts/release/portfolio")
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def portfolio_release_plan(
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="The release_plan.json that people keep.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the results go.")] = DEFAULT_OUT,
    reports: Annotated[
        Path | None, typer.Option("--reports", metavar="DIR", help="Reads DIR/<repository>/ga_status.json.")
    ] = None,
    now: Now = None,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with 1 when something is at risk, mismatched or blocked.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change; write nothing.")] = False,
) -> None:
    """Generate and update release_plan.json and RELEASE_PLAN.md from a plan and the status documents."""
    document = _read_plan(plan)
    if reports is not None and not reports.is_dir():
        fail(f"portfolio-release-plan: --reports {reports}: there is no such directory", 2)
    moment = clock(now).now()
    previous = _previous(out)
    before = PlanFolder(document) if previous is None else replace(previous, document=document)
    after, refused = _run_pass(before, moment, reports, plan.parent)
    assessment = readiness.evaluate(after, moment)
    for name, reason in sorted(refused.items()):
        typer.echo(f"{name}: {reason}; the last good document stays in force", err=True)
    _say(assessment, readiness.evaluate(previous or before, moment))
    if not dry_run:
        _write(out, after, moment)
        typer.echo(f"wrote {out / 'release_plan.json'} and {out / 'RELEASE_PLAN.md'}")
    if exit_code and _risky(assessment):
        raise typer.Exit(1)


def _read_plan(path: Path) -> PlanDocument:
    data = read_file(path, documents.PLAN_LIMIT)
    if isinstance(data, str):
        fail(f"{path}:1: {data}", 2)
    document = documents.parse_plan(data)
    if not isinstance(document, PlanDocument):
        fail("\n".join(problem.at(str(path)) for problem in document), 2)
    return document


def _previous(out: Path) -> PlanFolder | None:
    """The results of the run before; None when there are none, or people broke them: then they are made anew."""
    from bot.store import directory

    try:
        return directory.load(out)
    except OSError as error:
        fail(f"portfolio-release-plan: cannot read {out}: {error.strerror or error}", 2)


def _run_pass(
    before: PlanFolder, moment: datetime, reports: Path | None, base: Path
) -> tuple[PlanFolder, Mapping[str, str]]:
    from bot.sources import Sources

    source = Sources(reports, allow_paths=True, base=base)
    observations = observe(asyncio.run(source.collect(wanted(before.document.plan))))
    after = RecordPass(observations, "portfolio", moment).apply(before)
    if isinstance(after, Conflict):
        fail(f"portfolio-release-plan: {after.reason}")
    unread = (FeedState.REFUSED, FeedState.UNREACHABLE)
    return after, {name: o.reason for name, o in observations.items() if o.feed in unread}


def _say(after: Assessment, before: Assessment) -> None:
    lines = [in_words(change) for change in changes(before, after)]
    for line in lines or ["nothing changed"]:
        typer.echo(line)
    for cause in after.root_causes:
        if cause.verdict in (Verdict.AT_RISK, Verdict.MISMATCH):
            typer.echo(f"at risk: {cause.name} {cause.version or ''} holds up {', '.join(cause.blocks)}")


def _risky(assessment: Assessment) -> bool:
    trouble = (Status.AT_RISK, Status.BLOCKED)
    return any(
        r.status in trouble or any(d.verdict in (Verdict.AT_RISK, Verdict.MISMATCH) for d in r.dependencies)
        for r in assessment.repositories
        if not r.settled
    )


def _write(out: Path, folder: PlanFolder, moment: datetime) -> None:
    from bot.app import render_dashboard
    from bot.store import directory

    try:
        directory.save(out, folder, render_dashboard("portfolio", folder, moment))
    except OSError as error:
        fail(f"portfolio-release-plan: cannot write to {out}: {error.strerror or error}")


def main() -> None:
    """The `portfolio-release-plan` command."""
    app()
