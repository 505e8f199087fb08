"""What `--store` may be: nothing, a path, or a URL; and opening it. What could run a program is refused in words."""

import hashlib
import ipaddress
import re
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import platformdirs
import pygit2
from pygit2.enums import RepositoryOpenFlag

from bot.services.ports import Author, StoreError
from bot.store.commits import BOT
from bot.store.drafting import Renderer
from bot.store.objects import Pool
from bot.store.remote import CONFIG, Credential, RemoteTrunk, nobody
from bot.store.side import Propose
from bot.store.ssh import Ssh
from bot.store.store import WRITE_SECONDS, GitStore
from bot.store.trunk import LocalTrunk, Trunk

APP = "convoy"
_KINDS = "give a path of a bare repository, or a URL: https://…, ssh://…, git@host:path, file:///path"
_SSH_SHORT = re.compile(r"(?P<user>[A-Za-z0-9._][A-Za-z0-9._-]*)@(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*):(?P<path>[^-:].*)")
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*|[0-9A-Fa-f:]+")
_USER = re.compile(r"[A-Za-z0-9._][A-Za-z0-9._+-]*")


class NoStoreError(StoreError):
    """Nothing lies where a store was looked for, and none was to be made."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"there is no plan store at {path}; `convoy plan add FILE` makes one")


@dataclass(frozen=True)
class LocalStore:
    """A bare repository on this machine; who writes plans makes it when it is not there."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)


@dataclass(frozen=True)
class RemoteStore:
    """A remote repository, cloned into `clone`. `protocols` is what git may speak to reach it."""

    url: str
    clone: Path
    protocols: str
    proxies: bool = True

    def __str__(self) -> str:
        return self.url


Location = LocalStore | RemoteStore


def locate(text: str | None, *, data_dir: Path | None = None, cache_dir: Path | None = None) -> Location:
    """Decide what a store is, without touching it. None or empty: the default in the user's data directory.

    Raises StoreError with a sentence for people when it is nothing that Convoy opens.
    """
    text = (text or "").strip()
    if not text:
        return LocalStore((data_dir or Path(platformdirs.user_data_dir(APP))) / "plans.git")
    if not text.isprintable() or text.startswith("-"):
        raise StoreError(f"{_told(text)} is no store: {_KINDS}")
    if re.match(r"[A-Za-z0-9+.-]*::", text):
        raise StoreError(f"{_told(text)} would run a program of git's own choosing, which Convoy never does; {_KINDS}")
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", text):
        protocols, proxies = _allowed(text)
    elif _SSH_SHORT.fullmatch(text):
        protocols, proxies = "ssh", True
    elif re.match(r"[^/]*@[^/]*:|[A-Za-z0-9.-]{2,}:", text):
        raise StoreError(f"{_told(text)} looks like an ssh address that Convoy cannot read; {_KINDS}")
    else:
        return LocalStore(Path(text).expanduser().absolute())
    return RemoteStore(text, _clone_dir(text, cache_dir), protocols, proxies)


def _allowed(url: str) -> tuple[str, bool]:
    """The protocols that git needs for a URL, and whether a proxy may be asked. Raises StoreError."""
    try:
        parts = urlsplit(url)
        host, secret = parts.hostname or "", parts.password
        _ = parts.port
    except ValueError:  # its text can name the password
        raise StoreError(f"the store's URL cannot be read; {_KINDS}") from None
    if parts.scheme != "file" and "@" in parts.path + parts.query + parts.fragment:
        raise StoreError(
            "the store's URL has @ behind its host, so what looks like the host may be the beginning of a password; it "
            "is not shown here. Leave user and password out (CONVOY_STORE_TOKEN), or write @ in a path as %40"
        )
    if secret is not None:
        raise StoreError(
            "the store's URL holds a password or token, which would show in process lists and logs; "
            "leave it out and set CONVOY_STORE_TOKEN or CONVOY_STORE_TOKEN_FILE, or let an ssh agent answer"
        )
    if "\\" in url or " " in url or parts.query or parts.fragment:
        raise StoreError(f"the store's URL must be plain: no backslash, space, ? or #; {_KINDS}")
    if parts.scheme == "file":
        return _file(parts)
    if parts.scheme not in ("https", "ssh", "http"):
        raise StoreError(f"{parts.scheme}:// is not supported; {_KINDS}")
    if not _HOST.fullmatch(host) or (parts.username is not None and not _USER.fullmatch(parts.username)):
        raise StoreError(f"the host or user of the store's URL cannot be right; {_KINDS}")
    if not parts.path.strip("/") or parts.path.startswith("/-"):
        raise StoreError(f"the store's URL names no repository on {host}; {_KINDS}")
    if parts.scheme == "http":
        if not _loopback(host):
            raise StoreError(f"http:// to {host} would show everything to the network; use https://")
        return "http", False
    return parts.scheme, True


