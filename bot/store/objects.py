"""Git objects through pygit2: reading trees and blobs, writing commits, looking up refs, moving those of a clone.

This is the only module that knows pygit2. One handle serves one thread at a time; `Pool` lends them out.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import islice
from pathlib import Path
from queue import Empty, SimpleQueue

import pygit2
from pygit2.enums import ConfigLevel, DeltaStatus, ObjectType, RepositoryOpenFlag

from bot.services.ports import StoreError
from bot.store.commits import Node
from bot.store.memo import Memo

FILE, FOLDER, LINK, SUBMODULE = 0o100644, 0o040000, 0o120000, 0o160000
_NODES = 5_000
_KINDS = {FOLDER: "a folder", LINK: "a symbolic link", SUBMODULE: "a submodule"}

# Measured: SHA-1 checks are 85 % of reading. zlib's own checksum still guards every object.
pygit2.settings.enable_strict_hash_verification(False)
# A broken ~/.gitconfig of whoever runs Convoy is not the store's business.
for _level in (ConfigLevel.SYSTEM, ConfigLevel.XDG, ConfigLevel.GLOBAL):
    pygit2.settings.search_path[_level] = ""


@dataclass(frozen=True)
class Entry:
    """One entry of a tree. `name` is None when its bytes are not UTF-8."""

    name: str | None
    mode: int
    oid: str

    @property
    def is_file(self) -> bool:
        """A regular file, executable or not."""
        return self.mode & 0o170000 == 0o100000

    @property
    def is_folder(self) -> bool:
        """A tree."""
        return self.mode == FOLDER

    @property
    def kind(self) -> str:
        """What it is, in words."""
        return "a file" if self.is_file else _KINDS.get(self.mode, "something that git does not know")


class Objects:
    """One open repository. Raises StoreError when an object that should be there is not."""

    def __init__(self, path: Path, nodes: Memo[str, Node] | None = None) -> None:
        self._path = path
        self._nodes = nodes or Memo(_NODES)
        self._repository = pygit2.Repository(str(path), RepositoryOpenFlag.NO_SEARCH)
        self._written: list[str] = []

    def ref(self, name: str) -> str | None:
        """The commit id that a ref points to, or None when there is no such ref."""
        try:
            return str(self._repository.lookup_reference(name).resolve().target)
        except KeyError:
            return None

    def refs(self, prefix: str) -> Iterator[tuple[str, str]]:
        """Every ref whose name begins so, with the commit that it points to."""
        for name in self._repository.references.iterator():
            if name.name.startswith(prefix):
                yield name.name, str(name.resolve().target)

    def move(self, name: str, old: str | None, new: str) -> bool:
        """Move a ref from `old` (None: it must not exist) to `new`, under git's own lock; whether that was done.

        A tenth of the time of `git update-ref`, for refs that are nobody's but ours.
        """
        try:
            if old is None:
                self._repository.references.create(name, pygit2.Oid(hex=new))
                return True
            ref = self._repository.lookup_reference(name)
            if str(ref.target) != old:
                return False
            ref.set_target(pygit2.Oid(hex=new))  # compares once more, with the lock in its hands
        except (pygit2.GitError, KeyError, OSError):  # moved or gone meanwhile, a lock in the way, a full disk
            return False
        return True

    def node(self, commit: str) -> Node:
        """One commit by its full id. Walks pass the same ones again and again, so they are remembered."""
        known = self._nodes.get(commit)
        if known is None:
            known = self._node(commit)
            self._nodes.put(commit, known)
        return known

    def _node(self, commit: str) -> Node:
        found = self._get(commit)
        if not isinstance(found, pygit2.Commit):
            raise StoreError(f"{commit[:12]} is not a commit")
        return Node(
            id=commit,
            tree=str(found.tree_id),
            parents=tuple(str(parent) for parent in found.parent_ids),
            time=found.commit_time,
            author=found.author.raw_name.decode(errors="replace"),
            committer_email=found.committer.raw_email.decode(errors="replace"),
            message=found.raw_message.decode(errors="replace"),
            author_email=found.author.raw_email.decode(errors="replace"),
            written=found.author.time,
        )

    def expand(self, prefix: str) -> str | None:
        """The full id of the commit that a hexadecimal id or prefix names; None when none or more than one does."""
        try:
            found = self._repository[prefix]
        except (KeyError, ValueError):
            return None
        return str(found.id) if isinstance(found, pygit2.Commit) else None

    def first_parents(self, commit: str) -> Iterator[Node]:
        """A commit and its ancestors along the first parents, newest first."""
        following: str | None = commit
        while following is not None:
            node = self.node(following)
            yield node
            following = node.parents[0] if node.parents else None

    def everything(self, commit: str) -> Iterator[Node]:
        """A commit and all its ancestors, newest first by time. Lazy, as libgit2's own walk by time is not."""
        seen = {commit}
        waiting = [(0, commit, self.node(commit))]
        while waiting:
            node = heappop(waiting)[2]
            yield node
            for parent in map(self.node, set(node.parents) - seen):
                seen.add(parent.id)
                heappush(waiting, (-parent.time, parent.id, parent))

    def descends(self, commit: str, ancestor: str) -> bool:
        """Whether `ancestor` is `commit` or lies in its history."""
        return commit == ancestor or self._repository.descendant_of(commit, ancestor)

    def only_in(self, commit: str, other: str, most: int) -> int:
        """How many commits of `commit` and its history `other` does not have, counted up to `most`."""
        walker = self._repository.walk(commit)
        walker.hide(other)
        return sum(1 for _ in islice(walker, most))

    def related(self, one: str, other: str) -> bool:
        """Whether two commits share any history."""
        return self._repository.merge_base(one, other) is not None

    def entry(self, tree: str, path: str) -> Entry | None:
        """What lies at a path below a tree, or None."""
        try:
            found = self._tree(tree)[path]
        except KeyError:
            return None
        return Entry(path.rpartition("/")[2], int(found.filemode or 0), str(found.id))

    def entries(self, tree: str) -> Iterator[Entry]:
        """Everything directly in a tree, in git's order."""
        for found in self._tree(tree):
            raw = found.raw_name or b""
            try:
                name = raw.decode()
            except UnicodeDecodeError:
                name = None
            yield Entry(name, int(found.filemode or 0), str(found.id))

    def between(self, old: str | None, new: str) -> Iterator[tuple[str, Entry | None]]:
        """What is new or different directly in a tree, by name, and None for what is gone; names are UTF-8.

        Much faster than comparing `entries` where little of a large tree differs.
        """
        if old is None:
            yield from ((entry.name, entry) for entry in self.entries(new) if entry.name is not None)
            return
        for delta in self._tree(old).diff_to_tree(self._tree(new)).deltas:
            gone = delta.status == DeltaStatus.DELETED
            file = delta.old_file if gone else delta.new_file
            try:
                name = file.raw_path.decode()
            except UnicodeDecodeError:
                continue
            if "/" not in name:
                yield name, None if gone else Entry(name, int(file.mode), str(file.id))

    def size(self, blob: str) -> int:
        """The size in bytes, read from the header: a huge blob is never loaded to find that it is huge."""
        try:
            kind, size = self._repository.odb.read_header(pygit2.Oid(hex=blob))
        except KeyError as error:
            raise self._missing(blob) from error
        if kind != ObjectType.BLOB:
            raise StoreError(f"{blob[:12]} is not a file")
        return size

    def blob(self, blob: str) -> bytes:
        """The content of a file."""
        found = self._get(blob)
        if not isinstance(found, pygit2.Blob):
            raise StoreError(f"{blob[:12]} is not a file")
        return found.data

    def holds(self, tree: str, path: str, data: bytes | None) -> bool:
        """Whether that very content lies at a path below a tree already (None: nothing lies there)."""
        there = self.entry(tree, path)
        if there is None or data is None:
            return there is None and data is None
        return there.is_file and there.oid == str(pygit2.hash(data))

    def write(self, base: str | None, files: Mapping[str, bytes | None]) -> str:
        """A new tree: `base` (None: empty) with files put or, where None, taken away. Returns its id."""
        blobs = {path: None if data is None else self._note(self._repository.create_blob(data))
                 for path, data in files.items()}  # fmt: skip
        return self._write_tree(base, blobs) or self._note(self._repository.TreeBuilder().write())

    def commit(
        self, tree: str, parent: str | None, author: tuple[str, str], committer: tuple[str, str],
        when: tuple[int, int, int], message: str,
    ) -> str:  # fmt: skip
        """A new commit that no ref points to yet. `when`: author seconds, committer seconds, offset in minutes."""
        written, committed, offset = when
        made = self._repository.create_commit(
            None,
            pygit2.Signature(*author, written, offset, "utf-8"),
            pygit2.Signature(*committer, committed, offset, "utf-8"),
            message,
            pygit2.Oid(hex=tree),
            [pygit2.Oid(hex=parent)] if parent else [],
        )
        return self._note(made)

    def settle(self) -> None:
        """Bring every loose object written so far to the disk, before a ref may point at it (as git does it)."""
        for oid in self._written:
            loose = self._path / "objects" / oid[:2] / oid[2:]
            if loose.exists():  # what was in a pack already is not written again
                _fsync(loose)
        self._written.clear()

    def forget_written(self) -> None:
        """Start a new unit of work: what was written before needs no settling any more."""
        self._written.clear()

    def _note(self, oid: pygit2.Oid) -> str:
        self._written.append(str(oid))
        return self._written[-1]

    def _write_tree(self, base: str | None, blobs: Mapping[str, str | None]) -> str | None:
        """The id of the tree, or None when nothing is left in it: git keeps no empty folders."""
        old = self._tree(base) if base else None
        builder = self._repository.TreeBuilder(old) if old is not None else self._repository.TreeBuilder()
        deeper: dict[str, dict[str, str | None]] = {}
        for path, oid in blobs.items():
            name, slash, rest = path.partition("/")
            if slash:
                deeper.setdefault(name, {})[rest] = oid
            else:
                self._put(builder, name, oid, FILE)
        for name, below in deeper.items():
            there = self.entry(base, name) if base else None
            tree = self._write_tree(there.oid if there and there.is_folder else None, below)
            self._put(builder, name, tree, FOLDER)
        return self._note(builder.write()) if len(builder) else None

    @staticmethod
    def _put(builder: pygit2.TreeBuilder, name: str, oid: str | None, mode: int) -> None:
        if oid is not None:
            builder.insert(name, pygit2.Oid(hex=oid), mode)
        elif builder.get(name) is not None:
            builder.remove(name)

    def _get(self, oid: str) -> object:
        try:
            return self._repository[oid]
        except KeyError as error:
            raise self._missing(oid) from error

    def _tree(self, oid: str) -> pygit2.Tree:
        found = self._get(oid)
        if not isinstance(found, pygit2.Tree):
            raise StoreError(f"{oid[:12]} is not a folder")
        return found

    def _missing(self, oid: str) -> StoreError:
        return StoreError(f"git object {oid[:12]} is missing in {self._path}; `git fsck` there tells what is damaged")


class Pool:
    """Lends handles on one repository to threads. A handle that saw an error is closed, not lent again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._nodes: Memo[str, Node] = Memo(_NODES)
        self._idle: SimpleQueue[Objects] = SimpleQueue()

    @contextmanager
    def borrow(self) -> Iterator[Objects]:
        """A handle for this `with` block. What pygit2 raises inside becomes a StoreError."""
        try:
            handle = self._take()
            handle.forget_written()
            yield handle
        except pygit2.GitError as error:
            raise StoreError(f"the git repository {self.path} cannot be used: {error}") from error
        self._idle.put(handle)

    def close(self) -> None:
        """Let go of all idle handles."""
        while not self._idle.empty():
            self._take()

    def _take(self) -> Objects:
        try:
            return self._idle.get_nowait()
        except Empty:
            return Objects(self.path, self._nodes)


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
