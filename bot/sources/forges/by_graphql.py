"""GitHub by GraphQL: what is there, in one question for fifty repositories; then the texts that are new, no others."""

import asyncio
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass

from bot.release.documents import STATUS_LIMIT
from bot.release.json_text import size
from bot.release.plan import Problem
from bot.services.ports import Answer, Collected, Listing, NotFound, Refused, Unreachable
from bot.sources.forges import graphql
from bot.sources.forges.apart import apart
from bot.sources.forges.asking import Asker
from bot.sources.forges.graphql import BRANCH, FILE, Answered, Blob, Fault, Read, Seen, Trouble
from bot.sources.forges.memory import Notes
from bot.sources.forges.places import Asked, Forge, Place
from bot.sources.forges.versions import Mark, listed
from bot.sources.forges.words import no_repository, no_sense, not_let, status_of, token_refused
from bot.sources.https import parsed

BATCH = 50
"""Repositories of one question: GitHub counts it as one point of the 5,000 of an hour."""
TEXTS = 1024 * 1024
"""Bytes of documents that one question asks for."""
_SEVERAL = 3
"""A question about many documents may take this many times the deadline of one."""


@dataclass(frozen=True)
class _New:
    """A blob whose text is not known, and what else is known of its repository."""

    one: Asked
    blob: Blob
    file: str
    versions: Listing


def memory_key(place: Place) -> str:
    """Under which the text of a repository's document is remembered, by the oid of its blob."""
    return f"{place.key} blob"


class ByGraphQL:
    """One pass over repositories of one GitHub. Answers go into `answers` as they come."""

    def __init__(
        self, forge: Forge, asker: Asker, notes: Notes, answers: MutableMapping[str, Answer], at_once: int = 3
    ) -> None:
        self._forge = forge
        self._asker, self._notes, self._answers = asker, notes, answers
        self._slots = asyncio.Semaphore(at_once)
        self._refused = False

    async def run(self, asked: Sequence[Asked]) -> list[Asked]:
        """Answer for all; returns those for which this API is not to be had, so that another is asked."""
        await self._notes.load([memory_key(one.place) for one in asked])
        batches = [asked[i : i + BATCH] for i in range(0, len(asked), BATCH)]
        left = await apart([(batch, self._batch(batch)) for batch in batches], self._answers)
        return [one for batch in left for one in batch]

    async def _batch(self, asked: Sequence[Asked]) -> Sequence[Asked]:
        async with self._slots:
            return await self._look(asked)

    async def _look(self, asked: Sequence[Asked]) -> Sequence[Asked]:
        """Stage one for these, then stage two for those that are new."""
        if self._refused:
            return asked
        names = [(one.place.owner, one.place.name, one.wanted.tag_prefix) for one in asked]
        answer = await self._ask(graphql.look(names), len(asked))
        if answer is Trouble.REFUSED:
            self._refused = True
            return asked
        if answer is Trouble.TOO_MUCH and len(asked) > 1:
            half = len(asked) // 2
            return [*await self._look(asked[:half]), *await self._look(asked[half:])]
        if not isinstance(answer, Answered):
            for one in asked:
                self._both(one, self._failure(answer))
            return ()
        new = [found for i, one in enumerate(asked) if (found := await self._seen(one, answer, f"r{i}"))]
        for group in _groups(new):
            await self._read(group)
        return ()

    async def _ask(self, body: bytes, many: int) -> Answered | Trouble | Unreachable:
        forge = self._forge
        budget = self._asker.budget(_SEVERAL if many > 1 else 1)
        reply = await self._asker.post(forge.graphql, body, budget, graphql.limit, patient=many > 1)
        if isinstance(reply, Unreachable):
            return reply
        answer = graphql.meant(reply)
        if isinstance(answer, int):
            return Unreachable(status_of(forge, answer))
        if isinstance(answer, Answered) and (reset := graphql.resets(answer)):
            self._asker.gate.pause(reset.timestamp())
        return answer

    def _failure(self, answer: Trouble | Unreachable) -> Unreachable:
        """Why a question came to nothing, for each of those that it was about."""
        forge = self._forge
        match answer:
            case Unreachable():
                return answer
            case Trouble.TOKEN:
                return Unreachable(token_refused(forge))
            case Trouble.TOO_MUCH:
                return Unreachable(f"{forge.host} did not manage to answer; a later pass asks again")
            case _:
                return Unreachable(no_sense(forge))

    def _both(self, one: Asked, why: NotFound | Unreachable) -> None:
        self._answers[one.repository] = Answer(why, why)

    async def _seen(self, one: Asked, answer: Answered, alias: str) -> _New | None:
        """Answer for one repository out of stage one, or say which text is missing for that."""
        faults = answer.faults.get(alias, ())
        raw = answer.data.get(alias)
        if raw is None:
            self._both(one, _absent(one.place, faults))
            return None
        seen = graphql.checked(Seen, raw)
        if seen is None:
            self._both(one, Unreachable(no_sense(one.place.forge)))
            return None
        unread = frozenset(str(fault.path[1]) for fault in faults if fault.path and len(fault.path) > 1)
        versions = _versions(one, seen, unread)
        found = _document(one.place, seen, unread)
        if isinstance(found, tuple):
            blob, file = found
            known = self._notes.get(memory_key(one.place))
            if known is None or known.mark != blob.oid:
                return _New(one, blob, file, versions)
            found = await parsed(known.text.encode(), file, one.wanted)
        self._answers[one.repository] = Answer(found, versions)
        return None

    async def _read(self, group: Sequence[_New]) -> None:
        """Stage two: the texts of these blobs."""
        blobs = [(new.one.place.owner, new.one.place.name, new.blob.oid) for new in group]
        answer = await self._ask(graphql.read(blobs), len(group))
        if answer is Trouble.TOO_MUCH and len(group) > 1:
            half = len(group) // 2
            await self._read(group[:half])
            await self._read(group[half:])
            return
        for i, new in enumerate(group):
            if isinstance(answer, Answered):
                found = await self._text(new, answer, f"r{i}")
            else:
                found = self._failure(answer)
            self._answers[new.one.repository] = Answer(found, new.versions)

    async def _text(self, new: _New, answer: Answered, alias: str) -> Collected:
        place = new.one.place
        raw = answer.data.get(alias)
        if raw is None:
            return _absent(place, answer.faults.get(alias, ()))
        found = graphql.checked(Read, raw)
        if found is None or (found.object is not None and found.object.oid != new.blob.oid):
            return Unreachable(no_sense(place.forge))
        if found.object is None:
            return Unreachable(f"{new.file} changed while it was read; a later pass reads it")
        if found.object.is_truncated:
            return _too_large(new.file)
        if found.object.text is None:
            return _not_text(new.file)
        self._notes.put(memory_key(place), new.blob.oid, found.object.text)
        return await parsed(found.object.text.encode("utf-8", "surrogatepass"), new.file, new.one.wanted)


