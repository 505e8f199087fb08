"""What a store may be, and what is refused before git ever sees it."""

import os
import threading
from pathlib import Path

import pytest

from bot.services.ports import StoreError
from bot.store import GitStore, LocalStore, RemoteStore, locate, open_store
from bot.store.location import NoStoreError
from tests.store.kit import ANN, add, git, render


@pytest.mark.parametrize("nothing", [None, "", "  "])
def test_the_default_is_a_bare_repository_of_this_user(nothing: str | None, tmp_path: Path) -> None:
    assert locate(nothing, data_dir=tmp_path) == LocalStore(tmp_path / "plans.git")
    default = locate(nothing)
    assert isinstance(default, LocalStore)
    assert default.path.name == "plans.git"


@pytest.mark.parametrize("text", ["plans.git", "./a/b", "/srv/plans.git", "~/plans", "a b/c", "C:", "x:y/../z"[2:]])
def test_anything_without_a_scheme_is_a_path(text: str) -> None:
    place = locate(text)

    assert isinstance(place, LocalStore)
    assert place.path.is_absolute()
    assert "~" not in str(place.path)


@pytest.mark.parametrize(
    ("url", "protocols", "proxies"),
    [
        ("https://example.org/team/plans.git", "https", True),
        ("https://bot@example.org:8443/team/plans.git", "https", True),
        ("ssh://git@example.org/team/plans.git", "ssh", True),
        ("git@example.org:team/plans.git", "ssh", True),
        ("file:///srv/plans.git", "file", False),
        ("file:///srv/@team/plans.git", "file", False),
        ("http://127.0.0.1:8080/plans.git", "http", False),
        ("http://localhost/plans.git", "http", False),
        ("http://[::1]:8080/plans.git", "http", False),
    ],
)
def test_a_url_is_a_remote_with_only_its_own_protocol(url: str, protocols: str, proxies: bool, tmp_path: Path) -> None:
    place = locate(url, cache_dir=tmp_path)

    assert isinstance(place, RemoteStore)
    assert (place.url, place.protocols, place.proxies) == (url, protocols, proxies)
    assert place.clone.parent == tmp_path / "stores"
    assert place == locate(url, cache_dir=tmp_path), "the same clone every time"
    assert place.clone != locate(url + "x", cache_dir=tmp_path).clone  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("ext::sh -c touch% /tmp/x", "run a program"),
        ("EXT::sh", "run a program"),
        ("fd::3", "run a program"),
        ("::x", "run a program"),
        ("transport::https://example.org/x", "run a program"),
        ("-oProxyCommand=x", "is no store"),
        ("--upload-pack=touch x", "is no store"),
        ("https://example.org/x\n", None),
        ("https://exam\nple.org/x", "is no store"),
        ("a\x00b", "is no store"),
        ("a\x1b[31mb", "is no store"),
        ("git://example.org/x", "git:// is not supported"),
        ("ftp://example.org/x", "ftp:// is not supported"),
        ("javascript://x/y", "not supported"),
        ("http://example.org/x", "use https://"),
        ("http://127.0.0.1.evil.org/x", "use https://"),
        ("http://10.0.0.1/x", "use https://"),
        ("https://user:secret@example.org/x", "CONVOY_STORE_TOKEN"),
        ("https://:secret@example.org/x", "CONVOY_STORE_TOKEN"),
        ("https://secret/x@example.org/x", "@ behind its host"),
        ("https://me:12/secret@example.org/x", "@ behind its host"),
        ("https://me:12#secret@example.org/x", "@ behind its host"),
        ("https://me:secret/x@example.org/x", "cannot be read"),
        ("https://me:secret@example.org:port/x", "cannot be read"),
        ("me:secret@example.org:x", "looks like an ssh address"),
        ("-me:secret@example.org:x", "is no store"),
        ("ext::https://me:secret@example.org/x", "run a program"),
        ("https://example.org", "names no repository"),
        ("https://example.org/", "names no repository"),
        ("https:///x", "host or user"),
        ("https://example.org/x?token=1", "must be plain"),
        ("https://example.org/x#y", "must be plain"),
        ("https://good.org\\@evil.org/x", "must be plain"),
        ("https://exa mple.org/x", "must be plain"),
        ("https://example.org:99999/x", "cannot be read"),
        ("https://[::1/x", "cannot be read"),
        ("ssh://-oProxyCommand=touch/x", "host or user"),
        ("ssh://-oProxyCommand=x@example.org/x", "host or user"),
        ("ssh://example.org/-x", "names no repository"),
        ("git@-oProxyCommand=x:y", "looks like an ssh address"),
        ("git@example.org:-x", "looks like an ssh address"),
        ("-git@example.org:x", "is no store"),
        ("example.org:team/plans", "looks like an ssh address"),
        ("file://example.org/x", "file:///absolute/path"),
        ("file://relative", "file:///absolute/path"),
    ],
)
def test_what_could_run_or_leak_something_is_refused(text: str, why: str | None, tmp_path: Path) -> None:
    if why is None:
        assert isinstance(locate(text, cache_dir=tmp_path), RemoteStore), "a line end around it is a slip of the hand"
        return
    with pytest.raises(StoreError, match=why) as refused:
        open_store(text, render)

    assert "secret" not in str(refused.value)
    assert "\x1b" not in str(refused.value)


