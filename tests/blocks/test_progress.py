"""The message that counts along with a pass."""

from datetime import UTC, datetime

from bot.blocks.progress import read, reading
from bot.release.progress import Progress

UNTIL = datetime(2026, 3, 3, 12, 30, tzinfo=UTC)


def shown(progress: Progress) -> str:
    (block,) = reading("summit", progress).blocks
    return str(block["text"]["text"])  # type: ignore[index]


def test_it_says_how_far_how_many_failed_and_whom_it_waits_for() -> None:
    text = shown(Progress(2_500, 10_000, 12, {"b.example": UNTIL, "a.example": UNTIL}))
    assert "2,500 of 10,000 repositories, 12 of them could not be read." in text
    assert text.count("█") == 5
    assert text.count("░") == 15
    assert "waiting for a.example until 12:30:00 UTC and b.example until 12:30:00 UTC" in text


def test_the_ends_of_the_bar() -> None:
    for progress, filled in ((Progress(0, 7), 0), (Progress(7, 7), 20), (Progress(0, 0), 20), (Progress(1, 1), 20)):
        assert shown(progress).count("█") == filled
    assert "0 of 1 repository." in shown(Progress(0, 1))


def test_a_host_is_no_markup() -> None:
    assert "<!channel>" not in shown(Progress(0, 1, 0, {"<!channel>": UNTIL}))


def test_the_end_points_to_the_result() -> None:
    told = "1 of them could not be read. What is new stands where you asked for it."
    assert read("summit", Progress(7, 7, 1)).text.endswith(told)
