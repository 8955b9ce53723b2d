"""The public pages of the causes: what each is, how it is told from its neighbours, and how often we are right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from diagnostics import guide_schema, pages_schema, selectors
from diagnostics.engine import library
from diagnostics.services import accuracy
from diagnostics.views import telling, way
from diagnostics.views.knowing import texts
from diagnostics.views.knowing.public import public


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every cause, by who can change it, and how far our confidence is to be trusted."""
    return public(request, "causes/index.html", {"groups": telling.everything(), **_measured()})


@require_safe
def detail(request: HttpRequest, code: str) -> HttpResponse:
    """One cause."""
    cause = telling.one(code)
    if cause is None:
        raise Http404("No cause has this code.")
    measured = accuracy.measured()
    told = selectors.told_of(code) if request.user.is_authenticated else None
    context = {
        "cause": cause,
        "rates": measured.causes.get(code) if measured is not None else None,
        "printed": texts.of_cause(code),
        "tools": pages_schema.pages().tools_for(code),
        "told": told,
        "guides": [guide for guide in guide_schema.read_guides() if code in guide.causes],
        **_measured(),
    }
    return public(request, "causes/detail.html", context, told)


@require_safe
def steps_graph(request: HttpRequest, code: str) -> HttpResponse:
    """The whole way out of a cause: steps, questions, branches and the proof."""
    cause = telling.one(code)
    if cause is None or not cause.steps:
        raise Http404("There is no way out of this: no cause with steps has this code.")
    return public(request, "causes/way.html", {"cause": cause, "rows": way.rows(code), "keys": way.key()})


def _measured() -> Mapping[str, Any]:
    measured = accuracy.measured()
    outdated = measured is not None and measured.knowledge != library.load().version
    return {"accuracy": measured, "outdated": outdated}
