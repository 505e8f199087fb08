"""Asking a forge to take a branch into `main`: a pull request, which GitLab calls a merge request.

Once for a change that a protected branch refused, so a plain request of its own: no gate and no memory.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from bot.release.words import clean
from bot.sources.forges.places import Forge, Kind, Place, find

SECONDS = 20.0
_BODY = "Asked for by {who} in Convoy. The branch main takes no pushes, so the change waits here for a review."

Token = Callable[[Place], str]
"""What may open a pull request there, asked for anew each time; empty for nothing."""


@dataclass(frozen=True)
class PullRequests:
    """Opens them in one repository. `token`: lets in; a forge of which none is known is not asked."""

    place: Place
    token: Token

    def __call__(self, branch: str, title: str, who: str) -> str | None:
        """What came of it, as a sentence for people, whatever goes wrong; None where there is no token to ask with."""
        secret = self.token(self.place)
        if not secret:
            return None
        path, body = _wanted(self.place, branch, title, _BODY.format(who=clean(who, 100)))
        try:
            with httpx.Client(
                timeout=SECONDS, follow_redirects=False, headers=_headers(self.place.forge, secret)
            ) as at:
                answer = at.post(f"{self.place.forge.api}{path}", json=body)
        except httpx.HTTPError as error:
            return f"{self.place.forge.host} could not be asked for a pull request ({type(error).__name__}): open one"
        return self._heard(answer)

    def _heard(self, answer: httpx.Response) -> str:
        said = _json(answer)
        if answer.status_code == 201 and (address := _address(said)):
            return f"The pull request: {address}"
        if _exists(answer, said):
            return "A pull request from it is open already"
        why = clean(_words(said), 200)
        told = f"{answer.status_code}{f', {why}' if why else ''}"
        return f"{self.place.forge.host} opened no pull request ({told}): open one from that branch"


def pull_requests(store_url: str, forges: Sequence[Forge], token: Token) -> PullRequests | None:
    """For the repository that a store lies in; None where it is at no forge that is known."""
    parts = urlsplit(store_url)
    if parts.scheme not in ("https", "ssh") or parts.hostname is None:
        return None
    port = f":{parts.port}" if parts.port and parts.scheme == "https" else ""
    place = find(f"https://{parts.hostname}{port}{parts.path}", forges)
    return PullRequests(place, token) if isinstance(place, Place) else None


def _headers(forge: Forge, secret: str) -> dict[str, str]:
    known = dict(forge.credentials(secret))
    return {**known, "accept": "application/json", "accept-encoding": "identity", "user-agent": "convoy"}


def _wanted(place: Place, branch: str, title: str, why: str) -> tuple[str, dict[str, Any]]:
    """Path and body, as documented: pulls of GitHub, merge_requests of GitLab, pullrequests of Bitbucket Cloud."""
    match place.forge.kind:
        case Kind.GITHUB:
            return f"/repos/{place.path}/pulls", {"title": title, "head": branch, "base": "main", "body": why}
        case Kind.GITLAB:
            return f"/projects/{quote(place.path, safe='')}/merge_requests", {
                "title": title, "source_branch": branch, "target_branch": "main", "description": why,
                "remove_source_branch": True,
            }  # fmt: skip
        case Kind.BITBUCKET:
            return f"/repositories/{place.path}/pullrequests", {
                "title": title, "description": why, "close_source_branch": True,
                "source": {"branch": {"name": branch}}, "destination": {"branch": {"name": "main"}},
            }  # fmt: skip


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _address(said: dict[str, Any]) -> str | None:
    """Where people see it: `html_url` of GitHub, `web_url` of GitLab, `links.html.href` of Bitbucket."""
    links = said.get("links")
    html = links.get("html") if isinstance(links, dict) else None
    found = said.get("html_url") or said.get("web_url") or (html.get("href") if isinstance(html, dict) else None)
    if not isinstance(found, str) or len(found) > 500:
        return None
    return found if found.startswith("https://") and found.isprintable() and " " not in found else None


def _exists(answer: httpx.Response, said: dict[str, Any]) -> bool:
    return answer.status_code in (409, 422) and "already exists" in _words(said)


def _words(said: dict[str, Any]) -> str:
    """What the forge says: `message` (a text, or a list at GitLab), with GitHub's `errors` behind it."""
    error = said.get("error")
    inner = error.get("message") if isinstance(error, dict) else None
    parts = [said.get("message"), inner, said.get("errors")]
    return " ".join(_flat(part) for part in parts if part)


def _flat(part: Any) -> str:
    if isinstance(part, list):
        return " ".join(_flat(one) for one in part[:5])
    if isinstance(part, dict):
        return _flat(part.get("message", ""))
    return str(part)
