"""The payload lab: anybody pastes a request and sees what is wrong with it; nothing of it is stored, logged or sent on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from diagnostics.exceptions import InvalidInput, Problem
from diagnostics.forms.request_lab import RequestForm
from diagnostics.payloads.hiding import hide
from diagnostics.payloads.knowing import known
from diagnostics.payloads.records import Checked, Fault
from diagnostics.services import request_lab
from diagnostics.views import reports
from diagnostics.views.bodies import takes_text
from diagnostics.views.http import HtmxHttpRequest

_STATES = {"certain": "broken", "likely": "warning", "maybe": "unknown"}
_WORDS = {"certain": "Certain", "likely": "Likely", "maybe": "May be ignored"}
_MODEL_STATES = {
    "works": "works", "legacy": "works", "retiring": "warning", "deprecated": "warning", "near": "warning", "unknown": "unknown",
}  # fmt: skip
_ALLOWED_AT_ONCE = 8


@dataclass(frozen=True)
class Row:
    """A fault as the page shows it."""

    fault: Fault
    state: str
    word: str
    cause: str
    first: tuple[str, ...]
    rest: tuple[str, ...]


def refuse(request: HtmxHttpRequest, status: int, sentence: str) -> HttpResponse:
    """The page with what is wrong; what was sent has not been read, so it stands only in the browser."""
    told = request_lab.TOO_LARGE if status == 413 else sentence
    return _page(request, RequestForm.holding("", told), {"refused": told}, status)


@takes_text(refuse)
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables()
def lab(request: HtmxHttpRequest) -> HttpResponse:
    """The box; with a request, or one of the samples, also what is wrong with it."""
    if request.method != "POST":
        sample = request_lab.sample(request.GET.get("sample", ""))
        if sample is None:
            return _page(request, RequestForm(), {}, 200)
        text = sample["text"].strip("\n")
        return _page(request, RequestForm.holding(text), _context(request_lab.checked(text)), 200)
    form = RequestForm(request.POST)
    if not form.is_valid():
        form = RequestForm.holding(_safe(request.POST.get("pasted", "")))
        return _page(request, form, {"refused": "Choose one of the protocols in the list."}, 422)
    return _checked(request, form.cleaned_data)


@sensitive_variables()
def _checked(request: HtmxHttpRequest, data: Mapping[str, Any]) -> HttpResponse:
    text, protocol = data["pasted"], data["protocol"]
    try:
        done = request_lab.checked(text, data["chosen"], protocol)
    except InvalidInput as refused:
        sentence = refused.errors["pasted"]
        return _page(request, RequestForm.holding("", sentence, protocol=protocol), {"refused": sentence}, 422)
    except Problem as broken:
        return _page(request, RequestForm.holding("", str(broken), protocol=protocol), {"refused": str(broken)}, 500)
    return _page(request, RequestForm.holding(_safe(text), protocol=protocol), _context(done), 200)


def _safe(text: str) -> str:
    """What was pasted, to stand in the box again: without its keys."""
    return hide(text)[0]


def _context(done: Checked) -> dict[str, Any]:
    counts = done.count()
    sure = counts["certain"]
    undecided = done.kind in ("unknown", "report", "answer") or bool(done.foreign)
    state = "broken" if sure else "warning" if counts["likely"] else "unknown" if undecided else "works"
    shown = known().raw["sizes"]["shown"]
    corrected = done.corrected if done.corrected is None or len(done.corrected) <= shown else None
    return {
        "done": done,
        "state": state,
        "title": _title(done, counts),
        "rows": [_row(fault) for fault in done.faults],
        "corrected": corrected,
        "too_long": done.corrected is not None and corrected is None,
        "open_faults": [fault for fault in done.open_faults if fault.severity != "maybe"],
        "tabs": [
            {"key": one.key, "label": one.label, "command": one.text, "title": f"The request as {one.label}"}
            for one in done.snippets
        ],
        "model_state": _model_state(done),
        "causes": list(dict.fromkeys(known().cause(fault.part) for fault in done.faults if fault.severity != "maybe")),
        "first_cause": known().cause(done.faults[0].part) if done.faults and state == "broken" else "",
        "command": f"{reports.fetch_command()}\npython3 probe.pyz --request request.json",
    }


def _model_state(done: Checked) -> str:
    """What to say of the model beside the faults, where none of them is about it."""
    if done.model is None or any(fault.part == "model" for fault in done.faults):
        return ""
    return _MODEL_STATES.get(done.model.word, "broken")


def _title(done: Checked, counts: Mapping[str, int]) -> str:
    if done.kind == "unknown":
        return "No request was found in this text"
    if done.kind == "report":
        return "This is a probe's report, not a request"
    if done.kind == "answer":
        return "This is an answer, not a request"
    if done.foreign:
        return f"This is written for {done.foreign}"
    sure, likely, maybe = counts["certain"] + 0, counts["likely"], counts["maybe"]
    if sure:
        more = f", {likely} more {'is' if likely == 1 else 'are'} likely" if likely else ""
        return f"{sure} thing{'' if sure == 1 else 's'} here {'is' if sure == 1 else 'are'} sure to be refused{more}"
    if likely:
        return f"{likely} thing{'' if likely == 1 else 's'} here {'is' if likely == 1 else 'are'} likely to be refused"
    if maybe:
        return f"Nothing here is refused; {maybe} thing{'' if maybe == 1 else 's'} to look at"
    return "Nothing wrong was found"


def _row(fault: Fault) -> Row:
    # Of a field that is near another one, or surely somebody else's, it is known what is meant, or whose it is.
    told = fault.kind == "unknown_field" and (fault.near or fault.is_sure)
    allowed = () if told else fault.allowed
    first, rest = allowed[:_ALLOWED_AT_ONCE], allowed[_ALLOWED_AT_ONCE:]
    return Row(fault, _STATES[fault.severity], _WORDS[fault.severity], known().cause(fault.part), first, rest)


def _page(request: HtmxHttpRequest, form: RequestForm, context: Mapping[str, Any], status: int) -> HttpResponse:
    """The whole page, or the answer's place alone for htmx: the box in the browser stays as it is."""
    template = "request/_answer.html" if request.htmx else "request/page.html"
    shown = {"form": form, "samples": known().samples, "swap": bool(request.htmx), **context}
    return render(request, template, shown, status=status)
