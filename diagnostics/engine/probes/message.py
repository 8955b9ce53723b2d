"""One smallest real message, which is billed: it alone shows credit, a message's own limits, and what becomes of a stream.

It is sent once and only where it was asked for. How a stream arrived is told in times and pieces: whether somebody held it back is for
the knowledge to say, and often a message as small as this does not show it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Optional

from diagnostics.engine.probes.asking import Heard, Unheard, ask
from diagnostics.engine.probes.base import TUNNEL, Context, Probe, Result
from diagnostics.engine.probes.sending import model_of, not_asked, request_of, unsendable, withheld, within
from diagnostics.engine.probes.streams import Event, events_of, is_stream
from diagnostics.engine.probes.tcp import PATH
from diagnostics.engine.records import Environment, FactValue

NAME = "api.message"
LIMIT = 25.0  # seconds: a busy model takes its time before the first word
_LARGE_BODIES = 30.0
_MOST = 1_000_000  # bytes of an answer
_LAST = b"message_stop"
_REFUSED = (401, 402, 403, 429, 529)
_ABOUT_THE_MODEL = (403, 404, 422)
_TEXT = "Hi"
_AROUND = 16  # tokens that stand around a message, measured as 7 with the models of 2026
_TOOLS = 1000  # tokens of the instructions that come with tools
_SMALL = ("haiku", "mini", "flash", "small", "lite")


def smallest(environment: Environment, model: Optional[str]) -> Optional[dict[str, Any]]:
    """The message that would be sent: one word and one token in return, or the given request made as short as it may be."""
    if environment.request is not None:
        if unsendable(environment) is not None:
            return None
        body = dict(environment.request.value)
        if _may_be_shorter(body):
            body["max_tokens"] = 1
        return {**body, "model": model} if model is not None else body
    if model is None:
        return None
    word = {"model": model, "max_tokens": 1, "messages": [{"role": "user", "content": _TEXT}]}
    return {**word, "stream": True} if environment.streams else word


def billed_most(environment: Environment) -> int:
    """Tokens that the message costs at most: what is sent and what may come back. A token is a byte at least."""
    body = smallest(environment, model_of(environment) or "any")
    if body is None:
        return 0
    if environment.request is None:
        return len(_TEXT) + _AROUND + 1
    most = body.get("max_tokens")
    back = most if isinstance(most, int) and most > 0 else 0
    return (
        len(json.dumps(body, ensure_ascii=False).encode(errors="replace"))
        + _AROUND
        + (_TOOLS if body.get("tools") else 0)
        + back
    )


def _may_be_shorter(body: Mapping[str, Any]) -> bool:
    """One token is enough, but where thinking has a budget within ``max_tokens``; what is wrong stays wrong, for the API to say."""
    most, thinking = body.get("max_tokens"), body.get("thinking")
    enabled = isinstance(thinking, dict) and thinking.get("type") == "enabled"
    return isinstance(most, int) and not isinstance(most, bool) and most > 1 and not enabled


async def _message(context: Context) -> Result:
    reason = _pointless(context)
    if reason is not None:
        return Result(idle=reason)
    named = model_of(context.environment)
    body = smallest(context.environment, named or _a_small_one(context.shared.models))
    if body is None:
        return Result(idle="no model is named")
    asked: dict[str, FactValue] = {f"{NAME}.stream": body.get("stream") is True}
    context.keep(asked)
    last = {"last": _LAST} if asked[f"{NAME}.stream"] else {}
    request = request_of(context, "POST", "/v1/messages", body, body_most=_MOST, **last)
    try:
        heard = await ask(context, NAME, request, max(LIMIT, within(request.body)))
    except Unheard as unheard:
        return replace(unheard.result, facts={**unheard.result.facts, f"{NAME}.accepted": False})
    if named is None and context.environment.request is None and heard.answer.status in _ABOUT_THE_MODEL:
        return Result(idle="no model is named, and what was said of another one is not about it")
    return Result({**asked, **heard.facts, **_came(context, heard), f"{NAME}.credential_sent": not heard.unverified})


def _pointless(context: Context) -> Optional[str]:
    """A message would only repeat what a free call has said."""
    facts = context.facts
    if facts.get("api.models.status") in _REFUSED:
        return "a free call was refused already"
    refused = facts.get("api.count_tokens.accepted") is False and facts.get("api.count_tokens.answerer") == "provider"
    return "the API has refused this request already" if refused and context.environment.request is not None else None


def _a_small_one(models: Sequence[str]) -> Optional[str]:
    """The cheapest that the list offers, as far as its name says."""
    return next((model for word in _SMALL for model in models if word in model), models[-1] if models else None)


def _came(context: Context, heard: Heard) -> dict[str, FactValue]:
    answer = heard.answer
    if not is_stream(answer):
        whole = isinstance(heard.data, dict) and heard.data.get("type") == "message"
        return {f"{NAME}.streamed": False, f"{NAME}.accepted": answer.status == 200 and whole, **_billed(heard.data)}
    events = events_of(answer)
    complete = any(event.name == "message_stop" for event in events)
    made: dict[str, FactValue] = {
        f"{NAME}.streamed": True,
        f"{NAME}.accepted": answer.status == 200 and complete,
        f"{NAME}.begun": any(event.name == "message_start" for event in events),
        f"{NAME}.complete": complete,
        f"{NAME}.events": len(events),
        f"{NAME}.pieces": len(answer.pieces),
        f"{NAME}.length_told": "content-length" in answer.headers,
    }
    if answer.broken:
        made[f"{NAME}.broken"] = answer.broken
    if events:
        made.update(_times(context, events))
        made.update(_held(context))
    usage = [event.data for event in events if event.name in ("message_start", "message_delta")]
    return {**made, **_billed({"usage": {**_usage(usage[:1]), **_usage(usage[1:])}})}


def _times(context: Context, events: Sequence[Event]) -> dict[str, FactValue]:
    """When the first event came, how much later than the answer to a plain call, and how far apart first and last were."""
    first = events[0].at
    plain = [context.facts.get(f"{call}.first_byte_seconds") for call in ("api.models", "api.count_tokens")]
    quickest = min((seconds for seconds in plain if isinstance(seconds, float)), default=0.0)
    return {
        f"{NAME}.first_event_seconds": round(first, 4),
        f"{NAME}.waited_seconds": round(max(0.0, first - quickest), 4),
        f"{NAME}.spread_seconds": round(events[-1].at - first, 4),
    }


def _held(context: Context) -> dict[str, FactValue]:
    """How much later the answer came than its own Date, beyond what the same server's other answers show of the two clocks.

    A Date is whole seconds, so one of them is forgiven.
    """
    ages = dict(context.shared.ages)
    age = ages.pop(NAME, None)
    return (
        {f"{NAME}.held_seconds": round(max(0.0, age - max(ages.values()) - 1.0), 3)} if ages and age is not None else {}
    )


def _usage(told: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    for data in told:
        message = data.get("message", data)
        usage = message.get("usage") if isinstance(message, dict) else None
        if isinstance(usage, dict):
            return usage
    return {}


def _billed(data: Any) -> dict[str, FactValue]:
    usage = data.get("usage") if isinstance(data, dict) else None
    tokens = [usage.get(name) for name in ("input_tokens", "output_tokens")] if isinstance(usage, dict) else []
    numbers = [
        number for number in tokens if isinstance(number, int) and not isinstance(number, bool) and 0 <= number < 1e9
    ]
    return {f"{NAME}.billed_tokens": sum(numbers)} if numbers else {}


def _nothing_to_send(environment: Environment) -> Optional[str]:
    reason = not_asked(environment) or unsendable(environment)
    if reason is not None:
        return reason
    return "no credential may be sent there" if withheld(environment) is not None else None


MESSAGE = Probe(
    NAME, "request", "A real message, which is billed", LIMIT + _LARGE_BODIES + 1, _message,
    ways=PATH, through_proxy=TUNNEL, after=("api.models", "api.count_tokens", "request"), idle=_nothing_to_send, billed=True,
)  # fmt: skip
