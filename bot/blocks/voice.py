"""How one message names people and dates: mentions where Slack knows the person, days and times in the plan's zone.

Made once per message from what it speaks of, so that the builders hand around one thing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.blocks.text import People, escape, mention, name, plain
from bot.release import outline, words
from bot.release.assessment import Assessment, RepositoryHealth

NOBODY: People = {}


@dataclass(frozen=True)
class Voice:
    """Speaks of one assessment to people of whom `people` (lead name -> person) says who they are in Slack."""

    assessment: Assessment
    people: People

    @property
    def zone(self) -> str:
        """The plan's zone: every date and time is said in it."""
        return self.assessment.plan.timezone

    @property
    def today(self) -> date:
        """The local day that the assessment was made on."""
        return words.local(self.assessment.now, self.zone).date()

    def who(self, lead: str | None) -> str:
        """A mention, or the plain name; empty for nobody."""
        return mention(lead, self.people)

    def on(self, when: date) -> str:
        """`Sun 15 Mar`."""
        return words.day(when, self.today)

    def since(self, moment: datetime | None) -> str:
        """` since this morning`, with its leading space; empty when it is not known."""
        return f" {words.since(moment, self.assessment.now, self.zone)}" if moment is not None else ""

    def told(self, text: str, lead: str | None = None) -> str:
        """Somebody's plain sentence, ready for mrkdwn; where it names `lead` first, that becomes a mention."""
        said = words.sentence(text)
        shown = self.who(lead)
        if not lead or not shown.startswith("<@"):
            return plain(said)
        found = re.search(rf"(?<!\w){re.escape(lead)}(?!\w)", said)
        if found is None:
            return plain(said)
        return f"{self.piece(said[: found.start()])}{shown}{self.piece(said[found.end() :])}"

    def piece(self, text: str) -> str:
        """A piece of a sentence that goes on before or after it: the spaces at its ends stay."""
        shown = plain(text)
        if not shown:
            return " " if text else ""
        return f"{' ' if text[0].isspace() else ''}{shown}{' ' if text[-1].isspace() else ''}"

    def expects(self, owner: str | None, eta: date | None, late_days: int = 0) -> str:
        """Who expects it when, and how long after the release date that is: one sentence."""
        who = self.who(owner)
        if eta is None:
            return f"{who} gives no date." if who else "Nobody is named for it, and there is no date."
        if eta < self.today:
            passed = f"on {self.on(eta)}, and it is not out"
            return f"{who} expected it {passed}." if who else f"It was expected {passed}."
        late = f", {words.count(late_days, 'day')} after the release date" if late_days else ""
        return f"{who} expects it on {self.on(eta)}{late}." if who else f"It is expected on {self.on(eta)}{late}."

    def headline(self, *more: str, past_on: date | None = None) -> str:
        """`Summit 2026 Q1 Launch: 12 days to go (Sun 15 Mar)` and what follows, comma by comma.

        `past_on`: the day of asking, when the assessment is of an earlier one; then that one is named.
        """
        left = f"{words.countdown(self.assessment.days_left)} ({self.on(self.assessment.plan.release_date)})"
        then = f" on {words.day(self.today, past_on)}" if past_on is not None else ""
        return f"{self.train}{then}: {', '.join((left, *more))}"

    @property
    def train(self) -> str:
        """The release's name."""
        return name(self.assessment.plan.release_name)


def names(found: Sequence[str], most: int = 5) -> str:
    """Names from outside in a row: `a, b and 3 more`."""
    shown = [name(n) for n in found[:most]]
    return words.listing(shown, most) if len(found) <= most else f"{', '.join(shown)} and {len(found) - most:,} more"


def stale_feeds(found: Sequence[RepositoryHealth], voice: Voice, most: int = 3) -> str:
    """`16 feeds are stale: ask @ana, @bo and 3 more`, those with the most first; empty without any. No full stop."""
    feeds: dict[str, int] = {}
    stale = [r for r in found if r.stale]
    for repository in stale:
        if owner := voice.who(repository.lead or repository.captain):
            feeds[owner] = feeds.get(owner, 0) + 1
    if not stale:
        return ""
    owners = sorted(feeds, key=lambda owner: -feeds[owner])
    asked = words.listing(owners, most) or f"who publishes the status of {names([r.name for r in stale], most)}"
    return f"{words.count(len(stale), 'feed')} {'is' if len(stale) == 1 else 'are'} stale: ask {asked}"


def bar(done: int, total: int) -> str:
    """Ten squares; full only when all is done, empty only when nothing is."""
    filled = 0 if not total else 10 * done // total
    filled = max(filled, 1) if done else 0
    return "■" * filled + "□" * (10 - filled)


def is_past(voice: Voice, as_of: datetime) -> bool:
    """Whether the assessment is of a day before the one on which the store was looked at."""
    return words.local(as_of, voice.zone).date() > voice.today


def footer(voice: Voice, commit: str, as_of: datetime) -> str:
    """Freshness: when the store was last looked at, at which commit, and how many feeds are fresh."""
    now, zone = voice.assessment.now, voice.zone
    if as_of.year < 1971:
        when = "the store could not be reached since the start"
    elif is_past(voice, as_of):
        asked = words.local(as_of, zone).date()
        when = f"as it stood on {words.day(voice.today, asked)} {words.local(now, zone):%H:%M}"
    else:
        when = f"as of {words.stamp(as_of, now, zone)}"
    t = outline.tally(voice.assessment.repositories)
    feeds = f"{words.count(t.fresh, 'feed')} fresh, {t.stale:,} stale"
    return f"{when}, commit {escape(commit[:7])}, {feeds} · times in {plain(zone)}"
