"""A store behind ssh: with its own key and its own list of hosts, by the ssh client of the machine."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncssh
import pytest
from pydantic import ValidationError

from bot.access_settings import StoreAccess
from bot.credentials import store_ssh
from bot.services.ports import StoreError, StoreRefusedError, StoreUnavailableError
from bot.store import GitStore, locate, open_store
from bot.store.ssh import Ssh, trouble
from tests.store.conftest import World
from tests.store.kit import ANN, Append, add, history, plan_bytes, render
from tests.store.ssh_server import SshServer, ssh_serving
from tests.store.test_store import made

pytestmark = pytest.mark.skipif(shutil.which("ssh") is None, reason="there is no ssh client on this machine")

Open = Callable[..., GitStore]


@pytest.fixture(scope="module")
def host_key() -> asyncssh.SSHKey:
    return asyncssh.generate_private_key("ssh-ed25519")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the files are that the settings name: a path with a space in it."""
    place = tmp_path / "the keys"
    place.mkdir()
    return place


def new_key(file: Path) -> Path:
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(str(file))
    key.write_public_key(f"{file}.pub")
    file.chmod(0o600)
    return file


@pytest.fixture
def server(tmp_path: Path, folder: Path, host_key: asyncssh.SSHKey) -> Iterator[SshServer]:
    new_key(folder / "key")
    with ssh_serving(tmp_path / "remotes", folder / "key.pub", host_key) as running:
        (folder / "known").write_text(running.known())
        yield running


@pytest.fixture
def world(make_world: Callable[[str], World], server: SshServer) -> World:
    return make_world(server.url("plans.git"))


@pytest.fixture
def access(folder: Path) -> StoreAccess:
    return StoreAccess(convoy_store_ssh_key_file=folder / "key", convoy_store_known_hosts_file=folder / "known")


@pytest.fixture
def opened(world: World, access: StoreAccess) -> Open:
    def make(machine: str = "m1", **changed: Path | None) -> GitStore:
        place = locate(world.location, cache_dir=world.root / machine)
        ssh = store_ssh(access.model_copy(update=changed))
        world.opened.append(open_store(place, render, durable=False, deadline=30.0, ssh=ssh))
        return world.opened[-1]

    return make


def refused(store: GitStore) -> str:
    """What is said to a fetch, and the same to an edit."""
    with pytest.raises(StoreUnavailableError) as fetching:
        store.refresh()
    with pytest.raises((StoreUnavailableError, StoreRefusedError)):
        store.update("summit", add(), ANN)
    return str(fetching.value)


def test_it_is_fetched_and_pushed_with_that_key(world: World, opened: Open, server: SshServer) -> None:
    hand = world.hand()
    hand.push({"plans/summit/release_plan.json": plan_bytes()})
    store = opened()
    store.refresh()
    made(store.update("summit", Append("one", "e1"), ANN))
    assert history(world.repository, "%an") == ["Ann Lee", "Bo Hand"]
    assert [command.split()[0] for command in server.commands] == ["git-upload-pack", "git-receive-pack"]


