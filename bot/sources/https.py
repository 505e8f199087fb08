"""Status documents behind https URLs.

The other side may be slow, huge, hostile or a slip in a plan. So: https only, one deadline for everything, a size cap
while the bytes come in, no redirect to another origin, nothing inflated, no proxy or password out of the environment,
and no address that is not public. Requests use httpx's URLs and its connections (httpcore) without its client: that
keeps cookies, and logs whole URLs with the tokens that they may carry.
"""

import asyncio
import re
import ssl
from collections.abc import AsyncGenerator, Awaitable, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TypeVar, cast

import httpcore
import httpx

from bot.release.documents import STATUS_LIMIT, parse_status
from bot.release.ga_status import StatusDocument
from bot.release.json_text import size
from bot.release.plan import Problem
from bot.services.ports import Found, Refused, Unreachable, Wanted
from bot.sources.addresses import AddressError, GuardedNetwork, Resolve, resolve

Result = TypeVar("Result")

REDIRECTS = frozenset({301, 302, 303, 307, 308})
_INLINE = 16 * 1024
"""Bytes that are parsed on the spot; more is parsed in a thread, so that nothing else waits for it."""


@dataclass(frozen=True)
class Rules:
    """What may be fetched. `allowed_hosts` None: any public host. `deadline` in seconds, for one whole document."""

    allow_http: bool = False
    allow_private: bool = False
    allowed_hosts: frozenset[str] | None = None
    deadline: float = 10.0
    resolve: Resolve = field(default=resolve, repr=False)


class Line:
    """One connection at a time, used for one document after the other. After a failure it is `broken`: to be closed."""

    def __init__(self, rules: Rules, context: ssl.SSLContext | None) -> None:
        self._network = GuardedNetwork(allow_private=rules.allow_private, resolve=rules.resolve)
        self._context = context
        self._connection: httpcore.AsyncHTTPConnection | None = None
        self.broken = False

    async def ask(
        self, method: str, url: httpx.URL, more: Iterable[tuple[str, str]], body: bytes | None = None
    ) -> httpcore.Response:
        """The response to one request with `more` headers, its body not read yet.

        Raises httpcore's errors and AddressError.
        """
        headers: list[tuple[bytes | str, bytes | str]] = [
            ("host", url.netloc),
            ("accept-encoding", "identity"),
            ("user-agent", "convoy"),
            *more,
        ]
        if body is not None:
            headers.append(("content-length", str(len(body))))
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        connection = await self._connected(target.origin)
        return await connection.handle_async_request(httpcore.Request(method, target, headers=headers, content=body))

    async def _connected(self, origin: httpcore.Origin) -> httpcore.AsyncHTTPConnection:
        """The connection at rest, if it leads there and the other side has not hung up; else a new one."""
        # Without httpcore's pool: for a single connection it costs as much again as the request.
        at_rest = self._connection
        if at_rest and at_rest.can_handle_request(origin) and at_rest.is_available() and not at_rest.has_expired():
            return at_rest
        await self.aclose()
        self._connection = httpcore.AsyncHTTPConnection(origin, self._context, network_backend=self._network)
        return self._connection

    async def aclose(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            await self._connection.aclose()
            self._connection = None


def shown(url: httpx.URL) -> str:
    """The URL as it may be told: without user, password, query and fragment, and with every odd sign still escaped."""
    host = f"[{url.host}]" if ":" in url.host else url.host
    return f"{url.scheme}://{host}{f':{url.port}' if url.port else ''}{url.raw_path.partition(b'?')[0].decode('ascii')}"


def url_of(source: str | httpx.URL) -> httpx.URL:
    """A URL whose host can be told as well. Raises httpx.InvalidURL, and UnicodeError where that spells no name."""
    url = httpx.URL(source)
    _ = url.host
    return url


def judge(source: str, rules: Rules) -> httpx.URL | Unreachable:
    """The URL that `source` spells, or why nothing is fetched from there."""
    try:
        url = url_of(source)
    except (httpx.InvalidURL, UnicodeError):
        return Unreachable("the source is no URL that can be read")
    if not 0 < (url.port or 443) < 65536:
        return Unreachable("the source is a URL with a port that does not exist")
    if url.scheme != "https" and not (rules.allow_http and url.scheme == "http"):
        return Unreachable(f"the source is a {url.scheme} URL, and only https is fetched")
    if not url.host:
        return Unreachable("the source is a URL without a host")
    if rules.allowed_hosts is not None and url.host.lower().rstrip(".") not in rules.allowed_hosts:
        return Unreachable(f"{shown(url)} is not fetched: the host {url.host} is not on the list of allowed hosts")
    return url


async def unbroken(line: Line, work: Awaitable[Result], seconds: float) -> Result | str:
    """What `work` on the line comes to within that time, or in words (after a name) why to nothing: it is broken."""
    try:
        async with asyncio.timeout(seconds):
            return await work
    except TimeoutError:
        why = f"did not deliver its document within {seconds:.3g} s"
    except AddressError as error:
        why = f"is not fetched: {error}"
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError) as error:
        why = _why(error)
    except BaseException:
        line.broken = True
        raise
    line.broken = True
    return why


async def read_body(response: httpcore.Response, most: int) -> bytes:
    """The body of a response; of one that is longer than `most` bytes, no more than shows that it is."""
    body = bytearray()
    async with aclosing(cast("AsyncGenerator[bytes, None]", response.aiter_stream())) as parts:
        async for part in parts:
            body += part
            if len(body) > most:
                break
    return bytes(body)


async def parsed(data: bytes, file: str, one: Wanted) -> Found | Refused:
    """What the document of a repository says, or all that is wrong with it; `file` names it for people."""
    if len(data) > STATUS_LIMIT:
        reason = f"the document is too large: more than {size(STATUS_LIMIT)}, and no more is read"
        return Refused(file, (Problem(0, reason),))
    parse = asyncio.to_thread(parse_status, data, one.repository, one.last) if len(data) > _INLINE else None
    document = await parse if parse else parse_status(data, one.repository, one.last)
    return Found(document) if isinstance(document, StatusDocument) else Refused(file, document)


def redirected(url: httpx.URL, response: httpcore.Response) -> httpx.URL | Unreachable:
    """Where a redirect leads, if it stays at the same origin: another one could be anything, and gets no password."""
    try:
        target = url_of(url.join(header(response, b"location")))
    except (httpx.InvalidURL, UnicodeError):
        return Unreachable(f"{shown(url)} redirects to what is no URL")
    if (target.scheme, target.host, target.port) != (url.scheme, url.host, url.port):
        return Unreachable(f"{shown(url)} redirects to another place, {shown(target)}; write that one as the source")
    return target


def header(response: httpcore.Response, name: bytes) -> str:
    """The first header of that name (in small letters), or nothing."""
    return next((value.decode("latin-1") for key, value in response.headers if key.lower() == name), "")


def _why(error: Exception) -> str:
    """A failure of the network in words, out of which nothing of the URL can show."""
    text = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in text:
        detail = re.search(r"verify failed: ([^()]+)", text)
        return f"shows a certificate that is not trusted{f': {detail[1].strip()}' if detail else ''}"
    if isinstance(error, httpcore.ConnectError):
        return f"cannot be reached: {'the connection failed' if 'attempts failed' in text or not text else text}"
    if isinstance(error, httpcore.ProtocolError):
        return "broke off, or does not speak HTTP as it should"
    return f"cannot be read: the connection broke ({type(error).__name__})"
