"""The requests of an App: which installation is where, and a token for it."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote, urlsplit

import httpx
from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from bot.github_app import words
from bot.github_app.key import NoToken, statement
from bot.github_app.words import Names

_SECONDS = 10.0
"""For one request to connect and for each part of its answer; for all of it twice as many."""
_MOST_BYTES = 256 * 1024
_SKEW = 30.0
"""Seconds by which this machine's clock may differ from GitHub's before GitHub's is believed."""


@dataclass(frozen=True)
class Scope:
    """What a token is for: one repository of an owner, or (None) all that the App sees of it; to read, to write, or to
    read and open pull requests (`pulls`).
    """

    owner: str
    repository: str | None
    write: bool
    pulls: bool = False

    @property
    def place(self) -> str:
        """For people."""
        return self.owner if self.repository is None else f"{self.owner}/{self.repository}"


@dataclass(frozen=True)
class Token:
    """A token, and for how many seconds it is good from now."""

    text: str
    seconds: float


@dataclass(frozen=True)
class _Answer:
    """`data` no longer than is read."""

    status: int
    headers: httpx.Headers
    data: bytes

    def says(self, what: bytes) -> bool:
        """Whether it has these words (small letters) somewhere."""
        return what in self.data.lower()

    @property
    def date(self) -> float | None:
        """What GitHub's clock says."""
        try:
            return parsedate_to_datetime(self.headers["date"]).timestamp()
        except (KeyError, ValueError, TypeError, IndexError, OverflowError):
            return None


class _Installation(BaseModel):
    id: int = Field(ge=1)


class _Given(BaseModel):
    token: str = Field(pattern=r"^[!-~]{1,1000}$")
    expires_at: AwareDatetime


Model = TypeVar("Model", bound=BaseModel)


class AppApi:
    """One App at one GitHub. `base` is its REST API; `installation` None: looked up. `clock`: seconds since 1970."""

    def __init__(
        self,
        app_id: str,
        key_file: Path,
        base: str = "https://api.github.com",
        *,
        installation: int | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.base, self.clock, self.fixed = base, clock, installation
        self._app_id, self._key_file = app_id, key_file
        self._skew = 0.0

    @property
    def host(self) -> str:
        """Where the repositories are that its tokens let into."""
        parts = urlsplit(self.base)
        netloc = parts.netloc.lower()
        return netloc if parts.path.strip("/") else netloc.removeprefix("api.")

    def names(self, scope: Scope) -> Names:
        """How to speak of it."""
        return Names(self._app_id, self.host, scope.place)

    def installation(self, scope: Scope) -> int | NoToken:
        """The number of the App's installation on the repository, or on its owner. Blocking."""
        owner = quote(scope.owner, safe="")
        if scope.repository is not None:
            paths = [f"/repos/{owner}/{quote(scope.repository, safe='')}/installation"]
        else:
            paths = [f"/orgs/{owner}/installation", f"/users/{owner}/installation"]
        names = self.names(scope)
        for path in paths:
            answer = self._ask("GET", path, None, names)
            if isinstance(answer, NoToken):
                return answer
            if answer.status != 404:
                found = self._understood(answer, _Installation, scope)
                return found if isinstance(found, NoToken) else found.id
            if answer.says(b"integration not found"):
                return NoToken(words.unknown_app(names))
        return NoToken(words.not_installed(names), nowhere=True)

    def token(self, number: int, scope: Scope) -> Token | NoToken:
        """A new token of an installation, for no more than the scope; `nowhere` where it is there no more. Blocking."""
        permissions = {"contents": "write" if scope.write else "read"}
        if scope.pulls:
            permissions["pull_requests"] = "write"
        body: dict[str, object] = {"permissions": permissions}
        if scope.repository is not None:
            body["repositories"] = [scope.repository]
        names = self.names(scope)
        answer = self._ask("POST", f"/app/installations/{number}/access_tokens", body, names)
        if isinstance(answer, NoToken):
            return answer
        if answer.status == 404:
            if answer.says(b"integration not found"):
                return NoToken(words.unknown_app(names))
            return NoToken(words.no_installation(names, number), nowhere=True)
        given = self._understood(answer, _Given, scope)
        if isinstance(given, NoToken):
            return given
        return Token(given.token, given.expires_at.timestamp() - (answer.date or self.clock()))

    def _ask(self, method: str, path: str, body: object, names: Names) -> _Answer | NoToken:
        """One request, and one more by GitHub's clock where it does not take ours."""
        answer = self._once(method, path, body, names)
        if isinstance(answer, NoToken) or answer.status != 401:
            return answer
        there = answer.date
        if there is not None and abs(there - self.clock() - self._skew) > _SKEW:
            self._skew = there - self.clock()
            answer = self._once(method, path, body, names)
        if isinstance(answer, NoToken) or answer.status != 401:
            return answer
        return NoToken(words.not_accepted(names))

    def _once(self, method: str, path: str, body: object, names: Names) -> _Answer | NoToken:
        signed = statement(self._app_id, self._key_file, self.clock() + self._skew)
        if isinstance(signed, NoToken):
            return signed
        headers = {
            "accept": "application/vnd.github+json",
            "accept-encoding": "identity",
            "authorization": f"Bearer {signed}",
            "user-agent": "convoy",
            "x-github-api-version": "2022-11-28",
        }
        content = None if body is None else json.dumps(body).encode()
        try:  # proxies and certificates as the environment says: git reaches the same host by them
            with httpx.Client(timeout=_SECONDS, follow_redirects=False) as client:
                return _read(
                    client, client.build_request(method, f"{self.base}{path}", headers=headers, content=content)
                )
        except httpx.HTTPError as error:
            return NoToken(words.out_of_reach(names, type(error).__name__))
        except (ImportError, ValueError):  # the text can quote a proxy's password
            return NoToken(words.out_of_reach(names, "a proxy is set in the environment that cannot be used"))

    def _understood(self, answer: _Answer, kind: type[Model], scope: Scope) -> Model | NoToken:
        names, status = self.names(scope), answer.status
        if status in (200, 201):
            try:
                return kind.model_validate_json(answer.data)
            except ValidationError:
                return NoToken(words.no_sense(names))
        if status == 429 or (status == 403 and (answer.says(b"rate limit") or "retry-after" in answer.headers)):
            return NoToken(words.too_often(names))
        if status == 403 and answer.says(b"suspended"):
            return NoToken(words.suspended(names))
        if status in (403, 422):
            return NoToken(words.not_granted(names, write=scope.write))
        return NoToken(words.answers(names, status))


def _read(client: httpx.Client, request: httpx.Request) -> _Answer:
    """The whole answer. Raises httpx.HTTPError, also where it does not end."""
    end = time.monotonic() + 2 * _SECONDS
    data = bytearray()
    response = client.send(request, stream=True)
    try:
        for part in response.iter_raw():
            data += part
            if len(data) > _MOST_BYTES or time.monotonic() > end:
                raise httpx.ReadTimeout("it does not end")
    finally:
        response.close()
    return _Answer(response.status_code, response.headers, bytes(data))
