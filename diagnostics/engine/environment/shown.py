"""Configured values as they may be shown: where each came from, which lost, and nothing secret."""

from __future__ import annotations

import re
from collections.abc import Iterator

from diagnostics.engine.environment.clients.configuration import Configuration
from diagnostics.engine.environment.clients.rules import ClientRules
from diagnostics.engine.environment.proxies import NAMES as PROXY_NAMES
from diagnostics.engine.environment.urls import printable
from diagnostics.engine.environment.vendors import Vendors
from diagnostics.engine.records import Setting
from diagnostics.engine.secrets import Secret

_LONGEST = 200  # characters of a value
_SECRET_NAME = re.compile(r"(?:KEY|TOKEN|SECRET|PASSPHRASE|PASSWORD|CREDENTIAL)(?!.*_(?:FILE|MS)$)", re.IGNORECASE)
HEADERS = "CUSTOM_HEADERS"
"""Ends the name of a variable that holds lines of ``Name: value``."""


def settings(found: Configuration, rules: ClientRules, vendors: Vendors, unused: frozenset[str]) -> tuple[Setting, ...]:
    """Every variable this client reads for its connection, in every place that sets it.

    Not effective is what another place overrides, and every name that is ``unused`` because another name wins.
    """
    made = []
    for name in names(rules):
        first = True
        for variable, counts in found.variables.everywhere(name):
            effective = counts and first and name not in unused
            made.append(Setting(name, shown(name, variable.value, vendors), variable.source, effective))
            first = first and not counts
    return tuple(made)


def shown(name: str, value: str, vendors: Vendors) -> str:
    """One value without what is secret: keys by their shape, URLs without credentials, headers by their names."""
    if not value.strip():
        return "(blank)"
    if name.endswith(HEADERS):
        names = (line.partition(":")[0].strip() for line in value.splitlines() if ":" in line)
        return ", ".join(Secret(each).shape if vendors.is_key(each) else each for each in names)[:_LONGEST]
    if is_secret_name(name) or vendors.is_key(value):
        return Secret(value).shape
    return (printable(value) if "://" in value or "@" in value else value)[:_LONGEST]


def is_secret_name(name: str) -> bool:
    """A variable of this name holds a secret, whatever it looks like."""
    return _SECRET_NAME.search(name) is not None


def names(rules: ClientRules) -> Iterator[str]:
    """Every variable that this client reads for its connection."""
    groups = (
        (rules.base_url.variable,),
        (place.variable or place.custom for place in rules.places),
        PROXY_NAMES,
        rules.proxy.no_proxy,
        (rules.trust.store_variable,),
        rules.trust.extra,
        rules.trust.replacing,
        rules.trust.replacing_folder,
        (rules.trust.unverified,),
        rules.model_variables,
        (switch.variable for switch in rules.switches),
        (switch.base_url_variable for switch in rules.switches),
        (rules.timeout.variable,),
        rules.reads,
    )
    return iter(dict.fromkeys(name for group in groups for name in group if name))
