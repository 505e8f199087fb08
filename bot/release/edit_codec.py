"""Edits as text and back, for the journal: operation, id, moment and arguments, nothing else.

Opening a plan is not among them: whoever opens one has the file, and waits for the answer.
"""

import json

from pydantic import TypeAdapter, ValidationError

from bot.release import edits
from bot.release.edits import Conflict, Edit

_KINDS: dict[str, TypeAdapter[Edit]] = {
    kind.operation: TypeAdapter(kind)
    for kind in (
        edits.SetVersion, edits.SetStatus, edits.AddRepository, edits.DropRepository, edits.AddDependency,
        edits.AcceptRisk, edits.SetDate, edits.SetPackages,
    )
}  # fmt: skip


def dump(edit: Edit) -> str:
    """One line of JSON. Raises ValueError for an operation that is not journalled."""
    kind = _KINDS.get(edit.operation)
    if kind is None:
        raise ValueError(f"the operation {edit.operation!r} cannot wait in the journal")
    return json.dumps({"operation": edit.operation, **kind.dump_python(edit, mode="json")}, ensure_ascii=False)


def load(text: str) -> Edit | Conflict:
    """The edit that `dump` wrote, also in an earlier version; a Conflict when this one cannot read it."""
    try:
        data = json.loads(text)
        kind = _KINDS[data.pop("operation")]
        return kind.validate_python(data, strict=False)
    except (ValueError, KeyError, TypeError, AttributeError, ValidationError) as error:
        return Conflict(f"the journalled edit cannot be read by this version ({type(error).__name__}): make it again")
