"""The HTTP application: three addresses for Slack with one handler behind them, three for forges, two for whoever
watches the process.

Every request is verified, parsed and deduplicated here; Bolt gets a parsed body and runs the listeners.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Lifespan

from bot.services.ports import Clock
from bot.web.access import AccessLog
from bot.web.body import read_body
from bot.web.health import Check, healthz, readyz
from bot.web.once import Once, OnlyReads, Seen, never
from bot.web.payload import Payload, event_key, parse
from bot.web.verifier import BODY_LIMIT, Refusal, credentials, signed
from bot.web.webhooks import HOOK_PATHS, Webhooks

SLACK_PATHS = ("/slack/events", "/slack/commands", "/slack/interactions")
WATCH_PATHS = ("/healthz", "/readyz")


@dataclass(frozen=True)
class Answer:
    """What one request is answered with, kept so that a copy of the request can be answered alike."""

    status: int = 200
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class SlackEndpoint:
    """Takes what Slack sends: 401 unsigned, 413 too large, 400 unreadable, otherwise what the listeners acknowledge."""

    def __init__(self, bolt: AsyncApp, signing_secret: str, seen: Seen, clock: Clock, only_reads: OnlyReads) -> None:
        if not signing_secret:
            raise ValueError("the signing secret is empty: anybody could sign with that")
        self._bolt = bolt
        self._secret = signing_secret.encode()
        self._clock = clock
        self._only_reads = only_reads
        self._once: Once[Answer] = Once(seen, clock)

    async def handle(self, request: Request) -> Response:
        """One request from the network to its answer."""
        answer = await self._take(request)
        if isinstance(answer, Refusal):
            request.state.note = answer.reason
            # Closed, so that the rest of a body that we did not want is not read either.
            return Response(status_code=answer.status, headers={"connection": "close"})
        if answer.status >= 400:
            request.state.note = "no listener acknowledged it"
        return Response(answer.body, answer.status, answer.headers)

    async def _take(self, request: Request) -> Answer | Refusal:
        given = credentials(request.headers.raw, self._clock.now().timestamp())
        if isinstance(given, Refusal):
            return given
        body = await read_body(request, BODY_LIMIT)
        if isinstance(body, Refusal):
            return body
        if not signed(self._secret, given, body):
            return Refusal(401, "wrong signature")
        payload = parse(request.headers.get("content-type", ""), body)
        if isinstance(payload, Refusal):
            return payload
        bolt_request = _bolt_request(payload, request)
        if isinstance(bolt_request, Refusal):
            return bolt_request

        async def dispatch() -> Answer:
            answer = await self._bolt.async_dispatch(bolt_request)
            return Answer(answer.status, answer.body, answer.first_headers_without_set_cookie())

        key = event_key(payload) or given.key
        return await self._once.answer(key, dispatch, Answer(), only_reads=self._only_reads(payload))


def _bolt_request(payload: Payload, request: Request) -> AsyncBoltRequest | Refusal:
    retries = {k: v for k in ("x-slack-retry-num", "x-slack-retry-reason") if (v := request.headers.get(k))}
    try:
        # "socket_mode" is Bolt's word for "parsed and verified already".
        return AsyncBoltRequest(body=payload, headers={**retries}, mode="socket_mode")
    except (TypeError, AttributeError, LookupError, ValueError):
        return Refusal(400, "not a payload of Slack's")  # it looks into nested fields without asking for their types


def web_app(
    bolt: AsyncApp,
    *,
    signing_secret: str,
    seen: Seen,
    clock: Clock,
    checks: Mapping[str, Check],
    only_reads: OnlyReads = never,
    hooks: Webhooks | None = None,
    lifespan: Lifespan[Any] | None = None,
) -> Starlette:
    """The ASGI application. `checks` decide on `/readyz`; every other address is 404.

    `clock` is real time: signatures go by it. `only_reads` tells what needs no memory across processes.
    `hooks`: what forges send is taken too.

    Raises ValueError for an empty signing secret.
    """
    slack = SlackEndpoint(bolt, signing_secret, seen, clock, only_reads)
    routes = [Route(path, slack.handle, methods=["POST"]) for path in SLACK_PATHS]
    return _app(routes, SLACK_PATHS, checks, hooks, lifespan)


def watch_app(
    checks: Mapping[str, Check], *, hooks: Webhooks | None = None, lifespan: Lifespan[Any] | None = None
) -> Starlette:
    """`/healthz`, `/readyz` and webhooks: for a process in Socket Mode, which Slack does not call over HTTP."""
    return _app([], (), checks, hooks, lifespan)


def _app(
    routes: Sequence[Route], paths: Sequence[str], checks: Mapping[str, Check], hooks: Webhooks | None,
    lifespan: Lifespan[Any] | None,
) -> Starlette:  # fmt: skip
    heard = [Route(path, hooks.handle, methods=["POST"]) for path in HOOK_PATHS] if hooks is not None else []
    watched = [Route("/healthz", healthz), Route("/readyz", readyz(checks))]
    log_lines = Middleware(AccessLog, paths=(*paths, *HOOK_PATHS, *WATCH_PATHS))
    app = Starlette(routes=[*routes, *heard, *watched], middleware=[log_lines], lifespan=lifespan)
    app.router.redirect_slashes = False  # a redirect would be one more address that answers
    return app
