"""The JSON Schema of `troubleshooter.report/1`, built from the engine's closed lists of words."""

from __future__ import annotations

from typing import Any

from diagnostics.engine.facts import FACTS
from diagnostics.engine.vocabulary import DIFFERENCES, HIDDEN_KINDS, LAYERS, LEVELS, OUTLOOKS, SCHEMA, SIDES, STATUSES

_TEXT = {"type": "string"}
_TEXT_OR_NULL = {"type": ["string", "null"]}
_SECONDS = {"type": "number", "minimum": 0}
_SHARE = {"type": "number", "minimum": 0, "maximum": 1}
_TEXTS = {"type": "array", "items": _TEXT}
_FACT_KINDS: dict[str, dict[str, Any]] = {
    "bool": {"type": "boolean"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "words": _TEXTS,
}
_LATER = {
    "propertyNames": {"pattern": r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$", "maxLength": 100},
    "additionalProperties": {"anyOf": [{"type": ["boolean", "number", "string"]}, _TEXTS]},
}


def later_report_schema() -> dict[str, Any]:
    """The same for a report that is stored as it stands and may be a later version's: facts that are new there have the form of ours."""
    made = report_schema()
    clients, attempts = (made["properties"][name]["items"]["properties"] for name in ("clients", "attempts"))
    for one in (clients, attempts):
        one["facts"] = one["facts"] | _LATER
    return made


def report_schema() -> dict[str, Any]:
    """Draft 2020-12. It may grow; what stands keeps its meaning until the schema's number changes."""
    made = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A diagnosis of why a client cannot talk to its LLM API",
        **_table(
            schema={"const": SCHEMA},
            run=_run(),
            environment=_environment(),
            attempts=_list(_attempt()),
            findings=_list(_table(code=_TEXT, level={"enum": list(LEVELS)}, says=_TEXT, facts=_TEXTS)),
            experiments=_list(_table(**dict.fromkeys(("changed", "from", "to", "before", "after"), _TEXT))),
            verdict=_verdict(),
            next_step={"oneOf": [{"type": "null"}, _table(playbook=_TEXT, step=_TEXT, do=_TEXT)]},
        ),
    }
    made["properties"]["clients"] = _list(_client())  # reports of before it have none
    return made


def _environment() -> dict[str, Any]:
    hidden = _table(where=_TEXT, kind={"enum": list(HIDDEN_KINDS)}, length={"type": "number", "minimum": 0})
    return {
        "type": "object",
        "description": "What was found configured and where; never a secret",
        "properties": {"hidden": {**_list(hidden), "description": "What was left out: where, of what kind, how long"}},
    }


def _run() -> dict[str, Any]:
    return _table(
        id=_TEXT,
        started_at={"type": "string", "format": "date-time"},
        seconds=_SECONDS,
        client=_table(name=_TEXT, version=_TEXT_OR_NULL, source=_TEXT),
        mode={"enum": ["interactive", "print"]},
        versions=_table(engine=_TEXT, knowledge=_TEXT),
        vantage=_table(kind={"enum": ["probe", "worker"]}, name=_TEXT),
        error=_TEXT_OR_NULL,
    )


def _facts(start: str = "") -> dict[str, Any]:
    """Facts whose names begin so, each with its kind and meaning."""
    made = {
        name: {**_FACT_KINDS.get(kind, _TEXT), "description": says}
        for name, (kind, says) in FACTS.items()
        if name.startswith(start)
    }
    return {"type": "object", "properties": made, "additionalProperties": False}


def _attempt() -> dict[str, Any]:
    return _table(
        probe=_TEXT,
        status={"enum": list(STATUSES)},
        reason=_TEXT_OR_NULL,
        started=_SECONDS,
        seconds=_SECONDS,
        facts=_facts(),
        events=_list(_table(at=_SECONDS, what=_TEXT, detail=_TEXT)),
    )


def _client() -> dict[str, Any]:
    return {
        **_table(
            name=_TEXT,
            version=_TEXT_OR_NULL,
            source=_TEXT,
            outlook={"enum": list(OUTLOOKS)},
            differs={"type": "array", "items": {"enum": list(DIFFERENCES)}},
            says=_TEXT,
            facts=_facts("config."),
            without=_TEXTS,
        ),
        "description": "What the facts measured for this client say of another one on the same machine",
    }


def _verdict() -> dict[str, Any]:
    undecided = _table(candidates=_TEXTS, probe=_TEXT_OR_NULL)
    return _table(
        cause=_TEXT,
        confidence=_SHARE,
        side={"enum": [*SIDES, None]},
        layer={"enum": [*LAYERS, None]},
        title=_TEXT,
        summary=_TEXT,
        ranked={
            **_list(_table(cause=_TEXT, confidence=_SHARE, because=_TEXTS, against=_TEXTS)),
            "minItems": 1,
            "maxItems": 5,
        },
        undecided={"oneOf": [{"type": "null"}, undecided]},
        also=_list(_table(cause=_TEXT_OR_NULL, finding=_TEXT, says=_TEXT)),
        not_checked=_list(_table(probe=_TEXT, why=_TEXT)),
    )


def _table(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": sorted(properties)}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}
