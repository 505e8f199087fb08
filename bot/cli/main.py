"""The table of commands, and `main`, which every process starts with."""

import sys
from typing import Annotated

import typer

from bot import collector
from bot.cli import check, edit, ga_status, history, outlook, plans, processes, status, track, why
from bot.cli.common import forgiving_output, refuse_odd_arguments

_ON_A_STORE = ("status", "why", "impact", "forecast", "diff", "timeline", "trend", "track", "edit")

app = typer.Typer(
    help="Convoy: the Slack bot for releases that span many repositories. It plans, and never executes.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _installed() -> str:
    from importlib.metadata import version as installed

    return installed("convoy")


def _say_version(asked: bool) -> None:
    if asked:
        typer.echo(_installed())
        raise typer.Exit


@app.callback()
def everywhere(
    ctx: typer.Context,
    store: Annotated[
        str | None,
        typer.Option(
            "--store",
            metavar="PATH|URL",
            envvar="CONVOY_STORE",
            help="Plan store: a bare repository's path or any git URL.",
        ),
    ] = None,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", metavar="", is_eager=True, callback=_say_version, help="Print the version of Convoy."
        ),
    ] = False,
) -> None:
    """Options that every command takes."""
    if store is not None:
        ctx.default_map = {name: {"store": store} for name in (*_ON_A_STORE, *processes.NAMES)}
        ctx.default_map["plan"] = {"add": {"store": store}, "list": {"store": store}}


app.command()(processes.demo)
app.command()(processes.run)
app.command()(processes.serve)
app.command()(processes.worker)
app.command()(processes.migrate)
app.command()(track.track)
app.command()(status.status)
app.command()(why.why)
# Without it -3d would be taken for an option; what is none is refused as a slip.
app.command(context_settings={"ignore_unknown_options": True})(outlook.impact)
app.command()(outlook.forecast)
app.command()(history.diff)
app.command()(history.timeline)
app.command()(history.trend)
app.add_typer(plans.plan_app, name="plan")
app.command()(edit.edit)
app.command()(check.check)
app.command()(check.schema)
app.add_typer(ga_status.ga_status_app, name="ga-status")


@app.command()
def version() -> None:
    """Print the version of Convoy."""
    typer.echo(_installed())


def main() -> None:
    """The `convoy` command."""
    collector.calm()
    forgiving_output()
    refuse_odd_arguments(sys.argv[1:])
    app()
