"""Which credentials the client has, in its order of precedence, and what can be told of the one that wins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Optional

from diagnostics.engine.environment import headers, keys, names
from diagnostics.engine.environment.asked import Asked
from diagnostics.engine.environment.base_url import Target
from diagnostics.engine.environment.clients.configuration import Configuration, Login
from diagnostics.engine.environment.clients.rules import ClientRules, Place
from diagnostics.engine.environment.key_helper import is_missing, output_of
from diagnostics.engine.environment.machine import Machine
from diagnostics.engine.environment.profiles import profile_of
from diagnostics.engine.environment.vendors import Vendors
from diagnostics.engine.records import Credential, FactValue
from diagnostics.engine.secrets import Secret

LOGIN_FAMILY = 28 * 24 * 3600  # seconds from the sign-in to the end of the last refresh token, however often it rolls
_NOTHING = Asked()
_IN_HEADERS = {
    "x-api-key": Place("api_key", ("x-api-key",), beside=True),
    "authorization": Place("auth_token", ("authorization",), beside=True),
}
_LOGINS = ("login", "oauth_token")
_DECLINED = 20  # the client remembers this many last characters of a key it was told not to use


@dataclass(frozen=True)
class Held:
    """A credential and its place; a helper's output or a token to be renewed first is not ``testable`` as it stands.

    ``broken`` tells why a helper gives no key: "missing", or "failed" where it was run; empty where that is not known.
    """

    credential: Credential
    place: Place
    testable: bool = True
    broken: str = ""


def held(found: Configuration, machine: Machine, rules: ClientRules, asked: Asked = _NOTHING) -> tuple[Held, ...]:
    """Every credential the client would find, strongest first; one given as a header outranks all.

    Where ``asked`` allows it, a helper that wins is asked for its key.
    """
    configured = (each for place in rules.places for each in _at(place, found, machine, rules))
    strongest_first = (*_given(asked), *configured)
    if asked.run_helper and strongest_first and strongest_first[0].credential.kind == "key_helper":
        strongest_first = (_helped(strongest_first[0], found, machine), *strongest_first[1:])
    return going_along(strongest_first)


def going_along(strongest_first: tuple[Held, ...]) -> tuple[Held, ...]:
    """The credentials with ``beside`` where it holds in fact: sent along with the winner, in a header that is still free."""
    taken: set[str] = set()
    made = []
    for place, each in enumerate(strongest_first):
        credential = each.credential
        along = place > 0 and credential.beside and bool(credential.secret) and taken.isdisjoint(credential.headers)
        if along or place == 0:
            taken.update(credential.headers)
        made.append(replace(each, credential=replace(credential, beside=along)))
    return tuple(made)


def _helped(helper: Held, found: Configuration, machine: Machine) -> Held:
    secret = output_of(str(found.settings[helper.place.setting]), machine)
    if secret is None:
        return replace(helper, broken=helper.broken or "failed")
    return replace(helper, credential=replace(helper.credential, secret=secret), testable=True)


def facts(
    all_held: tuple[Held, ...],
    found: Configuration,
    machine: Machine,
    rules: ClientRules,
    target: Target,
    vendors: Vendors,
) -> dict[str, FactValue]:
    """The ``config.key`` facts. ``present`` is left out where it is not known: a login we may not look at, or keys kept elsewhere."""
    made: dict[str, FactValue] = {"config.key.near_misses": _near_misses(bool(all_held), found, rules, vendors)}
    declined = tuple(place.variable for place in rules.places if place.variable and _declines(place, found))
    if declined:
        made["config.key.declined"] = declined
    if not all_held:
        if not found.unseen_login and not machine.keyless:
            made["config.key.present"] = False
            made["config.key.problems"] = ()
        return made
    winner = all_held[0].credential
    made.update(
        {
            "config.key.present": True,
            "config.key.kind": winner.kind,
            "config.key.name": winner.name,
            "config.key.source": winner.source,
            "config.key.headers": winner.headers,
            "config.key.testable": all_held[0].testable,
            "config.key.login_forced": found.login_forced and winner.kind not in _LOGINS,
            "config.key.along": tuple(each.credential.name for each in all_held if each.credential.beside),
            "config.key.others": tuple(f"{each.credential.name} ({each.credential.source})" for each in all_held[1:]),
        }
    )
    if all_held[0].broken:
        made["config.key.helper"] = all_held[0].broken
    stays = _along_stays(all_held, rules, target, vendors)
    if stays is not None:
        made["config.key.along_stays"] = stays
    login = found.logins.get(winner.name) if winner.kind == "login" else None
    expired = is_over(login, machine.now) if login is not None else None
    if expired is not None:
        made["config.key.login_expired"] = expired
    return {**made, **_of_form(all_held[0], rules, target, vendors)}


def _along_stays(all_held: tuple[Held, ...], rules: ClientRules, target: Target, vendors: Vendors) -> Optional[str]:
    """Why one that goes along must stay here: the client stops at it ("malformed"), or it is "other_vendor"'s than the target."""
    along = [each for each in all_held if each.credential.beside]
    first_party = target.first_party is True
    judged = [
        keys.judge(each.credential.secret.reveal(), each.place, rules.keys, vendors, first_party) for each in along
    ]
    if any(one.header_illegal for one in judged):
        return "malformed"
    foreign = any(one.vendor is not None and target.vendor not in (None, one.vendor) for one in judged)
    return "other_vendor" if foreign else None


