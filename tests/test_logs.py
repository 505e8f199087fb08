"""No secret in any log line: whoever logs it, in whatever it hides, in either format."""

import io
import json
import logging
import sys
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import structlog
from pydantic import SecretStr

from bot import logs
from bot.settings import Settings

SIGNING = "8f742231b10e8888abcd99yyyzzz85a5"
BOT, APP = "xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOcHrzqqgy", "xapp-1-A123-4567-0123abcd"
PASSWORD = "p4ss/w@rd!"
SETTINGS = Settings(
    slack_bot_token=SecretStr(BOT),
    slack_app_token=SecretStr(APP),
    slack_signing_secret=SecretStr(SIGNING),
    database_url="postgresql://ann:p4ss%2Fw%40rd!@db.example/convoy",
    convoy_store="https://plans.example/x.git",
)
SECRETS = [
    BOT,
    APP,
    SIGNING,
    PASSWORD,
    "p4ss%2Fw%40rd!",
    "xoxe.xoxp-1-Mi0yLTEwNzY",
    "xoxp-9999-another-workspace",
    "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    "github_pat_11AAAAAA0abcdefghij",
    "glpat-abcdefghijklmnopqrst",
]
"""Secrets as they stand alone in a text."""
TEXTS = {
    "postgresql://ann:geheim@db.example/convoy": "geheim",
    "postgresql+psycopg://ann:ge/heim@db.example/convoy": "heim",
    "https://geheimnis@forge.example/plans.git": "geheimnis",
    "https://ann:geheim@forge.example:8443/x.json?y=1": "geheim",
    "https://hooks.slack.com/services/T000/B000/geheim": "geheim",
    "Authorization: Bearer geheim-geheim": "geheim",
    "authorization: basic QW5uOmdlaGVpbQ==": "QW5uOmdlaGVpbQ",
    "GET /x.json?access_token=geheim&page=2": "geheim",
    "host=db.example password=geheim dbname=convoy": "geheim",
    "wss://wss-primary.slack.com/link/?ticket=1&client_secret=geheim": "geheim",
}
"""Texts that hold a secret by their form."""


class Lines:
    """What is written to stderr from `set_up` on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
        self._monkeypatch, self._form = monkeypatch, form
        self._stream = io.StringIO()

    def set_up(self, **more: object) -> "Lines":
        """Logging as a process sets it up. Called in the test itself: pytest changes stderr between set-up and call."""
        self._monkeypatch.setattr(sys, "stderr", self._stream)
        logs.set_up(SETTINGS.model_copy(update={"convoy_log_format": self._form, **more}))
        return self

    def take(self) -> str:
        """Everything since the last time."""
        text = self._stream.getvalue()
        self._stream.seek(0)
        self._stream.truncate()
        return text

    def last(self) -> dict[str, Any]:
        """The last line, which must be JSON."""
        return dict(json.loads(self.take().splitlines()[-1]))


@pytest.fixture
def restored() -> Iterator[None]:
    """Logging is afterwards as the other tests expect it."""
    root, known = logging.getLogger(), dict(logging.Logger.manager.loggerDict)
    handlers, level = root.handlers[:], root.level
    levels = {name: one.level for name, one in known.items() if isinstance(one, logging.Logger)}
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, one in logging.Logger.manager.loggerDict.items():
        if isinstance(one, logging.Logger):
            one.setLevel(levels.get(name, logging.NOTSET))


@pytest.fixture(params=["json", "console"])
def either(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, restored: None) -> Lines:
    """Either format."""
    return Lines(monkeypatch, request.param)


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch, restored: None) -> Lines:
    """The format of a server."""
    return Lines(monkeypatch, "json")


def fail(text: str) -> None:
    """An exception that holds a text, raised because of another one that does."""
    try:
        raise RuntimeError(f"it failed with {text}")  # noqa: TRY301 - the trace is what this is about
    except RuntimeError as inner:
        raise ValueError({"url": text}) from inner


def failing(log: Callable[..., object], text: str) -> None:
    """Log such an exception with its trace."""
    try:
        fail(text)
    except ValueError:
        log("it failed", exc_info=True)


class Shown:
    """Something of a library, whose `repr` holds a text."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return f"<Shown {self._text}>"


def ways(text: str) -> dict[str, Callable[[], object]]:
    """Every way in which a text gets into a log line."""
    ours, theirs = structlog.get_logger("bot.test"), logging.getLogger("some.library")
    return {
        "event": lambda: ours.info(f"before {text} after"),
        "value": lambda: ours.info("x", what=text),
        "format": lambda: ours.info("what: %s", text),
        "list": lambda: ours.info("x", what=[1, (text, {text})]),
        "mapping": lambda: ours.info("x", what={"a": {"b": [text]}, text: 1}),
        "deep": lambda: ours.info("x", what=[[[[[[[[[[text]]]]]]]]]]),
        "object": lambda: ours.info("x", error=Exception(text), path=Path(text), other=Shown(text)),
        "bytes": lambda: ours.info("x", what=text.encode()),
        "bound": lambda: ours.bind(what=text).info("x"),
        "exception": lambda: failing(ours.error, text),
        "library": lambda: theirs.warning("before %s after", text),
        "library-mapping": lambda: theirs.warning("%(what)s", {"what": text}),
        "library-exception": lambda: failing(theirs.error, text),
        "library-object": lambda: theirs.warning("x %r", Shown(text)),
    }