def _groups(new: Sequence[_New]) -> list[list[_New]]:
    """Cut so that no question asks for more text than is sensible."""
    groups: list[list[_New]] = []
    room = 0
    for one in new:
        room -= one.blob.byte_size
        if not groups or room < 0 or len(groups[-1]) == BATCH:
            groups.append([])
            room = TEXTS - one.blob.byte_size
        groups[-1].append(one)
    return groups


def _document(place: Place, seen: Seen, unread: frozenset[str]) -> tuple[Blob, str] | Collected:
    """The blob of the document with its address, or what else there is instead; that of the branch comes first."""
    if "branch" in unread:
        return Unreachable(not_let(place))
    ref, blob = (BRANCH, seen.branch) if seen.branch is not None else ("HEAD", seen.head)
    file = place.file(ref, FILE)
    if blob is None:
        if "head" in unread:
            return Unreachable(not_let(place))
        return NotFound(f"{place.shown} has no {FILE}, neither on its default branch nor on a branch {BRANCH}")
    if blob.kind != "Blob" or not blob.oid:
        return Refused(file, (Problem(0, "it is a folder, not a file"),))
    if blob.byte_size > STATUS_LIMIT:
        return _too_large(file)
    return _not_text(file) if blob.is_binary else (blob, file)


def _versions(one: Asked, seen: Seen, unread: frozenset[str]) -> Listing:
    refs, releases = seen.refs, seen.releases
    # Without the releases a tag would not be known to be one, and the next pass would take that for news.
    if {"refs", "releases"} & unread or refs is None or refs.nodes is None:
        return Unreachable(f"{one.place.shown} did not show its tags and releases")
    tags = [Mark(tag.name) for tag in refs.nodes if tag is not None]
    out = [r for r in (releases.nodes if releases else None) or () if r is not None and not r.is_draft]
    marks = [Mark(release.tag_name, release.published_at) for release in out]
    return listed(tags, marks, one.wanted.tag_prefix, complete=refs.total_count <= len(tags))


def _absent(place: Place, faults: Sequence[Fault]) -> NotFound | Unreachable:
    """Why there is nothing about a repository."""
    kinds = {fault.type for fault in faults}
    if "NOT_FOUND" in kinds:
        return NotFound(no_repository(place))
    return Unreachable(not_let(place) if "FORBIDDEN" in kinds else f"{place.forge.host} said nothing of {place.path}")


def _too_large(file: str) -> Refused:
    return Refused(file, (Problem(0, f"the document is too large: at most {size(STATUS_LIMIT)} are read"),))


def _not_text(file: str) -> Refused:
    return Refused(file, (Problem(0, "it is not text"),))
