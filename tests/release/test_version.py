"""Versions: every example that the documentation prints, PEP 440 against `packaging`, and an order that is one."""

import json
from functools import cmp_to_key
from itertools import pairwise
from pathlib import Path

import pytest
import semver
from debian_inspector.version import compare_versions, eval_constraint
from hypothesis import assume, given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from bot.release.version import LONGEST, Match, Outcome, compare, same, satisfies

ROOT = Path(__file__).parents[2]


def _examples() -> list[tuple[str | None, str, str]]:
    page = (ROOT / "docs" / "versions.md").read_text("utf-8").partition("## Examples")[2]
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in page.splitlines() if "`" in line]
    return [
        (None if wanted == "(none)" else wanted.strip("`"), got.strip("`"), outcome) for wanted, got, outcome in rows
    ]


def test_the_page_has_its_table():
    assert len(_examples()) > 70
    assert {outcome for _, _, outcome in _examples()} == {outcome.value for outcome in Outcome}


@pytest.mark.parametrize(("requirement", "version", "outcome"), _examples())
def test_documented_example(requirement, version, outcome):
    match = satisfies(requirement, version)
    assert match.outcome.value == outcome, match.reason
    assert bool(match.reason) == (match.outcome is not Outcome.SATISFIED)


# --- the order -----------------------------------------------------------------------------------------------------

LADDERS = {
    "SemVer 2.0.0": "1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0",
    "PEP 440": "1.0.dev1 1.0a1.dev1 1.0a1 1.0b2 1.0rc1 1.0 1.0.post1.dev1 1.0.post1 1.1.dev1 1!0.1",
    "mixed spellings": "1.5.0-dev3 1.5a2 1.5.0-beta.1 1.5.0.M2 1.5~rc1 1.5.0-rc.2 1.5.0-SNAPSHOT V1.5 1.5.0-1 1.5.1",
    "Debian revisions": "4.0.3 4.0.3-1~bpo12+1 4.0.3-1 4.0.3-1ubuntu1 4.0.3-1+deb12u1 4.0.3-2 4.0.3-10 4.0.4-1",
    "CalVer": "2025.12.31 2026.1 2026.04.1 2026.4.2 2026.10.0",
    "series": "r1.1 r3.3 r4 r4.2-rc1 r4.2 r4.10 r10.1",
    "releases with a word": "2023.1-last 2023.2-last 2024.1-last",
    "tags": "app/v1.4.0 app/v1.5.0-rc.1 app/v1.5.0 app/v1.10.0",
    "commits since a tag": "1.5.0 1.5.0-2-gabc1234 1.5.0-12-g0123456 1.5.1",
    "builds of a commit": "1.4 1.5.0-abc1234 1.5.0-0.20260101000000-0123456789ab 1.5.0a1 1.5.0 1.5.0-1-gabc1234",
    "words of no meaning": "1.5.0-bar 1.5.0-foo.1 1.5.0-foo.2 1.5.0",
    "underscores": "curl-7_88_1 curl-8_1_0 curl-8_10_0",
}


@pytest.mark.parametrize("ladder", LADDERS.values(), ids=LADDERS.keys())
def test_ladder(ladder):
    steps = ladder.split()
    for lower, higher in pairwise(steps):
        assert (compare(lower, higher), compare(higher, lower)) == (-1, 1), (lower, higher)
        assert same(lower, higher) is False
    assert [compare(step, step) for step in steps] == [0] * len(steps)


@pytest.mark.parametrize(
    "spellings",
    [
        "1.5.0 v1.5.0 V1.5 1.5 1.5.0.0 01.05 1.5.0.Final 1.5.0-GA release-1.5.0 1.5.0+build7 refs/tags/v1.5.0",
        "1.5.0-rc.1 1.5.0rc1 1.5.0.RC1 1.5~rc1 v1.5.0-c1 1.5.0-RC-1 app/1.5-rc1",
        "2026.4.1 2026.04.1 2026.04.01 2026-04-01 v2026.4.1",
        "4.0.3-1 4.0.3.post1 4.0.3-r1 4.0.3p1 4.0.3+dfsg-1 v4.0.3-01",
        "r4.3 R4.3 r4.3.0 r-4.3",
    ],
)
def test_spellings_of_one_version_are_the_same(spellings):
    first, *others = spellings.split()
    assert [same(first, other) for other in others] == [True] * len(others)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("r4.3", "v4.3"),
        ("r4.3", "x4.3"),
        ("2023.1-last", "2023.1"),
        ("1.5-foo.1", "1.5"),
        ("app/1.0", "lib/1.0"),
        ("2026.4.1", "4.1"),
        ("20260401", "1.5.0"),
        ("main", "1.0"),
        ("1.0", "1.0 final cut"),
        ("٣.١", "3.1"),
        ("1.0", "1.0\x00"),
        ("1.0", ""),
        ("1.0", "1" * (LONGEST + 1)),
    ],
)
def test_what_shares_no_scheme_is_incomparable(a, b):
    assert (compare(a, b), compare(b, a), same(a, b)) == (None, None, None)
    match = satisfies(a, b)
    assert match.outcome is Outcome.INCOMPARABLE
    assert match.reason


