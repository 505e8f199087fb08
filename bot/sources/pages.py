"""The document behind an https URL that is no forge's: one GET, with the ETag of the last time."""

import base64

import httpcore
import httpx

from bot.release.documents import STATUS_LIMIT
from bot.services.ports import Collected, NotFound, Remembered, Unreachable, Wanted
from bot.sources.forges.memory import Notes, is_mark
from bot.sources.https import REDIRECTS, Line, header, parsed, read_body, redirected, shown, unbroken

_ABSENT = frozenset({404, 410})


def memory_key(url: httpx.URL) -> str:
    """Under which the text of a page is remembered; whoever shows another password is told nothing of it."""
    return f"page {url}"


async def fetch(line: Line, url: httpx.URL, one: Wanted, notes: Notes, seconds: float) -> Collected:
    """The document of a repository behind `url`. What goes wrong is a value, and breaks the line."""
    found = await unbroken(line, _fetch(line, url, one, notes), seconds)
    return Unreachable(f"{shown(url)} {found}") if isinstance(found, str) else found


async def _fetch(line: Line, url: httpx.URL, one: Wanted, notes: Notes) -> Collected:
    credentials = _credentials(url)
    response = await _get(line, url, credentials, notes)
    if response.status in REDIRECTS:
        await response.aclose()
        target = redirected(url, response)
        if isinstance(target, Unreachable):
            return target
        await notes.load([memory_key(target)])
        url, response = target, await _get(line, target, credentials, notes)
    try:
        return await _answered(url, response, one, notes)
    finally:
        await response.aclose()


async def _get(line: Line, url: httpx.URL, credentials: list[tuple[str, str]], notes: Notes) -> httpcore.Response:
    known = notes.get(memory_key(url))
    etag = [("if-none-match", known.mark)] if known else []
    return await line.ask("GET", url, [("accept", "application/json"), *etag, *credentials])


async def _answered(url: httpx.URL, response: httpcore.Response, one: Wanted, notes: Notes) -> Collected:
    """What one response comes to; its body is read no further than a document may go."""
    known = notes.get(memory_key(url))
    encoding = header(response, b"content-encoding").strip().lower()
    if response.status == 200 and encoding not in ("", "identity"):
        return Unreachable(f"{shown(url)} answers compressed ({encoding}), though it was asked not to")
    body = await read_body(response, STATUS_LIMIT)
    if response.status == 304 and known is not None:
        return await parsed(known.text.encode(), shown(url), one)
    if response.status in _ABSENT:
        return NotFound(f"{shown(url)} answers {response.status}: there is no document")
    if response.status != 200:
        return Unreachable(f"{shown(url)} answers {response.status}{_hint(response.status)}")
    if (note := _note(response, body)) is not None:
        notes.put(memory_key(url), note.mark, note.text)
    return await parsed(body, shown(url), one)


def _note(response: httpcore.Response, body: bytes) -> Remembered | None:
    """What to remember of a document; None where it says nothing by which to ask again, or is none that is read."""
    etag = header(response, b"etag")
    if len(body) > STATUS_LIMIT or not is_mark(etag):
        return None
    try:
        return Remembered(etag, body.decode())
    except UnicodeDecodeError:
        return None


def _credentials(url: httpx.URL) -> list[tuple[str, str]]:
    if not url.userinfo:
        return []
    token = base64.b64encode(f"{url.username}:{url.password}".encode()).decode("ascii")
    return [("authorization", f"Basic {token}")]


def _hint(status: int) -> str:
    if status in (401, 403):
        return ": it does not let Convoy read"
    if status in REDIRECTS:
        return ": it redirects more than once"
    return ": the fault is on its side" if status >= 500 else ""
