"""`convoy track`: one tracking pass from the command line."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.common import Now, Slug, Store, clock, fail, failures_told, open_store
from bot.cli.progress import counting
from bot.cli.terminal import say

if TYPE_CHECKING:
    from bot.services.tracking import PassResult


def track(
    slug: Slug,
    reports: Annotated[
        Path | None,
        typer.Option("--reports", metavar="DIR", help="Reads ga_status.json and tags.txt in DIR/<repository>."),
    ] = None,
    now: Now = None,
    store: Store = None,
) -> None:
    """Read every repository's status, write what is new in one commit, and say what changed."""
    if reports is not None and not reports.is_dir():
        fail(f"convoy: --reports {reports}: there is no such directory", 2)
    from bot.app import command_line_tracking
    from bot.services.tracking import wanted

    at = clock(now)
    with failures_told(store):
        tracking = command_line_tracking(open_store(store), at, reports)
        with counting() as watch:
            result = asyncio.run(tracking.run(slug, watch))
    print_result(result)
    plan = result.state.folder.document.plan
    if reports is None and not any(one.source or one.organisation for one in wanted(plan)):
        say("convoy: no status was read: give --reports DIR, or name sources in release_plan.json", err=True)


def print_result(result: "PassResult") -> None:
    """What a pass did, a line each; what could not be read goes to stderr, as it wants somebody's attention."""
    from bot.cli.news import in_words, not_listed, not_read

    for line in (*not_read(result.refused, result.state.folder, result.at), *not_listed(result.unlisted)):
        say(line, err=True)
    for change in result.changes:
        say(in_words(change))
    if result.commit is None:
        say("nothing changed, no commit")
    else:
        say(f"commit {result.commit[:9]} in {result.took:.1f} s")
