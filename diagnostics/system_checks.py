"""What `manage.py check` says about settings that are valid one by one and odd together."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register


@register(Tags.security)
def check_front_door(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Plain HTTP beyond this machine, and debug pages beyond this machine."""
    answer: list[CheckMessage] = []
    beyond = not _loopback(str(urlsplit(settings.PUBLIC_URL).hostname)) or not _loopback(settings.BIND)
    if beyond and not settings.HTTPS:
        answer.append(
            Warning(
                "Sessions travel unencrypted.",
                hint="Put TLS in front and set PUBLIC_URL to its https:// address.",
                id="troubleshooter.W001",
            )
        )
    if beyond and settings.DEBUG:
        answer.append(
            Error(
                "DEBUG shows settings and code to everybody who can reach the dashboard.",
                hint="Unset DEBUG.",
                id="troubleshooter.E001",
            )
        )
    return answer


@register(Tags.database)
def check_pairs(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """SQLite is one file on one machine: several workers on several machines need PostgreSQL."""
    engine = str(settings.DATABASES["default"]["ENGINE"])
    if settings.WORKERS > 1 and engine.endswith("sqlite3"):
        return [
            Warning(
                f"WORKERS is {settings.WORKERS}, and they share one SQLite file.",
                hint="It works on one machine; set DATABASE_URL to a PostgreSQL database to use several.",
                id="troubleshooter.W002",
            )
        ]
    return []


@register()
def check_knowledge(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Every table of the knowledge, since a wrong one would make wrong verdicts; and what the pages tell besides."""
    # Imported here, since processes that skip the checks do without their 8 MB.
    from diagnostics import (
        guide_schema,
        handoff_schema,
        knowledge_schema,
        models_schema,
        pages_schema,
        scan_schema,
        texts_schema,
    )
    from diagnostics.views.knowing import markdown

    try:
        knowledge_schema.check_knowledge()
        models_schema.check_models()
        scan_schema.check()
        texts_schema.check_texts(settings.DATA_DIR / ".texts-proven")
        pages_schema.version()
        handoff_schema.receivers()
        for guide in guide_schema.read_guides():
            markdown.render(f"knowledge/guides/{guide.slug}.md", guide.body)
    except ValueError as faults:  # KnowledgeError, or a file that is no TOML
        return [
            Error(fault, hint="See CONTRIBUTING, add a cause.", id="troubleshooter.E002")
            for fault in str(faults).splitlines()
        ]
    return []


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
