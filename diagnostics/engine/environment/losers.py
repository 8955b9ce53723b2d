"""The credentials that are set and do not win: which of them could have been meant, and which may be tried in the winner's place."""

from __future__ import annotations

from dataclasses import replace
from typing import Optional

from diagnostics.engine.environment import keys
from diagnostics.engine.environment.base_url import Target
from diagnostics.engine.environment.clients.configuration import Configuration
from diagnostics.engine.environment.clients.rules import ClientRules
from diagnostics.engine.environment.credentials import Held, is_over
from diagnostics.engine.environment.machine import Machine
from diagnostics.engine.environment.vendors import Vendors
from diagnostics.engine.records import Credential, FactValue

_OF_THE_FIRST_PARTY = ("login", "oauth_token", "profile")  # kinds of credential that nobody else gives out


def marked(all_held: tuple[Held, ...], rules: ClientRules, target: Target, vendors: Vendors) -> tuple[Credential, ...]:
    """The credentials in their order, each with what keeps it from being tried in the winner's place (``Credential.stays``).

    One with a vendor's shape is tried with that vendor alone. The client itself would not send it as long as another one
    wins, so a host that nobody knows does not get it from us either.
    """
    return tuple(replace(each.credential, stays=_stays(each, rules, target, vendors)) for each in all_held)


def facts(
    all_held: tuple[Held, ...],
    found: Configuration,
    machine: Machine,
    rules: ClientRules,
    target: Target,
    vendors: Vendors,
    *,
    switched: bool,
) -> dict[str, FactValue]:
    """Names of those that another one wins over and that could have been meant, or that a provider switch wins over."""
    if switched:
        return {"config.key.outranked": tuple(each.credential.name for each in all_held)} if all_held else {}
    if not all_held:
        return {}
    winner = all_held[0].credential.secret
    meant = [
        each
        for each in all_held[1:]
        if not (winner and each.credential.secret == winner)
        and _could_be_right(each, found, machine, rules, target, vendors)
    ]
    return {"config.key.rivals": tuple(f"{each.credential.name} ({each.credential.source})" for each in meant)}


def _stays(each: Held, rules: ClientRules, target: Target, vendors: Vendors) -> Optional[str]:
    if not each.testable or not each.credential.secret:
        return "untested"
    judged = keys.judge(each.credential.secret.reveal(), each.place, rules.keys, vendors, target.first_party is True)
    if judged.header_illegal:
        return "malformed"
    return "other_vendor" if judged.vendor not in (None, target.vendor) else None


def _could_be_right(
    each: Held, found: Configuration, machine: Machine, rules: ClientRules, target: Target, vendors: Vendors
) -> bool:
    """It has the form of a credential for this target, and is no login that is over."""
    credential = each.credential
    if credential.kind in _OF_THE_FIRST_PARTY and target.first_party is not True:
        return False
    login = found.logins.get(credential.name) if credential.kind == "login" else None
    if login is not None and is_over(login, machine.now) is True:
        return False
    if not credential.secret:
        return True
    judged = keys.judge(credential.secret.reveal(), each.place, rules.keys, vendors, target.first_party is True)
    return not judged.problems and judged.vendor in (None, target.vendor)
