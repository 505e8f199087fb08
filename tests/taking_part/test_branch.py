"""Publishing on real remotes: bare repositories by path and behind git's own smart HTTP, with people in the way."""

import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.services.ports import StoreError
from bot.taking_part import Kept, NotPublished, Published, Target, branch, publish
from tests.store.http_backend import Mood, serving
from tests.store.kit import git
from tests.taking_part.kit import ANN, AT, bare, document, guard, log, on_branch

TOKEN = "ghs_SECRETSECRETSECRET"


def put(target: Target, **more: object) -> Published | Kept | NotPublished:
    return publish(target, *document(**more), ANN, AT, seconds=20)


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    return bare(tmp_path / "summit-app.git")


@pytest.fixture
def target(remote: Path) -> Target:
    return Target.of(str(remote), remote)


def test_the_first_document_opens_the_branch_and_nothing_else(remote: Path, target: Target) -> None:
    done = put(target, version="v3.0.0")
    assert isinstance(done, Published)
    assert done.before is None
    assert on_branch(remote) == document(version="v3.0.0")[0]
    assert git(remote, "for-each-ref", "--format=%(refname)") == "refs/heads/ga-status\n"
    assert git(remote, "ls-tree", "-r", "--name-only", "ga-status") == "ga_status.json\n"
    assert log(remote, "%an <%ae> %aI %s") == [
        "Ann Lee <ann@example.org> 2026-03-03T09:00:00+00:00 summit-app v3.0.0: ON_TRACK"
    ]
    assert "[skip ci]" in git(remote, "log", "--format=%b", "ga-status")
    git(remote, "fsck", "--strict")


def test_an_unchanged_document_makes_no_commit(remote: Path, target: Target) -> None:
    first = put(target)
    assert isinstance(first, Published)
    assert put(target) == Kept(first.commit)
    assert len(log(remote)) == 1


def test_a_dry_run_pushes_nothing(remote: Path, target: Target) -> None:
    data, parsed = document()
    assert isinstance(publish(target, data, parsed, ANN, AT, dry_run=True), Published)
    assert log(remote) == []


