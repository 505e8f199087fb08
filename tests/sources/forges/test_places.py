"""Which words mean a repository at a forge: every name of its grammar, and nothing that only looks like one."""

import pytest

from bot.services.ports import NotAsked, Refused, Unreachable
from bot.sources.forges.places import Forge, Kind, Place, find, of_organisation

FORGES = (
    Forge(Kind.GITHUB, "github.com", "https://api.github.com"),
    Forge(Kind.GITLAB, "gitlab.com", "https://gitlab.com/api/v4"),
    Forge(Kind.BITBUCKET, "bitbucket.org", "https://api.bitbucket.org/2.0"),
    Forge(Kind.GITHUB, "code.example", "https://code.example/api/v3"),
    Forge(Kind.GITLAB, "lab.example:8443", "https://lab.example:8443/api/v4"),
)


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("github:acme/app", "github.com/acme/app"),
        ("GitHub:acme/app", "github.com/acme/app"),
        ("github:acme/app.git", "github.com/acme/app"),
        ("github:Acme-1/my.app_2", "github.com/Acme-1/my.app_2"),
        ("github:acme/.github", "github.com/acme/.github"),
        ("github:ana_acme/app", "github.com/ana_acme/app"),
        ("gitlab:group/sub/deep/name", "gitlab.com/group/sub/deep/name"),
        ("gitlab:group/name", "gitlab.com/group/name"),
        ("bitbucket:ws/name", "bitbucket.org/ws/name"),
        ("https://github.com/acme/app", "github.com/acme/app"),
        ("https://github.com/acme/app/", "github.com/acme/app"),
        ("https://github.com/acme/app.git", "github.com/acme/app"),
        ("HTTPS://GitHub.com:443/acme/app", "github.com/acme/app"),
        ("https://github.com./acme/app", "github.com/acme/app"),
        ("https://gitlab.com/group/sub/name", "gitlab.com/group/sub/name"),
        ("https://bitbucket.org/ws/name", "bitbucket.org/ws/name"),
        ("https://code.example/acme/app", "code.example/acme/app"),
        ("https://lab.example:8443/group/app", "lab.example:8443/group/app"),
    ],
)
def test_places(source, shown):
    found = find(source, FORGES)
    assert isinstance(found, Place), found
    assert found.shown == shown


ELSEWHERE = [
    "https://raw.githubusercontent.com/acme/app/main/ga_status.json",
    "https://github.com/acme/app/raw/main/ga_status.json",
    "https://github.com/acme/app/releases/download/v1/ga_status.json",
    "https://github.com/acme",
    "https://github.com/",
    "https://github.com/acme/app?ref=x",
    "https://github.com/acme/app#x",
    "https://github.com:8443/acme/app",
    "https://github.com.evil.test/acme/app",
    "https://evil.test/github.com/acme/app",
    "https://github.com@evil.test/acme/app",
    "https://www.github.com/acme/app",
    "https://gitlab.com/group/app/-/raw/main/ga_status.json",
    "https://gitlab.com/group/app/raw/main/ga_status.json",
    "https://lab.example/group/app",
    "http://github.com/acme/app",
    "https://github.com\\@evil.test/acme/app/x",
    "https://[::1",
    "status/ga_status.json",
    "github/acme/app",
    "github://acme/app",
    "",
]


@pytest.mark.parametrize("source", ELSEWHERE)
def test_what_means_something_else(source):
    assert find(source, FORGES) is None


HOSTILE_STEPS = [
    "", ".", "..", "a b", "a\n", "a\0", "a\t", "a/", "%2e%2e", "a%2fb", "a?b", "a#b", "a@b",
    "a:b", "a\\b", 'a"b', "a{b",
    "a$b", "ａ", "é", "a\u202e", "a\u200b", "a" * 300, "x.git.git", "x.atom", "${x}", "a'b",
    "a;b", "a|b", "a\r\nHost: x",
]  # fmt: skip


@pytest.mark.parametrize("step", HOSTILE_STEPS)
@pytest.mark.parametrize("kind", ["github", "gitlab", "bitbucket"])
def test_names_that_no_forge_gives_out_are_refused(kind, step):
    for source in (f"{kind}:acme/{step}", f"{kind}:{step}/app"):
        if step == "x.git.git" and source.endswith("/app"):
            continue
        found = find(source, FORGES)
        assert isinstance(found, Refused), source
        assert found.file.isprintable()


@pytest.mark.parametrize(
    "source",
    [
        "github:acme", "github:acme/app/x", "github:/acme/app", "github:acme//app", "github:", "gitlab:group",
        "gitlab:/a/b",
        "bitbucket:ws/name/src", "github:-acme/app", "github:orgs/acme", "gitlab:groups/acme", "github: acme/app",
        "https://github.com/acme/..", "https://github.com/a/../b/c", "https://github.com/%2e%2e/app",
        "https://github.com/acme/a%20b", "https://github.com//app", "https://github.com/acme//", "https://github.com/orgs/acme",
        "https://gitlab.com/group/../../x", "https://gitlab.com/a//b", "https://lab.example:8443/group/%00",
    ],
)  # fmt: skip
def test_addresses_that_no_repository_has_are_refused(source):
    assert isinstance(find(source, FORGES), Refused), find(source, FORGES)


def test_a_password_is_refused_and_not_told():
    found = find("https://bot:s3cret@github.com/acme/app", FORGES)
    assert isinstance(found, Refused)
    assert "s3cret" not in repr(found)
    assert "bot" not in repr(found)


def test_a_forge_that_is_not_set_up():
    assert isinstance(find("gitlab:a/b", FORGES[:1]), Refused)
    assert find("https://gitlab.com/a/b", FORGES[:1]) is None


@pytest.mark.parametrize(
    ("organisation", "name", "shown"),
    [
        ("github:acme", "app", "github.com/acme/app"),
        ("github:acme/", "app", "github.com/acme/app"),
        ("https://code.example/acme", "app", "code.example/acme/app"),
        ("gitlab:group/sub", "deep/app", "gitlab.com/group/sub/deep/app"),
        ("bitbucket:ws", "app", "bitbucket.org/ws/app"),
    ],
)
def test_the_default_of_an_organisation(organisation, name, shown):
    found = of_organisation(organisation, name, FORGES)
    assert isinstance(found, Place)
    assert found.shown == shown


@pytest.mark.parametrize("name", ["Web Portal", "..", "../x", "a/b", "a?b", "x/", "", "a\n", "%2e", "-/x", "é"])
def test_names_that_cannot_be_a_repository_there_are_not_asked_for(name):
    assert isinstance(of_organisation("github:acme", name, FORGES), NotAsked)
    assert isinstance(of_organisation("https://github.com/acme", name, FORGES), NotAsked)


def test_an_organisation_at_a_forge_that_nobody_set_up():
    assert isinstance(of_organisation("https://other.example/acme", "app", FORGES), Unreachable)


def test_one_repository_has_one_key():
    keys = {find(source, FORGES).key for source in ("github:Acme/App", "https://github.com/acme/app.git")}
    assert keys == {"github.com/acme/app"}
