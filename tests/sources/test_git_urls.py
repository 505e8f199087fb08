"""Which sources are git repositories, and that nothing reaches git which could run a program or lead elsewhere."""

from pathlib import Path

import pytest

from bot.services.ports import Unreachable, Wanted
from bot.sources.collect import Sources
from bot.sources.git import route
from bot.sources.git_urls import GitPlace, git_place
from bot.sources.https import Rules

OPEN = Rules(allow_http=True, allow_private=True)


def place(source: str, rules: Rules = OPEN, *, allow_paths: bool = True) -> GitPlace | Unreachable | None:
    return git_place(source, rules, allow_paths=allow_paths)


@pytest.mark.parametrize(
    ("source", "url", "protocol"),
    [
        ("git+https://forge.example/org/app", "https://forge.example/org/app", "https"),
        ("https://forge.example/org/app.git", "https://forge.example/org/app.git", "https"),
        ("HTTPS://Forge.Example:8443/org/app.git", "https://forge.example:8443/org/app.git", "https"),
        ("ssh://git@forge.example:2222/org/app", "ssh://git@forge.example:2222/org/app", "ssh"),
        ("git+ssh://forge.example/app", "ssh://forge.example/app", "ssh"),
        ("git@forge.example:org/app.git", "ssh://git@forge.example/org/app.git", "ssh"),
        ("git+file:///srv/app.git", "file:///srv/app.git", "file"),
        ("git+http://[::1]:8080/a.git", "http://[::1]:8080/a.git", "http"),
    ],
)
def test_what_names_a_repository(source: str, url: str, protocol: str) -> None:
    found = place(source)
    assert isinstance(found, GitPlace), found
    assert (found.url, found.protocol) == (url, protocol)


@pytest.mark.parametrize(
    "source", ["", "https://x.example/ga_status.json", "status/app", "/srv/app.git", "gopher://x/"]
)
def test_what_names_none_is_left_to_others(source: str) -> None:
    assert place(source) is None


HOSTILE = [
    "ext::sh -c touch% RAN",
    "ext::sh -c touch% RAN.git",
    "fd::17/foo",
    "git::https://x.example/a.git",
    "--upload-pack=touch RAN",
    "git+https://--upload-pack=touch/a.git",
    "git+https://x.example/--upload-pack=touch RAN",
    "git+https://x.example/-oProxyCommand=touch/a.git",
    "ssh://-oProxyCommand=touch RAN/a.git",
    "ssh://-oProxyCommand=touch%20RAN/a.git",
    "git+ssh://x@-oProxyCommand=touch/a.git",
    "ssh://-oProxyCommand=touch@x.example/a.git",
    "ssh://git:secret@x.example/a.git",
    "-oProxyCommand=touch@x.example:a.git",
    "git@-oProxyCommand=touch:a.git",
    "git+https://x.example/a.git\n[core] sshCommand = touch RAN",
    "git+https://x.example\n.evil.example/a.git",
    "git+https://x.example/a\x00b.git",
    "git+https://x.example/a\x1b[2J.git",
    "git+https://x.example/a\\b.git",
    "git+https://x.example/a b.git",
    "git+https://x.example/a.git?x=1",
    "git+https://x.example/a.git#x",
    "git+https://x.example",
    "git+https:///a.git",
    "git+https://x.example:0/a.git",
    "git+https://x.example:99999/a.git",
    "git+https://'x'.example/a.git",
    "git+https://x.example'/a.git",
    "ssh://x.example;touch RAN/a.git",
    "ssh://x$(touch RAN)/a.git",
    "ssh://`touch RAN`/a.git",
    "git+https://x_y.example/a.git",
    "git+file://other.example/a.git",
    "git+file://a.git",
]