@pytest.mark.parametrize("prepare", ["missing", "empty", "bare"])
def test_a_local_store_is_made_where_nothing_lies(prepare: str, tmp_path: Path) -> None:
    path = tmp_path / "deep" / "plans.git"
    if prepare != "missing":
        path.mkdir(parents=True)
    if prepare == "bare":
        git(path, "init", "--quiet", "--bare")

    store = open_store(str(path), render)
    store.update("summit", add(), ANN)

    assert git(path, "rev-parse", "--is-bare-repository").strip() == "true"
    assert git(path, "symbolic-ref", "HEAD").strip() == "refs/heads/main"
    assert git(path, "log", "--format=%s", "HEAD").startswith("Open the plan")
    assert open_store(str(path), render).slugs() == ("summit",)
    assert [p.name for p in path.parent.iterdir()] == ["plans.git"], "nothing is left beside it"


def test_a_work_tree_is_refused_with_a_way_out(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "tree")

    for path in (tmp_path / "tree", tmp_path / "tree" / ".git"):
        with pytest.raises(StoreError, match=r"work tree.*git clone --bare"):
            open_store(str(path), render)


def test_a_folder_or_file_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "letter.txt").write_text("dear all")
    (tmp_path / "file").write_text("x")

    with pytest.raises(StoreError, match="not empty"):
        open_store(str(tmp_path / "folder"), render)
    with pytest.raises(StoreError, match="is a file"):
        open_store(str(tmp_path / "file"), render)
    with pytest.raises(StoreError, match="cannot be opened"):
        open_store(str(tmp_path / "file" / "below"), render)
    assert (tmp_path / "folder" / "letter.txt").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_place_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match="Permission denied"):
        open_store(str(tmp_path / "plans.git"), render)


def test_a_damaged_clone_is_said_to_be_only_a_copy(tmp_path: Path) -> None:
    place = locate("https://example.org/plans.git", cache_dir=tmp_path)
    assert isinstance(place, RemoteStore)
    place.clone.mkdir(parents=True)
    (place.clone / "rubbish").touch()

    with pytest.raises(StoreError, match=r"only a copy of https://example\.org/plans\.git: remove it"):
        open_store(place, render)


def test_many_who_make_the_same_store_at_once_get_one(tmp_path: Path) -> None:
    stores: list[GitStore] = []
    start = threading.Barrier(6)

    def make() -> None:
        start.wait(10)
        stores.append(open_store(str(tmp_path / "plans.git"), render))

    threads = [threading.Thread(target=make) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert len(stores) == 6
    stores[0].update("summit", add(), ANN)
    assert {store.slugs() for store in stores} == {("summit",)}
    assert [p.name for p in tmp_path.iterdir()] == ["plans.git"]


def test_another_object_format_is_said_and_not_guessed(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "--object-format=sha256", "plans.git")

    with pytest.raises(StoreError, match="unknown object format"):
        open_store(str(tmp_path / "plans.git"), render)


def test_a_repository_with_its_own_default_branch_is_written_on_main(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=trunk", "plans.git")

    open_store(str(tmp_path / "plans.git"), render).update("summit", add(), ANN)

    assert git(tmp_path / "plans.git", "branch", "--format=%(refname)").split() == ["refs/heads/main"]


@pytest.mark.parametrize("there", [False, True], ids=["nothing", "an empty folder"])
def test_who_only_reads_makes_no_store(tmp_path: Path, there: bool) -> None:
    place = tmp_path / "typo" / "plans.git"
    if there:
        place.mkdir(parents=True)
    with pytest.raises(NoStoreError, match=r"there is no plan store at .*plans\.git; `convoy plan add FILE` makes one"):
        open_store(str(place), render, create=False)
    assert list(tmp_path.rglob("*")) == ([place.parent, place] if there else [])
    open_store(str(place), render).close()
    open_store(str(place), render, create=False).close()
