"""The provider's status page: a witness beside the path, reached on its own way."""

from __future__ import annotations

from typing import Any, Optional
from urllib.parse import urlsplit

from diagnostics.engine.probes import reference
from diagnostics.engine.probes.asking import Heard, Unheard, ask
from diagnostics.engine.probes.base import Context, Probe, Result
from diagnostics.engine.records import Environment, FactValue, Origin

LIMIT = 8.0
BODY_MOST = 512 * 1024  # a summary with long incident histories
_CLOSED = ("resolved", "postmortem", "completed")


async def _status(context: Context) -> Result:
    from diagnostics.engine.net.http import Request

    split = urlsplit(context.plan.status_url)
    host = (split.hostname or "").lower()
    request = Request("GET", Origin(split.scheme, host, split.port or 443), split.path or "/", body_most=BODY_MOST)
    try:
        heard = await ask(context, "service.status", request, LIMIT)
    except Unheard as unheard:
        return unheard.result
    return Result({**heard.facts, **_read(heard)})


def _read(heard: Heard) -> dict[str, FactValue]:
    if heard.answer.status != 200 or not isinstance(heard.data, dict):
        return {}
    facts: dict[str, FactValue] = {}
    indicator = _dict(heard.data.get("status")).get("indicator")
    if isinstance(indicator, str):
        facts["service.status.indicator"] = indicator
    component = _component(_list(heard.data.get("components")))
    if component is not None:
        facts["service.status.api"] = str(component.get("status", ""))
        facts["service.status.incidents"] = _incidents(_list(heard.data.get("incidents")), component)
    return facts


def _component(components: list[dict[str, Any]]) -> Optional[dict[str, Any]]:
    """The API's own component: by id, since names change; by name, since ids may."""
    number, words = reference.status_component()
    by_id = (component for component in components if component.get("id") == number)
    by_name = (component for component in components if any(word in str(component.get("name", "")) for word in words))
    return next(by_id, None) or next(by_name, None)


def _incidents(incidents: list[dict[str, Any]], component: dict[str, Any]) -> tuple[str, ...]:
    """Titles of open incidents that concern the component; one that names no component may concern any."""
    titles = []
    for incident in incidents:
        concerned = [entry.get("id") for entry in _list(incident.get("components"))]
        if incident.get("status") not in _CLOSED and (not concerned or component.get("id") in concerned):
            titles.append(str(incident.get("name", "")))
    return tuple(titles[:5])


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[dict[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _other_provider(environment: Environment) -> Optional[str]:
    vendor = environment.facts.get("config.base_url.vendor")
    return "the base URL is another provider's" if vendor not in (None, reference.FIRST_PARTY) else None


STATUS = Probe(
    "service.status",
    "service",
    "The provider's status page",
    LIMIT + 1,
    _status,
    through_proxy=(("proxy.tcp",),),
    idle=_other_provider,
    quick=False,
)
