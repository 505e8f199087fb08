"""Settings: read from the environment, refused in sentences, and never shown where they are secret."""

import os
import pickle
import traceback
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from bot.settings import Settings, SettingsError, load, require

SECRETS = {
    "SLACK_BOT_TOKEN": "xoxb-1-geheim",
    "SLACK_APP_TOKEN": "xapp-1-geheim",
    "SLACK_SIGNING_SECRET": "geheim0123456789abcdef",
    "DATABASE_URL": "postgresql://ann:geheim@db.example/convoy",
    "CONVOY_GITHUB_TOKEN": "ghp_geheim",
    "CONVOY_GITHUB_HOST_TOKEN": "ghp_geheim",
    "CONVOY_GITLAB_TOKEN": "glpat-geheim",
    "CONVOY_GITLAB_HOST_TOKEN": "glpat-geheim",
    "CONVOY_BITBUCKET_TOKEN": "ATCTTgeheim",
    "CONVOY_STORE": "https://geheim@forge.example/plans.git",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment in which nothing of Convoy is set."""
    for name in Settings.model_fields:
        for variable in (name, name.upper()):
            monkeypatch.delenv(variable, raising=False)
    return monkeypatch


def given(environment: pytest.MonkeyPatch, **variables: str) -> Settings:
    for name, value in variables.items():
        environment.setenv(name, value)
    return load()


def refused(environment: pytest.MonkeyPatch, **variables: str) -> list[str]:
    """The lines that say why; whatever else the error carries holds no value either."""
    with pytest.raises(SettingsError) as caught:
        given(environment, **variables)
    shown = "".join(traceback.format_exception(caught.value))
    for value in variables.values():
        assert len(value) < 6 or value not in shown
    return str(caught.value).splitlines()


def test_without_anything_set_there_are_defaults_that_need_nothing(environment: pytest.MonkeyPatch) -> None:
    settings = load()
    assert settings.database_url.startswith("sqlite:///")
    assert settings.database_url.endswith("convoy.sqlite")
    assert (settings.convoy_store, settings.slack_bot_token, settings.convoy_track_every) == (None, None, 300)
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert settings.slack_api_url == "https://slack.com/api/"


def test_every_setting_is_read_from_the_environment_and_described() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert name == name.lower()


def test_values_take_their_types(environment: pytest.MonkeyPatch) -> None:
    settings = given(
        environment, **SECRETS, CONVOY_REPORTS="/srv/status", CONVOY_ALLOW_HTTP="1", PORT="0", CONVOY_TRACK_EVERY="60",
        CONVOY_ALLOW_HOSTS=" forge.example , ,raw.example,", SLACK_API_URL="http://127.0.0.1:9/api",
    )  # fmt: skip
    assert settings.convoy_reports == Path("/srv/status")
    assert (settings.convoy_allow_http, settings.port, settings.convoy_track_every) == (True, 0, 60)
    assert settings.convoy_allow_hosts == ["forge.example", "raw.example"]
    assert settings.slack_api_url == "http://127.0.0.1:9/api/"
    assert settings.slack_signing_secret == SecretStr(SECRETS["SLACK_SIGNING_SECRET"])


def test_what_is_set_to_nothing_is_not_set(environment: pytest.MonkeyPatch) -> None:
    settings = given(environment, SLACK_BOT_TOKEN="", DATABASE_URL="", PORT="", CONVOY_ALLOW_HTTP="", CONVOY_STORE="")
    assert settings == load()
    assert settings.slack_bot_token is None
    assert settings.database_url.startswith("sqlite:///")


def test_no_way_of_showing_settings_shows_a_secret(environment: pytest.MonkeyPatch) -> None:
    settings = given(environment, **SECRETS)
    shown = [
        repr(settings),
        str(settings),
        f"{settings!r:>10}",
        repr([settings]),
        repr(vars(settings)["slack_bot_token"]),
    ]
    assert not any("geheim" in text for text in shown), shown
    assert "port=8080" in repr(settings)
    assert pickle.loads(pickle.dumps(settings)) == settings  # noqa: S301 - our own bytes


def test_settings_stand_once_they_are_read(environment: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValidationError):
        load().port = 1  # type: ignore[misc]


def test_all_that_is_wrong_is_told_at_once_and_no_value_with_it(environment: pytest.MonkeyPatch) -> None:
    told = refused(
        environment, DATABASE_URL="mysql://ann:geheim@db/x", SLACK_BOT_TOKEN="xapp-geheim", PORT="geheim",
        CONVOY_ALLOW_PRIVATE="geheim", CONVOY_LOG_LEVEL="geheim", CONVOY_REFRESH_EVERY="100000",
    )  # fmt: skip
    assert sorted(told) == [
        "CONVOY_ALLOW_PRIVATE: must be true or false",
        "CONVOY_LOG_LEVEL: must be 'debug', 'info', 'warning' or 'error'",
        "CONVOY_REFRESH_EVERY: must be a whole number from 1 to 3600",
        "DATABASE_URL: must start with sqlite:/// or postgresql://",
        "PORT: must be a whole number from 0 to 65535",
        "SLACK_BOT_TOKEN: is not a bot token: it starts with xoxb-",
    ]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SLACK_APP_TOKEN", "xoxb-geheim", "is not an app-level token: it starts with xapp-"),
        ("SLACK_BOT_TOKEN", "xoxb-geheim\n", "copy it again"),
        ("SLACK_APP_TOKEN", "xapp-ge heim", "copy it again"),
        ("SLACK_SIGNING_SECRET", "geheim0123\u2026", "copy it again"),
        ("CONVOY_GITHUB_TOKEN", "ghp_geheim\n", "copy it again"),
        ("CONVOY_BITBUCKET_TOKEN", "ATCTT geheim", "copy it again"),
        ("CONVOY_GITHUB_HOST", "https://geheim.example", "must be a host such as forge.example"),
        ("CONVOY_GITLAB_HOST", "geheim.example/path", "must be a host such as forge.example"),
        ("CONVOY_GITLAB_HOST", "geheim@lab.example", "must be a host such as forge.example"),
        ("CONVOY_PYPI_INDEX", "ftp://index.example/geheim/", "must be the https URL of a package index"),
        ("CONVOY_PYPI_INDEX", "index.example/geheim", "must be the https URL of a package index"),
        ("CONVOY_NPM_INDEX", "https://ann:geheim@index.example/", "without user and password"),
        ("CONVOY_NPM_INDEX", "https://index.example/?geheim", "no ?, # or odd signs"),
        ("CONVOY_NPM_INDEX", "https://index.example/geheim\r\nx: y", "no ?, # or odd signs"),
        ("SLACK_API_URL", "http://slack.example/geheim", "must be an https URL"),
        ("SLACK_API_URL", "ftp://127.0.0.1/geheim", "must be an https URL"),
        ("SLACK_API_URL", "slack.example/geheim", "must be an https URL"),
        ("SLACK_API_URL", "https://geheim@slack.example/", "no user, password"),
        ("SLACK_API_URL", "https://slack.example/?token=geheim", "no user, password"),
        ("SLACK_API_URL", "https://[geheim/", "is no URL that can be read"),
        ("DATABASE_URL", "geheim", "must start with sqlite:/// or postgresql://"),
        ("DATABASE_URL", "postgresql://ann:geheim@[::1/x", "is no URL that can be read"),
        ("DATABASE_URL", "postgresql://ann:geheim\u2100@db/x", "is no URL that can be read"),
        ("PORT", "80.5", "must be a whole number from 0 to 65535"),
        ("PORT", "-1", "must be a whole number from 0 to 65535"),
        ("CONVOY_TRACK_EVERY", "0", "must be a whole number from 1 to 86400"),
        ("CONVOY_LOG_FORMAT", "geheim", "must be 'json' or 'console'"),
    ],
)
def test_a_wrong_value_is_refused_in_words_without_itself(
    environment: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    (told,) = refused(environment, **{name: value})
    assert told.startswith(f"{name}: ")
    assert sentence in told
    assert "geheim" not in told


def test_what_a_command_cannot_do_without_is_named_with_where_it_is_found(environment: pytest.MonkeyPatch) -> None:
    settings = given(environment, SLACK_APP_TOKEN="xapp-geheim")
    require(settings, "slack_app_token")
    with pytest.raises(SettingsError) as caught:
        require(settings, "slack_bot_token", "slack_app_token", "slack_signing_secret")
    first, second = str(caught.value).splitlines()
    assert first.startswith("SLACK_BOT_TOKEN is not set: it is needed for Slack calls (OAuth & Permissions")
    assert second.startswith("SLACK_SIGNING_SECRET is not set: it is needed for HTTP mode (Basic Information")


def test_a_port_that_was_handed_out_is_reached_from_outside_unless_host_says_otherwise(
    environment: pytest.MonkeyPatch,
) -> None:
    assert given(environment, PORT="5000").host == "0.0.0.0"
    assert given(environment, PORT="5000", HOST="127.0.0.1").host == "127.0.0.1"


def test_a_setting_of_another_program_is_none_of_ours(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("CONVOY_UNKNOWN", "x")
    assert "unknown" not in repr(load())
    assert os.environ["CONVOY_UNKNOWN"] == "x"
