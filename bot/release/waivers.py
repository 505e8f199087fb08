"""Accepted risks: part of the plan, silent for the captain who accepted, back when they expire or get worse."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from bot.release.assessment import Assessment, RepositoryHealth, RootCause
from bot.release.plan import Waiver
from bot.release.status import Status

BADNESS = (
    Status.RELEASED, Status.READY, Status.ON_TRACK, Status.NOT_STARTED, Status.DROPPED, Status.UNKNOWN, Status.AT_RISK,
    Status.BLOCKED,
)  # fmt: skip
"""From what worries nobody to what worries most."""


def in_force(
    waivers: Sequence[Waiver], cause: str, captain: str | None, status: Status, eta: date | None, today: date
) -> Waiver | None:
    """The waiver that covers this cause for this captain today, or None.

    `status` and `eta` are the cause's own now. One that has become worse than when it was accepted is not covered; a
    waiver that does not say how things stood covers whatever happens until its end.
    """
    for waiver in waivers:
        mine = waiver.captain is None or waiver.captain == captain
        if waiver.cause == cause and mine and today <= waiver.until and not worse(waiver, status, eta):
            return waiver
    return None


def worse(waiver: Waiver, status: Status, eta: date | None) -> bool:
    """Whether the cause stands worse than when its risk was accepted: a worse status, or a later date."""
    if waiver.status is not None and BADNESS.index(status) > BADNESS.index(waiver.status):
        return True
    return waiver.eta is not None and eta is not None and eta > waiver.eta


def mark(assessment: Assessment) -> Assessment:
    """The same assessment with every dependency saying which of its risks are accepted today, in the plan's zone."""
    given = {(group.name, row.name): row.waivers for group, row in assessment.plan.repositories() if row.waivers}
    if not given:
        return assessment
    today = assessment.now.astimezone(ZoneInfo(assessment.plan.timezone)).date()
    roots = {root.name: root for root in assessment.root_causes}
    rows = tuple(_marked(row, given.get((row.group, row.name), ()), roots, today) for row in assessment.repositories)
    return replace(assessment, repositories=rows)


def _marked(
    row: RepositoryHealth, given: Sequence[Waiver], roots: Mapping[str, RootCause], today: date
) -> RepositoryHealth:
    if not given:
        return row
    dependencies = []
    for dependency in row.dependencies:
        held = [
            waiver
            for name in dependency.root_causes
            if (root := roots.get(name)) is not None
            and (waiver := in_force(given, name, row.lead, root.status, root.eta, today)) is not None
        ]
        dependencies.append(replace(dependency, accepted=tuple(held)))
    return replace(row, dependencies=tuple(dependencies))