def test_nothing_of_the_users_own_ssh_counts(
    world: World, opened: Open, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_SSH_COMMAND", f"touch {world.root}/ran")
    monkeypatch.setenv("GIT_SSH", "/nowhere")
    monkeypatch.setenv("SSH_AUTH_SOCK", str(folder / "none"))
    made(opened().update("summit", add(), ANN))
    assert not (world.root / "ran").exists()


def test_another_key_does_not_get_in(opened: Open, folder: Path, server: SshServer) -> None:
    other = new_key(folder / "other")
    said = refused(opened(convoy_store_ssh_key_file=other))
    assert f"does not let Convoy in with the key {other} (CONVOY_STORE_SSH_KEY_FILE)" in said
    assert "as a deploy key that may write" in said
    assert server.commands == []


def test_a_key_of_an_agent_is_not_tried_beside_the_one_that_is_set(
    opened: Open, folder: Path, server: SshServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("ssh-agent") is None or shutil.which("ssh-add") is None:
        pytest.skip("there is no ssh agent on this machine")
    socket = tmp_path / "a"
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.DEVNULL)
    try:
        while not socket.exists():
            assert agent.poll() is None
        monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
        subprocess.run(["ssh-add", "-q", str(folder / "key")], check=True, capture_output=True)
        refused(opened(convoy_store_ssh_key_file=new_key(folder / "other")))
        assert server.commands == []
        made(opened("m2", convoy_store_ssh_key_file=None).update("summit", add(), ANN))
    finally:
        agent.terminate()
        agent.wait()


def test_a_key_that_others_may_read_or_that_has_a_passphrase_is_told(opened: Open, folder: Path) -> None:
    (folder / "key").chmod(0o644)
    assert "others can read the key" in refused(opened())
    locked = asyncssh.generate_private_key("ssh-ed25519")
    locked.write_private_key(str(folder / "locked"), "pkcs8-pem", passphrase="geheim")
    (folder / "locked").chmod(0o600)
    assert "a key with a passphrase cannot be used" in refused(
        opened("m2", convoy_store_ssh_key_file=folder / "locked")
    )


def test_a_host_that_nobody_knows_is_not_spoken_to(opened: Open, folder: Path, server: SshServer) -> None:
    for known in ("", server.known().replace("127.0.0.1", "127.0.0.2")):
        (folder / "known").write_text(known)
        said = refused(opened())
        assert f"no host key of [127.0.0.1]:{server.port} is in {folder}/known, so it could be anybody" in said
        assert f"ssh-keyscan -p {server.port} 127.0.0.1 >> '{folder}/known'" in said
        assert (folder / "known").read_text() == known, "and nobody learns it by itself"
    (folder / "known").unlink()
    assert "it could be anybody" in refused(opened())
    assert server.commands == []


def test_a_host_whose_key_has_changed_is_told_loudly(opened: Open, folder: Path, server: SshServer) -> None:
    (folder / "known").write_text(server.known(asyncssh.generate_private_key("ssh-ed25519")))
    said = refused(opened())
    assert said.startswith("WARNING: ssh://git@127.0.0.1")
    assert f"the host key of [127.0.0.1]:{server.port} HAS CHANGED from the one in {folder}/known" in said
    assert f"ssh-keygen -R '[127.0.0.1]:{server.port}'" in said
    (folder / "known").write_text(f"@revoked {server.known()}")
    assert "is marked as revoked" in refused(opened())
    assert server.commands == []


def test_the_advice_lets_in(opened: Open, folder: Path, server: SshServer) -> None:
    if shutil.which("ssh-keyscan") is None:
        pytest.skip("there is no ssh-keyscan on this machine")
    (folder / "known").write_text("")
    command = refused(opened()).split("Get it with `")[1].split("`")[0]
    subprocess.run(["sh", "-c", command], check=True, capture_output=True, timeout=60)
    made(opened().update("summit", add(), ANN))


def test_the_users_own_list_counts_where_none_is_set(
    opened: Open, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "is in ~/.ssh/known_hosts" in refused(opened(convoy_store_known_hosts_file=None))


@pytest.mark.parametrize(
    "url",
    [
        "ssh://-oProxyCommand=touch%20RAN/plans.git",
        "ssh://-oProxyCommand=touch RAN/plans.git",
        "ssh://-oProxyCommand=touch@127.0.0.1/plans.git",
        "ssh://git@-oProxyCommand=touch/plans.git",
        "ssh://127.0.0.1/-oProxyCommand=touch",
        "git@-oProxyCommand=touch:plans.git",
        "-oProxyCommand=touch@127.0.0.1:plans.git",
        "ssh://git@127.0.0.1;touch RAN/plans.git",
        "ssh://git@127.0.0.1$(touch RAN)/plans.git",
    ],
)
def test_a_url_that_would_run_something_never_reaches_ssh(
    url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ssh", "git"):
        (folder / name).write_text(f"#!/bin/sh\ntouch '{folder}/ran'\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(StoreError):
        open_store(url, render, ssh=Ssh(folder / "key", folder / "known")).refresh()
    assert not (folder / "ran").exists()


@pytest.mark.parametrize("path", ["/k/$HOME", "/k/%d", '/k/"x', "/k/'x", "/k/\\x", "/k/x\ny", "/k/\x1bx"])
def test_a_path_that_ssh_or_a_shell_would_read_is_refused(path: str) -> None:
    for name in ("convoy_store_ssh_key_file", "convoy_store_known_hosts_file"):
        with pytest.raises(ValidationError, match="must be a path without quotes"):
            StoreAccess.model_validate({name: path})


def test_paths_are_made_absolute() -> None:
    ssh = store_ssh(StoreAccess(convoy_store_ssh_key_file=Path("~/k"), convoy_store_known_hosts_file=Path("known")))
    assert ssh == Ssh(Path.home() / "k", Path.cwd() / "known")
    assert store_ssh(StoreAccess()) is None


def test_the_scp_spelling_and_port_22_are_named_plainly() -> None:
    said = trouble("Host key verification failed.", "git@forge.example:team/plans.git", None)
    assert said is not None
    assert "no host key of forge.example is in ~/.ssh/known_hosts" in said
    assert "`ssh-keyscan forge.example >> ~/.ssh/known_hosts`" in said
    assert trouble("fatal: the remote end hung up", "git@forge.example:a", None) is None