def test_what_else_lies_on_the_branch_stays(remote: Path, target: Target, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", str(remote), "hand")
    hand = tmp_path / "hand"
    git(hand, "checkout", "--quiet", "--orphan", "ga-status")
    (hand / "deep").mkdir()
    (hand / "deep/README.md").write_text("why\n")
    (hand / "ga_status.json").symlink_to("deep/README.md")
    git(hand, "add", "--all")
    git(hand, "commit", "--quiet", "--message", "By hand")
    git(hand, "push", "--quiet", "origin", "ga-status")
    assert isinstance(put(target), Published)
    assert git(remote, "ls-tree", "-r", "ga-status").split()[0::4] == ["100644", "100644"]
    assert on_branch(remote, "deep/README.md") == b"why\n"
    assert log(remote) == ["summit-app: ON_TRACK", "By hand"]


def test_a_newer_document_is_not_replaced(remote: Path, target: Target) -> None:
    put(target, updatedAt="2026-03-03T11:00:00+01:00")
    refused = put(target, updatedAt="2026-03-03T09:30:00Z")
    assert isinstance(refused, NotPublished)
    assert "newer document, updatedAt 2026-03-03T10:00:00Z; this one says 2026-03-03T09:30:00Z" in refused.reason
    assert isinstance(put(target, updatedAt="2026-03-03T10:00:00Z", summary="same moment"), Published)


def test_eight_at_once_all_arrive_in_one_line(remote: Path, tmp_path: Path) -> None:
    with serving(tmp_path) as server, ThreadPoolExecutor(8) as threads:
        target = Target.of(server.url("summit-app.git"), tmp_path)
        done = list(threads.map(lambda n: publish(target, *document(summary=f"n{n}"), ANN, AT), range(8)))
    assert all(isinstance(one, Published) for one in done), done
    commits = log(remote, "%H %P")
    assert len(commits) == 8
    assert {one.commit for one in done} == {line.split()[0] for line in commits}
    assert max(len(line.split()) for line in commits) == 2
    git(remote, "fsck", "--strict")


def test_a_lost_race_is_looked_at_again_and_never_overwritten(
    remote: Path, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(target, summary="before")
    push = branch._Branch.push
    faster = [True]

    def late(self: branch._Branch, base: str | None, tip: str) -> branch.Outcome:
        if faster and faster.pop():
            assert isinstance(put(target, summary="somebody else"), Published)
        return push(self, base, tip)

    monkeypatch.setattr(branch._Branch, "push", late)
    assert isinstance(put(target, summary="mine"), Published)
    summaries = [json.loads(git(remote, "show", f"{c}:ga_status.json"))["summary"] for c in log(remote, "%H")]
    assert summaries == ["mine", "somebody else", "before"]


def test_a_rewound_branch_is_never_forced(remote: Path, target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lease on a head that is gone fails; the document goes on top of what is there now."""
    put(target, summary="one")
    put(target, summary="two")
    push = branch._Branch.push
    rewound = []

    def rewind(self: branch._Branch, base: str | None, tip: str) -> branch.Outcome:
        if not rewound:
            rewound.append(git(remote, "update-ref", "refs/heads/ga-status", "refs/heads/ga-status~1"))
        return push(self, base, tip)

    monkeypatch.setattr(branch._Branch, "push", rewind)
    assert isinstance(put(target, summary="three"), Published)
    assert len(log(remote)) == 2


def test_a_lost_answer_publishes_once(remote: Path, tmp_path: Path) -> None:
    lost: list[str] = []

    def mood(path: str, _number: int) -> Mood:
        if "receive-pack" in path and path.startswith("POST") and not lost:
            lost.append(path)
            return Mood.LOST
        return Mood.WELL

    with serving(tmp_path) as server:
        server.mood = mood
        done = put(Target.of(server.url("summit-app.git"), tmp_path))
    assert lost
    assert isinstance(done, Kept)
    assert len(log(remote)) == 1


def test_a_hook_that_says_no_is_heard_and_not_asked_again(remote: Path, target: Target) -> None:
    hook = remote / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho asked >> asked\necho 'ga-status is protected' >&2\nexit 1\n")
    hook.chmod(0o755)
    refused = put(target)
    assert isinstance(refused, NotPublished)
    assert "ga-status is protected" in refused.reason
    assert "docs/taking-part.md" in refused.reason
    assert (remote / "asked").read_text() == "asked\n"


def test_a_remote_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    refused = put(Target.of("nowhere.git", tmp_path))
    assert isinstance(refused, NotPublished)
    assert refused.reason.startswith(f"{tmp_path}/nowhere.git could not be read: ")


def test_who_is_busy_for_good_is_given_up(remote: Path, tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        server.mood = lambda _path, _number: Mood.BUSY
        refused = put(Target.of(server.url("summit-app.git"), tmp_path))
    assert isinstance(refused, NotPublished)
    assert "503" in refused.reason


# --- who is let in -----------------------------------------------------------------------------------------------


def test_a_token_goes_to_its_host_by_no_argument_and_no_error(
    remote: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spy = tmp_path / "spy"
    spy.mkdir()
    (spy / "git").write_text(f'#!/bin/sh\necho "$@" >> {spy}/argv\nexec {shutil.which("git")} "$@"\n')
    (spy / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{spy}{os.pathsep}{os.environ['PATH']}")
    with serving(tmp_path) as server:
        seen = guard(server, "bot", TOKEN)
        url = server.url("summit-app.git").replace("http://", "http://ci-user:ci-password@")
        target = Target.of(url, tmp_path, "bot", TOKEN)
        assert isinstance(put(target), Published)
        wrong = Target.of(url, tmp_path, "bot", "ghs_WRONG")
        refused = put(wrong, summary="x")
    assert isinstance(refused, NotPublished)
    argv = (spy / "argv").read_text()
    assert "push" in argv
    for secret in (TOKEN, "ghs_WRONG", "ci-password", *(header.split()[1] for header in seen if header)):
        assert secret not in argv + refused.reason + repr((target, wrong, refused))


def test_a_token_is_for_http_only(tmp_path: Path) -> None:
    assert Target.of("git@github.example:team/app.git", tmp_path, "bot", TOKEN).header == ""
    assert Target.of("https://github.example/team/app.git", tmp_path, "bot", TOKEN).header != ""
    assert Target.of("https://github.example/team/app.git", tmp_path).header == ""


@pytest.mark.parametrize(
    "url",
    ["ext::sh -c id", "--upload-pack=id", "ssh://-oProxyCommand=id/x", "http://forge.example/x.git", "git://h/x", "-x"],
)
def test_where_git_must_not_go_it_does_not(tmp_path: Path, url: str) -> None:
    with pytest.raises(StoreError):
        Target.of(url, tmp_path)
