"""From settings to pull requests: who is asked to take in what a protected branch of the plan store refused."""

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.access_settings import StoreAccess
from bot.credentials import app_api, forges
from bot.settings import SettingsError, load_forges

if TYPE_CHECKING:
    from bot.sources.forges.places import Place


def proposals(access: StoreAccess, url: str) -> Callable[[str, str, str], str | None]:
    """Opens a pull request from a branch of the store at that URL, and says in a sentence what came of it.

    None is said where the store is at no forge that is known, or nothing is set that lets in. Settings are read when
    there is something to propose, which is rare.
    """

    def propose(branch: str, title: str, who: str) -> str | None:
        from bot.sources.forges.pulls import pull_requests

        try:
            found = pull_requests(url, forges(load_forges()), lambda place: _token(access, url, place))
            return found(branch, title, who) if found is not None else None
        except SettingsError as error:
            return f"No pull request was opened ({error}): open one"

    return propose


def _token(access: StoreAccess, url: str, place: "Place") -> str:
    """The store's own token, else the one for that forge, else one of the App that may open pull requests there."""
    if urlsplit(url).scheme == "https" and (own := _own(access)):
        return own
    if place.forge.token is not None:
        return place.forge.token.get_secret_value()
    api = app_api(access)
    if api is None or api.host != place.forge.host:
        return ""
    from bot.github_app import Scope, Tokens

    found = Tokens(api, Scope(place.owner, place.name, write=False, pulls=True)).get()
    return found if isinstance(found, str) else ""


def _own(access: StoreAccess) -> str:
    try:
        return access.token()
    except OSError:  # its file has gone since the push that was refused: another token may do
        return ""
