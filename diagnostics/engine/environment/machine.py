"""The machine as a value: its variables and its files, read and never changed.

``this_machine()`` is the one we stand on; ``registered()`` is the one a registered environment stands for: the variables it was
registered with, files held in memory, and nothing else. Everything below ``capture()`` asks a ``Machine`` and never ``os``.
"""

from __future__ import annotations

import ntpath
import os
import posixpath
import stat
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from types import ModuleType
from typing import Any, Optional, Protocol, TypeVar, Union

from diagnostics.engine import regular_files
from diagnostics.engine.environment.system_proxies import system_proxies, system_script
from diagnostics.engine.waiting import OutOfTime, Patience, within

T = TypeVar("T")
U = TypeVar("U")

LARGEST = 16 * 1024 * 1024  # bytes; no settings, login or CA file is larger
PATIENCE = 3.0  # seconds in all for files on disks that do not answer
_PATIENCE_EACH = 1.5


@dataclass(frozen=True)
class Unreadable:
    """A file that is there and cannot be read; ``why`` is "permission", "folder", "special", "too_large", "late" or "io"."""

    why: str


Content = Union[bytes, None, Unreadable]
"""What a path gave: its bytes, None where nothing stands, or why it could not be read."""


class Files(Protocol):
    """Where a machine's files come from."""

    def read(self, path: str) -> Content:
        """The whole file."""

    def entries(self, path: str) -> tuple[str, ...]:
        """Names in a folder, sorted; none where there is no folder that can be read."""

    def resolve(self, path: str) -> Optional[str]:
        """The path with its links followed, or None where nothing stands."""


class DiskFiles:
    """The files of the machine we run on. Only regular files are opened: a pipe or a device could block for ever.

    A disk that no longer answers (a dead network mount) is asked once, and costs a second or two.
    """

    def __init__(self) -> None:
        self._patience = Patience(PATIENCE, each=_PATIENCE_EACH)
        self._dead: set[str] = set()  # folders

    def read(self, path: str) -> Content:
        return self._asked(path, _read, Unreadable("late"))

    def entries(self, path: str) -> tuple[str, ...]:
        return self._asked(path, _entries, ())

    def resolve(self, path: str) -> Optional[str]:
        return self._asked(path, _resolve, None)

    def _asked(self, path: str, ask: Callable[[str], T], late: U) -> Union[T, U]:
        if any(path == folder or path.startswith(folder + os.sep) for folder in self._dead):
            return late
        told: list[T] = self._patience.wait(lambda: [ask(path)], [])
        if not told:
            self._dead.add(_mount_of(path))
        return told[0] if told else late


def _mount_of(path: str) -> str:
    """Where the disk of a path is mounted, as far as the system tells in a file; else the folder it stands in."""
    try:
        with open("/proc/self/mounts", encoding="utf-8", errors="surrogateescape") as file:
            points = [line.split()[1].replace("\\040", " ") for line in file]
    except (OSError, IndexError):
        points = []
    above = [point for point in points if path.startswith(point.rstrip("/") + "/") and point != "/"]
    return max(above, key=len, default=os.path.dirname(path))


