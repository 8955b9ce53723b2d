"""The list of hosts to hand to a network team: for a client and its providers, what must be let through and why."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from diagnostics import pages_schema
from diagnostics.engine import library
from diagnostics.pages_schema import NEEDS, Need

PORT = 443
PROTOCOL = "HTTPS"
_API = "the API itself"


@dataclass(frozen=True)
class Row:
    """One host. ``name`` may hold ``*``: at its beginning for everything below, elsewhere for a part of the reader's own.

    ``date`` is None where it comes with a provider's address and has no day of its own.
    """

    name: str
    purpose: str
    need: Need
    clients: tuple[str, ...]
    addresses: tuple[str, ...]
    date: datetime.date | None
    source: str


@dataclass(frozen=True)
class Choice:
    """For whom the list is made: a client's name, "" for every one, and providers' names."""

    client: str
    providers: tuple[str, ...]
    optional: bool

    @classmethod
    def of(cls, client: str, providers: Sequence[str], optional: bool) -> Choice:
        """What is not known counts as not asked; without a provider it is the one that clients ask by themselves."""
        knowledge = library.load()
        named = tuple(dict.fromkeys(name for name in providers if name in knowledge.providers))
        return cls(client if client in knowledge.clients else "", named or (_usual(),), optional)


def rows(choice: Choice) -> tuple[Row, ...]:
    """Every host once, the needed ones first."""
    merged: dict[str, Row] = {}
    for row in (*_api_hosts(choice), *_listed(choice)):
        known = merged.get(row.name)
        merged[row.name] = _both(known, row) if known else row
    kept = (row for row in merged.values() if choice.optional or row.need != "optional")
    return tuple(sorted(kept, key=lambda row: NEEDS.index(row.need)))


def pairs() -> Iterator[tuple[str, str]]:
    """Every host with what it is for, for the search."""
    every = Choice("", tuple(library.load().providers), optional=True)
    yield from ((row.name, row.purpose) for row in rows(every))


def _usual() -> str:
    """The provider that the clients ask where nobody says otherwise."""
    defaults = {table["base_url"]["default"] for table in library.load().clients.values()}
    return next(
        name for name, table in library.load().providers.items() if defaults & set(table.get("anthropic_base_urls", ()))
    )


def _api_hosts(choice: Choice) -> Iterator[Row]:
    clients = (choice.client,) if choice.client else tuple(library.load().clients)
    for name in choice.providers:
        table = library.load().providers[name]
        ranges = tuple(table.get("address_ranges", ()))
        for host in table.get("api_hosts", ()):
            purpose = f"{_API} ({table['title']})"
            yield Row(host, purpose, "must", clients, ranges, None, f"knowledge/providers/{name}.toml")


def _listed(choice: Choice) -> Iterator[Row]:
    for host in pages_schema.hosts().host:
        clients = tuple(host.clients) or tuple(library.load().clients)
        need = host.need if host.provider is None or host.provider in choice.providers else host.elsewhere
        if need is not None and choice.client in ("", *clients):
            table = library.load().providers[host.addresses] if host.addresses else {}
            addresses = tuple(table.get("address_ranges", ()))
            yield Row(host.name, host.purpose, need, clients, addresses, host.date, host.source)


def _both(one: Row, other: Row) -> Row:
    return replace(
        one,
        purpose=f"{one.purpose}; {other.purpose}",
        need=min(one.need, other.need, key=NEEDS.index),
        clients=tuple(dict.fromkeys((*one.clients, *other.clients))),
        addresses=one.addresses or other.addresses,
        date=one.date or other.date,
        source=other.source if one.date is None else one.source,
    )
