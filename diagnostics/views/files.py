"""The page where anybody has files looked at, without an account: settings that cannot work, and keys that lie open."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from diagnostics.engine.hiding import scrub
from diagnostics.forms.files import NAMES, FilesForm
from diagnostics.services import files
from diagnostics.views.bodies import takes_text
from diagnostics.views.http import HtmxHttpRequest

_ALWAYS = {"names": NAMES, "not_here": files.NOT_HERE}


def refuse(request: HtmxHttpRequest, status: int, sentence: str) -> HttpResponse:
    """The page with what is wrong; what was sent has not been read, so it stands only in the browser."""
    context = {"form": FilesForm(), "refused": files.TOO_MUCH if status == 413 else sentence}
    return render(request, "files/index.html", {**_ALWAYS, **context}, status=status)


@takes_text(refuse)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables()
def check(request: HtmxHttpRequest) -> HttpResponse:
    """Look at what was pasted or handed over, and forget it."""
    if request.method != "POST":
        return render(request, "files/index.html", {**_ALWAYS, "form": FilesForm()})
    form = FilesForm(request.POST, request.FILES)
    if not form.is_valid():
        return render(request, "files/index.html", {**_ALWAYS, "form": form}, status=422)
    checked = files.check(form.texts(), form.cleaned_data["client"] or None)
    found = sum(len(one.found) for one in checked)
    name = form.cleaned_data["name"]
    # What was pasted is not sent back, and neither is a name that holds what looks like a key.
    kept = {"name": name if scrub(name) == name else "", "client": form.cleaned_data["client"]}
    context = {"form": FilesForm(initial=kept), "checked": checked, "found": found}
    return render(request, "files/index.html", {**_ALWAYS, **context})
