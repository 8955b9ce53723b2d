"""``check``: everything that can be said of a pasted request without asking anybody."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from diagnostics.engine.models_table import State, state_of
from diagnostics.engine.request import judging as engine
from diagnostics.engine.request import reading
from diagnostics.payloads import (
    addresses,
    choosing,
    elsewhere,
    halves,
    headers,
    judging,
    mending,
    placing,
    recognising,
    repairing,
    schema,
    sizes,
)
from diagnostics.payloads.hiding import without_secrets
from diagnostics.payloads.knowing import Known, known
from diagnostics.payloads.records import Checked, Fault, Request
from diagnostics.payloads.snippets import snippets

_MOST_SHOWN = 60
_MOST_HEADERS = 200
_VERBATIM = ("json", "curl", "http", "har")  # kinds whose body stands in the text as it is sent
_LONGEST_LIST = 12
_MARKS = 2  # of another form: one is a slip, and told as one


def check(text: str, today: date, *, chosen: int | None = None, protocol: str = "") -> Checked:
    """Check what was pasted. ``chosen``: which of several requests (from 1). ``protocol``: judge by this one, whatever it looks like.

    Never raises; whatever is told holds no secret of the text.
    """
    request = recognising.recognise(halves.whole(text), chosen)
    request = halves.whole(replace(request, headers=request.headers[:_MOST_HEADERS]))
    title = recognising.KINDS[request.kind]
    if request.kind in ("empty", "unknown", "report", "answer"):
        return Checked(request.kind, title)
    return _Check(request, today, known(), protocol).done(title)


def _is_finite(value: Any) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        return False
    return True


class _Check:
    """One check: each step leaves what the next ones need."""

    def __init__(self, request: Request, today: date, known_: Known, protocol: str) -> None:
        self.known, self.today, self.request = known_, today, request
        self.address, written = addresses.read(request, known_)
        self.faults: list[Fault] = [*request.faults, *written]
        self.body, self.hidden = without_secrets(request)
        self.document = (
            reading.read(self.body.encode("utf-8", "surrogatepass")) if self.body else reading.Document(0, "")
        )
        cut = any(one.kind == "apostrophe" for one in request.faults)
        self.repairs: list[str] = ["curl: the apostrophes stand inside of the body again"] if cut else []
        self.text = self.body or ""
        self.value = self._value()
        self.protocol = choosing.protocol_of(protocol, request, self.address, self.value, known_, today)
        self.platform = choosing.platform_of(self.address, self.value, known_)
        self.aside = "" if protocol else request.aside or elsewhere.endpoint(request, self.address, known_)
        self.foreign = "" if protocol else self.aside or choosing.foreign_of(self.address, self.value, known_)
        self.own = choosing.is_own(self.address, self.protocol)
        self.betas = headers.betas_of(request)
        self.model = self._model()

    def done(self, title: str) -> Checked:
        """All that comes of it."""
        if self.foreign:
            return self._not_judged(title)
        self.faults += addresses.faults(self.request, self.address, self.protocol, self.known)
        if not self.platform:
            self.faults += headers.faults(self.request, self.protocol, self.address.vendor, self.known)
        measured = sizes.size(self.request, self.value, self.protocol, self.known)
        better = choosing.better_model(self.model, self.own, self.today)
        mended = None
        if isinstance(self.value, dict):
            self.faults += self._form()
            own = self._judge(self.value)
            self.faults += own
            mended = mending.mend(self.value, own, self._judge, self.protocol, self.known, better)
        if measured is not None:
            self.faults += sizes.faults(measured, self.model.model.context if self.model and self.model.model else None)
        about_model = list(choosing.model_faults(self.model, self.own, self.address))
        verbatim = self.request.kind in _VERBATIM and not self.repairs and not self.request.params_at
        shown = placing.placed(placing.folded(placing.ordered([*self.faults, *about_model])), self.text, verbatim)
        changes = [*self.repairs, *(mended.changes if mended else ())]
        final = mended.value if mended is not None else self.value
        final = final if _is_finite(final) else None  # a number that JSON can write and nothing can hold
        snapshot = schema.snapshot(self.protocol.beta if self.betas and self.protocol.beta else self.protocol.name)
        return Checked(
            kind=self.request.kind,
            title=title,
            protocol=self.protocol.name,
            protocol_title=self.protocol.title,
            source=f"{snapshot.sdk} {snapshot.version}",
            source_date=snapshot.date,
            method=self.request.method[:10],
            address=self.address.shown,
            header_names=headers.safe(self.request.headers),
            faults=tuple(shown[:_MOST_SHOWN]),
            more=max(0, len(shown) - _MOST_SHOWN),
            model=self.model,
            size=measured,
            corrected=json.dumps(final, indent=2, ensure_ascii=False) if changes and final is not None else None,
            changes=tuple(changes),
            open_faults=(*(() if better else about_model), *(mended.left if mended else ())),
            snippets=snippets(final, self.protocol, self.address, self._good_betas(), self._bearer()),
            notes=self._notes(),
            not_checked=tuple(self._not_checked()),
            choices=self.request.choices,
            hidden=self.hidden,
        )

    def _value(self) -> Any:
        """The body as JSON, or what was probably meant."""
        problem = self.document.problem
        if not self.body or problem is None:
            return self.document.value
        self.faults.append(repairing.fault(self.body, problem))
        mended = repairing.repaired(self.body, problem)
        if mended is None:
            return self.document.value if isinstance(self.document.value, dict) else None
        value, words = mended
        self.repairs += repairing.sentences(words)
        self.text = json.dumps(value, indent=2, ensure_ascii=False)
        return value

    def _model(self) -> State | None:
        name = self.value.get("model") if isinstance(self.value, dict) else None
        if not isinstance(name, str) or not name.strip() or "model" in self.request.unresolved or self.platform:
            return None
        return state_of(name, self.today, self.protocol.vendor)

    def _not_judged(self, title: str) -> Checked:
        if self.aside:
            note = "Here requests for an answer are judged: messages, chat completions, responses."
        else:
            note = f"The body has the form of {self.foreign}, not judged here; choose a protocol below the box to have it judged by that one."
        return Checked(
            self.request.kind,
            title,
            faults=tuple(self.faults),
            notes=(*self._notes(), note),
            not_checked=("the body, since its form is none of those that are known here",),
            hidden=self.hidden,
            address=self.address.shown,
            foreign=self.foreign,
        )

    # -- what is wrong

    def _judge(self, value: Mapping[str, Any]) -> list[Fault]:
        name = value.get("model")
        model = state_of(name, self.today, self.protocol.vendor) if isinstance(name, str) and name.strip() else None
        aside = self.known.raw["platforms"]["fields"] if self.platform else ()
        return judging.judge(
            value,
            self.protocol,
            self.known,
            betas=self.betas,
            model=model,
            unresolved=(*self.request.unresolved, *aside),
            repeated=self.document.repeated,
        )

    def _form(self) -> Iterator[Fault]:
        """Written for another API altogether."""
        if not self.protocol.is_anthropic or not isinstance(self.value, dict) or self.platform:
            return
        form = engine.other_form(self.value, self.known.table, _MARKS)
        if form is not None and self.protocol.name == "messages":
            says = f"has the form of {form}, and is judged as {self.protocol.title}"
            yield Fault(
                "body",
                "the body",
                says,
                "certain" if self.own and self.address.url else "likely",
                kind="other_form",
            )

    # -- words about the whole

    def _bearer(self) -> bool:
        """A token in Authorization goes with it, and none that is an API key in the wrong header."""
        values = headers.values_of(self.request)
        if not self.protocol.is_anthropic or "authorization" not in values or "x-api-key" in values:
            return False
        shape = self.known.vendors.shape_of(headers.unmasked(headers.credential_of(values["authorization"])[0]))
        return not (shape is not None and shape.type == "api_key" and shape.vendor == "anthropic" and self.own)

    def _good_betas(self) -> tuple[str, ...]:
        form = self.known.table["headers"]["beta"]
        return tuple(
            dict.fromkeys(beta for beta in self.betas if re.fullmatch(form, beta) and headers.is_sayable(beta))
        )[:20]

    def _notes(self) -> tuple[str, ...]:
        notes = list(self.request.notes)
        if self.request.unresolved:
            names = ", ".join(self.request.unresolved[:_LONGEST_LIST])
            notes.append(f"Only the program knows what stands at {names}; there nothing was judged.")
        return tuple(notes)

    def _not_checked(self) -> Iterator[str]:
        yield "whether the key is valid, has credit and may use this model"
        if isinstance(self.value, dict):
            yield "whether the prompt fits: only the API counts tokens exactly"
        if self.request.kind in ("json", "code", "jsonl") and not self.request.headers:
            yield "the headers, since none were pasted: paste the whole curl command to have them checked"
        if self.platform:
            yield f"what {self.platform} wants beside the body: its address, its signature, its names of models"
        elif not self.own:
            yield "what this gateway takes of the protocol, and what it calls its models"
        yield f"fields that are newer than {schema.snapshot(self.protocol.name).date}"
