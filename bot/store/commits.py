"""What a commit of the store says: who made it, for which plan, on account of which edit. Pure text, no git."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.services.ports import Author

BOT = Author("Convoy", "convoy@localhost")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_TRAILER = re.compile(r"([A-Za-z][A-Za-z-]*): (.*)")
_LAST_MOMENT = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp())


@dataclass(frozen=True)
class Commit:
    """One commit as people ask about it. `author` is a name, `when` the committer's time in UTC."""

    id: str
    author: str
    when: datetime
    subject: str
    edit_id: str | None = None
    slack_user: str | None = None


@dataclass(frozen=True)
class Node:
    """One commit as the store walks over it: ids are full hex; `time` is the committer's and `written` the author's, in
    seconds.
    """

    id: str
    tree: str
    parents: tuple[str, ...]
    time: int
    author: str
    committer_email: str
    message: str
    author_email: str = ""
    written: int = 0

    @property
    def when(self) -> datetime:
        """The committer's time in UTC."""
        return moment(self.time)

    @property
    def in_force(self) -> datetime:
        """Since when it holds, in UTC: the committer's time, and of Convoy's own commits the author's.

        Convoy dates an edit by when it was made, but no commit before its parent. One person's clock that runs a year
        ahead would otherwise date everything that follows a year ahead as well.
        """
        return moment(self.written) if self.written and "\nPlan: " in self.message else self.when

    @property
    def subject(self) -> str:
        """The first line."""
        return self.message.strip().split("\n", 1)[0]

    def says(self, trailer: str, value: str) -> bool:
        """Whether that trailer line stands in the message (never in the subject)."""
        return f"\n{trailer}: {one_line(value)}\n" in f"{self.message}\n"

    def commit(self) -> Commit:
        """The same for people."""
        trailers = trailers_of(self.message)
        return Commit(
            self.id, self.author, self.when, self.subject, trailers.get("Plan-Edit-Id"), trailers.get("Slack-User")
        )


def moment(seconds: int) -> datetime:
    """Seconds of a commit in UTC; times that no calendar has are cut to what it has."""
    return datetime.fromtimestamp(min(max(seconds, 0), _LAST_MOMENT), UTC)


def trailers_of(message: str) -> dict[str, str]:
    """The `Key: value` lines of the last paragraph, unless it is the only one."""
    paragraphs = message.strip().split("\n\n")
    if len(paragraphs) < 2:
        return {}
    return {m[1]: m[2] for line in paragraphs[-1].split("\n") if (m := _TRAILER.fullmatch(line))}


def message(subject: str, trailers: Sequence[tuple[str, str]]) -> str:
    """Subject, blank line, trailers; every value on one line, empty ones left out."""
    lines = [f"{key}: {one_line(value)}" for key, value in trailers if one_line(value)]
    return "\n".join([one_line(subject, 300) or "Change the plan", "", *lines]) + "\n"


def one_line(text: str, longest: int = 1000) -> str:
    """Text without line ends or other control characters: what comes from people must not forge a trailer."""
    return _CONTROL.sub(" ", text).strip()[:longest].strip()


def signature_parts(author: Author) -> tuple[str, str]:
    """Name and e-mail without line ends and angle brackets, never empty: git would write corrupt commits."""
    name = " ".join(re.sub(r"[<>]", "", one_line(author.name, 200)).split()).strip(" .,:;\"'\\")
    email = re.sub(r"[<>\s]", "", one_line(author.email, 200)).strip(".,:;\"'\\")
    return name or "unknown", email or "unknown@localhost"
