"""Text from outside formats, links and pings nothing, and nothing of it is torn apart."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.blocks import text
from tests.blocks.trains import HOSTILE, PEOPLE, Somebody

ANY = st.one_of(st.text(st.characters(), max_size=200), st.sampled_from(HOSTILE))
_UNESCAPED = re.compile(r"[<>]|&(?!amp;|lt;|gt;)")


def test_escape_is_slacks_own() -> None:
    assert text.escape("a & b <c>") == "a &amp; b &lt;c&gt;"
    assert text.escape("&amp;") == "&amp;amp;"


@pytest.mark.parametrize(
    ("given_text", "most", "clipped"),
    [
        ("short", 5, "short"),
        ("longer", 5, "long…"),
        ("ab &amp; cd", 8, "ab…"),  # 7 characters would end inside the entity
        ("ab &amp; cd", 9, "ab &amp;…"),
        ("&lt;&lt;&lt;", 4, "…"),
        ("abc", 1, "…"),
    ],
)
def test_clip_leaves_entities_whole(given_text: str, most: int, clipped: str) -> None:
    assert text.clip(given_text, most) == clipped


@given(ANY, st.integers(1, 60))
def test_clipped_text_is_short_and_still_escaped(outside: str, most: int) -> None:
    clipped = text.clip(text.escape(outside), most)
    assert len(clipped) <= most
    assert not _UNESCAPED.search(clipped)


@given(ANY)
def test_plain_text_has_nothing_that_slack_would_act_on(outside: str) -> None:
    shown = text.plain(outside)
    assert not _UNESCAPED.search(shown)
    assert not set(shown) & set("*`\n\r\u2028\u202e")
    assert not re.search(r":[a-z_+'-][a-z0-9_+'-]*:", shown, re.IGNORECASE)
    assert not re.search(r"(?<![^\W_])_|_(?![^\W_])", shown), "an underscore may stand inside words only"
    assert len(shown) <= 2 * text.SENTENCE


def test_plain_keeps_names_versions_and_places_as_they_can_be_copied() -> None:
    for kept in ("my_repo_name", "oslo.i18n", "org/repo", "v1.5.0-rc.1+build", "~=1.4", "r4.3", "a-b", "x.json:3: why"):
        assert text.plain(kept) == kept


def test_a_name_is_never_empty_and_never_endless() -> None:
    assert text.name("\u200b") == text.name("") == text.name(None) == "(no name)"
    assert text.name("x" * 300) == "x" * 79 + "…"
    assert text.name("summit-app", "v3.0.0") == "summit-app v3.0.0"


def test_a_sign_that_begins_a_quotation_begins_no_line() -> None:
    assert text.plain("> quoted") == "› quoted"
    assert text.requirement(">=1.2,<2") == "&gt;=1.2,&lt;2"
    assert text.requirement(None) == "any version"


def test_people_are_mentioned_when_slack_knows_them() -> None:
    assert text.mention("Platform Ops Captain", PEOPLE) == "<@UBO00000B>"
    assert text.mention("Insights Release Captain", PEOPLE) == "Insights Release Captain"
    assert text.mention(None, PEOPLE) == text.mention("", PEOPLE) == ""


def test_a_lead_may_be_a_slack_id_itself() -> None:
    assert text.mention("U012AB3CD", {}) == "<@U012AB3CD>"
    assert text.mention("URSULA", {}) == "URSULA"


@pytest.mark.parametrize("user", ["!channel", "U1|x", "U1> <!here", "u012ab3cd", "", " "])
def test_a_slack_id_that_is_none_pings_nobody(user: str) -> None:
    assert text.mention("bo", {"bo": Somebody(user)}) == "bo"
    assert "<" not in text.user(user)


@given(ANY)
def test_code_stays_code(outside: str) -> None:
    shown = text.code(outside)
    assert shown[0] == shown[-1] == "`"
    assert "`" not in shown[1:-1]
    assert not _UNESCAPED.search(shown)


@given(st.lists(st.one_of(ANY.map(text.plain), st.just("<@UBO00000B>"), st.just("&amp;" * 30)), max_size=20))
def test_cut_loses_nothing_and_tears_nothing_apart(parts: list[str]) -> None:
    whole = " ".join(parts)
    pieces = text.cut(whole, 60)
    assert "".join("".join(p.split()) for p in pieces) == "".join(whole.split())
    for piece in pieces:
        assert len(piece) <= 60
        assert piece.strip()
        assert not re.search(r"&(?!amp;|lt;|gt;)", piece)
        assert piece.count("<@") == piece.count("<@UBO00000B>")


def test_cut_prefers_the_ends_of_lines() -> None:
    assert text.cut("one two\nthree four\nfive", 18) == ["one two\nthree four", "five"]
    assert text.cut("", 10) == []
