"""The free question that fails as the client is configured: an experiment asks the same one again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from diagnostics.engine.probes import api, first_run
from diagnostics.engine.records import Environment, Facts, Origin

_OVER_PROXY = ("proxy.dns.failure", "proxy.tcp.failure", "proxy.connect.failure", "proxy.connect.status")
_DIRECT = ("dns.system.failure", "tcp.failure")
_SECURED = ("tls.handshake.failure", "tls.client.failure")
_ANSWERED = ("api.models.failure", "api.models.status")
_THEIR_OWN = ("provider", "gateway", "other_vendor")  # who speaks for the host that was asked


@dataclass(frozen=True)
class Question:
    """What is asked: the probe whose question it is, where, and what became of it as configured (``before``, a word or a status).

    ``origin`` is None where the base URL names no host. ``path`` is behind that of the base URL where the probe is the model list.
    ``answered``: the one who was asked did answer, to a question that carried a credential: asked without one, he may say less.
    """

    probe: str
    origin: Optional[Origin]
    path: str
    before: str
    answered: bool = False


def failing(environment: Environment, facts: Facts) -> Optional[Question]:
    """The first question on the client's way that was not answered by the one who was asked; None where all were.

    First that of the target itself. Where no connection came about, any question shows the way, and Anthropic's own API has
    an address that answers 200 to everybody; otherwise it is the list of models, asked without a credential.
    """
    if not _reaches_its_target(facts):
        name = _step(environment, facts)
        before = str(facts[name]) if name else "nothing asked"
        if environment.origin == first_run.API and name not in _ANSWERED:
            return Question("hello.api", first_run.API, first_run.API_PATH, before)
        answered = facts.get("api.models.answerer") in _THEIR_OWN and facts.get("api.models.credential_sent") is True
        return Question("api.models", environment.origin, api.MODELS_PATH, before, answered)
    if facts.get("config.first_run_counts") is not True:
        return None
    for probe, origin, path in first_run.ADDRESSES:
        word = facts.get(f"{probe}.failure", facts.get(f"{probe}.status", 200))
        if word != 200:
            return Question(probe, origin, path, str(word))
    return None


def is_answer(answerer: object, status: object) -> bool:
    """Whether the one who was asked gave it, not somebody on the way, and can do what he is there for."""
    return answerer in _THEIR_OWN and isinstance(status, int) and status < 500


def _reaches_its_target(facts: Facts) -> bool:
    status = facts.get("api.models.status")
    missing = status in (404, 405) and facts.get("config.base_url.first_party") is True
    return is_answer(facts.get("api.models.answerer"), status) and not missing


def _step(environment: Environment, facts: Facts) -> Optional[str]:
    """The fact of what the client meets first on its way that goes wrong."""
    way: tuple[str, ...] = _OVER_PROXY if environment.proxy is not None else _DIRECT
    for name in (*way, *_SECURED, *_ANSWERED):
        value = facts.get(name)
        if value is not None and not (name == "proxy.connect.status" and isinstance(value, int) and value < 300):
            return name
    return None
