"""`portfolio-release-plan`: the script of the process document, for CI on a schedule. No Slack, no store, no database.

It reads a plan file, ingests the status documents, writes `release_plan.json` and `RELEASE_PLAN.md`, and says what
changed. What it must remember between runs (the last accepted documents, since when things are as they are) lies beside
them in the same layout as a plan's folder in the store.
"""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.common import Now, clock, fail, forgiving_output, read_file
from bot.cli.terminal import say

if TYPE_CHECKING:
    from bot.release.assessment import Assessment
    from bot.release.folder import PlanFolder
    from bot.release.plan import PlanDocument
    from bot.store.directory import Remembered

DEFAULT_OUT = Path("artifacts/release/portfolio")
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def portfolio_release_plan(
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="The release_plan.json that people keep.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the results go.")] = DEFAULT_OUT,
    reports: Annotated[
        Path | None,
        typer.Option("--reports", metavar="DIR", help="Reads ga_status.json and tags.txt in DIR/<repository>."),
    ] = None,
    now: Now = None,
    exit_code: Annotated[
        bool,
        typer.Option("--exit-code", metavar="", help="Exit with 1 when something is at risk, mismatched or blocked."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", metavar="", help="Say what would change; write nothing.")
    ] = False,
) -> None:
    """Generate and update release_plan.json and RELEASE_PLAN.md from a plan and the status documents."""
    moment = clock(now).now()
    document = _read_plan(plan)
    if reports is not None and not reports.is_dir():
        fail(f"portfolio-release-plan: --reports {reports}: there is no such directory", 2)
    from bot.release import readiness
    from bot.release.folder import PlanFolder

    left = _previous(out)
    for problem in left.problems:
        say(f"{problem}; it is made anew", err=True)
    before = PlanFolder(document, left.reports, left.tracking, left.published)
    previous = None if left.document is None else replace(before, document=left.document)
    after, complaints = _run_pass(before, moment, reports, plan.parent)
    assessment = readiness.evaluate(after, moment)
    for line in complaints:
        say(line, err=True)
    for line in _news(assessment, readiness.evaluate(previous or before, moment), first=previous is None):
        say(line)
    if not dry_run:
        wrote = _write(out, after, moment)
        files = f"{out / 'release_plan.json'} and {out / 'RELEASE_PLAN.md'}"
        say(f"wrote {files}" if wrote else f"{files} are as they should be, nothing was written")
    if exit_code and _risky(assessment):
        raise typer.Exit(1)


def _read_plan(path: Path) -> "PlanDocument":
    from bot.release import documents
    from bot.release.plan import PlanDocument

    data = read_file(path, documents.PLAN_LIMIT)
    if isinstance(data, str):
        fail(f"{path}:1: {data}", 2)
    document = documents.parse_plan(data)
    if not isinstance(document, PlanDocument):
        fail("\n".join(problem.at(str(path)) for problem in document), 2)
    return document


def _previous(out: Path) -> "Remembered":
    """What the run before left. What people broke is made anew; the last good documents are kept whatever happens."""
    from bot.store import directory

    try:
        return directory.load(out)
    except OSError as error:
        fail(f"portfolio-release-plan: cannot read {out}: {error.strerror or error}", 2)


def _run_pass(
    before: "PlanFolder", moment: datetime, reports: Path | None, base: Path
) -> "tuple[PlanFolder, list[str]]":
    """The plan after a pass, and a line for everything that was not read."""
    from bot.app import command_line_sources
    from bot.cli import news
    from bot.release.edits import Conflict
    from bot.release.passes import RecordPass
    from bot.services.tracking import listed, not_listed, not_read, observe, wanted
    from bot.settings import SettingsError

    try:
        source = command_line_sources(reports, base)
    except SettingsError as error:
        fail(f"portfolio-release-plan: {error}", 2)
    asked = wanted(before.document.plan)
    answers = asyncio.run(source.collect(asked))
    observations = observe(answers)
    after = RecordPass(observations, "portfolio", moment, listed(asked, answers, moment)).apply(before)
    if isinstance(after, Conflict):
        fail(f"portfolio-release-plan: {after.reason}")
    unread = news.not_read(not_read(observations, after), after, moment)
    return after, [*unread, *news.not_listed(not_listed(answers))]


def _news(after: "Assessment", before: "Assessment", *, first: bool) -> Iterator[str]:
    """What changed since the last run (the first one: what the documents say of the plan), and what is at risk."""
    from bot.cli.news import in_words
    from bot.release.history import changes
    from bot.release.status import Verdict
    from bot.release.words import VERDICT, count, label

    lines = [in_words(change) for change in changes(before, after)]
    if first:
        rows = count(len(after.repositories), "repository")
        yield f"first results of {after.plan.release_name}: {rows}, release on {after.plan.release_date.isoformat()}"
    yield from lines or ([] if first else ["nothing changed"])
    for cause in after.root_causes:
        if cause.verdict in (Verdict.AT_RISK, Verdict.MISMATCH):
            held = ", ".join(cause.blocks)
            yield f"{VERDICT[cause.verdict].word}: {label(cause.name, cause.version)} holds up {held}"


def _risky(assessment: "Assessment") -> bool:
    from bot.release.status import Status, Verdict

    trouble = (Status.AT_RISK, Status.BLOCKED)
    return any(
        r.status in trouble or any(d.verdict in (Verdict.AT_RISK, Verdict.MISMATCH) for d in r.dependencies)
        for r in assessment.repositories
        if not r.settled
    )


def _write(out: Path, folder: "PlanFolder", moment: datetime) -> bool:
    """Write the results; whether any of the two files is another one now."""
    from bot.app import render_dashboard
    from bot.store import directory

    files = (out / "release_plan.json", out / "RELEASE_PLAN.md")
    try:
        before = [file.read_bytes() if file.is_file() else b"" for file in files]
        # No slug: there is no store here, so nobody could ask Slack for this plan.
        drawn = render_dashboard("", folder, moment)
        directory.save(out, folder, before[1] if _timeless(drawn) == _timeless(before[1]) else drawn)
        return before != [file.read_bytes() for file in files]
    except OSError as error:
        fail(f"portfolio-release-plan: cannot write to {out}: {error.strerror or error}")


def _timeless(dashboard: bytes) -> bytes:
    """The dashboard without the hour and without ages: they alone are nothing to commit in a job that runs hourly."""
    return re.sub(rb"(?<=, )\d\d:\d\d(?= \()|[\d,]+ (?:minute|hour|day)s?(?= old\b)", b"", dashboard)


def main() -> None:
    """The `portfolio-release-plan` command."""
    forgiving_output()
    app()
