"""Changes of the machine: more variables, another order, another client, another mode."""

from __future__ import annotations

import string
from dataclasses import replace
from random import Random

from accuracy.changes.base import (
    ANTHROPIC,
    NEWEST,
    Change,
    declared,
    is_claude,
    is_newest_claude,
    variables,
    with_variables,
)
from tests.scenarios.networks.declaring import Broken

_BYSTANDERS = {
    "LANG": ("en_US.UTF-8", "de_DE.UTF-8", "C"),
    "LC_ALL": ("C.UTF-8",),
    "TERM": ("xterm-256color", "dumb"),
    "SHELL": ("/bin/zsh", "/bin/bash"),
    "EDITOR": ("vim", "code --wait"),
    "CI": ("true",),
    "DISABLE_TELEMETRY": ("1",),
    "DISABLE_AUTOUPDATER": ("1",),
    "NODE_ENV": ("development", "production"),
    "PYTHONUNBUFFERED": ("1",),
    "AWS_PROFILE": ("default", "staging"),
    "AWS_REGION": ("eu-central-1", "us-east-1"),
    "KUBECONFIG": ("/home/anna/.kube/config",),
    "DOCKER_HOST": ("unix:///var/run/docker.sock",),
    "GIT_AUTHOR_NAME": ("Anna Example",),
    "REDIS_URL": ("redis://127.0.0.1:6379/0",),
    "DATABASE_URL": ("postgres://app@db.example/app",),
    "CLAUDE_CODE_MAX_OUTPUT_TOKENS": ("32000",),
}
"""Variables that no client of ours takes for a setting of its connection."""

_FOREIGN_KEYS = {"OPENAI_API_KEY": "sk-proj-{}T3BlbkFJ{}", "GROQ_API_KEY": "gsk_{}", "GITHUB_TOKEN": "ghp_{}", "XAI_API_KEY": "xai-{}"}  # fmt: skip
_OTHERS = ("claude-code@2.1.260", "anthropic-python", "anthropic-python@1.1.0", "curl")
_PLAIN = frozenset({"ANTHROPIC_API_KEY", *_BYSTANDERS, *_FOREIGN_KEYS})
_PROXIES = frozenset({"HTTPS_PROXY", "HTTP_PROXY"})


def bystanders(broken: Broken, rng: Random) -> Broken | None:
    """Variables that have nothing to do with the connection."""
    chosen = rng.sample(sorted(_BYSTANDERS), rng.randint(2, 6))
    added = {name: rng.choice(_BYSTANDERS[name]) for name in chosen if name not in broken.environ}
    return replace(broken, environ={**added, **broken.environ})


def other_vendors_key(broken: Broken, rng: Random) -> Broken | None:
    """A key of another vendor under that vendor's own name."""
    name = rng.choice(sorted(_FOREIGN_KEYS))
    letters = string.ascii_letters + string.digits
    parts = ("".join(rng.choices(letters, k=58)) for _ in range(2))
    return replace(broken, environ={name: _FOREIGN_KEYS[name].format(*parts), **broken.environ})


def order(broken: Broken, rng: Random) -> Broken | None:
    """The same variables in another order."""
    pairs = list(variables(broken).items())
    rng.shuffle(pairs)
    return with_variables(broken, dict(pairs))


def newer_version(broken: Broken, rng: Random) -> Broken | None:
    """Another one of Claude Code's latest versions, by rules that are the same."""
    return replace(broken, client=rng.choice(NEWEST)) if is_newest_claude(broken) else None


def other_client(broken: Broken, rng: Random) -> Broken | None:
    """Another client, where nothing is set that clients read in ways of their own."""
    if broken.client != "claude-code" or broken.mode != "print" or broken.files or broken.asked or broken.home:
        return None
    key = variables(broken).get("ANTHROPIC_API_KEY", "")
    if not set(broken.environ) <= _PLAIN | _PROXIES or key != key.strip():
        return None
    if any(not broken.environ.get(name, "http://").startswith("http://") for name in _PROXIES):
        return None
    return replace(broken, client=rng.choice(_OTHERS))


def other_mode(broken: Broken, rng: Random) -> Broken | None:
    """With or without the first-run check, where its hosts are what every run visits and nothing is said about them.

    A settings file that cannot be read is skipped in one mode and not in the other, so with files the mode stays.
    """
    if not is_claude(broken) or broken.files or declared(broken) & set(ANTHROPIC) or broken.lab:
        return None
    if "ANTHROPIC_BASE_URL" in broken.environ or any("_PROXY" in name.upper() for name in broken.environ):
        return None
    return replace(broken, mode={"print": "interactive", "interactive": "print"}[broken.mode])


CHANGES: tuple[Change, ...] = (bystanders, other_vendors_key, order, newer_version, other_client, other_mode)
