"""Mails: plain text, from templates, and a server that is away never stops what the mail tells of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

log = structlog.get_logger(__name__)


def send(to: str, subject: str, template: str, context: Mapping[str, Any]) -> bool:
    """Send one mail; False when the server did not take it (the log says why). `template` is below templates/mails/."""
    body = render_to_string(f"mails/{template}.txt", {**context, "public_url": settings.PUBLIC_URL})
    return deliver(EmailMessage(" ".join(subject.split()), body.strip() + "\n", settings.DEFAULT_FROM_EMAIL, [to]))


def deliver(message: EmailMessage) -> bool:
    """Hand a mail to the backend of EMAIL_URL; False when that fails."""
    try:
        message.send()
    except OSError as problem:  # smtplib's errors, refused connections, time-outs and full disks all are
        log.error("a mail could not be sent", problem=type(problem).__name__, subject=message.subject)
        return False
    return True


def reaches_people() -> bool:
    """Whether a mail server is set: without EMAIL_URL mails are only written down on the server."""
    return settings.EMAIL_BACKEND.endswith((".smtp.EmailBackend", ".locmem.EmailBackend"))


def note() -> str:
    """What pages that send mail say while no mail server is set; empty when mails reach people."""
    if reaches_people():
        return ""
    return "No mail server is set (EMAIL_URL): mails are only written down on the server and reach nobody."
