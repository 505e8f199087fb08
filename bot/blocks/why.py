"""`/release why`: what one repository waits on, along which path, and what to do about it."""

from collections.abc import Collection, Sequence

from bot.blocks import causes as cause_words
from bot.blocks import errors
from bot.blocks.ahead import Ahead, foreseen, silence, standing
from bot.blocks.limits import context, pack, section, split
from bot.blocks.message import Block, Message
from bot.blocks.text import People, name, plain, requirement, strong, user
from bot.blocks.voice import NOBODY, Voice, names
from bot.release import outline, waiver_words, why_words, words
from bot.release.assessment import Assessment, DependencyVerdict, RepositoryHealth
from bot.release.date_words import says_more
from bot.release.outline import TROUBLED, Cause
from bot.release.outsiders import NO_EVIDENCE
from bot.release.status import Verdict
from bot.release.verdicts import without_accepting

_CAUSES, _FULL, _SHORT = 5, 6, 30


def why(
    assessment: Assessment,
    repository: str,
    *,
    slug: str,
    people: People = NOBODY,
    asker: str = "",
    ahead: Ahead | None = None,
) -> Message:
    """The dependencies of one repository with verdict, reason, path and advice; worst first.

    For a name that only others depend on: who needs it. For one that nobody knows: the near names. `asker` (Slack user
    id) is not sent to themselves. `ahead` is what lies ahead of that repository.
    """
    voice = Voice(assessment, people)
    found = assessment.find(repository)
    if found is not None:
        return _answer(found, voice, asker, ahead or Ahead())
    outside = _outside(repository, voice)
    if outside is not None:
        return outside
    return errors.unknown_repository(repository, _known(assessment), assessment.plan.release_name, slug)


def _known(assessment: Assessment) -> list[str]:
    own = [r.name for r in assessment.repositories]
    return [*own, *(d.name for r in assessment.repositories for d in r.dependencies)]


def _answer(found: RepositoryHealth, voice: Voice, asker: str, ahead: Ahead) -> Message:
    waits = outline.open_dependencies(found)
    first = why_words.headline(found, waits, name)
    blocks: list[Block] = [section(f"{strong(first)}\n{_own(found, voice)}")]
    if ahead.dated is not None and says_more(ahead.dated):
        blocks += pack(standing(ahead.dated, voice))
    blocks += pack(foreseen(ahead.forecast, voice))
    waits, mute = why_words.apart(waits)
    causes = _causes(waits, voice)
    blocks += pack(_comes_down_to(waits, causes, (found.name,), voice))
    blocks += pack([_dependency(d, found, causes, voice) for d in waits[:_FULL]], gap="\n\n")
    blocks += pack([*_the_rest(waits[_FULL:]), *_mute(mute)])
    blocks += pack(_ready([d for d in found.dependencies if d.verdict is Verdict.READY]))
    blocks += pack(list(filter(None, [why_words.unheard(found, lambda which: names(which, _SHORT))])))
    blocks += pack([f"‼ {voice.told(c)}" for c in found.contradictions[:10]])
    blocks += pack(_holds_up(found, voice))
    blocks.append(context(" ".join(filter(None, (_feed(found, voice, asker), silence(ahead.forecast))))))
    return split(Message(f"{first}.", blocks))


def _own(found: RepositoryHealth, voice: Voice) -> str:
    """How it stands itself, and whose it is."""
    look = words.STATUS[found.status]
    lead = voice.who(found.lead) or "nobody answers for it"
    itself = "" if found.settled else " itself"
    own = f"{look}{itself}{voice.since(found.since)} · {name(found.group)}, {lead}"
    why_so = found.blocker or found.summary
    if found.status in TROUBLED and why_so:
        own += f'\nWhy: "{plain(why_so)}"'
    if found.eta is not None and not found.settled:
        late = max(0, (found.eta - voice.assessment.plan.release_date).days)
        own += f"\n{voice.expects(found.lead or found.captain, found.eta, late)}"
    return own


def _causes(waits: Sequence[DependencyVerdict], voice: Voice) -> list[Cause]:
    named = {name for d in waits for name in d.root_causes}
    return [c for c in outline.causes(voice.assessment) if c.root.name in named]


def _comes_down_to(
    waits: Sequence[DependencyVerdict], causes: Sequence[Cause], own: Collection[str], voice: Voice
) -> list[str]:
    """The root causes, once each, where something lies between; else each dependency is its own and tells it itself."""
    if all(len(d.path) < 2 for d in waits):
        return []
    lines = [strong("Root cause" if len(causes) == 1 else f"Root causes ({len(causes):,})")]
    lines += [cause_words.line(c, voice, own) for c in causes[:_CAUSES]]
    return lines + ([f"and {len(causes) - _CAUSES:,} more"] if len(causes) > _CAUSES else [])


