"""Is the process alive (`/healthz`), and can it do its work (`/readyz`)? Two questions, as an orchestrator asks them:
one decides on a restart, the other on sending traffic here.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

Check = Callable[[], Awaitable[str | None]]
"""None when all is well; otherwise one sentence that says what is wrong, without secrets."""

DEADLINE = 2.0  # seconds for each check; probes give up soon after
log = structlog.get_logger(__name__)


async def healthz(_: Request) -> Response:
    """Answered by the event loop itself: when this does not come, nothing else does."""
    return PlainTextResponse("ok\n")


async def failing(checks: Mapping[str, Check], deadline: float = DEADLINE) -> dict[str, str]:
    """Run all checks at once; the reason of each one that does not pass, by name."""
    reasons = await asyncio.gather(*(_reason(name, check, deadline) for name, check in checks.items()))
    return {name: reason for name, reason in zip(checks, reasons, strict=True) if reason}


async def _reason(name: str, check: Check, deadline: float) -> str | None:
    try:
        async with asyncio.timeout(deadline):
            return await check()
    except TimeoutError:
        return f"no answer within {deadline:g} s"
    except Exception as error:  # a check that breaks is a check that does not pass
        # The text of the error may name hosts or credentials; it goes to our log only.
        log.warning("readiness check failed", check=name, exc_info=error)
        return f"{type(error).__name__}: see the log"


def readyz(checks: Mapping[str, Check], deadline: float = DEADLINE) -> Callable[[Request], Awaitable[Response]]:
    """The handler: 200 and `{"ready": true, "reasons": {}}`, or 503 with the reasons by check."""

    async def handler(_: Request) -> Response:
        reasons = await failing(checks, deadline)
        body = {"ready": not reasons, "reasons": reasons, "checks": sorted(checks)}
        return JSONResponse(body, status_code=503 if reasons else 200, headers={"cache-control": "no-store"})

    return handler
