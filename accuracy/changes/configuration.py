"""Changes of where and how a machine is configured, by which its client is configured the same."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from random import Random

from accuracy.changes.base import (
    Change,
    is_claude,
    is_newest_claude,
    settings_of,
    variables,
    with_variables,
)
from diagnostics.lab.certificates import leaf
from tests.scenarios.networks.declaring import Broken

_HOMES = ("/home/anna", "/root", "/Users/kim", "/home/jenkins")
_OF_THE_SHELL = ("CLAUDE_CONFIG_DIR", "CI", "CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST")
_PROXY_NAMES = ("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY")
_OTHERS = (
    "localhost",
    ".svc.cluster.local",
    "10.0.0.0/8",
    "artifacts.nobody.example",
    "git.nobody.example",
    "*.nobody.example",
)


def into_settings(broken: Broken, rng: Random) -> Broken | None:
    """Variables move from the shell into the person's settings file, whose ``env`` counts in every mode."""
    if not is_newest_claude(broken) or any(path.endswith("/.claude/settings.json") for path in broken.files):
        return None
    home = broken.home or rng.choice(_HOMES)
    shell = variables(broken)
    moved = {name: value for name, value in shell.items() if name not in _OF_THE_SHELL and value}
    table = {"env": moved, **rng.choice(({}, {"theme": "dark"}, {"includeCoAuthoredBy": False}))}
    text = json.dumps(table, indent=rng.choice((None, 2, 4)), ensure_ascii=rng.random() < 0.5)
    rest = {name: value for name, value in shell.items() if name not in moved}
    files = {**broken.files, f"{home}/.claude/settings.json": text.encode()}
    return replace(with_variables(broken, rest), home=home, files=files)


def out_of_settings(broken: Broken, rng: Random) -> Broken | None:
    """The reverse: what a readable settings file sets is set in the shell."""
    settings = (path for path in broken.files if path.endswith("/.claude/settings.json"))
    path = next(settings, None) if is_newest_claude(broken) else None
    table = settings_of(broken, path) if path is not None else None
    env = table.get("env") if table is not None else None
    if path is None or not isinstance(env, dict) or not all(isinstance(value, str) for value in env.values()):
        return None
    shell = variables(broken)
    if any(shell.get(name, value) != value for name, value in env.items()):
        return None  # which of the two wins is what this network is about
    if set(table or {}) != {"env"} or not (path == f"{broken.home}/.claude/settings.json" or broken.mode == "print"):
        return None
    files = {name: content for name, content in broken.files.items() if name != path}
    return replace(with_variables(broken, {**shell, **env}), files=files)


def twins(broken: Broken, rng: Random) -> Broken | None:
    """The proxy variables in lower case too, with the same values."""
    added = {name.lower(): broken.environ[name] for name in _PROXY_NAMES if name in broken.environ}
    if not added or any(name in broken.environ for name in added):
        return None
    return replace(broken, environ={**broken.environ, **added})


def no_proxy_for_others(broken: Broken, rng: Random) -> Broken | None:
    """NO_PROXY for hosts that nobody asks here."""
    if "no_proxy" in map(str.lower, broken.environ) or "127.0.0.1" in str(broken.environ) + str(broken.files):
        return None
    if re.search(r"localhost|nobody\.example", str(broken.environ) + str(broken.files)):
        return None
    value = ",".join(rng.sample(_OTHERS, rng.randint(1, 4)))
    return replace(broken, environ={**broken.environ, "NO_PROXY": value})


def tidy_files(broken: Broken, rng: Random) -> Broken | None:
    """Files of the client that say nothing about the connection; one that cannot be read, where ``-p`` skips it."""
    if not is_claude(broken) or any(".claude" in path for path in broken.files):
        return None
    home = broken.home or rng.choice(_HOMES)
    harmless = [b'{"theme": "dark"}', b'{"permissions": {"allow": ["Bash(ls:*)"]}, "alwaysThinkingEnabled": true}']
    if broken.mode == "print":
        harmless += [b'{"theme": "dark",}', b'// colours\n{"theme": "light"}']
    state = json.dumps({"numStartups": rng.randint(1, 300), "theme": "dark", "hasCompletedOnboarding": True}).encode()
    files = {f"{home}/.claude/settings.json": rng.choice(harmless), f"{home}/.claude.json": state}
    return replace(broken, home=home, files={**broken.files, **files})


def slash(broken: Broken, rng: Random) -> Broken | None:
    """A slash behind the base URL, which every client takes away."""
    written = broken.environ.get("ANTHROPIC_BASE_URL", "")
    if not re.fullmatch(r"https?://[a-z0-9.-]+(:\d+)?", written):
        return None
    return replace(broken, environ={**broken.environ, "ANTHROPIC_BASE_URL": f"{written}/"})


def own_authority(broken: Broken, rng: Random) -> Broken | None:
    """A CA file that is fine and has nothing to do with what answers here."""
    settings = ("NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "NODE_TLS_REJECT_UNAUTHORIZED")
    if not is_claude(broken) or any(name in str(broken.environ) + str(broken.files) for name in settings):
        return None
    unrelated = leaf("ca.acme.example", "self_signed").pem.encode()
    return replace(
        broken,
        environ={**broken.environ, "NODE_EXTRA_CA_CERTS": "/etc/acme/ca.pem"},
        files={**broken.files, "/etc/acme/ca.pem": unrelated},
    )


def default_written_out(broken: Broken, rng: Random) -> Broken | None:
    """The base URL that counts anyway, written out."""
    if "ANTHROPIC_BASE_URL" in str(broken.environ) + str(broken.files) or broken.asked.get("base_url"):
        return None
    if any("_USE_" in name for name in broken.environ):
        return None
    return replace(broken, environ={**broken.environ, "ANTHROPIC_BASE_URL": "https://api.anthropic.com"})


CHANGES: tuple[Change, ...] = (
    into_settings,
    out_of_settings,
    twins,
    no_proxy_for_others,
    tidy_files,
    slash,
    own_authority,
    default_written_out,
)
