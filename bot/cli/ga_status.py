"""`convoy ga-status …`: what a repository needs to take part. Its page is docs/taking-part.md."""

import os
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from bot.cli.common import By, Now, author, clock, fail, failures_told, read_file
from bot.cli.terminal import say

if TYPE_CHECKING:
    from bot.release.ga_status import StatusDocument
    from bot.release.plan import Problem
    from bot.taking_part import Checkout, Target

ga_status_app = typer.Typer(help="Take part: write, check and publish this repository's status.", no_args_is_help=True)

_TOKEN, _USER = "CONVOY_PUBLISH_TOKEN", "CONVOY_PUBLISH_USER"
_FIELDS = "docs/status-documents.md tells every field"

File = Annotated[
    Path | None,
    typer.Argument(metavar="[FILE]", help="The document; by default ga_status.json at the top of this repository."),
]
Remote = Annotated[str, typer.Option("--remote", metavar="NAME", help="The remote that names this repository.")]


@ga_status_app.command("init")
def init(
    file: File = None,
    status: Annotated[
        str, typer.Option("--status", metavar="STATUS", help="How the release stands, e.g. ON_TRACK.")
    ] = "NOT_STARTED",
    remote: Remote = "origin",
    now: Now = None,
    force: Annotated[bool, typer.Option("--force", metavar="", help="Overwrite the file when there is one.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", metavar="", help="Print the document; write nothing.")] = False,
) -> None:
    """Write a first ga_status.json for this repository; what was guessed, and from what, is told on stderr."""
    from bot.release.fields import canonical
    from bot.release.status import Status
    from bot.taking_part import draft, find_checkout

    word = canonical(status)
    if word not in Status.__members__:
        fail(f"convoy: --status {status!r} is none of {', '.join(Status.__members__)}", 2)
    checkout = find_checkout(Path.cwd())
    path = file or _default(checkout)
    if not force and not dry_run and os.path.lexists(path):
        fail(_there_already(path))
    with failures_told(None):
        made = draft(checkout.top if checkout else Path.cwd(), checkout, remote, Status[word], clock(now).now())
    for note in made.notes:
        say(note, err=True)
    if dry_run:
        say(made.data.decode(), nl=False)
        return
    _write(path, made.data, force=force)
    say(f"wrote {path}; {_FIELDS}. Then: convoy ga-status publish", err=True)


@ga_status_app.command("validate")
def validate(
    file: Annotated[
        str | None,
        typer.Argument(metavar="[FILE|-]", help="The document, or - for stdin; by default this repository's."),
    ] = None,
    repository: Annotated[
        str | None, typer.Option("--repository", metavar="NAME", help="Refuse a document that speaks of another one.")
    ] = None,
) -> None:
    """Print every fault as FILE:LINE: reason and exit 1, or exit 0 when there is none."""
    from bot.taking_part import find_checkout

    name = file if file is not None else str(_default(find_checkout(Path.cwd())))
    _accepted(name, repository)


@ga_status_app.command("publish")
def publish(
    file: Annotated[
        str | None,
        typer.Argument(metavar="[FILE|-]", help="The document, or - for stdin; by default this repository's."),
    ] = None,
    remote: Annotated[
        str, typer.Option("--remote", metavar="NAME|URL", help="Where to: a remote of this repository, or a URL.")
    ] = "origin",
    by: By = None,
    now: Now = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", metavar="", help="Look at the remote and say what would happen; push nothing.")
    ] = False,
) -> None:
    """Put the document on the branch ga-status of the remote; the checkout, its index and its refs stay as they are.

    Over https, CONVOY_PUBLISH_TOKEN (and CONVOY_PUBLISH_USER) let it in; over ssh, your agent does.
    """
    from bot import taking_part

    who, at = author(by), clock(now).now()
    checkout = taking_part.find_checkout(Path.cwd())
    data, document = _accepted(file if file is not None else str(_default(checkout)), None)
    with failures_told(None):
        target = _target(remote, checkout)
        _hint_at_name(document, target)
        done = taking_part.publish(target, data, document, who, at, dry_run=dry_run)
    if isinstance(done, taking_part.NotPublished):
        fail(f"convoy: {done.reason}")
    place = f"{taking_part.BRANCH} of {target.url}"
    if isinstance(done, taking_part.Kept):
        say(f"{place} holds this document already, in commit {done.commit[:9]}; nothing was published")
    elif dry_run:
        how = f"on top of {done.before[:9]}" if done.before else "as a new branch"
        say(f"would publish {document.status.repository}: {document.status.status.value} to {place}, {how}")
    else:
        say(
            f"published {document.status.repository}: {document.status.status.value} to {place}, "
            f"in commit {done.commit[:9]}"
        )


