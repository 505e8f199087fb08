"""The far end of a `response_url` and of the Web API, on a real loopback port, for tests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass
class SlackEnd:
    """What arrived: posts to the response_url, and calls of methods. `status` and `drop` are what answers them."""

    url: str = ""
    said: list[dict[str, Any]] = field(default_factory=list)
    called: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    status: int = 200
    drop: bool = False
    refuse: dict[str, str] = field(default_factory=dict)

    @property
    def response_url(self) -> str:
        return f"{self.url}/respond"

    async def respond(self, request: web.Request) -> web.StreamResponse:
        self.said.append(await request.json())
        if self.drop:  # Slack took it, and the connection broke before its answer
            assert request.transport is not None
            request.transport.close()
        return web.Response(status=self.status, text="ok")

    async def method(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        kind = request.content_type
        self.called.append((name, await request.json() if kind == "application/json" else dict(await request.post())))
        if name in self.refuse:
            return web.json_response({"ok": False, "error": self.refuse[name]})
        identity = {"team_id": "T1HOME", "user_id": "U0BOT0001", "bot_id": "B1", "team": "home", "user": "convoy"}
        return web.json_response({"ok": True, **(identity if name == "auth.test" else {})})


@asynccontextmanager
async def slack_end() -> AsyncIterator[SlackEnd]:
    """Serve until the block ends."""
    end = SlackEnd()
    app = web.Application()
    app.router.add_post("/respond", end.respond)
    app.router.add_post("/api/{name}", end.method)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    end.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield end
    finally:
        await runner.cleanup()
