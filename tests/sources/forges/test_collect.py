"""Forges among the other sources: who comes first, what an allow-list says, and that raw files stay what they were."""

from pathlib import Path

import pytest

from bot.services.ports import Found, NotAsked, Refused, Unreachable, Wanted
from bot.settings import ForgeSettings, SettingsError
from bot.sources.collect import Sources
from bot.sources.forges.places import Kind
from tests.sources.server import document, serving


def put(folder: Path, name: str) -> None:
    (folder / name).mkdir(parents=True)
    (folder / name / "ga_status.json").write_bytes(document(name, status="READY"))


async def test_a_source_comes_first_then_a_report_then_the_organisation_of_plan_and_settings(github, tmp_path):
    for name in ("named", "planned", "reported", "left"):
        github.server.repo(f"acme/{name}").put(document(name, status="AT_RISK"))
        github.server.repo(f"other/{name}").put(document(name, status="BLOCKED"))
    for name in ("named", "reported"):
        put(tmp_path, name)
    rows = [
        Wanted("named", "github:acme/named", organisation="github:other"),
        Wanted("planned", organisation="github:other"),
        Wanted("reported", organisation="github:other"),
        Wanted("left"),
    ]
    given = {"allow_paths": False, "allow_http": True, "allow_private": True, "forges": [github.forge()]}
    answers = await Sources(tmp_path, organisation="github:acme", **given).collect(rows)
    assert [answer.document.document.status.status for answer in answers.values()] == [
        "AT_RISK",
        "BLOCKED",
        "READY",
        "AT_RISK",
    ]
    (left,) = (await Sources(None, organisation="github:acme", **given).collect([Wanted("left")])).values()
    assert left.document.document.status.status == "AT_RISK"
    (broken,) = (await Sources(tmp_path, organisation="github:acme", **given).collect([Wanted("..")])).values()
    assert isinstance(broken.document, Refused)
    (tmp_path / "reported/ga_status.json").write_bytes(b"{")
    (bad,) = (await Sources(tmp_path, organisation="github:acme", **given).collect([Wanted("reported")])).values()
    assert isinstance(bad.document, Refused)  # a report that is there counts, however bad it is
    (odd,) = (await Sources(None, organisation="github:acme", **given).collect([Wanted("Web Portal")])).values()
    assert isinstance(odd.document, NotAsked)


async def test_hosts_off_the_list_are_not_asked(github):
    github.server.repo("acme/app").put(document("app"))
    assert isinstance((await github.one("app", allowed_hosts=frozenset({"GitHub.com"}))).document, Found)
    count = len(github.server.requests)
    answer = await github.one("app", allowed_hosts=frozenset({"127.0.0.1"}))
    assert answer.document == Unreachable(
        "github:acme/app is not read: the host github.com is not on the list of allowed hosts"
    )
    assert len(github.server.requests) == count


async def test_addresses_that_are_not_public_are_refused_there_too(github):
    answer = await github.one("app", allow_private=False)
    assert isinstance(answer.document, Unreachable)
    assert "private addresses are not allowed here" in answer.document.reason
    assert github.server.requests == []


async def test_a_raw_file_behind_https_is_fetched_as_ever_and_gets_no_token(github):
    async with serving() as plain:
        answers = await github.read(Wanted("app", plain.url("/good/app")), Wanted("b", "github:acme/b"))
    assert isinstance(answers["app"].document, Found)
    assert isinstance(answers["app"].versions, NotAsked)
    assert "authorization" not in plain.requests[0].headers


async def test_the_pass_ends_at_its_deadline_and_keeps_what_it_has(github):
    from tests.sources.forges.forge_server import hang

    github.server.repo("acme/app").put(document("app"))
    async with serving() as plain:
        github.server.always = hang
        rows = [Wanted("page", plain.url("/good/page")), Wanted("app", "github:acme/app")]
        answers = await github.read(*rows, pass_deadline=0.5, document_deadline=60)
    assert isinstance(answers["page"].document, Found)
    assert answers["app"].document == Unreachable("not read: the pass had to end after 0.5 s")


def test_the_settings_say_which_forges_there_are(monkeypatch):
    from bot.app import organisation
    from bot.credentials import forges

    for name in ForgeSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    assert [forge.host for forge in forges(ForgeSettings())] == ["github.com", "gitlab.com", "bitbucket.org"]
    monkeypatch.setenv("CONVOY_GITHUB_HOST", "Code.example")
    monkeypatch.setenv("CONVOY_GITHUB_HOST_TOKEN", "ghp_geheim")
    monkeypatch.setenv("CONVOY_GITLAB_HOST", "lab.example:8443")
    monkeypatch.setenv("CONVOY_ORGANISATION", "github:acme")
    settings = ForgeSettings()
    public, _, _, enterprise, lab = forges(settings)
    assert (public.api, public.graphql) == ("https://api.github.com", "https://api.github.com/graphql")
    assert public.token is None
    assert (enterprise.kind, enterprise.host) == (Kind.GITHUB, "code.example")
    assert (enterprise.api, enterprise.graphql) == ("https://code.example/api/v3", "https://code.example/api/graphql")
    assert (lab.api, lab.host) == ("https://lab.example:8443/api/v4", "lab.example:8443")
    assert "geheim" not in repr(forges(settings))
    assert organisation(settings) == "github:acme"
    monkeypatch.setenv("CONVOY_ORGANISATION", "acme")
    with pytest.raises(SettingsError, match="CONVOY_ORGANISATION: must be an organisation like github:acme"):
        organisation(ForgeSettings())
