"""`/release status` at 1,000 repositories through signed HTTP, beside a bare Bolt handler that answers a constant.

Both servers run at the same time and are asked in turn, so that a slow moment of the machine meets both.
"""

import asyncio
import hashlib
import hmac
import json
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.table import Row

REQUESTS = 500
WARM = 30


def rows() -> Iterator[Row]:
    """Median and p99 of both, in milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        servers = {kind: _start(kind, Path(folder)) for kind in ("ours", "bare")}
        try:
            about = {kind: json.loads(server.stdout.readline()) for kind, server in servers.items()}  # type: ignore[union-attr]
            times = asyncio.run(_measure(about))
        finally:
            for server in servers.values():
                server.terminate()
                server.wait(20)
    for what, cut in (("median", 0.5), ("p99", 0.99)):
        ours, bare = (sorted(times[kind])[int(cut * REQUESTS)] for kind in ("ours", "bare"))
        yield Row(
            f"/release status, 1,000 repositories, signed HTTP, {what}", ours, f"bare Bolt handler, {what}", bare,
            goal=1.5 if what == "p99" else None,
            note=f"{REQUESTS} requests in turn; spread ours {statistics.stdev(times['ours']):.1f} ms",
        )  # fmt: skip


def _start(kind: str, folder: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.slack_server", kind, str(folder)], stdout=subprocess.PIPE
    )


async def _measure(about: dict[str, dict[str, Any]]) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {kind: [] for kind in about}
    async with aiohttp.ClientSession() as session:
        for number in range(REQUESTS + WARM):
            for kind, server in about.items():
                took = await _ask(session, server, number)
                if number >= WARM:
                    times[kind].append(took * 1000)
    return times


async def _ask(session: aiohttp.ClientSession, server: dict[str, Any], number: int) -> float:
    fields = {
        "command": "/release",
        "text": "status",
        "team_id": server["team"],
        "user_id": "U0ANA",
        "channel_id": "C0REL",
        "channel_name": "release",
        "trigger_id": f"{number}.{time.time_ns()}",
        "response_url": "http://127.0.0.1:9/",
        "token": "x",
        "api_app_id": "A0",
    }
    body = urllib.parse.urlencode(fields)
    stamp = str(int(time.time()))
    signature = hmac.new(server["secret"].encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    headers = {
        "content-type": "application/x-www-form-urlencoded", "x-slack-request-timestamp": stamp,
        "x-slack-signature": f"v0={signature}",
    }  # fmt: skip
    started = time.perf_counter()
    async with session.post(f"http://127.0.0.1:{server['port']}/slack/events", data=body, headers=headers) as answer:
        text = await answer.text()
        took = time.perf_counter() - started
        assert answer.status == 200, (answer.status, text)
        assert text, "the answer was empty"
    return took
