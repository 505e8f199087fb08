"""`convoy run | serve | worker | migrate` at the start: what is wrong is named, with what to do, and never its value.

How the processes live and end is in `tests/scenarios/test_processes.py`.
"""

import socket
import sqlite3

import pytest

from tests.cli.convoy import Shell

BOT, APP, SECRET, PASSWORD = "xoxb-1-geheim", "xapp-1-geheim", "geheim0123456789abcdef", "geheimes-kennwort"


def settings(shell: Shell, **more: str) -> dict[str, str]:
    """What a process needs, with a Slack where nobody answers."""
    return {
        "SLACK_BOT_TOKEN": BOT,
        "SLACK_APP_TOKEN": APP,
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_API_URL": "http://127.0.0.1:9/api/",
        "DATABASE_URL": f"sqlite:///{shell.home / 'convoy.sqlite'}",
        "HOST": "127.0.0.1",
        "PORT": "0",
        **more,
    }


def refused(shell: Shell, command: str, env: dict[str, str], *options: str) -> list[str]:
    """The sentences of a command that does not start; none of them holds a secret, and there is no trace."""
    ran = shell.convoy(*options, command, env=env, timeout=100)
    assert (ran.code, ran.out) == (1, ""), ran
    assert "Traceback" not in ran.err
    assert "geheim" not in ran.err
    told = [line for line in ran.err.splitlines() if not line.startswith("{")]
    assert all(line.startswith("convoy: ") for line in told), ran.err
    return [line.removeprefix("convoy: ") for line in told]


@pytest.mark.parametrize(
    ("command", "needed"),
    [
        ("run", ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN")),
        ("serve", ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET")),
        ("worker", ("SLACK_BOT_TOKEN",)),
    ],
)
def test_what_is_missing_is_named_with_where_to_get_it(shell: Shell, command: str, needed: tuple[str, ...]) -> None:
    told = refused(shell, command, {})
    assert [line.split(" ")[0] for line in told] == list(needed)
    assert all(" is not set: it is needed for " in line for line in told)
    everything = settings(shell)
    for name in needed:
        without = {key: value for key, value in everything.items() if key != name}
        assert [line.split(" ")[0] for line in refused(shell, command, without)] == [name]
        # Set to nothing is not set.
        assert [line.split(" ")[0] for line in refused(shell, command, {**everything, name: ""})] == [name]
    assert not (shell.home / "convoy.sqlite").exists()


WRONG = {
    "DATABASE_URL": f"mysql://ann:{PASSWORD}@db/convoy",
    "SLACK_BOT_TOKEN": APP,
    "SLACK_APP_TOKEN": BOT,
    "SLACK_SIGNING_SECRET": f"{SECRET}\n",
    "SLACK_API_URL": f"https://ann:{PASSWORD}@slack.example/api/",
    "CONVOY_ALLOW_HTTP": "geheim",
    "CONVOY_TRACK_EVERY": "0",
    "CONVOY_REFRESH_EVERY": "geheim",
    "PORT": "65536",
    "CONVOY_LOG_FORMAT": "geheim",
    "CONVOY_LOG_LEVEL": "geheim",
}
SAID = {
    "DATABASE_URL": "must start with sqlite:/// or postgresql://",
    "SLACK_BOT_TOKEN": "is not a bot token: it starts with xoxb-",
    "SLACK_APP_TOKEN": "is not an app-level token: it starts with xapp-",
    "SLACK_SIGNING_SECRET": "holds a space, a line end or another sign that is never given out; copy it again",
    "SLACK_API_URL": "must be a plain URL such as https://slack.com/api/: no user, password, ? or #",
    "CONVOY_ALLOW_HTTP": "must be true or false",
    "CONVOY_TRACK_EVERY": "must be a whole number from 1 to 86400",
    "CONVOY_REFRESH_EVERY": "must be a whole number from 1 to 3600",
    "PORT": "must be a whole number from 0 to 65535",
    "CONVOY_LOG_FORMAT": "must be 'json' or 'console'",
    "CONVOY_LOG_LEVEL": "must be 'debug', 'info', 'warning' or 'error'",
}


@pytest.mark.parametrize("command", ["run", "serve", "worker", "migrate"])
def test_every_setting_that_is_wrong_is_named_without_its_value(shell: Shell, command: str) -> None:
    told = refused(shell, command, WRONG)
    assert dict(line.split(": ", 1) for line in told) == SAID


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("nonsense", "must start with sqlite:/// or postgresql://"),
        (f"postgresql://ann:{PASSWORD}@[::1/x", "is no URL that can be read"),
        (f"postgresql://ann:{PASSWORD}\u2100@db/x", "is no URL that can be read"),
        (f"postgresql://ann:{PASSWORD}@db:port/x", "is not a database URL"),
        (f"postgresql://ann:{PASSWORD}@127.0.0.1:9/", "names no database"),
        (f"postgresql://ann:{PASSWORD}@127.0.0.1:9/convoy", "Connection refused"),
        ("sqlite://", "must name a file"),
        ("sqlite:///:memory:", "must name a file"),
        ("sqlite:////dev/null/x/convoy.sqlite", "cannot be created"),
        ("sqlite:///.", "cannot be used: unable to open database file"),
    ],
)
def test_a_database_that_cannot_be_one_is_refused_in_a_sentence(shell: Shell, url: str, sentence: str) -> None:
    (told,) = refused(shell, "migrate", {"DATABASE_URL": url})
    assert "DATABASE_URL" in told or "database" in told
    assert sentence in told


