"""What is known of models by their names, from ``knowledge/models/<vendor>.toml``: one verb, ``state_of``.

The caller passes the day, so that the same name, table and day give the same answer. A table ages: an id that is formed as the vendor forms
them and is not listed may be newer than the table, and is told so instead of being called wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Optional

from diagnostics.engine import library

STAGES = ("active", "legacy", "deprecated", "retired")
WORDS = (
    "works",
    "legacy",
    "retiring",
    "deprecated",
    "retired",
    "client_name",
    "platform_name",
    "other_vendor",
    "near",
    "unknown",
)
"""What ``State.word`` may be. ``retiring`` has a day; ``near`` is no id but looks like one; ``unknown`` may be newer than the table."""

DATES = ("released", "deprecated_on", "retires_on", "not_before")
PLATFORMS = {"bedrock": "Amazon Bedrock", "vertex": "Google Cloud"}
_LONGEST = 100  # characters of a name that are looked at
_NEAR = 0.8
_PROFILE = re.compile(r"^(?:(?:us|eu|apac|jp|au|ca|global|us-gov)\.)?anthropic\.", re.IGNORECASE)
_OF_BEDROCK = re.compile(r"^arn:aws|-v\d(?::\d+)?$", re.IGNORECASE)
_OF_VERTEX = re.compile(r"@(?:\d{8}|default)$")
_RELAYED = re.compile(r"^[a-z0-9_.-]+/(?:.*/)?", re.IGNORECASE)  # vendor/model, as routers of many vendors write it


@dataclass(frozen=True)
class Model:
    """One model. ``retires_on`` is the day on which it ends or ended, ``not_before`` a promise while no end is announced."""

    id: str
    title: str
    vendor: str
    stage: str
    source: str
    checked: date
    aliases: tuple[str, ...] = ()
    released: Optional[date] = None
    deprecated_on: Optional[date] = None
    retires_on: Optional[date] = None
    not_before: Optional[date] = None
    successor: Optional[str] = None
    context: Optional[int] = None
    max_output: Optional[int] = None
    platforms: Mapping[str, str] = field(default_factory=dict)

    def stage_on(self, today: date) -> str:
        """Its stage by the calendar: what the table calls deprecated is retired once its day has passed."""
        return "retired" if self.retires_on is not None and self.retires_on < today else self.stage


@dataclass(frozen=True)
class State:
    """What a name means on a day.

    ``name`` as it was given, ``word`` one of ``WORDS``, ``vendor`` whose it is as far as its form tells, ``model`` the model that is meant,
    ``days_left`` until it ends (0: today), ``use`` the id to write in its place, ``says`` one sentence about it.
    """

    name: str
    word: str
    says: str
    vendor: Optional[str] = None
    model: Optional[Model] = None
    days_left: Optional[int] = None
    use: Optional[str] = None

    @property
    def is_refused(self) -> bool:
        """The vendor's own API is sure to answer that there is no such model."""
        return self.word in ("retired", "client_name", "platform_name", "other_vendor")


@dataclass(frozen=True)
class Vendor:
    """One file of the table, last held against its source on the day ``checked``. ``listed`` are ids of which nothing but the name is known."""

    name: str
    title: str
    checked: date
    source: str
    prefixes: tuple[str, ...]
    models: tuple[Model, ...] = ()
    listed: tuple[str, ...] = ()
    well_formed: str = "(?!)"
    client_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    client_suffix: Mapping[str, str] = field(default_factory=dict)

    def find(self, name: str) -> Optional[Model]:
        """The model whose id or alias the name is."""
        return next((model for model in self.models if name == model.id or name in model.aliases), None)

    def successor_of(self, model: Model, today: date) -> Optional[Model]:
        """What the vendor names in its place and still has: the successor's successor where that one has ended too."""
        seen = {model.id}
        after = self.find(model.successor) if model.successor else None
        while after is not None and after.stage_on(today) in ("deprecated", "retired") and after.id not in seen:
            seen.add(after.id)
            after = self.find(after.successor) if after.successor else None
        return after


