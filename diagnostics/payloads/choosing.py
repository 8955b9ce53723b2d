"""Which protocol a request is of, whose API it goes to, and what is told of its model there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from diagnostics.engine.models_table import State, state_of
from diagnostics.engine.request import judging as engine
from diagnostics.payloads.addresses import Address, protocol_by_path
from diagnostics.payloads.knowing import Known, Protocol
from diagnostics.payloads.records import Fault, Request

_SEVERITIES = {
    "retired": "certain",
    "client_name": "certain",
    "platform_name": "certain",
    "other_vendor": "certain",
    "near": "likely",
}
_CORRECTED = ("retired", "near", "client_name", "platform_name")
_SOON, _NOW = 30, 7  # days before a model's end


def protocol_of(asked: str, request: Request, address: Address, value: Any, known: Known, today: date) -> Protocol:
    """The protocol to judge by: the one that was asked for, the address's, the call's, or what the body looks like."""
    every = known.protocols
    if asked in every:
        return every[asked]
    by_path = protocol_by_path(address, known)
    if by_path is not None:
        return by_path
    if request.protocol in every:
        return every[request.protocol]
    body = value if isinstance(value, dict) else {}
    if "messages" not in body and "input" in body:
        return every["responses"]
    is_chat = address.vendor == "openai" or _is_chat(body, known, today)
    return every["chat_completions" if is_chat else "messages"]


def _is_chat(body: Mapping[str, Any], known: Known, today: date) -> bool:
    model = state_of(str(body.get("model", "")), today)
    if model.vendor == "anthropic":
        return False
    theirs = sum(name in body for name in known.protocols["chat_completions"].marks)
    ours = sum(name in body for name in known.protocols["messages"].marks)
    messages = body.get("messages")
    roles = [str(one.get("role")) for one in messages if isinstance(one, dict)] if isinstance(messages, list) else []
    if theirs > ours or {"tool", "developer", "function"}.intersection(roles):
        return True
    # two signs of Chat Completions that Messages has another place for
    return "system" not in body and (roles[:1] == ["system"] or (model.vendor == "openai" and theirs >= ours))


def platform_of(address: Address, value: Any, known: Known) -> str:
    """The cloud that offers this protocol under its own rules, empty where it goes to nobody's but the vendor's."""
    about = known.raw["platforms"]
    written = value.get("anthropic_version") if isinstance(value, dict) else None
    if isinstance(written, str) and re.match(about["versions"], written):
        return written.partition("-")[0].title()
    vendor = address.vendor or ""
    return known.titles.get(vendor, vendor) if vendor in about["vendors"] else ""


def foreign_of(address: Address, value: Any, known: Known) -> str:
    """Title of a protocol that is recognised and not judged here; empty for the others."""
    if not isinstance(value, dict) or address.vendor in ("anthropic", "openai"):
        return ""
    form = engine.form_of(
        value, known.table, 2 if "max_tokens" in value else 1
    )  # beside which one other name is a slip
    if form is None or form["vendor"] not in known.raw["foreign"] or "anthropic_version" in value:
        return ""
    return str(form["title"])


def is_own(address: Address, protocol: Protocol) -> bool:
    """It goes to the vendor's own API, as far as is known; a gateway may have models and ways of its own."""
    return address.vendor == protocol.vendor or (address.url is None and address.vendor is None)


def better_model(state: State | None, own: bool, today: date) -> str | None:
    """The id that is safe to write in the place of the one that is given; of a model that ends soon the one to use then."""
    if state is None or not own or state.word not in _CORRECTED or state.use is None:
        return None
    then = state_of(state.use, today)
    ends = then.word == "retired" or (then.days_left is not None and then.days_left <= _SOON)
    return then.use if ends and then.use else state.use


def model_faults(state: State | None, own: bool, address: Address) -> Iterator[Fault]:
    """What is told of the model's name; where it is not the vendor's own API, the gateway's list decides."""
    if state is None or state.word in ("works", "legacy"):
        return
    severity = _SEVERITIES.get(state.word, "maybe")
    if state.word == "retiring" and state.days_left is not None and state.days_left <= _SOON:
        severity = "likely" if state.days_left <= _NOW else "maybe"
    if not own:
        if state.word in ("other_vendor", "platform_name", "unknown", "near"):
            return
        severity = "likely" if severity == "certain" else "maybe"
    elif address.url is None and state.word in ("other_vendor", "platform_name"):
        severity = "likely"  # nobody said that it goes to the vendor's own API
    yield Fault("model", "model", state.says, severity, (), state.use or "", state.word, ("model",))
