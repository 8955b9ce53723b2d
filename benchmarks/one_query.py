"""The floor for pages: the product's addresses, and beside them a view that asks the database one thing."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.urls import include, path

from diagnostics.models import Run
from diagnostics.views.http import SignedInRequest, signed_in


@signed_in
def one_query(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """One indexed query of its own; behind the same middleware and signing in as every page."""
    return HttpResponse(Run.objects.filter(pk=run_id).values_list("status", flat=True)[0])


urlpatterns = [path("one-query/<uuid:run_id>/", one_query), path("", include("troubleshooter.urls"))]
