"""A registered environment as the engine sees it: a machine whose variables hold its settings, and nothing else."""

from __future__ import annotations

from diagnostics.engine.environment import Asked, Machine, registered
from diagnostics.engine.library import load
from diagnostics.models import Environment

CA_FILE = "/registered/ca.pem"  # stands in the memory of the registered machine only


def asked_of(environment: Environment) -> Asked:
    """Whose rules count, how that client is used, and its base URL where that is written into its calls."""
    version = f"@{environment.client_version}" if environment.client_version else ""
    reads_it = bool(load().clients.get(environment.client, {}).get("base_url", {}).get("variable"))
    base_url = environment.base_url if environment.base_url and not reads_it else None
    salt = environment.team.fingerprint_salt if environment.team_id else ""
    return Asked(client=environment.client + version, mode=environment.mode, base_url=base_url, salt=salt)


def machine_of(environment: Environment) -> Machine:
    """The variables that the fields stand for; the certificates lie in a file that its variables name."""
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
    variables.update(dict.fromkeys(_ca_variables(environment.client), CA_FILE))
    return registered(variables, {CA_FILE: environment.ca_pem.encode()}, keyless=keyless)


def _ca_variables(client: str) -> tuple[str, ...]:
    """Variables by which this client is told of certificates: those of most of them, or the ones it has for itself."""
    own = load().clients.get(client, {}).get("trust", {}).get("replacing", ())
    usual = ("NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE")
    return usual if not own or set(usual) & set(own) else (own[0],)
