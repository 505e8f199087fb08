"""Names of plan folders."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.store import slug_for
from bot.store.slugs import is_slug


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Summit 2026 Q1 Launch", "summit-2026-q1-launch"),
        ("  Ünïcode & Größe! ", "unicode-grosse"),
        ("../../etc/passwd", "etc-passwd"),
        ("名前", "plan"),
        ("", "plan"),
        ("x" * 100, "x" * 60),
        ("a" * 59 + " b", "a" * 59),
    ],
)
def test_a_release_name_becomes_a_slug(name: str, slug: str) -> None:
    assert slug_for(name, ()) == slug


def test_a_taken_slug_gets_a_number() -> None:
    assert slug_for("Summit", {"summit"}) == "summit-2"
    assert slug_for("Summit", {"summit", "summit-2"}) == "summit-3"
    assert slug_for("x" * 60, {"x" * 60}) == "x" * 58 + "-2"


@given(st.text(max_size=200), st.integers(0, 12))
def test_every_slug_is_a_slug_and_new(name: str, how_many: int) -> None:
    taken: set[str] = set()
    for _ in range(how_many + 1):
        slug = slug_for(name, taken)
        assert is_slug(slug)
        assert len(slug) <= 60
        assert slug == slug.lower()
        assert slug not in taken
        taken.add(slug)
