"""``check``: everything that can be said of a pasted request without asking anybody."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from diagnostics.engine.models_table import State, state_of
from diagnostics.engine.phrases import PHRASES
from diagnostics.engine.request import judging as engine
from diagnostics.engine.request import reading
from diagnostics.engine.secrets import Secret
from diagnostics.payloads import (
    addresses,
    headers,
    judging,
    lenient,
    mending,
    positions,
    recognising,
    schema,
    semantics,
)
from diagnostics.payloads.hiding import hide
from diagnostics.payloads.knowing import Known, Protocol, known
from diagnostics.payloads.records import Checked, Fault, Place, Request, Size, path_of
from diagnostics.payloads.snippets import snippets

_MOST_SHOWN = 60
_MOST_PLACED = 40
_MOST_HEADERS = 200
_REFUSED_MODELS = ("retired", "client_name", "platform_name", "other_vendor")
_VERBATIM = ("json", "curl", "http", "har")  # kinds whose body stands in the text as it is sent
_LONGEST_LIST = 12
_WORDS = {
    "bare_value": "a text stands there without quotes", "inner_quote": "a quotation mark inside a text is not escaped",
    "missing_bracket": "a closing bracket is missing", "missing_colon": "an equals sign stands where JSON wants a colon",
}  # fmt: skip
_REPAIRED = {
    "trailing_comma": "a comma before a closing bracket was taken away",
    "single_quotes": "single quotes became double ones",
    "smart_quotes": "typographic quotes became plain ones", "bare_name": "names got their quotes",
    "python_words": "True, False and None became true, false and null",
    "comment": "comments were taken out", "missing_comma": "a missing comma was put in", "missing_bracket": "a missing closing bracket was put in",
    "ends_early": "the end that was missing was put in", "raw_control_character": "line breaks and tabs inside of texts were escaped",
    "bad_escape": "a backslash that escapes nothing was doubled", "lone_surrogate": "half of a surrogate pair became a replacement character",
    "inner_quote": "quotation marks inside of a text were escaped", "bare_value": "a text without quotes got them",
    "missing_colon": "an equals sign became a colon",
    "after_the_end": "what stood after its end was taken away", "byte_order_mark": "the byte order mark was taken away",
    "json_in_a_string": "the JSON was taken out of the text that it was encoded in",
}  # fmt: skip


def check(text: str, today: date, *, chosen: int | None = None, protocol: str = "") -> Checked:
    """Check what was pasted. ``chosen``: which of several requests (from 1). ``protocol``: judge by this one, whatever it looks like.

    Never raises; whatever is told holds no secret of the text.
    """
    request = recognising.recognise(text, chosen)
    request = replace(request, headers=request.headers[:_MOST_HEADERS])
    title = recognising.KINDS[request.kind]
    if request.kind in ("empty", "unknown", "report"):
        return Checked(request.kind, title)
    return _Check(request, today, known(), protocol).done(title)


class _Check:
    """One check: each step leaves what the next ones need."""

    def __init__(self, request: Request, today: date, known_: Known, protocol: str) -> None:
        self.known, self.today, self.request = known_, today, request
        self.address, written = addresses.read(request, known_)
        self.faults: list[Fault] = [*request.faults, *written]
        self.body, self.hidden = _without_secrets(request)
        self.document = (
            reading.read(self.body.encode("utf-8", "surrogatepass")) if self.body else reading.Document(0, "")
        )
        self.repairs: list[str] = []
        self.text = self.body or ""
        self.value = self._value()
        self.protocol = self._protocol(protocol)
        self.platform = self._platform()
        self.foreign = "" if protocol else self._foreign()
        self.betas = headers.betas_of(request)
        self.model = self._model()

    def done(self, title: str) -> Checked:
        """All that comes of it."""
        if self.foreign:
            return self._not_judged(title)
        self.faults += addresses.faults(self.request, self.address, self.protocol, self.known)
        if not self.platform:
            self.faults += headers.faults(self.request, self.protocol, self.address.vendor, self.known)
        size = self._size()
        mended = None
        if isinstance(self.value, dict):
            self.faults += self._form()
            own = self._judge(self.value)
            self.faults += own
            mended = mending.mend(self.value, own, self._judge, self.protocol, self.known, self._better_model())
        if size is not None:
            self.faults += self._over(size)
        about_model = list(self._model_faults())
        self.faults += about_model
        shown = self._placed(_ordered(self.faults))
        changes = [*self.repairs, *(mended.changes if mended else ())]
        final = mended.value if mended is not None else self.value
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
            size=size,
            corrected=json.dumps(final, indent=2, ensure_ascii=False) if changes and final is not None else None,
            changes=tuple(changes),
            open_faults=(*(() if self._better_model() else about_model), *(mended.left if mended else ())),
            snippets=snippets(final, self.protocol, self.address, self._good_betas(), self._bearer()),
            notes=self._notes(),
            not_checked=tuple(self._not_checked()),
            choices=self.request.choices,
            hidden=self.hidden,
        )

    # -- the body as JSON

    def _value(self) -> Any:
        problem = self.document.problem
        if not self.body or problem is None:
            return self.document.value
        says = PHRASES.get(problem.word) or _WORDS.get(problem.word) or problem.word
        self.faults.append(self._json_fault(problem, says))
        mended = _repaired(self.body)
        if mended is None:
            return self.document.value if isinstance(self.document.value, dict) else None
        value, words = mended
        if (
            problem.word in _REPAIRED
            and problem.word not in words
            and problem.word in ("byte_order_mark", "json_in_a_string")
        ):
            words = (*words, problem.word)
        self.repairs = [f"JSON: {_REPAIRED[word]}" for word in dict.fromkeys(words) if word in _REPAIRED]
        self.text = json.dumps(value, indent=2, ensure_ascii=False)
        return value

    def _json_fault(self, problem: reading.Problem, says: str) -> Fault:
        excerpt = None
        if problem.line is not None and problem.column is not None and self.body:
            lines = positions.Lines(self.body)
            start = _offset(self.body, problem.line, problem.column)
            excerpt = lines.excerpt(min(start, len(self.body)), min(start + 1, len(self.body)))
        return Fault(
            "json",
            "the body",
            f"is no JSON: {says}",
            "certain",
            (),
            "",
            problem.word,
            None,
            problem.line,
            problem.column,
            excerpt,
        )

    # -- what it is

    def _protocol(self, asked: str) -> Protocol:
        every = self.known.protocols
        if asked in every:
            return every[asked]
        by_path = addresses.protocol_by_path(self.address, self.known)
        if by_path is not None:
            return by_path
        if self.request.protocol in every:
            return every[self.request.protocol]
        value = self.value if isinstance(self.value, dict) else {}
        if "messages" not in value and "input" in value:
            return every["responses"]
        model = state_of(str(value.get("model", "")), self.today)
        if model.vendor == "anthropic":
            return every["messages"]
        theirs = sum(name in value for name in every["chat_completions"].marks)
        ours = sum(name in value for name in every["messages"].marks)
        roles = [message.get("role") for message in _dicts(value.get("messages"))]
        is_chat = theirs > ours or bool({"tool", "developer", "function"}.intersection(map(str, roles)))
        if "system" not in value:  # two signs of Chat Completions that Messages has another place for
            is_chat = is_chat or roles[:1] == ["system"] or (model.vendor == "openai" and theirs >= ours)
        return every["chat_completions" if is_chat or self.address.vendor == "openai" else "messages"]

    def _model(self) -> State | None:
        name = self.value.get("model") if isinstance(self.value, dict) else None
        if not isinstance(name, str) or not name.strip() or "model" in self.request.unresolved or self._platform():
            return None
        return state_of(name, self.today, self.protocol.vendor)

    def _own_api(self) -> bool:
        """It goes to the vendor's own API, as far as is known; a gateway may have models of its own."""
        return (
            self.address.vendor in (None, self.protocol.vendor)
            if self.address.url is None
            else self.address.vendor == self.protocol.vendor
        )

    def _better_model(self) -> str | None:
        if (
            self.model is None
            or not self._own_api()
            or self.model.word not in ("retired", "near", "client_name", "platform_name")
        ):
            return None
        return self.model.use

    def _model_faults(self) -> Iterator[Fault]:
        state = self.model
        if state is None or state.word in ("works", "legacy"):
            return
        own, near = self._own_api(), state.use or ""
        severity = {
            "retired": "certain",
            "client_name": "certain",
            "platform_name": "certain",
            "other_vendor": "certain",
            "near": "likely",
        }.get(state.word, "maybe")
        if state.word == "retiring" and state.days_left is not None and state.days_left <= 30:
            severity = "likely" if state.days_left <= 7 else "maybe"
        if not own:
            if state.word in ("other_vendor", "platform_name", "unknown", "near"):
                return  # the gateway's own list decides
            severity = "likely" if severity == "certain" else "maybe"
        elif state.word == "unknown" and self.protocol.vendor == "openai":
            severity = "maybe"
        elif self.address.url is None and severity == "certain" and state.word in ("other_vendor", "platform_name"):
            severity = "likely"
        yield Fault("model", "model", state.says, severity, (), near, state.word, ("model",))

    def _platform(self) -> str:
        """The cloud that offers this protocol under its own rules, empty where it goes to nobody's but the vendor's."""
        about = self.known.raw["platforms"]
        written = self.value.get("anthropic_version") if isinstance(self.value, dict) else None
        if isinstance(written, str) and re.match(about["versions"], written):
            return written.partition("-")[0].title()
        vendor = self.address.vendor or ""
        return self.known.titles.get(vendor, vendor) if vendor in about["vendors"] else ""

    def _foreign(self) -> str:
        """Title of a protocol that is recognised and not judged here; empty for the others."""
        if not isinstance(self.value, dict) or self.address.vendor in ("anthropic", "openai"):
            return ""
        form = engine.form_of(self.value, self.known.table)
        if form is None or form["vendor"] not in self.known.raw["foreign"] or "anthropic_version" in self.value:
            return ""
        return str(form["title"])

    def _not_judged(self, title: str) -> Checked:
        note = f"The body has the form of {self.foreign}, which is not judged here; choose a protocol below the box to have it judged by that one."
        return Checked(
            self.request.kind,
            title,
            faults=tuple(self.faults),
            notes=(*self._notes(), note),
            not_checked=("the body, since its protocol is none of those that are known here",),
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
        form = engine.other_form(self.value, self.known.table)
        if form is not None and self.protocol.name == "messages":
            says = f"has the form of {form}, and is judged as {self.protocol.title}"
            yield Fault(
                "body",
                "the body",
                says,
                "certain" if self._own_api() and self.address.url else "likely",
                kind="other_form",
            )

    def _size(self) -> Size | None:
        if self.request.body is None:
            return None
        bytes_ = len(self.request.body.encode("utf-8", "surrogatepass"))
        tokens, images = _tokens(self.value, self.known) if isinstance(self.value, dict) else (0, 0)
        return Size(bytes_, self.protocol.largest, tokens, images)

    def _over(self, size: Size) -> Iterator[Fault]:
        if size.largest and size.bytes > size.largest:
            yield Fault(
                "size", "the body", f"has {size.bytes} bytes, and the API takes no more than {size.largest}", "certain"
            )
        window = self.model.model.context if self.model is not None and self.model.model is not None else None
        if window is None:
            return
        if size.tokens > window * 1.25:
            says = f"is about {size.tokens} tokens by a rough count, and the model reads {window}"
            yield Fault("size", "the body", says, "likely")
        elif size.tokens > window * 0.8:
            says = f"is about {size.tokens} tokens by a rough count, close to the model's {window}; the API counts them for nothing"
            yield Fault("size", "the body", says, "maybe")

    def _placed(self, faults: Sequence[Fault]) -> list[Fault]:
        """The same with line, column and excerpt, those first ones that have a place in the body."""
        wanted = {fault.place for fault in faults[:_MOST_PLACED] if fault.place}
        if not wanted or not self.text:
            return list(faults)
        spans = positions.locate(self.text, wanted)
        lines = positions.Lines(self.text)
        own = self.request.kind in _VERBATIM and not self.repairs  # else its lines are none of what was pasted
        placed = [_with_place(fault, spans, lines) if fault.place in wanted else fault for fault in faults]
        return [one if own or one.part == "json" else replace(one, line=None, column=None) for one in placed]

    # -- words about the whole

    def _bearer(self) -> bool:
        """A token in Authorization goes with it, and none that is an API key in the wrong header."""
        values = headers.values_of(self.request)
        if not self.protocol.is_anthropic or "authorization" not in values or "x-api-key" in values:
            return False
        shape = self.known.vendors.shape_of(headers.unmasked(headers.credential_of(values["authorization"])[0]))
        return not (shape is not None and shape.type == "api_key" and shape.vendor == "anthropic" and self._own_api())

    def _good_betas(self) -> tuple[str, ...]:
        form = self.known.table["headers"]["beta"]
        return tuple(dict.fromkeys(beta for beta in self.betas if re.fullmatch(form, beta)))[:20]

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
        elif not self._own_api():
            yield "what this gateway takes of the protocol, and what it calls its models"
        yield f"fields that are newer than {schema.snapshot(self.protocol.name).date}"


def _ordered(faults: Sequence[Fault]) -> list[Fault]:
    """Each once, the surest first, and in this order those that stand first in a request."""
    parts = ("json", "address", "key", "headers", "model", "size", "body")
    once = {(fault.part, fault.path, fault.says): fault for fault in faults}
    has_model = any(fault.part == "model" for fault in faults)
    kept = [fault for fault in once.values() if not (has_model and fault.part == "body" and fault.path == "model")]
    rank = {"certain": 0, "likely": 1, "maybe": 2}
    return sorted(kept, key=lambda fault: (rank[fault.severity], parts.index(fault.part)))


def _with_place(fault: Fault, spans: Mapping[Place, tuple[int, int]], lines: positions.Lines) -> Fault:
    place = fault.place or ()
    span = spans.get((*place, "")) if fault.kind in ("unknown_field", "needs_beta", "not_for_model") else None
    span = span or spans.get(place)
    if span is None:
        holder = next((spans[place[:cut]] for cut in range(len(place) - 1, -1, -1) if place[:cut] in spans), None)
        span = (holder[0], holder[0] + 1) if holder else None
    if span is None:
        return fault
    line, column = lines.of(span[0])
    return replace(fault, line=line, column=column, excerpt=lines.excerpt(*span))


def _offset(text: str, line: int, column: int) -> int:
    at = 0
    for _ in range(line - 1):
        found = text.find("\n", at)
        if found < 0:
            break
        at = found + 1
    return at + column - 1


def _repaired(body: str) -> tuple[Any, tuple[str, ...]] | None:
    """The value that was probably meant, and what was forgiven; None where guessing would be all there is."""
    text = body.strip("\ufeff \t\r\n")
    try:
        read = lenient.read(text)
    except (lenient.Unreadable, RecursionError):
        return None
    rest = text[read.end :].strip()
    words = tuple(word for word, _ in read.forgiven)
    if isinstance(read.value, str) and read.value.lstrip()[:1] in ("{", "[") and not rest:
        inner = _inner(read.value)
        return (inner, (*words, "json_in_a_string")) if inner is not None else None
    if rest and rest not in (";", ",", ")", "%"):
        return None
    words += ("after_the_end",) if rest else ()
    return (read.value, words) if isinstance(read.value, (dict, list)) else None


def _inner(text: str) -> Any:
    try:
        return lenient.read(text).value
    except (lenient.Unreadable, RecursionError):
        return None


def _without_secrets(request: Request) -> tuple[str | None, int]:
    """The body without anything that looks like a key, and without the keys of the headers; how many were taken out."""
    if request.body is None:
        return None, _sent_keys(request)
    body, hidden = request.body, 0
    for value in _secrets(request):
        hidden += body.count(value)
        body = body.replace(value, f"[{Secret(value).shape}]")
    body, more = hide(body)
    return body, hidden + more + _sent_keys(request)


def _sent_keys(request: Request) -> int:
    sent = [value for name, value in request.headers if name.lower() in headers.CREDENTIALS]
    return sum(not headers.is_variable(headers.credential_of(value)[0]) for value in sent if value.strip())


def _secrets(request: Request) -> Iterator[str]:
    named = [value for name, value in request.headers if name.lower() in headers.CREDENTIALS]
    for value in [*named, request.inline_key]:
        bare = headers.credential_of(value)[0]
        if len(bare) >= 8 and not headers.is_variable(bare):
            yield bare


def _tokens(value: Mapping[str, Any], known_: Known) -> tuple[int, int]:
    """Roughly: the letters of all texts, by what letters usually make; and how many images there are."""
    latin = other = 0
    stack: list[Any] = [value.get(name) for name in ("system", "messages", "tools", "input", "instructions")]
    images = sum(block.get("type") == "image" for _, block in semantics.blocks(value))
    while stack:
        one = stack.pop()
        if isinstance(one, str):
            plain = len(one.encode("ascii", "ignore"))
            latin += plain
            other += len(one) - plain
        elif isinstance(one, list):
            stack += one
        elif isinstance(one, dict):
            stack += [part for name, part in one.items() if name != "data"]
    rates = known_.raw["tokens"]
    return int(latin / rates["latin"] + other / rates["other"]), images


def _dicts(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


__all__ = ["Checked", "check", "path_of"]