def _read(path: str) -> Content:
    try:
        kind = os.stat(path).st_mode
        if not stat.S_ISREG(kind):
            return Unreadable("folder" if stat.S_ISDIR(kind) else "special")
        content = regular_files.read(path, LARGEST + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError:
        return Unreadable("permission")
    except (OSError, ValueError):  # ValueError: a null character in the path
        return Unreadable("io")
    return content if len(content) <= LARGEST else Unreadable("too_large")


def _entries(path: str) -> tuple[str, ...]:
    try:
        return tuple(sorted(os.listdir(path)))
    except (OSError, ValueError):
        return ()


def _resolve(path: str) -> Optional[str]:
    try:
        return os.path.realpath(path) if os.path.exists(path) else None
    except (OSError, ValueError):
        return None


@dataclass(frozen=True)
class MemoryFiles:
    """Files held in memory: path -> content. A registered environment and the tests have these."""

    contents: Mapping[str, Content] = field(default_factory=dict, repr=False)

    def read(self, path: str) -> Content:
        return self.contents.get(path)

    def entries(self, path: str) -> tuple[str, ...]:
        start = path.rstrip("/\\")
        below = (
            known[len(start) + 1 :] for known in self.contents if known[: len(start) + 1] in (start + "/", start + "\\")
        )
        return tuple(sorted({rest.replace("\\", "/").split("/")[0] for rest in below}))

    def resolve(self, path: str) -> Optional[str]:
        return path if path in self.contents else None


@dataclass(frozen=True)
class Machine:
    """What a client would find around it. ``platform`` is a ``sys.platform`` word; ``now`` is seconds since the epoch.

    ``keyless`` tells that its keys stay where they are, so that finding none here says nothing.
    ``in_memory`` tells that ``files`` are not on this disk, so nothing else can open them by their path.
    """

    environ: Mapping[str, str] = field(repr=False)
    home: Optional[str]
    cwd: str
    platform: str
    files: Files = field(repr=False)
    now: float
    python_path: tuple[str, ...] = ()
    system_proxies: Mapping[str, str] = field(default_factory=dict, repr=False)
    system_script: str = field(default="", repr=False)  # address of the automatic configuration that Windows names
    in_memory: bool = False
    keyless: bool = False

    @property
    def paths(self) -> ModuleType:
        """The path rules of this machine's platform."""
        return ntpath if self.platform == "win32" else posixpath

    def join(self, *parts: str) -> str:
        joined: str = self.paths.join(*parts)
        return joined

    def at_home(self, path: str) -> Optional[str]:
        """``path`` with a leading ``~/`` put under the home folder; None when it needs a home and there is none."""
        if not path.startswith("~/"):
            return path
        return self.join(self.home, *path[2:].split("/")) if self.home else None

    def placed(self, path: str) -> Optional[str]:
        """As ``at_home``, with ``$NAME/`` before it for the folder that a variable names; None where it names none."""
        if not path.startswith("$"):
            return self.at_home(path)
        name, *parts = path[1:].split("/")
        folder = self.environ.get(name)
        return self.join(self.cwd, folder, *parts) if folder else None

    def shown(self, path: str) -> str:
        """``path`` as people write it: ``~`` for the home folder."""
        if self.home and path.startswith(self.home + self.paths.sep):
            return "~/" + path[len(self.home) + 1 :].replace("\\", "/")
        return path


def this_machine(python_path: Optional[tuple[str, ...]] = None) -> Machine:
    """The machine this process runs on. Home is ``$HOME``, else the passwd entry; who called ``sudo`` plays no part.

    ``python_path``: where its Python finds modules, unless that is where ours does.
    """
    return Machine(
        environ=dict(os.environ),
        home=_home(),
        cwd=_cwd(),
        platform=sys.platform,
        files=DiskFiles(),
        now=time.time(),
        python_path=tuple(sys.path) if python_path is None else python_path,
        system_proxies=system_proxies(sys.platform),
        system_script=system_script(sys.platform),
    )


def registered(
    environ: Mapping[str, str],
    files: Optional[Mapping[str, Content]] = None,
    *,
    home: Optional[str] = None,
    cwd: str = "/",
    platform: str = "linux",
    now: Optional[float] = None,
    keyless: bool = False,
) -> Machine:
    """The machine of a registered environment: these variables, these files in memory, and nothing of the machine we run on."""
    return Machine(
        environ=dict(environ),
        home=home,
        cwd=cwd,
        platform=platform,
        files=MemoryFiles(dict(files or {})),
        now=time.time() if now is None else now,
        in_memory=True,
        keyless=keyless,
    )


def _home() -> Optional[str]:
    named = os.environ.get("USERPROFILE" if sys.platform == "win32" else "HOME")
    return named or _passwd_home()


def _passwd_home() -> Optional[str]:
    try:
        passwd: Any = import_module("pwd")
        return within(PATIENCE, lambda: str(passwd.getpwuid(os.getuid()).pw_dir))
    except (ImportError, KeyError, OutOfTime):  # Windows; a number without an entry; a directory service that is away
        return None


def _cwd() -> str:
    try:
        return os.getcwd()
    except OSError:  # the folder was removed under us
        return os.sep
