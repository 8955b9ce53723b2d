"""What holds for every answer."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve, reverse
from django.utils.cache import patch_cache_control

Answer = Callable[[HttpRequest], HttpResponseBase]


def keep_private(get_response: Answer) -> Answer:
    """No cache on the way keeps a page, and a browser asks before it shows one again, unless the view said otherwise."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_cache=True)
        return response

    return answer


_BELONGS_TO = {
    "team_delete": "team_data",
    "share_revoke": "shares",
    "run_contradict_undo": "run",
    "case_note_delete": "case",
}
"""Addresses that only take a form's words, whose page is not the one above them."""


def forms_lead_to_their_pages(get_response: Answer) -> Answer:
    """Where a form's words were refused, its address stays in the address bar: opened again, it leads to the page it belongs to."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        page = request.method in ("GET", "HEAD") and not request.path.startswith(_API)
        return HttpResponseRedirect(_page_of(request)) if page and response.status_code == 405 else response

    return answer


def _page_of(request: HttpRequest) -> str:
    """The nearest address above that there is; where that is a form's as well, it leads on by itself."""
    match = request.resolver_match
    named = _BELONGS_TO.get(match.url_name or "") if match is not None else None
    if match is not None and named is not None:
        kwargs: dict[str, object] = {name: match.kwargs[name] for name in ("case_id", "run_id") if name in match.kwargs}
        return reverse(named, kwargs=kwargs)
    path = request.path.rstrip("/")
    while path := path.rpartition("/")[0]:
        try:
            resolve(f"{path}/")
        except Resolver404:
            continue
        return f"{path}/"
    return "/"


_API = "/api/"
_NO_CALL = "There is no call at this address; they are without a slash at the end, such as /api/v1/decode."

_OUR_FAULT = "This is our fault, not yours. The error is in the server's log; trying again in a moment often works."


def api_speaks_json(get_response: Answer) -> Answer:
    """What the API's addresses refuse before a call is found is told as the calls tell it: JSON with a sentence in ``detail``."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = _read(request, get_response)
        if not request.path.startswith(_API) or response.get("Content-Type", "").startswith("application/json"):
            return response
        if response.status_code == 404:
            return JsonResponse({"detail": _NO_CALL}, status=404)
        if response.status_code == 405:
            allowed = response["Allow"]
            headers = {"Allow": ", ".join([allowed, "HEAD"]) if "GET" in allowed else allowed}
            return JsonResponse({"detail": f"This call wants {allowed}."}, status=405, headers=headers)
        if response.status_code >= 500:
            return JsonResponse({"detail": _OUR_FAULT}, status=response.status_code)
        return response

    return answer


def _read(request: HttpRequest, get_response: Answer) -> HttpResponseBase:
    """HEAD is answered as GET is (RFC 9110, 9.3.2), which ninja's calls do not do; the server in front leaves the body out."""
    if request.method != "HEAD" or not request.path.startswith(_API):
        return get_response(request)
    request.method = "GET"
    try:
        return get_response(request)
    finally:
        request.method = "HEAD"
