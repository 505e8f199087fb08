"""The door of the Web API: which method, whose token, which scopes, planted faults, and the journal."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from bot.sandbox import methods_chat, methods_conversations, methods_files, methods_people, methods_views
from bot.sandbox.arguments import Arguments, read_arguments
from bot.sandbox.core import Core, Method
from bot.sandbox.faults import Fault, Faults
from bot.sandbox.journal import Journal
from bot.sandbox.refusal import Json, Refused

METHODS: dict[str, Method] = {
    **methods_chat.METHODS,
    **methods_conversations.METHODS,
    **methods_files.METHODS,
    **methods_people.METHODS,
    **methods_views.METHODS,
}
DEFAULT_SCOPES = frozenset(
    {
        "channels:history", "channels:join", "channels:read", "chat:write", "commands", "files:write", "groups:history",
        "groups:read", "im:history", "im:read", "im:write", "mpim:read", "mpim:write", "reactions:write", "users:read",
        "users:read.email",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Tokens:
    """What the app must show. Never printed: `repr` hides them."""

    bot: str
    app: str
    signing_secret: str

    def __repr__(self) -> str:
        return "Tokens(***)"

    @staticmethod
    def fresh() -> "Tokens":
        """New random ones, in the forms that Slack gives them."""
        return Tokens(f"xoxb-1-{secrets.token_hex(12)}", f"xapp-1-{secrets.token_hex(12)}", secrets.token_hex(16))


class WebApi:
    """Answers `/api/<method>`."""

    def __init__(self, core: Core, tokens: Tokens, faults: Faults, journal: Journal) -> None:
        self._core = core
        self._tokens = tokens
        self._faults = faults
        self._journal = journal

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One call."""
        name = request.match_info["method"]
        self._core.in_flight += 1
        try:
            return await with_faults(self._core, request, name, self._faults, lambda: self._answer(request, name))
        finally:
            self._core.in_flight -= 1

    async def _answer(self, request: web.Request, name: str) -> web.Response:
        seen: dict[str, Json] = {}
        headers = {"X-Slack-Req-Id": secrets.token_hex(8), "X-OAuth-Scopes": ",".join(sorted(self._core.scopes))}
        status = 200
        try:
            method = _method(name)
            arguments = await read_arguments(request, form_only=method.form_only)
            seen.update(arguments.values)
            self._authorise(method, arguments)
            body: dict[str, Json] = {"ok": True, **method.call(self._core, arguments)}
        except Refused as refusal:
            body, status = refusal.body(), refusal.status
            if "retry_after" in body:
                headers["Retry-After"] = str(body.pop("retry_after"))
        self._journal.add("from app", name, seen, body, status)
        return web.json_response(body, status=status, headers=headers)

    def _authorise(self, method: Method, arguments: Arguments) -> None:
        token = arguments.token
        if not token:
            raise Refused("not_authed")
        if token not in {self._tokens.bot, self._tokens.app}:
            raise Refused("invalid_auth")
        if (token == self._tokens.app) != method.app_level:
            raise Refused("not_allowed_token_type")
        for scope in method.scopes:
            self._core.need_scope(scope)


def _method(name: str) -> Method:
    if name not in METHODS:
        raise Refused("unknown_method", req_method=name)
    return METHODS[name]


async def with_faults(
    core: Core, request: web.Request, name: str, faults: Faults, answer: Callable[[], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """The answer, or the trouble that was planted for it. A fault of the sandbox itself is kept in `core.crashes`."""
    fault = faults.strike(name)
    try:
        if fault is None:
            return await answer()
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
            return await answer()
        if fault.when == "after":
            await answer()
    except (web.HTTPException, ConnectionError):
        raise
    except Exception as crash:
        core.crashes.append(crash)
        raise
    return _trouble(request, fault)


def _trouble(request: web.Request, fault: Fault) -> web.StreamResponse:
    if fault.kind == "rate_limit":
        headers = {"Retry-After": str(fault.retry_after)}
        return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
    if fault.kind == "error":
        return web.json_response({"ok": False, "error": fault.error})
    if fault.kind == "drop" and request.transport is not None:
        request.transport.abort()
    return web.Response(status=fault.status, text="<html><body>Server Error</body></html>", content_type="text/html")
