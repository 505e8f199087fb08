"""Structured log lines, with everything that looks like a secret taken out before it is written."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from structlog.types import Processor

from bot.settings import Settings

_SECRETS = re.compile(
    r"xox[a-z]-[\w-]+|xapp-[\w-]+|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)|https://hooks\.slack\.com/\S+|(?i:bearer)\s+\S+"
)
_NAMES = re.compile(r"token|secret|password|authorization|signature", re.IGNORECASE)


def without_secrets(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask tokens and credentials in every value, and all of a value whose name says that it is one."""
    for name, value in event.items():
        if _NAMES.search(name):
            event[name] = "***"
        elif isinstance(value, str):
            event[name] = _SECRETS.sub("***", value)
    return event


def set_up(settings: Settings) -> None:
    """Send our own lines and those of the libraries to stderr, in the format and from the level that are set."""
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        without_secrets,
    ]
    last: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if settings.convoy_log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
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
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, without_secrets, last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.convoy_log_level.upper())
    # Bolt logs whole bodies of requests that it refuses, and APScheduler every single firing.
    for noisy in ("slack_bolt", "slack_sdk", "apscheduler", "dbos", "alembic", "uvicorn.access", "httpx"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
