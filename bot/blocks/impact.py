"""`/release impact`: who waits on a repository, and what it would do if it came later. Nothing is written."""

from collections.abc import Sequence
from datetime import date, timedelta

from bot.blocks import ahead, errors
from bot.blocks.limits import context, pack, section, split
from bot.blocks.message import Block, Message
from bot.blocks.text import People, code, name, plain, quoted, strong, user
from bot.blocks.voice import NOBODY, Voice, names
from bot.release import date_words, words
from bot.release.assessment import Assessment
from bot.release.forecast import Forecast, TooLittle
from bot.release.impact import Impact, Moved, NoImpact, VerdictChange, Waiting
from bot.release.slips import Slip, as_typed
from bot.release.status import Status

_FULL, _SHORT, _VERDICTS = 12, 30, 8


def impact_message(
    found: Impact,
    assessment: Assessment,
    *,
    slug: str,
    people: People = NOBODY,
    asker: str = "",
    forecast: Forecast | TooLittle | None = None,
) -> Message:
    """The answer in one line, then who waits, whose dates move, verdicts that change, and whom to talk to.

    `asker` (Slack user id) is not sent to themselves.
    """
    voice = Voice(assessment, people)
    small = (
        f"A question only: nothing was written, and nobody was told · plan {code(slug)} · days in {name(voice.zone)}"
    )
    if found.slip is None:
        first, blocks = _who_waits(found, voice, slug)
    else:
        first, blocks = _what_if(found, found.slip, voice)
    talk = [w for w in (voice.who(lead) for lead in found.captains) if w and w != user(asker)]
    last = [f"Talk to {words.listing(talk, 20)}."] if talk and found.slip is not None else []
    last += ahead.foreseen(forecast, voice)
    notes = [context(note) for note in (ahead.silence(forecast), small) if note]
    first = plain(words.as_sentence(first), ahead.LONG)
    return split(Message(first, [section(strong(first)), *blocks, *pack(last), *notes]))


def no_impact(
    found: NoImpact, assessment: Assessment, repository: str, *, slug: str, slip: timedelta | date | None
) -> Message:
    """Why there is no answer, and for a name that nobody knows the near ones."""
    if found.known:
        typed = f" {as_typed(slip)}" if slip is not None else ""
        train = assessment.plan.release_name
        return errors.unknown_repository(repository, found.known, train, slug, verb="impact", more=typed)
    text = plain(words.as_sentence(found.reason) if slip is None else words.sentence(found.reason), ahead.LONG)
    who = quoted(repository)
    ask = f"How it stands: {code(f'/release why {who} {slug}')}"
    return split(Message(text, pack([text, ask])))


def _who_waits(found: Impact, voice: Voice, slug: str) -> tuple[str, list[Block]]:
    lines = ahead.standing(found.subject, voice)
    direct = [w for w in found.waiting if w.direct]
    further = [w for w in found.waiting if not w.direct]
    blocks = pack(lines)
    if direct:
        blocks += pack([strong(f"Wait on it directly ({len(direct):,})"), *_waiting(direct, voice)])
    if further:
        blocks += pack([strong(f"Wait on those ({len(further):,})"), *_waiting(further, voice)])
    if found.subject.status not in (Status.RELEASED, Status.DROPPED):
        ask = code(f"/release impact {quoted(found.subject.name)} +5d {slug}")
        blocks += pack([f"What five days more would do: {ask}"])
    return date_words.waiting(found), blocks


def _waiting(found: Sequence[Waiting], voice: Voice) -> list[str]:
    lines = [f"{name(w.name)} · {name(w.group)}, {voice.who(w.lead) or 'nobody answers for it'}" for w in found[:_FULL]]
    rest = [w.name for w in found[_FULL:]]
    return lines + ([f"and {names(rest, _SHORT)}"] if rest else [])


def _what_if(found: Impact, slip: Slip, voice: Voice) -> tuple[str, list[Block]]:
    first = f"{date_words.slipping(found, slip)}, {date_words.outcome(found)}"
    told = [date_words.past_release(found), *date_words.past_milestones(found), date_words.counted(found, slip)]
    blocks = pack([plain(words.as_sentence(line), ahead.LONG) for line in told if line])
    late = found.late
    others = [m for m in found.moved if m not in late]
    if late:
        lines = [_late(m, voice) for m in late[:_FULL]]
        blocks += pack([strong(f"Would be late ({len(late):,})"), *lines, *_rest(late)])
    if others:
        title = strong(f"{'Also move' if late else 'Would move'} ({len(others):,})")
        blocks += pack([title, *(_moved(m, voice) for m in others[:_FULL]), *_rest(others)])
    if any(m.after.unknown for m in found.moved):
        blocks += pack(["Or later: not everything that it needs has a date."])
    blocks += pack(_verdicts(found.verdicts, voice))
    still = len(found.waiting) - sum(m.after.name != found.subject.name for m in found.moved)
    if still > 0:
        wait = "waits" if still == 1 else "wait"
        blocks += pack([f"{words.count(still, 'repository')} that {wait} on it would not move."])
    return first, blocks


def _rest(found: Sequence[Moved]) -> list[str]:
    more = [m.after.name for m in found[_FULL:]]
    return [f"and {names(more, _SHORT)}"] if more else []


def _late(moved: Moved, voice: Voice) -> str:
    late = date_words.lateness(moved.after, voice.today)
    through = date_words.through(moved.after)
    return f"{_moved(moved, voice)}, {plain(', '.join(part for part in (late, through) if part), ahead.LONG)}"


def _moved(moved: Moved, voice: Voice) -> str:
    lead = voice.who(moved.after.lead)
    who = f"{name(moved.after.name)}, {lead}" if lead else name(moved.after.name)
    before, after = moved.before.earliest, moved.after.earliest
    later = " or later" if moved.after.unknown else ""
    return f"{who}: {voice.on(before)} → {voice.on(after)}{later}" if before and after else who


def _verdicts(found: Sequence[VerdictChange], voice: Voice) -> list[str]:
    if not found:
        return []
    lines = [strong(f"Verdicts that would change ({len(found):,})")]
    for v in found[:_VERDICTS]:
        moves = f"{words.VERDICT[v.before].word} → {words.VERDICT[v.after]}"
        lines.append(f"{name(v.repository)} on {name(v.dependency)}: {moves}. {voice.told(v.reason)}")
    rest = list(dict.fromkeys(v.repository for v in found[_VERDICTS:]))
    return lines + ([f"and those of {names(rest, _SHORT)}"] if rest else [])
