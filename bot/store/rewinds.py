"""What became of a branch that somebody moved back, or to a history of its own, for people to read.

`trunk.keep` noted it when it was noticed. Convoy follows such a move and undoes nothing.
"""

from bot.services.ports import Rewound
from bot.store.layout import PLANS
from bot.store.objects import Entry, Objects
from bot.store.trunk import KEPT

_MOST = 1000


def rewinds(objects: Objects, head: str) -> tuple[Rewound, ...]:
    """Every rewind that was noticed and still holds: what was pushed back since is no news."""
    kept = ((ref, old) for ref, old in objects.refs(KEPT) if not objects.descends(head, old))
    return tuple(_told(objects, ref, old, head) for ref, old in kept)


def _told(objects: Objects, ref: str, old: str, head: str) -> Rewound:
    lost = objects.only_in(old, head, _MOST)
    then, now = objects.node(old), objects.node(head)
    slugs = {e.name: e.oid for e in _plans(objects, then.tree)}
    after = {e.name: e.oid for e in _plans(objects, now.tree)}
    return Rewound(
        ref=ref,
        old=old,
        head=head,
        newest=then.commit().subject,
        author=then.author,
        when=then.when,
        commits=lost,
        unrelated=not objects.related(old, head),
        plans=tuple(sorted(name for name, oid in slugs.items() if name and after.get(name) != oid)),
    )


def _plans(objects: Objects, tree: str) -> list[Entry]:
    folder = objects.entry(tree, PLANS)
    return [e for e in objects.entries(folder.oid) if e.is_folder] if folder is not None and folder.is_folder else []
