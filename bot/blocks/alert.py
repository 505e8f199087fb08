"""The direct message to a captain: what of theirs waits on what, why, until when, and what to do; one per pass.

A phone shows only the first line, so that tells the worst of it. After an ack the same message is updated in place.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.blocks import causes as cause_words
from bot.blocks.ids import ACCEPT, ACK, ALERT_ACKED, ALERT_ACTIONS, WHY, AlertButton
from bot.blocks.limits import BUTTON_LABEL, context, mrkdwn, pack, section, split
from bot.blocks.message import Block, Message
from bot.blocks.text import People, clip, code, name, plain, strong, user
from bot.blocks.voice import Voice, names
from bot.release import outline, words
from bot.release.alerts import CaptainAlert
from bot.release.assessment import Assessment
from bot.release.concerns import Concern
from bot.release.outline import TROUBLED, Cause
from bot.release.status import Status, Verdict

_CONCERNS, _RECOVERED, _BACK = 5, 10, 2
_UNCLEAR = {True: "can tell whether that will do", False: "knows where that stands"}


def alert(alert: CaptainAlert, assessment: Assessment, *, slug: str, people: People) -> Message:
    """One message for everything that is new or changed for one captain, and what they can go on with."""
    voice = Voice(assessment, people)
    known = {c.root.name: c for c in outline.causes(assessment)}
    silent = {name for name, cause in known.items() if cause.silent}
    mute = [c for c in alert.concerns if c.cause in silent]
    each = [c for c in alert.concerns if c.cause not in silent] if len(mute) > 1 else alert.concerns
    parts = [_told(c, known.get(c.cause), voice) for c in each[:_CONCERNS]]
    more = len(each) - len(parts)
    if len(mute) > 1:
        parts.append(_silent(mute, [known[c.cause] for c in mute], voice))
    mine = code(f"/release risks {slug} mine")
    blocks: list[Block] = []
    if parts:
        blocks += pack(["\n".join((strong(head), *rest)) for head, *rest in parts], gap="\n\n")
    if more:
        blocks.append(section(f"and {more:,} more of yours: {mine}"))
    recovered = _recovered(alert, assessment)
    blocks += pack([recovered] if recovered else [])
    if alert.ongoing:
        told = names([c.cause for c in alert.ongoing], 3)
        blocks.append(section(f"Still open, as you were told before: {told}. All that concerns you: {mine}"))
    blocks.append(context(voice.headline(outline.health(assessment))))
    risks = [c for c in each if c.verdict is Verdict.AT_RISK and not (c.root and c.root.owner == c.captain)]
    if risks and _carried(alert, risks[0], slug) is None:
        blocks.append(context(f"To accept a risk until a day: {code(f'convoy edit {slug} accept-risk')}"))
    if parts:
        blocks += _buttons(alert, slug, risks[:1])
    first = parts[0][0] if parts else recovered
    rest = len(parts) + more - 1
    text = f"{first} And {rest:,} more." if rest > 0 else first
    return split(Message(text, blocks))


def acknowledged(
    text: str,
    blocks: Sequence[Block],
    *,
    by: str,
    at: datetime,
    zone: str = "UTC",
) -> Message:
    """The message of an alert as it stands (`text` and `blocks` as Slack gives them back), with who acked it and when.

    `by` is a Slack user id. The Ack button goes, the others stay. A message that was acked before keeps its first ack.
    """
    kept: list[Block] = []
    if any(b.get("block_id") == ALERT_ACKED for b in blocks):
        return Message(text, tuple(blocks))
    for block in blocks:
        if block.get("block_id") != ALERT_ACTIONS:
            kept.append(block)
            continue
        rest = [e for e in block.get("elements", ()) if e.get("action_id") != ACK]
        if rest:
            kept.append({**block, "elements": rest})
    when = words.local(at, zone)
    said = f"✓ Acknowledged by {user(by)} on {words.day(when.date())} at {when:%H:%M} {plain(when.tzname() or zone)}"
    kept.append({"type": "context", "block_id": ALERT_ACKED, "elements": [mrkdwn(said)]})
    return Message(text, tuple(kept))


def _silent(concerns: Sequence[Concern], causes: Sequence[Cause], voice: Voice) -> list[str]:
    """What is outside the plan and publishes nothing is one thing to do, however many they are."""
    mine = dict.fromkeys(words.label(w.repository.name, w.repository.version) for c in concerns for w in c.waiting)
    waits = "waits" if len(mine) == 1 else "wait"
    which = names([c.label for c in causes], 10)
    return [
        f"Your {names(list(mine), 3)} {waits} on {len(causes):,} dependencies whose status nobody publishes.",
        f"They are {which}.",
        *[line for c in concerns for line in _back(c, voice, named=True)][:_BACK],
        cause_words.FIND_OWNERS,
    ]


def _told(concern: Concern, cause: Cause | None, voice: Voice) -> list[str]:
    """The lines of one concern; the first says whose, on what, and how bad."""
    back = _back(concern, voice)
    update = "Update: your" if concern.change == "changed" else "Back: your" if back else "Your"
    mine = [words.label(w.repository.name, w.repository.version) for w in concern.waiting]
    yours = f"{update} {names(list(dict.fromkeys(mine)), 3)}"
    several = len(set(mine)) > 1
    if cause is None:  # nobody counts as waiting on it any more, and still a verdict names it: say what is known
        dependency = concern.waiting[0].dependency
        return [f"{yours} {'wait' if several else 'waits'} on {name(concern.cause)}.", *back,
                voice.told(dependency.reason), voice.told(dependency.advice)]  # fmt: skip
    lines = [_first_line(concern, cause, voice, yours, several=several), *back]
    if cause.silent:
        pass  # the first line has said it
    elif concern.verdict in (Verdict.MISMATCH, Verdict.UNKNOWN) or cause.kind in (Verdict.MISMATCH, Verdict.UNKNOWN):
        lines.append(cause_words.said(cause, voice))
    else:
        why = cause_words.because(cause)
        lines.append(f"{why}. {_expects(concern, cause, voice)}" if why else _expects(concern, cause, voice))
    doubts = cause.health.contradictions[:1] if cause.health is not None else ()
    lines += [_path(concern), _to_do(concern, cause, voice), *(f"‼ {voice.told(said)}" for said in doubts)]
    return [line for line in lines if line]


def _back(concern: Concern, voice: Voice, *, named: bool = False) -> list[str]:
    """Why a risk that was accepted is told again; nothing in later news of it."""
    if concern.change != "new":
        return []
    found = [lapse for w in concern.waiting for lapse in w.dependency.lapsed if lapse.waiver.cause == concern.cause]
    return list(dict.fromkeys(cause_words.back(lapse, voice, concern.captain, named=named) for lapse in found))[:_BACK]


def _first_line(concern: Concern, cause: Cause, voice: Voice, yours: str, *, several: bool) -> str:
    waits = f"{yours} {'wait' if several else 'waits'} on"
    what = name(cause.label)
    if cause.root.members:
        return f"{waits} repositories that need each other: {name(cause.root.name)}."
    if cause.kind is Verdict.MISMATCH:
        if any(w.dependency.name == cause.root.name for w in concern.waiting):
            need = "need" if several else "needs"
            return f"{yours} {need} another version of {name(cause.root.name)} than the plan ships."
        return f"{waits} {what}, of which the plan ships a version that does not fit."
    if cause.silent:
        return f"{waits} {what}, which is not in this plan and publishes no status."
    if cause.kind is Verdict.UNKNOWN:
        unclear = cause.health is not None and cause.health.status is not Status.UNKNOWN
        return f"{waits} {what}, and nobody {_UNCLEAR[unclear]}."
    state = words.STATUS[cause.root.status].word
    if cause.root.status in TROUBLED:
        return f"{waits} {what}, {state}{voice.since(cause.root.since)}."
    if cause.root.late_days:
        return f"{waits} {what}, which will be {words.count(cause.root.late_days, 'day')} late."
    return f"{waits} {what}, {state} and not out yet, {words.countdown(voice.assessment.days_left)}."


def _expects(concern: Concern, cause: Cause, voice: Voice) -> str:
    """`@bo expects it on Wed 18 Mar, 3 days after the release date.`; what is one's own, one knows."""
    if cause.root.owner == concern.captain:
        return ""
    return cause_words.expects(cause, voice)


