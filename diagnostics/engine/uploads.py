"""Reading a report that somebody sent: strict in size, form and words.

Only what was measured is taken: the run's own particulars, what was configured, and the attempts with their facts. Findings, experiments
and verdict are thrown away unread, since ``pipeline.judge`` makes them anew from the facts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Callable, Optional

from diagnostics.engine.facts import FACTS
from diagnostics.engine.records import Attempt, Event, FactValue, OtherClient
from diagnostics.engine.vocabulary import ANSWERERS, FAILURES, HIDDEN_KINDS, PROBE_NAMES, SCHEMA, STATUSES

MOST_BYTES = 1_000_000
_MOST_ATTEMPTS = 120
_MOST_EVENTS = 200
_MOST_CLIENTS = 40
_MOST_WORDS = 200
_MOST_SETTINGS = 1_000
_MOST_NODES = 5_000
_DEEPEST = 8
_LONGEST = 4_000
_LONGEST_RUN = 86_400.0

# A whole key of a vendor, an inline password, a bearer token. Shapes ("sk-ant-api03-…AgAA") do not match.
_SECRET = re.compile(
    r"sk-(?:ant|proj|svcacct|admin|or)-[\w-]{20,}|(?:Bearer|Basic) (?=[+/=.-]*\w*\d)[\w+/=.-]{16,}"
    r"|://[^/\s:@]+:[^/\s@]{3,}@|-----BEGIN [A-Z ]*PRIVATE KEY"
)

_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?Z")


class ReportError(ValueError):
    """The report cannot be taken; the text is a sentence for the sender."""


@dataclass(frozen=True)
class Upload:
    """What is taken from a sent report: its run's particulars, the configuration as told, and what was tried."""

    run: Mapping[str, Any]
    environment: Mapping[str, Any]
    attempts: tuple[Attempt, ...]
    others: tuple[OtherClient, ...] = ()


def parse(sent: Any) -> Upload:
    """The measured part of a report, of bytes, text or JSON values already read. Raises ``ReportError``."""
    value = _read(sent) if isinstance(sent, (bytes, str)) else sent
    _check_tree(value)
    body = _table(value, "The report")
    if body.get("schema") != SCHEMA:
        raise ReportError(f"This is not a report of the form {SCHEMA}.")
    attempts = _list(body.get("attempts"), "attempts", _MOST_ATTEMPTS)
    return Upload(
        run=_run(_table(body.get("run"), "run")),
        environment=_environment(_table(body.get("environment"), "environment")),
        attempts=tuple(_attempt(_table(one, "attempts")) for one in attempts),
        others=tuple(
            _other(_table(one, "clients")) for one in _list(body.get("clients", []), "clients", _MOST_CLIENTS)
        ),
    )


def _read(sent: Any) -> Any:
    if len(sent) > MOST_BYTES:
        raise ReportError(f"The report is larger than {MOST_BYTES // 1000} kB.")
    try:
        return json.loads(sent, parse_constant=_no_constant)
    except RecursionError:
        raise ReportError("The report is nested too deeply.") from None
    except ValueError as error:
        raise ReportError(f"The report is not JSON: {error}.") from None


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is no number")


def _check_tree(value: Any) -> None:
    """Bounds on depth, number of values and length of texts, and no secret anywhere."""
    pending, seen = [(value, 0)], 0
    while pending:
        node, depth = pending.pop()
        seen += 1
        if depth > _DEEPEST:
            raise ReportError("The report is nested too deeply.")
        if seen > _MOST_NODES:
            raise ReportError("The report holds too many values.")
        if isinstance(node, dict):
            pending += [(part, depth + 1) for pair in node.items() for part in pair]
        elif isinstance(node, list):
            pending += [(part, depth + 1) for part in node]
        elif isinstance(node, str):
            _check_text(node)


def _check_text(text: str) -> None:
    if len(text) > _LONGEST:
        raise ReportError(f"The report holds a text of more than {_LONGEST} characters.")
    if _SECRET.search(text):
        raise ReportError(
            "The report holds what looks like a whole secret, so it was not taken. Please replace that secret: it may have been seen."
        )


def _environment(sent: Mapping[str, Any]) -> Mapping[str, Any]:
    """What was configured, as told; pages list its settings, so these must be a list of tables, as must what was left out."""
    for one in _list(sent.get("settings", []), "environment.settings", _MOST_SETTINGS):
        _table(one, "environment.settings")
    for one in _list(sent.get("hidden", []), "environment.hidden", _MOST_SETTINGS):
        told = _table(one, "environment.hidden")
        _text(told.get("where"), "environment.hidden.where", 300)
        _one_of(told.get("kind"), HIDDEN_KINDS, "environment.hidden.kind")
        _number(told.get("length"), "environment.hidden.length", "a number of characters")
    return sent


