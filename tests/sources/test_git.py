"""Real repositories over smart HTTP and from a folder: tags and documents found, and nothing held up or let in."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.release.documents import STATUS_LIMIT
from bot.services.ports import Answer, Found, Listed, NotFound, Refused, Unreachable, Wanted
from bot.sources.collect import Sources
from tests.sources.server import document
from tests.store.http_backend import HttpBackend, Mood, serving
from tests.store.kit import Hand, git


@pytest.fixture
def server(tmp_path: Path) -> Iterator[HttpBackend]:
    (tmp_path / "served").mkdir()
    with serving(tmp_path / "served") as running:
        yield running


class Repo:
    """A repository that is served, and somebody who works on it. `filters`: the server can leave out large files."""

    def __init__(self, server: HttpBackend, name: str = "app.git", *, filters: bool = True) -> None:
        self.path = server.root / name
        git(server.root, "init", "--quiet", "--bare", "--initial-branch=main", name)
        git(self.path, "config", "uploadpack.allowFilter", str(filters).lower())
        self.hand = Hand(self.path, server.root.parent / f"hand-{name}")
        self.url = server.url(name)

    def push(self, files: dict[str, bytes | None], *tags: str, branch: str = "main") -> None:
        for name, data in files.items():
            file = self.hand.tree / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.unlink(missing_ok=True)
            if data is not None:
                file.write_bytes(data)
        git(self.hand.tree, "add", "--all")
        git(self.hand.tree, "commit", "--quiet", "--allow-empty", "--message", "work")
        for tag in tags:
            git(self.hand.tree, "tag", *(["-a", "-m", tag] if tag.endswith("0") else []), tag)
        git(self.hand.tree, "push", "--quiet", "--force", "origin", f"HEAD:{branch}", "--tags")


def sources(**options: object) -> Sources:
    given = {"allow_paths": True, "allow_http": True, "allow_private": True} | options
    return Sources(None, **given)


async def ask(source: str, reader: Sources | None = None, prefix: str | None = None) -> Answer:
    return (await (reader or sources()).collect([Wanted("app", source, prefix)]))["app"]


def told(answer: Answer) -> list[str]:
    assert isinstance(answer.versions, Listed), answer.versions
    return sorted(one.version for one in answer.versions.versions)


def why(answer: Answer) -> str:
    assert isinstance(answer.document, Unreachable), answer.document
    return answer.document.reason


@pytest.mark.parametrize("filters", [True, False])
async def test_tags_and_the_document_of_the_default_branch(server: HttpBackend, filters: bool) -> None:
    repo = Repo(server, filters=filters)
    repo.push({"ga_status.json": document("app"), "big.bin": os.urandom(500_000)}, "v1.4.0", "v1.5.1", "odd name"[:3])
    answer = await ask(f"git+{repo.url}")
    assert isinstance(answer.document, Found)
    assert answer.document.document.status.repository == "app"
    assert told(answer) == ["odd", "v1.4.0", "v1.5.1"]
    assert isinstance(answer.versions, Listed)
    assert answer.versions.complete


async def test_a_branch_for_the_document_comes_before_the_default_branch(server: HttpBackend) -> None:
    repo = Repo(server)
    repo.push({"ga_status.json": document("app")}, "v1")
    repo.push({"ga_status.json": document("app", status="RELEASED")}, branch="ga-status")
    first = await ask(repo.url)
    assert isinstance(first.document, Found)
    assert first.document.document.status.status == "RELEASED"
    repo.push({"ga_status.json": None}, branch="ga-status")
    second = await ask(repo.url)
    assert isinstance(second.document, Found), "where that branch has none, the default branch counts"


async def test_a_tag_prefix_tells_the_packages_of_one_repository_apart(server: HttpBackend) -> None:
    repo = Repo(server)
    repo.push({"a": b"a"}, "app/v1.0", "app/v1.1", "docs/v9", "v3")
    assert told(await ask(repo.url, prefix="app/")) == ["v1.0", "v1.1"]
    assert told(await ask(repo.url)) == ["app/v1.0", "app/v1.1", "docs/v9", "v3"]


async def test_a_default_branch_that_nobody_pushed_is_told_apart_from_an_empty_repository(server: HttpBackend) -> None:
    repo = Repo(server)
    for branch in ("trunk", "two", "three", "four"):
        repo.push({"a": branch.encode()}, *(["v1"] if branch == "trunk" else []), branch=branch)

    answer = await ask(repo.url)

    assert isinstance(answer.document, NotFound)
    assert answer.document.reason == (
        f'the default branch of {repo.url} does not exist, though it has "four", "three", "trunk" and 1 more: '
        "push the default branch, make one of these the default one, or put the document on a branch ga-status"
    )
    assert told(answer) == ["v1"]
    repo.push({"ga_status.json": document()}, branch="ga-status")
    assert isinstance((await ask(repo.url)).document, Found)


async def test_tags_count_where_there_is_no_document_and_the_other_way_round(server: HttpBackend) -> None:
    repo = Repo(server)
    assert (await ask(repo.url)).document == NotFound(f"{repo.url} is empty: there is no commit on any branch")
    repo.push({"a": b"a"}, "v1")
    answer = await ask(repo.url)
    assert answer.document == NotFound(f"{repo.url} has no ga_status.json on the default branch")
    assert told(answer) == ["v1"]
    bare = Repo(server, "bare.git")
    bare.push({"ga_status.json": document("app")})
    answer = await ask(bare.url)
    assert isinstance(answer.document, Found)
    assert answer.versions == Listed(())


async def test_a_bad_document_is_refused_and_its_tags_count(server: HttpBackend) -> None:
    repo = Repo(server)
    link = repo.hand.tree / "ga_status.json"
    for data, reason in (
        (b"{", "1:"),
        (b" " * (STATUS_LIMIT + 1), "the file is too large: at most 256 KiB are read"),
        (document("other"), "speaks of"),
    ):
        repo.push({"ga_status.json": data})
        answer = await ask(repo.url)
        assert isinstance(answer.document, Refused), data[:10]
        assert reason in answer.document.reason
        assert "ga_status.json (the default branch)" in answer.document.file
        assert isinstance(answer.versions, Listed)
    link.unlink()
    link.symlink_to("/etc/passwd")
    repo.push({})
    answer = await ask(repo.url)
    assert isinstance(answer.document, Refused)
    assert "not a regular file" in answer.document.reason


async def test_nothing_is_fetched_again_that_has_not_moved(server: HttpBackend) -> None:
    repo = Repo(server)
    repo.push({"ga_status.json": document("app")}, "v1")
    reader = sources()
    first = await ask(repo.url, reader)
    asked = len(server.requests)
    assert await ask(repo.url, reader) == first
    assert len(server.requests) == asked + 2, "one ls-remote"
    repo.push({}, "v2")
    assert told(await ask(repo.url, reader)) == ["v1", "v2"]


async def test_a_server_that_never_answers_holds_nobody_up(server: HttpBackend, tmp_path: Path) -> None:
    good = Repo(server, "good.git")
    good.push({"ga_status.json": document("good")}, "v1")
    Repo(server, "hang.git")
    server.mood = lambda path, _number: Mood.SILENT if "hang" in path else Mood.WELL
    reader = sources(repository_deadline=1.5)
    wanted = [Wanted(f"hang{n}", server.url("hang.git")) for n in range(3)] + [Wanted("good", good.url)]
    answers = await reader.collect(wanted)
    assert isinstance(answers["good"].document, Found)
    assert answers["hang0"].document == answers["hang0"].versions
    assert "did not answer within 2 s" in why(answers["hang0"])
    ended = sources(repository_deadline=60, pass_deadline=0.5)
    assert "the pass had to end after 0.5 s" in why(await ask(server.url("hang.git"), ended))


async def test_what_is_refused_or_gone_says_so_and_nobody_is_asked_for_a_password(
    server: HttpBackend, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = tmp_path / "asked"
    helper = tmp_path / "askpass"
    helper.write_text(f"#!/bin/sh\ntouch {asked}\necho secret\n")
    helper.chmod(0o755)
    monkeypatch.setenv("GIT_ASKPASS", str(helper))
    Repo(server)
    server.mood = lambda _path, _number: Mood.FORBIDDEN
    assert "403" in why(await ask(server.url("app.git")))
    server.mood = lambda _path, _number: Mood.LOCKED
    assert "cannot be read" in why(await ask(server.url("app.git")))
    server.mood = lambda _path, _number: Mood.WELL
    assert "cannot be read" in why(await ask(server.url("nothing.git")))
    assert not asked.exists()


async def test_addresses_are_judged_and_git_goes_where_they_lead(server: HttpBackend) -> None:
    repo = Repo(server)
    repo.push({"ga_status.json": document("app")}, "v1")

    async def here(_host: str, _port: int) -> list[str]:
        return ["127.0.0.1"]

    named = repo.url.replace("127.0.0.1", "forge.test")
    assert told(await ask(named, sources(resolve=here))) == ["v1"], "the name is known to nobody else"
    before = len(server.requests)
    closed = await ask(named, sources(resolve=here, allow_private=False))
    assert "not on the public internet" in why(closed)
    for host in ("127.0.0.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"):
        answer = await ask(repo.url.replace("127.0.0.1", host), sources(allow_private=False))
        assert isinstance(answer.document, Unreachable), host
    assert len(server.requests) == before


async def test_no_configuration_hook_or_program_of_this_machine_or_of_the_repository_runs(
    server: HttpBackend, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ran = tmp_path / "ran"
    repo = Repo(server)
    attributes = b"* filter=evil\n"
    repo.push({"ga_status.json": document("app"), ".gitattributes": attributes, ".gitmodules": b"[submodule]"}, "v1")
    config = f'[url "ext::touch {ran} "]\n\tinsteadOf = http:\n[protocol]\n\tallow = always\n'
    (tmp_path / ".gitconfig").write_text(config)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", f"url.ext::touch {ran} .insteadOf")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "http:")
    assert isinstance((await ask(repo.url)).document, Found)
    assert not ran.exists()


async def test_a_folder_of_this_machine_only_where_paths_are_allowed(server: HttpBackend) -> None:
    repo = Repo(server)
    repo.push({"ga_status.json": document("app")}, "v1")
    assert told(await ask(f"git+file://{repo.path}")) == ["v1"]
    assert "on this machine" in why(await ask(f"git+file://{repo.path}", sources(allow_paths=False)))


async def test_a_password_of_the_url_is_sent_and_stands_nowhere(server: HttpBackend, tmp_path: Path) -> None:
    repo = Repo(server)
    repo.push({"a": b""}, "v1")
    seen: list[str | None] = []
    handler = server.RequestHandlerClass
    plain = handler._answer  # type: ignore[attr-defined]

    def noting(self, body: bytes) -> None:  # type: ignore[no-untyped-def]
        seen.append(self.headers.get("Authorization"))
        seen_arguments.extend(arguments())
        plain(self, body)

    def arguments() -> list[str]:
        return [p.read_bytes().decode(errors="replace") for p in Path("/proc").glob("[0-9]*/cmdline") if p.exists()]

    seen_arguments: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(handler, "_answer", noting)
        answer = await ask(repo.url.replace("http://", "git+http://me:hush-hush@"))
    assert told(answer) == ["v1"]
    assert seen[0] == "Basic bWU6aHVzaC1odXNo"
    mine = [line for line in seen_arguments if "ls-remote" in line and repo.url in line]
    assert mine
    assert not any("hush" in line or "bWU6" in line for line in mine)
    json.dumps(repr(answer))
    assert "hush" not in repr(answer)
