"""The free calls of the API with the credential that wins: the model list and a token count. Nothing here is billed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Optional
from urllib.parse import quote

from diagnostics.engine import library
from diagnostics.engine.probes.asking import Heard, Unheard, ask
from diagnostics.engine.probes.base import TUNNEL, Context, Probe, Result
from diagnostics.engine.probes.sending import LIMIT, model_of, not_asked, request_of, unsendable, withheld, within
from diagnostics.engine.probes.tcp import PATH
from diagnostics.engine.records import Environment, FactValue
from diagnostics.engine.request import PROTOCOL

if TYPE_CHECKING:
    from diagnostics.engine.net.http import Request

MODELS_PATH = "/v1/models?limit=100"
_LONGEST_NAME = 200  # characters
_NO_MODEL = "no model is named"
_TOLD_NOTHING = "a token count for a model of the list told nothing of this client"
_PAUSE = 0.8  # seconds before a failed question is asked again; clients wait about as long
_LARGE_BODIES = 30.0  # seconds that a large request may take to leave


async def _models(context: Context) -> Result:
    environment = context.environment
    reason = withheld(environment)
    sent: dict[str, FactValue] = {
        "api.models.credential_sent": reason is None,
        **({"api.models.withheld": reason} if reason else {}),
    }
    try:
        heard, failed_first = await _asked(context, "api.models", request_of(context, "GET", MODELS_PATH), LIMIT)
    except Unheard as unheard:
        return Result(
            {**unheard.result.facts, **_unsent(context, unheard.result)}, failed=unheard.result.failed, opens=False
        )
    models = listed(heard)
    if heard.unverified and reason is None:
        sent = {"api.models.credential_sent": False, "api.models.withheld": "unverified_tls"}
    facts = {**sent, **heard.facts, **failed_first, "api.models.accepted": models is not None}
    organization = heard.answer.headers.get("anthropic-organization-id")
    if organization:
        facts["api.models.organization"] = organization
    if models is not None:
        facts["api.models.form"] = _form(heard.data)
        context.shared.models.extend(name for name in models if 0 < len(name) <= _LONGEST_NAME)
        facts.update(await _open_to_all(context, facts))
        facts.update(await _model(context, models))
    else:
        facts.update(await _asked_without(context, heard, facts))
    return Result(facts)


async def _asked(context: Context, call: str, request: Request, limit: float) -> tuple[Heard, dict[str, FactValue]]:
    """The answer that counts, and the status of a failure before it: a server's failure that is over at once stops no client, since all
    ask again."""
    heard = await ask(context, call, request, limit)
    status = heard.answer.status
    if status < 500 or status == 501:
        return heard, {}
    await asyncio.sleep(_PAUSE)
    try:
        again = await ask(context, call, request, LIMIT / 4)
    except Unheard:
        return heard, {}
    return (again, {f"{call}.failed_first": status}) if again.answer.status < 500 else (heard, {})


def _form(data: Any) -> str:
    """Whose list this is: Anthropic's has a cursor, the other common one calls itself a list."""
    return "anthropic" if "has_more" in data or data.get("object") != "list" else "openai"


async def _open_to_all(context: Context, facts: Mapping[str, FactValue]) -> dict[str, FactValue]:
    """Whether a gateway gives the same list to anybody: then it says nothing about the credential."""
    environment = context.environment
    if environment.facts.get("config.base_url.first_party") is True or facts["api.models.credential_sent"] is not True:
        return {}
    request = replace(request_of(context, "GET", MODELS_PATH), credentials={})
    try:
        heard = await ask(context, "api.models", request, LIMIT / 2)
    except Unheard:
        return {}
    return {"api.models.open": listed(heard) is not None}


async def _asked_without(context: Context, heard: Heard, facts: Mapping[str, FactValue]) -> dict[str, FactValue]:
    """Whether a refusal in no form of the API's own is the same where no credential is sent: then nothing shows that it was read."""
    if heard.answer.status != 401 or heard.body.enveloped or facts["api.models.credential_sent"] is not True:
        return {}
    request = replace(request_of(context, "GET", MODELS_PATH), credentials={})
    try:
        without = await ask(context, "api.models", request, LIMIT / 2)
    except Unheard:
        return {}
    return {"api.models.same_without": _refusal(without) == _refusal(heard)}


def _refusal(heard: Heard) -> tuple[object, ...]:
    """A refusal without the numbers that differ each time."""
    words = re.sub(r"[0-9a-f-]*\d[0-9a-f-]*", "", heard.body.message)
    names = ("content_type", "wants")
    kept = tuple(heard.facts.get(f"api.models.{name}") for name in names)
    return (heard.answer.status, heard.body.kind, heard.body.code, words, *kept)


