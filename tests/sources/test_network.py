"""Connections as httpcore uses them: what spoils one at rest, and what may not be said before TLS is begun."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpcore
import pytest

from bot.sources.network import Network


@asynccontextmanager
async def greeting(said: bytes, *, hang_up: bool = False) -> AsyncIterator[int]:
    """A server that speaks first; its port."""

    speaking: list[asyncio.Future[None]] = []

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        speaking.append(done := asyncio.get_running_loop().create_future())
        with suppress(ConnectionError):
            writer.write(said)
            if not hang_up:
                await reader.read()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        done.set_result(None)

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()
        await asyncio.gather(*speaking)


async def until_readable(stream: httpcore.AsyncNetworkStream) -> None:
    async with asyncio.timeout(10):
        while not stream.get_extra_info("is_readable"):
            await asyncio.sleep(0.01)


async def test_a_connection_at_rest_is_spoilt_by_whatever_comes():
    async with greeting(b"HTTP/1.1 200 OK\r\n\r\n") as port:
        stream = await Network().connect_tcp("127.0.0.1", port)
        await until_readable(stream)
        await stream.aclose()


async def test_a_connection_at_rest_is_spoilt_by_its_end():
    async with greeting(b"", hang_up=True) as port:
        stream = await Network().connect_tcp("127.0.0.1", port)
        await until_readable(stream)
        assert await stream.read(10) == b""
        with pytest.raises(httpcore.WriteError):
            await stream.write(b"GET")
        await stream.aclose()


async def test_what_comes_before_tls_does_not_pass_for_a_part_of_it():
    async with greeting(b"HTTP/1.1 200 OK\r\n\r\n") as port:
        stream = await Network().connect_tcp("127.0.0.1", port)
        await until_readable(stream)
        with pytest.raises(httpcore.ConnectError):
            await stream.start_tls(ssl.create_default_context(), "status.test")
        await stream.aclose()


async def test_much_comes_whole_and_in_order():
    said = bytes(range(256)) * 8192
    async with greeting(said) as port:
        stream = await Network().connect_tcp("127.0.0.1", port)
        read = bytearray()
        while len(read) < len(said):
            read += await stream.read(10_000)
        assert read == said
        await stream.aclose()