def _run(run: Mapping[str, Any]) -> dict[str, Any]:
    client = _table(run.get("client"), "run.client")
    versions = _table(run.get("versions"), "run.versions")
    vantage = _table(run.get("vantage"), "run.vantage")
    return {
        "id": _text(run.get("id"), "run.id", 100),
        "started_at": _moment(run.get("started_at"), "run.started_at"),
        "seconds": _number(run.get("seconds"), "run.seconds"),
        "client": {
            "name": _text(client.get("name"), "run.client.name", 60),
            "version": _optional(client.get("version"), "run.client.version"),
            "source": _text(client.get("source"), "run.client.source", 300),
        },
        "mode": _one_of(run.get("mode"), ("interactive", "print"), "run.mode"),
        "versions": {name: _text(versions.get(name), f"run.versions.{name}", 100) for name in ("engine", "knowledge")},
        "vantage": {
            "kind": _one_of(vantage.get("kind"), ("probe", "worker"), "run.vantage.kind"),
            "name": _text(vantage.get("name"), "run.vantage.name", 200),
        },
        "error": _optional(run.get("error"), "run.error"),
    }


def _attempt(sent: Mapping[str, Any]) -> Attempt:
    name = _one_of(sent.get("probe"), PROBE_NAMES, "attempts.probe")
    facts = _table(sent.get("facts"), f"attempts.{name}.facts")
    events = _list(sent.get("events", []), f"attempts.{name}.events", _MOST_EVENTS)
    return Attempt(
        probe=name,
        status=_one_of(sent.get("status"), STATUSES, f"attempts.{name}.status"),
        reason=_optional(sent.get("reason"), f"attempts.{name}.reason"),
        started=_number(sent.get("started"), f"attempts.{name}.started"),
        seconds=_number(sent.get("seconds"), f"attempts.{name}.seconds"),
        facts={fact: _fact(fact, value) for fact, value in facts.items()},
        events=tuple(_event(_table(one, f"attempts.{name}.events"), name) for one in events),
        variant=_text(sent.get("variant", ""), f"attempts.{name}.variant", 200),
    )


def _other(sent: Mapping[str, Any]) -> OtherClient:
    """Another client's configuration; what was said of its outlook is thrown away like a verdict."""
    facts = _table(sent.get("facts"), "clients.facts")
    without = _list(sent.get("without", []), "clients.without", _MOST_WORDS)
    odd = next((name for name in (*facts, *without) if name not in FACTS or not name.startswith("config.")), None)
    if odd is not None:
        raise ReportError(f"clients holds what is no fact of a configuration: {str(odd)[:80]}.")
    return OtherClient(
        name=_text(sent.get("name"), "clients.name", 60),
        version=_optional(sent.get("version"), "clients.version"),
        source=_text(sent.get("source"), "clients.source", 300),
        facts={fact: _fact(fact, value) for fact, value in facts.items()},
        without=tuple(_text(name, "clients.without", 100) for name in without),
    )


def _event(sent: Mapping[str, Any], probe: str) -> Event:
    where = f"attempts.{probe}.events"
    return Event(
        _number(sent.get("at"), where), _text(sent.get("what"), where, 100), _text(sent.get("detail", ""), where, 1000)
    )


def _fact(name: str, value: Any) -> FactValue:
    if name not in FACTS:
        raise ReportError(
            f"The report holds a fact that is not known here: {name[:80]}. Download probe.pyz again from this dashboard."
        )
    kind = FACTS[name][0]
    if not _KINDS[kind](value):
        raise ReportError(f"The fact {name} has a value of the wrong kind.")
    return tuple(value) if isinstance(value, list) else float(value) if kind == "float" else value


def _is_words(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= _MOST_WORDS and all(isinstance(word, str) for word in value)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e15


_KINDS: dict[str, Callable[[Any], bool]] = {
    "bool": lambda value: isinstance(value, bool),
    "int": lambda value: isinstance(value, int) and _is_number(value),
    "float": _is_number,
    "str": lambda value: isinstance(value, str),
    "words": _is_words,
    "failure": lambda value: value in FAILURES,
    "answerer": lambda value: value in ANSWERERS,
}


def _table(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ReportError(f"{where} is missing or is not an object.")
    return value


def _list(value: Any, where: str, most: int) -> list[Any]:
    if not isinstance(value, list):
        raise ReportError(f"{where} is missing or is not a list.")
    if len(value) > most:
        raise ReportError(f"{where} has more than {most} entries.")
    return value


def _text(value: Any, where: str, longest: int) -> str:
    if not isinstance(value, str) or len(value) > longest:
        raise ReportError(f"{where} is missing, is not a text, or has more than {longest} characters.")
    return value


def _moment(value: Any, where: str) -> str:
    if not _MOMENT.fullmatch(_text(value, where, 40)):
        raise ReportError(f"{where} is not a time such as 2026-11-22T20:15:00Z.")
    return str(value)


def _optional(value: Any, where: str) -> Optional[str]:
    return None if value is None else _text(value, where, 1000)


def _number(value: Any, where: str, what: str = "a number of seconds") -> float:
    if not _is_number(value) or not 0 <= value <= _LONGEST_RUN:
        raise ReportError(f"{where} is not {what}.")
    return float(value)


def _one_of(value: Any, known: tuple[str, ...], where: str) -> str:
    if value not in known:
        raise ReportError(f"{where} has a value that is not known here.")
    return str(value)