def _path(concern: Concern) -> str:
    """The way from one of theirs to the cause, where there is something in between."""
    for waiting in concern.waiting:
        if len(waiting.dependency.path) > 1 and waiting.dependency.path[-1] == concern.cause:
            return f"Path: {' → '.join(name(n) for n in (waiting.repository.name, *waiting.dependency.path))}"
    return ""


def _to_do(concern: Concern, cause: Cause, voice: Voice) -> str:
    if cause.root.owner == concern.captain and cause.kind is Verdict.UNKNOWN:
        return voice.told(f"It is yours as well: {cause.advice.removeprefix(f'Talk to {concern.captain}: ')}")
    if cause.root.owner == concern.captain and cause.kind is not Verdict.MISMATCH:
        return (
            "It is yours as well: no action but to bring it out."
            if cause.kind is Verdict.WAITING
            else ("It is yours as well: bring it back on track, or move its date.")
        )
    return cause_words.advice(cause, voice)


def _recovered(alert: CaptainAlert, assessment: Assessment) -> str:
    """What became of each that held them up; `You can go on` only where nothing else holds them up as well."""
    if not alert.recovered:
        return ""
    said = [_became(incident.cause, alert.captain, assessment) for incident in alert.recovered[:_RECOVERED]]
    more = f", and {len(alert.recovered) - _RECOVERED:,} more" if len(alert.recovered) > _RECOVERED else ""
    start = "No longer in your way" if alert.concerns or alert.ongoing else "You can go on"
    return f"{start}: {', '.join(said)}{more}."


