"""The public guides: Markdown of the knowledge, each with the day and the sources of its facts."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from diagnostics import guide_schema
from diagnostics.views import telling
from diagnostics.views.knowing.markdown import render
from diagnostics.views.knowing.public import public


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every guide in its group."""
    every = guide_schema.read_guides()
    groups = [(name, [guide for guide in every if guide.group == name]) for name in guide_schema.GROUPS]
    return public(request, "guides/index.html", {"groups": [group for group in groups if group[1]]})


@require_safe
def detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One guide, with what else stands in its group and the causes it helps with."""
    every = guide_schema.read_guides()
    guide = next((one for one in every if one.slug == slug), None)
    if guide is None:
        raise Http404("No guide has this name.")
    context = {
        "guide": guide,
        "text": render(f"knowledge/guides/{slug}.md", guide.body),
        "causes": [cause for cause in map(telling.one, guide.causes) if cause is not None],
        "others": [one for one in every if one.group == guide.group and one is not guide],
    }
    return public(request, "guides/detail.html", context)
