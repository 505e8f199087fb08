"""What every simulated forge shares: repositories, tokens, limits, planted faults, and a count of what it was asked."""

import asyncio
import gzip
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Planted = Callable[["ForgeServer", web.BaseRequest], Awaitable[web.StreamResponse]]


@dataclass
class Repo:
    """One repository: files by branch and path; tags newest first; releases as (tag, draft, published)."""

    files: dict[str, dict[str, bytes]] = field(default_factory=lambda: {"main": {}})
    tags: list[str] = field(default_factory=list)
    releases: list[tuple[str, bool, str | None]] = field(default_factory=list)
    default: str = "main"
    forbidden: bool = False
    trees: set[str] = field(default_factory=set)
    private: bool = False

    def put(self, data: bytes, branch: str = "main", path: str = "ga_status.json") -> None:
        self.files.setdefault(branch, {})[path] = data

    def blob(self, expression: str) -> bytes | None:
        ref, _, path = expression.partition(":")
        return self.files.get(self.default if ref == "HEAD" else ref, {}).get(path)


def oid(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()  # noqa: S324 - what git does


class ForgeServer:
    """The part without an API: subclasses answer in `speak`."""

    def __init__(self) -> None:
        self.port = 0
        self.repos: dict[str, Repo] = {}
        self.token: str | None = "s3cret-token"
        self.requests: list[web.BaseRequest] = []
        self.blobs: list[str] = []
        self.free = 0
        self.left = 5000
        self.planted: list[Planted] = []
        self.always: Planted | None = None
        self.released = asyncio.Event()
        self.pulls: list[tuple[str, str]] = []  # (repository, branch)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def repo(self, path: str, **fields: Any) -> Repo:
        return self.repos.setdefault(path.lower(), Repo(**fields))

    def asked(self, part: str) -> int:
        """How many requests had that in their path."""
        return sum(part in request.path_qs for request in self.requests)

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.requests.append(request)
        if self.planted:
            return await self.planted.pop(0)(self, request)
        if self.always is not None:
            return await self.always(self, request)
        return await self.speak(request)

    def data(
        self, request: web.BaseRequest, body: bytes, content: str = "application/json", **more: str
    ) -> web.Response:
        """An answer with an ETag; 304 without a body for whoever has it already."""
        etag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = more | {"etag": etag}
        if request.headers.get("if-none-match") == etag:
            self.free += 1
            return web.Response(status=304, headers=headers)
        return web.Response(body=body, content_type=content, headers=headers)

    def next_page(self) -> dict[str, str]:
        """How this forge says that there is more."""
        return {"link": f'<{self.base}/next>; rel="next"'}

    def rows(self, request: web.BaseRequest, rows: list[Any], size: int) -> web.Response:
        """The first page of a list, with a link to the next one if there is one."""
        assert request.method == "GET"
        more = self.next_page() if len(rows) > size else {}
        return self.data(request, json.dumps(rows[:size]).encode(), **more)

    def pull(self, path: str, branch: str, target: str) -> bool:
        """Note that somebody asks to take a branch in; False where that is asked already."""
        assert target == "main"
        assert path.lower() in self.repos
        known = (path, branch) in self.pulls
        self.pulls.append((path, branch))
        return not known

    async def speak(self, request: web.BaseRequest) -> web.StreamResponse:
        raise NotImplementedError


@asynccontextmanager
async def running(server: ForgeServer) -> AsyncIterator[ForgeServer]:
    """The server on loopback."""
    runner = web.ServerRunner(
        web.Server(server.answer, access_log=None, handler_cancellation=True), shutdown_timeout=0.1
    )
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.port = runner.addresses[0][1]
    try:
        yield server
    finally:
        server.released.set()
        await runner.cleanup()


# --- faults to plant -----------------------------------------------------------------------------------------------


def status(code: int, body: bytes = b"{}", **headers: str) -> Planted:
    async def speak(_server: ForgeServer, _request: web.BaseRequest) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=code, body=body, headers=named)

    return speak


async def drip(server: ForgeServer, request: web.BaseRequest) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    with suppress(ConnectionError, asyncio.CancelledError):
        while not server.released.is_set():
            await response.write(b" ")
            await asyncio.sleep(0.02)
    return response


async def endless(_server: ForgeServer, request: web.BaseRequest) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    with suppress(ConnectionError, asyncio.CancelledError):
        for _ in range(100):
            await response.write(b" " * 1024 * 1024)
    return response


async def bomb(_server: ForgeServer, _request: web.BaseRequest) -> web.StreamResponse:
    return web.Response(body=gzip.compress(b"0" * 5_000_000, 1), headers={"content-encoding": "gzip"})


async def hang(server: ForgeServer, _request: web.BaseRequest) -> web.StreamResponse:
    await server.released.wait()
    return web.Response(status=204)
