"""Webhooks of forges: a push, a tag or a release is looked at now instead of at the next round.

Verified over the raw bytes before anything is parsed, and each delivery taken once; answered at once, looked at after.
Polling finds whatever a hook did not tell.
"""

import asyncio
import hashlib
import hmac
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import structlog
from starlette.requests import Request
from starlette.responses import Response

from bot.services.ports import Clock
from bot.web.body import read_body
from bot.web.hook_news import Moved, moved
from bot.web.once import Seen
from bot.web.verifier import Refusal

log = structlog.get_logger(__name__)

HOOK_PATHS = ("/hooks/github", "/hooks/gitlab", "/hooks/bitbucket")
HOOK_LIMIT = 5 * 1024 * 1024
"""Bytes; a push of many commits is a large hook. Forges send up to 25 MB; what is larger is left to polling."""
_DEADLINE = 8.0  # seconds for the body; GitHub and GitLab give up at 10
_ID = re.compile(r"[A-Za-z0-9-]{8,100}")

OnMoved = Callable[[Moved], Awaitable[None]]


@dataclass(frozen=True)
class Forge:
    """How one forge signs. `hmac`: the header holds `sha256=` of the body; otherwise it holds the secret itself."""

    name: str
    signature: str
    event: str
    delivery: str
    hmac: bool = True


FORGES: Mapping[str, Forge] = {
    "/hooks/github": Forge("github", "x-hub-signature-256", "x-github-event", "x-github-delivery"),
    # GitLab signs nothing: it sends the secret along, so the hook must come over https.
    "/hooks/gitlab": Forge("gitlab", "x-gitlab-token", "x-gitlab-event", "x-gitlab-event-uuid", hmac=False),
    "/hooks/bitbucket": Forge("bitbucket", "x-hub-signature", "x-event-key", "x-request-uuid"),
}


class Webhooks:
    """Takes hooks: 401 unsigned, 413 too large, 400 unreadable, 202 taken, 200 when there is nothing to look at.

    `secret` is the one that the hooks were set up with. `on_moved` runs after the answer; what it raises is logged.
    """

    def __init__(self, secret: str, seen: Seen, clock: Clock, on_moved: OnMoved) -> None:
        if not secret:
            raise ValueError("the webhook secret is empty: anybody could sign with that")
        self._secret = secret.encode()
        self._seen = seen
        self._clock = clock
        self._on_moved = on_moved
        self._looking: set[asyncio.Task[None]] = set()

    async def handle(self, request: Request) -> Response:
        """One request from the network to its answer."""
        taken = await self._take(FORGES[request.url.path], request)
        if isinstance(taken, Refusal):
            request.state.note = taken.reason
            return Response(status_code=taken.status, headers={"connection": "close"})
        if isinstance(taken, str):
            request.state.note = taken
            return Response(status_code=200)
        task = asyncio.create_task(self._look(taken))
        self._looking.add(task)
        task.add_done_callback(self._looking.discard)
        return Response(status_code=202)

    async def _take(self, forge: Forge, request: Request) -> Moved | Refusal | str:
        signatures = request.headers.getlist(forge.signature)
        if len(signatures) != 1:
            return Refusal(401, "no signature" if not signatures else "doubled header")
        if not forge.hmac and not self._is_secret(signatures[0]):
            return Refusal(401, "wrong secret")
        body = await read_body(request, HOOK_LIMIT, _DEADLINE)
        if isinstance(body, Refusal):
            return body
        if forge.hmac and not self._signed(signatures[0], body):
            return Refusal(401, "wrong signature")
        delivery = request.headers.get(forge.delivery, "").strip("{}")
        if not _ID.fullmatch(delivery):
            return Refusal(400, "no delivery id")
        try:
            news = moved(request.headers.get(forge.event, ""), json.loads(body))
        except (ValueError, RecursionError):
            return Refusal(400, "not JSON; set the content type of the hook to application/json")
        if news is None:
            return "nothing to look at"
        # Only now: what was refused before may come again, corrected, under the same id.
        if not await self._seen(f"hook:{forge.name}:{delivery}", self._clock.now()):
            return "delivered before"
        return news

    def _signed(self, signature: str, body: bytes) -> bool:
        expected = "sha256=" + hmac.new(self._secret, body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace"))

    def _is_secret(self, given: str) -> bool:
        # Digests, so that the time it takes does not even tell how long the secret is.
        ours, theirs = (hashlib.sha256(text).digest() for text in (self._secret, given.encode("utf-8", "replace")))
        return hmac.compare_digest(ours, theirs)

    async def _look(self, news: Moved) -> None:
        try:
            await self._on_moved(news)
        except Exception:
            log.exception("a hook was taken, and looking failed; polling looks again")
