"""Every component on one page, for those who build pages."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from diagnostics.drawing import samples
from diagnostics.views.http import HtmxHttpRequest


@require_safe
def components(request: HtmxHttpRequest) -> HttpResponse:
    """The components with sample content; for staff, and for everybody while DEBUG is on."""
    if not (settings.DEBUG or request.user.is_staff):
        raise Http404("There is nothing here.")
    return render(request, "components/all.html", samples.context())
