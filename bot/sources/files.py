"""Status documents in files: `DIR/<repository>/ga_status.json` with `tags.txt` beside it, or a path in a plan.

Plans come from other people, so a name must not lead out of the folder, and what lies there must not hang or fill us:
only regular files are read, and never more than the largest document that is allowed.
"""

import errno
import os
import stat
from pathlib import Path

from bot.release.documents import STATUS_LIMIT, parse_status
from bot.release.fields import quoted
from bot.release.ga_status import StatusDocument
from bot.release.json_text import size
from bot.release.plan import Problem
from bot.services.ports import Collected, Found, Listing, NotFound, Refused, Unreachable
from bot.sources.tags import TAGS_FILE, tags_in, versions_of

FILE_NAME = "ga_status.json"
# Without O_NONBLOCK, opening a FIFO waits for somebody to write into it. Links are looked at before they are followed.
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW
_LINKED = (errno.ELOOP, errno.ENOTDIR, errno.EMLINK)  # what systems say of a link that is not to be followed
_ABSENT = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG)


def read_report(reports: Path, repository: str) -> Collected:
    """The document of `repository` in the reports folder. Blocking; never raises."""
    found = _in_folder(reports, repository, FILE_NAME)
    return _judge(found, f"{reports}/{repository}/{FILE_NAME}", repository) if isinstance(found, bytes) else found


def read_tags(reports: Path, repository: str, tag_prefix: str | None) -> Listing:
    """The versions in the `tags.txt` of `repository` in the reports folder. Blocking; never raises."""
    found = _in_folder(reports, repository, TAGS_FILE)
    if not isinstance(found, bytes):
        return found
    try:
        return versions_of(tags_in(found.decode()), tag_prefix)
    except UnicodeDecodeError as error:
        return Refused(
            f"{reports}/{repository}/{TAGS_FILE}", (Problem(found.count(b"\n", 0, error.start) + 1, "it is not UTF-8"),)
        )


def _in_folder(reports: Path, repository: str, file: str) -> bytes | NotFound | Refused | Unreachable:
    """What is in a file of the repository's folder of reports, or why it is not read."""
    shown = f"{reports}/{repository}/{file}"
    steps = repository.split("/")
    if not {"", ".", ".."}.isdisjoint(steps) or any(sign in repository for sign in "\\\0"):
        reason = f"the name {quoted(repository)} cannot be a folder of reports; give the repository a source of its own"
        return _refused(shown, reason)
    if len(steps) > 1:  # `organisation/name`: any step of it may be a link, so the whole way is looked at
        return _linked(reports, repository, file, shown)
    try:
        folder = os.open(reports / repository, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            return _fit(_contents(file, folder), shown)
        finally:
            os.close(folder)
    except OSError as error:
        if error.errno in _LINKED:
            return _linked(reports, repository, file, shown)
        return _failed(error, shown)
    except ValueError:
        return _refused(shown, "no file can have that name")


def has_report(reports: Path, repository: str) -> bool:
    """Whether there is something in the reports folder for `repository`, be it bad. Blocking; never raises."""
    steps = repository.split("/")
    if not {"", ".", ".."}.isdisjoint(steps) or any(sign in repository for sign in "\\\0"):
        return False
    return os.path.lexists(reports / repository / FILE_NAME)


def read_path(source: str, base: Path | None, repository: str) -> Collected:
    """The document at the path that a plan names; a relative one is taken from `base`. Blocking; never raises."""
    if "\0" in source:
        return _refused(source.replace("\0", "\ufffd"), "the source is no path: it holds a NUL character")
    path = Path(source)
    if not path.is_absolute():
        if base is None:
            return _refused(source, "the source is a relative path, and there is no folder to take it from")
        path = base / path
    try:
        found = _fit(_contents(path.resolve(strict=True)), source)
        return discreet(_judge(found, source, repository)) if isinstance(found, bytes) else found
    except (OSError, RuntimeError) as error:  # RuntimeError: a loop of symbolic links
        return _failed(error, source)
    except ValueError:
        return _refused(source, "no file can have that name")


def discreet(answer: Collected) -> Collected:
    """The same answer without words of the document where that is no JSON object of ours to begin with.

    Who writes a plan chooses what is read here, and reasons go into git and logs: what is not a status document may be
    somebody's secret. Reasons about a field name the field, and are kept.
    """
    if not isinstance(answer, Refused):
        return answer
    kept = tuple(p for p in answer.problems if p.path)
    if len(kept) == len(answer.problems):
        return answer
    first = next(p for p in answer.problems if not p.path)
    said = "it is not JSON from here on (its words are left out: they may be a secret)" if first.line else first.reason
    return Refused(answer.file, (Problem(first.line, said), *kept))


def _linked(reports: Path, repository: str, file: str, shown: str) -> bytes | NotFound | Refused | Unreachable:
    """A folder or the file may be a symbolic link: it is followed as long as it stays inside the folder of reports."""
    try:
        real = (reports / repository / file).resolve(strict=True)
        if not real.is_relative_to(reports.resolve(strict=True)):
            return _refused(shown, "it is a link that leads out of the folder of reports")
        return _fit(_contents(real), shown)
    except (OSError, RuntimeError) as error:
        return _failed(error, shown)
    except ValueError:
        return _refused(shown, "no file can have that name")


def _fit(data: bytes | str, shown: str) -> bytes | Refused:
    return _refused(shown, data) if isinstance(data, str) else data


def _judge(data: bytes, shown: str, repository: str) -> Collected:
    document = parse_status(data, repository)
    return Found(document) if isinstance(document, StatusDocument) else Refused(shown, document)


def _contents(path: str | Path, folder: int | None = None) -> bytes | str:
    """What is in the file (of the open `folder`), or why it is not read. Raises OSError."""
    about = os.stat(path, dir_fd=folder, follow_symlinks=False)
    if not stat.S_ISLNK(about.st_mode) and (unfit := _unfit(about)):  # opening a device can already do something
        return unfit
    descriptor = os.open(path, _FLAGS, dir_fd=folder)
    try:
        # It may grow meanwhile: one byte more than is allowed is enough to have it refused.
        return _unfit(os.fstat(descriptor)) or _read_at_most(descriptor, STATUS_LIMIT + 1)
    finally:
        os.close(descriptor)


def _unfit(about: os.stat_result) -> str:
    """Why such a file is not read, or nothing."""
    if not stat.S_ISREG(about.st_mode):
        return "it is a folder, not a file" if stat.S_ISDIR(about.st_mode) else "it is not a regular file"
    if about.st_size > STATUS_LIMIT:
        return f"the file is too large: {about.st_size:,} bytes, and at most {size(STATUS_LIMIT)} are read"
    return ""


def _read_at_most(descriptor: int, left: int) -> bytes:
    parts: list[bytes] = []
    while left and (part := os.read(descriptor, left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _failed(error: OSError | RuntimeError, shown: str) -> NotFound | Unreachable:
    if isinstance(error, OSError) and error.errno in _ABSENT:
        return NotFound(f"there is no file {shown}")
    why = (error.strerror or type(error).__name__) if isinstance(error, OSError) else "its links go round in circles"
    return Unreachable(f"{shown} cannot be read: {why.lower()}")


def _refused(file: str, reason: str) -> Refused:
    return Refused(file, (Problem(0, reason),))