def _accepted(dependency: DependencyVerdict, voice: Voice) -> list[str]:
    """The risks that somebody lives with, and those that are back; of several causes each is named."""
    several = len(dependency.root_causes) > 1
    lines = []
    for waiver in dependency.accepted:
        which = f"{name(waiver.cause)}: " if several else ""
        said = waiver_words.of_one(waiver, voice.on)
        told = said if several else words.as_sentence(said)
        lines.append(f"{which}{plain(words.stopped(told))} No alert until then, unless it gets worse.")
    lines += [cause_words.back(lapse, voice, named=several) for lapse in dependency.lapsed]
    return lines


def _dependency(dependency: DependencyVerdict, found: RepositoryHealth, causes: Sequence[Cause], voice: Voice) -> str:
    what = f"{strong(name(dependency.name))}, needs {requirement(dependency.requirement)}"
    lines = [f"{words.VERDICT[dependency.verdict]} · {what}"]
    owner = next((c.owner for c in causes if c.root.name in dependency.root_causes), None)
    advice = dependency.advice
    if {waiver.cause for waiver in dependency.accepted} >= set(dependency.root_causes):
        advice = without_accepting(advice)
    lines.append(" ".join(filter(None, (voice.told(dependency.reason, owner), voice.told(advice, owner)))))
    lines += _accepted(dependency, voice)
    if len(dependency.path) > 1:
        lines.append(f"Path: {' → '.join(name(n) for n in (found.name, *dependency.path))}")
    if dependency.evidence not in ("", NO_EVIDENCE):
        lines.append(f"Evidence: {plain(dependency.evidence)}")
    return "\n".join(line for line in lines if line)


def _the_rest(waits: Sequence[DependencyVerdict]) -> list[str]:
    """What is not told in full, by verdict."""
    lines = []
    for verdict in outline.URGENCY:
        same = [words.label(d.name, d.requirement) for d in waits if d.verdict is verdict]
        if same:
            lines.append(f"{words.VERDICT[verdict].symbol} also {words.VERDICT[verdict].word}: {names(same, _SHORT)}")
    return lines


def _ready(found: Sequence[DependencyVerdict]) -> list[str]:
    """What is out, and what that rests on."""
    look = words.VERDICT[Verdict.READY]
    lines = [f"{look} · {strong(name(d.name))}, needs {requirement(d.requirement)}: {plain(d.evidence)}" for d in found]
    more = [d.name for d in found[_FULL:]]
    return lines[:_FULL] + ([f"{look.symbol} also ready: {names(more, _SHORT)}"] if more else [])


def _mute(waits: Sequence[DependencyVerdict]) -> list[str]:
    if not waits:
        return []
    which = names([words.label(d.name, d.requirement) for d in waits], _SHORT)
    return [f"? outside the plan, and nobody publishes a status: {which}. {cause_words.FIND_OWNERS}"]


def _holds_up(found: RepositoryHealth, voice: Voice) -> list[str]:
    others = why_words.held_up(voice.assessment, found)
    if not others:
        return []
    return [f"It holds up {words.count(len(others), 'repository')} itself: {names(others, 12)}"]


def _feed(found: RepositoryHealth, voice: Voice, asker: str) -> str:
    """What its status rests on, how old that is, and whom to ask when it is too old."""
    owner = voice.who(found.lead or found.captain)
    if asker and owner == user(asker):
        ask = "It is yours: update its ga_status.json."
    else:
        ask = f"Ask {owner} to mend it." if owner else "Nobody is named who could mend it."
    return why_words.feed(found, ask, voice.told)


def _outside(repository: str, voice: Voice) -> Message | None:
    """A dependency that is not in the plan: who needs it, and what to do."""
    needed = why_words.needing(voice.assessment, repository)
    if not needed:
        return None
    dependency = needed[0][1]
    needs = "needs" if len(needed) == 1 else "need"
    first = f"{name(repository)} is not in {voice.train}, but {words.count(len(needed), 'repository')} {needs} it"
    lines = [strong(first)]
    lines.append(" ".join(filter(None, (voice.told(dependency.reason), voice.told(dependency.advice)))))
    lines.append(f"Needed by {names([words.label(r.name, r.version) for r, _ in needed], 12)}.")
    return split(Message(f"{first}.", pack(lines)))