def test_an_epoch_says_which_way_of_counting_is_newer():
    assert compare("2026.4", "1!1.0") == -1


_OR = (
    "|| (one or the other) is not understood: name one range; "
    "write it like 1.5.0, >=1.2,<2, ^1.5, ~=1.4, ==1.4.2 or 1.4.*"
)


@pytest.mark.parametrize(
    ("requirement", "version", "reason"),
    [
        ("v1.5.0", "v1.4.0", "v1.4.0 is older than v1.5.0"),
        (">=1.2,<2", "2.1.0", "2.1.0 is not older than 2 (required: >=1.2,<2)"),
        (">=1.0", "2.0rc1", "2.0rc1 is a pre-release, which >=1.0 does not ask for"),
        ("1.0.0", "1.0.0-rc.1", "1.0.0-rc.1 is only a pre-release of 1.0.0"),
        (">4.0.3", "4.0.3-1", "4.0.3-1 is only a revision of 4.0.3"),
        ("1.4.*", "1.5", "1.5 is not in the line 1.4.*"),
        ("!=1.4.*", "1.4.1", "1.4.1 is in the excluded line 1.4.*"),
        ("<=1.4", "1.5", "1.5 is newer than 1.4"),
        ("==1.4", "1.5", "1.5 is not 1.4"),
        ("r4.3", "v1.5", "v1.5 and r4.3 are numbered in different ways, so neither can be called newer"),
        ("app/1.0", "lib/1.0", "lib/1.0 and app/1.0 are tags of different things"),
        ("1.5.0", "2026.04.1", "2026.04.1 and 1.5.0 do not count the same: one goes by date"),
        ("1.0", "1.\x00\n5", "1.\ufffd\ufffd5 and 1.0 are numbered in different ways, so neither can be called newer"),
        ("^1.5||^2", "2.1", f"the requirement '^1.5||^2' cannot be read: {_OR}"),
        ("^1.5 || ^2.0", "2.1", f"the requirement '^1.5 || ^2.0' cannot be read: {_OR}"),
        ("1.0", "9" * 129, "the version is 129 characters long; at most 128 are read"),
        ("9" * 500, "1.0", "the requirement is 500 characters long; at most 128 are read"),
    ],
)
def test_the_reason_says_it_to_people(requirement, version, reason):
    assert satisfies(requirement, version).reason == reason


@pytest.mark.parametrize(
    "requirement", ["", "  ", ",", ">=", "1.2 1.3", "^main", "~=r4", "1.*.2", ">1.*", "=>1", "!1", "*1"]
)
def test_what_is_no_requirement_is_never_satisfied(requirement):
    assert satisfies(requirement, "1.2.0").outcome is Outcome.INCOMPARABLE


@pytest.mark.parametrize("version", ["1.5.0", "1.5.0-SNAPSHOT", "1.5.0-rc.1", "1.5.0-alpha.beta", "1.5.0-foo"])
def test_a_build_counts_where_somebody_asks_for_that_very_one(version):
    assert same(f"{version}+b.7", f"{version}+b.8") is True
    for found, outcome in (("+b.7", Outcome.SATISFIED), ("+b-7", Outcome.SATISFIED), ("+b.8", Outcome.NOT_SATISFIED)):
        assert satisfies(f"=={version}+b.7", version + found).outcome is outcome, found
        assert satisfies(f"=={version}", version + found).outcome is Outcome.SATISFIED, found


def test_a_build_may_be_written_as_only_semver_allows_it():
    assert satisfies("==1.5.0+b--7", "1.5.0+b--7").outcome is Outcome.SATISFIED
    assert satisfies("==1.5.0+b--7", "1.5.0+b--8").outcome is Outcome.NOT_SATISFIED


