from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.release.plan import DigestSchedule
from bot.release.schedule import ScheduleError, due_slots, missed_today, next_slot, slot_moment, weekdays, zone

# Zones whose clocks change in spring and autumn, by half an hour, at midnight, twice around Ramadan, or never.
ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Africa/Casablanca",
    "America/Nuuk",  # in 2024 the last hour of a Saturday is left out
    "Asia/Beirut",
    "Pacific/Chatham",
    "Asia/Kolkata",
    "UTC",
]
DAILY = "mon-sun"


def at(text: str, where: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(where)).astimezone(UTC)


def clock_changes(where: ZoneInfo, year: int) -> list[date]:
    """Local dates on which the zone's offset is not the same all day."""
    start = date(year, 1, 1)
    days = (start + timedelta(n) for n in range(366))
    return [
        day
        for day in days
        if datetime(day.year, day.month, day.day, tzinfo=where).utcoffset()
        != (datetime(day.year, day.month, day.day, tzinfo=where) + timedelta(days=1)).utcoffset()
    ]


def test_the_zones_of_these_tests_do_change_their_clocks() -> None:
    changes = {name: len(clock_changes(ZoneInfo(name), 2024)) for name in ZONES}
    assert changes["Europe/Berlin"] == changes["America/New_York"] == changes["Australia/Lord_Howe"] == 2
    assert changes["Africa/Casablanca"] == 2
    assert changes["UTC"] == changes["Asia/Kolkata"] == 0
    assert sum(changes.values()) >= 14


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize("wanted", ["00:00", "00:30", "01:59", "02:00", "02:30", "03:00", "09:00", "22:30", "23:59"])
def test_every_local_date_of_a_year_has_exactly_one_slot(name: str, wanted: str) -> None:
    where = ZoneInfo(name)
    digest = DigestSchedule(at=wanted, days=DAILY)
    found: list[date] = []
    now = datetime(2024, 1, 1, tzinfo=where).astimezone(UTC) - timedelta(seconds=1)
    end = datetime(2025, 1, 1, tzinfo=where).astimezone(UTC) - timedelta(seconds=1)
    # Step by a length that falls on no boundary, as a process that wakes up now and then would.
    while now < end:
        later = min(now + timedelta(hours=7, minutes=13), end)
        found += due_slots(digest, where, now, later)
        now = later
    assert found == [date(2024, 1, 1) + timedelta(n) for n in range(366)]


@pytest.mark.parametrize("name", ZONES)
def test_slots_lie_on_their_own_date_and_at_the_wanted_time_unless_the_clock_jumps_over_it(name: str) -> None:
    where = ZoneInfo(name)
    digest = DigestSchedule(at="02:30", days=DAILY)
    changes = clock_changes(where, 2024)
    for n in range(366):
        day = date(2024, 1, 1) + timedelta(n)
        moment = slot_moment(digest, where, day)
        assert moment is not None
        local = moment.astimezone(where)
        assert local.date() == day
        if day not in changes:
            assert (local.hour, local.minute) == (2, 30)


def test_in_berlin_half_past_two_comes_late_in_spring_and_once_in_autumn() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    digest = DigestSchedule(at="02:30", days=DAILY)
    assert slot_moment(digest, berlin, date(2026, 3, 29)) == at("2026-03-29T01:30")  # 03:30 there
    assert slot_moment(digest, berlin, date(2026, 10, 25)) == at("2026-10-25T00:30")  # the first of two 02:30
    assert due_slots(digest, berlin, at("2026-10-25T00:00"), at("2026-10-25T12:00")) == [date(2026, 10, 25)]
    assert due_slots(digest, berlin, at("2026-10-25T00:30"), at("2026-10-25T12:00")) == []


