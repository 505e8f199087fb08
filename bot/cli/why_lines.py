"""The lines of `convoy why` about one repository of the plan, worst first, in the words that Slack has for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from bot.cli.cause_lines import cause_lines, lived_with, whose
from bot.release import date_words, outline, why_words
from bot.release.assessment import Assessment, DependencyVerdict, RepositoryHealth
from bot.release.dates import DatedRepository
from bot.release.forecast import Forecast, TooLittle
from bot.release.outline import TROUBLED, Cause
from bot.release.outsiders import NO_EVIDENCE
from bot.release.status import Verdict
from bot.release.verdicts import without_accepting
from bot.release.words import STATUS, as_sentence, count, label, listing, local, sentence, since, stopped

_MOST = 30


@dataclass(frozen=True)
class Answer:
    """One repository with what lies ahead of it. `forecast` None: its past could not be read."""

    assessment: Assessment
    found: RepositoryHealth
    dated: DatedRepository
    forecast: Forecast | TooLittle | None

    @cached_property
    def waits(self) -> tuple[DependencyVerdict, ...]:
        """What it still waits on, worst first."""
        return outline.open_dependencies(self.found)

    @cached_property
    def causes(self) -> tuple[Cause, ...]:
        """The root causes behind that, those that block most first."""
        asked = {name for d in self.waits for name in d.root_causes}
        return tuple(c for c in outline.causes(self.assessment) if c.root.name in asked)


def why_lines(answer: Answer) -> Iterator[str]:
    """What it comes to, how it stands itself, what lies ahead; then each dependency, and whom it holds up."""
    found = answer.found
    yield stopped(why_words.headline(found, answer.waits, label))
    yield from _own(answer)
    yield from _ahead(answer)
    yield from _waits(answer)
    for one in found.dependencies:
        if one.verdict is Verdict.READY:
            yield f"{one.verdict.value}: {_needed(one)}{f' ({one.evidence})' if one.evidence else ''}"
    if unheard := why_words.unheard(found, lambda which: listing(which, _MOST)):
        yield unheard
    yield from (f"contradiction: {sentence(said)}" for said in found.contradictions)
    if others := why_words.held_up(answer.assessment, found):
        yield f"It holds up {count(len(others), 'repository')} itself: {listing(others, _MOST)}."
    yield _feed(found)


def _own(answer: Answer) -> Iterator[str]:
    found, plan = answer.found, answer.assessment.plan
    itself = "" if found.settled else " itself"
    began = f" {since(found.since, answer.assessment.now, plan.timezone)}" if found.since is not None else ""
    yield f"{STATUS[found.status]}{itself}{began}, {found.group}, {found.lead or 'nobody answers for it'}"
    said = found.blocker or found.summary
    if found.status in TROUBLED and said:
        yield f'Why: "{said}"'


def _ahead(answer: Answer) -> Iterator[str]:
    today = local(answer.assessment.now, answer.assessment.plan.timezone).date()
    if standing := date_words.standing(answer.dated, today):
        yield as_sentence(standing)
    if isinstance(answer.forecast, Forecast):
        yield as_sentence(date_words.foreseen(answer.forecast, today))
    elif answer.forecast is not None and answer.forecast.coming:
        yield f"No forecast: {stopped(answer.forecast.reason)}"


def _waits(answer: Answer) -> Iterator[str]:
    """Root causes once each where something lies between, else each dependency is its own and tells it itself."""
    deep = any(len(d.path) > 1 for d in answer.waits)
    told, mute = why_words.apart(answer.waits)
    for one in told:
        yield from _dependency(one, answer, deep=deep)
    if mute:
        which = listing([label(d.name, d.requirement) for d in mute], _MOST)
        yield f"{Verdict.UNKNOWN.value}: outside the plan, and nobody publishes a status: {which}"
        yield "  Find out who owns them: have them publish a ga_status.json, or take them into the plan."
    if deep:
        yield "Root cause" if len(answer.causes) == 1 else f"Root causes ({len(answer.causes):,})"
        for cause in answer.causes:
            yield from (f"  {line}" for line in cause_lines(cause))


def _dependency(one: DependencyVerdict, answer: Answer, *, deep: bool) -> Iterator[str]:
    causes = [c for c in answer.causes if c.root.name in one.root_causes]
    yield f"{one.verdict.value}: {_needed(one)}{whose(causes[0]) if causes and len(one.path) == 1 else ''}"
    advice = one.advice
    if {waiver.cause for waiver in one.accepted} >= set(one.root_causes):
        advice = without_accepting(advice)
    yield f"  {' '.join(sentence(said) for said in (one.reason, advice) if said)}"
    if len(one.path) > 1:
        yield f"  Path: {' → '.join((answer.found.name, *one.path))}"
    if one.evidence not in ("", NO_EVIDENCE):
        yield f"  Evidence: {stopped(one.evidence)}"
    if not deep:  # else it is told with the root cause
        yield from (f"  {line}" for cause in causes for line in lived_with(cause, answer.found.name))


def _needed(one: DependencyVerdict) -> str:
    return f"{one.name}, needs {one.requirement or 'any version'}"


def _feed(found: RepositoryHealth) -> str:
    owner = found.lead or found.captain
    return why_words.feed(
        found, f"Ask {owner} to mend it." if owner else "Nobody is named who could mend it.", sentence
    )
