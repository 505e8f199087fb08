"""A real process that listens, and how it ends."""

import http.client
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.settings import SettingsError
from bot.web.app import watch_app
from bot.web.server import serve_until_told

ROOT = Path(__file__).parents[2]
PROGRAM = """
import asyncio, time
from bot.web import server
from bot.web.app import watch_app

async def slow():
    await asyncio.sleep(1.0)

async def main():
    {before}
    await server.serve_until_told(watch_app({{"slow": slow}}), "127.0.0.1", 0)
    print("in order", flush=True)

asyncio.run(main())
"""


class Listener:
    """The program in a process of its own."""

    def __init__(self, before: str = "pass") -> None:
        code = textwrap.dedent(PROGRAM).format(before=before)
        self.process = subprocess.Popen(
            [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert self.process.stdout is not None
        self.said: list[str] = []
        for line in self.process.stdout:
            self.said.append(line)
            if "address=" in line:
                break
        self.port = int(self.said[-1].rpartition(":")[2].split("\x1b")[0])

    def end(self) -> int:
        assert self.process.stdout is not None
        try:
            self.said += self.process.stdout.readlines()
            return self.process.wait(30)
        finally:
            self.process.kill()
            self.process.stdout.close()


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield int(listening.getsockname()[1])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order_and_answers_what_was_asked_before(number: signal.Signals) -> None:
    listener = Listener()
    answers: list[int] = []

    def ask() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", listener.port, timeout=20)
        connection.request("GET", "/readyz")
        asked.set()
        answers.append(connection.getresponse().status)
        connection.close()

    asked = threading.Event()
    asking = threading.Thread(target=ask)
    asking.start()
    asked.wait(20)
    time.sleep(0.3)  # it has the request and is at it for a second
    listener.process.send_signal(number)
    assert listener.end() == 0
    asking.join(20)
    assert answers == [200]
    assert listener.said[-1] == "in order\n"


def test_a_thread_that_hangs_does_not_decide_how_long_a_stop_takes() -> None:
    hanging = "server.STOP_WITHIN = 0.5; asyncio.get_running_loop().run_in_executor(None, time.sleep, 60)"
    listener = Listener(hanging)
    started = time.monotonic()
    listener.process.terminate()
    assert listener.end() == 0
    assert time.monotonic() - started < 20
    assert "the next start goes on" in listener.said[-1]


async def test_a_port_that_is_taken_is_said(taken: int) -> None:
    with pytest.raises(SettingsError, match=rf"cannot listen on 127\.0\.0\.1:{taken} \(Address already in use\)"):
        await serve_until_told(watch_app({}), "127.0.0.1", taken)


@pytest.mark.parametrize("host", ["192.0.2.1", "x" * 70])
async def test_an_address_that_is_not_ours_is_said(host: str) -> None:
    with pytest.raises(SettingsError, match=rf"^HOST and PORT: cannot listen on {host}:0 \(.+\); name a free port"):
        await serve_until_told(watch_app({}), host, 0)
