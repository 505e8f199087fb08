"""`convoy impact` and `convoy forecast`: what a slip would do, and what the past says. Nothing is written."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.ahead import forecast_data, impact_data, past_of
from bot.cli.common import Now, Slug, Store, clock, fail, failures_told, open_store
from bot.cli.looking import named
from bot.cli.terminal import say, say_json

if TYPE_CHECKING:
    from bot.release.assessment import Assessment, RepositoryHealth
    from bot.release.experience import Experience
    from bot.release.folder import PlanFolder
    from bot.release.forecast import Forecast, TooLittle
    from bot.release.impact import Impact, Moved

AsJson = Annotated[bool, typer.Option("--json", metavar="", help="Print JSON instead of text.")]


def impact(
    slug: Slug,
    repository: Annotated[str, typer.Argument(metavar="REPO", help="The repository, as the plan names it.")],
    slip: Annotated[
        str | None, typer.Argument(metavar="[SLIP]", help="How much later, or when: +5d, +2w, -3d, 2026-03-20.")
    ] = None,
    now: Now = None,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Show who waits on a repository, and who would be late if it slipped. Nothing is written."""
    from bot.release.impact import NoImpact
    from bot.release.impact import impact as what_if

    asked = _slip(slip)
    seen = _look(slug, now, store)
    found = what_if(seen.folder, seen.assessment.now, repository, asked)
    if isinstance(found, NoImpact):
        fail(f"convoy: {found.reason}")
    foreseen = seen.foreseen(found.subject.name)
    if as_json:
        say_json({**seen.head(), **impact_data(found), "forecast": forecast_data(foreseen) if foreseen else None})
        return
    for line in _impact_lines(found):
        say(line)
    if foreseen is not None:
        say(_foreseen(foreseen, found.today))


def forecast(
    slug: Slug,
    repository: Annotated[
        str | None, typer.Argument(metavar="[REPO]", help="The repository; without it all that are not out.")
    ] = None,
    now: Now = None,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Show when repositories may be released, going by how long such things took in this and earlier plans."""
    seen = _look(slug, now, store)
    rows = [r for r in seen.assessment.repositories if not r.settled]
    if repository is not None:
        rows = [named(seen.assessment, slug, repository)]
    answers = [(r, seen.experience.forecast(slug, r, seen.assessment)) for r in rows]
    experience = seen.experience
    if as_json:
        told = [{"name": r.name, "status": r.status.value, **forecast_data(found)} for r, found in answers]
        past = {"released": experience.released, "transitions": experience.transitions, "plans": experience.plans}
        say_json({**seen.head(), "past": past, "repositories": told})
        return
    for line in _forecast_lines(seen, answers):
        say(line)


@dataclass(frozen=True)
class _Seen:
    """A plan as it stands at the moment of asking, and the past of all plans beside it."""

    slug: str
    commit: str
    folder: "PlanFolder"
    assessment: "Assessment"
    experience: "Experience"

    def head(self) -> Mapping[str, Any]:
        """What every JSON answer begins with."""
        at = self.assessment.now.isoformat().replace("+00:00", "Z")
        return {"plan": self.slug, "commit": self.commit, "asOf": at}

    def foreseen(self, repository: str) -> "Forecast | TooLittle | None":
        """What the past says of a repository; None for one that is not in the plan."""
        health = next((r for r in self.assessment.repositories if r.name == repository), None)
        return self.experience.forecast(self.slug, health, self.assessment) if health is not None else None


def _look(slug: str, now: str | None, store: str | None) -> _Seen:
    from bot.release import readiness

    at = clock(now).now()
    with failures_told(store):
        plans = open_store(store)
        state = plans.read(slug)
        experience = past_of(plans, store, at)
    return _Seen(slug, state.commit, state.folder, readiness.evaluate(state.folder, at), experience)


def _slip(text: str | None) -> timedelta | date | None:
    from bot.release.moments import Unclear
    from bot.release.slips import read_slip

    found = read_slip(text) if text is not None else None
    if isinstance(found, Unclear):
        fail(f"convoy: {found.reason}", 2)
    return found


def _impact_lines(found: "Impact") -> Iterator[str]:
    from bot.release import date_words
    from bot.release.words import VERDICT, as_sentence, sentence

    if found.slip is None:
        yield as_sentence(date_words.waiting(found))
        if standing := date_words.standing(found.subject, found.today):
            yield as_sentence(standing)
        for one in found.waiting:
            yield f"  {one.name} ({one.group}, {one.lead or 'no captain'}){'' if one.direct else ', along others'}"
        return
    yield as_sentence(f"{date_words.slipping(found, found.slip)}, {date_words.outcome(found)}")
    told = [date_words.past_release(found), *date_words.past_milestones(found), date_words.counted(found, found.slip)]
    yield from (as_sentence(line) for line in told if line)
    late = found.late
    yield from (f"  late: {_moved(m, found.today, late=True)}" for m in late)
    yield from (f"  moves: {_moved(m, found.today)}" for m in found.moved if m not in late)
    for v in found.verdicts:
        moves = f"{VERDICT[v.before].word} → {VERDICT[v.after].word}"
        yield f"  verdict: {v.repository} on {v.dependency}: {moves}. {sentence(v.reason)}"
    if found.captains:
        yield f"Talk to {', '.join(found.captains)}."


def _moved(moved: "Moved", today: date, *, late: bool = False) -> str:
    from bot.release import date_words

    before, after = moved.before.earliest, moved.after.earliest
    who = f"{moved.after.name} ({moved.after.lead or 'no captain'})"
    or_later = " or later" if moved.after.unknown else ""
    dates = f"{before.isoformat() if before else '-'} → {after.isoformat() if after else '-'}{or_later}"
    more = (date_words.lateness(moved.after, today), date_words.through(moved.after)) if late else ()
    return ", ".join(part for part in (f"{who}: {dates}", *more) if part)


def _forecast_lines(seen: _Seen, answers: "list[tuple[RepositoryHealth, Forecast | TooLittle]]") -> Iterator[str]:
    from bot.release.date_words import foreseen
    from bot.release.forecast import Forecast
    from bot.release.words import STATUS, count, listing, local, stopped

    past = seen.experience
    plans = count(past.plans, "plan")
    seen_out = f"{count(past.released, 'repository')} that {'was' if past.released == 1 else 'were'} seen released"
    known = f"how long it took {seen_out}" if past.released else "releases, and none was seen yet"
    yield f"{seen.slug}: forecasts go by {known}, in {plans}"
    today = local(seen.assessment.now, seen.assessment.plan.timezone).date()
    silent: dict[str, list[str]] = {}
    for health, found in answers:
        if isinstance(found, Forecast):
            yield f"  {health.name}, {STATUS[health.status].word}: {stopped(foreseen(found, today))}"
        else:
            silent.setdefault(found.reason, []).append(health.name)
    for reason, names in silent.items():
        yield f"  no forecast for {listing(names)}: {stopped(reason)}"


def _foreseen(found: "Forecast | TooLittle", today: date) -> str:
    from bot.release.date_words import foreseen
    from bot.release.forecast import Forecast
    from bot.release.words import as_sentence

    return as_sentence(foreseen(found, today) if isinstance(found, Forecast) else f"no forecast: {found.reason}")
