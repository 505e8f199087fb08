"""A list of published versions as text: `plans/<slug>/published/<repository>.json`, one version a line.

A pass writes it, and people may read it in git: a new tag is one line of the diff.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from bot.release.fields import Line, Moment, Name, PublishedKindWord, Several, VersionText
from bot.release.plan import Document
from bot.release.published import Published, PublishedVersion


class Row(Document):
    """One version."""

    version: VersionText
    kind: PublishedKindWord
    when: Moment | None = None


class PublishedFile(Document):
    """The whole file. `repository` is the name that the plan uses."""

    repository: Name
    as_of: Moment
    complete: bool
    tag_prefix: Line = ""
    packages: Several[Line] = ()
    versions: Several[Row] = ()

    def published(self) -> Published:
        """What the file says."""
        rows = tuple(PublishedVersion(row.version, row.kind, row.when) for row in self.versions)
        return Published(rows, self.as_of, self.complete, self.tag_prefix, self.packages)


def dump_published(repository: str, published: Published) -> bytes:
    """The bytes of the file of `repository`. Times in UTC."""
    rows = ",\n".join(f"    {_line(one)}" for one in published.versions)
    head: dict[str, object] = {"repository": repository, "asOf": _moment(published.as_of)}
    head["complete"] = published.complete
    head |= {"tagPrefix": published.tag_prefix} if published.tag_prefix else {}
    head |= {"packages": published.packages} if published.packages else {}
    fields = [f"  {_text(name)}: {_text(value)}" for name, value in head.items()]
    fields.append(f'  "versions": [\n{rows}\n  ]' if rows else '  "versions": []')
    return ("{\n" + ",\n".join(fields) + "\n}\n").encode("utf-8", "replace")


def _line(one: PublishedVersion) -> str:
    row: Mapping[str, str] = {"version": one.version, "kind": one.kind.value}
    return _text(row if one.when is None else {**row, "when": _moment(one.when)})


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
