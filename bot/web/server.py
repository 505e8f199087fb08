"""Listening on an address, and how a process that does ends: soon, in order, and whatever hangs.

The processes that Slack calls and those that only answer a probe all end by this: it is where SIGTERM arrives.
"""

import asyncio
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import structlog
import uvicorn

from bot.settings import SettingsError

LAST_ANSWERS = 4  # seconds that a stop gives requests under way: Slack waits for three
STOP_WITHIN = 9.0  # seconds from SIGTERM to the end, whatever hangs; the shortest grace in use is ten (docker stop)

log = structlog.get_logger(__name__)


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are ours: uvicorn would raise them again when it is done, and end the rest of us on the spot."""
        yield


async def serve_until_told(app: Any, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT. Raises SettingsError when the address cannot be had."""
    loop = asyncio.get_running_loop()
    listening = _listen(host, port)
    server = _Server(
        uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=LAST_ANSWERS)
    )

    def stop(number: signal.Signals) -> None:
        if server.should_exit:
            return
        log.info("stopping", signal=number.name)
        server.should_exit = True
        # A thread that waits for a remote cannot be cancelled, and must not decide how long a stop takes.
        overdue = threading.Timer(STOP_WITHIN, end_now, ("stopped in the middle of something, the next start goes on",))
        overdue.daemon = True
        overdue.start()

    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, stop, one)
    at, number = listening.getsockname()[:2]
    log.info("http", address=f"[{at}]:{number}" if ":" in at else f"{at}:{number}")
    try:
        await server.serve(sockets=[listening])
    finally:
        listening.close()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Without the protocol asyncio does not set TCP_NODELAY, and every answer waits 40 ms for a delayed ACK.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen()  # only now is a port that somebody else listens on found to be taken
    except (OSError, UnicodeError) as error:  # the second: a name that cannot be that of a host
        listening.close()
        raise SettingsError(
            f"HOST and PORT: cannot listen on {host}:{port} "
            f"({getattr(error, 'strerror', None) or error}); name a free port and an address of this machine"
        ) from error
    listening.set_inheritable(True)
    return listening


def end_now(why: str) -> NoReturn:
    """End this process now, as asked: whatever is under way is as safe as in a crash."""
    log.warning(why)
    os._exit(0)
