"""Short notes that are neither an answer nor an alert: to single people, and to a channel when its plan broke."""

from datetime import datetime
from typing import Protocol

from bot.blocks.limits import section, split
from bot.blocks.message import Message
from bot.blocks.status import BadHeadLike
from bot.blocks.text import code, name, plain, strong
from bot.release import outline, words
from bot.release.assessment import Assessment
from bot.release.plan import Plan


def captain_unknown(captain: str, assessment: Assessment, *, slug: str) -> Message:
    """To the lead captain: a captain has something to hear and maps to no Slack user."""
    waiting = [r for r in assessment.repositories if r.lead == captain and outline.open_dependencies(r)]
    train = name(assessment.plan.release_name)
    text = (
        f"{name(captain)} should hear what holds up {words.count(len(waiting), 'repository')} of theirs in {train}, "
        f"but is nobody that Slack knows. Add the Slack user to captains.json, or tell them yourself: "
        f"{code(f'/release risks {slug}')}"
    )
    return split(Message(text, [section(text)]))


class RewoundLike(Protocol):
    """A branch that was moved so that its old head is no part of it any more."""

    @property
    def ref(self) -> str:
        """Where the old head is kept."""

    @property
    def old(self) -> str:
        """The old head, full id."""

    @property
    def head(self) -> str:
        """The head now, full id."""

    @property
    def newest(self) -> str:
        """Subject of the old head."""

    @property
    def author(self) -> str:
        """Who made the old head."""

    @property
    def when(self) -> datetime:
        """When the old head was made."""

    @property
    def commits(self) -> int:
        """How many commits are no longer in the branch."""

    @property
    def unrelated(self) -> bool:
        """Whether the two share no history."""

    @property
    def plans(self) -> tuple[str, ...]:
        """Slugs of the plans that differ."""


_PLANS = 10


def broken_plan(bad: BadHeadLike, plan: Plan, *, slug: str, in_force: str) -> Message:
    """To the channel, once for each such commit: the newest version of a plan cannot be read, and what holds meanwhile.

    `in_force`: the commit of the last good version.
    """
    first = f"{name(plan.release_name)}: commit {code(bad.commit[:7])} by {name(bad.author)} cannot be read"
    found = [f"• {plain(p.place)}: {plain(p.reason)}" for p in bad.problems[:5]]
    if len(bad.problems) > 5:
        found.append(f"• and {words.count(len(bad.problems) - 5, 'more problem')}")
    then = _in_force(bad, slug, in_force)
    lines = "\n".join([f"⚠ {strong(first)}", *found, then])
    return split(Message(f"⚠ {first}: {plain(bad.problems[0].place)}, {plain(bad.problems[0].reason)}. {then}"
                         if bad.problems else f"⚠ {first}. {then}", [section(lines)]))  # fmt: skip


def _in_force(bad: BadHeadLike, slug: str, commit: str) -> str:
    """What holds meanwhile, and what to do."""
    if bad.problems and all(problem.file for problem in bad.problems):
        return (
            "The plan itself can be read: the last good version of that file stays in force, and Convoy writes it anew "
            "with its next change of the plan."
        )
    file = code(f"plans/{slug}/release_plan.json")
    return (
        f"The plan stays as it was at commit {code(commit[:7])}, and nothing can be changed in it until "
        f"{file} is corrected or the commit reverted. Other plans are not affected."
    )


def unusable(problem: str) -> Message:
    """To the channel of the settings, once: something in the store that no plan's own channel could be told of."""
    text = f"⚠ Something in the plan store cannot be used: {plain(words.sentence(problem), 600)}"
    then = "What was good before stays in force, and plans that can be read are not affected."
    return split(Message(f"{text} {then}", [section(f"{strong(text)}\n{then}")]))


def turned_back(rewound: RewoundLike, *, timezone: str, today: datetime) -> Message:
    """To a lead captain, once: somebody moved the store's branch, and what is no longer in it."""
    lost = words.count(rewound.commits, "commit")
    what = (
        f"was replaced by a history that shares nothing with it: {lost} went"
        if rewound.unrelated
        else f"was moved back: {lost} went"
    )
    first = f"The branch main of the plan store {what}"
    made = words.day(words.local(rewound.when, timezone).date(), words.local(today, timezone).date())
    shown = ", ".join(code(slug) for slug in rewound.plans[:_PLANS])
    more = f" and {len(rewound.plans) - _PLANS} more" if len(rewound.plans) > _PLANS else ""
    then = (
        f"The last of them is {code(rewound.old[:7])} “{plain(rewound.newest, 120)}” by {name(rewound.author)} of "
        f"{made}. Plans that differ now: {shown}{more}. Convoy goes on from {code(rewound.head[:7])} and puts nothing "
        f"back. If this was not meant, the old head is kept as {code(rewound.ref)} where Convoy keeps its copy of "
        f"the store; whoever has it can push it to main again."
    )
    return split(Message(f"⚠ {first}. {then}", [section(f"⚠ {strong(first)}\n{then}")]))


def change_settled(
    subject: str, *, slug: str, waited_since: datetime, now: datetime, refused: str | None, commit: str | None
) -> Message:
    """To whoever asked for a change that had to wait for the store: what became of it."""
    waited = f"{words.span(now - waited_since)} ago"
    what = f"“{plain(subject, 120)}” in {code(slug)}, which you asked for {waited}"
    if refused is not None:
        text = f"Not made: {what}. {plain(words.sentence(refused), 600)}."
    elif commit is None:
        text = f"Nothing to change any more: {what}. The plan said so already."
    else:
        text = f"Made: {what}. The plan store answers again; commit {code(commit[:7])}."
    return split(Message(text, [section(text)]))


def change_parked(subject: str, *, slug: str, reason: str, waited_since: datetime, now: datetime) -> Message:
    """To whoever asked for a change that waited and at which Convoy itself failed. `subject`: empty when unknown."""
    what = f"“{plain(subject, 120)}”" if subject else "a change"
    text = (
        f"Set aside: {what} in {code(slug)}, which you asked for {words.span(now - waited_since)} ago. "
        f"{plain(words.as_sentence(reason), 300)} It is not tried again, so that other changes go on. "
        f"See whether it was made: {code(f'/release diff {slug}')}. If not, ask for it again."
    )
    return split(Message(text, [section(text)]))
