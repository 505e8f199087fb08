"""The small parts that all Block Kit checks are made of: fields, lengths, choices, text objects.

Every check adds what it finds to `Findings` and goes on, in the words and with the JSON pointers that Slack uses, so
that one refusal names all problems at once.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from bot.sandbox.refusal import Json

Check = Callable[["Findings", Json, str], None]


@dataclass
class Findings:
    """The problems found so far. `files` are the ids of files that the app has uploaded (for `slack_file`)."""

    surface: str = "message"
    files: Collection[str] = ()
    problems: list[str] = field(default_factory=list)
    characters: int = 0
    markdown: int = 0
    ids: set[str] = field(default_factory=set)

    def add(self, problem: str, at: str) -> None:
        """One more problem, at a JSON pointer."""
        self.problems.append(f"{problem} [json-pointer:{at}]")


@dataclass(frozen=True)
class Fields:
    """What an object may hold: a check per field. A field that is not listed is refused, as Slack does.

    `null` for a field that one may leave out is refused too, but for the top level of views (`nulls`).
    """

    required: Mapping[str, Check]
    optional: Mapping[str, Check] = field(default_factory=dict)
    nulls: bool = False

    def __call__(self, found: Findings, value: Json, at: str) -> None:
        """Check one object."""
        if not isinstance(value, Mapping):
            found.add("must be an object", at)
            return
        for name in self.required:
            if value.get(name) is None:
                found.add(f"missing required field: {name}", at)
        for name, content in value.items():
            check = self.required.get(name) or self.optional.get(name)
            if name == "type":
                continue
            if check is None:
                found.add(f"invalid additional property: {name}", at)
            elif content is not None:
                check(found, content, f"{at}/{name}")
            elif name in self.optional and not self.nulls:
                found.add("must not be null: leave the field out", f"{at}/{name}")


def string(limit: int, *, least: int = 1, counted: bool = False) -> Check:
    """Text of `least` to `limit` characters. `counted`: people read it, so it counts for the whole message."""

    def check(found: Findings, value: Json, at: str) -> None:
        if not isinstance(value, str):
            found.add("must be a string", at)
            return
        if len(value) > limit:
            found.add(f"must be less than {limit + 1} characters", at)
        if len(value) < least:
            found.add(f"must be more than {least - 1} characters", at)
        if counted:
            found.characters += len(value)

    return check


def choice(*allowed: str) -> Check:
    """One of some words."""

    def check(found: Findings, value: Json, at: str) -> None:
        if value not in allowed:
            found.add(f"must be a valid enum value: {', '.join(allowed)}", at)

    return check


def boolean(found: Findings, value: Json, at: str) -> None:
    """True or false, and nothing that only looks like it."""
    if not isinstance(value, bool):
        found.add("must be a boolean", at)


def anything(_found: Findings, _value: Json, _at: str) -> None:
    """A field that another check looks at."""


def integer(least: int, most: int) -> Check:
    """A whole number within bounds."""

    def check(found: Findings, value: Json, at: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            found.add("must be an integer", at)
        elif not least <= value <= most:
            found.add(f"must be between {least} and {most}", at)

    return check


def array(of: Check, most: int, *, least: int = 1) -> Check:
    """A list of `least` to `most` things."""

    def check(found: Findings, value: Json, at: str) -> None:
        if not isinstance(value, list | tuple):
            found.add("must be an array", at)
            return
        if len(value) > most:
            found.add(f"no more than {most} items allowed", at)
        if len(value) < least:
            found.add(f"no less than {least} items allowed" if least > 1 else "must be a non-empty array", at)
        for index, item in enumerate(value):
            of(found, item, f"{at}/{index}")

    return check


def text(limit: int, *kinds: str) -> Check:
    """A text object: `plain_text` (with `emoji`) or `mrkdwn` (with `verbatim`), both when `kinds` is empty."""
    allowed = kinds or ("plain_text", "mrkdwn")
    words = string(limit, counted=True)

    def check(found: Findings, value: Json, at: str) -> None:
        if not isinstance(value, Mapping):
            found.add("must be a text object, not a bare value", at)
            return
        kind = value.get("type")
        if kind not in allowed:
            found.add(f"must be a valid enum value: {', '.join(allowed)}", f"{at}/type")
            return
        Fields({"text": words}, {"emoji" if kind == "plain_text" else "verbatim": boolean})(found, value, at)

    return check


def plain(limit: int) -> Check:
    """A `plain_text` object."""
    return text(limit, "plain_text")


def url(limit: int) -> Check:
    """An http(s) address (Slack also takes a few app schemes such as `mailto:`; nothing here needs them)."""
    length = string(limit)

    def check(found: Findings, value: Json, at: str) -> None:
        length(found, value, at)
        if isinstance(value, str) and not value.startswith(("https://", "http://")):
            found.add("must be a valid URL", at)

    return check
