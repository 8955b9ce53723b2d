"""Whether a machine's probe listens, for whatever page waits for it."""

from __future__ import annotations

from datetime import datetime

from django import template

from diagnostics.models import Environment
from diagnostics.services import watching

register = template.Library()


@register.simple_tag
def heard_on(environment: Environment) -> datetime | None:
    """When the probe that listens on the environment's machine was last heard; None where none does."""
    return watching.listening(environment)