def _told(text: str) -> str:
    """The beginning of what was given, without what may be a user and a password."""
    return repr(f"…{text[text.rindex('@') :][:100]}" if "@" in text else text[:100])


def _file(parts: SplitResult) -> tuple[str, bool]:
    if parts.netloc not in ("", "localhost") or not parts.path.startswith("/"):
        raise StoreError("a file:// store is written file:///absolute/path")
    return "file", False


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _clone_dir(url: str, cache_dir: Path | None) -> Path:
    digest = hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    readable = re.sub(r"[^A-Za-z0-9]+", "-", url).strip("-")[-40:]
    return (cache_dir or Path(platformdirs.user_cache_dir(APP))) / "stores" / f"{readable}-{digest}.git"


def open_store(
    location: Location | str | None, render: Renderer, *, bot: Author = BOT, deadline: float = WRITE_SECONDS,
    durable: bool = True, create: bool = True, credential: Credential = nobody, ssh: Ssh | None = None,
    propose: Propose | None = None,
) -> GitStore:  # fmt: skip
    """A store ready for use. Nothing is fetched yet: `refresh` does that.

    A local bare repository is made when there is none; with `create` False that is a NoStoreError instead, so that who
    only reads at a mistyped path leaves nothing there. `durable`: every commit is on the disk before `update` returns
    (local stores; a clone is only a cache). `credential` lets into an https remote, `ssh` into one behind
    ssh; `propose` asks a forge to take in what a protected branch refused. Raises StoreError.
    """
    if not isinstance(location, LocalStore | RemoteStore):
        location = locate(location)
    if isinstance(location, LocalStore):
        _ready(location.path, create=create)
        pool = Pool(location.path)
        trunk: Trunk = LocalTrunk(pool, durable=durable)
    else:
        try:
            _ready(location.clone, private=True)
        except StoreError as error:
            raise StoreError(f"{error}. It is only a copy of {location.url}: remove it and try again") from error
        pool = Pool(location.clone)
        shown = credential if location.protocols in ("https", "http") else nobody  # ssh has its own
        trunk = RemoteTrunk(
            pool, location.url, location.protocols, proxies=location.proxies, credential=shown,
            ssh=ssh if location.protocols == "ssh" else None,
        )  # fmt: skip
    return GitStore(trunk, pool, render, bot=bot, deadline=deadline, durable=durable, propose=propose)


def _ready(path: Path, *, private: bool = False, create: bool = True) -> None:
    """See that a bare repository lies at a path; make one where nothing lies yet, unless `create` is False."""
    try:
        if path.is_dir() and any(path.iterdir()):
            _check_bare(path)
            return
        if path.exists() and not path.is_dir():
            raise StoreError(f"{path} is a file, not a git repository; {_KINDS}")
        if not create:
            raise NoStoreError(path)
        _make(path, private=private)
    except OSError as error:
        raise StoreError(f"the store {path} cannot be opened: {error.strerror or error}") from error


def _check_bare(path: Path) -> None:
    try:
        found = pygit2.Repository(str(path), RepositoryOpenFlag.NO_SEARCH)
    except (pygit2.GitError, KeyError, ValueError) as error:
        raise StoreError(f"{path} is not empty and no git repository that can be opened: {error}; {_KINDS}") from error
    if not found.is_bare:
        raise StoreError(
            f"{path} is a repository with a work tree, whose files would not follow; Convoy keeps plans in a bare one. "
            f"Make it with `git clone --bare {path} NEW.git` and give that path"
        )


def _make(path: Path, *, private: bool) -> None:
    """Make the repository beside its place and move it there in one step: two processes may be doing this at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        beside.mkdir(mode=0o700 if private else 0o777)
        pygit2.init_repository(str(beside), bare=True, initial_head="main")
        if private:
            (beside / "config").write_text(CONFIG, encoding="utf-8")
        _move(beside, path)
    except pygit2.GitError as error:
        raise StoreError(f"no repository could be made at {path}: {error}") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _move(beside: Path, path: Path) -> None:
    try:
        beside.rename(path)
    except OSError:
        if not (path / "HEAD").exists():  # somebody else made it first: then theirs is as good
            raise
