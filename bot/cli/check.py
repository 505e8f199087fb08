"""`convoy check` and `convoy schema`: is this file one that Convoy can use?"""

import json
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.common import fail, read_file
from bot.cli.terminal import say


def check(files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Plans or status documents.")]) -> None:
    """Print every problem as FILE:LINE: reason and exit 1, or exit 0 when there is none."""
    from bot.release import documents
    from bot.release.words import count

    found = 0
    for path in files:
        data = read_file(path, documents.PLAN_LIMIT)
        if isinstance(data, str):
            say(f"{path}:1: {data}")
            found += 1
            continue
        for problem in documents.check(data, path.name):
            say(problem.at(str(path)))
            found += 1
    if found:
        say(f"{count(found, 'problem')} in {count(len(files), 'file')}", err=True)
        raise typer.Exit(1)


def schema(name: Annotated[str, typer.Argument(metavar="plan|ga-status", help="Which of the two.")]) -> None:
    """Print the JSON Schema of a release plan or of a status document."""
    from bot.release import documents

    if name not in ("plan", "ga-status"):
        fail(f"convoy: there is no schema {name!r}; there are plan and ga-status", 2)
    say(json.dumps(documents.schema("plan" if name == "plan" else "ga-status"), indent=2))
