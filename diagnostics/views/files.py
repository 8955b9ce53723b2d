"""The page where anybody has files looked at, without an account: settings that cannot work, and keys that lie open."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from diagnostics.engine.hiding import scrub
from diagnostics.forms.files import NAMES, FilesForm
from diagnostics.services import files

NOT_HERE = (
    "who may read the file on its machine",
    "whether its certificates' files are there",
    "whether git has it, and what the history of its repository holds",
)
"""What only the machine of the file can tell."""


@csrf_exempt  # the body is read by ``_check``, which has the protection, once files are sure to stay in memory
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """Look at what was pasted or handed over, and forget it."""
    request.upload_handlers = [MemoryFileUploadHandler(request)]
    return _check(request)


@csrf_protect
@sensitive_post_parameters("content")
@sensitive_variables()
def _check(request: HttpRequest) -> HttpResponse:
    context: dict[str, Any] = {"form": FilesForm(), "names": NAMES, "not_here": NOT_HERE}
    if request.method != "POST":
        return render(request, "files/index.html", context)
    form = FilesForm(request.POST, request.FILES)
    context["form"] = form
    if not form.is_valid():
        return render(request, "files/index.html", context, status=422)
    checked = files.check(form.texts(), form.cleaned_data["client"] or None)
    found = sum(len(one.found) for one in checked)
    name = form.cleaned_data["name"]
    # What was pasted is not sent back, and neither is a name that holds what looks like a key.
    kept = {"name": name if scrub(name) == name else "", "client": form.cleaned_data["client"]}
    context |= {"form": FilesForm(initial=kept), "checked": checked, "found": found}
    return render(request, "files/index.html", context)
