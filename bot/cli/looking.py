"""A plan as it stands now or stood once, for the commands that ask how it stands (`status`, `why`)."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.ahead import past_of
from bot.cli.common import clock, fail, failures_told, open_store, said
from bot.cli.terminal import say

if TYPE_CHECKING:
    from bot.release.assessment import Assessment, RepositoryHealth
    from bot.release.experience import Experience
    from bot.release.moments import Said
    from bot.services.ports import PlanState, PlanStore

At = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="WHEN",
        help="As it stood and was judged then: 2026-03-01, 3d, yesterday, 'last friday' (the day's end in the "
        "plan's zone), 12h, or 2026-03-01T12:00Z. With it, --now only says what today is.",
    ),
]


@dataclass(frozen=True)
class Looked:
    """A plan at one moment, and where it was read."""

    state: "PlanState"
    assessment: "Assessment"
    plans: "PlanStore"
    store: str | None

    def past(self) -> "Experience | None":
        """What forecasts rest on; where it cannot be read that is said, and the rest is shown all the same."""
        from bot.services.ports import StoreError

        try:
            return past_of(self.plans, self.store, self.assessment.now)
        except StoreError as error:
            say(f"convoy: no forecast, the history cannot be read: {error}", err=True)
            return None


def look(slug: str, at: str | None, now: str | None, store: str | None) -> Looked:
    """The plan as `--at` and `--now` ask for it. What cannot be read ends the command with a sentence."""
    asked, when = said(at, "--at") if at is not None else None, clock(now).now()
    from bot.release import readiness

    with failures_told(store):
        plans = open_store(store)
        state = plans.read(slug)
        if asked is not None:
            when = _moment(asked, when, state.folder.document.plan.timezone)
            state = plans.read(slug, at=when)
    _warn(state)
    return Looked(state, readiness.evaluate(state.folder, when), plans, store)


def named(assessment: "Assessment", slug: str, repository: str) -> "RepositoryHealth":
    """The repository of that name; a sentence with the near ones and exit code 1 where there is none."""
    from bot.release.suggest import did_you_mean

    found = assessment.find(repository)
    if found is None:
        names = sorted({r.name for r in assessment.repositories})
        fail(f"convoy: there is no repository {repository!r} in {slug}{did_you_mean(repository, names)}")
    return found


def _moment(asked: "Said", now: datetime, zone: str) -> datetime:
    from bot.release.moments import until_when

    found = until_when(asked, now, zone)
    return found if isinstance(found, datetime) else fail(f"convoy: {found.reason}")


def _warn(state: "PlanState") -> None:
    bad = state.bad_head
    if bad is None:
        return
    first = bad.problems[0].at("release_plan.json") if bad.problems else "unreadable"
    kept = bool(bad.problems) and all(problem.file for problem in bad.problems)
    stays = "the last good version of that file" if kept else f"commit {state.commit[:9]}"
    what = "a file of this plan" if kept else "this plan"
    say(f"convoy: commit {bad.commit[:9]} by {bad.author} broke {what} ({first}); {stays} stays in force", err=True)