def _unsent(context: Context, result: Result) -> dict[str, FactValue]:
    """What became of the credential when no answer came: it went if the request had left."""
    reason = withheld(context.environment)
    asked = any(event.what == "asked" for event in context.events)
    if reason is None and not asked and str(result.failed).startswith("tls_"):
        reason = "unverified_tls"
    facts: dict[str, FactValue] = {"api.models.credential_sent": reason is None and asked}
    return facts if reason is None else {**facts, "api.models.withheld": reason}


def listed(heard: Heard) -> Optional[list[str]]:
    """Ids of a model list, None when the answer is none."""
    data = heard.data.get("data") if heard.answer.status == 200 and isinstance(heard.data, dict) else None
    if not isinstance(data, list):
        return None
    return [str(entry.get("id", "")) for entry in data if isinstance(entry, dict)]


async def _model(context: Context, models: list[str]) -> dict[str, FactValue]:
    """Whether the API knows the configured model: by its list, else by asking, since aliases stand in no list."""
    name = model_of(context.environment)
    if (
        name is None
        or len(name) > _LONGEST_NAME
        or context.environment.facts.get("config.base_url.first_party") is not True
    ):
        return {}
    if name in models:
        return {"api.model.listed": True}
    try:
        path = f"/v1/models/{quote(name, safe='')}"
        heard = await ask(context, "api.models", request_of(context, "GET", path), LIMIT / 2)
    except Unheard:
        return {}
    if heard.answer.status == 404 and heard.body.kind == "not_found_error":
        return {"api.model.listed": False}
    return {"api.model.listed": True} if heard.answer.status == 200 else {}


async def _count_tokens(context: Context) -> Result:
    environment = context.environment
    chosen = environment.request is None and model_of(environment) is None  # by us, from the list
    if chosen and not context.shared.models:
        return Result(idle=_NO_MODEL)
    body = {**_counted(environment), **({"model": context.shared.models[0]} if chosen else {})}
    request = request_of(context, "POST", "/v1/messages/count_tokens", body)
    try:
        heard, failed_first = await _asked(context, "api.count_tokens", request, within(request.body))
    except Unheard as unheard:
        return Result(idle=_TOLD_NOTHING) if chosen and _is_gateway(environment) else unheard.result
    if chosen and not _tells_of_all(heard, environment):
        return Result(idle=_TOLD_NOTHING)
    counted = (
        heard.answer.status == 200 and isinstance(heard.data, dict) and isinstance(heard.data.get("input_tokens"), int)
    )
    told: dict[str, FactValue] = {
        "api.count_tokens.accepted": counted,
        "api.count_tokens.credential_sent": not heard.unverified,
    }
    if chosen:
        told["api.count_tokens.model_chosen"] = True
    return Result({**heard.facts, **failed_first, **told})


def _is_gateway(environment: Environment) -> bool:
    return environment.facts.get("config.base_url.first_party") is False


def _tells_of_all(heard: Heard, environment: Environment) -> bool:
    """Whether an answer to a model of our choice says something of the client's, too: what it says of that model does not.

    It does where somebody on the way speaks, or the API could not read what it takes from everybody.
    """
    if heard.answer.status in (200, 401):
        return True
    stopped = heard.facts["api.count_tokens.answerer"] in ("proxy", "middlebox", "portal")
    unread = heard.answer.status == 400 and "json" in heard.body.message.lower()
    return not _is_gateway(environment) and (stopped or unread)


def _counted(environment: Environment) -> dict[str, Any]:
    """A word of our own, or what of the given request a token count takes; the rest it would refuse."""
    model = model_of(environment)
    if environment.request is None:
        return {"model": model, "messages": [{"role": "user", "content": "Hello"}]}
    taken = library.load().requests[PROTOCOL]["count_tokens"]
    body = {name: value for name, value in environment.request.value.items() if name in taken}
    return {**body, "model": model} if model is not None else body


def _nothing_to_count(environment: Environment) -> Optional[str]:
    reason = not_asked(environment) or unsendable(environment)
    if reason is not None:
        return reason
    if withheld(environment) is not None:
        return "no credential may be sent there"
    return None


MODELS = Probe(
    "api.models", "auth", "The model list, with the credential that wins", LIMIT * 1.5 + 1, _models,
    ways=PATH, through_proxy=TUNNEL, idle=not_asked,
)  # fmt: skip
COUNT_TOKENS = Probe(
    "api.count_tokens", "request", "A token count, with the configured model or the given request", LIMIT + _LARGE_BODIES, _count_tokens,
    ways=PATH, through_proxy=TUNNEL, after=("api.models",), idle=_nothing_to_count, quick=False,
)  # fmt: skip