def test_a_name_with_blanks_is_still_itself():
    assert satisfies("2025.2 Flamingo", "2025.2 Flamingo").outcome is Outcome.SATISFIED
    assert satisfies("2025.2 Flamingo", "2025.1 Epoxy").outcome is Outcome.INCOMPARABLE


# --- PEP 440, on its own ground ------------------------------------------------------------------------------------

_small = st.integers(0, 12)
_release = st.lists(_small, min_size=1, max_size=4).map(lambda numbers: ".".join(map(str, numbers)))
_pep = st.builds(
    lambda epoch, release, pre, post, dev: epoch + release + pre + post + dev,
    st.sampled_from(["", "", "", "1!"]),
    _release,
    st.one_of(
        st.just(""),
        st.builds("{}{}".format, st.sampled_from(["a", "b", "rc", ".alpha", "-beta.", "_c", "-pre"]), _small),
    ),
    st.one_of(st.just(""), st.builds("{}{}".format, st.sampled_from([".post", "-", "-r", "rev"]), _small)),
    st.one_of(st.just(""), st.builds(".dev{}".format, _small)),
)


@given(_pep, _pep)
def test_the_order_is_that_of_packaging(a, b):
    left, right = Version(a), Version(b)
    assert compare(a, b) == (left > right) - (left < right)


@given(st.sampled_from(["==", "!=", ">=", "<=", ">", "<", "~="]), _pep, _pep)
def test_operators_are_those_of_packaging_but_for_the_line_of_pre_releases(operator, bound, version):
    assume(operator != "~=" or len(Version(bound).release) > 1)
    requirement, found = operator + bound, Version(version)
    expected = SpecifierSet(requirement).contains(found, prereleases=True)
    if found.is_prerelease:
        named = Version(bound)
        expected &= operator != "!=" and named.is_prerelease and _line(named) == _line(found)
    assert (satisfies(requirement, version).outcome is Outcome.SATISFIED) == expected


@given(_release, _pep)
def test_wildcards_are_those_of_packaging(line, version):
    found = Version(version)
    expected = SpecifierSet(f"=={line}.*").contains(found, prereleases=True) and not found.is_prerelease
    for spelling in (f"=={line}.*", f"{line}.*", f"{line}.x", f"v{line}.X"):
        assert (satisfies(spelling, version).outcome is Outcome.SATISFIED) == expected, spelling


def _line(version: Version) -> tuple[int, Version]:
    return version.epoch, Version(".".join(map(str, version.release)))


# --- laws ----------------------------------------------------------------------------------------------------------

_TAILS = """-rc.1 rc2 -alpha -alpha.beta -SNAPSHOT -foo.1 -1 -1ubuntu2 -2~x .M1 .post1 .dev3 +b1 -3-gabcdef1 ~rc1-1
    .Final -last -0.3.7 p1 -20200101000000-0123456789ab w -hotfix.2 -1+deb12u1"""
_tail = st.sampled_from(["", *_TAILS.split()])
_head = st.sampled_from(["", "v", "r", "app/", "app/v", "lib@", "curl-", "2!", "nightly-"])
_numbers = st.lists(st.sampled_from(["0", "1", "2", "10", "03", "2026", "20260301"]), min_size=1, max_size=3).map(
    ".".join
)
_wild = st.builds(lambda head, numbers, tail: head + numbers + tail, _head, _numbers, _tail)
_any_text = st.one_of(
    _wild, _pep, st.text(max_size=140), st.text(alphabet="0123456789.-+~^!=<>*xvr,/@_ \x00١abc", max_size=20)
)


@given(_wild, _wild, _wild)
def test_within_a_scheme_the_order_is_total_and_transitive(a, b, c):
    ab, bc, ac = compare(a, b), compare(b, c), compare(a, c)
    assert compare(b, a) == (None if ab is None else -ab)
    if None not in (ab, bc, ac):
        if ab <= 0 and bc <= 0:
            assert ac <= 0
            assert (ac == 0) == (ab == 0 and bc == 0)
        if ab >= 0 and bc >= 0:
            assert ac >= 0


@given(_any_text, _any_text)
def test_nothing_raises_and_only_comparable_texts_satisfy(requirement, version):
    match = satisfies(requirement, version)
    assert isinstance(match, Match)
    assert bool(match.reason) == (match.outcome is not Outcome.SATISFIED)
    assert match.reason.isprintable()
    order = compare(requirement, version)
    assert order in (None, -1, 0, 1)
    assert (same(requirement, version) is None) == (order is None)
    if len(version) <= LONGEST:
        assert compare(version, version) == 0


