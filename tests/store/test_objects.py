"""Trees and commits through pygit2, checked with plain git."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.services.ports import StoreError
from bot.store.objects import Objects, Pool
from tests.store.kit import git

WHO = ("A", "a@b")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet", "--bare", "--template=", "r.git")
    return tmp_path / "r.git"


@pytest.fixture
def objects(place: Path) -> Iterator[Objects]:
    with Pool(place).borrow() as handle:
        yield handle


def files(place: Path, tree: str) -> dict[str, str]:
    listed = git(place, "ls-tree", "-r", "-z", tree).split("\0")
    return {line.split("\t")[1]: line.split()[0] for line in listed if line}


def test_files_are_put_replaced_and_taken_away_at_any_depth(objects: Objects, place: Path) -> None:
    first = objects.write(None, {"a/b/c.txt": b"1", "a/d.txt": b"2", "e.txt": b"3"})
    second = objects.write(first, {"a/b/c.txt": b"4", "a/d.txt": None, "f/g.txt": b"5", "not/there": None})

    assert set(files(place, first)) == {"a/b/c.txt", "a/d.txt", "e.txt"}
    assert set(files(place, second)) == {"a/b/c.txt", "e.txt", "f/g.txt"}
    assert git(place, "cat-file", "-p", f"{second}:a/b/c.txt") == "4"


def test_an_emptied_folder_is_gone(objects: Objects, place: Path) -> None:
    tree = objects.write(objects.write(None, {"a/b/c.txt": b"1", "d.txt": b"2"}), {"a/b/c.txt": None})

    assert git(place, "ls-tree", "--name-only", tree).split() == ["d.txt"]
    assert git(place, "ls-tree", objects.write(tree, {"d.txt": None})) == ""


def test_a_file_in_the_way_of_a_folder_is_replaced(objects: Objects, place: Path) -> None:
    tree = objects.write(objects.write(None, {"a": b"file"}), {"a/b.txt": b"1"})

    assert set(files(place, tree)) == {"a/b.txt"}


def test_content_is_compared_without_writing(objects: Objects) -> None:
    tree = objects.write(None, {"a/b.txt": b"1"})

    assert objects.holds(tree, "a/b.txt", b"1")
    assert not objects.holds(tree, "a/b.txt", b"2")
    assert not objects.holds(tree, "a/b.txt", None)
    assert objects.holds(tree, "a/c.txt", None)
    assert not objects.holds(tree, "a", b"1")


def test_commits_are_found_by_any_clear_prefix(objects: Objects) -> None:
    tree = objects.write(None, {"a": b"1"})
    made = objects.commit(tree, None, WHO, WHO, (5, 6, 60), "Subject\n\nBody\n")

    assert objects.expand(made) == objects.expand(made[:7]) == made
    assert objects.expand(tree) is None
    assert objects.expand("0" * 40) is None
    node = objects.node(made)
    assert (node.tree, node.parents, node.time, node.author, node.subject) == (tree, (), 6, "A", "Subject")


def test_ancestors_come_newest_first_each_once(objects: Objects) -> None:
    tree = objects.write(None, {"a": b"1"})

    def commit(time: int, parent: str | None) -> str:
        return objects.commit(tree, parent, WHO, WHO, (time, time, 0), f"{time}\n")

    root = commit(10, None)
    left, right = commit(20, root), commit(30, root)
    merge = git(objects._path, "commit-tree", "-p", left, "-p", right, "-m", "merge", tree).strip()

    assert [node.id for node in objects.everything(merge)] == [merge, right, left, root]
    assert [node.id for node in objects.first_parents(merge)] == [merge, left, root]
    assert objects.descends(merge, right)
    assert objects.descends(left, left)
    assert not objects.descends(left, right)


def test_what_is_missing_or_of_another_kind_is_said(objects: Objects) -> None:
    tree = objects.write(None, {"a": b"1"})
    blob = objects.entry(tree, "a")
    assert blob is not None

    for look in (objects.node, objects.blob, objects.size, lambda oid: list(objects.entries(oid))):
        with pytest.raises(StoreError, match="missing"):
            look("1" * 40)
    for look, oid in ((objects.node, tree), (objects.blob, tree), (objects.size, tree), (objects.expand, "")):
        if look == objects.expand:
            assert look(oid) is None
        else:
            with pytest.raises(StoreError, match="is not a"):
                look(oid)
    assert objects.ref("refs/heads/nothing") is None
    assert (objects.size(blob.oid), objects.blob(blob.oid), blob.kind) == (1, b"1", "a file")


def test_settling_reaches_what_was_written(objects: Objects, place: Path) -> None:
    tree = objects.write(None, {"a/b": b"1"})
    objects.settle()
    git(place, "update-ref", "refs/heads/main", objects.commit(tree, None, WHO, WHO, (1, 1, 0), "x\n"))
    git(place, "gc", "--quiet")

    objects.write(tree, {"a/b": b"1"})
    objects.settle()  # in a pack by now: nothing loose to bring to the disk


def test_handles_are_lent_again_and_not_after_an_error(place: Path) -> None:
    pool = Pool(place)
    with pool.borrow() as first:
        pass
    with pool.borrow() as again, pool.borrow() as other:
        assert again is first
        assert other is not first
    pool.close()
    with pool.borrow() as fresh:
        assert fresh is not first


def test_a_repository_that_went_away_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be used"), Pool(tmp_path / "gone").borrow():
        pass


def test_a_ref_moves_only_from_where_it_was_and_past_no_lock(objects: Objects, place: Path) -> None:
    ref = "refs/remotes/origin/main"
    tree = objects.write(None, {"x": b"1"})
    one, two = (objects.commit(tree, None, WHO, WHO, (1, 1, 0), words) for words in ("one\n", "two\n"))
    assert not objects.move(ref, one, two), "it is not there"
    assert objects.move(ref, None, one)
    assert not objects.move(ref, None, two)
    assert not objects.move(ref, two, one)
    lock = place / f"{ref}.lock"
    lock.touch()
    assert not objects.move(ref, one, two)
    lock.unlink()
    git(place, "pack-refs", "--all")

    assert objects.move(ref, one, two)

    assert git(place, "rev-parse", ref).strip() == two == objects.ref(ref)
