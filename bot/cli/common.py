"""What the commands share: options, the clock, the store, and how failures are told."""

import os
import pwd
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from bot.services.clock import FixedClock, SystemClock
from bot.services.ports import Author, Clock, PlanStore, StoreError, StoreUnavailableError
from bot.settings import SettingsError

Store = Annotated[
    str | None,
    typer.Option("--store", envvar="CONVOY_STORE", help="Plan store: a bare repository's path or any git URL."),
]
Now = Annotated[str | None, typer.Option("--now", metavar="ISO", help="Pretend that it is this moment.")]
By = Annotated[str | None, typer.Option("--author", metavar="'NAME <MAIL>'", help="Who makes the change.")]
Slug = Annotated[str, typer.Argument(metavar="SLUG", help="The plan, as `convoy plan list` names it.")]


def fail(sentence: str, code: int = 1) -> NoReturn:
    """Say why nothing was done, on stderr, and exit."""
    typer.echo(sentence, err=True)
    raise typer.Exit(code)


@contextmanager
def failures_told() -> Iterator[None]:
    """Turn expected failures into a sentence on stderr and exit code 1."""
    try:
        yield
    except (StoreError, SettingsError) as error:
        fail(f"convoy: {error}")


def moment(text: str | None) -> datetime | None:
    """A moment from `--now`: ISO 8601; without a zone it is UTC; a bare date is its first instant."""
    if text is None:
        return None
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        fail(f"convoy: --now {text!r} is not an ISO 8601 moment such as 2026-03-03T09:00:00Z", 2)
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)


def clock(now: str | None) -> Clock:
    """The machine's clock, or one that stands at `--now`."""
    at = moment(now)
    return SystemClock() if at is None else FixedClock(at)


def iso_day(text: str) -> date:
    """A date from the command line."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        fail(f"convoy: {text!r} is not a date such as 2026-03-15", 2)


def end_of(day: date) -> datetime:
    """The last second of a day in UTC."""
    return datetime.combine(day, time(23, 59, 59), UTC)


def author(text: str | None) -> Author:
    """`NAME <MAIL>` as git writes it; by default the one who is logged in."""
    if text is None:
        name = os.environ.get("GIT_AUTHOR_NAME") or pwd.getpwuid(os.getuid()).pw_name
        return Author(name, os.environ.get("GIT_AUTHOR_EMAIL") or f"{name}@localhost")
    found = re.fullmatch(r"\s*([^<>\n]+?)\s*<([^<>\s]+)>\s*", text)
    if found is None:
        fail(f"convoy: --author {text!r} is not of the form 'Ana Lee <ana@example.org>'", 2)
    return Author(found[1], found[2])


def open_store(location: str | None) -> PlanStore:
    """The plan store at a path or URL (None: the default one of this user), with its newest head fetched.

    A remote that does not answer is said on stderr; reading goes on from what was fetched last.
    """
    from bot.app import open_plan_store

    store = open_plan_store(location)
    try:
        store.refresh()
    except StoreUnavailableError as error:
        typer.echo(f"convoy: {error}; going on from what was fetched last", err=True)
    return store


def read_file(path: Path, limit: int) -> bytes | str:
    """A file's bytes, or a sentence why not. A pipe, a folder or more than `limit` bytes is not read."""
    try:
        if not path.exists():
            return "there is no such file"
        if not path.is_file():
            return "is not a regular file"
        size = path.stat().st_size
        if size > limit:
            return f"has {size:,} bytes; at most {limit:,} are read"
        with path.open("rb") as file:
            return file.read(limit + 1)
    except OSError as error:
        return f"cannot be read: {error.strerror or error}"


def interactive() -> bool:
    """Whether a person looks at stderr, so that progress may be drawn."""
    return sys.stderr.isatty()
