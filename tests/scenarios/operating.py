"""Convoy as an operator runs it: real processes of the `convoy` command that know nothing but their environment.

Slack is a sandbox in the test's own process; all else (git store, status files, database, logs) is on disk.
"""

import asyncio
import http.client
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pygit2
from sqlalchemy import make_url

from bot.app import open_plan_store
from bot.delivery.database import Database
from bot.delivery.ledger import SqlDeliveries
from bot.demo.hands import Hands
from bot.demo.trains import dump, lay
from bot.release import documents
from bot.release.edits import AddPlan
from bot.release.plan import PlanDocument
from bot.sandbox import Change, Sandbox
from bot.services.clock import SystemClock
from tests.scenarios.test_main_job import CAPTAINS, PLAN
from tests.scenarios.world import LEA

BIN = Path(sys.executable).parent
PATIENCE = 60.0  # seconds: the machine may be busy, and a process takes two of a core to start
LOOK_EVERY = 0.1  # seconds; looking costs the process that is looked at
SLUG = "summit"
LEASE = 10.0  # seconds after which the work of a killed process is taken over


async def until(condition: Callable[[], Any], what: str, within: float = PATIENCE) -> Any:
    """Wait until a condition (that may be awaitable) holds, and give its value."""
    end = time.monotonic() + within
    while True:
        value = condition()
        if isinstance(value, Awaitable):
            value = await value
        if value:
            return value
        assert time.monotonic() < end, f"not within {within:g} s: {what}"
        await asyncio.sleep(LOOK_EVERY)


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@dataclass
class Running:
    """One process, and what it wrote so far."""

    name: str
    process: "subprocess.Popen[bytes]"
    out: Path
    err: Path

    def lines(self) -> list[str]:
        """The whole lines on stderr."""
        return self.err.read_text("utf-8").split("\n")[:-1]

    def said(self, event: str) -> list[dict[str, Any]]:
        """The log lines of an event."""
        logged = [json.loads(line) for line in self.lines() if line.startswith("{")]
        return [line for line in logged if line["event"] == event]

    async def address(self) -> tuple[str, int]:
        """Where it listens, as it says itself."""
        found = await self.wait(lambda: self.said("http"), "to listen")
        host, _, port = found[0]["address"].rpartition(":")
        return host, int(port)

    async def get(self, path: str) -> tuple[int, str]:
        """Status and body of a request to it."""
        host, port = await self.address()
        return await asyncio.to_thread(get, "127.0.0.1" if host == "0.0.0.0" else host, port, path)

    async def wait(self, condition: Callable[[], Any], what: str, within: float = PATIENCE) -> Any:
        """Wait for something that this process is to do; fails at once when it has ended."""

        def look() -> Any:
            code = self.process.poll()
            assert code is None, f"{self.name} ended with {code}:\n{self.err.read_text('utf-8')[-4000:]}"
            return condition()

        try:
            return await until(look, f"{self.name} {what}", within)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.err.read_text('utf-8')[-4000:]}") from None

    async def ready(self, status: int = 200) -> dict[str, str]:
        """Wait for that answer of /readyz; the reasons in it."""
        body: dict[str, Any] = {}

        async def look() -> bool:
            answered, text = await self.get("/readyz")
            body.update(json.loads(text))
            return answered == status

        await self.wait(look, f"to answer {status} at /readyz")
        return dict(body["reasons"])

    async def passes(self, more: int) -> None:
        """Wait until it has made so many more tracking passes."""
        before = len(self.said("pass"))
        await self.wait(lambda: len(self.said("pass")) >= before + more, f"to make {more} passes")

    def kill(self) -> None:
        """As hard as it gets."""
        self.process.kill()
        self.process.wait()

    async def stop(self) -> tuple[int, float]:
        """SIGTERM, as a platform ends it: its exit code, and how many seconds it took."""
        started = time.monotonic()
        self.process.terminate()
        code = await asyncio.to_thread(self.process.wait, 30)
        return code, time.monotonic() - started

    async def ended(self) -> tuple[int, str]:
        """Its exit code, and what it said to the operator."""
        code = await asyncio.to_thread(self.process.wait, PATIENCE)
        return code, self.err.read_text("utf-8")


