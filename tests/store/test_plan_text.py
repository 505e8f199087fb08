"""Reading the next version of a plan by its differences gives what reading it as a whole gives, or is left to that."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.release import documents
from bot.store.plan_text import PlanText
from tests.store.kit import PLAN, plan_bytes

ROWS = ("summit-app", "server", "tools", "docs")


def laid_out(*rows: object, **changes: object) -> bytes:
    """The plan with its second group made of these rows."""
    first, second = PLAN["releaseGroups"]  # type: ignore[misc]
    return plan_bytes(releaseGroups=[first, {**second, "repositories": list(rows)}], **changes)  # type: ignore[dict-item]


def row(name: str, status: str = "ON_TRACK", **more: object) -> dict[str, object]:
    return {"name": name, "version": "v1.0", "status": status, "dependencies": [], **more}


def read(data: bytes) -> PlanText:
    text = PlanText.read(data)
    assert isinstance(text, PlanText), text
    return text


BASE = laid_out(row("server"), row("tools"), row("docs"))


def same(one: PlanText, other: PlanText) -> bool:
    return (dict(one.rows), one.pieces) == (dict(other.rows), other.pieces) and list(one.rows) == list(other.rows)


@pytest.mark.parametrize(
    ("after", "changed"),
    [
        (laid_out(row("server"), row("tools", "BLOCKED"), row("docs")), {"tools"}),
        (laid_out(row("server", "READY"), row("tools"), row("docs", "READY")), {"server", "docs"}),
        (laid_out(row("server"), row("tools", version=None), row("docs")), {"tools"}),
        (laid_out(row("server"), row("tools", eta="2026-03-09", note={"by": ["me"]}), row("docs")), {"tools"}),
        (laid_out(row("server", dependencies=[{"name": "x", "version": "1"}]), row("tools"), row("docs")), {"server"}),
        (BASE, set()),
    ],
)
def test_only_what_differs_is_read(after: bytes, changed: set[str]) -> None:
    following = read(BASE).next(after)
    assert following is not None
    text, names = following
    assert names == changed
    assert same(text, read(after))


@pytest.mark.parametrize(
    "after",
    [
        laid_out(row("server"), row("tools")),
        laid_out(row("server"), row("tools"), row("docs"), row("more")),
        laid_out(row("tools"), row("server"), row("docs")),
        laid_out(row("server"), row("other"), row("docs")),
        laid_out(row("server"), row("tools"), row("docs"), releaseDate="2026-04-01"),
        laid_out(row("server"), row("tools"), row("docs"), status="RELEASED"),
        BASE.replace(b"Captain B", b"Captain C"),
        BASE.replace(b"Captain A", b"Captain C"),
        json.dumps(json.loads(BASE)).encode(),
        BASE.replace(b"\n", b"\r\n"),
    ],
)
def test_anything_else_is_read_as_a_whole(after: bytes) -> None:
    assert read(BASE).next(after) is None
    assert isinstance(PlanText.read(after), PlanText)


TOOLS = b'"name": "tools",'


@pytest.mark.parametrize(
    "after",
    [
        BASE.replace(TOOLS, TOOLS + TOOLS),
        BASE.replace(TOOLS, b'"name": "tools" "x": 1,'),
        BASE.replace(TOOLS, TOOLS + b'"x": NaN,'),
        BASE.replace(TOOLS, TOOLS + b'"x": "\\ud800",'),
        BASE.replace(TOOLS, TOOLS + b'"x": ' + b"[" * 60 + b"]" * 60 + b","),
        BASE.replace(TOOLS, TOOLS + b'"x": ' + b"[" * 100_000 + b"]" * 100_000 + b","),
        BASE.replace(TOOLS, TOOLS + b'"eta": "soon",'),
        BASE.replace(TOOLS, TOOLS + b'"x": "\xff",'),
        BASE.replace(TOOLS, TOOLS + b"},"),
        BASE.replace(TOOLS, b'"name": "server",'),
        BASE + b"}",
        b"",
    ],
)
def test_what_is_refused_as_a_whole_is_never_let_in(after: bytes) -> None:
    assert after != BASE
    assert not isinstance(PlanText.read(after), PlanText)
    assert read(BASE).next(after) is None


def test_a_plan_in_another_layout_has_no_pieces() -> None:
    text = read(json.dumps(json.loads(BASE)).encode())
    assert text.pieces is None
    assert text.next(BASE) is None


def test_an_object_that_only_looks_like_a_repository_is_none() -> None:
    """A list of people's own, as deep as the repositories: then nobody can tell which piece is which."""
    first, second = PLAN["releaseGroups"]  # type: ignore[misc]
    data = plan_bytes(releaseGroups=[{**first, "archive": [row("tools")]}, second])  # type: ignore[dict-item]
    assert read(data).pieces is None


@given(st.integers(0, 2**32))
def test_whatever_is_typed_into_a_plan(seed: int) -> None:
    """Random slips in the text: read by differences it is what it is as a whole, and never more than that."""
    dice = random.Random(seed)
    data = bytearray(BASE)
    for _ in range(dice.randint(1, 3)):
        at = dice.randrange(len(data))
        piece = dice.choice(
            [b"", b'"', b"{", b"}", b",", b"x", b"1", b"null", b"\n        {", b'"READY"', b"\\", b"\xff"]
        )
        data[at : at + dice.choice([0, 1, 4])] = piece
    base = read(BASE)
    following = base.next(bytes(data))
    whole = PlanText.read(bytes(data))
    if following is not None:
        assert isinstance(whole, PlanText), documents.parse_plan(bytes(data))
        assert same(following[0], whole)
        assert {n for n in whole.rows if whole.rows[n] != base.rows[n]} <= following[1]


def test_a_plan_that_lists_a_repository_twice_is_read_as_a_whole_and_the_first_counts() -> None:
    twice = laid_out(row("server", "AT_RISK"), row("summit-app", "BLOCKED"))
    text = read(twice)
    assert text.rows["summit-app"][0] == "Product A"
    assert list(text.rows) == ["summit-app", "server"]
    assert text.next(laid_out(row("server", "READY"), row("summit-app", "BLOCKED"))) is None
