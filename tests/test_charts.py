"""The picture of the trend: it is a picture, it holds what it should, nothing from outside can spoil it."""

import struct
import subprocess
import sys
import xml.etree.ElementTree as ET
import zlib
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.charts import _apart, _spread, trend_chart, trend_svg, trend_text
from bot.release.trend import Counts, Point, Trend

START = date(2026, 2, 1)
RELEASE = date(2026, 3, 15)


def grown(days: int, *counts: Counts, release: date | None = RELEASE) -> Trend:
    """A trend of so many days from 1 February; the counts in turn, the last one on."""
    told = [counts[min(n, len(counts) - 1)] for n in range(days)]
    return Trend(tuple(Point(START + timedelta(days=n), c) for n, c in enumerate(told)), release)


TREND = grown(31, Counts(2, 30), Counts(5, 30, 4), Counts(18, 34, 3))
AWKWARD = {
    "nothing": Trend(()),
    "one day": grown(1, Counts(0, 3)),
    "empty plan": grown(2, Counts(0, 0)),
    "no date": grown(5, Counts(1, 3), release=None),
    "date passed": grown(60, Counts(1, 3)),
    "date before the first day": grown(5, Counts(1, 3), release=date(2025, 1, 1)),
    "date far off": grown(5, Counts(1, 3), release=date(9999, 12, 31)),
    "all ready": grown(9, Counts(7, 7)),
    "all at risk": grown(9, Counts(0, 7, 7)),
    "more ready than scope": grown(9, Counts(9, 7, 7)),
    "large": grown(40, Counts(123_456, 1_234_567, 99_999)),
    "ten years": grown(3660, Counts(1, 3)),
}


