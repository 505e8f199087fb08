"""Documents that went wrong: bytes were hit, values stand where others should. Seeded: equal number, equal bytes."""

import copy
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
NAUGHTY: list[str] = json.loads((ROOT / "tests/data/naughty-strings/blns.json").read_text("utf-8"))
PLAN: dict[str, Any] = json.loads((ROOT / "docs/examples/release_plan.json").read_text("utf-8"))
STATUS: dict[str, Any] = json.loads((ROOT / "docs/examples/status/intelgraph-server/ga_status.json").read_text("utf-8"))

_LONG = "x" * 5_000
_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 1e308, 10**40, "", " ", "\u202e", "\x00", "\ud800", [], {}, [[]], [None], {"": None},
    _LONG, "2026-02-30", "9999-12-31", "0001-01-01T00:00:00Z", "2026-03-03T25:00:00Z", "v1.5.0", ">=1,<0", "RELEASED",
    "ready",
)  # fmt: skip
_TOKENS = (
    b'"', b"{", b"}", b"[", b"]", b",", b":", b"\\", b"\\u", b"\\ud800", b"\x00", b"\xff", b"\xef\xbb\xbf", b"NaN",
    b"1e999", b"-0", b"null", b"//", b"\n", b"\xe2\x80\xae", b"{" * 70, b"[" * 3_000,
)  # fmt: skip


def mutated_status(number: int, repository: str) -> bytes:
    """The status document of a repository after between one and three accidents."""
    return _mutated(number, {**STATUS, "repository": repository})


def mutated_plan(number: int) -> bytes:
    """The example plan after between one and three accidents."""
    return _mutated(number, PLAN)


def _mutated(number: int, document: dict[str, Any]) -> bytes:
    chance = random.Random(number)
    raw = json.loads(json.dumps(document))
    accidents = chance.randint(1, 3)
    if chance.random() < 0.6:
        for _ in range(accidents):
            chance.choice(_STRUCTURE)(chance, raw)
        data = json.dumps(raw, indent=chance.choice((None, 2)), ensure_ascii=chance.random() < 0.5)
        # Half a character can be written as an escape only.
        written = data.encode("utf-8", "surrogatepass")
        return _twice(chance, written) if chance.random() < 0.1 else written
    data = bytearray(json.dumps(raw, indent=2).encode())
    for _ in range(accidents):
        chance.choice(_BYTES)(chance, data)
    return bytes(data)


def _anywhere(chance: random.Random, raw: Any) -> tuple[Any, Any]:
    """Some container of the document and a key or index in it; the document itself when all else is empty."""
    places: list[tuple[Any, Any]] = []
    left = [raw]
    while left:
        one = left.pop()
        keys = list(one) if isinstance(one, dict) else list(range(len(one)))
        places += [(one, key) for key in keys]
        left += [one[key] for key in keys if isinstance(one[key], dict | list)]
    return chance.choice(places) if places else (raw, "x")


def _replace(chance: random.Random, raw: Any) -> None:
    place, key = _anywhere(chance, raw)
    place[key] = copy.deepcopy(chance.choice(_VALUES)) if chance.random() < 0.6 else chance.choice(NAUGHTY)


def _delete(chance: random.Random, raw: Any) -> None:
    place, key = _anywhere(chance, raw)
    if place:
        del place[key]


def _rename(chance: random.Random, raw: Any) -> None:
    place, key = _anywhere(chance, raw)
    if isinstance(place, dict) and key in place:
        place[chance.choice(NAUGHTY)] = place.pop(key)


def _wrap(chance: random.Random, raw: Any) -> None:
    place, key = _anywhere(chance, raw)
    inner = place.get(key) if isinstance(place, dict) else place[key]
    for _ in range(chance.choice((1, 2, 80))):
        inner = [inner] if chance.random() < 0.5 else {"x": inner}
    place[key] = inner


def _repeat(chance: random.Random, raw: Any) -> None:
    place, key = _anywhere(chance, raw)
    if isinstance(place, list):
        place *= chance.choice((2, 30))
    elif isinstance(place.get(key), str):
        place[key] *= chance.choice((2, 100))


def _flip(chance: random.Random, data: bytearray) -> None:
    if data:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _cut(chance: random.Random, data: bytearray) -> None:
    start = chance.randint(0, len(data))
    del data[start : start + chance.choice((1, 1, 5, 100))]


def _insert(chance: random.Random, data: bytearray) -> None:
    at = chance.randint(0, len(data))
    data[at:at] = chance.choice(_TOKENS)


def _end(chance: random.Random, data: bytearray) -> None:
    del data[chance.randint(0, len(data)) :]


def _copy(chance: random.Random, data: bytearray) -> None:
    start, at = chance.randint(0, len(data)), chance.randint(0, len(data))
    data[at:at] = data[start : start + chance.choice((1, 20, 300))]


def _grow(chance: random.Random, data: bytearray) -> None:
    if chance.random() < 0.05:
        data += b" " * 300_000


def _twice(chance: random.Random, data: bytes) -> bytes:
    """The same with a line of it standing twice: most often a name that an object has already."""
    lines = data.split(b"\n")
    at = chance.randrange(len(lines))
    return b"\n".join([*lines[: at + 1], *lines[at:]])


_STRUCTURE: tuple[Callable[[random.Random, Any], None], ...] = (_replace, _replace, _delete, _rename, _wrap, _repeat)
_BYTES: tuple[Callable[[random.Random, bytearray], None], ...] = (_flip, _flip, _cut, _insert, _end, _copy, _grow)
