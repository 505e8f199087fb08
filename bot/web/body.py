"""Reading a request body without trusting its sender: a cap while it streams, and a deadline for all of it."""

import asyncio

from starlette.requests import ClientDisconnect, Request

from bot.web.verifier import Refusal

DEADLINE = 3.0  # seconds; Slack itself gives up then, and a dripping sender must not hold a connection


async def read_body(request: Request, limit: int, deadline: float = DEADLINE) -> bytes | Refusal:
    """At most `limit` bytes: 413 for more (said before reading when the length is declared), 408 when it drips."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and len(declared) < 20 and int(declared) > limit:
        return Refusal(413, "body too large")
    chunks = bytearray()
    try:
        async with asyncio.timeout(deadline):
            async for chunk in request.stream():
                chunks += chunk
                if len(chunks) > limit:
                    return Refusal(413, "body too large")
    except TimeoutError:
        return Refusal(408, "body too slow")
    except ClientDisconnect:
        return Refusal(400, "sender hung up")
    return bytes(chunks)
