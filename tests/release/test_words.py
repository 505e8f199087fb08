"""Dates, durations and plurals as people say them, and text from outside made harmless."""

import unicodedata
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.release import words
from bot.release.status import PlanStatus, Status, Verdict

NOW = datetime(2026, 3, 3, 8, 12, tzinfo=UTC)
BERLIN = "Europe/Berlin"


def test_days_carry_the_year_only_when_it_is_another_one() -> None:
    assert words.day(date(2026, 3, 15)) == "Sun 15 Mar"
    assert words.day(date(2026, 3, 15), date(2026, 12, 31)) == "Sun 15 Mar"
    assert words.day(date(2027, 1, 4), date(2026, 12, 31)) == "Mon 4 Jan 2027"


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (datetime(2026, 3, 3, 6, 40, tzinfo=UTC), "since this morning"),
        (datetime(2026, 3, 2, 23, 30, tzinfo=UTC), "since this morning"),  # half past midnight in Berlin
        (datetime(2026, 3, 2, 22, 30, tzinfo=UTC), "since yesterday"),
        (datetime(2026, 2, 25, 12, 0, tzinfo=UTC), "since Wed 25 Feb"),
        (datetime(2025, 12, 24, 12, 0, tzinfo=UTC), "since Wed 24 Dec 2025"),
    ],
)
def test_since_is_said_in_the_zone_of_the_plan(moment: datetime, said: str) -> None:
    assert words.since(moment, NOW, BERLIN) == said


def test_since_names_the_part_of_the_day() -> None:
    late = datetime(2026, 3, 3, 22, 0, tzinfo=UTC)
    assert words.since(datetime(2026, 3, 3, 13, 0, tzinfo=UTC), late, "UTC") == "since this afternoon"
    assert words.since(datetime(2026, 3, 3, 19, 0, tzinfo=UTC), late, "UTC") == "since this evening"


def test_a_stamp_names_the_day_only_when_it_is_another_one() -> None:
    assert words.stamp(NOW, NOW, BERLIN) == "09:12"
    assert words.stamp(NOW - timedelta(days=1), NOW, BERLIN) == "Mon 2 Mar 09:12"


def test_the_ends_of_the_calendar_break_nothing() -> None:
    assert words.stamp(datetime.min.replace(tzinfo=UTC), NOW, "America/New_York")
    assert words.stamp(datetime.max.replace(tzinfo=UTC), NOW, BERLIN)


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (12, "12 days to go"),
        (1, "1 day to go"),
        (0, "today is the day"),
        (-1, "1 day past the date"),
        (-3, "3 days past the date"),
    ],
)
def test_countdown(days: int, said: str) -> None:
    assert words.countdown(days) == said


def test_plurals() -> None:
    assert words.count(1, "repository") == "1 repository"
    assert words.count(0, "repository") == "0 repositories"
    assert words.count(2, "day") == "2 days"
    assert words.count(12345, "feed") == "12,345 feeds"
    assert words.count(2, "other dependency", "other dependencies") == "2 other dependencies"


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(), "0 minutes"),
        (timedelta(seconds=-5), "0 minutes"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=119), "119 minutes"),
        (timedelta(hours=2), "2 hours"),
        (timedelta(hours=47), "47 hours"),
        (timedelta(days=9, hours=5), "9 days"),
    ],
)
def test_spans_are_said_in_their_largest_whole_unit(length: timedelta, said: str) -> None:
    assert words.span(length) == said


def test_listing() -> None:
    assert words.listing([]) == ""
    assert words.listing(["a"]) == "a"
    assert words.listing(["a", "b", "c"]) == "a, b and c"
    assert words.listing(list("abcdefg"), 3) == "a, b, c and 4 more"


def test_sentences_end_and_keep_the_case_of_names() -> None:
    assert words.sentence("the plan ships x") == "The plan ships x."
    assert words.sentence("intelgraph-server is late") == "intelgraph-server is late."
    assert words.sentence("Who owns it?") == "Who owns it?"
    assert words.sentence("  ") == ""


def test_every_state_has_a_symbol_and_a_word_of_its_own() -> None:
    assert set(words.STATUS) == set(Status)
    assert set(words.VERDICT) == set(Verdict)
    assert set(words.PLAN_STATUS) == set(PlanStatus)
    assert len({look.word for look in words.STATUS.values()}) == len(Status)
    assert len({look.symbol for look in words.STATUS.values()}) == len(Status)


def test_clean_keeps_what_people_write() -> None:
    assert words.clean("größe 名前 ñ 👩‍🚀 v1.2~rc1") == "größe 名前 ñ 👩‍🚀 v1.2~rc1"


