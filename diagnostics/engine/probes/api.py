"""The free calls of the API with the credential that wins: the model list and a token count. Nothing here is billed.

The credential goes to the origin of the effective base URL and nowhere else, over TLS that the client's own trust set
accepts on the very
connection that carries it, and never to another vendor than its shape belongs to.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Optional
from urllib.parse import quote

from diagnostics.engine.probes.asking import Heard, Unheard, ask
from diagnostics.engine.probes.base import TUNNEL, Context, Probe, Result, stopped_by_proxy
from diagnostics.engine.probes.dns import no_target
from diagnostics.engine.probes.tcp import PATH
from diagnostics.engine.records import Credential, Environment, FactValue
from diagnostics.engine.secrets import Secret

if TYPE_CHECKING:
    from diagnostics.engine.net.http import Request

LIMIT = 10.0
MODELS_PATH = "/v1/models?limit=100"
VERSION = "2023-06-01"
_OAUTH_BETA = "oauth-2025-04-20"  # without it the API refuses OAuth tokens with "not supported"
_OAUTH_KINDS = ("oauth_token", "login", "profile")


def withheld(environment: Environment) -> Optional[str]:
    """Why the credential must stay here: ``none``, ``malformed`` or ``other_vendor``; None when it may go."""
    if not environment.credentials or not environment.credentials[0].secret:
        return "none"
    facts = environment.facts
    if facts.get("config.key.header_illegal") is True:
        return "malformed"
    key, host = facts.get("config.key.vendor"), facts.get("config.base_url.vendor")
    if key is not None and host is not None and key != host:
        return "other_vendor"
    stays = facts.get("config.key.along_stays")  # without it the question would not be the client's
    return stays if isinstance(stays, str) else None


def request_of(context: Context, method: str, path: str, body: Optional[dict[str, Any]] = None) -> Request:
    """A call of the target's API as this client makes it, with its credential where that may go."""
    from diagnostics.engine.net.http import Request

    environment = context.environment
    headers = {"anthropic-version": VERSION, "accept": "application/json"}
    if body is not None:
        headers["content-type"] = "application/json"
    credentials: dict[str, Secret] = {}
    if withheld(environment) is None:
        credential = environment.credentials[0]
        credentials = _sent(environment.credentials)
        if credential.kind in _OAUTH_KINDS:
            headers["anthropic-beta"] = _OAUTH_BETA
    content = b"" if body is None else json.dumps(body).encode()
    return Request(method, context.target, environment.base_path + path, headers, content, credentials)


def _sent(held: tuple[Credential, ...]) -> dict[str, Secret]:
    """Header by header what the client sends: the winner, and what goes along with it."""
    going = (held[0], *(credential for credential in held[1:] if credential.beside))
    return {name: credential.secret for credential in reversed(going) for name in credential.headers}


async def _models(context: Context) -> Result:
    environment = context.environment
    reason = withheld(environment)
    sent: dict[str, FactValue] = {
        "api.models.credential_sent": reason is None,
        **({"api.models.withheld": reason} if reason else {}),
    }
    try:
        heard = await ask(context, "api.models", request_of(context, "GET", MODELS_PATH), LIMIT)
    except Unheard as unheard:
        return Result(
            {**unheard.result.facts, **_unsent(context, unheard.result)}, failed=unheard.result.failed, opens=False
        )
    models = listed(heard)
    if heard.unverified and reason is None:
        sent = {"api.models.credential_sent": False, "api.models.withheld": "unverified_tls"}
    facts = {**sent, **heard.facts, "api.models.accepted": models is not None}
    organization = heard.answer.headers.get("anthropic-organization-id")
    if organization:
        facts["api.models.organization"] = organization
    if models is not None:
        facts["api.models.form"] = _form(heard.data)
        facts.update(await _open_to_all(context, facts))
        facts.update(await _model(context, models))
    return Result(facts)


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
    wanted = context.environment.model
    if (
        wanted is None
        or context.environment.facts.get("config.base_url.first_party") is not True
        or not is_model_id(wanted)
    ):
        return {}
    name = bare(wanted)
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


def bare(model: str) -> str:
    """The id as the API takes it: Claude Code's ``[1m]`` is its own suffix."""
    return model.partition("[")[0].strip()


def is_model_id(model: str) -> bool:
    """Whether it is an id, not one of Claude Code's own aliases (``opus``), which it replaces before it asks."""
    return "-" in bare(model)


async def _count_tokens(context: Context) -> Result:
    model = context.environment.model
    assert model is not None  # ``idle`` has seen to it
    body = {"model": bare(model), "messages": [{"role": "user", "content": "Hello"}]}
    request = request_of(context, "POST", "/v1/messages/count_tokens", body)
    try:
        heard = await ask(context, "api.count_tokens", request, LIMIT)
    except Unheard as unheard:
        return unheard.result
    counted = (
        heard.answer.status == 200 and isinstance(heard.data, dict) and isinstance(heard.data.get("input_tokens"), int)
    )
    return Result({**heard.facts, "api.count_tokens.accepted": counted, "api.count_tokens.credential_sent": True})


def _not_asked(environment: Environment) -> Optional[str]:
    """What goes by another way than the client's proves nothing, and no credential travels there."""
    return no_target(environment) or stopped_by_proxy(environment)


def _nothing_to_count(environment: Environment) -> Optional[str]:
    reason = _not_asked(environment)
    if reason is not None:
        return reason
    if withheld(environment) is not None:
        return "no credential may be sent there"
    if environment.model is None or not is_model_id(environment.model):
        return "no model is named"
    return None


MODELS = Probe(
    "api.models", "auth", "The model list, with the credential that wins", LIMIT * 1.5 + 1, _models,
    ways=PATH, through_proxy=TUNNEL, idle=_not_asked,
)  # fmt: skip
COUNT_TOKENS = Probe(
    "api.count_tokens", "request", "A token count, with the configured model", LIMIT + 1, _count_tokens,
    ways=PATH, through_proxy=TUNNEL, idle=_nothing_to_count, quick=False,
)  # fmt: skip
