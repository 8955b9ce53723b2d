"""One shape for every log line, on standard error: text for people, JSON for machines. Never a secret."""

from __future__ import annotations

import logging
import re
from typing import Any

from troubleshooter.plain_structlog import EventDict, Processor, WrappedLogger, structlog

# Loggers that speak about every tick of the scheduler or every request.
_TALKATIVE = ("celery.beat", "celery.worker.strategy", "celery.app.trace", "httpx", "httpcore", "kombu", "amqp")

# The last net under code that must not log secrets in the first place: API keys and tokens, passwords
# in URLs, authorization headers, and the unguessable part of links that open without signing in.
_SECRETS = (
    (re.compile(r"\b(sk-|ts[a-z]_)[A-Za-z0-9_\-]{6,}"), r"\1***"),
    (re.compile(r"(://[^/\s:@]*):[^/\s@]+@"), r"\1:***@"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/\-]{8,}=*"), r"\1 ***"),
    (re.compile(r"(?i)((?:x-api-key|authorization)['\"]?\s*[:=]\s*['\"]?)[^\s'\",]{8,}"), r"\1***"),
    (
        re.compile(r"((?:/|%2F)(?:sign-in|invitations|password/new|account/address|s|h)(?:/|%2F))[\w\-:.=]{16,}"),
        r"\1***",
    ),
    (re.compile(r"/(?![0-9a-f]{8}-[0-9a-f]{4}-)[A-Za-z0-9_\-]{40,}(?=[/\s\"']|$)"), "/***"),
)


def scrub(text: str) -> str:
    """The text with everything that looks like a secret replaced by ***."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


def _scrub_event(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    return {key: scrub(value) if isinstance(value, str) else value for key, value in event.items()}


class NotHealth(logging.Filter):
    """Health is asked every few seconds; that it is not well yet is not worth a line each time."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is kept."""
        path = getattr(getattr(record, "request", None), "path", "")
        return path not in ("/healthz", "/readyz")


def logging_config(level: str, shape: str) -> dict[str, Any]:
    """The dictConfig for Django, Celery and our own structlog loggers alike."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    json_or_text: Processor = structlog.dev.ConsoleRenderer(colors=False)
    if shape == "json":
        json_or_text = structlog.processors.JSONRenderer()
    last = [structlog.processors.format_exc_info, _scrub_event, json_or_text]
    line = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": shared,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"not_health": {"()": NotHealth}},
        "formatters": {"line": line},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["not_health"]}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {name: {"level": "WARNING"} for name in _TALKATIVE},
    }
