"""Everything that can be set from outside, read once from the environment and refused with a clear sentence when wrong.

The README's table of settings is held against this file by a test.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from platformdirs import user_data_path
from pydantic import (
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings, NoDecode

from bot.access_settings import ForgeSettings, StoreAccess, Token, https_url, url_parts

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


class SettingsError(Exception):
    """Settings that cannot be used; the text lists every one of them with what to do."""


def _comma_separated(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


EVERYWHERE = "0.0.0.0"  # noqa: S104 - what a platform's router needs; requests are signed
Hosts = Annotated[list[str], NoDecode, BeforeValidator(_comma_separated)]


def default_database_url() -> str:
    """SQLite in the user's data directory."""
    return f"sqlite:///{user_data_path('convoy') / 'convoy.sqlite'}"


class Settings(ForgeSettings, StoreAccess):
    """Convoy's settings. Names are those of environment variables; secrets never show in `repr`."""

    # These two can hold a password, so `repr` leaves them out.
    convoy_store: str | None = Field(
        None, repr=False, description="plan store: a bare repository's path or any git URL"
    )
    database_url: str = Field(
        default_factory=default_database_url, repr=False, description="deliveries: sqlite:///FILE or postgresql://…"
    )
    slack_bot_token: Token = Field(None, description="bot token (xoxb-…)")
    slack_app_token: Token = Field(None, description="app-level token (xapp-…) for Socket Mode")
    slack_signing_secret: Token = Field(None, description="signing secret, for HTTP mode")
    slack_api_url: str = Field("https://slack.com/api/", description="Web API base, for a simulator or a proxy")
    convoy_channel: str | None = Field(None, description="release channel of plans that name none (id or #name)")
    convoy_reports: Path | None = Field(
        None, description="directory with <repository>/ga_status.json and tags.txt, for repositories without a source"
    )
    convoy_allow_paths: bool = Field(False, description="let a plan name files of this machine as sources")
    convoy_allow_hosts: Hosts = Field(
        default_factory=list,
        description="hosts that sources may be read from, comma separated (empty: the known forges; *: any public)",
    )
    convoy_allow_http: bool = Field(False, description="let sources be fetched over plain http")
    convoy_allow_private: bool = Field(False, description="let sources be fetched from private addresses")
    convoy_track_every: int = Field(300, ge=1, le=86400, description="seconds between tracking passes")
    convoy_refresh_every: int = Field(30, ge=1, le=3600, description="seconds between looks at the store's head")
    convoy_webhook_secret: SecretStr | None = Field(
        None, description="secret of the webhooks that forges send to /hooks/github, /hooks/gitlab, /hooks/bitbucket"
    )
    host: str = Field("127.0.0.1", description="address that the web process listens on (0.0.0.0 when PORT is set)")
    port: int = Field(8080, ge=0, le=65535, description="port that the web process listens on")
    convoy_log_format: Literal["json", "console"] = Field("json", description="how log lines look")
    convoy_log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="least level logged")

    @model_validator(mode="before")
    @classmethod
    def _platform(cls, given: Any) -> Any:
        """A platform that hands out PORT routes to it from outside; a port that nobody handed out is for this machine.

        HOST decides where it is set.
        """
        if isinstance(given, dict) and given.get("port") is not None and given.get("host") is None:
            return {**given, "host": EVERYWHERE}
        return given

    @field_validator("slack_api_url")
    @classmethod
    def _api_url(cls, value: str) -> str:
        return https_url(value, "https://slack.com/api/") + "/"

    @field_validator("slack_bot_token")
    @classmethod
    def _bot_token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith("xox"):
            raise ValueError("is not a bot token: it starts with xoxb-")
        return value

    @field_validator("slack_app_token")
    @classmethod
    def _app_token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith("xapp-"):
            raise ValueError("is not an app-level token: it starts with xapp-")
        return value

    @field_validator("convoy_webhook_secret")
    @classmethod
    def _hook_secret(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < 16:
            raise ValueError("is shorter than 16 characters and could be guessed; `openssl rand -hex 32` makes one")
        return value

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        if url_parts(value).scheme.split("+")[0] not in ("sqlite", "postgresql", "postgres"):
            raise ValueError("must start with sqlite:/// or postgresql://")
        return value


def load() -> Settings:
    """Read the environment. Raises SettingsError, one line for each setting that is wrong, without its value."""
    return _read(Settings)


def load_forges() -> ForgeSettings:
    """The part that a command needs which only reads. Raises SettingsError as `load` does."""
    return _read(ForgeSettings)


def load_access() -> StoreAccess:
    """The part that lets a command into the plan store. Raises SettingsError as `load` does."""
    return _read(StoreAccess)


Kind = TypeVar("Kind", bound=BaseSettings)


def _read(kind: type[Kind]) -> Kind:
    try:
        return kind()
    except ValidationError as error:
        problems = error.errors(include_input=False, include_url=False)
        raise SettingsError("\n".join(f"{_name(p)}: {_sentence(p)}" for p in problems)) from None


def _name(problem: "ErrorDetails") -> str:
    return ".".join(str(part) for part in problem["loc"]).upper()


def _sentence(problem: "ErrorDetails") -> str:
    """What is wrong, in words that know nothing of validators."""
    said = problem["msg"].removeprefix("Value error, ")
    field = Settings.model_fields.get(str(problem["loc"][0]))
    if problem["type"].startswith("bool_"):
        return "must be true or false"
    if field is not None and problem["type"].startswith(("int_", "greater_than", "less_than")):
        bounds = {name: getattr(mark, name) for mark in field.metadata for name in ("ge", "le") if hasattr(mark, name)}
        return f"must be a whole number from {bounds['ge']} to {bounds['le']}"
    return said.replace("Input should be", "must be")


_NEEDED_FOR = {
    "slack_bot_token": "Slack calls (OAuth & Permissions → Bot User OAuth Token)",
    "slack_app_token": "Socket Mode (Basic Information → App-Level Tokens, scope connections:write)",
    "slack_signing_secret": "HTTP mode (Basic Information → Signing Secret)",
}


def require(settings: Settings, *names: str) -> None:
    """Check the settings that a command cannot do without. Raises SettingsError that says where to get them."""
    missing = [f"{name.upper()} is not set: it is needed for {_NEEDED_FOR[name]}" for name in names]
    missing = [line for line, name in zip(missing, names, strict=True) if getattr(settings, name) is None]
    if missing:
        raise SettingsError("\n".join(missing))


def markdown_table() -> str:
    """The settings as the README lists them."""
    rows = ["| variable | default | what it is |", "| --- | --- | --- |"]
    fields = sorted(Settings.model_fields.items(), key=lambda field: field[0] in ForgeSettings.model_fields)
    for name, field in fields:
        default = "your data directory" if field.default_factory is default_database_url else _shown(field.default)
        rows.append(f"| `{name.upper()}` | {default} | {field.description} |")
    return "\n".join(rows)


def _shown(default: object) -> str:
    if default is None or isinstance(default, type(PydanticUndefined)):
        return ""
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"
