"""The probe to take along: one file for the machine where it hurts."""

from __future__ import annotations

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe


@require_safe
def probe(request: HttpRequest) -> HttpResponseBase:
    """`probe.pyz` as `make probe` built it. It is public: it holds nothing that the source does not."""
    try:
        known = settings.PROBE_FILE.stat()
        opened = settings.PROBE_FILE.open("rb")
    except OSError:
        says = "The probe is not built yet: whoever runs this dashboard can build it with `make probe`.\n"
        return HttpResponse(says, status=404, content_type="text/plain; charset=utf-8")
    tag = f'"{known.st_mtime_ns:x}-{known.st_size:x}"'
    unchanged = get_conditional_response(request, etag=tag)
    if unchanged is not None:
        opened.close()
        return unchanged
    response = FileResponse(opened, as_attachment=True, filename="probe.pyz", content_type="application/zip")
    response["ETag"] = tag
    response["Cache-Control"] = "no-cache"
    return response
