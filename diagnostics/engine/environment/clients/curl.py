"""curl's configuration: options of its own file go before the variables, one by one.

Measured with 7.88.1: its proxy goes before https_proxy, NO_PROXY counts for it all the same, and its noproxy goes before NO_PROXY;
``insecure`` counts whatever stands behind it, the last of several wins, and the first file that can be opened is the only one.
"""

from __future__ import annotations

import re
from typing import Optional

from diagnostics.engine.environment.asked import Asked
from diagnostics.engine.environment.clients.configuration import Configuration
from diagnostics.engine.environment.clients.rules import ClientRules
from diagnostics.engine.environment.machine import Machine
from diagnostics.engine.environment.variables import Layer, Variables

_LARGEST = 1024 * 1024  # bytes
_MEANS = {
    "proxy": ("https_proxy", "http_proxy"),
    "noproxy": ("no_proxy",),
    "cacert": ("CURL_CA_BUNDLE",),
}
"""Option -> the variables in whose place it counts."""
_OPTION = re.compile(r"^\s*(?:(-x)|(?:--)?(proxy|noproxy|cacert))(?:\s*[=:]\s*|\s+)(.*)$")
_UNCHECKED = re.compile(
    r"^\s*(?:(?:--)?(no-)?insecure(?=$|[\s=:])|-[0-46aBfgGiIjJlLMnNOpqRsSvVZ#]*k)"  # -k behind letters that take no value
)
_INSTEAD = "/.config/"  # such a place stands for XDG_CONFIG_HOME where that is not set


def gather(asked: Asked, machine: Machine, rules: ClientRules) -> Configuration:
    """The environment, and before it what its own file says: curl has no first run, so it is always used as a program."""
    source, lines = own_file(machine, rules.own_files) or ("", ())
    layers = (Layer(source, _options(lines)), Layer("environment", machine.environ))
    return Configuration(
        mode="print",
        variables=Variables(layers if source else layers[1:], case_blind=machine.platform == "win32"),
        unchecked=_is_unchecked(lines),
    )


def own_file(machine: Machine, places: tuple[str, ...]) -> Optional[tuple[str, tuple[str, ...]]]:
    """Where the file stands that curl reads, as people write it, and its lines; None where there is none.

    Of the places in a ``.config`` folder only the first one with a folder above it is looked at (tool_findfile.c).
    """
    paths = [(place, path) for place in places if (path := machine.placed(place)) is not None]
    instead = [path for place, path in paths if _INSTEAD in place]
    skipped = instead if machine.environ.get("XDG_CONFIG_HOME") else instead[1:]
    for path in (path for _, path in paths if path not in skipped):
        for name in (path, path.replace(".curlrc", "_curlrc")) if machine.platform == "win32" else (path,):
            content = machine.files.read(name)
            if isinstance(content, bytes):
                lines = content[:_LARGEST].decode("utf-8-sig", "replace").splitlines()
                return machine.shown(name), tuple(lines)
    return None


def _options(lines: tuple[str, ...]) -> dict[str, str]:
    made: dict[str, str] = {}
    for option in filter(None, map(_OPTION.match, lines)):
        value = option[3].strip()
        quoted = re.match(r'"((?:[^"\\]|\\.)*)"', value)
        plain = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else value.partition(" ")[0]
        made.update(dict.fromkeys(_MEANS["proxy" if option[1] else option[2]], plain))
    return made


def _is_unchecked(lines: tuple[str, ...]) -> bool:
    said = [found[1] is None for found in map(_UNCHECKED.match, lines) if found is not None]
    return bool(said) and said[-1]
