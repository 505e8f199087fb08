"""One request to a forge or an index: through its gate, with its token, under a cap and a deadline, nowhere else."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

import httpcore
import httpx
from pydantic import SecretStr

from bot.services.ports import NotFound, Unreachable
from bot.sources.forges.gate import Gate
from bot.sources.forges.limits import Reply, limited, spent
from bot.sources.forges.places import App
from bot.sources.https import REDIRECTS, Line, Rules, header, judge, read_body, redirected, shown, unbroken

Limit = Callable[[Reply, float], float | None]
"""Reads an answer at a moment: until when not to ask again, if it says so."""

TOO_MUCH = frozenset({502, 504})
"""What a forge answers that did not manage within its own deadline: it may be down, or the question too large."""
MOST_BYTES = 8 * 1024 * 1024
"""Bytes of an answer that is no document: a list of many things."""


class Site(Protocol):
    """Whom an `Asker` asks. `token` is for this site and nobody else; `app` gives one where there is none."""

    @property
    def host(self) -> str:
        """As people know it."""

    @property
    def token(self) -> SecretStr | None:
        """What always lets in."""

    @property
    def app(self) -> App | None:
        """Gives tokens that change."""

    def credentials(self, token: str) -> list[tuple[str, str]]:
        """Headers that show a token; none for none."""


@dataclass
class Budget:
    """The seconds left for one document, however many requests it takes. Pauses that were asked for are free."""

    left: float


@dataclass
class Lines:
    """The connections of one pass: `make` opens one, those at rest are used again."""

    make: Callable[[], Awaitable[Line]]
    idle: list[Line] = field(default_factory=list)

    @asynccontextmanager
    async def borrowed(self) -> AsyncIterator[Line]:
        """One connection for one request; one that broke is closed."""
        line = self.idle.pop() if self.idle else await self.make()
        try:
            yield line
        except BaseException:
            line.broken = True
            raise
        finally:
            if line.broken:
                await line.aclose()
            else:
                self.idle.append(line)

    async def aclose(self) -> None:
        """Close those at rest."""
        await asyncio.gather(*(line.aclose() for line in self.idle), return_exceptions=True)


class Asker:
    """Asks one site during one pass that `ends` at a moment. `slots` limits how many requests are under way.

    `owner`: whose repositories are asked for, where the tokens of an App let in.
    """

    def __init__(
        self, site: Site, gate: Gate, rules: Rules, lines: Lines, ends: float, slots: asyncio.Semaphore,
        owner: str = "",
    ) -> None:  # fmt: skip
        self._site = site
        self.gate = gate
        self._rules, self._lines, self._ends = rules, lines, ends
        self._slots, self._owner = slots, owner

    def budget(self, times: int = 1) -> Budget:
        """The time for one document, or `times` as much."""
        return Budget(self._rules.deadline * times)

    async def get(
        self,
        url: str,
        budget: Budget,
        *,
        etag: str | None = None,
        accept: str = "application/json",
        most: int = MOST_BYTES,
    ) -> Reply | Unreachable:
        """The answer to a GET; 304 where it is still what has that ETag."""
        headers = [("accept", accept), *([("if-none-match", etag)] if etag else [])]
        return await self._asked(url, headers, None, budget, most, limited, patient=False)

    async def post(self, url: str, body: bytes, budget: Budget, limit: Limit, *, patient: bool) -> Reply | Unreachable:
        """The answer to a POST of JSON; `limit` finds in it what it says about too many requests.

        `patient`: much was asked at once, so an answer of TOO_MUCH is not counted as a fault.
        """
        headers = [("accept", "application/json"), ("content-type", "application/json")]
        return await self._asked(url, headers, body, budget, MOST_BYTES, limit, patient=patient)

    async def _asked(
        self,
        url: str,
        headers: list[tuple[str, str]],
        body: bytes | None,
        budget: Budget,
        most: int,
        limit: Limit,
        *,
        patient: bool,
    ) -> Reply | Unreachable:
        target = judge(url, self._rules)
        if isinstance(target, Unreachable):
            return target
        if budget.left <= 0:
            return Unreachable(f"{shown(target)} is not asked: the {self._rules.deadline:g} s for it are over")
        for _ in range(2):  # what was too much is asked once again after the pause, and then given up
            async with self._slots:
                shut = await self.gate.enter(self._ends)
                if shut is not None:
                    return Unreachable(shut)
                reply = await self._once(target, headers, body, budget, most)
                if isinstance(reply, Unreachable):
                    return reply
                until = self._heard(reply, limit, patient=patient)
            if until is None:
                return reply
        return Unreachable(
            f"{self._site.host} limits how often Convoy may ask, and still did after the pause it wanted"
        )

    def _heard(self, reply: Reply, limit: Limit, *, patient: bool) -> float | None:
        """Pass on to the gate what an answer says; the moment of the end of a pause, if it was refused for one."""
        now = self.gate.timing.now()
        until = limit(reply, now)
        if (pause := until or spent(reply, now)) is not None:
            self.gate.pause(pause)
        if until is not None or reply.status < 500:
            self.gate.answered()
        elif not (patient and reply.status in TOO_MUCH):
            self.gate.failed(f"it answers {reply.status}")
        return until

    async def _once(
        self, url: httpx.URL, headers: list[tuple[str, str]], body: bytes | None, budget: Budget, most: int
    ) -> Reply | Unreachable:
        """One request; with a token that was refused, and is replaced, one more."""
        token = await self._token("")
        if isinstance(token, Unreachable):
            return token
        reply = await self._sent(url, [*headers, *self._site.credentials(token)], body, budget, most)
        if self._site.app is None or isinstance(reply, Unreachable) or reply.status != 401:
            return reply
        another = await self._token(token)
        if isinstance(another, Unreachable):
            return another
        if another == token or budget.left <= 0:
            return reply
        return await self._sent(url, [*headers, *self._site.credentials(another)], body, budget, most)

    async def _token(self, refused: str) -> str | Unreachable:
        """The token for now; empty where there is none."""
        if self._site.app is None or self._site.token is not None:
            return "" if self._site.token is None else self._site.token.get_secret_value()
        found = await asyncio.to_thread(self._site.app, self._owner, refused)
        return Unreachable(found.reason) if isinstance(found, NotFound) else found

    async def _sent(
        self, url: httpx.URL, headers: list[tuple[str, str]], body: bytes | None, budget: Budget, most: int
    ) -> Reply | Unreachable:
        started = asyncio.get_running_loop().time()
        async with self._lines.borrowed() as line:
            method = "GET" if body is None else "POST"
            work = self._exchange(line, method, url, headers, body, most)
            found = await unbroken(line, work, budget.left)
        budget.left -= asyncio.get_running_loop().time() - started
        if isinstance(found, str):  # out of reach; what cannot be used is a matter of one address
            self.gate.failed(f"{shown(url)} {found}")
            return Unreachable(f"{shown(url)} {found}")
        return found

    async def _exchange(
        self,
        line: Line,
        method: str,
        url: httpx.URL,
        headers: list[tuple[str, str]],
        body: bytes | None,
        most: int,
    ) -> Reply | Unreachable:
        """One request, and one more where a GET is sent on within the same origin; no other place sees the token."""
        response = await line.ask(method, url, headers, body)
        if response.status in REDIRECTS and method == "GET":
            await response.aclose()
            target = redirected(url, response)
            if isinstance(target, Unreachable):
                return Unreachable(target.reason.removesuffix("; write that one as the source"))
            response = await line.ask(method, target, headers, body)
        try:
            return await _read(response, url, most)
        finally:
            await response.aclose()


async def _read(response: httpcore.Response, url: httpx.URL, most: int) -> Reply | Unreachable:
    encoding = header(response, b"content-encoding").strip().lower()
    if encoding not in ("", "identity"):
        return Unreachable(f"{shown(url)} answers compressed ({encoding[:20]!a}), though it was asked not to")
    data = await read_body(response, most)
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
    return Reply(response.status, headers, data[:most], whole=len(data) <= most)