def _of_form(winner: Held, rules: ClientRules, target: Target, vendors: Vendors) -> dict[str, FactValue]:
    secret = winner.credential.secret
    if not secret:
        return {"config.key.problems": ()}
    value = secret.reveal()
    judged = keys.judge(value, winner.place, rules.keys, vendors, target.first_party is True)
    made: dict[str, FactValue] = {
        "config.key.shape": secret.shape,
        "config.key.length": len(value),
        "config.key.problems": judged.problems,
        "config.key.header_illegal": judged.header_illegal,
    }
    if judged.vendor is not None:
        made["config.key.vendor"] = judged.vendor
    if judged.type is not None:
        made["config.key.type"] = judged.type
    return made


def _at(place: Place, found: Configuration, machine: Machine, rules: ClientRules) -> Iterator[Held]:
    if place.variable:
        for strongest, variable in enumerate(found.variables.filled(place.variable)):
            if not _is_declined(variable.value, place, found):
                own = place if strongest == 0 else replace(place, beside=False)
                yield _held(own, place.variable, variable.source, keys.as_sent(variable.value, rules.keys))
    elif place.custom:
        yield from _custom(place, found)
    elif place.setting:
        if found.settings.get(place.setting):
            helper = _held(place, place.setting, found.sources[place.setting], "", testable=False)
            gone = is_missing(str(found.settings[place.setting]), machine)
            yield replace(helper, broken="missing") if gone else helper
    elif place.login:
        login = found.logins.get(place.login)
        if login is not None:
            renewed_first = login.has_refresh and login.access_ends is not None and login.access_ends <= machine.now
            yield _held(
                place,
                login.name,
                login.source,
                "" if renewed_first else login.access.reveal(),
                testable=not renewed_first,
            )
    else:
        profile = profile_of(place.profile, found.variables, machine)
        if profile is not None:
            yield _held(place, profile.name, profile.source, "", testable=False)


def _held(place: Place, name: str, source: str, value: str, *, testable: bool = True) -> Held:
    return Held(Credential(place.kind, name, source, Secret(value), place.headers, place.beside), place, testable)


def _given(asked: Asked) -> Iterator[Held]:
    """Credentials among the headers of the command line: every one of them is sent."""
    for name, value in asked.headers:
        place = _IN_HEADERS.get(name.lower())
        if place is not None and value:
            yield _held(place, f"{headers.OPTION} {name}", headers.OPTION, _without_scheme(value))


def _custom(place: Place, found: Configuration) -> Iterator[Held]:
    """A credential among the lines of a variable that holds headers; it takes the place of the client's own header."""
    variable = found.variables.get(place.custom)
    for name, value in headers.lines(variable.value) if variable is not None else ():
        if variable is not None and name.lower() in place.headers and value:
            yield _held(place, f"{place.custom}: {name}", variable.source, _without_scheme(value))


def _without_scheme(value: str) -> str:
    return value.split(" ", 1)[1].strip() if value.lower().startswith("bearer ") else value


def _declines(place: Place, found: Configuration) -> bool:
    variable = found.variables.get(place.variable)
    return variable is not None and _is_declined(variable.value, place, found)


def _is_declined(value: str, place: Place, found: Configuration) -> bool:
    return place.kind == "api_key" and value.strip()[-_DECLINED:] in found.declined


def is_over(login: Login, now: float) -> Optional[bool]:
    """Both tokens are past their end; None where the file does not tell. A past access token alone is normal: it is renewed."""
    if login.access_ends is None:
        return None
    if login.access_ends > now:
        return False
    if not login.has_refresh:
        return True
    if login.refresh_ends is not None:
        return login.refresh_ends <= now
    return True if login.access_ends + LOGIN_FAMILY < now else None


def _near_misses(present: bool, found: Configuration, rules: ClientRules, vendors: Vendors) -> tuple[str, ...]:
    wanted = tuple(place.variable for place in rules.places if place.variable)
    filled = tuple(name for name in found.variables.names() if found.variables.get(name) is not None)
    missed = names.near_misses(filled, wanted, rules.near_misses, rules.reads)
    others = () if present else names.other_vendors(filled, _foreign(vendors.key_variables()), rules.reads)
    return tuple(dict.fromkeys((*missed, *others, *found.misplaced)))


def _foreign(variables: Mapping[str, str]) -> dict[str, str]:
    return {name: vendor for name, vendor in variables.items() if vendor != "anthropic"}
