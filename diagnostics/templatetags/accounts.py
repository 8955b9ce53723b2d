"""What the pages of accounts say in one word."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.conf import settings

from diagnostics.services import mail
from diagnostics.services.account_events import KINDS
from troubleshooter.single_sign_on import Provider

register = template.Library()


@register.simple_tag
def providers() -> tuple[Provider, ...]:
    """The providers of single sign-on."""
    return tuple(settings.OIDC_PROVIDERS)


@register.simple_tag
def mail_note() -> str:
    """What a page that sends mail says while no mail server is set."""
    return mail.note()


@register.filter
def event_kind(kind: str) -> str:
    """What happened to an account, in words."""
    return KINDS.get(kind, kind)


@register.filter
def lines(texts: Iterable[str]) -> str:
    """One under the other."""
    return "\n".join(texts)
