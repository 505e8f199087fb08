"""A real HTTP server on loopback that behaves as the internet does: it drips, hangs, redirects, inflates and lies."""

import asyncio
import gzip
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from aiohttp import web


def document(repository: str = "app", **fields: Any) -> bytes:
    """A valid status document."""
    raw = {"schemaVersion": "1.0", "repository": repository, "status": "ON_TRACK", "updatedAt": "2026-03-03T06:08:49Z"}
    return json.dumps(raw | fields).encode()


ZEROS = gzip.compress(b"0" * 5_000_000, 1)


class Server:
    """What it was asked, and how many bytes of the large document it got rid of."""

    def __init__(self) -> None:
        self.port = 0
        self.requests: list[web.BaseRequest] = []
        self.connections: set[Any] = set()
        self.names: list[str | None] = []
        self.now, self.most, self.sent = 0, 0, 0
        self.released = asyncio.Event()
        self.etag, self.body = '"one"', document()

    def url(self, path: str, host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Dispatch on the path; every answer is one misbehaviour."""
        self.requests.append(request)
        assert request.transport is not None
        self.connections.add(request.transport.get_extra_info("peername"))
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            return await getattr(self, f"_{request.path.strip('/').split('/')[0]}")(request)
        finally:
            self.now -= 1

    async def until(self, reached: Callable[[], bool]) -> None:
        """Wait for something that only the server sees."""
        async with asyncio.timeout(10):
            while not reached():
                await asyncio.sleep(0.01)

    async def _good(self, request: web.BaseRequest) -> web.StreamResponse:
        name = request.path.rpartition("/")[2]
        return web.Response(body=document(name), headers={"set-cookie": "tracked=1", "content-type": "text/plain"})

    async def _tagged(self, request: web.BaseRequest) -> web.StreamResponse:
        """The document with an ETag, or 304 to whoever has that one."""
        if request.headers.get("if-none-match") == self.etag:
            return web.Response(status=304, headers={"etag": self.etag})
        return web.Response(body=self.body, headers={"etag": self.etag})

    async def _slow(self, request: web.BaseRequest) -> web.StreamResponse:
        await asyncio.sleep(0.02)
        return await self._good(request)

    async def _text(self, request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(body=request.path.partition("/text/")[2].encode())

    async def _status(self, request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=int(request.path.rpartition("/")[2]), body=b"x" * 1000)

    async def _redirect(self, request: web.BaseRequest) -> web.StreamResponse:
        to = request.query.get("to")
        return web.Response(status=302, headers={"location": to} if to is not None else {})

    async def _twice(self, _request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=307, headers={"location": "/redirect?to=/good/app"})

    async def _zipped(self, _request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(body=ZEROS, headers={"content-encoding": "gzip"})

    async def _large(self, request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        with suppress(ConnectionError, asyncio.CancelledError):
            for _ in range(300):
                await response.write(b" " * 1024 * 1024)
                self.sent += 1024 * 1024
        return response

    async def _drip(self, request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        with suppress(ConnectionError, asyncio.CancelledError):
            while not self.released.is_set():
                await response.write(b" ")
                await asyncio.sleep(0.02)
        return response

    async def _hang(self, _request: web.BaseRequest) -> web.StreamResponse:
        await self.released.wait()
        return web.Response(status=204)


@asynccontextmanager
async def serving(tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    """A running server; with `tls` it notes the name that each client asks for."""
    server = Server()
    if tls:
        tls.sni_callback = lambda _socket, name, _context: server.names.append(name)
    runner = web.ServerRunner(
        web.Server(server.answer, access_log=None, handler_cancellation=True), shutdown_timeout=0.1
    )
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    server.port = runner.addresses[0][1]
    try:
        yield server
    finally:
        server.released.set()
        await runner.cleanup()


@asynccontextmanager
async def saying(raw: bytes) -> AsyncIterator[int]:
    """A server that answers anything with these very bytes and hangs up; its port."""

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(raw)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()
