"""How a root cause is told: in one line where it is one of several, or in full with what to do about it."""

import re
from collections.abc import Collection, Sequence

from bot.blocks.text import name, plain, strong
from bot.blocks.voice import Voice, names
from bot.release import waiver_words, words
from bot.release.assessment import Lapse
from bot.release.outline import TROUBLED, Cause
from bot.release.status import Verdict

_REASON, _LAPSE = 120, 800


def line(cause: Cause, voice: Voice, own: Collection[str] | None = None) -> str:
    """One line: what, whom it holds up, the date or whom to ask, and who accepted it (of `own`: the reader's)."""
    return f"{_line(cause, voice)}{in_brackets(cause, voice, own)}"


def _line(cause: Cause, voice: Voice) -> str:
    match cause.kind:
        case Verdict.MISMATCH:
            return " ".join(filter(None, (f"≠ {said(cause, voice)}", _needed_by(cause), relief(cause, voice))))
        case Verdict.UNKNOWN if cause.silent:
            return f"? {strong(name(cause.label))}: nobody publishes its status; {_needed_by(cause)} Who owns it?"
        case Verdict.UNKNOWN:
            return f"? {said(cause, voice)} {_needed_by(cause)} {ask(cause, voice)}"
        case Verdict.WAITING:
            waits = "waits" if len(cause.root.blocks) == 1 else "wait"
            return f"… {state(cause)}, and {held(cause, voice)} {waits} on it.{_when(cause, voice)}"
        case _:
            return f"⚠ {state(cause)} and holds up {held(cause, voice)}.{_when(cause, voice)}"


def in_brackets(cause: Cause, voice: Voice, own: Collection[str] | None = None) -> str:
    """` (risk accepted by Ana until Fri 20 Mar: "we ship our own copy")`, with its leading space, or nothing."""
    said = waiver_words.accepted(cause, voice.on, own)
    return f" ({plain(said)})" if said else ""


FIND_OWNERS = "Find out who owns each: have it publish a ga_status.json, or take it into the plan."


def unknown(found: Sequence[Cause], voice: Voice, most: int, most_silent: int = 3) -> list[str]:
    """Lines for causes of which nobody knows; what is outside the plan and publishes nothing shares one line."""
    mute = [c for c in found if c.silent]
    lines = [line(c, voice) for c in found if not c.silent or len(mute) == 1][:most]
    if len(mute) > 1:
        lines.append(f"? {silent(mute, voice, most_silent)} Who owns them?")
    return lines


def silent(found: Sequence[Cause], voice: Voice, most: int) -> str:
    """`20 dependencies from outside the plan publish no status: pbr 7.0.1 (for 59 repositories) and 19 more.`"""
    told = [f"{strong(name(c.label))} (for {_by(c)}){in_brackets(c, voice)}" for c in found[:most]]
    more = f" and {len(found) - most:,} more" if len(found) > most else ""
    what = words.count(len(found), "dependency")
    return f"{what} from outside the plan publish no status: {', '.join(told)}{more}."


def _by(cause: Cause) -> str:
    blocks = cause.root.blocks
    return name(blocks[0]) if len(blocks) == 1 else words.count(len(blocks), "repository")


def full(cause: Cause, voice: Voice) -> str:
    """Several lines: what, since when, whose, why, when it is expected, whom it frees, what to do, who accepted it."""
    owner = voice.who(cause.owner)
    whose = f" ({owner})" if owner else ""
    if cause.kind in (Verdict.MISMATCH, Verdict.UNKNOWN):
        lines = [f"{words.VERDICT[cause.kind].symbol} {said(cause, voice)}"]
        if whose:
            lines[0] += f" Captain: {owner}."
        lines.append(" ".join(filter(None, (_needed_by(cause), relief(cause, voice)))))
    else:
        symbol = words.VERDICT[cause.kind].symbol
        lines = [f"{symbol} {state(cause)}{voice.since(cause.root.since)}{whose}.", because(cause)]
        lines += [expects(cause, voice), f"{frees(cause, voice, 'it', names(cause.root.blocks))}."]
    evidence = f"Evidence: {plain(cause.evidence)}" if cause.evidence else ""
    lines += [advice(cause, voice), evidence, accepted(cause, voice)]
    lines += [plain(words.stopped(line), _LAPSE) for line in waiver_words.back(cause, voice.on)]
    return "\n".join(part for part in lines if part)


def accepted(cause: Cause, voice: Voice) -> str:
    """`Risk accepted by Ana until Fri 20 Mar: "we ship our own copy".`, as a line of its own; empty without."""
    return plain(words.as_sentence(waiver_words.accepted(cause, voice.on)))


def back(lapse: Lapse, voice: Voice, reader: str | None = None, *, named: bool = False) -> str:
    """`You accepted this risk until Fri 20 Mar; it is back because it is blocked now, and was at risk then.`

    `reader`: the lead name of who reads it. `named`: the message speaks of several, so the cause is named.
    """
    waiver = lapse.waiver
    what = f"the risk of {name(waiver.cause)}" if named else "this risk"
    if reader is not None and waiver.accepted_by.casefold() == reader.casefold():
        did = f"You accepted {what}"
    else:
        by = name(waiver.accepted_by) if waiver.accepted_by else "Somebody"
        did = f"{by} accepted {what}{' for you' if reader is not None and waiver.captain == reader else ''}"
    reason = f' ("{plain(waiver.reason, _REASON)}")' if waiver.reason.strip() else ""
    return f"{did} until {voice.on(waiver.until)}{reason}; it is back because {_because(lapse, voice)}."


