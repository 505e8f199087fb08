"""Which sources are git repositories, and which of their URLs git is given. What could run a program is refused.

Whoever edits a plan chooses these URLs. So every part of one is spelt out here, and what is not plainly a host, a user
and a path never reaches git.
"""

import base64
import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

from bot.release.fields import quoted
from bot.services.ports import Unreachable
from bot.sources.https import Rules

_SCHEME = re.compile(r"(git\+)?(https|http|ssh|file)://", re.IGNORECASE)
_HELPER = re.compile(r"[A-Za-z0-9+.\-]+::")
_SHORT = re.compile(r"(?P<user>[A-Za-z0-9_][A-Za-z0-9._-]*)@(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*):(?P<path>[^-/:][^:]*)")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?\.?|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*")
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_PATH = re.compile(r"/(?:[A-Za-z0-9._~+%/-]|[^\x00-\x7f])+")
_AT = (
    "the source is a git URL with @ behind its host, so what looks like the host may be the beginning of a password; "
    "it is not shown here. In a user or a password write / as %2F, ? as %3F, # as %23 and @ as %40"
)
_PORTS = {"https": 443, "http": 80, "ssh": 22}


@dataclass(frozen=True)
class GitPlace:
    """A repository that git may be pointed at. `url` holds no secret; `authorization` is the header that carries one.

    `host` is empty for a folder of this machine.
    """

    url: str
    protocol: str
    host: str = ""
    port: int = 0
    authorization: str = field(default="", repr=False)


def git_place(source: str, rules: Rules, *, allow_paths: bool) -> GitPlace | Unreachable | None:
    """The repository that a source names, why it is none that is read, or None: it is no git URL."""
    if _HELPER.match(source):
        helper = source.partition("::")[0]  # what follows may hold a password
        return Unreachable(
            f"{quoted(f'{helper}::…')} would run a program of git's own choosing, which Convoy never does"
        )
    if short := _SHORT.fullmatch(source):
        return git_place(f"ssh://{short['user']}@{short['host']}/{short['path']}", rules, allow_paths=allow_paths)
    found = _SCHEME.match(source)
    if found is None:
        return None
    scheme = found[2].lower()
    plain = source[len(found[1] or "") :]
    if not found[1] and not (scheme == "ssh" or (scheme in ("https", "http") and _ends_in_git(plain))):
        return None
    try:
        parts = urlsplit(plain)
        port = parts.port
    except ValueError:
        return Unreachable("the source is no URL that can be read")
    if scheme != "file" and re.search(r"@|%40", parts.path + parts.query + parts.fragment):
        return Unreachable(_AT)
    if not source.isprintable() or parts.query or parts.fragment or "?" in plain or "#" in plain:
        return Unreachable(f"{_shown(parts)} must be a plain git URL, without ?, # and signs that cannot be seen")
    if scheme == "file":
        return _folder(parts, allow_paths=allow_paths)
    return _remote(scheme, parts, port, rules)


def _ends_in_git(url: str) -> bool:
    return re.split(r"[?#]", url, maxsplit=1)[0].endswith(".git")


def _folder(parts: SplitResult, *, allow_paths: bool) -> GitPlace | Unreachable:
    if not allow_paths:
        return Unreachable("the source is a repository on this machine, and only https and ssh are read here")
    if parts.netloc not in ("", "localhost") or not parts.path.startswith("/"):
        return Unreachable("a repository on this machine is written git+file:///absolute/path")
    return GitPlace(f"file://{parts.path}", "file")


def _remote(scheme: str, parts: SplitResult, port: int | None, rules: Rules) -> GitPlace | Unreachable:
    host = (parts.hostname or "").lower()
    if not _HOST.fullmatch(host) or port == 0:
        return Unreachable("the source is a git URL whose host cannot be right")
    if not _PATH.fullmatch(parts.path) or not parts.path.strip("/") or any(p.startswith("-") for p in _steps(parts)):
        return Unreachable(f"the source is a git URL that names no repository on {host}")
    if scheme == "http" and not rules.allow_http:
        return Unreachable("the source is a http URL, and only https and ssh are read")
    if rules.allowed_hosts is not None and host.rstrip(".") not in rules.allowed_hosts:
        return Unreachable(f"{_shown(parts)} is not read: the host {host} is not on the list of allowed hosts")
    user, secret = unquote(parts.username or ""), parts.password
    place = f"[{host}]" if ":" in host else host
    at = f"{place}{f':{port}' if port else ''}{parts.path}"
    if scheme == "ssh":
        if secret is not None or (user and not _USER.fullmatch(user)):
            return Unreachable(f"{_shown(parts)}: over ssh a user stands alone, without password and odd signs")
        return GitPlace(f"ssh://{f'{user}@' if user else ''}{at}", "ssh", host, port or _PORTS["ssh"])
    header = ""
    if user or secret is not None:
        token = base64.b64encode(f"{user}:{unquote(secret or '')}".encode()).decode("ascii")
        header = f"Authorization: Basic {token}"
    return GitPlace(f"{scheme}://{at}", scheme, host, port or _PORTS[scheme], header)


def _steps(parts: SplitResult) -> list[str]:
    return parts.path.split("/")


def _shown(parts: SplitResult) -> str:
    """The URL as it may be told."""
    return quoted(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}", 200)
