"""No credential, whatever its kind, is anywhere that others can read: arguments, files, refs, logs, messages.

Every git process says with which words it and its children were started (trace2), so none is too quick to be seen.
"""

import base64
import json
import logging
import os
import shutil
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh
import pytest

from bot.app import open_plan_store
from bot.gitcli import basic
from bot.services.ports import PlanStore, StoreError
from bot.settings import load_access
from tests.github_app.server import APP_ID, Apps, Installation, installed, new_key, pem
from tests.store.conftest import World
from tests.store.http_backend import HttpBackend
from tests.store.kit import ANN, Append, add, git
from tests.store.ssh_server import ssh_serving
from tests.store.test_store import made
from tests.taking_part.kit import guard

TOKEN = "s3cr3t-token-of-the-store"
KINDS = [
    "token",
    "file",
    "app",
    pytest.param("ssh", marks=pytest.mark.skipif(not shutil.which("ssh"), reason="no ssh")),
]


@dataclass
class Guarded:
    """A world behind a credential. `revoke` makes what Convoy holds worth nothing; `secrets`: what must not be seen."""

    world: World
    revoke: Callable[[], None]
    secrets: Callable[[], set[str]]


@dataclass
class Seen:
    """All that others could have read."""

    places: dict[str, str] = field(default_factory=dict)

    def add(self, place: str, what: str) -> None:
        self.places[place] = f"{self.places.get(place, '')}\n{what}"


def parts(secret: str) -> set[str]:
    """A secret, and as it looks where user and password stand."""
    coded = {base64.b64encode(f"{user}:{secret}".encode()).decode() for user in ("x-access-token", "")}
    return {secret, *coded, base64.b64encode(secret.encode()).decode()}


def lines(key: bytes) -> set[str]:
    return {line for line in key.decode().splitlines() if len(line) > 20 and "-----" not in line}


def by_token(world: World, backend: HttpBackend, env: pytest.MonkeyPatch, *, file: Path | None = None) -> Guarded:
    guard(backend, "x-access-token", TOKEN)
    if file is None:
        env.setenv("CONVOY_STORE_TOKEN", TOKEN)
    else:
        file.write_text(TOKEN)
        env.setenv("CONVOY_STORE_TOKEN_FILE", str(file))

    def revoke() -> None:
        guard(backend, "x-access-token", "another")

    return Guarded(world, revoke, lambda: parts(TOKEN) | {basic("x-access-token", TOKEN)})


def by_app(world: World, backend: HttpBackend, env: pytest.MonkeyPatch, file: Path) -> Guarded:
    key = new_key()
    file.write_bytes(pem(key))
    apps = Apps(key.public_key(), installations=[Installation(31, "acme", {"plans"})], lives={1: 3, 2: 9})
    env.setenv("CONVOY_GITHUB_APP_ID", APP_ID)
    env.setenv("CONVOY_GITHUB_APP_KEY_FILE", str(file))
    env.setenv("CONVOY_GITHUB_APP_API", installed(backend, apps))

    def revoke() -> None:
        apps.lives = dict.fromkeys(range(99), 0)

    return Guarded(world, revoke, lambda: lines(pem(key)).union(*map(parts, apps.shown)))


@pytest.fixture
def guarded(
    request: pytest.FixtureRequest, make_world: Callable[[str], World], backend: HttpBackend, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Guarded]:  # fmt: skip
    kind = request.param
    with ExitStack() as stack:
        if kind == "ssh":
            key, host = (asyncssh.generate_private_key("ssh-ed25519") for _ in "ab")
            file, public = tmp_path / "key", tmp_path / "key.pub"
            file.write_bytes(key.export_private_key())
            file.chmod(0o600)
            public.write_bytes(key.export_public_key())
            server = stack.enter_context(ssh_serving(tmp_path / "remotes", public, host))
            (tmp_path / "known").write_text(server.known())
            monkeypatch.setenv("CONVOY_STORE_SSH_KEY_FILE", str(file))
            monkeypatch.setenv("CONVOY_STORE_KNOWN_HOSTS_FILE", str(tmp_path / "known"))
            world = make_world(server.url("acme/plans.git"))

            def revoke() -> None:
                other = asyncssh.generate_private_key("ssh-ed25519")
                public.write_bytes(other.export_public_key())
                (tmp_path / "known").write_text(server.known(other))

            found = Guarded(world, revoke, lambda: lines(key.export_private_key()))
        else:
            world = make_world(backend.url("acme/plans.git"))
            found = {
                "token": lambda: by_token(world, backend, monkeypatch),
                "file": lambda: by_token(world, backend, monkeypatch, file=tmp_path / "token"),
                "app": lambda: by_app(world, backend, monkeypatch, tmp_path / "app.pem"),
            }[kind]()
        place = world.root / "remotes" / "acme" / "plans.git"
        place.parent.mkdir()
        world.repository.rename(place)
        world.repository = place
        yield found