def size_of(png: bytes) -> tuple[int, int]:
    """Width and height of a PNG whose every chunk is sound."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    at, kinds, size = 8, [], (0, 0)
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        body = png[at + 8 : at + 8 + length]
        assert struct.unpack(">I", png[at + 8 + length : at + 12 + length])[0] == zlib.crc32(kind + body)
        if kind == b"IHDR":
            size = struct.unpack(">II", body[:8])
        kinds.append(kind)
        at += 12 + length
    assert kinds[-1] == b"IEND"
    assert not {b"tEXt", b"iTXt", b"zTXt", b"tIME"} & set(kinds)  # nothing of when or by what it was drawn
    return size


@pytest.mark.parametrize("case", AWKWARD)
def test_every_trend_makes_a_picture(case: str) -> None:
    assert size_of(trend_chart(AWKWARD[case], "Summit 2026 Q1 Launch")) == (1200, 800)
    assert trend_text(AWKWARD[case])


def test_equal_trends_make_equal_bytes_and_others_do_not() -> None:
    picture = trend_chart(TREND, "Summit")
    assert trend_chart(grown(31, Counts(2, 30), Counts(5, 30, 4), Counts(18, 34, 3)), "Summit") == picture
    assert trend_svg(TREND, "Summit") == trend_svg(TREND, "Summit")
    changed = (
        grown(31, Counts(2, 30), Counts(5, 30, 4), Counts(17, 34, 3)),
        grown(31, Counts(2, 30), Counts(5, 30, 4), Counts(18, 34, 2)),
        grown(31, Counts(2, 30), Counts(5, 30, 4), Counts(18, 33, 3)),
        grown(31, Counts(2, 30), Counts(5, 30, 3), Counts(18, 34, 3)),
        grown(31, Counts(2, 30), Counts(5, 30, 4), Counts(18, 34, 3), release=date(2026, 3, 16)),
    )
    assert picture not in [trend_chart(other, "Summit") for other in changed]
    assert trend_chart(TREND, "Other") != picture


HOSTILE = [
    "$x^2$ and $", "cost $\\frac{$", "</title><script>alert(1)</script>", "日本のリリース", "🚀🚀🚀",
    "\u202eabc\x00\x1b[31m", "W" * 300, "", "a\nb",
]  # fmt: skip


@pytest.mark.parametrize("title", HOSTILE)
def test_no_title_spoils_the_picture(title: str) -> None:
    assert size_of(trend_chart(TREND, title)) == (1200, 800)
    root = ET.fromstring(trend_svg(TREND, title))  # noqa: S314 - our own
    assert {child.tag.rpartition("}")[2] for child in root} <= {"title", "desc", "metadata", "defs", "g"}


def test_a_title_too_long_is_cut_and_says_so() -> None:
    assert trend_chart(TREND, "W" * 40) == trend_chart(TREND, "W" * 90)
    assert trend_chart(TREND, "W" * 10) != trend_chart(TREND, "W" * 11)


def test_the_svg_says_in_words_what_it_shows() -> None:
    root = ET.fromstring(trend_svg(TREND, "Summit <1>"))  # noqa: S314 - our own
    space = "{http://www.w3.org/2000/svg}"
    assert root.attrib["role"] == "img"
    assert root.findtext(f"{space}title") == "Summit <1>"
    assert root.findtext(f"{space}desc") == trend_text(TREND)


def test_the_pattern_of_what_is_at_risk_and_the_dashes_are_there() -> None:
    drawn = trend_svg(TREND, "Summit").decode()
    calm = trend_svg(grown(31, Counts(2, 30), Counts(18, 34)), "Summit").decode()
    assert "<pattern " in drawn
    assert drawn.count("stroke-dasharray") == calm.count("stroke-dasharray") == 2  # the scope and the release date
    for far in (None, date(2027, 3, 15)):
        assert trend_svg(grown(31, Counts(1, 3), release=far), "Summit").decode().count("stroke-dasharray") == 1


def test_the_words_say_it_all() -> None:
    assert trend_text(TREND) == (
        "On Tue 3 Mar 2026, 18 of 34 ready or released, 3 at risk or blocked. "
        "Ready since Sun 1 Feb (30 days): from 2 to 18. Scope: from 30 to 34. "
        "At risk or blocked: 4 at most, on Mon 2 Feb. Release date: Sun 15 Mar 2026, 12 days to go."
    )
    assert trend_text(grown(1, Counts(0, 3))) == (
        "On Sun 1 Feb 2026, 0 of 3 ready or released, none at risk or blocked. "
        "Release date: Sun 15 Mar 2026, 42 days to go."
    )
    assert "Ready since Sun 1 Feb (1 day): 1 as before. Scope: 3 as before." in trend_text(grown(2, Counts(1, 3)))
    assert "Release" not in trend_text(grown(2, Counts(1, 3), release=None))
    assert trend_text(Trend((), RELEASE)) == "There is no history yet, so there is no trend to show."
    assert len(trend_text(AWKWARD["large"])) < 500


def test_the_library_is_loaded_with_the_first_picture_and_no_sooner() -> None:
    code = "import sys, bot.charts; sys.exit('matplotlib' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@settings(max_examples=200)
@given(st.lists(st.integers(0, 100).map(float), min_size=1, max_size=4), st.integers(1, 20).map(float))
def test_names_never_run_into_each_other_nor_out_of_the_picture(heights: list[float], least: float) -> None:
    placed = _apart(sorted(heights), least, 100.0)
    assert all(b - a >= least - 1e-9 for a, b in pairwise(placed))
    assert placed[-1] <= 100
    if all(b - a >= least for a, b in pairwise(sorted(heights))) and min(heights) >= least / 2:
        assert placed == sorted(heights)


@given(st.integers(1, 4000), st.integers(0, 10))
def test_days_on_the_axis_run_from_the_first_to_the_last(days: int, most: int) -> None:
    shown = _spread(days, most)
    assert shown == sorted(set(shown))
    assert shown[-1] == days - 1
    assert len(shown) <= max(1, min(most, 4))
    assert len(shown) == 1 or shown[0] == 0
