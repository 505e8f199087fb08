"""Structured log lines, with everything that looks like a secret taken out before it is written."""

import logging
import re
import sys
from collections.abc import Iterable, Mapping, MutableMapping
from datetime import date
from pathlib import PurePath
from typing import Any
from urllib.parse import unquote, urlsplit

import structlog
from pydantic import SecretStr
from structlog.types import Processor

from bot.settings import Settings

_MASK = "***"
_SECRETS = re.compile(
    r"xox[a-z](?:\.xox[a-z])?-[\w-]+"  # Slack: bot, user, refresh and configuration tokens
    r"|xapp-[\w-]+"
    r"|\b(?:gh[a-z]_|github_pat_|glpat-)[\w-]{10,}"
    # User and password of a URL, or a token in their place; a slash in a password should have been escaped and is not.
    # With bounds: without them a hostile text could keep the search busy for minutes.
    r"|(?:(?<=://)|(?<=[a-z]:/))(?!/|git@)(?:[^/\s@'\"]{1,500}|[^\s/@:'\"]{0,100}:[^\s'\"]{0,300})(?=@)"
    r"|https?:/{1,2}hooks\.slack\.com/\S+"
    r"|(?i:\bbearer)\s+[^\s'\"]{6,}"
    r"|(?i:\bbasic)\s+(?=[\w+/]*[A-Z0-9])[\w+/]{8,}={0,2}"
    r"|(?i:\b(?:\w*token|\w*secret|password|passwd|signature|api_?key)=)[^\s&'\"]+"
)
_NAMES = re.compile(r"token|secret|password|authorization|signature|cookie", re.IGNORECASE)
_DEEPEST = 6
_SHORTEST = 6
"""Secrets of fewer characters are not looked for: masking every `a` would tell more than it hides."""


def without_secrets(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask tokens and credentials in every value, and all of a value whose name says that it is one."""
    return _masked_event(event, ())


def known_secrets(settings: Settings) -> tuple[str, ...]:
    """The secrets that this process holds, as they could turn up in a text; the longest first."""
    found = {value.get_secret_value() for _, value in settings if isinstance(value, SecretStr)}
    for url in (settings.database_url, settings.convoy_store or ""):
        try:
            password = urlsplit(url).password or ""
        except ValueError:
            continue
        found |= {password, unquote(password)}
    return tuple(sorted((f for f in found if len(f) >= _SHORTEST), key=lambda secret: (-len(secret), secret)))


def _without(secrets: Iterable[str]) -> Processor:
    """Like `without_secrets`, and it knows these by heart: a signing secret looks like any other number."""
    known = tuple(secrets)

    def mask(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return _masked_event(event, known)

    return mask


def _masked_event(event: MutableMapping[str, Any], known: tuple[str, ...]) -> MutableMapping[str, Any]:
    for name, value in event.items():
        if not name.startswith("_"):  # structlog's own luggage, which is never printed
            event[name] = _masked(name, value, known)
    return event


def _masked(name: str, value: Any, known: tuple[str, ...], depth: int = 0) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return _MASK if value is not None and not isinstance(value, bool) and _NAMES.search(name) else value
    if _NAMES.search(name):
        return _MASK
    if isinstance(value, str):
        return _text(value, known)
    if isinstance(value, date):
        return value.isoformat()
    if depth < _DEEPEST:
        if isinstance(value, Mapping):
            return {_text(str(k), known): _masked(str(k), v, known, depth + 1) for k, v in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [_masked("", item, known, depth + 1) for item in value]
    return _text(str(value) if isinstance(value, BaseException | PurePath) else repr(value), known)


def _text(text: str, known: tuple[str, ...]) -> str:
    for secret in known:
        text = text.replace(secret, _MASK)
    return _SECRETS.sub(_MASK, text)


def set_up(settings: Settings) -> None:
    """Send our own lines and those of the libraries to stderr, in the format and from the level that are set."""
    mask = _without(known_secrets(settings))
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        mask,
    ]
    last: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if settings.convoy_log_format == "json"
        # Traces come as text, so that they are masked; the renderer's own way would show every local variable.
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    structlog.configure(
        processors=[*before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, mask, last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.convoy_log_level.upper())
    # Bolt logs whole bodies of requests that it refuses, APScheduler every single firing, and the database drivers
    # every statement with what it carries.
    for noisy in (
        "slack_bolt", "slack_sdk", "apscheduler", "dbos", "alembic", "uvicorn.access", "httpx", "httpcore", "aiosqlite",
        "sqlalchemy", "psycopg",
    ):  # fmt: skip
        logging.getLogger(noisy).setLevel(logging.WARNING)
