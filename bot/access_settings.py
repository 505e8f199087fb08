"""What lets Convoy into forges and into the plan store, as it can be set from outside: a part of `settings`."""

import re
from pathlib import Path
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


def url_parts(value: str) -> SplitResult:
    """The parts of a URL. Raises ValueError without its text, which can name the password."""
    try:
        return urlsplit(value)
    except ValueError:
        raise ValueError("is no URL that can be read") from None


def https_url(value: str, example: str) -> str:
    """The base of an API, without a slash at the end. Raises ValueError in words."""
    parts = url_parts(value)
    local = parts.hostname in ("127.0.0.1", "localhost", "::1")
    if parts.scheme not in ("https", "http") or not parts.hostname or (parts.scheme == "http" and not local):
        raise ValueError(f"must be an https URL (http only on loopback), such as {example}")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError(f"must be a plain URL such as {example}: no user, password, ? or #")
    return value.rstrip("/")


def _one_word(value: SecretStr | None) -> SecretStr | None:
    # A line end that came along from a file would break HTTP headers, and the error about them shows the token.
    if value is not None and not all("!" <= sign <= "~" for sign in value.get_secret_value()):
        raise ValueError("holds a space, a line end or another sign that is never given out; copy it again")
    return value


def _host(value: str | None) -> str | None:
    if value is not None and not re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})(?::[0-9]{1,5})?", value):
        raise ValueError("must be a host such as forge.example, without https:// and without a path")
    return value if value is None else value.lower()


def _index(value: str | None) -> str | None:
    if value is None:
        return None
    parts = url_parts(value)
    if parts.scheme not in ("https", "http") or not parts.hostname or "@" in parts.netloc:
        raise ValueError("must be the https URL of a package index, without user and password")
    if parts.query or parts.fragment or not all("!" <= sign <= "~" for sign in value):
        raise ValueError("must be a plain URL such as https://index.example/simple/: no ?, # or odd signs")
    return value if value.endswith("/") else value + "/"


Token = Annotated[SecretStr | None, AfterValidator(_one_word)]
Host = Annotated[str | None, AfterValidator(_host)]
Index = Annotated[str | None, AfterValidator(_index)]


class GitHubApp(BaseSettings):
    """A GitHub App: lets Convoy into its forge and into a store there, wherever no token is set."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True, hide_input_in_errors=True)

    convoy_github_app_id: str | None = Field(None, description="GitHub App: its App ID or Client ID")
    convoy_github_app_key_file: Path | None = Field(
        None, description="file with a private key of the App (PEM), read whenever a token is asked for (hourly)"
    )
    convoy_github_app_installation: int | None = Field(
        None, ge=1, le=10**15, description="installation of the App to use everywhere (empty: looked up for each owner)"
    )
    convoy_github_app_api: str = Field(
        "https://api.github.com", description="API of the GitHub that the App is of (Enterprise: https://HOST/api/v3)"
    )

    @field_validator("convoy_github_app_id")
    @classmethod
    def _app_id(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[A-Za-z0-9._-]{1,100}", value):
            raise ValueError("must be an App ID such as 12345 or a Client ID such as Iv23liAbcd (the App's settings)")
        return value

    @field_validator("convoy_github_app_api")
    @classmethod
    def _app_api(cls, value: str) -> str:
        return https_url(value, "https://api.github.com or https://HOST/api/v3")


class ForgeSettings(GitHubApp):
    """Which forges may be asked, and with what: all that the command line needs too."""

    convoy_organisation: str | None = Field(
        None, description="organisation with the repositories that no plan says where to find, such as github:acme"
    )
    convoy_github_token: Token = Field(None, description="token for github.com (read access to contents)")
    convoy_github_host: Host = Field(
        None, description="host of a GitHub Enterprise Server whose repositories count too"
    )
    convoy_github_host_token: Token = Field(None, description="token for that host")
    convoy_gitlab_token: Token = Field(None, description="token for gitlab.com (read_api)")
    convoy_gitlab_host: Host = Field(None, description="host of a self-managed GitLab whose repositories count too")
    convoy_gitlab_host_token: Token = Field(None, description="token for that host")
    convoy_bitbucket_token: Token = Field(None, description="access token for bitbucket.org (repository read)")
    convoy_pypi_index: Index = Field(
        None, description="simple API (…/simple/) of the index with the Python packages that plans name"
    )
    convoy_npm_index: Index = Field(None, description="address of the registry with the npm packages that plans name")


class StoreAccess(GitHubApp):
    """What lets git into a plan store behind https or ssh; the command line reads these alone."""

    convoy_store_token: Token = Field(None, description="token for a plan store behind https")
    convoy_store_token_file: Path | None = Field(
        None, description="file that holds this token, read each time: for tokens that are renewed while Convoy runs"
    )
    convoy_store_user: str = Field("x-access-token", description="user name that goes with it (GitLab: oauth2)")

    convoy_store_ssh_key_file: Path | None = Field(
        None, description="private key for a plan store behind ssh, without a passphrase (empty: your ssh agent)"
    )
    convoy_store_known_hosts_file: Path | None = Field(
        None, description="host keys that a plan store behind ssh may show (empty: your known_hosts)"
    )

    @field_validator("convoy_store_ssh_key_file", "convoy_store_known_hosts_file")
    @classmethod
    def _plain_path(cls, value: Path | None) -> Path | None:
        if value is not None and not re.fullmatch(r"[^\x00-\x1f\x7f\"'\\$%]+", str(value)):
            raise ValueError("must be a path without quotes, backslashes, $, % and signs that cannot be seen")
        return None if value is None else value.expanduser().absolute()

    def token(self) -> str:
        """The token now; empty when none is set. Raises OSError when its file cannot be read."""
        if self.convoy_store_token_file is not None:
            return self.convoy_store_token_file.read_text("utf-8", "replace").strip()
        return self.convoy_store_token.get_secret_value() if self.convoy_store_token else ""
