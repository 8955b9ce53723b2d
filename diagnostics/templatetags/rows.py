"""Rows of long lists: most of them look as they did a minute ago, and drawing 200 of them was three quarters of their page's work."""

from __future__ import annotations

from functools import lru_cache
from uuid import UUID

from django import template
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from diagnostics.kept import Kept
from diagnostics.selectors import EnvironmentRow
from diagnostics.templatetags.troubleshooter import relative_time

register = template.Library()

_kept: Kept[SafeString] = Kept(2000)  # some 1.5 kB each


@register.simple_tag
def row_url(name: str, pk: UUID) -> str:
    """As ``{% url %}`` with one id, for the rows of long lists: there it was half of the page's work."""
    return _url_before_and_after(name)[0] + str(pk) + _url_before_and_after(name)[1]


@lru_cache(maxsize=64)
def _url_before_and_after(name: str) -> tuple[str, str]:
    nobody = UUID(int=0)
    before, _, after = reverse(name, args=[nobody]).partition(str(nobody))
    return before, after


@register.simple_tag
def environment_row(row: EnvironmentRow, may_run: bool, form: str) -> SafeString:
    """One environment as `environments/_row.html` draws it, kept until anything that stands in it changes."""
    place, run = row.environment, row.last_run
    of_place = (place.pk, place.name, place.runs_from, place.archived_at is None)
    of_run = run and (run.pk, run.status, run.cause, run.title, relative_time(run.queued_at))
    key = (of_place, of_run, row.open_cases, may_run, form)
    known = _kept.get(key)
    if known is not None:
        return known
    return _kept.put(key, render_to_string("environments/_row.html", {"row": row, "may_run": may_run, "form": form}))