def _became(cause: str, captain: str, assessment: Assessment) -> str:
    """`common-utils v2.1.0 is out`, or how it stands now, or that nothing of theirs needs it any more."""
    now = next((r for r in assessment.repositories if r.name == cause), None)
    if now is not None and now.status is Status.RELEASED:
        return f"{name(cause, now.version)} is released"
    theirs = [d for r in assessment.repositories if r.lead == captain and not r.settled for d in r.dependencies]
    needed = [d for d in theirs if d.name == cause]
    if needed and all(d.verdict is Verdict.READY for d in needed):
        return f"{name(cause, needed[0].requirement)} is out"
    if now is not None and now.status not in TROUBLED | {Status.UNKNOWN}:
        return f"{name(cause, now.version)} is {words.STATUS[now.status].word}"
    return f"{name(cause, now.version if now else None)} no longer holds up anything of yours"


def _carried(alert: CaptainAlert, concern: Concern, slug: str) -> str | None:
    told = alert.at.isoformat() if alert.at else ""
    return AlertButton(slug, alert.captain, concern.cause, concern.waiting[0].repository.name, told).value()


def _buttons(alert: CaptainAlert, slug: str, risks: Sequence[Concern]) -> list[Block]:
    """[Ack], [Accept risk…] for the first of `risks`, and [Why?].

    None where plan and captain do not fit into a button, which the limits of Slack decide.
    """
    first = alert.concerns[0]
    value = _carried(alert, first, slug)
    if value is None:
        return []
    about = words.clean(first.cause, 40)
    ack = _button(ACK, "Ack", f"Acknowledge: I know about {about}", value)
    why = _button(WHY, "Why?", f"Why it waits on {about}", value)
    risk = []
    for one in risks:
        spoken = f"Accept the risk of {words.clean(one.cause, 40)}"
        risk.append(_button(ACCEPT, "Accept risk…", spoken, _carried(alert, one, slug) or value))
    return [{"type": "actions", "block_id": ALERT_ACTIONS, "elements": [{**ack, "style": "primary"}, *risk, why]}]


def _button(action: str, label: str, spoken: str, value: str) -> dict[str, Any]:
    return {
        "type": "button",
        "action_id": action,
        "text": {"type": "plain_text", "text": label, "emoji": False},
        "accessibility_label": clip(spoken, BUTTON_LABEL),
        "value": value,
    }