@given(_wild, _wild)
def test_a_bare_version_is_this_or_newer(bare, version):
    match, order = satisfies(bare, version), compare(version, bare)
    if match.outcome is Outcome.SATISFIED:
        assert order is not None
        assert order >= 0
    if order is None:
        assert match.outcome is Outcome.INCOMPARABLE
    if order == -1:
        assert match.outcome is Outcome.NOT_SATISFIED
    if order == 0:
        assert match.outcome is Outcome.SATISFIED


@given(st.text(alphabet="٠١٢٣٤٥٦٧٨٩०१२߀𝟘１²½.v", min_size=1, max_size=20))
def test_digits_of_other_scripts_are_not_digits(text):
    assume(text.strip(".v"))
    assert satisfies("0.0.1", text).outcome is Outcome.INCOMPARABLE


def test_huge_numbers():
    assert compare("1" * 128, "1" * 127) == 1
    assert satisfies("1" * 127, "1" * 128).outcome is Outcome.SATISFIED
    assert compare("1" * 5000, "1" * 5000) is None


def test_naughty_strings():
    naughty = json.loads((ROOT / "tests/data/naughty-strings/blns.json").read_text("utf-8"))
    assert len(naughty) > 400
    newer = {text for text in naughty if satisfies("v1.5.0", text).outcome is Outcome.SATISFIED}
    assert {text.strip("0123456789.") for text in newer} == {""}
    for text in naughty:
        assert satisfies(text, "v1.5.0").reason.isprintable()
        assert len(text) > LONGEST or compare(text, text) == 0


# --- within each scheme, any two --------------------------------------------------------------------------------------

_count = st.integers(0, 30)
_three = st.builds("{}.{}.{}".format, _count, _count, _count)
# The words that mean the same to everybody: docs/versions.md says where we follow people rather than SemVer.
_identifiers = st.lists(st.integers(1, 40).map(str) | st.sampled_from(["beta", "x", "zeta"]), max_size=3)
_semver = st.builds(
    lambda numbers, word, more, build: numbers + (f"-{'.'.join([word, *more])}" if word else "") + build,
    _three,
    st.sampled_from(["", "alpha", "beta", "foo", "rc"]),
    _identifiers,
    st.sampled_from(["", "+7", "+build.5"]),
)
_SCHEMES = {
    "SemVer": st.builds("{}{}".format, st.sampled_from(["", "v"]), _semver),
    "PEP 440": _pep,
    "CalVer": st.builds("{}.{:02}{}".format, st.integers(2000, 2100), _count, st.sampled_from(["", ".1", "-rc.1"])),
    "Debian": st.builds("{}-{}{}".format, _three, _count, st.sampled_from(["", "ubuntu2", "~bpo1", "+deb12u1"])),
    "series": st.builds("r{}.{}{}".format, _count, _count, st.sampled_from(["", "-rc.1", "-alpha"])),
    "tags": st.builds("app/v{}".format, _semver),
}


@pytest.mark.parametrize("scheme", _SCHEMES)
@given(data=st.data())
def test_any_two_of_a_scheme_have_an_order_and_many_have_one_line(scheme, data):
    found = data.draw(st.lists(_SCHEMES[scheme], min_size=2, max_size=7))
    for a in found:
        for b in found:
            assert compare(a, b) is not None, (a, b)
    line = sorted(found, key=cmp_to_key(compare))
    for place, a in enumerate(line):
        for b in line[place:]:
            assert compare(a, b) in (-1, 0), (a, b)
            assert satisfies(b, b).outcome is Outcome.SATISFIED


@given(_semver, _semver)
def test_the_order_is_that_of_semver(a, b):
    assert compare(a, b) == semver.Version.parse(a).compare(b)
    assert compare(f"v{a}", b) == compare(a, b)


_revision = st.builds(
    lambda number, parts: f"-{number}{''.join(parts)}",
    _count,
    st.lists(
        st.builds("{}{}".format, st.sampled_from(["ubuntu", "~bpo", "+deb", "+b", "+nmu", "~", ".", "build"]), _count),
        max_size=3,
    ),
)
_debian = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "", "1:", "2:"]),
    _three,
    st.sampled_from(["", "", "~alpha1", "~beta2", "~rc1", "~rc10"]),
    _revision,
)


