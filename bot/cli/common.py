"""What the commands share: options, the clock, the store, and how failures are told."""

import io
import os
import pwd
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from bot.cli.terminal import say

if TYPE_CHECKING:
    from bot.release.moments import Said
    from bot.services.ports import Author, Clock, PlanStore

# No `envvar` here: click would let it win over a `--store` that stands before the command. `main.everywhere` reads it.
Store = Annotated[
    str | None,
    typer.Option(
        "--store", metavar="PATH|URL", help="Plan store: a bare repository's path or any git URL (else CONVOY_STORE)."
    ),
]
Now = Annotated[str | None, typer.Option("--now", metavar="ISO", help="Pretend that it is this moment.")]
By = Annotated[str | None, typer.Option("--author", metavar="'NAME <MAIL>'", help="Who makes the change.")]
Slug = Annotated[str, typer.Argument(metavar="SLUG", help="The plan, as `convoy plan list` names it.")]

_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2999, 12, 31, 23, 59, 59, tzinfo=UTC)
"""The years that documents may name too; git knows no earlier moment, and later ones overflow."""


def fail(sentence: str, code: int = 1) -> NoReturn:
    """Say why nothing was done, on stderr, and exit."""
    say(sentence, err=True)
    raise typer.Exit(code)


@contextmanager
def failures_told(store: str | None) -> Iterator[None]:
    """Turn expected failures of a store or of settings into a sentence on stderr and exit code 1.

    Who finds no plan of a name reads where it was looked for: the store may be the thing that was mistyped.
    """
    from bot.services.ports import PlanNotFoundError, StoreError
    from bot.settings import SettingsError

    try:
        yield
    except PlanNotFoundError as error:
        fail(f"convoy: {PlanNotFoundError(error.slug, error.known, store_name(store))}")
    except (StoreError, SettingsError) as error:
        fail(f"convoy: {error}")


def forgiving_output() -> None:
    """Let no terminal's character set stop a command half way: what it cannot show is spelt out."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def refuse_odd_arguments(arguments: Sequence[str]) -> None:
    """Exit where an argument is no UTF-8: nothing that Convoy writes can hold it. A path that is there may be so."""
    for argument in arguments:
        value = argument.partition("=")[2] if argument.startswith("--") else argument
        if any("\ud800" <= char <= "\udfff" for char in argument) and not Path(value).exists():
            say(f"convoy: the argument {argument!r} is not UTF-8; write it as UTF-8", err=True)
            raise SystemExit(2)


def moment(text: str | None) -> datetime | None:
    """A moment from `--now`: ISO 8601; without a zone it is UTC; a bare date is its first instant."""
    if text is None:
        return None
    try:
        parsed = datetime.fromisoformat(text)
        found = parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        fail(f"convoy: --now {text!r} is not an ISO 8601 moment such as 2026-03-03T09:00:00Z", 2)
    if not _FIRST <= found <= _LAST:
        fail(f"convoy: --now {text!r} is not between the years {_FIRST.year} and {_LAST.year}", 2)
    return found


def clock(now: str | None) -> "Clock":
    """The machine's clock, or one that stands at `--now`."""
    from bot.services.clock import FixedClock, SystemClock

    at = moment(now)
    return SystemClock() if at is None else FixedClock(at)


def iso_day(text: str) -> date:
    """A date from the command line."""
    from bot.release.moments import Unclear, read_day

    found = read_day(text)
    if isinstance(found, Unclear):
        fail(f"convoy: {found.reason}", 2)
    return found


def said(text: str, option: str, *, or_else: str = "") -> "Said":
    """A point in time from the command line, as `/release` reads it too. `or_else`: what else the option takes."""
    from bot.release.moments import FORMS, Unclear, read

    found = read(text)
    if found is None:
        fail(f"convoy: {option} {text!r} is no time that can be read: write {FORMS}{or_else}", 2)
    if isinstance(found, Unclear):
        fail(f"convoy: {option}: {found.reason}", 2)
    return found


def author(text: str | None) -> "Author":
    """`NAME <MAIL>` as git writes it; by default the one who is logged in."""
    from bot.services.ports import Author

    if text is None:
        name = os.environ.get("GIT_AUTHOR_NAME") or _login()
        return Author(name, os.environ.get("GIT_AUTHOR_EMAIL") or f"{name}@localhost")
    found = re.fullmatch(r"\s*([^<>\n]*[^<>\s])\s*<([^<>\s]+)>\s*", text)
    if found is None:
        fail(f"convoy: --author {text!r} is not of the form 'Ana Lee <ana@example.org>'", 2)
    return Author(found[1].strip(), found[2])


def _login() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container may run under a number that has no name
        return f"uid-{os.getuid()}"


def store_name(location: str | None) -> str:
    """The path or URL of a store that could be opened, as people would look for it."""
    from bot.store.location import locate

    return str(locate(location))


def open_store(location: str | None, *, create: bool = False) -> "PlanStore":
    """The plan store at a path or URL (None: the default one of this user), with its newest head fetched.

    Only who writes the first plan may `create` one: a mistyped path must not become a store. A remote that does not
    answer is said on stderr; reading goes on from what was fetched last. Raises StoreError.
    """
    from bot.app import open_plan_store
    from bot.services.ports import StoreUnavailableError

    store = open_plan_store(location, create=create)
    try:
        store.refresh()
    except StoreUnavailableError as error:
        say(f"convoy: {error}; going on from what was fetched last{_age(store.answered_at())}", err=True)
    return store


def _age(answered: datetime | None) -> str:
    """How old that is, by this machine's own clock: `--now` says from when to judge, not how late it is."""
    if answered is None:
        return ""
    from bot.release.words import span

    return f", {span(datetime.now(UTC) - answered)} ago ({answered:%Y-%m-%d %H:%M} UTC)"


def read_file(path: Path, limit: int) -> bytes | str:
    """A file's bytes, or a sentence why not. A pipe, a folder or more than `limit` bytes is not read."""
    try:
        if not path.exists():
            return "there is no such file"
        if not path.is_file():
            return "is a folder, not a file" if path.is_dir() else "is not a regular file"
        size = path.stat().st_size
        if size > limit:
            return f"has {size:,} bytes; at most {limit:,} are read"
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        return f"cannot be read: {error.strerror or error}"
    return data if len(data) <= limit else f"grows while it is read; at most {limit:,} bytes are"