@pytest.fixture
def traced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What every git process, and what every process it started, was started with."""
    real, trace = shutil.which("git"), tmp_path / "trace"
    shim = tmp_path / "shim" / "git"
    shim.parent.mkdir()
    settings = f"GIT_TRACE2_EVENT={trace} GIT_TRACE2_REDACT=0 GIT_TRACE_REDACT=0"
    shim.write_text(f'#!/bin/sh\n{settings} exec {real} "$@"\n')
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{shim.parent}{os.pathsep}{os.environ['PATH']}")
    return trace


def told(doing: Callable[[], object]) -> str:
    """What is said of something that must fail: all of it, with where it came from."""
    with pytest.raises(StoreError) as failed:
        doing()
    return "".join(traceback.format_exception(failed.value)) + repr(failed.value)


def refuse_pushes(world: World) -> None:
    hook = world.repository / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho no >&2\nexit 1\n")
    hook.chmod(0o755)


def on_disk(clone: Path) -> str:
    files = [path for path in clone.rglob("*") if path.is_file() and "objects" not in path.parts]
    return "\n".join(path.read_text("utf-8", "replace") for path in files)


@pytest.mark.parametrize("guarded", KINDS, indirect=True)
def test_no_credential_is_anywhere_that_others_can_read(
    guarded: Guarded, traced: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    seen, world = Seen(), guarded.world

    def opened() -> PlanStore:
        return open_plan_store(world.location)

    store = opened()
    store.refresh()
    made(store.update("summit", add(), ANN))
    made(store.update("summit", Append("one", "e1"), ANN))
    refuse_pushes(world)
    seen.add("a push that a hook refuses", told(lambda: store.update("summit", Append("two", "e2"), ANN)))
    (world.repository / "hooks" / "pre-receive").unlink()
    guarded.revoke()
    for which in (store, opened()):
        seen.add("a push that is not let in", told(lambda which=which: which.update("summit", Append("x", "e3"), ANN)))  # type: ignore[misc]
        seen.add("a fetch that is not let in", told(which.refresh))
    seen.add("settings", repr(load_access()) + str(load_access()))

    (clone,) = (tmp_path / "cache" / "convoy" / "stores").iterdir()
    seen.add("files of the clone", on_disk(clone))
    for words in (["remote", "-v"], ["config", "--list"], ["for-each-ref"], ["log", "--all", "-p"]):
        seen.add(f"git {' '.join(words)}", git(clone, *words))
    started = [json.loads(line) for line in traced.read_text().splitlines()]
    seen.add("arguments", json.dumps([event["argv"] for event in started if "argv" in event]))
    seen.add("names of processes and threads", json.dumps([event.get("name") for event in started]))
    seen.add("logs", caplog.text + "".join(map(repr, (record.__dict__ for record in caplog.records))))
    seen.add("the terminal", "".join(capfd.readouterr()))

    secrets = guarded.secrets()
    assert len(secrets) >= 3
    for place, what in seen.places.items():
        assert not [secret for secret in secrets if secret in what], f"a secret is in {place}"
    transport = "git-receive-pack" if world.location.startswith("ssh:") else "remote-http"
    assert all(word in seen.places["arguments"] for word in ("push", "fetch", transport)), "the spy was there"


def test_the_scan_would_see_it(tmp_path: Path, traced: Path, caplog: pytest.LogCaptureFixture) -> None:
    git(tmp_path, "ls-remote", f"http://me:{TOKEN}@127.0.0.1:1/x", check=False)
    assert TOKEN in traced.read_text(), "also in the arguments of what git starts itself"
    assert traced.read_text().count(TOKEN) > 1
