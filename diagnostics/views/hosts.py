"""The public list of hosts to allow: for a client and its providers, on a page and in the forms that network teams take."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.views.decorators.http import require_safe

from diagnostics import pages_schema
from diagnostics.views.knowing import clients, hosts, providers
from diagnostics.views.knowing.host_forms import FORMS, proxy_of
from diagnostics.views.knowing.public import public

REFUSED = "Write a host and a port, such as proxy.example.com:3128 or https://proxy.example.com:8443; no name and no password."
_LONGEST = 300  # characters of what is typed as a proxy


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The list; with ``as`` of a known form, that form alone as a file, and 400 for a proxy that is none."""
    asked = request.GET
    choice = hosts.Choice.of(asked.get("client", ""), asked.getlist("provider")[:50], asked.get("optional") == "1")
    typed = asked.get("proxy", "")[:_LONGEST]
    proxy = proxy_of(typed)
    rows = hosts.rows(choice)
    wanted = FORMS.get(asked.get("as", ""))
    if wanted is not None and proxy is None:
        return HttpResponseBadRequest(f"{REFUSED}\n", content_type="text/plain; charset=utf-8")
    if wanted is not None:
        made = wanted.make(rows, proxy or "")
        return public(
            request, "knowledge/raw.txt", {"text": made}, content_type=f"{wanted.content_type}; charset=utf-8"
        )
    context = {
        "choice": choice,
        "rows": rows,
        "clients": clients.everything(),
        "providers": [one for one in providers.everything() if one.api_hosts],
        "typed": typed,
        "refused": REFUSED if proxy is None else "",
        "tabs": [
            {
                "key": name,
                "label": form.label,
                "title": form.title,
                "command": form.make(rows, proxy or "").rstrip("\n"),
            }
            for name, form in FORMS.items()
        ],
        "obsolete": pages_schema.hosts().obsolete,
        "dates": sorted({row.date for row in rows if row.date is not None}),
        "sources": sorted({row.source for row in rows if row.source.startswith("http")}),
    }
    return public(request, "knowledge/hosts.html", context)
