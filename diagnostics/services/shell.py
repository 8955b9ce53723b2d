"""A run for somebody at a shell of this host: printed, not stored. The probe's own command line, with a registered environment's settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from diagnostics.engine.cli.command import Console, follow
from diagnostics.engine.cli.options import Options, WrongCommand, read
from diagnostics.engine.cli.session import Place
from diagnostics.engine.secrets import Secret
from diagnostics.exceptions import Conflict
from diagnostics.models import Environment, Run
from diagnostics.services import registered, vantage

_NOT_HERE = ("--upload", "--token", "--run", "--yes", "--project", "--run-helper")


def as_in(run: Run) -> Environment:
    """The run's environment with what its snapshot says of it, not to be saved; secrets are today's, since no run keeps any.

    Raises Conflict where the stored key would go another way than the one it was entered for.
    """
    environment, then = run.environment, run.snapshot
    elsewhere = then.get("base_url") != environment.base_url or then.get("proxy") != environment.proxy_shown
    if elsewhere and environment.credential_shape:
        raise Conflict(
            "The base URL or proxy was changed since that run, and the stored key was entered for the ones of today: "
            "name the environment instead of the run."
        )
    for name in ("client", "client_version", "mode", "base_url", "model", "no_proxy"):
        setattr(environment, name, then.get(name, getattr(environment, name)))
    if elsewhere:
        environment.proxy_url = Secret(then["proxy"]) if then.get("proxy") else None
    return environment


def diagnose(environment: Environment, words: Sequence[str], console: Console, began: float) -> int:
    """Do what the probe's own options ask and give its exit code; `began` is the monotonic time from which their limit counts.

    Raises WrongCommand for a command line that cannot be followed.
    """
    options = _options(environment, words)

    def net() -> Any:
        return vantage.net_of(environment, options.public_roots)

    def place() -> Place:
        return Place(lambda: registered.machine_of(environment), net, vantage.here())

    return follow(options, place, console, began)


def _options(environment: Environment, words: Sequence[str]) -> Options:
    """The registered client and mode first, so that what was written wins."""
    for word in words:
        if word.split("=")[0] in _NOT_HERE:
            raise WrongCommand(f"{word.split('=')[0]} does not apply to a registered environment; leave it out.")
    asked = registered.asked_of(environment)
    address = [f"--base-url={asked.base_url}"] if asked.base_url is not None else []
    return read(["--client", asked.client, "--mode", asked.mode, *address, *words], asks=False)
