"""One structured log line for each request: what, how it ended, how long.

Never a body, a query, a header or a secret.
"""

import time
from collections.abc import Collection

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger(__name__)


class AccessLog:
    """ASGI middleware. Paths that we do not serve are logged as `other`: strangers put anything there."""

    def __init__(self, app: ASGIApp, paths: Collection[str]) -> None:
        self._app = app
        self._paths = frozenset(paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, then log; the handler may add `scope["state"]["note"]`, such as why a request was refused."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500  # what the server answers when the application raises

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        scope.setdefault("state", {})
        try:
            await self._app(scope, receive, watch)
        finally:
            path = scope["path"] if scope["path"] in self._paths else "other"
            took = round((time.perf_counter() - started) * 1000, 1)
            note = scope["state"].get("note", "")
            log.info("request", method=_method(scope), path=path, status=status, ms=took, note=note)


def _method(scope: Scope) -> str:
    method: str = scope["method"]
    return method if method in ("GET", "HEAD", "POST") else "other"