def test_clean_takes_out_what_breaks_a_line_or_turns_it_around() -> None:
    assert words.clean("a\r\nb\u2028c\u0085d\te") == "a b c d e"
    assert words.clean("\u202eevil\u202c\x00\x1b[31m") == "evil[31m"
    assert words.clean("\ud800") == "\ufffd"
    assert words.clean("\u200b \u2060") == ""


def test_clean_isolates_what_is_written_from_right_to_left() -> None:
    assert words.clean("שלום") == "\u2068שלום\u2069"


def test_clean_thins_stacked_marks() -> None:
    assert words.clean("a" + "\u0301" * 50) == "a" + "\u0301" * 4


@given(st.text(st.characters(), max_size=400), st.integers(1, 300))
def test_clean_is_one_bounded_line_that_can_be_written(text: str, most: int) -> None:
    line = words.clean(text, most)
    inner = line.strip("\u2068\u2069")
    assert len(inner) <= most
    assert len(line.splitlines()) <= 1
    assert inner == inner.strip()
    assert not [c for c in inner if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")]
    assert line.encode("utf-8") or not line
    assert line.count("\u2068") == line.count("\u2069") <= 1


def test_the_parts_of_a_day_meet_at_noon_and_at_six() -> None:
    late = datetime(2026, 3, 3, 23, 0, tzinfo=UTC)
    said = {hour: words.since(late.replace(hour=hour), late, "UTC").split()[-1] for hour in (11, 12, 17, 18)}
    assert said == {11: "morning", 12: "afternoon", 17: "afternoon", 18: "evening"}


def test_a_stamp_of_another_year_names_it() -> None:
    assert words.stamp(datetime(2025, 12, 24, 8, 5, tzinfo=UTC), NOW, "UTC") == "Wed 24 Dec 2025 08:05"


def test_spans_change_their_unit_at_two_days_and_round_down() -> None:
    assert words.span(timedelta(hours=48)) == "2 days"
    assert words.span(timedelta(hours=48, seconds=-1)) == "47 hours"
    assert words.span(timedelta(days=40)) == "40 days"
    assert words.span(timedelta(days=60)) == "60 days"
    assert words.span(timedelta(seconds=119)) == "1 minute"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a v1.0.0 is at risk", "a v1.0.0 is at risk."),
        ("the 2.0 is on track", "the 2.0 is on track."),
        ("a was dropped from this release", "a was dropped from this release."),
        ("it v1 is on track", "it v1 is on track."),
        ("only says RELEASED", "only says RELEASED."),
        ("it is in no plan", "It is in no plan."),
        ("the plan ships v1", "The plan ships v1."),
        ("only 128 are read", "Only 128 are read."),
        ("nobody is named", "Nobody is named."),
    ],
)
def test_a_repository_called_like_a_word_of_ours_keeps_its_letters(text: str, said: str) -> None:
    assert words.sentence(text) == said


def test_a_name_without_a_version_stands_alone() -> None:
    assert (words.label("x", None), words.label("x", ""), words.label("x", "v1")) == ("x", "x", "x v1")


def test_as_many_as_may_be_named_are_all_named() -> None:
    assert words.listing(list("abcde")) == "a, b, c, d and e"
    assert words.listing(list("abcdef")) == "a, b, c, d, e and 1 more"


def test_a_mark_at_the_end_is_enough_and_no_letter_is_one() -> None:
    assert [words.stopped(text) for text in ("a.", "a!", "a?", "a…", "X", "")] == ["a.", "a!", "a?", "a…", "X.", ""]


def test_clip_keeps_what_fits_and_says_that_something_is_gone() -> None:
    assert words.clip("abcd", 4) == "abcd"
    assert words.clip("abcde", 4) == "abc…"
    assert words.clip("ab cde", 4) == "ab…"
    assert words.clip(" abcde", 4) == " ab…"
    assert len(words.clean("x" * 400)) == 300


@pytest.mark.parametrize("letter", ["ش", "ש", "٣"])  # Arabic letters, Hebrew ones and Arabic digits
def test_clean_isolates_every_script_that_turns_the_line(letter: str) -> None:
    assert words.clean(letter) == f"\u2068{letter}\u2069"


def test_clean_counts_marks_for_every_letter_and_enclosing_ones_too() -> None:
    marks = "\u0301" * 4
    assert words.clean(f"a{marks}b{marks}") == f"a{marks}b{marks}"
    assert words.clean("a" + "\u20dd" * 9) == "a" + "\u20dd" * 4
    assert words.clean("\u0301" * 9 + "a") == marks + "a"
