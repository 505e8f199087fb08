"""What a webhook tells: in which repository something moved, whatever else it holds."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.web.hook_news import moved, place


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("https://github.com/Acme/Server.git", "github.com/acme/server"),
        ("git+https://user@github.com:443/acme/server/", "github.com/acme/server"),
        ("ssh://git@github.com/acme/server.git", "github.com/acme/server"),
        ("git@github.com:acme/server.git", "github.com/acme/server"),
        ("github:acme/server", "github.com/acme/server"),
        ("gitlab:group/sub/server", "gitlab.com/group/sub/server"),
        ("https://raw.githubusercontent.com/acme/server/ga-status/ga_status.json", "github.com/acme/server"),
        ("https://gitlab.com/group/sub/server/-/raw/ga-status/ga_status.json", "gitlab.com/group/sub/server"),
        ("/srv/plans.git", None),
        ("plans.git", None),
        ("https://", None),
        ("https://[::1", None),
        ("x" * 600 + ":y", None),
        ("", None),
    ],
)
def test_an_address_comes_down_to_host_and_path(address: str, found: str | None) -> None:
    assert place(address) == found


def push(**more: Any) -> dict[str, Any]:
    return {"ref": "refs/heads/main", "repository": {"clone_url": "https://github.com/acme/server.git", **more}}


@pytest.mark.parametrize("event", ["push", "create", "release"])
def test_a_push_a_tag_and_a_release_are_news_of_their_repository(event: str) -> None:
    news = moved(event, push(ssh_url="git@github.com:acme/server.git"))
    assert news is not None
    assert news.is_at("git+https://github.com/acme/server.git")
    assert not news.is_at("https://github.com/acme/server-2.git")
    assert not news.is_at("/srv/server")


def test_gitlab_and_bitbucket_say_it_in_their_own_words() -> None:
    gitlab = moved("Tag Push Hook", {"project": {"git_http_url": "https://gitlab.com/g/s/p.git", "name": "p"}})
    assert gitlab is not None
    assert gitlab.is_at("https://gitlab.com/g/s/p")
    links = {"html": {"href": "https://bitbucket.org/w/r"}}
    bitbucket = moved("repo:push", {"repository": {"links": links}})
    assert bitbucket is not None
    assert bitbucket.is_at("git@bitbucket.org:w/r.git")


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("ping", push()),
        ("issues", push()),
        ("push", []),
        ("push", None),
        ("push", {}),
        ("push", {"repository": "acme/server"}),
        ("push", {"repository": {"clone_url": 7, "links": {"html": []}}}),
    ],
)
def test_what_is_about_nothing_watched_is_no_news(event: str, payload: object) -> None:
    assert moved(event, payload) is None


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
keys = st.sampled_from(["repository", "project", "clone_url", "links", "html", "href", "web_url"])


@given(st.recursive(values, lambda inner: st.dictionaries(keys, inner)))
def test_nothing_that_is_sent_raises(payload: object) -> None:
    moved("push", payload)


@given(st.text())
def test_no_address_raises(address: str) -> None:
    place(address)
