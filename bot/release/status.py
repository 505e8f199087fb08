"""The words for how things stand. They are written to JSON as they are spelt here."""

from enum import StrEnum


class PlanStatus(StrEnum):
    """Where a whole release train stands. People move it; no pass ever does."""

    PLANNING = "PLANNING"
    IN_PROGRESS = "IN_PROGRESS"
    RELEASED = "RELEASED"
    CANCELLED = "CANCELLED"

    @property
    def at_rest(self) -> bool:
        """Whether nothing more is to come: no pass, no digest."""
        return self in (PlanStatus.RELEASED, PlanStatus.CANCELLED)


class Status(StrEnum):
    """Where one repository stands."""

    NOT_STARTED = "NOT_STARTED"
    ON_TRACK = "ON_TRACK"
    AT_RISK = "AT_RISK"
    BLOCKED = "BLOCKED"
    READY = "READY"
    RELEASED = "RELEASED"
    DROPPED = "DROPPED"
    UNKNOWN = "UNKNOWN"


class Verdict(StrEnum):
    """Whether one dependency is there for the one who needs it."""

    READY = "READY"
    WAITING = "WAITING"
    AT_RISK = "AT_RISK"
    MISMATCH = "MISMATCH"
    UNKNOWN = "UNKNOWN"
