"""Two people, one plan: whether an edit made on an older version may be applied to the newest one.

A three-way comparison by field. Rows are told apart by their names and never by where they stand, so that edits of
different fields merge whatever moved around them. Two different values for one field are a `Conflict` that shows both.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from bot.release.edits import Clash, Conflict, Edit, Row
from bot.release.folder import PlanFolder

Path = tuple[str, ...]
"""Where a field is: ("repositories", "server", "version"), ("groups", "auth", "lead"), ("releaseDate",)."""

Who = Callable[[Clash], str | None]
"""Who gave a field the value that stands there now, for people to read; None when that is not known."""

_SHOWN = 5
_TITLES: Mapping[tuple[str, ...], str] = {
    ("releaseDate",): "the release date",
    ("releaseName",): "the name of the plan",
    ("lead",): "the lead captain",
    ("groups", "*"): "the group {0}",
    ("groups", "*", "lead"): "the captain of {0}",
    ("milestones", "*"): "the milestone {0}",
    ("milestones", "*", "date"): "the date of the milestone {0}",
    ("repositories", "*"): "the repository {0}",
    ("repositories", "*", "group"): "the group of {0}",
    ("repositories", "*", "dependencies", "*"): "whether {0} needs {1}",
    ("repositories", "*", "dependencies", "*", "version"): "the version that {0} needs of {1}",
    ("repositories", "*", "dependencies", "*", "needBy"): "the day by which {0} needs {1}",
    ("repositories", "*", "waivers", "*"): "the accepted risk of {0} on {1}",
}

_PLAIN = frozenset({"version", "status", "source", "packages", "eta", "date", "channel", "timezone", "digest"})


def merge(
    edit: Edit, base: PlanFolder | None, newest: PlanFolder | None, who: Who | None = None
) -> PlanFolder | Conflict:
    """The newest folder after the edit; a Conflict when that would change what was changed since `base`, unseen.

    `base`: what the person saw, or what the edit was first applied to; None when there was no plan or it is not known.
    """
    after = edit.apply(newest)
    if base is None or newest is None or isinstance(after, Conflict) or base.document.raw == newest.document.raw:
        return after
    if isinstance(edit.apply(base), Conflict):  # whoever speaks of what was not there yet has seen a newer plan
        return after
    was, now, then = _flat(base), _flat(newest), _flat(after)
    theirs = _moved(was, now)
    found = [p for p in _moved(now, then) if p in theirs]
    clashes = tuple(Clash(p, *(flat.get(p, Row.GONE) for flat in (was, now, then))) for p in found)
    return Conflict(_sentence(clashes, who), clashes=clashes) if clashes else after


def value(folder: PlanFolder, path: Path) -> Any:
    """What a field holds: JSON, or whether there is such a row or field at all."""
    return _flat(folder).get(path, Row.GONE)


def _moved(was: Mapping[Path, Any], now: Mapping[Path, Any]) -> dict[Path, None]:
    """The fields that differ, in order; a row that is gone takes all its fields along."""
    paths = dict.fromkeys((*was, *now))
    return dict.fromkeys(p for p in paths if was.get(p, Row.GONE) != now.get(p, Row.GONE))


def _flat(folder: PlanFolder) -> dict[Path, Any]:
    """Every field of a plan file by its path; a row (group, repository, …) stands there as well."""
    raw = folder.document.raw
    found: dict[Path, Any] = {(k,): v for k, v in raw.items() if k not in ("releaseGroups", "milestones")}
    for key, milestone in _named(raw.get("milestones"), "name"):
        found |= _row(("milestones", key), milestone, ())
    for name, group in _named(raw.get("releaseGroups"), "name"):
        found |= _row(("groups", name), group, ("repositories",))
        for key, repository in _named(group.get("repositories"), "name"):
            # A repository listed twice (which is shown as a fault of the plan) is two rows here.
            path: Path = ("repositories", key)
            if path in found:
                path = ("repositories", f"{key} ({name})")
            found |= _repository(path, repository) | {(*path, "group"): name}
    return found


def _repository(path: Path, row: Mapping[str, Any]) -> dict[Path, Any]:
    found = _row(path, row, ("dependencies", "waivers"))
    for key, dependency in _named(row.get("dependencies"), "name"):
        found |= _row((*path, "dependencies", key), dependency, ())
    # A waiver is one decision: half of one and half of another would be nobody's.
    for key, waiver in _named(row.get("waivers"), "cause"):
        found[*path, "waivers", key] = waiver
    return found


def _row(path: Path, row: Mapping[str, Any], without: Sequence[str]) -> dict[Path, Any]:
    fields = {(*path, key): what for key, what in row.items() if key not in ("name", *without)}
    return {path: Row.THERE} | fields


def _named(rows: Any, by: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Rows with what tells them apart; the second one of a name gets a number."""
    seen: dict[str, int] = {}
    for row in rows or ():
        name = str(row.get(by))
        seen[name] = seen.get(name, 0) + 1
        yield (name if seen[name] == 1 else f"{name} #{seen[name]}"), row


def _sentence(clashes: Sequence[Clash], who: Who | None) -> str:
    told = [_told_clash(c, who(c) if who is not None else None) for c in clashes[:_SHOWN]]
    if len(clashes) > _SHOWN:
        told.append(f"and {len(clashes) - _SHOWN} more")
    return f"{'; '.join(told)}. Nothing was changed: look at the plan as it is now, and ask again if yours is to hold"


def _told_clash(clash: Clash, by: str | None) -> str:
    ours, theirs = _words(clash.ours), _words(clash.theirs)
    return f"{by or 'somebody else'} changed {title(clash.path)} meanwhile: it is {theirs} now, and you wanted {ours}"


def _words(what: Any) -> str:
    if isinstance(what, Row):
        return what.value
    if what is None:
        return "not decided"
    return what if isinstance(what, str) else json.dumps(what, ensure_ascii=False)


def title(path: Path) -> str:
    """What people call a field."""
    names = [part for at, part in enumerate(path) if at % 2 == 1]
    pattern = tuple("*" if at % 2 == 1 else part for at, part in enumerate(path))
    known = _TITLES.get(pattern)
    if known is not None:
        return known.format(*names)
    field = path[-1] if path[-1] in _PLAIN else repr(path[-1])
    of = f" of {' of '.join(reversed(names))}" if names else ""
    return f"the {field}{of}" if path[-1] in _PLAIN else f"{field}{of}"