@pytest.mark.parametrize("way", list(ways("")))
def test_no_secret_gets_into_a_line_in_any_way(either: Lines, way: str) -> None:
    lines = either.set_up()
    for secret, text in [(s, s) for s in SECRETS] + [(s, t) for t, s in TEXTS.items()]:
        ways(text)[way]()
        written = lines.take()
        assert secret not in written, (way, text)
        assert written.strip(), (way, text)
        if way == "event":
            assert "before" in written
            assert "after" in written
            assert "***" in written


def test_what_is_bound_to_the_context_is_masked_too(either: Lines) -> None:
    lines = either.set_up()
    structlog.contextvars.bind_contextvars(request=f"x {BOT}", slack_token="anything")
    structlog.get_logger("bot.test").info("x")
    written = lines.take()
    assert BOT not in written
    assert "anything" not in written


def test_a_name_that_says_secret_hides_its_whole_value_however_deep(either: Lines) -> None:
    lines = either.set_up()
    names = ("token", "slack_bot_token", "signing_secret", "password", "Authorization", "x-slack-signature", "Cookie")
    for name in names:
        structlog.get_logger("bot.test").info("x", **{name: "geheim", "headers": {name: ["geheim", 12345678]}})
        written = lines.take()
        assert "geheim" not in written
        assert "12345678" not in written


def test_what_is_no_secret_is_left_as_it_is(lines: Lines) -> None:
    lines.set_up()
    harmless = {
        "remote": "ssh://git@forge.example/plans.git",
        "url": "https://forge.example/x@y/z.json",
        "words": "a basic authentication scheme; the bearer of news",
        "mail": "ana@example.org",
        "commit": "0f742231b10e8888abcd99aabbcc85a5d1d2d3d4",
        "n": 3, "share": 0.5, "yes": True, "nothing": None, "list": [1, "two"], "path": Path("/srv/plans.git"),
        "when": datetime(2026, 3, 3, tzinfo=UTC),
    }  # fmt: skip
    structlog.get_logger("bot.test").info("Pass over summit-app v3.0.0: 3 changes", **harmless)
    line = lines.last()
    expected = harmless | {"path": "/srv/plans.git", "when": "2026-03-03T00:00:00+00:00"}
    assert {name: line[name] for name in harmless} == expected
    assert line["event"] == "Pass over summit-app v3.0.0: 3 changes"
    assert (line["level"], line["logger"]) == ("info", "bot.test")
    assert line["timestamp"].endswith("Z")


def test_a_trace_is_one_line_of_json_with_where_it_came_from(lines: Lines) -> None:
    lines.set_up()
    failing(structlog.get_logger("bot.test").error, "no such plan")
    line = lines.last()
    assert "test_logs.py" in line["exception"]
    assert "no such plan" in line["exception"]


def test_a_trace_in_the_console_is_readable_and_warns_of_nothing(lines: Lines) -> None:
    lines.set_up(convoy_log_format="console")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        failing(structlog.get_logger("bot.test").error, "no such plan")
    written = lines.take()
    assert "Traceback (most recent call last)" in written
    assert "no such plan" in written


def test_the_level_decides_and_chatty_libraries_are_heard_from_warnings_on(lines: Lines) -> None:
    lines.set_up(convoy_log_level="debug")
    ours = structlog.get_logger("bot.test")
    ours.debug("heard")
    assert "heard" in lines.take()
    for name in (
        "slack_bolt.AsyncApp",
        "slack_sdk.web",
        "apscheduler.executors",
        "httpcore.http11",
        "aiosqlite",
        "httpx",
    ):
        logging.getLogger(name).info("a whole body")
        logging.getLogger(name).debug("every statement")
        assert lines.take() == ""
        logging.getLogger(name).warning("trouble")
        assert "trouble" in lines.take()
    lines.set_up(convoy_log_level="warning")
    ours.info("not heard")
    assert lines.take() == ""


def test_setting_up_again_does_not_write_lines_twice(lines: Lines) -> None:
    lines.set_up()
    lines.set_up()
    structlog.get_logger("bot.test").info("once")
    assert lines.take().count("once") == 1


@pytest.mark.parametrize("hostile", ["://a:", "://", "x:/a", "basic ", "token", "a"])
@pytest.mark.timeout(60)  # a pattern that goes back and forth would need days
def test_no_text_keeps_the_log_busy(hostile: str) -> None:
    said = logs.without_secrets(None, "info", {"event": hostile * (250_000 // len(hostile))})
    assert said["event"]


def test_short_secrets_are_not_looked_for_in_every_word() -> None:
    known = logs.known_secrets(Settings(database_url="postgresql://a:b@db/x", slack_signing_secret=SecretStr("abc")))
    assert known == ()
    assert set(logs.known_secrets(SETTINGS)) == {BOT, APP, SIGNING, PASSWORD, "p4ss%2Fw%40rd!"}


def test_the_processor_alone_masks_by_form() -> None:
    event = logs.without_secrets(None, "info", {"event": f"x {BOT}", "_record": BOT, "token": 7})
    assert event == {"event": "x ***", "_record": BOT, "token": "***"}