def _default(checkout: "Checkout | None") -> Path:
    """`ga_status.json` at the top of the checkout, written as people would from where they are."""
    from bot.taking_part import FILE_NAME

    if checkout is None or checkout.top == Path.cwd():
        return Path(FILE_NAME)
    return checkout.top / FILE_NAME


def _there_already(path: Path) -> str:
    return f"convoy: {path} is there already and was not touched; --force overwrites it, --dry-run shows the new one"


def _write(path: Path, data: bytes, *, force: bool) -> None:
    """Write the file whole or not at all; without `force` only where none is, even if one comes in this moment."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        try:
            beside.write_bytes(data)
            if force:
                beside.replace(path)
            else:
                path.hardlink_to(beside)
        finally:
            beside.unlink(missing_ok=True)
    except FileExistsError:
        fail(_there_already(path))
    except OSError as error:
        fail(f"convoy: {path} cannot be written: {error.strerror or error}")


def _accepted(name: str, repository: str | None) -> "tuple[bytes, StatusDocument]":
    """The document of that file (`-`: stdin) with its bytes, or every fault on stdout and exit code 1."""
    from bot.release import documents
    from bot.release.ga_status import StatusDocument

    limit = documents.STATUS_LIMIT
    data = sys.stdin.buffer.read(limit + 1) if name == "-" else read_file(Path(name), limit)
    if isinstance(data, str):
        say(f"{name}:1: {data}")
        hint = "; `convoy ga-status init` writes a first one" if not os.path.lexists(name) else ""
        fail(f"1 problem in {name}{hint}")
    found = documents.parse_status(data, repository)
    if not isinstance(found, StatusDocument):
        _refuse(name, found)
    return data, found


def _refuse(name: str, problems: "Sequence[Problem]") -> NoReturn:
    from bot.release.words import count

    for problem in problems:
        say(problem.at(name))
    fail(
        f"{count(len(problems), 'problem')} in {name}; correct {'it' if len(problems) == 1 else 'them'} "
        f"and validate again; {_FIELDS}"
    )


def _target(remote: str, checkout: "Checkout | None") -> "Target":
    """Where to publish. Exits when nothing of that name is known; raises StoreError when git must not go there."""
    from bot.taking_part import Target

    url = checkout.remote_url(remote) if checkout is not None else None
    if url is None and not any(sign in remote for sign in "/:"):
        where = f"{checkout.top}" if checkout else "this is no git repository, so it"
        fail(f"convoy: {where} has no remote {remote!r}; say where to publish with --remote NAME or --remote URL")
    user = os.environ.get(_USER) or "x-access-token"
    return Target.of(url or remote, checkout.top if checkout and url else Path.cwd(), user, os.environ.get(_TOKEN, ""))


def _hint_at_name(document: "StatusDocument", target: "Target") -> None:
    from bot.taking_part.checkout import name_in

    said, remote = document.status.repository, name_in(target.url)
    if remote is not None and said.rpartition("/")[2] != remote:
        say(
            f"the document speaks of {said!r} and the remote is {remote!r}: Convoy takes it only where the plan "
            f"calls this repository {said!r}",
            err=True,
        )
