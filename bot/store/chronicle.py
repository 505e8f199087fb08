"""From commits to the versions that history keeps: what lies between a head and what the index knows already is read,
oldest first, along the first parents, for all plans at once.
"""

from bot.release.facts import Facts
from bot.release.record import Mark, Version
from bot.store.commits import Node, moment, one_line
from bot.store.contents import Contents
from bot.store.following import Follower
from bot.store.index_rows import Writer, packed, sealed
from bot.store.layout import PLANS
from bot.store.objects import Objects
from bot.store.reading import Reader
from bot.store.slugs import is_slug

_FLUSH_EVERY = 200
_LONGEST_SUBJECT = 200


class Chronicler:
    """`bot` is the e-mail that Convoy signs its own commits with. Not for several threads at once."""

    def __init__(self, bot: str) -> None:
        self._bot = bot
        self._contents = Contents()
        self._reader = Reader()

    def read(self, objects: Objects, head: str, writer: Writer) -> int:
        """Bring the index up to a head; how many commits were new to it. Raises StoreError, sqlite3.Error."""
        unread: list[str] = []
        for node in objects.first_parents(head):
            if writer.knows(node.id):
                break
            unread.append(node.id)
        run = _Run(self._bot, self._contents, self._reader, objects, writer)
        for number, commit in enumerate(reversed(unread), 1):
            run.commit(objects.node(commit))
            if number % _FLUSH_EVERY == 0:
                writer.flush()
        return len(unread)


class _Run:
    """One way through new commits."""

    def __init__(self, bot: str, contents: Contents, reader: Reader, objects: Objects, writer: Writer) -> None:
        self._bot = bot
        self._contents = contents
        self._reader = reader
        self._objects = objects
        self._writer = writer
        self._plans: dict[str, tuple[Follower, int]] = {}
        self._last: tuple[str, dict[str, str]] = ("", {})

    def commit(self, node: Node) -> None:
        """Add one commit, after its parent."""
        parent = node.parents[0] if node.parents else None
        before = self._before(parent) if parent is not None else {}
        after = self._folders(node.tree)
        self._last = node.id, after
        touched = sorted(s for s in before.keys() | after.keys() if before.get(s) != after.get(s))
        rows: list[tuple[str, str, int]] = []
        for slug in touched:
            follower, last = self._plans.get(slug) or self._taken_up(parent, slug, before.get(slug))
            change = follower.step(self._objects, after.get(slug), node.in_force)
            body = packed(Version(self._mark(node), change))
            seal = sealed(body, last)
            self._plans[slug] = follower, seal
            rows.append((slug, body, seal))
        self._writer.add(node.id, parent, rows)

    def _before(self, parent: str) -> dict[str, str]:
        return self._last[1] if self._last[0] == parent else self._folders(self._objects.node(parent).tree)

    def _folders(self, tree: str) -> dict[str, str]:
        """The folders that can be plans, by slug."""
        plans = self._objects.entry(tree, PLANS)
        if plans is None or not plans.is_folder:
            return {}
        entries = self._objects.entries(plans.oid)
        return {e.name: e.oid for e in entries if e.is_folder and e.name is not None and is_slug(e.name)}

    def _taken_up(self, parent: str | None, slug: str, folder: str | None) -> tuple[Follower, int]:
        """A plan where the index left it."""
        if parent is None:
            return Follower(self._contents), 0
        line = self._writer.line(parent, slug)
        facts = Facts()
        for version in line.versions:
            facts.apply(version.delta)
        follower = Follower(self._contents, facts)
        if folder is not None:
            follower.resume(self._reader, self._objects, parent, slug, folder)
        return follower, line.seal

    def _mark(self, node: Node) -> Mark:
        return Mark(
            commit=node.id,
            author=one_line(node.author),
            email=one_line(node.author_email),
            when=moment(node.written),
            committed=node.in_force,
            subject=one_line(node.subject, _LONGEST_SUBJECT),
            slack_user=node.commit().slack_user,
            tracked=node.author_email == self._bot,
        )
