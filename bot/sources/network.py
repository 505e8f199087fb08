"""Connections of asyncio for httpcore, in the place of anyio's: those cost as much again as the rest of a request.

Deadlines are the caller's: the `timeout` of these methods is not looked at.
"""

import asyncio
import ssl
from collections.abc import Iterable
from typing import Any, cast

import httpcore

_MOST = 256 * 1024
"""Bytes that wait to be read before the other side has to wait."""


class Stream(asyncio.Protocol, httpcore.AsyncNetworkStream):
    """One connection. Requests are small, so what is written is not held back."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._held = bytearray()
        self._waiter: asyncio.Future[None] | None = None
        self._over = False
        self._failure: Exception | None = None

    # --- what asyncio calls ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is open."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Something has come."""
        self._held += data
        if len(self._held) > _MOST and self._transport is not None:
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        """The other side sends no more."""
        self._over = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is closed, or broke."""
        self._over, self._failure = True, exc
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # --- what httpcore calls ---

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109, ARG002
        """What has come, or nothing at the end. Raises httpcore.ReadError."""
        if not self._held and not self._over:
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        if not self._held and self._failure is not None:
            raise httpcore.ReadError(str(self._failure)) from self._failure
        data = bytes(self._held[:max_bytes])
        del self._held[:max_bytes]
        if self._transport is not None and not self._over and len(self._held) <= _MOST:
            self._transport.resume_reading()
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109, ARG002
        """Send. Raises httpcore.WriteError."""
        if not buffer:
            return
        if self._transport is None or self._transport.is_closing():
            raise httpcore.WriteError(str(self._failure or "")) from self._failure
        self._transport.write(buffer)

    async def aclose(self) -> None:
        """Close it at once."""
        if self._transport is not None:
            self._transport.abort()
            await asyncio.sleep(0)  # so that it is closed when this returns

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109, ARG002 - httpcore's own signature
    ) -> httpcore.AsyncNetworkStream:
        """The same connection, encrypted from here on. Raises httpcore.ConnectError."""
        plain = self._transport
        if plain is None or self._held or self._over:
            raise httpcore.ConnectError  # what was said before would pass for a part of what is said in secret
        try:
            begun = asyncio.get_running_loop().start_tls(plain, self, ssl_context, server_hostname=server_hostname)
            self._transport = await begun
        except ssl.SSLError as error:
            plain.abort()
            raise httpcore.ConnectError(str(error)) from error
        except OSError as error:
            plain.abort()
            raise httpcore.ConnectError from error
        except BaseException:
            plain.abort()
            raise
        return self

    def get_extra_info(self, info: str) -> Any:
        """What httpcore asks of a connection at rest: whether something has come, or it is over; both spoil it."""
        if info == "is_readable":
            return bool(self._held) or self._over
        return None if self._transport is None else self._transport.get_extra_info(info)


class Network(httpcore.AsyncNetworkBackend):
    """Opens connections to addresses."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109, ARG002 - httpcore's own signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the address `host`. Raises httpcore.ConnectError."""
        source = None if local_address is None else (local_address, 0)
        try:
            _, stream = await asyncio.get_running_loop().create_connection(Stream, host, port, local_addr=source)
        except OSError as error:
            raise httpcore.ConnectError from error
        return stream
