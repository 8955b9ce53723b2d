"""A registered environment as the engine sees it: a machine whose variables hold its settings, and nothing else."""

from __future__ import annotations

from diagnostics.engine.environment import Asked, Machine, registered
from diagnostics.models import Environment

CA_FILE = "/registered/ca.pem"  # stands in the memory of the registered machine only


def asked_of(environment: Environment) -> Asked:
    """Whose rules count, and how that client is used."""
    version = f"@{environment.client_version}" if environment.client_version else ""
    return Asked(client=environment.client + version, mode=environment.mode)


def machine_of(environment: Environment) -> Machine:
    """The variables that the fields stand for; the certificates lie in a file that two variables name."""
    variables: dict[str, str] = {}
    keyless = environment.credential is None  # a normal choice: the key may stay on its own machine
    if environment.base_url:
        variables["ANTHROPIC_BASE_URL"] = environment.base_url
    if environment.model:
        variables["ANTHROPIC_MODEL"] = environment.model
    if environment.credential is not None:
        variables[environment.credential_variable] = environment.credential.reveal()
    if environment.proxy_url is not None:
        variables["HTTPS_PROXY"] = variables["HTTP_PROXY"] = environment.proxy_url.reveal()
    if environment.no_proxy:
        variables["NO_PROXY"] = environment.no_proxy
    if not environment.ca_pem:
        return registered(variables, keyless=keyless)
    variables["NODE_EXTRA_CA_CERTS"] = variables["SSL_CERT_FILE"] = CA_FILE
    return registered(variables, {CA_FILE: environment.ca_pem.encode()}, keyless=keyless)