def get(host: str, port: int, path: str) -> tuple[int, str]:
    """A plain request; (0, "{}") when nobody answers."""
    connection = http.client.HTTPConnection(host, port, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except OSError:
        return 0, "{}"
    finally:
        connection.close()


@dataclass
class Site:
    """A machine that runs Convoy: its environment, its files, and the processes that were started there."""

    folder: Path
    sandbox: Sandbox
    env: dict[str, str]
    processes: list[Running] = field(default_factory=list)
    lea: Hands | None = None
    was_cut: bool = False
    """Whether the database was taken away for a moment: then faults with a trace are no news."""

    @property
    def database_url(self) -> str:
        """Where deliveries are."""
        return self.env["DATABASE_URL"]

    def start(self, command: str, **env: str | None) -> Running:
        """A command line such as `convoy run`, found on PATH. `env` on top of the environment; None takes away."""
        merged = {**self.env, **env}
        name = f"{len(self.processes)}-{command.replace(' ', '-')}"
        out, err = self.folder / f"{name}.out", self.folder / f"{name}.err"
        program, *arguments = shlex.split(command)
        with out.open("wb") as stdout, err.open("wb") as stderr:
            process = subprocess.Popen(
                [BIN / program, *arguments], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr,
                env={name: value for name, value in merged.items() if value is not None},
            )  # fmt: skip
        running = Running(name, process, out, err)
        self.processes.append(running)
        return running

    async def done(self, command: str, **env: str | None) -> tuple[int, str]:
        """Run a command to its end: exit code, and what it said on stderr."""
        return await self.start(command, **env).ended()

    def publish(self, status: str, **more: Any) -> None:
        """What intelgraph-server says of itself from now on."""
        now = datetime.now(UTC).replace(microsecond=0)
        said = {
            "schemaVersion": "1.0", "repository": "intelgraph-server", "version": "v1.5.0", "status": status,
            "updatedAt": (now - timedelta(minutes=1)).isoformat(), **more,
        }  # fmt: skip
        lay({"intelgraph-server": said}, self.folder / "status")

    async def push_plan(self, **changed: Any) -> None:
        """A person changes the plan, by an ordinary push."""
        assert self.lea is not None
        data = dump({**plan(), **changed})
        await asyncio.to_thread(self.lea.push, f"plans/{SLUG}/release_plan.json", data, "Change the plan")

    def commits(self) -> list[str]:
        """Subjects of the store's commits, newest first."""
        store = pygit2.Repository(str(self.folder / "plans.git"))
        return [one.message.split("\n")[0] for one in store.walk(store.lookup_reference("refs/heads/main").target)]

    def alerts(self) -> list[str]:
        """What Ana was told in direct messages."""
        return [one.text for one in self.sandbox.dms("ana") if one.by_bot]

    def digests(self) -> list[str]:
        """What the release channel was told."""
        return [m.text for m in self.sandbox.messages("release") if m.by_bot and m.thread_ts is None]

    def kill_when_told(self, running: Running, user: str) -> None:
        """Kill a process at the worst moment: Slack has its next message to that person, and it does not know yet."""

        def strike(change: Change) -> None:
            if change.kind == "posted" and change.message is not None and user in change.message.channel:
                running.process.send_signal(signal.SIGKILL)
                stop()

        stop = self.sandbox.on_change(strike)

    async def all_sent(self) -> dict[str, int]:
        """Wait until the ledger has nothing queued; how many deliveries it knows by state."""
        database = Database(self.database_url)
        ledger = SqlDeliveries(database, SystemClock())
        counts: dict[str, int] = {}

        async def look() -> bool:
            counts.update(await ledger.counts())
            return counts["queued"] == 0

        try:
            await until(look, "the ledger to be empty", PATIENCE + LEASE)
        finally:
            await database.close()
        return counts

    def secrets(self) -> list[str]:
        """What must not stand in anything that a process writes."""
        password = make_url(self.database_url).password
        mine = [self.sandbox.bot_token, self.sandbox.app_token, self.sandbox.signing_secret]
        return [*mine, *([password] if password else [])]

    def look_through_output(self) -> None:
        """No secret anywhere; nothing on stdout but answers; on stderr JSON lines, or the sentences of a refusal."""
        for one in self.processes:
            written = one.out.read_text("utf-8") + one.err.read_text("utf-8")
            assert [secret for secret in self.secrets() if secret in written] == [], one.name
            assert "Traceback" not in one.out.read_text("utf-8")
            for line in one.lines():
                if line.startswith("convoy: "):
                    continue
                logged = json.loads(line)
                assert {"event", "level", "logger", "timestamp"} <= set(logged), line
                assert self.was_cut or "exception" not in logged, line

    def end(self) -> None:
        """Nothing is left running."""
        for one in self.processes:
            if one.process.poll() is None:
                one.kill()


@asynccontextmanager
async def site(folder: Path, sandbox: Sandbox, **env: str) -> AsyncIterator[Site]:
    """A machine with a plan whose digest is due, and a repository that is on track. All output is looked through."""
    here = Site(folder, sandbox, {**_environment(folder, sandbox), **env})
    here.publish("ON_TRACK")
    here.lea = await asyncio.to_thread(_open_plan, folder, plan())
    try:
        yield here
    finally:
        here.end()
    here.look_through_output()


def plan() -> Mapping[str, Any]:
    """The example plan: forty days ahead, in a zone where it is about noon, so that today's digest is due."""
    now = datetime.now(UTC)
    ahead = 12 - now.hour
    local = now + timedelta(hours=ahead)
    return {
        **PLAN,
        "releaseDate": (local.date() + timedelta(days=40)).isoformat(),
        "timezone": f"Etc/GMT{-ahead:+d}",  # its sign is that of POSIX: GMT-5 is ahead by five hours
        "digest": {"at": "09:00", "days": "mon-sun"},
    }


def _environment(folder: Path, sandbox: Sandbox) -> dict[str, str]:
    return {
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "SLACK_API_URL": sandbox.url,
        "SLACK_BOT_TOKEN": sandbox.bot_token,
        "SLACK_APP_TOKEN": sandbox.app_token,
        "SLACK_SIGNING_SECRET": sandbox.signing_secret,
        "DATABASE_URL": f"sqlite:///{folder / 'deliveries.sqlite'}",
        "CONVOY_STORE": str(folder / "plans.git"),
        "CONVOY_REPORTS": str(folder / "status"),
        "CONVOY_TRACK_EVERY": "1",
        "CONVOY_REFRESH_EVERY": "1",
        "HOST": "127.0.0.1",
        "PORT": "0",
    }


def _open_plan(folder: Path, raw: Mapping[str, Any]) -> Hands:
    document = documents.parse_plan(dump(raw))
    assert isinstance(document, PlanDocument), document
    store = open_plan_store(str(folder / "plans.git"))
    store.update(SLUG, AddPlan(document, "open-summit", datetime.now(UTC)), LEA)
    hands = Hands(folder / "lea", folder / "plans.git", LEA.name, LEA.email, SystemClock())
    hands.push("captains.json", dump(CAPTAINS), "Say who answers for what")
    return hands
