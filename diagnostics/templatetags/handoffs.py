"""Whom a run can be handed over to, for the pages of runs and wizards."""

from __future__ import annotations

from django import template

from diagnostics.handoff_schema import Receiver
from diagnostics.models import Run
from diagnostics.services import handoffs

register = template.Library()


@register.simple_tag
def receivers_of(run: Run | None) -> tuple[Receiver, ...]:
    """Who can act on the run's verdict, the likeliest first."""
    return () if run is None else handoffs.receivers(run)