@pytest.mark.parametrize("source", HOSTILE)
async def test_no_hostile_url_reaches_git(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git = tmp_path / "git"
    git.write_text(f"#!/bin/sh\ntouch {tmp_path}/RAN\n")
    git.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.chdir(tmp_path)
    reader = Sources(None, allow_paths=True, allow_http=True, allow_private=True, base=tmp_path)
    answer = (await reader.collect([Wanted("app", source)]))["app"]
    assert not (tmp_path / "RAN").exists()
    assert not isinstance(place(source.strip()), GitPlace)
    assert all(sign.isprintable() for sign in getattr(answer.document, "reason", "") if sign != "\0")


@pytest.mark.parametrize("source", HOSTILE[:4])
def test_a_program_of_gits_own_choosing_is_named_for_what_it_is(source: str) -> None:
    found = place(source)
    assert isinstance(found, Unreachable)
    assert "would run a program of git's own choosing" in found.reason


def test_what_is_not_allowed_is_refused_in_words() -> None:
    closed = Rules(allowed_hosts=frozenset({"forge.example"}))
    assert isinstance(place("git+https://forge.example./a.git", closed), GitPlace)
    for source in ("git+https://x.example/a.git", "git@x.example:a.git", "ssh://git@x.example/a.git"):
        found = place(source, closed)
        assert isinstance(found, Unreachable)
        assert "the host x.example is not on the list of allowed hosts" in found.reason
    http = place("git+http://forge.example/a.git", closed)
    assert isinstance(http, Unreachable)
    assert "only https and ssh" in http.reason
    folder = place("git+file:///srv/a.git", closed, allow_paths=False)
    assert isinstance(folder, Unreachable)
    assert "on this machine" in folder.reason


def test_a_password_is_neither_in_the_url_nor_shown() -> None:
    found = place("git+https://me:s%40cret@forge.example/a.git")
    assert isinstance(found, GitPlace)
    assert found.url == "https://forge.example/a.git"
    assert found.authorization == "Authorization: Basic bWU6c0BjcmV0"
    assert "bWU6" not in repr(found)
    way = route(found, ["192.0.2.7"])
    assert way.settings == ("http.curloptResolve=forge.example:443:192.0.2.7",)
    assert way.environment is not None
    assert way.environment["GIT_CONFIG_KEY_0"] == "http.https://forge.example/a.git.extraHeader"
    hidden = place("git+https://me:s@x.example/a.git?secret")
    assert isinstance(hidden, Unreachable)
    assert "me" not in hidden.reason.replace("mean", "").split("x.example")[0].split('"')[-1]


@pytest.mark.parametrize(
    "source",
    [
        "git+https://{}/x@forge.example/a.git",
        "git+https://{}#x@forge.example/a.git",
        "git+https://{}?x@forge.example/a.git",
        "git+https://me:12/{}@forge.example/a.git",
        "git+https://me:12/{}%40forge.example/a.git",
        "git+https://me:12#{}@forge.example/a.git",
        "git+https://me:{}/x@forge.example/a.git",
        "git+https://me:12345678/{}@forge.example",
        "git+https://me:{}%ZZ@x_y.example/a.git",
        "git+https://me:{}@[x]/a.git",
        "git+https://me:{}@x.example:99999/a.git",
        "git+https://me:{}@x.example:port/a.git",
        "git+https://me:{}@x.example/a.git?q",
        "git+https://me:{}@x.example/a\u200b.git",
        "git+https://{}@x.example/",
        "ssh://me:{}@x.example/a.git",
        "ssh://me:22/{}@x.example/a.git",
        "git@x.example:a/{}@y.example/a.git",
        "ext::https://me:{}@x.example/a.git",
        "git+file://me:{}@x.example/a.git",
    ],
)
def test_no_part_of_a_password_is_shown_however_badly_it_is_written(source: str) -> None:
    for rules in (OPEN, Rules(allowed_hosts=frozenset({"forge.example"}))):
        found = place(source.format("s3cret"), rules)
        assert isinstance(found, Unreachable), found
        assert "s3cret" not in found.reason
        assert "s3cret" not in repr(found)


def test_ssh_goes_to_the_address_that_was_judged_under_the_name_that_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_SSH_COMMAND", "ssh -i key")
    found = place("ssh://git@forge.example:2222/a.git")
    assert isinstance(found, GitPlace)
    environment = route(found, ["192.0.2.7"]).environment
    assert environment == {
        "GIT_SSH_COMMAND": "ssh -i key -o 'HostName=192.0.2.7' -o 'HostKeyAlias=[forge.example]:2222'"
    }