def load(tables: Optional[Mapping[str, Mapping[str, Any]]] = None) -> Mapping[str, Vendor]:
    """Vendors by their code; of ``tables`` as ``library.aside`` gives them, else of the knowledge itself, read once."""
    return _own() if tables is None else {name: _vendor(table) for name, table in tables.items()}


@lru_cache(maxsize=1)
def _own() -> Mapping[str, Vendor]:
    return {name: _vendor(table) for name, table in library.aside("models").tables.items()}


def models(vendor: str = "anthropic") -> tuple[Model, ...]:
    """The models of a vendor, in the order of its file: newest first."""
    return load()[vendor].models


def state_of(name: str, today: date, vendor: str = "anthropic", table: Optional[Mapping[str, Vendor]] = None) -> State:
    """What ``name`` means when it is sent to ``vendor``'s own API on the day ``today``. Never raises."""
    vendors = load() if table is None else table
    own = vendors[vendor]
    asked = name.strip()[:_LONGEST]
    found = own.find(asked)
    if found is not None:
        return _known(name, found, own, today)
    if asked in own.listed:
        return State(name, "works", f"{asked} is one of {own.title}'s models.", vendor)
    ways = (_of_a_client, _of_a_platform, _of_another, _looks_like)
    return next((state for way in ways if (state := way(asked, own, vendors, today)) is not None), _unknown(asked, own))


def _known(name: str, model: Model, own: Vendor, today: date) -> State:
    after = own.successor_of(model, today)
    use = after.id if after is not None else None
    instead = f" Use {use}." if use else ""
    stage = model.stage_on(today)
    if stage == "retired":
        when = f" since {model.retires_on}" if model.retires_on else ""
        return State(
            name,
            "retired",
            f"{model.title} is retired{when}: the API answers 404.{instead}",
            own.name,
            model,
            None,
            use,
        )
    if model.retires_on is not None:
        left = (model.retires_on - today).days
        says = f"{model.title} is retired on {model.retires_on}, {_in_days(left)}.{instead}"
        return State(name, "retiring", says, own.name, model, left, use)
    if stage == "deprecated":
        return State(
            name,
            "deprecated",
            f"{model.title} is deprecated: it works, and its end is announced.{instead}",
            own.name,
            model,
            None,
            use,
        )
    if stage == "legacy":
        promise = (
            f" It stays until {model.not_before} at least." if model.not_before and model.not_before > today else ""
        )
        says = f"{model.title} works; {own.title} calls it a former model.{promise}"
        return State(name, "legacy", says, own.name, model, None, use)
    return State(name, "works", f"{model.title} is a current model.", own.name, model)


def _in_days(left: int) -> str:
    return "which is today" if left == 0 else "which is tomorrow" if left == 1 else f"in {left} days"


def _of_a_client(name: str, own: Vendor, vendors: Mapping[str, Vendor], today: date) -> Optional[State]:
    for client, names in own.client_names.items():
        if name.lower() in names:
            return State(
                name,
                "client_name",
                f"{name} is a name that only {_spoken(client)} understands; the API needs an id.",
                own.name,
            )
    for client, suffix in own.client_suffix.items():
        if name.lower().endswith(suffix):
            bare = name[: -len(suffix)]
            model = own.find(bare)
            says = (
                f"The suffix {suffix} is one that only {_spoken(client)} understands; the API takes the id without it."
            )
            return State(name, "client_name", says, own.name, model, None, bare if model else None)
    return None


def _spoken(client: str) -> str:
    return client.replace("-", " ").title()


def _of_a_platform(name: str, own: Vendor, vendors: Mapping[str, Vendor], today: date) -> Optional[State]:
    platform = next(
        (code for code, is_its in (("bedrock", _is_bedrocks), ("vertex", _OF_VERTEX.search)) if is_its(name)), None
    )
    if platform is None:
        return None
    bare = _PROFILE.sub("anthropic.", name)
    model = next((model for model in own.models if model.platforms.get(platform) in (name, bare)), None)
    says = f"This is a name on {PLATFORMS[platform]}; {own.title}'s own API has other ids."
    if model is None:
        return State(name, "platform_name", says, own.name)
    after = own.successor_of(model, today) if model.stage_on(today) == "retired" else model
    use = after.id if after is not None else None
    return State(name, "platform_name", says + (f" Use {use}." if use else ""), own.name, model, None, use)


