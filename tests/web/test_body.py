"""Bodies that drip, lie about their length, or stop."""

import asyncio
from collections.abc import Sequence

from starlette.requests import Request

from bot.web.body import read_body
from bot.web.verifier import Refusal


def request(chunks: Sequence[bytes], *, pause: float = 0, ends: str = "done", length: str | None = None) -> Request:
    left = list(chunks)

    async def receive() -> dict[str, object]:
        await asyncio.sleep(pause)
        if left:
            return {"type": "http.request", "body": left.pop(0), "more_body": bool(left) or ends != "done"}
        return {"type": "http.disconnect"}

    headers = [(b"content-length", length.encode())] if length is not None else []
    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


async def test_whole_bodies_up_to_the_limit() -> None:
    assert await read_body(request([b"ab", b"", b"cd"]), 4) == b"abcd"
    assert await read_body(request([b""]), 4) == b""


async def test_one_byte_more() -> None:
    assert await read_body(request([b"abc", b"de"]), 4) == Refusal(413, "body too large")
    assert await read_body(request([b"abcde"], length="2"), 4) == Refusal(413, "body too large")


async def test_a_declared_length_is_believed_when_it_is_too_much() -> None:
    assert await read_body(request([], length="5"), 4) == Refusal(413, "body too large")


async def test_a_length_that_is_no_number_is_not_believed() -> None:
    for length in ("-5", "x", "", "²", "9" * 5000):
        assert await read_body(request([b"abc"], length=length), 4) == b"abc"


async def test_a_dripping_body_is_given_up() -> None:
    drip = request([b"a"] * 1000, pause=0.01)
    assert await read_body(drip, 10_000, deadline=0.05) == Refusal(408, "body too slow")


async def test_a_sender_that_hangs_up() -> None:
    assert await read_body(request([b"a"], ends="never"), 4) == Refusal(400, "sender hung up")
