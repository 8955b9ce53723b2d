"""Names, empty values and the form of keys; and which of several credentials wins."""

from __future__ import annotations

from collections.abc import Iterator

from diagnostics.engine.environment import base_url, keys, names
from diagnostics.engine.environment.clients.rules import ClientRules, Place
from diagnostics.engine.environment.shown import names as read_names
from diagnostics.engine.environment.variables import Variable
from diagnostics.engine.scan.assigning import is_reference
from diagnostics.engine.scan.formats.masked import prefix_of
from diagnostics.engine.scan.records import Assignment, Hit
from diagnostics.engine.scan.rules.subject import Subject, titles
from diagnostics.engine.secrets import Secret

_QUOTES = "'\"`“”‘’"
_ON = ("1", "true", "yes", "on")
_OF_KIND = ("admin_key", "oauth_in_key_slot", "refresh_token", "session_cookie", "wrong_vendor")
_SHAPELESS = ("placeholder", "variable_not_expanded", "truncated", "empty")


def misnamed(subject: Subject) -> Iterator[Hit]:
    """Names that were probably meant as one that a client reads."""
    wanted = _wanted(subject)
    mistaken = {entry["wrong"]: entry["right"] for entry in subject.names["mistaken"]}
    known = (*mistaken, *(name for rules in subject.clients for name in rules.near_misses))
    read = {name for rules in subject.clients for name in (*read_names(rules), *rules.reads)}
    read.update(subject.vendors.key_variables(), subject.names["others"])
    set_here = [one for one in subject.set_here.values() if one.value.strip() and _is_written_as_one(one, subject)]
    missed = set(names.near_misses([one.name for one in set_here], wanted, known, read))
    for one in set_here:
        if one.name not in missed:
            continue
        right = mistaken.get(one.name) or names.nearest(one.name, wanted)
        beside = right in subject.set_here or right in subject.elsewhere
        facts = {"name": one.name, "right": right}
        yield Hit("name.near_miss", one.line, facts, level="info" if beside else None, instead=(one.name, right))


def _wanted(subject: Subject) -> tuple[str, ...]:
    of_clients = [
        name
        for rules in subject.clients
        for name in (rules.base_url.variable, *rules.trust.extra, rules.timeout.variable)
        if name
    ]
    return tuple(dict.fromkeys((*subject.credentials(), *of_clients)))


def _is_written_as_one(one: Assignment, subject: Subject) -> bool:
    """In a script a name in lower case is the script's own."""
    return (not subject.kind.kind.startswith("shell") and subject.kind.reader != "windows") or one.name.isupper()


def empty(subject: Subject) -> Iterator[Hit]:
    """A credential that is set to nothing: the client has none, and takes it for one that is missing."""
    if subject.kind.template:
        return
    secret = {*subject.credentials(), *subject.vendors.key_variables()}
    for one in subject.set_here.values():
        if one.name in secret and not one.value.strip():
            cancels = subject.kind.reader == "claude_settings"
            yield Hit("key.cancelled" if cancels else "key.empty", one.line, {"name": one.name})


def malformed(subject: Subject) -> Iterator[Hit]:
    """Keys that cannot be right as written, told with the clients that stop at them."""
    met: dict[tuple[str, str], list[ClientRules]] = {}
    for rules in subject.clients:
        first_party = _is_first_party(subject, rules)
        for place in (place for place in rules.places if place.variable):
            one = subject.known(place.variable)
            if one is None:
                continue
            for problem in _problems(one, place, rules, subject, first_party):
                met.setdefault((one.name, problem), []).append(rules)
    for (name, problem), clients in met.items():
        one = subject.set_here[name]
        if subject.kind.template and problem in _SHAPELESS:
            continue
        where = " (in base64)" if one.encoded else ""
        facts = {"name": name, "shape": _shape(one, problem), "clients": titles(iter(clients)), "where": where}
        yield Hit(f"key.{problem}", one.line, facts)


