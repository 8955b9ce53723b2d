"""How large a request is, and whether that is too much: bytes exactly, tokens roughly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from diagnostics.payloads import semantics
from diagnostics.payloads.knowing import Known, Protocol
from diagnostics.payloads.records import Fault, Request, Size

_CLOSE, _OVER = 0.8, 1.25  # of the model's window, by a count that may be off by a quarter


def size(request: Request, value: Any, protocol: Protocol, known: Known) -> Size | None:
    """The size of a request's body, None where it has none."""
    if request.body is None:
        return None
    bytes_ = len(request.body.encode("utf-8", "surrogatepass"))
    tokens, images = _tokens(value, known) if isinstance(value, dict) else (0, 0)
    return Size(bytes_, protocol.largest, tokens, images)


def faults(measured: Size, window: int | None) -> Iterator[Fault]:
    """What is too much; ``window``: tokens that the model reads, None where that is not known."""
    if measured.largest and measured.bytes > measured.largest:
        says = f"has {measured.bytes} bytes, and the API takes no more than {measured.largest}"
        yield Fault("size", "the body", says, "certain")
    if window is None or measured.tokens <= window * _CLOSE:
        return
    says = f"is about {measured.tokens} tokens by a rough count"
    if measured.tokens > window * _OVER:
        yield Fault("size", "the body", f"{says}, and the model reads {window}", "likely")
    else:
        yield Fault(
            "size", "the body", f"{says}, close to the model's {window}; the API counts them for nothing", "maybe"
        )


def _tokens(value: Mapping[str, Any], known: Known) -> tuple[int, int]:
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
    rates = known.raw["tokens"]
    return int(latin / rates["latin"] + other / rates["other"]), images
