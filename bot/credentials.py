"""From settings to what lets Convoy in: a token or an App's tokens for git and the forges, a key for ssh."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from bot.access_settings import ForgeSettings, GitHubApp, StoreAccess
from bot.gitcli import basic
from bot.services.ports import NotFound, StoreUnavailableError, Unreachable
from bot.settings import SettingsError

if TYPE_CHECKING:
    from bot.github_app import AppApi, Tokens
    from bot.sources.forges import Forge
    from bot.store.ssh import Ssh

_GIT_USER = "x-access-token"
"""The user name that GitHub wants beside a token of an App."""


def store_credential(access: StoreAccess, url: str = "") -> Callable[[str], str]:
    """The header for a store behind https, made anew each time: a file may hold another token by then.

    A token comes first; without one the App of the settings lets into a store at its own GitHub. The argument is the
    header that was refused just now. Raises SettingsError, and when called StoreUnavailableError.
    """
    if access.convoy_store_token is None and access.convoy_store_token_file is None:
        api = app_api(access)
        if api is not None and (place := _repository(url, api.host)) is not None:
            return _by_app(api, *place)

    def header(_refused: str) -> str:
        try:
            token = access.token()
        except OSError as error:
            why = error.strerror or str(error)
            raise StoreUnavailableError(f"CONVOY_STORE_TOKEN_FILE cannot be read ({why})") from error
        return basic(access.convoy_store_user, token) if token else ""

    return header


def store_ssh(access: StoreAccess) -> "Ssh | None":
    """The key for a store behind ssh and the hosts that are known; None: as this user's ssh has it."""
    from bot.store.ssh import Ssh

    key, known = access.convoy_store_ssh_key_file, access.convoy_store_known_hosts_file
    return None if key is None and known is None else Ssh(key, known)


def forges(settings: ForgeSettings) -> "list[Forge]":
    """The forges that can be asked; first of each kind the public one, which the short spelling means.

    Raises SettingsError.
    """
    from bot.sources.forges import bitbucket_org, github, gitlab

    api = app_api(settings)
    hosts = [("github.com", settings.convoy_github_token, "CONVOY_GITHUB_TOKEN")]
    if settings.convoy_github_host is not None:
        hosts.append((settings.convoy_github_host, settings.convoy_github_host_token, "CONVOY_GITHUB_HOST_TOKEN"))
    apps = {} if api is None else {api.host: _Owners(api)}
    found = [
        github(*hosts[0], apps.get(hosts[0][0])),
        gitlab("gitlab.com", settings.convoy_gitlab_token, "CONVOY_GITLAB_TOKEN"),
    ]
    found.append(bitbucket_org(settings.convoy_bitbucket_token, "CONVOY_BITBUCKET_TOKEN"))
    found += [github(*host, apps.get(host[0])) for host in hosts[1:]]
    if settings.convoy_gitlab_host is not None:
        found.append(gitlab(settings.convoy_gitlab_host, settings.convoy_gitlab_host_token, "CONVOY_GITLAB_HOST_TOKEN"))
    return found


def app_api(settings: GitHubApp) -> "AppApi | None":
    """The GitHub App of the settings, if there is one. Raises SettingsError where it is half set."""
    number, key = settings.convoy_github_app_id, settings.convoy_github_app_key_file
    if number is None and key is None:
        return None
    if number is None or key is None:
        given, missing = ("ID", "KEY_FILE") if key is None else ("KEY_FILE", "ID")
        raise SettingsError(
            f"CONVOY_GITHUB_APP_{missing}: is not set, and CONVOY_GITHUB_APP_{given} is: a GitHub App needs both"
        )
    from bot.github_app import AppApi  # costs a command that has no App a noticeable part of its start

    installation = settings.convoy_github_app_installation
    return AppApi(number, key, settings.convoy_github_app_api, installation=installation)


def _repository(url: str, host: str) -> tuple[str, str] | None:
    """Owner and name of a store at that host over https, or None."""
    parts = urlsplit(url)
    steps = [unquote(step) for step in parts.path.strip("/").removesuffix(".git").split("/")]
    there = parts.netloc.rpartition("@")[2].lower().removesuffix(":443") == host.lower()
    if parts.scheme not in ("https", "http") or not there or len(steps) != 2:
        return None
    return steps[0], steps[1]


def _by_app(api: "AppApi", owner: str, name: str) -> Callable[[str], str]:
    from bot.github_app import NoToken, Scope, Tokens

    tokens = Tokens(api, Scope(owner, name, write=True))
    shown = ["", ""]  # the token of the last header, for a header is what is refused

    def header(refused: str) -> str:
        token = tokens.get(shown[1] if refused and refused == shown[0] else "")
        if isinstance(token, NoToken):
            raise StoreUnavailableError(token.reason)
        shown[:] = [basic(_GIT_USER, token), token]
        return shown[0]

    return header


@dataclass
class _Owners:
    """The App's tokens to read what it sees of an owner; with one installation for all, those are the same for all."""

    api: "AppApi"
    _tokens: "dict[str, Tokens]" = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def __call__(self, owner: str, refused: str) -> str | NotFound | Unreachable:
        from bot.github_app import NoToken, Scope, Tokens

        with self._lock:
            key = "" if self.api.fixed is not None else owner.lower()
            tokens = self._tokens.setdefault(key, Tokens(self.api, Scope(owner, None, write=False)))
        found = tokens.get(refused)
        if isinstance(found, NoToken):
            return NotFound(found.reason) if found.nowhere else Unreachable(found.reason)
        return found
