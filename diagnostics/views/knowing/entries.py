"""What can be found: causes with their signs and steps, guides, clients and their variables, providers, models, hosts, texts."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from functools import lru_cache

from django.urls import reverse

from diagnostics import guide_schema, pages_schema
from diagnostics.engine import library, models_table
from diagnostics.engine.phrases import COUNTRIES
from diagnostics.views import telling
from diagnostics.views.knowing import clients, hosts, providers, texts
from diagnostics.views.knowing.index import NAME, Entry, Index, build
from diagnostics.views.knowing.markdown import render
from diagnostics.views.knowing.public import version

KINDS = {
    "page": "Pages",
    "cause": "Causes",
    "text": "Error texts",
    "sign": "Signs",
    "step": "What to do",
    "guide": "Guides",
    "provider": "Providers",
    "client": "Clients",
    "variable": "Variables",
    "header": "Headers",
    "model": "Models",
    "host": "Hosts",
}
"""Kinds of entries and what their group of results is called."""

_STRONG = 3.0  # log-odds from which a finding speaks strongly


_BUILDING = threading.Lock()


def index() -> Index:
    """The index of what is known now; whoever asks while it is made waits for it, so that it is made once."""
    with _BUILDING:
        return _built(version())


@lru_cache(maxsize=2)
def _built(version: str) -> Index:
    return build(everything())


def everything() -> Iterator[Entry]:
    """Every entry."""
    yield from _causes()
    yield from _texts()
    yield from _guides()
    yield from _providers()
    yield from _clients()
    yield from _models()
    yield from _hosts()
    for place in pages_schema.pages().places:
        asked = pages_schema.pages().asked_by(f"page:{place.page}")
        yield Entry("page", place.title, reverse(place.page), place.says, (), 1.4, asked=asked)


def _hosts() -> Iterator[Entry]:
    page = reverse("hosts")
    yield from (Entry("host", name, f"{page}?optional=1", purpose, (name,)) for name, purpose in hosts.pairs())
    for one in pages_schema.hosts().obsolete:
        yield Entry("host", one.name, f"{page}#obsolete", f"Not needed any more: {one.why}", (one.name,))


def _causes() -> Iterator[Entry]:
    for group in telling.everything():
        for cause in group.causes:
            page = reverse("cause", args=[cause.code])
            plain = f"{cause.plain} Who can act: {cause.who_acts}."
            asked = f"{pages_schema.pages().asked_by(f'cause:{cause.code}')} {_unserved(cause.code)}"
            also = " ".join(_asked_for(cause.code))
            yield Entry("cause", cause.title, page, plain, (cause.code,), 1.5, also, asked)
            for sign in cause.speaks_for:
                yield Entry("sign", cause.title, f"{page}#evidence-title", sign.says, weight=0.5)
            for step in cause.steps[:-1]:  # the last one is everybody's
                yield Entry("step", cause.title, f"{page}#steps-title", step.do, weight=0.5)


def _unserved(code: str) -> str:
    """For the cause of refused countries, the names of those that no list has."""
    if code != pages_schema.pages().refusals["region"].cause:
        return ""
    served = {
        country
        for table in library.load().providers.values()
        for one in table.get("countries", ())
        for country in (*one["supported"], *table.get("undecided_countries", ()))
    }
    return " ".join(name for country, name in COUNTRIES.items() if country not in served)


def _asked_for(code: str) -> Iterator[str]:
    """The words and numbers that findings for a cause ask facts for: statuses, types of errors, failures; and how providers put it."""
    knowledge = library.load()
    strong = {item.finding for item in knowledge.causes[code].evidence if item.weight >= _STRONG and not item.context}
    for sign in knowledge.signatures:
        if sign.code in strong:
            yield from _operands(sign.when)
    yield from texts.literals_of(code)
    for table in knowledge.providers.values():
        for entry in table.get("errors", ()):
            if pages_schema.pages().refusals[entry["when"]].cause == code:
                yield from (str(entry[key]) for key in ("status", "type", "code") if key in entry)


def _operands(condition: object) -> Iterator[str]:
    """What a condition of the knowledge compares facts with, where that is a word or a number."""
    if isinstance(condition, Mapping):
        for key, value in condition.items():
            if key in ("all", "any"):  # what must not be is nothing to be found by
                yield from _operands(value)
            elif key in ("is", "in", "has", "has_any") and not isinstance(value, bool):
                yield from (str(one) for one in (value if isinstance(value, list) else [value]))
    elif isinstance(condition, list):
        for part in condition:
            yield from _operands(part)


def _texts() -> Iterator[Entry]:
    """Real error texts; each leads to its likeliest cause and names the others."""
    for one in texts.everything():
        titles = [told.title for told in map(telling.one, one.causes) if told is not None]
        page = reverse("cause", args=[one.causes[0]])
        text = f"{one.says} It can mean: {'; '.join(titles)}."
        yield Entry(
            "text", " · ".join(one.text.splitlines()), f"{page}#texts-title", text, weight=0.9, also=one.printed_by
        )


def _guides() -> Iterator[Entry]:
    for guide in guide_schema.read_guides():
        page = reverse("guide", args=[guide.slug])
        asked = pages_schema.pages().asked_by(f"guide:{guide.slug}")
        yield Entry("guide", guide.title, page, guide.summary, (guide.slug,), 1.3, asked=asked)
        for part in render(f"knowledge/guides/{guide.slug}.md", guide.body).parts:
            title = f"{guide.title}: {part.heading.text}" if part.heading else guide.title
            place = f"{page}#{part.heading.id}" if part.heading else page
            named = " ".join(NAME.findall(part.code))  # code is no prose: its single words mean nothing
            yield Entry("guide", title, place, part.words, weight=0.8, also=named)


def _providers() -> Iterator[Entry]:
    for provider in providers.everything():
        page = reverse("provider", args=[provider.name])
        known = (*provider.api_hosts, *provider.base_urls, *provider.key_variables)
        prefixes = (key.looks.rstrip("…") for key in provider.keys if key.looks.endswith("…"))
        yield Entry(
            "provider", provider.title, page, ", ".join(known), (provider.name, *provider.key_variables, *prefixes), 1.2
        )
        yield from (Entry("host", host, page, f"API of {provider.title}", (host,)) for host in provider.api_hosts)
        for network in provider.address_ranges:
            yield Entry("host", network, f"{page}#hosts-title", f"Published addresses of {provider.title}", (network,))
        for refusal in provider.refusals:
            said = [refusal.says, str(refusal.status or ""), refusal.type, refusal.code, *refusal.wordings]
            names = tuple(name for name in (refusal.type, refusal.code) if name and not name.isdigit())
            text = "; ".join(part for part in said if part)
            yield Entry("text", f"{refusal.says} ({provider.title})", f"{page}#errors-title", text, names)
        for name in provider.headers:
            yield Entry("header", name, page, f"A header that answers of {provider.title} have", (name,))


def _clients() -> Iterator[Entry]:
    for client in clients.everything():
        page = reverse("client", args=[client.name])
        yield Entry(
            "client",
            client.title,
            page,
            f"Variables, proxy and certificates of version {client.newest}",
            (client.name,),
            1.3,
        )
        for variable in client.variables:
            for name in variable.names:
                yield Entry(
                    "variable", f"{name} in {client.title}", f"{page}#{variable.names[0]}", variable.meaning, (name,)
                )
        for rule in client.rules:
            yield Entry(
                "client", f"{client.title}: {rule.title}", f"{page}#{rule.id}-title", " ".join(rule.says), weight=0.7
            )
        for name in client.near_misses:
            text = f"A name that looks right and is not: {client.title} does not read it"
            yield Entry("variable", name, f"{page}#near-title", text, (name,), 0.9)
        for wording in pages_schema.pages().wordings:
            if wording.client == client.name:
                text = f"{client.title}, {wording.versions}"
                yield Entry("text", wording.text, f"{page}#wordings-title", text, weight=0.7)
        for fault in client.faults:
            yield Entry(
                "client",
                f"{client.title}: {fault.of}",
                f"{page}#faults-title",
                f"{fault.says} {fault.source}",
                weight=0.7,
            )


def _models() -> Iterator[Entry]:
    page = reverse("models")
    for vendor in models_table.load().values():
        for model in vendor.models:
            names = (model.id, *model.aliases, *model.platforms.values())
            yield Entry("model", model.title, f"{page}#{model.id}", ", ".join(names), names, 1.1)
        if vendor.listed:
            title = f"Names of {vendor.title}'s models"
            yield Entry("model", title, f"{page}#names-{vendor.name}", ", ".join(vendor.listed), vendor.listed, 0.8)
