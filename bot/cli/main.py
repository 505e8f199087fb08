"""The table of commands, and `main`, which every process starts with."""

from typing import Annotated

import typer

from bot.cli import check, plans, processes, status, track
from bot.cli.common import forgiving_output

app = typer.Typer(
    help="Convoy: the Slack bot for releases that span many repositories. It plans, and never executes.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.callback()
def everywhere(
    ctx: typer.Context,
    store: Annotated[
        str | None,
        typer.Option("--store", envvar="CONVOY_STORE", help="Plan store: a bare repository's path or any git URL."),
    ] = None,
) -> None:
    """Options that every command takes."""
    if store is not None:
        ctx.default_map = {name: {"store": store} for name in ("status", "track", "edit", *processes.NAMES)}
        ctx.default_map["plan"] = {"add": {"store": store}, "list": {"store": store}}


app.command()(processes.demo)
app.command()(processes.run)
app.command()(processes.serve)
app.command()(processes.worker)
app.command()(processes.migrate)
app.command()(track.track)
app.command()(status.status)
app.add_typer(plans.plan_app, name="plan")
app.command()(plans.edit)
app.command()(check.check)
app.command()(check.schema)


@app.command()
def version() -> None:
    """Print the version of Convoy."""
    from importlib.metadata import version as installed

    typer.echo(installed("convoy"))


def main() -> None:
    """The `convoy` command."""
    forgiving_output()
    app()
