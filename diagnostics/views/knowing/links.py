"""Relative names of the knowledge: ``cause:tls_intercepted``, ``guide:retries``; where each leads, and what it is called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from django.urls import reverse

from diagnostics import guide_schema
from diagnostics.engine import library, models_table
from diagnostics.views import telling

PAGES = {
    "knowledge": "Knowledge",
    "causes": "Causes",
    "guides": "Guides",
    "providers": "Providers",
    "clients": "Clients",
    "models": "Models",
    "hosts": "Hosts to allow",
    "search": "Search",
    "probe": "probe.pyz",
}
"""Pages that ``page:<name>`` leads to, by the name of their address, and what they are called."""


@dataclass(frozen=True)
class Target:
    """Where a relative name leads."""

    href: str
    title: str


def find(name: str) -> Target | None:
    """The target of ``kind:name`` or ``kind:name#part``; None where there is none. Raises ``KeyError`` for an unknown kind."""
    kind, _, rest = name.partition(":")
    wanted, hash_, part = rest.partition("#")
    target = KINDS[kind]().get(wanted)
    return Target(target.href + hash_ + part, target.title) if target else None


def _causes() -> Mapping[str, Target]:
    told = (cause for group in telling.everything() for cause in group.causes)
    return {cause.code: Target(reverse("cause", args=[cause.code]), cause.title) for cause in told}


def _guides() -> Mapping[str, Target]:
    return {
        guide.slug: Target(reverse("guide", args=[guide.slug]), guide.title) for guide in guide_schema.read_guides()
    }


def _pages() -> Mapping[str, Target]:
    return {name: Target(reverse(name), title) for name, title in PAGES.items()}


def _named(kind: str) -> Mapping[str, Target]:
    knowledge = library.load()
    tables = {"provider": knowledge.providers, "client": knowledge.clients}[kind]
    return {name: Target(reverse(kind, args=[name]), str(table["title"])) for name, table in tables.items()}


def _models() -> Mapping[str, Target]:
    page = reverse("models")
    every = [model for vendor in models_table.load().values() for model in vendor.models]
    return {name: Target(f"{page}#{one.id}", one.title) for one in every for name in (one.id, *one.aliases)}


KINDS: Mapping[str, Callable[[], Mapping[str, Target]]] = {
    "cause": cache(_causes),
    "guide": _guides,
    "page": cache(_pages),
    "provider": cache(lambda: _named("provider")),
    "client": cache(lambda: _named("client")),
    "model": cache(_models),
}
"""Every kind of relative name: name -> target, for each."""