def _is_bedrocks(name: str) -> bool:
    return bool(_PROFILE.match(name) or _OF_BEDROCK.search(name))


def _of_another(name: str, own: Vendor, vendors: Mapping[str, Vendor], today: date) -> Optional[State]:
    low = name.lower()
    for other in vendors.values():
        if other.name != own.name and (name in other.listed or low.startswith(other.prefixes)):
            return State(
                name,
                "other_vendor",
                f"This is a model of {other.title}, which {own.title}'s API does not have.",
                other.name,
            )
    return None


def _looks_like(name: str, own: Vendor, vendors: Mapping[str, Vendor], today: date) -> Optional[State]:
    if re.fullmatch(own.well_formed, name) and not _is_older(name, own):
        return None
    names = {key: model for model in own.models for key in (model.id, *model.aliases)}
    plain = {tuple(sorted(_parts(key))): model for key, model in reversed(list(names.items()))}
    bare = _RELAYED.sub("", name)
    model = names.get(bare.lower()) or plain.get(tuple(sorted(_parts(bare))))
    if model is None:
        close = get_close_matches(bare.lower(), _newest_first(names, today), 1, _NEAR)
        model = names[close[0]] if close else None
    if model is None:
        return None
    ended = model.stage_on(today) == "retired"
    after = own.successor_of(model, today) if ended else model
    use = after.id if after is not None else None
    meant = f"{model.title} is probably meant, and it is retired" if ended else f"{model.id} is probably meant"
    says = f"There is no model of this name; {meant}.{f' Use {use}.' if ended and use else ''}"
    return State(name, "near", says, own.name, model, None, use)


def _is_older(name: str, own: Vendor) -> bool:
    """Its date lies before this table's: a snapshot that is not listed was never there, since all of them are."""
    dated = re.search(r"-(\d{8})$", name)
    return dated is not None and dated[1] <= own.checked.strftime("%Y%m%d")


def _newest_first(names: Mapping[str, Model], today: date) -> Iterable[str]:
    return sorted(names, key=lambda key: names[key].stage_on(today) == "retired")


def _parts(name: str) -> Iterator[str]:
    """What a name is made of, whatever stands between: ``Claude 4.5 Sonnet`` and ``claude-sonnet-4-5`` are of the same parts."""
    yield from re.findall(r"[a-z]+|[0-9]+", name.lower())


def _unknown(name: str, own: Vendor) -> State:
    newer = bool(re.fullmatch(own.well_formed, name))
    why = "it may be newer than this table" if newer else "a name of your own gateway, or a slip"
    return State(
        name, "unknown", f"This is no model that is known here as of {own.checked}: {why}.", own.name if newer else None
    )


def _vendor(table: Mapping[str, Any]) -> Vendor:
    checked = date.fromisoformat(table["date"])
    return Vendor(
        name=table["name"],
        title=table["title"],
        checked=checked,
        source=table["source"],
        prefixes=tuple(table["prefixes"]),
        models=tuple(_model(entry, table, checked) for entry in table.get("models", ())),
        listed=tuple(table.get("listed", ())),
        well_formed=table.get("well_formed", "(?!)"),
        client_names={client: tuple(names) for client, names in table.get("client_names", {}).items()},
        client_suffix=dict(table.get("client_suffix", {})),
    )


def _model(entry: Mapping[str, Any], table: Mapping[str, Any], checked: date) -> Model:
    made = {key: value for key, value in entry.items() if key not in PLATFORMS}
    made.update((key, date.fromisoformat(entry[key])) for key in DATES if key in entry)
    made["aliases"] = tuple(entry.get("aliases", ()))
    platforms = {key: entry[key] for key in PLATFORMS if key in entry}
    return Model(
        **{"source": table["source"], **made, "vendor": table["name"], "checked": checked, "platforms": platforms}
    )
