"""Accepting a risk: the form that an alert opens, and what it turns into when it was sent. Views for `views.open`."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bot.blocks.ids import ACCEPT_FORM, ACCEPT_REASON, ACCEPT_UNTIL, ACCEPT_WHAT
from bot.blocks.limits import PRIVATE_METADATA, section, split
from bot.blocks.message import Block, Message
from bot.blocks.text import clip, code, name, plain
from bot.release import words

TITLE = "Accept a risk"
_OPTIONS, _OPTION_TEXT, _OPTION_VALUE, _REASON = 100, 75, 150, 500

Risk = tuple[str, str]
"""A repository, and the root cause that it waits on."""


@dataclass(frozen=True)
class Form:
    """What the form carries to where it is sent: plan, captain, the commit that was looked at, where to answer."""

    plan: str
    captain: str
    base: str
    response_url: str = ""

    def carried(self) -> str:
        """As `private_metadata`; without the way to answer where that makes it too long."""
        for url in (self.response_url, ""):
            said = json.dumps([self.plan, self.captain, self.base, url], ensure_ascii=False)
            if len(said) <= PRIVATE_METADATA:
                break
        return said


def form_of(carried: str) -> Form | None:
    """Read it back; None when it is not one of ours."""
    try:
        found = json.loads(carried)
    except ValueError:
        return None
    whole = isinstance(found, list) and len(found) == 4 and all(isinstance(part, str) for part in found)
    return Form(*found) if whole else None


def risk_of(value: object) -> Risk | None:
    """Which risk an option stands for."""
    try:
        found: Any = json.loads(value) if isinstance(value, str) else None
    except ValueError:
        return None
    match found:
        case [str() as repository, str() as cause]:
            return repository, cause
    return None


def form(carried: Form, risks: Sequence[Risk], chosen: Risk, *, until: date) -> dict[str, Any] | None:
    """The form; `until` is the day that it proposes. None when the names are too long for one."""
    # The one of the button first, so that it is among those that fit; another one is nobody's choice.
    options = {risk: made for risk in sorted(risks, key=lambda r: r != chosen) if (made := _option(risk)) is not None}
    if not options:
        return None
    shown = list(options.values())[:_OPTIONS]
    first = {"initial_option": options[chosen]} if chosen in options else {}
    explained = (
        "You hear nothing more of it until that day has passed or it gets worse. It is written into the plan with your "
        "name and the reason, for everybody to read. How it stands does not change."
    )
    blocks = [
        section(explained),
        _input(ACCEPT_WHAT, "Risk", {"type": "static_select", "options": shown, **first}),
        _input(ACCEPT_UNTIL, "Accepted until (that day included)", {
            "type": "datepicker", "initial_date": until.isoformat()
        }),
        _input(ACCEPT_REASON, "Why you can live with it", {"type": "plain_text_input", "max_length": _REASON}),
    ]  # fmt: skip
    view = _modal(blocks, close="Cancel")
    return {**view, "submit": _plain("Accept"), "private_metadata": carried.carried()}


def saving() -> dict[str, Any]:
    """What is seen until the plan store has answered."""
    return _modal([section("Writing it into the plan…")])


def said(message: Message) -> dict[str, Any]:
    """What came of it, in the place of the form."""
    return _modal([dict(block) for block in message.blocks])


def done(risk: Risk, until: date, *, slug: str, commit: str | None) -> Message:
    """It is in the plan. `commit`: None when it was there already."""
    what = f"{name(risk[0])} waits on {name(risk[1])}, accepted until {words.day(until)}"
    if commit is None:
        return _message(f"The plan says so already: {what}. Nothing was changed.")
    return _message(
        f"Done: {what}. Commit {code(commit[:7])}. You hear of it again when that day has passed or it "
        f"gets worse. What changed: {code(f'/release diff {slug}')}"
    )


def waits(risk: Risk, until: date, *, reason: str, head_at: datetime | None, now: datetime, zone: str) -> Message:
    """It is taken and not in git yet."""
    what = f"{name(risk[0])} waits on {name(risk[1])}, accepted until {words.day(until)}"
    since = f" Answers meanwhile are as of {plain(words.stamp(head_at, now, zone))}." if head_at is not None else ""
    return _message(
        f"Taken, and not in the plan yet: {what}. {plain(words.as_sentence(reason), 600)} It is kept and made once, as "
        f"soon as that is over; you get a direct message then. There is no need to ask again.{since}"
    )


def refused(reason: str) -> Message:
    """It was not done."""
    return _message(f"Not accepted: {plain(words.stopped(reason), 1500)} Nothing was changed.")


def nothing_to_accept(captain: str, slug: str) -> Message:
    """What the alert told of is over."""
    return _message(
        f"Nothing that {name(captain)} answers for waits on a risk any more, so there is none to accept. "
        f"How it stands: {code(f'/release status {slug}')}"
    )


def too_long(slug: str) -> Message:
    """Names that fit into no form."""
    there = code(f"convoy edit {slug} accept-risk")
    return _message(f"The names are too long for a form in Slack. Accept it on the command line: {there}")


PAST = "That day has passed. Name the day until which you accept it."
NO_REASON = "Say why: the reason is part of the plan."


def _message(text: str) -> Message:
    return split(Message(text, [section(text)]))


def _modal(blocks: Sequence[Block], close: str = "Close") -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": ACCEPT_FORM,
        "title": _plain(TITLE),
        "close": _plain(close),
        "blocks": list(blocks),
    }


def _input(ident: str, label: str, element: dict[str, Any]) -> Block:
    return {"type": "input", "block_id": ident, "label": _plain(label), "element": {**element, "action_id": ident}}


def _option(risk: Risk) -> dict[str, Any] | None:
    value = json.dumps(risk, ensure_ascii=False, separators=(",", ":"))
    if len(value) > _OPTION_VALUE:
        return None
    return {"text": _plain(clip(words.clean(f"{risk[0]} waits on {risk[1]}", 200), _OPTION_TEXT)), "value": value}


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}
