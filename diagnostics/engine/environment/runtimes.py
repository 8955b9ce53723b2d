"""The interpreter that a client runs on, and its version: read from where it lies, never by running it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Callable, Optional

from diagnostics.engine.environment.installed import Installed, debian_version
from diagnostics.engine.environment.machine import Machine

_NODE_FOLDER = re.compile(r"v?(\d+\.\d+\.\d+)")  # as nvm, fnm, volta, asdf and Homebrew name them
_NODE_HEADER = re.compile(rb"#define NODE_(MAJOR|MINOR|PATCH)_VERSION (\d+)")
_PYTHON_FOLDER = re.compile(r"python(3\.\d+)")
_PYTHON_CONFIG = re.compile(rb"^version(?:_info)?\s*=\s*(3\.\d+)", re.MULTILINE)


def runtime_version(kind: str, client: Optional[Installed], machine: Machine) -> Optional[str]:
    """The version of the Node that a command here would start, or of the Python that the client lies in; None where nothing tells."""
    find = _FIND.get(kind)
    return next(find(client, machine), None) if find is not None else None


def _node(client: Optional[Installed], machine: Machine) -> Iterator[str]:
    for folder in machine.environ.get("PATH", "").split(machine.paths.pathsep):
        for name in ("node", "node.exe") if folder else ():
            real = machine.files.resolve(machine.join(folder, name))
            if real is not None:
                yield from _of_node(real, machine)
                return


def _of_node(path: str, machine: Machine) -> Iterator[str]:
    for part in reversed(path.replace("\\", "/").split("/")[:-1]):
        found = _NODE_FOLDER.fullmatch(part)
        if found is not None:
            yield found[1]
    prefix = machine.paths.dirname(machine.paths.dirname(path))
    header = machine.files.read(machine.join(prefix, "include", "node", "node_version.h"))
    if isinstance(header, bytes):
        numbers = dict(_NODE_HEADER.findall(header))
        if len(numbers) == 3:
            yield ".".join(numbers[name].decode() for name in (b"MAJOR", b"MINOR", b"PATCH"))
    packaged = debian_version("nodejs", machine) if prefix == "/usr" else None
    if packaged is not None:
        yield packaged


def _python(client: Optional[Installed], machine: Machine) -> Iterator[str]:
    if client is None:
        return
    found = _PYTHON_FOLDER.search(client.folder)
    if found is not None:
        yield found[1]
    prefix = machine.paths.dirname(machine.paths.dirname(client.folder))
    config = machine.files.read(machine.join(prefix, "pyvenv.cfg"))
    told = _PYTHON_CONFIG.search(config) if isinstance(config, bytes) else None
    if told is not None:
        yield told[1].decode()


_FIND: dict[str, Callable[[Optional[Installed], Machine], Iterator[str]]] = {"node": _node, "python": _python}
