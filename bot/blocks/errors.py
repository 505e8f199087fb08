"""What people read when something could not be done: what happened, why, and what to do next."""

from collections.abc import Sequence

from bot.blocks.limits import section, split
from bot.blocks.message import Message
from bot.blocks.text import code, name, plain, quoted
from bot.release import words
from bot.release.suggest import closest

_CHOICES = 10


def _say(*sentences: str) -> Message:
    text = " ".join(s for s in sentences if s)
    return split(Message(text, [section(text)]))


def unknown_command(word: str, known: Sequence[str], command: str = "/release") -> Message:
    """A verb that does not exist, with the near ones."""
    near = [code(f"{command} {k}") for k in closest(word, known)]
    mean = f"Did you mean {' or '.join(near)}?" if near else ""
    return _say(f'There is no command "{name(word)}".', mean, f"All commands: {code(f'{command} help')}")


def bad_usage(reason: str, usage: str, example: str = "", command: str = "/release") -> Message:
    """A command that is known, with arguments that cannot be read."""
    like = f"For example {code(f'{command} {example}')}" if example else ""
    return _say(plain(words.sentence(reason)), f"Write {code(f'{command} {usage}')}.", like)


def unknown_plan(reason: str, choices: Sequence[str], usage: str = "/release status") -> Message:
    """Which plan is meant cannot be told. `choices` are slugs to offer; without any, there is no plan at all."""
    if not choices:
        start = f"Start one on the command line: {code('convoy plan add FILE')}"
        return _say(plain(words.sentence(reason)), start)
    offered = words.listing([code(c) for c in choices], _CHOICES)
    return _say(
        plain(words.sentence(reason)), f"To choose from: {offered}. Write {code(f'{usage} {choices[0]}')}, for example."
    )


def unknown_repository(
    word: str, known: Sequence[str], release_name: str, slug: str, *, verb: str = "why", more: str = ""
) -> Message:
    """A repository that the plan does not have, with the near names. `more`: what was typed behind it."""
    near = [code(f"/release {verb} {quoted(k)}{more} {slug}") for k in closest(word, known)]
    mean = f"Did you mean {' or '.join(near)}?" if near else f"What is in it: {code(f'/release status {slug}')}"
    return _say(f'There is no repository "{name(word)}" in {name(release_name)}.', mean)


def not_allowed(what: str, who_may: str) -> Message:
    """Somebody may not do this. `what`: `refresh the plan`; `who_may`: `its captains and the lead captain`."""
    return _say(f"You cannot {plain(what)}: only {plain(who_may)} can. Nothing was changed. Ask one of them.")


def guest() -> Message:
    """A guest, a bot or somebody from another organisation."""
    return _say(
        "Convoy answers full members of this workspace only, so it shows you nothing.",
        "Ask somebody in the release channel.",
    )


def not_known_yet() -> Message:
    """Slack did not say in time who is asking, and unknown means no."""
    return _say("Slack did not say in time who you are, so nothing was done.", "Try again in a few seconds.")


def store_unavailable(reason: str) -> Message:
    """The plan store does not answer."""
    return _say(
        f"The plans cannot be read or written at the moment: {plain(words.stopped(reason))}",
        "Nothing was changed. Try again in a minute.",
    )


def store_failed(reason: str) -> Message:
    """The plan store refused a change; `reason` is a sentence with what to do in it."""
    return _say(f"This could not be done: {plain(words.stopped(reason), 1500)}", "Nothing was changed.")


def cannot_be_read(reason: str, slug: str = "") -> Message:
    """A question about a plan that the store cannot answer, such as one about a day before it began."""
    ask = code(f"/release status {slug}".rstrip())
    return _say(
        f"This cannot be answered: {plain(words.stopped(reason), 1500)}",
        f"How it stands now: {ask}. What became of it since it began: {code(f'/release diff {slug}'.rstrip())}",
    )


def refresh_running(slug: str) -> Message:
    """A pass is on its way already."""
    return _say(
        f"A pass over {code(slug)} is running already; its result holds for you too.",
        f"Look at {code(f'/release status {slug}')} in a moment.",
    )


def refresh_started(slug: str) -> Message:
    """A pass takes longer than Slack waits for an answer: this one holds the place."""
    return _say(f"Reading the status of every repository in {code(slug)} now.", "The result follows here.")


def not_a_captain(release_name: str) -> Message:
    """`risks mine` of somebody who answers for nothing."""
    return _say(
        f"No group of {name(release_name)} names you as its captain, so nothing in it is yours.",
        "If one should, ask for your name in captains.json. Everything at risk:",
        code("/release risks"),
    )


def not_your_alert(refused: str) -> Message:
    """A click on somebody else's Ack. `refused`: `only Bo, their deputy or the lead captain can do this`."""
    return _say(f"This was not acknowledged: {plain(words.stopped(refused))}", "Nothing was changed.")


def old_button() -> Message:
    """A button of a message that is too old, or that was tampered with."""
    return _say(
        "This button is not one that Convoy knows any more, so nothing was done.",
        f"Ask anew: {code('/release status')}",
    )


def unexpected(error_id: str) -> Message:
    """A fault of ours. `error_id` stands in the log beside the trace."""
    return _say(
        f"Something broke inside Convoy, and it is not your fault. It is in the log as {code(error_id)}.",
        "Nothing was changed as far as is known. Try again; if it stays, give that number to whoever runs Convoy.",
    )
