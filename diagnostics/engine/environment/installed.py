"""The installed version of a client, from the metadata its package left on disk. Nothing is run to find out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Optional

from diagnostics.engine.environment.clients.rules import Package, parse_version
from diagnostics.engine.environment.machine import Machine

_NPM_FOLDERS = (
    "~/.claude/local/node_modules",
    "~/.local/lib/node_modules",
    "~/.npm-global/lib/node_modules",
    "~/.bun/install/global/node_modules",
    "/opt/homebrew/lib/node_modules",
    "/usr/local/lib/node_modules",
    "/usr/lib/node_modules",
)
_VERSION = re.compile(r"\d+\.\d+\.\d+[\w.+-]*")


def installed_version(package: Package, machine: Machine, project: str) -> Optional[tuple[str, str]]:
    """The version that the client's own name would start, and the file or folder that told it; None where nothing tells."""
    finders = (_on_path, _native, _npm, _python)
    return next((found for find in finders for found in find(package, machine, project)), None)


def _on_path(package: Package, machine: Machine, project: str) -> Iterator[tuple[str, str]]:
    """The command on PATH leads, through its links, into a package folder or to a file named after a version."""
    if not package.command:
        return
    for folder in machine.environ.get("PATH", "").split(machine.paths.pathsep):
        real = machine.files.resolve(machine.join(folder, package.command)) if folder else None
        if real is None:
            continue
        name = machine.paths.basename(real)
        if _VERSION.fullmatch(name):
            yield name, machine.shown(real)
        start, mark, _ = real.replace("\\", "/").partition(f"/{package.npm}/")
        if package.npm and mark:
            yield from _package_json(machine, machine.join(start, package.npm))


def _native(package: Package, machine: Machine, project: str) -> Iterator[tuple[str, str]]:
    folder = machine.at_home(package.native) if package.native else None
    names = [name for name in machine.files.entries(folder) if _VERSION.fullmatch(name)] if folder else []
    if folder and names:
        newest = max(names, key=parse_version)
        yield newest, machine.shown(machine.join(folder, newest))


def _npm(package: Package, machine: Machine, project: str) -> Iterator[tuple[str, str]]:
    if not package.npm:
        return
    folders = [machine.join(project, "node_modules")]
    prefix = machine.environ.get("NPM_CONFIG_PREFIX") or machine.environ.get("npm_config_prefix")
    folders += [machine.join(prefix, "lib", "node_modules")] if prefix else []
    folders += [found for folder in _NPM_FOLDERS if (found := machine.at_home(folder)) is not None]
    folders += list(_node_managers(machine))
    for folder in folders:
        yield from _package_json(machine, machine.join(folder, package.npm))


def _node_managers(machine: Machine) -> Iterator[str]:
    """Global folders of nvm, one for each installed Node, newest first, and of npm on Windows."""
    nvm = machine.environ.get("NVM_DIR") or machine.at_home("~/.nvm")
    if nvm:
        versions = machine.join(nvm, "versions", "node")
        for name in sorted(
            machine.files.entries(versions), key=lambda name: parse_version(name.lstrip("v")), reverse=True
        ):
            yield machine.join(versions, name, "lib", "node_modules")
    if machine.environ.get("APPDATA"):
        yield machine.join(machine.environ["APPDATA"], "npm", "node_modules")


def _package_json(machine: Machine, folder: str) -> Iterator[tuple[str, str]]:
    path = machine.join(folder, "package.json")
    content = machine.files.read(path)
    if not isinstance(content, bytes):
        return
    try:
        version = json.loads(content)["version"]
    except (ValueError, KeyError, TypeError):
        return
    if isinstance(version, str) and _VERSION.fullmatch(version):
        yield version, machine.shown(path)


def _python(package: Package, machine: Machine, project: str) -> Iterator[tuple[str, str]]:
    """``<name>-<version>.dist-info`` in the site-packages that a Python started here would most likely use."""
    if not package.python:
        return
    pattern = re.compile(re.escape(package.python).replace(r"\-", "[-_]") + r"-(\d[\w.!+]*)\.dist-info", re.IGNORECASE)
    for folder in dict.fromkeys(_site_packages(machine, project)):
        for name in machine.files.entries(folder):
            found = pattern.fullmatch(name)
            if found is not None:
                yield found[1], machine.shown(machine.join(folder, name))


def _site_packages(machine: Machine, project: str) -> Iterator[str]:
    prefixes = [machine.environ.get("VIRTUAL_ENV"), machine.join(project, ".venv"), machine.join(project, "venv")]
    prefixes += [
        machine.environ.get("CONDA_PREFIX"),
        *_python_prefixes(machine),
        machine.at_home("~/.local"),
        "/usr/local",
        "/usr",
    ]
    for prefix in prefixes:
        if not prefix:
            continue
        yield machine.join(prefix, "Lib", "site-packages")
        for name in reversed(machine.files.entries(machine.join(prefix, "lib"))):
            if name.startswith("python3"):
                yield machine.join(prefix, "lib", name, "site-packages")
                yield machine.join(prefix, "lib", name, "dist-packages")
    yield from machine.python_path


def _python_prefixes(machine: Machine) -> Iterator[str]:
    """The folder above the ``bin`` that holds the first Python on PATH, and of what it links to."""
    for folder in machine.environ.get("PATH", "").split(machine.paths.pathsep):
        for name in ("python3", "python", "python.exe"):
            path = machine.join(folder, name) if folder else ""
            real = machine.files.resolve(path) if path else None
            if real is not None:
                yield machine.paths.dirname(folder)
                yield machine.paths.dirname(machine.paths.dirname(real))
                return