def test_a_date_that_a_zone_left_out_has_no_slot_and_stops_nothing() -> None:
    apia = ZoneInfo("Pacific/Apia")  # went from 29 to 31 December 2011
    digest = DigestSchedule(at="09:00", days=DAILY)
    assert slot_moment(digest, apia, date(2011, 12, 30)) is None
    found = due_slots(digest, apia, at("2011-12-28T12:00", "Pacific/Apia"), at("2012-01-01T12:00", "Pacific/Apia"))
    assert found == [date(2011, 12, 29), date(2011, 12, 31), date(2012, 1, 1)]
    assert next_slot(digest, apia, at("2011-12-29T12:00", "Pacific/Apia")) == (
        date(2011, 12, 31),
        at("2011-12-31T09:00", "Pacific/Apia"),
    )


def test_a_slot_in_a_gap_at_the_end_of_a_day_stays_on_its_date() -> None:
    nuuk = ZoneInfo("America/Nuuk")  # at 23:00 the clock jumps to 00:00
    moment = slot_moment(DigestSchedule(at="23:30", days=DAILY), nuuk, date(2024, 3, 30))
    assert moment is not None
    assert moment.astimezone(nuuk).strftime("%d %H:%M") == "30 22:30"


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon-fri", {0, 1, 2, 3, 4}),
        ("mon,wed", {0, 2}),
        (" Mon , WED-thu ", {0, 2, 3}),
        ("mon wed  fri", {0, 2, 4}),
        ("sat-mon", {5, 6, 0}),
        ("sun", {6}),
        ("mon-mon", {0}),
        ("tue-mon", set(range(7))),
    ],
)
def test_days_that_a_plan_may_say_are_read(text: str, days: set[int]) -> None:
    assert weekdays(DigestSchedule(days=text).days) == days


@pytest.mark.parametrize("text", ["", "funday", "1-5", "mon-", "-fri", "mon;tue", "mon-wed-fri", "mon,,tue", "monday"])
def test_days_that_cannot_be_read_are_refused_with_the_way_to_write_them(text: str) -> None:
    with pytest.raises(ScheduleError, match=r"cannot be read at .*: write mon-fri or mon,wed,fri"):
        weekdays(text)


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "Europe", "../etc/passwd", "europe berlin\x00"])
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(ScheduleError, match="there is no time zone"):
        zone(name)


def test_weekends_have_no_slot() -> None:
    digest = DigestSchedule(at="09:00", days="mon-fri")
    found = due_slots(digest, ZoneInfo("UTC"), at("2026-03-01T00:00"), at("2026-03-15T00:00"))
    assert [day.isoformat() for day in found] == [f"2026-03-{n:02}" for n in (2, 3, 4, 5, 6, 9, 10, 11, 12, 13)]


def test_the_next_slot_is_the_first_after_the_moment() -> None:
    digest = DigestSchedule(at="09:00", days="mon-fri")
    utc = ZoneInfo("UTC")
    friday = at("2026-03-06T09:00")
    assert next_slot(digest, utc, friday - timedelta(seconds=1)) == (date(2026, 3, 6), friday)
    assert next_slot(digest, utc, friday) == (date(2026, 3, 9), at("2026-03-09T09:00"))
    assert next_slot(digest.model_copy(update={"enabled": False}), utc, friday) is None


def test_the_next_slot_is_today_where_the_zone_has_not_come_to_the_next_date() -> None:
    digest = DigestSchedule(at="20:00", days=DAILY)
    for name, now in (("America/Los_Angeles", "2026-03-06T19:30"), ("Pacific/Kiritimati", "2026-03-06T01:00")):
        slot = next_slot(digest, ZoneInfo(name), at(now, name))
        assert slot == (date(2026, 3, 6), at("2026-03-06T20:00", name)), name


def test_what_was_missed_today_is_known_after_the_hour_only() -> None:
    digest = DigestSchedule(at="09:00", days="mon-fri")
    berlin = ZoneInfo("Europe/Berlin")
    assert missed_today(digest, berlin, at("2026-03-06T07:59")) is None
    assert missed_today(digest, berlin, at("2026-03-06T08:00")) == date(2026, 3, 6)
    assert missed_today(digest, berlin, at("2026-03-06T22:59")) == date(2026, 3, 6)
    assert missed_today(digest, berlin, at("2026-03-06T23:00")) is None  # Saturday there
