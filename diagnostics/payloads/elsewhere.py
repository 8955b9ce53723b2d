"""What is recognised and not judged here: an API's answer, other endpoints, libraries that write the request themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from diagnostics.payloads.addresses import Address, protocol_by_path
from diagnostics.payloads.knowing import Known, known
from diagnostics.payloads.records import Request


def is_answer(value: Mapping[str, Any]) -> bool:
    """It is what an API sent back: a message, a completion, a list, an error."""
    if {"messages", "input", "prompt", "max_tokens"} & set(value):
        return False
    is_message = value.get("type") == "message" and bool({"usage", "stop_reason"} & set(value))
    if is_message or value.get("type") == "error" or value.get("object") in ("chat.completion", "response", "list"):
        return True
    return isinstance(value.get("error"), (dict, str)) and "model" not in value


def wrapped(text: str) -> Request | None:
    """A call of a library with a form of its own, named and not taken apart; None where there is none."""
    for entry in known().raw["wrappers"]:
        if re.search(entry["calls"], text):
            return Request("code", aside=entry["title"], notes=(entry["says"],))
    return None


def endpoint(request: Request, address: Address, known_: Known) -> str:
    """What is asked, where that is another endpoint than those that are judged here; empty for these."""
    path = address.url.path if address.url is not None else address.path
    found = re.search(known_.raw["endpoints"]["others"], path)
    if found is None or request.params_at or protocol_by_path(address, known_) is not None:
        return ""
    return f"the endpoint {found[0]}"
