"""The installed version of a client, from the metadata its package left on disk. Nothing is run to find out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Optional

from diagnostics.engine.environment.clients.rules import Package, parse_version
from diagnostics.engine.environment.json_files import whole_number
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
_DEBIAN = "/var/lib/dpkg/status"


@dataclass(frozen=True)
class Installed:
    """A package that was found: its version, the file or folder that told it, and how it came there.

    ``build`` is "native", "npm", "python" or "debian"; ``folder`` is the one that holds the packages beside it, "" where none does.
    """

    version: str
    source: str
    build: str
    folder: str


def installed(package: Package, machine: Machine, project: str) -> Optional[Installed]:
    """The client that its own name would start; None where nothing tells."""
    finders = (_on_path, _native, _npm, _python, _debian)
    return next((found for find in finders for found in find(package, machine, project)), None)


def beside(found: Installed, name: str, machine: Machine) -> Optional[str]:
    """The version of another package in the same folder; None where it is not there."""
    others = (
        _dist_info(found.folder, name, machine)
        if found.build == "python"
        else _npm_package(found.folder, name, machine)
    )
    return next((other.version for other in others), None)


def _on_path(package: Package, machine: Machine, project: str) -> Iterator[Installed]:
    """The command on PATH leads, through its links, into a package folder or to a file named after a version."""
    if not package.command:
        return
    for folder in machine.environ.get("PATH", "").split(machine.paths.pathsep):
        real = machine.files.resolve(machine.join(folder, package.command)) if folder else None
        if real is None:
            continue
        name = machine.paths.basename(real)
        if _VERSION.fullmatch(name):
            yield Installed(name, machine.shown(real), "native", machine.paths.dirname(real))
        start, mark, _ = real.replace("\\", "/").partition(f"/{package.npm}/")
        if package.npm and mark:
            yield from _npm_package(start, package.npm, machine)


def _native(package: Package, machine: Machine, project: str) -> Iterator[Installed]:
    folder = machine.at_home(package.native) if package.native else None
    names = [name for name in machine.files.entries(folder) if _VERSION.fullmatch(name)] if folder else []
    if folder and names:
        newest = max(names, key=parse_version)
        yield Installed(newest, machine.shown(machine.join(folder, newest)), "native", folder)


def _npm(package: Package, machine: Machine, project: str) -> Iterator[Installed]:
    if not package.npm:
        return
    folders = [machine.join(project, "node_modules")]
    prefix = machine.environ.get("NPM_CONFIG_PREFIX") or machine.environ.get("npm_config_prefix")
    folders += [machine.join(prefix, "lib", "node_modules")] if prefix else []
    folders += [found for folder in _NPM_FOLDERS if (found := machine.at_home(folder)) is not None]
    folders += list(_node_managers(machine))
    for folder in folders:
        yield from _npm_package(folder, package.npm, machine)


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


def _npm_package(folder: str, name: str, machine: Machine) -> Iterator[Installed]:
    path = machine.join(folder, name, "package.json")
    content = machine.files.read(path)
    if not isinstance(content, bytes):
        return
    try:
        version = json.loads(content, parse_int=whole_number)["version"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return
    if isinstance(version, str) and _VERSION.fullmatch(version):
        yield Installed(version, machine.shown(path), "npm", folder)


def _python(package: Package, machine: Machine, project: str) -> Iterator[Installed]:
    if package.python:
        for folder in dict.fromkeys(_site_packages(machine, project)):
            yield from _dist_info(folder, package.python, machine)


def _dist_info(folder: str, package: str, machine: Machine) -> Iterator[Installed]:
    """``<name>-<version>.dist-info`` in the site-packages that a Python started here would most likely use."""
    pattern = re.compile(re.escape(package).replace(r"\-", "[-_]") + r"-(\d[\w.!+]*)\.dist-info", re.IGNORECASE)
    for name in machine.files.entries(folder):
        found = pattern.fullmatch(name)
        if found is not None:
            yield Installed(found[1], machine.shown(machine.join(folder, name)), "python", folder)


def _debian(package: Package, machine: Machine, project: str) -> Iterator[Installed]:
    if package.debian and machine.platform == "linux":
        version = debian_version(package.debian, machine)
        if version is not None:
            yield Installed(version, _DEBIAN, "debian", "")


def debian_version(name: str, machine: Machine) -> Optional[str]:
    """The upstream version of a package that Debian's own tools installed; None where it is not there."""
    listed = machine.files.read(_DEBIAN)
    if not isinstance(listed, bytes):
        return None
    entry = re.search(rb"^Package: " + re.escape(name).encode() + rb"$\n((?:.+\n)*)", listed, re.MULTILINE)
    if entry is None or b"Status: install ok installed" not in entry[1]:
        return None
    found = re.search(rb"^Version: (?:\d+:)?(\d+(?:\.\d+)*)", entry[1], re.MULTILINE)
    return found[1].decode() if found is not None else None


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
