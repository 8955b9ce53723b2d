"""What people without an account open: kept by nobody, whether it is there or not, and who of them has read it."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

from diagnostics.views import unread
from diagnostics.views.http import HtmxHttpRequest

_nothing = never_cache(unread.not_found)  # of a link that may work tomorrow no copy is kept
Rest = ParamSpec("Rest")
View = Callable[Concatenate[HtmxHttpRequest, Rest], HttpResponse]

# Who fetches a link to draw its preview, and who walks the web: nobody has read the report by that.
_PREVIEWERS = re.compile(
    r"(?<!cu)bot\b|slack-imgproxy|facebookexternalhit|whatsapp|telegram|skypeuripreview|embedly|iframely|"
    r"linkexpanding|mattermost|mastodon|rocket\.chat|discord|preview|crawler|spider|google-safety|pinterest|vkshare|"
    r"flipboard|zulip|barracuda|proofpoint|mimecast",
    re.IGNORECASE,
)


def for_anybody(referrer: str) -> Callable[[View[Rest]], View[Rest]]:
    """No search engine and this policy for the referrer, for what is there and for what is not; of the latter no copy is kept."""

    def guarding(view: View[Rest]) -> View[Rest]:
        @wraps(view)
        def guarded(request: HtmxHttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
            try:
                response = view(request, *args, **kwargs)
            except Http404 as problem:
                response = _nothing(request, problem)
            response["X-Robots-Tag"] = "noindex, nofollow"
            response["Referrer-Policy"] = referrer
            return response

        return guarded

    return guarding


def is_view(request: HttpRequest) -> bool:
    """Whether somebody will read it: no HEAD, no link preview, nothing that a browser fetches in advance."""
    ahead = f"{request.headers.get('Sec-Purpose', '')} {request.headers.get('Purpose', '')}"
    agent = request.headers.get("User-Agent", "")
    return request.method == "GET" and "prefetch" not in ahead and not _PREVIEWERS.search(agent)
