"""The REST API under /api/v1/."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from diagnostics.api import cases, decoding, environments, files, requests, runs, uploads, watch
from diagnostics.exceptions import CallRefused, Conflict, NotAllowed

api = NinjaAPI(
    title="Troubleshooter",
    version="1",
    description="Tell what a pasted error means, send a probe's report to the run that waits for it, and read and start runs with a token.",
    docs_url=None,
    urls_namespace="api",
)
api.add_router("", uploads.router)
api.add_router("", decoding.router)
api.add_router("", requests.router)
api.add_router("", files.router)
api.add_router("", environments.router)
api.add_router("", runs.router)
api.add_router("", cases.router)
api.add_router("", watch.router)


@api.exception_handler(CallRefused)
def refused(request: HttpRequest, problem: CallRefused) -> HttpResponse:
    """One sentence with the status that fits it."""
    response = api.create_response(request, {"detail": str(problem)}, status=problem.status)
    if problem.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(NotAllowed)
def not_allowed(request: HttpRequest, problem: NotAllowed) -> HttpResponse:
    """The person's role does not reach this far."""
    return api.create_response(request, {"detail": str(problem)}, status=403)


@api.exception_handler(Conflict)
def conflict(request: HttpRequest, problem: Conflict) -> HttpResponse:
    """It cannot be done as things stand."""
    return api.create_response(request, {"detail": str(problem)}, status=409)


@api.exception_handler(Http404)
def nothing(request: HttpRequest, problem: Http404) -> HttpResponse:
    """What is not there, or not for this token: both read the same."""
    return api.create_response(request, {"detail": "There is nothing here for this token."}, status=404)


@api.exception_handler(AuthenticationError)
def unknown(request: HttpRequest, problem: AuthenticationError) -> HttpResponse:
    """No token at all."""
    shown = "the run's page shows it" if request.path.endswith("/uploads") else "you make one on your account's page"
    sentence = f"Send a token in the header Authorization: Bearer TOKEN; {shown}."
    response = api.create_response(request, {"detail": sentence}, status=401)
    response["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(HttpError)
def unreadable(request: HttpRequest, problem: HttpError) -> HttpResponse:
    """The only one that ninja raises by itself: a body that is no JSON, a form's for example."""
    sentence = "The body is not JSON. Send an object as /api/v1/openapi.json describes it, with Content-Type: application/json."
    return api.create_response(request, {"detail": sentence}, status=problem.status_code)


@api.exception_handler(RecursionError)
def too_deep(request: HttpRequest, problem: RecursionError) -> HttpResponse:
    """JSON that is nested beyond what can be read."""
    return api.create_response(request, {"detail": "This is nested too deeply."}, status=422)


@api.exception_handler(ValidationError)
def malformed(request: HttpRequest, problem: ValidationError) -> HttpResponse:
    """The first place that is not as the schema says. What was sent is never repeated: it may hold anything."""
    first = problem.errors[0]
    place = ".".join(str(part) for part in first["loc"] if part not in ("body", "payload", "query", "wanted"))
    says = first["msg"].removeprefix("Value error, ")
    return api.create_response(request, {"detail": f"{place or 'The body'}: {says}."}, status=422)
