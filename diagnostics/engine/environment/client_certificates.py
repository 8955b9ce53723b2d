"""The certificate by which the client itself proves who it is (mutual TLS), and what is wrong with the files that hold it.

A check never shows it to anybody: it is read to see whether the client could use it, and for nothing else.
"""

from __future__ import annotations

import re
from typing import Optional

from diagnostics.engine.environment.clients.rules import MutualRules
from diagnostics.engine.environment.machine import Machine, Unreadable
from diagnostics.engine.environment.variables import Variable, Variables
from diagnostics.engine.records import FactValue

_BLOCK = re.compile(rb"^-----BEGIN ([A-Z0-9 ]+)-----\r?$", re.MULTILINE)
_LEFT_OUT = ("missing", "unreadable")  # such a file is passed over, and the client goes without
_LOADING = {"KEY_VALUES_MISMATCH": "mismatch", "BAD_DECRYPT": "passphrase"}


def facts(variables: Variables, machine: Machine, rules: MutualRules) -> dict[str, FactValue]:
    """The ``config.mtls`` facts; none where no client certificate is named."""
    certificate, key = variables.get(rules.certificate), variables.get(rules.key)
    if certificate is None and key is None:
        return {}
    problem = _problem(certificate, key, variables.value(rules.passphrase), machine)
    stops = problem is not None and (
        problem[1] == "mismatch" or (rules.broken == "fatal" and problem[1] not in _LEFT_OUT)
    )
    made: dict[str, FactValue] = {
        "config.mtls.problems": (problem[1],) if problem is not None else (),
        "config.mtls.stops": stops,
    }
    if problem is not None:
        made["config.mtls.variable"] = problem[0]
    return made


def _problem(
    certificate: Optional[Variable], key: Optional[Variable], passphrase: str, machine: Machine
) -> Optional[tuple[str, str]]:
    """The variable that is at fault, and a word of ``config.mtls.problems``."""
    if certificate is None or key is None:
        there = certificate or key
        return (there.name, "alone") if there is not None else None
    for variable, wanted in ((certificate, b"CERTIFICATE"), (key, b"PRIVATE KEY")):
        word = _of_file(machine, variable.value, wanted)
        if word is not None:
            return variable.name, word
    word = _loaded(machine, certificate.value, key.value, passphrase)
    return None if word is None else (key.name, word)


def _of_file(machine: Machine, path: str, wanted: bytes) -> Optional[str]:
    content = machine.files.read(machine.join(machine.cwd, path))
    if content is None:
        return "missing"
    if isinstance(content, Unreadable):
        return "unreadable"
    return None if any(kind.endswith(wanted) for kind in _BLOCK.findall(content)) else "not_pem"


def _loaded(machine: Machine, certificate: str, key: str, passphrase: str) -> Optional[str]:
    """What OpenSSL says of the two together; None where they fit, or lie where OpenSSL cannot read them."""
    if machine.in_memory:
        return None
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    chain, private = (machine.join(machine.cwd, path) for path in (certificate, key))
    try:
        context.load_cert_chain(chain, private, password=lambda: passphrase)
    except ssl.SSLError as error:
        return _LOADING.get(error.reason or "", "not_pem")
    except (OSError, ValueError):
        return "unreadable"
    return None
