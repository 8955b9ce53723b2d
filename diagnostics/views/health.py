"""/healthz and /readyz: for supervisors and load balancers, without signing in."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from diagnostics.services import health


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when database, broker and worker are well, else 503 with the failing part named."""
    state = health.check()
    return JsonResponse(state.as_dict(), status=200 if state.ok else 503)


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when pages can be served, whether or not a worker is there already."""
    state = health.check()
    return JsonResponse({"status": "ready" if state.ready else state.database}, status=200 if state.ready else 503)