def _because(lapse: Lapse, voice: Voice) -> str:
    """The clause of the lapse, with the captain that it may name as a mention."""
    captain = lapse.waiver.captain
    before, named, after = lapse.because.partition(f" {captain},") if captain else (lapse.because, "", "")
    return f"{plain(before)} {voice.who(captain)},{voice.piece(after)}" if named else plain(before)


def state(cause: Cause) -> str:
    """`*intelgraph-server v1.5.0* is at risk`."""
    root = cause.root
    if root.members:
        return f"{strong(name(root.name))}: {plain(root.reason)}"
    word = words.STATUS[root.status].word
    if root.status not in TROUBLED and root.late_days:
        word = f"{word} but late"
    return f"{strong(name(cause.label))} is {word}"


def held(cause: Cause, voice: Voice) -> str:
    """`summit-app`, or `4 repositories of 2 captains`."""
    root = cause.root
    if len(root.blocks) == 1:
        return name(root.blocks[0])
    what = words.count(len(root.blocks), "repository")
    if not root.captains:
        return what
    return f"{what} of {voice.who(root.captains[0]) if len(root.captains) == 1 else f'{len(root.captains):,} captains'}"


def expects(cause: Cause, voice: Voice) -> str:
    """Who expects it when; empty for a cycle, of which nobody can."""
    if cause.root.members:
        return ""
    return voice.expects(cause.owner, cause.root.eta, cause.root.late_days)


def because(cause: Cause) -> str:
    """`Why: "load test fails"`, in the words of the repository itself; empty when it gives none."""
    own = cause.health
    said_so = (own.blocker or own.summary) if own else ""
    said_so = said_so or ("" if cause.root.members else cause.root.reason)
    return f'Why: "{plain(said_so)}"' if said_so else ""


def frees(cause: Cause, voice: Voice, what: str, which: str = "") -> str:
    """`Finish it and 4 repositories are free; that frees 2 captains`, honest about those that wait on more.

    No full stop.     `which`: the names of the repositories, ready for mrkdwn, where they are to be told.
    """
    blocks, freed = len(cause.root.blocks), len(cause.freed)
    many = words.count(blocks, "repository")
    captains = f"; that frees {_captains(cause, voice)}" if cause.freed_captains else ""
    verb = "Break" if cause.root.members else "Finish"
    if freed == blocks:
        free = f"{verb} {what} and {many} {'is' if blocks == 1 else 'are'} free"
        return f"{free}{f': {which}' if which else ''}{captains}"
    alone = f", {freed:,} of them on nothing else" if freed else " (and on more)"
    return f"{verb} {what}: {which or many} {'waits' if blocks == 1 else 'wait'} on it{alone}{captains}"


def relief(cause: Cause, voice: Voice) -> str:
    """`Finishing it frees 2 captains.`: whose repositories wait on nothing else. Empty where nobody's do."""
    if not cause.freed_captains or cause.kind is Verdict.UNKNOWN:
        return ""
    done = "Settling" if cause.kind is Verdict.MISMATCH else "Finishing"
    what = "Breaking the circle" if cause.root.members else f"{done} it"
    return f"{what} frees {_captains(cause, voice)}."


def _captains(cause: Cause, voice: Voice) -> str:
    freed = cause.freed_captains
    return voice.who(freed[0]) if len(freed) == 1 else f"{len(freed):,} captains"


def _when(cause: Cause, voice: Voice) -> str:
    """When it is expected and whom it frees, each with its leading space."""
    return "".join(f" {part}" for part in (expects(cause, voice), relief(cause, voice)) if part)


def said(cause: Cause, voice: Voice) -> str:
    """The reason as a sentence, with what it speaks of in bold."""
    reason = words.sentence(cause.reason or f"where {cause.root.name} stands is not known")
    shown = strong(name(cause.label))
    # Of name and label the one that stands first, and the longer one where both do.
    found = [m for known in (cause.label, cause.root.name) for m in re.finditer(_whole(known), reason)]
    if found:
        first = min(found, key=lambda m: (m.start(), -m.end()))
        return f"{voice.piece(reason[: first.start()])}{shown}{voice.piece(reason[first.end() :])}"
    return f"{shown}: {voice.told(reason)}"


def _whole(known: str) -> str:
    """A pattern for a name that is no part of a longer one."""
    return rf"(?<![\w.-]){re.escape(known)}(?![\w-])"


def ask(cause: Cause, voice: Voice) -> str:
    """Whom to ask."""
    owner = voice.who(cause.owner)
    return f"Ask {owner}." if owner else "Who owns it?"


def advice(cause: Cause, voice: Voice) -> str:
    """What to do, with the person as a mention; of a circle, who have to agree."""
    if len(cause.owners) > 1:
        who = words.listing([voice.who(lead) for lead in cause.owners], 5)
        return f"{voice.told(cause.advice).removesuffix('.')}: {who} have to agree which."
    return voice.told(cause.advice, cause.owner)


def _needed_by(cause: Cause) -> str:
    """`summit-app and web need it.`; of a circle who waits on it besides its own members, which is often nobody."""
    blocks = [name for name in cause.root.blocks if name not in cause.root.members]
    if not blocks:
        return ""
    verb = "needs" if len(blocks) == 1 else "need"
    return f"{names(blocks, 3)} {verb} it."
