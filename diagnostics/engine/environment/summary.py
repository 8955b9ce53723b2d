"""The environment as the report shows it: settings with their sources, never a secret."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from diagnostics.engine.records import Environment


def summarise(environment: Environment) -> dict[str, Any]:
    """``environment`` of ``troubleshooter.report/1``: JSON types only; a secret is there as its shape and fingerprint."""
    return {
        "client": asdict(environment.client),
        "system": environment.system,
        "mode": environment.mode,
        "base_url": {
            "value": environment.facts.get("config.base_url.value"),
            "source": environment.facts.get("config.base_url.source"),
            "origin": str(environment.origin) if environment.origin is not None else None,
        },
        "proxy": _proxy(environment),
        "trust": {
            "stores": list(environment.trust.stores),
            "extra_files": list(environment.trust.extra_files),
            "replaced_by": list(environment.trust.replaced_by),
            "registered_certificates": environment.trust.extra_pem.count("-----BEGIN "),
        },
        "credentials": [
            {
                "kind": credential.kind,
                "name": credential.name,
                "source": credential.source,
                "shape": credential.secret.shape if credential.secret else None,
                "fingerprint": credential.secret.fingerprint_for(environment.salt) if credential.secret else None,
            }
            for credential in environment.credentials
        ],
        "model": environment.model,
        "request": _request(environment),
        "headers": [{"name": header.name, "source": header.source} for header in environment.headers],
        "settings": [asdict(setting) for setting in environment.settings],
        "first_run_urls": list(environment.first_run_urls),
        "hidden": [
            {"where": one.where, "kind": one.kind, "length": len(one.secret)} for one in environment.kept if one.listed
        ],
    }


def _request(environment: Environment) -> Any:
    """The given request by its size; nothing of what it says."""
    request = environment.request
    return None if request is None else {"bytes": request.size, "encoding": request.encoding or None}


def _proxy(environment: Environment) -> Any:
    if "config.proxy.url" not in environment.facts:
        return None
    return {
        "url": environment.facts["config.proxy.url"],
        "variable": environment.facts["config.proxy.variable"],
        "used": environment.proxy is not None,
    }
