"""How what a plan needs from outside it stands, gathered from those who need it: an assessment has no row for it."""

from dataclasses import dataclass
from datetime import date

from bot.release.assessment import Assessment, DependencyVerdict
from bot.release.status import Status, Verdict

NO_EVIDENCE = "no evidence"
"""`DependencyVerdict.evidence` of something outside the plan that publishes nothing (`verdicts.py`)."""

THE_PLAN = "the plan"
"""The same of what rests on nothing but the plan."""


@dataclass(frozen=True)
class Outsider:
    """One provider from outside. `status` None: nobody publishes it; RELEASED: all that is needed of it is out.

    `version` is what its document speaks of, `needed` what is required where all agree on it (None: they do not, or
    any version will do).
    """

    name: str
    status: Status | None
    version: str | None = None
    needed: str | None = None
    eta: date | None = None


def outsiders(assessment: Assessment) -> dict[str, Outsider]:
    """By name, in plan order, as far as a repository that is neither out nor dropped needs them. Linear."""
    inside = {r.name for r in assessment.repositories}
    needs: dict[str, list[DependencyVerdict]] = {}
    for repository in assessment.repositories:
        if repository.settled:
            continue
        for dependency in repository.dependencies:
            if dependency.name not in inside:
                needs.setdefault(dependency.name, []).append(dependency)
    roots = {root.name: root for root in assessment.root_causes}
    found: dict[str, Outsider] = {}
    for name, rows in needs.items():
        wanted = {d.requirement for d in rows}
        needed = wanted.pop() if len(wanted) == 1 else None
        root = roots.get(name)
        if all(d.verdict is Verdict.READY for d in rows):
            found[name] = Outsider(name, Status.RELEASED, needed=needed)
        elif root is None or any(d.evidence == NO_EVIDENCE for d in rows):
            found[name] = Outsider(name, None, needed=needed)
        else:
            found[name] = Outsider(name, root.status, root.version, needed, root.eta)
    return found
