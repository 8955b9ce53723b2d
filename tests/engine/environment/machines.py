"""Machines for tests: variables and files in memory, seen by a client through ``capture()``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from diagnostics.engine import library
from diagnostics.engine.environment import Asked, capture, registered
from diagnostics.engine.environment.machine import Content
from diagnostics.engine.records import Environment

KNOWLEDGE = library.load()
HOME = "/home/dev"
PROJECT = "/home/dev/project"
NOW = 1_795_000_000.0  # 2026-11-18
KEY = "sk-ant-api03-" + "Ab1_" * 23 + "xAA"  # 108 characters, as the real ones
USER_SETTINGS = f"{HOME}/.claude/settings.json"
PROJECT_SETTINGS = f"{PROJECT}/.claude/settings.json"
LOCAL_SETTINGS = f"{PROJECT}/.claude/settings.local.json"
MANAGED_SETTINGS = "/etc/claude-code/managed-settings.json"
STATE = f"{HOME}/.claude.json"
LOGIN = f"{HOME}/.claude/.credentials.json"


def seen(
    environ: Mapping[str, str] | None = None,
    files: Mapping[str, Content | str | Mapping[str, Any]] | None = None,
    *,
    client: str = "claude-code",
    mode: str = "auto",
    platform: str = "linux",
    **asked: Any,
) -> Environment:
    """What ``client`` sees on such a machine. A file may be given as bytes, as text, or as the object its JSON holds."""
    contents = {path: _content(value) for path, value in (files or {}).items()}
    machine = registered(environ or {}, contents, home=HOME, cwd=PROJECT, platform=platform, now=NOW)
    return capture(Asked(client=client, mode=mode, **asked), machine, KNOWLEDGE)


def fact(name: str, environ: Mapping[str, str] | None = None, *files: Any, **options: Any) -> Any:
    """One fact of such a machine; None when it is not known."""
    return seen(environ, *files, **options).facts.get(name)


def _content(value: Content | str | Mapping[str, Any]) -> Content:
    if isinstance(value, Mapping):
        return json.dumps(value).encode()
    return value.encode() if isinstance(value, str) else value
