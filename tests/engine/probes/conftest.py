"""A run of real probes against a declared network: sockets on loopback, the environment given as its record."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest

from diagnostics.engine import probes
from diagnostics.engine.net import Guard, Net, Roots
from diagnostics.engine.probes import Plan
from diagnostics.engine.records import (
    Attempt,
    Client,
    Credential,
    Environment,
    FactValue,
    Observations,
    Origin,
    Proxy,
)
from diagnostics.engine.secrets import Secret
from diagnostics.lab import KEY
from diagnostics.lab.network import Lab
from tests.lab.fixtures import serve

__all__ = ["serve"]

VENDORS = {"api.anthropic.com": "anthropic", "api.openai.com": "openai", "api.deepseek.com": "deepseek"}
FIRST_RUN = ("https://api.anthropic.com/api/hello", "https://platform.claude.com/v1/oauth/hello")


def origin_of(url: str) -> Origin:
    """Scheme, host and port of a URL."""
    parts = urlsplit(url)
    return Origin(parts.scheme, parts.hostname or "", parts.port or {"http": 80, "https": 443}[parts.scheme])


def proxy_of(url: str) -> Proxy:
    """The proxy of a proxy URL."""
    parts = urlsplit(url)
    user = Secret(parts.username) if parts.username else None
    return Proxy(origin_of(url), "HTTPS_PROXY", user, Secret(parts.password) if parts.password else None)


def environment(
    base_url: str = "https://api.anthropic.com",
    *,
    proxy: str | None = None,
    key: str | None = KEY,
    key_vendor: str = "anthropic",
    model: str | None = None,
    first_run: tuple[str, ...] = FIRST_RUN,
    facts: dict[str, FactValue] | None = None,
    **others: Any,
) -> Environment:
    """An environment as ``capture()`` makes one, by default a healthy first-party one."""
    origin = origin_of(base_url)
    vendor = VENDORS.get(origin.host)
    told: dict[str, FactValue] = {"config.base_url.first_party": vendor == "anthropic"}
    if vendor is not None:
        told["config.base_url.vendor"] = vendor
    if key is not None:
        told["config.key.vendor"] = key_vendor
    return Environment(
        client=Client("claude-code"),
        mode="interactive",
        base_url=base_url,
        origin=origin,
        base_path=urlsplit(base_url).path.rstrip("/"),
        proxy=proxy_of(proxy) if proxy else None,
        credentials=(Credential("api_key", "ANTHROPIC_API_KEY", "environment", Secret(key)),)
        if key is not None
        else (),
        model=model,
        first_run_urls=first_run,
        facts={**told, **(facts or {})},
        **others,
    )


def patience(word: str) -> float:
    """Seconds that a run may take: shorter where the test waits for nothing to come, and long enough for what does."""
    return 4.0 if word.endswith("_timeout") else 10.0


@dataclass(frozen=True)
class Observed:
    """What a run gave, handy to ask."""

    observations: Observations

    def __getitem__(self, fact: str) -> FactValue:
        return self.observations.facts[fact]

    def __contains__(self, fact: str) -> bool:
        return fact in self.observations.facts

    def attempt(self, probe: str) -> Attempt:
        """The attempt of a probe."""
        return next(attempt for attempt in self.observations.attempts if attempt.probe == probe)


class Observe:
    """Probe a laboratory as a client with this environment would meet it."""

    def __call__(
        self,
        lab: Lab,
        known: Environment | None = None,
        *,
        only: tuple[str, ...] | None = None,
        timeout: float = 10.0,
        guard: Guard | None = None,
        roots: Roots | None = None,
        plan: Plan | None = None,
    ) -> Observed:
        net = Net(guard or Guard.strict(), lab.network_map(), roots or Roots(public_pem=lab.public_pem))
        wanted = plan or Plan(only=frozenset(only) if only else None, timeout=timeout)
        return Observed(asyncio.run(probes.observe(known or environment(), net, wanted)))


@pytest.fixture
def observe() -> Observe:
    """See ``Observe``."""
    return Observe()