def test_a_file_that_is_no_database_is_left_alone(shell: Shell) -> None:
    file = shell.write("convoy.sqlite", b"people's own notes, longer than a header would be" * 10)
    before = file.read_bytes()
    (told,) = refused(shell, "migrate", {"DATABASE_URL": f"sqlite:///{file}"})
    assert "file is not a database" in told
    assert file.read_bytes() == before


def test_migrate_is_safe_to_call_again_and_makes_what_is_missing(shell: Shell) -> None:
    file = shell.home / "new" / "folder" / "convoy.sqlite"
    env = {"DATABASE_URL": f"sqlite:///{file}"}
    first = shell.convoy("migrate", env=env).ok()
    assert first.out.startswith("database is at revision ")
    with sqlite3.connect(file) as database:
        database.execute("INSERT INTO digests (plan, key, \"commit\", at) VALUES ('p', 'k', 'c', '2026-03-03')")
    database.close()
    second = shell.convoy("migrate", env=env).ok()
    assert (second.out, second.err) == (first.out, "")
    with sqlite3.connect(file) as database:
        assert database.execute("SELECT key FROM digests").fetchall() == [("k",)]
    database.close()


def test_without_a_database_url_it_is_the_users_own(shell: Shell) -> None:
    shell.convoy("migrate").ok()
    assert [path.name for path in shell.home.rglob("convoy.sqlite")] == ["convoy.sqlite"]


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_database_that_was_not_migrated_says_what_to_call(shell: Shell, command: str) -> None:
    (told,) = refused(shell, command, settings(shell))
    assert told.endswith("run convoy migrate")


@pytest.mark.parametrize("command", ["run", "serve", "worker"])
def test_a_port_that_is_taken_is_told(shell: Shell, command: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        env = settings(shell, PORT=str(taken.getsockname()[1]))
        shell.convoy("migrate", env=env).ok()
        (told,) = refused(shell, command, env)
    assert told.startswith(f"HOST and PORT: cannot listen on 127.0.0.1:{env['PORT']} (Address already in use)")
    assert "name a free port" in told


def test_a_store_that_cannot_be_opened_is_told_wherever_it_was_named(shell: Shell) -> None:
    """`--store` before the command wins over the environment here too."""
    env = settings(shell)
    shell.convoy("migrate", env=env).ok()
    bad = str(shell.write("file", b""))
    for options, variables in ((("--store", bad), {}), ((), {"CONVOY_STORE": bad})):
        (told,) = refused(shell, "serve", {**env, **variables}, *options)
        assert told.startswith(f"{bad} is a file, not a git repository")
    (told,) = refused(shell, "worker", {**env, "CONVOY_STORE": f"https://ann:{PASSWORD}@forge.example/plans"})
    assert "holds a password or token" in told


def test_a_fault_that_nobody_expected_ends_the_process_in_one_masked_log_line(shell: Shell) -> None:
    """The tables lack one that the engine needs: no sentence was prepared for that."""
    env = settings(shell)
    shell.convoy("migrate", env=env).ok()
    with sqlite3.connect(shell.home / "convoy.sqlite") as database:
        database.execute("DROP TABLE replicas")
        database.execute("DROP TABLE deliveries")
    database.close()
    ran = shell.convoy("worker", env=env, timeout=30)
    assert ran.code == 1, ran
    last = ran.err.splitlines()[-1]
    assert "stopped by a fault that Convoy did not expect" in last
    assert "no such table" in last
    assert "geheim" not in ran.err
    assert not any(line.startswith("Traceback") for line in ran.err.splitlines())
