"""What holds for every answer."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
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


_API = "/api/"
_NO_CALL = "There is no call at this address; they are without a slash at the end, such as /api/v1/decode."


def api_speaks_json(get_response: Answer) -> Answer:
    """What the API's addresses refuse before a call is found is told as the calls tell it: JSON with a sentence in ``detail``."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if not request.path.startswith(_API) or response.get("Content-Type", "").startswith("application/json"):
            return response
        if response.status_code == 404:
            return JsonResponse({"detail": _NO_CALL}, status=404)
        if response.status_code == 405:
            allowed = response["Allow"]
            return JsonResponse({"detail": f"This call wants {allowed}."}, status=405, headers={"Allow": allowed})
        return response

    return answer