def _problems(
    one: Assignment, place: Place, rules: ClientRules, subject: Subject, first_party: bool
) -> tuple[str, ...]:
    """Words for what is wrong with a key; of one that was masked, only its kind can be told."""
    prefix = prefix_of(one.value)
    sent = keys.as_sent(one.value, rules.keys) if prefix is None else prefix
    problems = keys.judge(sent, place, rules.keys, subject.vendors, first_party).problems
    if "secret_reference" in problems:  # who reads this file may fetch it
        return ()
    return problems if prefix is None else tuple(word for word in problems if word in _OF_KIND)


def _shape(one: Assignment, problem: str) -> str:
    """The value where it is no secret, else its shape."""
    plain = one.value.strip()
    if problem in ("placeholder", "variable_not_expanded") and len(plain) <= 40 and not any(map(str.isdigit, plain)):
        return plain
    return _shown(one.value)


def _shown(value: str) -> str:
    """The shape of a secret; one that was masked has nothing else."""
    return value.strip().strip("[]") if prefix_of(value) is not None else Secret(value.strip().strip(_QUOTES)).shape


def _is_first_party(subject: Subject, rules: ClientRules) -> bool:
    """The key goes to Anthropic, as far as this file tells."""
    if not rules.base_url.variable:
        return False
    written = subject.filled(rules.base_url.variable)
    if written is not None and is_reference(written):
        return False
    variable = None if written is None else Variable(written.name, written.value, "")
    return base_url.target(variable, rules.base_url, subject.vendors).first_party is True


def foreign(subject: Subject) -> Iterator[Hit]:
    """A key under the name of another vendor than its shape belongs to, with no base URL beside that would explain it."""
    own = set(subject.credentials())
    for name, vendor in subject.vendors.key_variables().items():
        one = subject.known(name)
        if one is None or name in own:
            continue
        shape = subject.shape_of(one.value)
        stem = name.split("_")[0]
        moved = any(other.startswith(stem) and ("BASE" in other or "URL" in other) for other in subject.set_here)
        if shape is not None and not shape.shared and shape.vendor != vendor and not moved:
            facts = {"name": name, "vendor": shape.vendor, "shape": _shown(one.value)}
            yield Hit("key.under_other_name", one.line, facts)


def rivals(subject: Subject) -> Iterator[Hit]:
    """Several credentials at once, and who wins, by client."""
    told: list[str] = []
    line = 0
    for rules in subject.clients:
        present = [place for place in rules.places if _stands(subject, place)]
        if len(present) > 1:
            told.append(f"{rules.title} {_outcome(present)}")
            line = line or max(_line_of(subject, place) for place in present)
    if told:
        yield Hit("credentials.rivals", line, {"detail": "; ".join(told)})


def switched(subject: Subject) -> Iterator[Hit]:
    """A switch to a cloud provider, beside credentials that are then of no use."""
    for rules in subject.clients:
        for switch in rules.switches:
            one = subject.known(switch.variable)
            present = [place.variable for place in rules.places if place.variable and subject.filled(place.variable)]
            if one is not None and one.value.strip().lower() in _ON and present:
                yield Hit("credentials.switched", one.line, {"name": one.name, "other": ", ".join(present)})


def _stands(subject: Subject, place: Place) -> bool:
    if place.setting:
        return place.setting in subject.settings and bool(subject.settings[place.setting].value)
    return bool(place.variable) and subject.filled(place.variable) is not None


def _line_of(subject: Subject, place: Place) -> int:
    return subject.settings[place.setting].line if place.setting else subject.set_here[place.variable].line


def _outcome(present: list[Place]) -> str:
    """Who wins, and what goes along with it in a header that is still free."""
    first = present[0]
    taken = set(first.headers)
    along = [place for place in present[1:] if place.beside and taken.isdisjoint(place.headers)]
    loses = [place for place in present[1:] if place not in along]
    told = f"uses {_name(first)}"
    if along:
        told += f" and sends {' and '.join(map(_name, along))} with it"
    return told + (f", never {' or '.join(map(_name, loses))}" if loses else "")


def _name(place: Place) -> str:
    return place.variable or place.setting
