"""The REST API under /api/v1/."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, ValidationError

from diagnostics.api import decoding, files, requests, uploads
from diagnostics.exceptions import UploadRefused

api = NinjaAPI(
    title="Troubleshooter",
    version="1",
    description="Tell what a pasted error means, and send a probe's report to the run that waits for it.",
    docs_url=None,
    urls_namespace="api",
)
api.add_router("", uploads.router)
api.add_router("", decoding.router)
api.add_router("", requests.router)
api.add_router("", files.router)


@api.exception_handler(UploadRefused)
def refused(request: HttpRequest, problem: UploadRefused) -> HttpResponse:
    """One sentence with the status that fits it."""
    return api.create_response(request, {"detail": str(problem)}, status=problem.status)


@api.exception_handler(AuthenticationError)
def unknown(request: HttpRequest, problem: AuthenticationError) -> HttpResponse:
    """No token at all."""
    sentence = "Send the run's token in the header Authorization: Bearer TOKEN; the run's page shows it."
    return api.create_response(request, {"detail": sentence}, status=401)


@api.exception_handler(RecursionError)
def too_deep(request: HttpRequest, problem: RecursionError) -> HttpResponse:
    """JSON that is nested beyond what can be read."""
    return api.create_response(request, {"detail": "This is nested too deeply."}, status=422)


@api.exception_handler(ValidationError)
def malformed(request: HttpRequest, problem: ValidationError) -> HttpResponse:
    """The first place that is not as the schema says. What was sent is never repeated: it may hold anything."""
    first = problem.errors[0]
    place = ".".join(str(part) for part in first["loc"] if part not in ("body", "payload"))
    return api.create_response(request, {"detail": f"{place or 'The body'}: {first['msg']}."}, status=422)
