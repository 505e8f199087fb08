"""The kinds of fields that documents have: names, versions, dates, moments, words, zones.

Each one reads JSON as strictly as docs/status-documents.md says and refuses in a sentence that a person can act on.
They take their own Python values as well, so that code can build a model without going through JSON.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from bot.release.published import PublishedKind
from bot.release.status import PlanStatus, Status, Verdict
from bot.release.suggest import did_you_mean

FIRST_YEAR, LAST_YEAR = 1970, 2999
"""Years outside are slips of the pen, and arithmetic on them overflows."""

_CONTROLS = r"\x00-\x1f\x7f-\x9f\u2028\u2029"
_UNSEEN = r"\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff"
_ONE_LINE = rf"^[^{_CONTROLS}]*$"
_VISIBLE_LINE = rf"^[^{_CONTROLS}]*[^{_CONTROLS}{_UNSEEN}][^{_CONTROLS}]*$"

Name = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=_VISIBLE_LINE)]
Line = Annotated[str, StringConstraints(max_length=2000, pattern=_ONE_LINE)]
VersionText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=128, pattern=_VISIBLE_LINE)
]

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?(?:[Zz]|[+-][0-9]{2}:?[0-9]{2})"
)
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+\-]*(?:/[A-Za-z0-9_+\-]+)*")
_DAY = "(?:mon|tue|wed|thu|fri|sat|sun)"
_DAYS = re.compile(rf"{_DAY}(?:-{_DAY})?(?:(?: *, *| +){_DAY}(?:-{_DAY})?)*")
_CLOCK_TIME = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"

_STEP = r"[A-Za-z0-9_][A-Za-z0-9_.\-]*"
_ORGANISATION = re.compile(
    rf"(?:(?:github|gitlab|bitbucket):|https://[A-Za-z0-9.\-]+(?::[0-9]{{1,5}})?/){_STEP}(?:/{_STEP})*/?"
)

_PACKAGE = (
    r"(?:pypi:[A-Za-z0-9](?:[A-Za-z0-9._\-]{0,198}[A-Za-z0-9])?"
    r"|npm:(?:@[A-Za-z0-9~\-][A-Za-z0-9._~\-]{0,100}/)?[A-Za-z0-9~\-][A-Za-z0-9._~\-]{0,100})"
)
"""A package by the index that has it. These names end up in addresses: nothing in them leads anywhere else."""

Word = TypeVar("Word", bound=StrEnum)


def kind(value: object) -> str:
    """What a JSON value is, for people: `a number`, `null`, `an object`…"""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    named = {str: "a string", int: "a number", float: "a number", list: "a list"}
    return next((word for python, word in named.items() if isinstance(value, python)), "an object")


def refusal(reason: str) -> PydanticCustomError:
    """An error whose text is already a sentence for people (it follows the path and a colon)."""
    return PydanticCustomError("refused", "{reason}", {"reason": reason})


def quoted(text: str, most: int = 60) -> str:
    """Text from outside as it may stand in a reason: quoted, printable, short."""
    shown = text if len(text) <= most else f"{text[: most - 1]}…"
    return '"' + "".join(sign if sign.isprintable() else "\ufffd" for sign in shown) + '"'


def canonical(word: str) -> str:
    """`on track`, `On-Track`, `ON_TRACK` are one word."""
    return word.strip().upper().replace("-", "_").replace(" ", "_")


def _day(value: object) -> object:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        raise refusal(f"must be a date as a string, like 2026-03-15, not {kind(value)}")
    if not _DATE.fullmatch(value):
        raise refusal(f"must be a plain date like 2026-03-15, not {quoted(value)}")
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise refusal(f"{quoted(value)} is no day of the calendar") from None
    return _plausible(day, value)


def _moment(value: object) -> object:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        raise refusal(f"must be a moment as a string, like 2026-03-15T09:30:00Z, not {kind(value)}")
    if not _MOMENT.fullmatch(value):
        zone = "; it needs a zone (Z or an offset)" if _MOMENT.fullmatch(f"{value}Z") else ""
        raise refusal(
            f"must be a moment with date, time and zone, like 2026-03-15T09:30:00Z, not {quoted(value)}{zone}"
        )
    try:
        moment = datetime.fromisoformat(value.upper().replace(",", "."))
    except ValueError:
        raise refusal(f"{quoted(value)} is no moment of the calendar") from None
    return _plausible(moment, value)


Day = TypeVar("Day", date, datetime)


def _plausible(day: Day, written: str) -> Day:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise refusal(f"{quoted(written)} is out of range: years {FIRST_YEAR} to {LAST_YEAR} are read")
    return day


def _word(words: type[Word]) -> Callable[[object], object]:
    """A reader of one of `words` in any case; anything else is refused with a suggestion."""

    def read(value: object) -> object:
        if isinstance(value, words):
            return value
        expected = f"must be one of {', '.join(words.__members__)}"
        if not isinstance(value, str):
            raise refusal(f"{expected}, not {kind(value)}")
        word = words.__members__.get(canonical(value))
        if word is None:
            raise refusal(f"{expected}, not {quoted(value)}{did_you_mean(canonical(value), words.__members__)}")
        return word

    return read


def _status_or_unknown(value: object) -> object:
    """Names in any case; a word we do not know is UNKNOWN, never an error (a wrong type still is one)."""
    if isinstance(value, Status):
        return value
    if not isinstance(value, str):
        raise refusal(f"must be a string, such as ON_TRACK or RELEASED, not {kind(value)}")
    return Status.__members__.get(canonical(value), Status.UNKNOWN)


def _is_zone(value: str) -> bool:
    if not _ZONE.fullmatch(value):
        return False
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a folder of the zone database ("America") is an OSError
        return False
    return True


def _zone(value: str) -> str:
    if _is_zone(value):
        return value
    near = did_you_mean(value[:100], available_timezones())
    raise refusal(f"{quoted(value)} is no time zone; write one like Europe/Berlin or UTC{near}")


def field_title(name: str, _info: object) -> str:
    """`release_date` is "Release date" in the JSON Schemas."""
    return name.replace("_", " ").capitalize()


def _days(value: str) -> str:
    if not _DAYS.fullmatch(value.strip().lower()):
        raise refusal(f"must be days like mon-fri or mon,wed,fri, not {quoted(value)}")
    return value


def _clock_time(value: str) -> str:
    if not re.fullmatch(_CLOCK_TIME, value):
        raise refusal(f"must be a time of day like 09:00, not {quoted(value)}")
    return value


def is_organisation(value: str) -> bool:
    """Whether it is written as an organisation is: `github:acme`, `gitlab:group/sub`, or the web address of one."""
    return _ORGANISATION.fullmatch(value) is not None


def _organisation(value: str) -> str:
    if not is_organisation(value):
        raise refusal(f"must be an organisation like github:acme or https://forge.example/acme, not {quoted(value)}")
    return value


def _package(value: str) -> str:
    if not re.fullmatch(_PACKAGE, value):
        raise refusal(f"must be a package like pypi:requests or npm:@scope/name, not {quoted(value)}")
    return value


def _version_one(value: str) -> str:
    if not re.fullmatch(r"[0-9]{1,9}(?:\.(?:[0-9]{1,9}|x))*", value):
        raise refusal(f'must be a version of the format, like "1.0", not {quoted(value)}')
    if int(value.split(".", maxsplit=1)[0]) != 1:
        raise refusal(f"version {value} of the format is not supported: this Convoy reads 1.x")
    return value


def null_is_empty(empty: Callable[[], object]) -> Callable[[object], object]:
    """Some languages write an empty list or map as null, and a repository that does so means no harm."""
    return lambda value: empty() if value is None else value


def _any_case(words: type[StrEnum]) -> str:
    """A pattern for JSON Schemas, which know no case-insensitive enum."""
    spelt = (
        "".join("[_ -]" if sign == "_" else f"[{sign}{sign.lower()}]" for sign in word) for word in words.__members__
    )
    return f"^({'|'.join(spelt)})$"


def _words_schema(words: type[StrEnum], **others: Any) -> WithJsonSchema:
    return WithJsonSchema({"anyOf": [{"enum": list(words.__members__)}, {"type": "string", **others}]})


def _pattern_schema(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern})


CalendarDay = Annotated[date, BeforeValidator(_day)]
Moment = Annotated[AwareDatetime, BeforeValidator(_moment)]
PlanStatusWord = Annotated[
    PlanStatus, BeforeValidator(_word(PlanStatus)), _words_schema(PlanStatus, pattern=_any_case(PlanStatus))
]
VerdictWord = Annotated[Verdict, BeforeValidator(_word(Verdict)), _words_schema(Verdict, pattern=_any_case(Verdict))]
StatusWord = Annotated[Status, BeforeValidator(_word(Status)), _words_schema(Status, pattern=_any_case(Status))]
PublishedStatus = Annotated[
    Status,
    BeforeValidator(_status_or_unknown),
    _words_schema(Status, description="Any case; other words mean UNKNOWN."),
]
PublishedKindWord = Annotated[PublishedKind, BeforeValidator(_word(PublishedKind)), _words_schema(PublishedKind)]
Zone = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(_zone)]
Weekdays = Annotated[str, StringConstraints(max_length=100), AfterValidator(_days), Field(examples=["mon-fri"])]
ClockTime = Annotated[str, AfterValidator(_clock_time), _pattern_schema(f"^{_CLOCK_TIME}$")]
FormatVersion = Annotated[str, AfterValidator(_version_one), _pattern_schema(r"^0*1(\.|$)")]

Organisation = Annotated[
    str, StringConstraints(max_length=300), AfterValidator(_organisation), Field(examples=["github:acme"])
]
PackageName = Annotated[
    str,
    StringConstraints(max_length=220),
    AfterValidator(_package),
    WithJsonSchema({"type": "string", "pattern": f"^{_PACKAGE}$", "examples": ["pypi:requests", "npm:@scope/name"]}),
]

Item = TypeVar("Item")
Several = Annotated[tuple[Item, ...], Field(strict=False)]
SeveralOrNull = Annotated[tuple[Item, ...], Field(strict=False), BeforeValidator(null_is_empty(tuple))]