@given(_debian, _debian)
def test_the_order_is_that_of_debian(a, b):
    assert compare(a, b) == compare_versions(a, b)


@given(st.sampled_from([">=", "<="]), _debian, _debian)
def test_bounds_on_revisions_are_those_of_debian(operator, bound, version):
    early = "~" in version.partition("-")[0]
    held = eval_constraint(version, operator, bound)
    if early:  # docs/versions.md: a pre-release satisfies only a requirement that names one of its line
        held &= "~" in bound.partition("-")[0] and version.partition("~")[0] == bound.partition("~")[0]
    assert (satisfies(operator + bound, version).outcome is Outcome.SATISFIED) == held


@given(st.sampled_from(["^", "~"]), _three, _three)
def test_carets_and_tildes_are_those_of_semver(operator, bound, version):
    lowest, found = semver.Version.parse(bound), semver.Version.parse(version)
    if operator == "~":
        highest = lowest.bump_minor()
    elif lowest.major:
        highest = lowest.bump_major()
    else:
        highest = lowest.bump_minor() if lowest.minor else lowest.bump_patch()
    assert (satisfies(operator + bound, version).outcome is Outcome.SATISFIED) == (lowest <= found < highest)


@given(st.sampled_from([">=", "<=", ">", "<", "==", "!="]), _three, _three)
def test_operators_on_releases_are_those_of_semver(operator, bound, version):
    held = semver.Version.parse(version).match(operator + bound)
    assert (satisfies(operator + bound, version).outcome is Outcome.SATISFIED) == held


@pytest.mark.parametrize(
    ("requirement", "version", "outcome"),
    [
        ("^1.5.2", "1.6.0", Outcome.SATISFIED),
        ("^1.5.2", "2.0.0", Outcome.NOT_SATISFIED),
        ("^0.2.3", "0.2.9", Outcome.SATISFIED),
        ("^0.2.3", "0.3.0", Outcome.NOT_SATISFIED),
        ("==*", "1.0", Outcome.SATISFIED),
        (">=*", "1.0", Outcome.SATISFIED),
        ("!=*", "1.0", Outcome.INCOMPARABLE),
        ("^1.*", "1.9", Outcome.SATISFIED),
        ("^1.*", "2.0", Outcome.NOT_SATISFIED),
        ("~1.4.x", "1.4.9", Outcome.SATISFIED),
        ("~1.4.x", "1.5", Outcome.NOT_SATISFIED),
        ("===1.x", "1.x", Outcome.SATISFIED),
        ("===1.x", "1.5", Outcome.NOT_SATISFIED),
    ],
)
def test_lines_and_wildcards_with_an_operator(requirement, version, outcome):
    assert satisfies(requirement, version).outcome is outcome


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("1.5~rc1-2", "1.5~rc2-1"),
        ("1.0.0-alpha.1.5", "1.0.0a2"),
        ("1.0.0-SNAPSHOT", "1.0.0~snapshot-1"),
        ("1.5~rc9-1", "1.5"),
    ],
)
def test_spellings_of_several_schemes_have_one_order(older, newer):
    assert (compare(older, newer), compare(newer, older)) == (-1, 1)


def test_a_label_that_pep_440_does_not_know_does_not_count_either():
    assert compare("1.5+build--7", "1.5") == 0


@pytest.mark.parametrize(
    ("requirement", "version", "reason"),
    [
        ("<2.0", "2.0", "2.0 is not older than 2.0"),
        (">=1.5", "1.0rc1", "1.0rc1 is older than 1.5"),
        (">=1.5", "1.5rc1", "1.5rc1 is only a pre-release of 1.5"),
        ("<2.0", "2.0rc1", "2.0rc1 is only a pre-release of 2.0"),
    ],
)
def test_only_what_leads_to_a_version_is_called_its_pre_release(requirement, version, reason):
    assert satisfies(requirement, version).reason == reason


def test_the_longest_that_is_read_is_read_and_one_more_is_not():
    fits, beyond = "1" * LONGEST, "1" * (LONGEST + 1)
    assert [satisfies(None, text).outcome for text in (fits, beyond)] == [Outcome.SATISFIED, Outcome.INCOMPARABLE]
    assert (compare(fits, "1"), compare("1", fits), compare("1", beyond), compare(beyond, "1")) == (1, -1, None, None)
    assert [satisfies(text, "2").outcome for text in (fits, beyond)] == [Outcome.NOT_SATISFIED, Outcome.INCOMPARABLE]
