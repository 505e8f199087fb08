"""Reads one version as people write it in the wild and says where it stands among its own kind.

SemVer, PEP 440, CalVer and Debian-like revisions are spellings of one idea: dotted numbers, perhaps a pre-release
before them or a revision after. They share one key, so that `v1.5.0-rc.1` and `1.5.0rc1` are the same. What cannot be
brought into that form keeps its own shape and is compared only with its like. docs/versions.md has rules and examples.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from packaging.version import InvalidVersion
from packaging.version import Version as PepVersion

LONGEST = 128
"""Characters of a version or a requirement that are read; a longer one is refused."""

Key = tuple[object, ...]

# Words before the numbers that say nothing; any other word names a series of its own (`r4.3`, `openssl-3.0.1`).
_PLAIN_WORDS = frozenset({"", "v", "ver", "version", "rel", "release"})
_ALIASES = {"a": "alpha", "b": "beta", "c": "rc", "cr": "rc", "pre": "rc", "preview": "rc", "m": "milestone"}
UNRELEASED_WORDS = frozenset(
    {"alpha", "beta", "canary", "dev", "ea", "eap", "edge", "experimental", "insiders", "milestone", "next", "nightly"}
    | {"rc", "snapshot", "test", "testing", "unstable"}
)

_SIMPLE = re.compile(r"[vV]?([0-9]+(?:\.[0-9]+)*)")
_COMMIT = re.compile(r"(?=[0-9a-f]*[a-f])(?=[0-9a-f]*[0-9])[0-9a-f]{7,40}")
_TAG = re.compile(r"([a-z@].*)[/@]([^/@]*[0-9][^/@]*)")
_WORD = re.compile(r"(?:([a-z][a-z_.\-]*?)[-_. ]?)?(?=[0-9])(?:([0-9]+)[!:])?(.*)")
_DASHED_DATE = re.compile(r"((?:19|20)[0-9]{2})-([0-9]{2})-([0-9]{2})(?![0-9])")
_RELEASE = re.compile(r"([0-9]+(?:_[0-9]+)+(?![.0-9])|[0-9]+(?:\.[0-9]+)*)(.*)")
_STAMP = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:(?:0[1-9]|[12][0-9]|3[01])(?:[0-9]{2}){0,3})?")

_REPACKED = re.compile(r"\+(?:dfsg|ds|repack)[0-9.]*(?=-|$)")
_FINAL = re.compile(r"[-._](?:final|ga|release|stable)")
_GO_PSEUDO = re.compile(r"-(?:0\.)?([0-9]{14})-[0-9a-f]{12}")
_DESCRIBED = re.compile(r"(.*?)-([0-9]+)-g[0-9a-f]{4,40}(?:-dirty)?")
_REVISION = re.compile(r"-([0-9][0-9a-z.+~]*)")
_PATCH = re.compile(r"[-._]?(?:p|patch|sp|hotfix)[-._]?([0-9]*)")
_DEBIAN_PRE = re.compile(r"(~[a-z][^-]*)-([0-9][0-9a-z.+~]*)")
_WORDED = re.compile(r"[-._~]?([a-z]+)[-._]?((?:[0-9a-z]+(?:[-._][0-9a-z]+)*)?)(?:\+([0-9a-z.\-]+))?")
_SEMVER = re.compile(r"-([0-9a-z\-]+(?:\.[0-9a-z\-]+)*)(?:\+([0-9a-z.\-]+))?")
_BUILD = re.compile(r"\+([0-9a-z._\-]+)")

_NO_PRE: Key = (2,)
_ONLY_DEV: Key = (0,)
_NO_DEV: Key = (1,)


class Version(NamedTuple):
    """One version, read. `kin` says what it can be compared with, `key` orders it there.

    `kin` is the scheme (the word of a series, or the texts of an odd shape), the family (what the numbers count) and
    the tag prefix of a monorepo (`app` of `app/v1.5.0`). `release` are the numbers as written. `build` is what follows
    `+`; it does not count for the order. A pre-release comes before a release, or is a development build; a revision
    comes after a release of the same numbers.
    """

    text: str
    kin: tuple[tuple[str, ...], str, str]
    key: Key
    release: tuple[int, ...] = ()
    build: str = ""
    is_prerelease: bool = False
    is_revision: bool = False

    @property
    def is_release(self) -> bool:
        """Whether it is something that was released: no pre-release, no commit, and no mere name (`nightly`)."""
        word = self.kin[0][0]
        named = word in ("shape", "commit") or not UNRELEASED_WORDS.isdisjoint(re.split("[^a-z]+", word))
        return bool(self.release) and not (named or self.is_prerelease)

    @property
    def line(self) -> Key:
        """Epoch and numbers without zeros at the end: a pre-release belongs to the line of the release it leads to."""
        return self.key[:2]


class _Tail(NamedTuple):
    """What stands behind the numbers, as parts of the key."""

    pre: Key = _NO_PRE
    post: Key = ()
    dev: Key = _NO_DEV
    build: str = ""


_NOTHING = _Tail()


def _read(text: str) -> Version:
    """The version that `text` spells. Takes any text of at most LONGEST characters and never fails."""
    simple = _SIMPLE.fullmatch(text)
    if simple:
        return _numbered(text, simple[1], _NOTHING)
    if text.isascii():
        low = text.lower().removeprefix("refs/tags/")
        if _COMMIT.fullmatch(low):
            return Version(text, (("commit", low), "", ""), ())
        tagged = _TAG.fullmatch(low)
        if tagged and not UNRELEASED_WORDS & set(re.split("[^a-z]+", tagged[1])):
            found = _spelled(text, tagged[2], tagged[1])
        else:
            found = _spelled(text, low, "")
        if found:
            return found
    return _shaped(text)


read = lru_cache(maxsize=16_384)(_read)


def _spelled(text: str, low: str, prefix: str) -> Version | None:
    """The version in the common form, or None."""
    worded = _WORD.fullmatch(low)
    if not worded:
        return None
    word, epoch, rest = worded[1] or "", int(worded[2] or 0), _DASHED_DATE.sub(r"\1.\2.\3", worded[3], count=1)
    parts = _RELEASE.fullmatch(rest)
    if not parts:
        return None
    numbers = parts[1].replace("_", ".")
    tail = _tail(_REPACKED.sub("", parts[2]), numbers.count(".") == 2)
    if tail is None:
        return None
    return _numbered(text, numbers, tail, series="" if word in _PLAIN_WORDS else word, epoch=epoch, prefix=prefix)


def _numbered(text: str, numbers: str, tail: _Tail, *, series: str = "", epoch: int = 0, prefix: str = "") -> Version:
    release = tuple(map(int, numbers.split(".")))
    end = len(release)
    while end and not release[end - 1]:
        end -= 1
    pre, post, dev, build = tail
    key = (epoch, release[:end], pre, post, dev)
    early = pre != _NO_PRE or dev != _NO_DEV
    return Version(text, ((series,), _family(numbers, end), prefix), key, release, build, early, post != ())


def _family(numbers: str, significant: int) -> str:
    """By what the first number counts. Date tags beside SemVer tags are common: 2026.3.1 is no newer 1.5.0."""
    if not significant:
        return "zero"
    first = numbers.partition(".")[0]
    if len(first) == 4 and "1970" <= first < "2200":
        return "calendar"
    return "stamp" if _STAMP.fullmatch(first) else "number"


def _shaped(text: str) -> Version:
    """Anything else: texts and numbers in turn. It is compared only with what has the very same texts."""
    parts = re.split("([0-9]+)", text.casefold())
    return Version(text, (("shape", *parts[0::2]), "", ""), tuple(map(int, parts[1::2])))


def _read_tail(tail: str, three: bool) -> _Tail | None:
    """What `tail` says of the numbers before it (`three`: as in SemVer); None when it fits no spelling."""
    if not tail or _FINAL.fullmatch(tail):
        return _NOTHING
    pep = _pep(tail)
    if pep and not pep.build:
        return pep
    # `-1+deb12u1` is a revision of a revision, where PEP 440 would see a label after + that does not count.
    return _commit_build(tail, three) or _revised(tail) or pep or _worded(tail, three)


_tail = lru_cache(maxsize=4_096)(_read_tail)


def _commit_build(tail: str, three: bool) -> _Tail | None:
    """Builds of a commit: Go pseudo-versions, `git describe`, a commit id. Nobody released them."""
    if match := _GO_PSEUDO.fullmatch(tail):
        return _Tail(pre=_ONLY_DEV, dev=(0, int(match[1])))
    if match := _DESCRIBED.fullmatch(tail):
        inner = _tail(match[1], three)
        return inner and _Tail(inner.pre, _revision_key(match[2]), (0, 0))
    if _COMMIT.fullmatch(tail[1:]) and tail[0] == "-":
        return _Tail(pre=_ONLY_DEV, dev=(0, 0))
    return None


def _revised(tail: str) -> _Tail | None:
    """A revision or a patch of the same release: newer than it."""
    match = _REVISION.fullmatch(tail) or _PATCH.fullmatch(tail)
    return _Tail(post=_revision_key(match[1] or "0")) if match else None


def _pep(tail: str) -> _Tail | None:
    """PEP 440 as `packaging` reads it (what the numbers are makes no difference to it)."""
    try:
        version = PepVersion(f"1{tail}")
    except InvalidVersion:
        return None
    pre = _NO_PRE
    if version.pre:
        pre = (1, _ALIASES.get(version.pre[0], version.pre[0]), ((0, version.pre[1], ""),))
    elif version.dev is not None and version.post is None:
        pre = _ONLY_DEV
    post = () if version.post is None else _revision_key(str(version.post))
    return _Tail(pre, post, _NO_DEV if version.dev is None else (0, version.dev), version.local or "")


def _worded(tail: str, three: bool) -> _Tail | None:
    """Pre-releases that PEP 440 does not know: `-SNAPSHOT`, `.M2`, `~rc1-1ubuntu2`, any `-word` of strict SemVer."""
    post: Key = ()
    if debian := _DEBIAN_PRE.fullmatch(tail):
        tail, post = debian[1], _revision_key(debian[2])
    match = _WORDED.fullmatch(tail)
    if match and _ALIASES.get(match[1], match[1]) in UNRELEASED_WORDS:
        return _Tail(_pre_key(match[1], re.split(r"[-._]", match[2])), post, build=match[3] or "")
    strict = _SEMVER.fullmatch(tail) if three else None
    if strict:
        first, *more = strict[1].split(".")
        return _Tail(_pre_key(first, more), build=strict[2] or "")
    alone = _BUILD.fullmatch(tail)
    return _Tail(build=alone[1]) if alone else None


def _pre_key(word: str, identifiers: list[str]) -> Key:
    """SemVer's order of identifiers; words that mean the same are one, and no number is number 0."""
    parted = re.fullmatch(r"([a-z]+)-?([0-9]+)", word)
    if parted and _ALIASES.get(parted[1], parted[1]) in UNRELEASED_WORDS:
        word, identifiers = parted[1], [parted[2], *identifiers]
    known = [i for i in identifiers if i] or ["0"]
    return (1, _ALIASES.get(word, word), tuple((0, int(i), "") if i.isdigit() else (1, 0, i) for i in known))


def _revision_key(text: str) -> Key:
    """Debian's order of revisions: texts and numbers in turn, `~` before the end, letters before other signs."""
    parts = re.split("([0-9]+)", text)
    return tuple(int(part) if index % 2 else _sign_key(part) for index, part in enumerate(parts))


def _sign_key(text: str) -> Key:
    return (*(-1 if sign == "~" else ord(sign) if sign.isalpha() else ord(sign) + 256 for sign in text), 0)


def printable(text: str) -> str:
    """The text for people: signs that cannot be printed are replaced."""
    return text if text.isprintable() else "".join(sign if sign.isprintable() else "\ufffd" for sign in text)
