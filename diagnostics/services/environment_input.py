"""What a registered environment may hold. Refused is only what cannot be kept truthfully or would show a secret."""

from __future__ import annotations

import re

from cryptography import x509

from diagnostics.engine import library
from diagnostics.exceptions import InvalidInput
from diagnostics.models import Environment
from diagnostics.services import one_line

_LONGEST_SECRET = 8192  # characters
_LONGEST_PEM = 512 * 1024
# Shown to everybody in the team: field, what a person calls it, most characters.
_ONE_LINE = (
    ("name", "name", 80),
    ("client_version", "version", 40),
    ("base_url", "base URL", 500),
    ("model", "model", 120),
    ("no_proxy", "NO_PROXY list", 1000),
)

_INSTEAD = "write it as the credential instead"
# A user or token before the host, or a parameter that is named like a key.
_OPENS_A_DOOR = re.compile(
    r"//[^/?#]*[^/?#@]@|[?&#][^=&]*(?:key|token|secret|passw|credential|signature|\bsig\b|\bauth\b|authorization)[^=&]*=.",
    re.IGNORECASE,
)


def refuse_bad_input(environment: Environment) -> None:
    """Raise InvalidInput with a sentence for each field that will not do."""
    errors = {} if environment.name else {"name": "Give it a name your team will recognise, such as build server."}
    for name, called, longest in _ONE_LINE:
        fault = _line_fault(getattr(environment, name), called, longest)
        if fault:
            errors[name] = fault
    if environment.client_version and not re.match(r"v?\d", environment.client_version):
        errors["client_version"] = "Write the version with its numbers, such as 2.1.240, or leave it empty."
    choices = {
        "kind": Environment.Kind.values,
        "mode": Environment.Mode.values,
        "runs_from": Environment.RunsFrom.values,
        "client": sorted(library.load().clients),
    }
    for name, words in choices.items():
        if getattr(environment, name) not in words:
            errors[name] = f"Choose one of: {', '.join(words)}."
    if environment.practice and environment.runs_from != Environment.RunsFrom.WORKER:
        errors["runs_from"] = "The practice range lives in the dashboard: leave its runs there."
    errors |= _credential_faults(environment) | _ca_faults(environment.ca_pem)
    if errors:
        raise InvalidInput(errors)


def _line_fault(text: str, called: str, longest: int) -> str:
    if called == "base URL" and _OPENS_A_DOOR.search(text):
        return one_line.looks_secret(called, _INSTEAD)
    return one_line.fault(text, called, longest, _INSTEAD)


def _credential_faults(environment: Environment) -> dict[str, str]:
    errors = {}
    for name, secret in (("credential", environment.credential), ("proxy_url", environment.proxy_url)):
        if secret is not None and (len(secret) > _LONGEST_SECRET or "\x00" in secret.reveal()):
            errors[name] = f"No variable can hold this: write at most {_LONGEST_SECRET} characters, none of them NUL."
    if (environment.credential or environment.credential_variable) and not re.fullmatch(
        r"[A-Za-z_][A-Za-z0-9_]{0,59}", environment.credential_variable
    ):
        errors["credential_variable"] = "Name the variable that holds the key there, such as ANTHROPIC_API_KEY."
    return errors


def _ca_faults(pem: str) -> dict[str, str]:
    if "PRIVATE KEY" in pem:
        return {"ca_pem": "This holds a private key, which must never leave its machine: paste the certificates only."}
    if len(pem) > _LONGEST_PEM:
        return {"ca_pem": "This is over 512 KB: paste only your company's certificates, not a whole bundle."}
    if pem.strip():
        try:
            x509.load_pem_x509_certificates(pem.encode())
        except ValueError:
            return {"ca_pem": "This is no certificate: paste the text from -----BEGIN CERTIFICATE----- to its end."}
    return {}
