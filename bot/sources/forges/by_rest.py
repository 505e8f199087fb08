"""One repository after the other by REST: the document, then tags and releases, each with the ETag of the last time."""

import asyncio
import json
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from datetime import datetime

from bot.release.documents import STATUS_LIMIT
from bot.release.json_text import size
from bot.release.plan import Problem
from bot.services.ports import Answer, Collected, Listing, NotFound, Refused, Unreachable, Wanted
from bot.sources.forges.apart import apart
from bot.sources.forges.apis import APIS, Api, Marks, Shelf, main_branch
from bot.sources.forges.asking import MOST_BYTES, Asker, Budget
from bot.sources.forges.graphql import BRANCH, FILE
from bot.sources.forges.limits import Reply
from bot.sources.forges.memory import Notes, is_mark
from bot.sources.forges.places import Asked, Forge, Place
from bot.sources.forges.versions import Mark, listed
from bot.sources.forges.words import no_repository, no_sense, not_let, status_of, token_refused
from bot.sources.https import parsed

_JSON = "application/json"

Reduce = Callable[[Reply], str | None]
"""What of an answer is worth remembering; None: it is not what was asked for."""


class ByRest:
    """One pass over repositories of one forge. Answers go into `answers` as they come."""

    def __init__(
        self, forge: Forge, asker: Asker, notes: Notes, answers: MutableMapping[str, Answer], at_once: int = 8
    ) -> None:
        self._asker, self._notes, self._answers = asker, notes, answers
        self._api: Api = APIS[forge.kind]
        self._slots = asyncio.Semaphore(at_once)

    async def run(self, asked: Sequence[Asked]) -> None:
        """Answer for all."""
        await self._notes.load([key for one in asked for key in self._keys(one)])
        await apart([((one,), self._one(one)) for one in asked], self._answers)

    def _keys(self, one: Asked) -> Iterator[str]:
        api, place = self._api, one.place
        shelves = [shelf for shelf in (api.tags(one), api.releases(one)) if shelf is not None]
        main = api.main(place)
        yield from (api.file(place, BRANCH), main or api.file(place, "HEAD"), *(shelf.url for shelf in shelves))

    async def _one(self, one: Asked) -> None:
        async with self._slots:
            document = await self._document(one, self._asker.budget())
            versions = await self._versions(one, self._asker.budget())
        if isinstance(document, NotFound) and isinstance(versions, NotFound):
            document = versions  # there is no such repository: more than that it has no document
        self._answers[one.repository] = Answer(document, versions)

    async def _document(self, one: Asked, budget: Budget) -> Collected:
        place = one.place
        for ref in (BRANCH, "HEAD"):
            branch = ref if ref == BRANCH else await self._head(place, budget)
            if not isinstance(branch, str):
                return branch
            file = place.file(ref, FILE)
            most = STATUS_LIMIT
            got = await self._get(place, self._api.file(place, branch), budget, _text, self._api.accept, most)
            if isinstance(got, str):
                return await parsed(got.encode(), file, one.wanted)
            if isinstance(got, Reply):  # a file, and none of ours
                return await self._refused(got, file, one.wanted)
            if isinstance(got, Unreachable):
                return got
        return NotFound(f"{place.shown} has no {FILE}, neither on its default branch nor on a branch {BRANCH}")

    async def _refused(self, reply: Reply, file: str, one: Wanted) -> Collected:
        if not reply.whole:
            reason = f"the document is too large: more than {size(STATUS_LIMIT)}, and no more is read"
            return Refused(file, (Problem(0, reason),))
        return await parsed(reply.data, file, one)

    async def _head(self, place: Place, budget: Budget) -> str | NotFound | Unreachable:
        """How the default branch is called where an address needs its name."""
        url = self._api.main(place)
        if url is None:
            return "HEAD"
        got = await self._get(place, url, budget, lambda reply: main_branch(reply.data), _JSON, MOST_BYTES)
        if isinstance(got, NotFound):
            return NotFound(no_repository(place))
        if isinstance(got, Reply):
            return Unreachable(no_sense(place.forge))
        if got == "":
            return NotFound(f"{place.shown} has no branch yet")
        return got

    async def _versions(self, one: Asked, budget: Budget) -> Listing:
        tags = await self._shelf(one.place, self._api.tags(one), budget)
        if not isinstance(tags, tuple):
            return tags
        shelf = self._api.releases(one)
        # Only that there are none is an answer: as long as they cannot be read, a tag is not known to be no release.
        releases: Marks | NotFound | Unreachable = (
            ((), True) if shelf is None else await self._shelf(one.place, shelf, budget)
        )
        if isinstance(releases, Unreachable):
            return releases
        marks = () if isinstance(releases, NotFound) else releases[0]
        return listed(tags[0], marks, one.wanted.tag_prefix, complete=tags[1])

    async def _shelf(self, place: Place, shelf: Shelf, budget: Budget) -> Marks | NotFound | Unreachable:
        def reduce(reply: Reply) -> str | None:
            marks = shelf.read(reply.data, reply.headers) if reply.whole else None
            return None if marks is None else _written(marks)

        got = await self._get(place, shelf.url, budget, reduce, _JSON, MOST_BYTES)
        if isinstance(got, Reply):
            return Unreachable(no_sense(place.forge))
        return _read(got) if isinstance(got, str) else got

    async def _get(
        self, place: Place, url: str, budget: Budget, reduce: Reduce, accept: str, most: int
    ) -> str | Reply | NotFound | Unreachable:
        """What is behind `url`, new or as remembered; a Reply where it is not what `reduce` takes."""
        await self._notes.load([url])
        known = self._notes.get(url)
        reply = await self._asker.get(url, budget, etag=known.mark if known else None, accept=accept, most=most)
        if isinstance(reply, Unreachable):
            return reply
        if reply.status == 304 and known is not None:
            return known.text
        if reply.status in (404, 410):
            return NotFound(no_repository(place))
        if reply.status != 200:
            return Unreachable(_failure(place, reply.status))
        text = reduce(reply)
        if text is None:
            return reply
        etag = reply.headers.get("etag", "")
        if is_mark(etag):
            self._notes.put(url, etag, text)
        return text


def _failure(place: Place, status: int) -> str:
    if status == 401:
        return token_refused(place.forge)
    return not_let(place) if status == 403 else status_of(place.forge, status)


def _text(reply: Reply) -> str | None:
    try:
        return reply.data.decode() if reply.whole else None
    except UnicodeDecodeError:
        return None


def _written(marks: Marks) -> str:
    rows = [[tag, when.isoformat() if when else None] for tag, when in marks[0]]
    return json.dumps([marks[1], rows])


def _read(text: str) -> Marks:
    complete, rows = json.loads(text)
    return tuple(Mark(tag, datetime.fromisoformat(when) if when else None) for tag, when in rows), complete
