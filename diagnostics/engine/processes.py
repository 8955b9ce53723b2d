"""Processes of this same user, as Linux shows them under ``/proc``: which of them are a program, since when, and with which variables.

Nothing is kept of them. What cannot be read is left out: a process may end at any moment, or belong to somebody else.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Optional

MOST_LOOKED_AT = 4096  # processes
MOST_FOUND = 16
_TIME = 0.1  # seconds for all of them
_LARGEST = 2 * 1024 * 1024  # bytes of an environment; one that is larger is unread
_NAME = 4096  # bytes of a command line: the program's name stands in front
_START_TIME = 19  # field 22 of stat, counted behind the name in brackets


@dataclass(frozen=True)
class Process:
    """One that runs. ``began`` is seconds since the epoch; ``environ`` what it was started with, None where that is unread."""

    pid: int
    began: float
    environ: Optional[Mapping[bytes, bytes]] = field(repr=False)


def running(command: str, runtimes: tuple[str, ...] = (), folder: str = "/proc") -> tuple[Process, ...]:
    """This user's processes of a program: by its own name, or as a script of one of the ``runtimes``. Oldest first."""
    until = time.monotonic() + _TIME
    found: list[Process] = []
    for pid in _mine(folder):
        if time.monotonic() > until or len(found) == MOST_FOUND:
            break
        try:
            if _is(f"{folder}/{pid}", command, runtimes):
                found.append(Process(pid, _began(f"{folder}/{pid}"), _environ(f"{folder}/{pid}")))
        except (OSError, ValueError, IndexError):
            continue
    return tuple(sorted(found, key=lambda one: one.began))


def _mine(folder: str) -> Iterator[int]:
    try:
        numbers = sorted((int(name) for name in os.listdir(folder) if name.isdigit()), reverse=True)
    except OSError:
        return
    for pid in numbers[:MOST_LOOKED_AT]:
        try:
            if pid != os.getpid() and os.stat(f"{folder}/{pid}").st_uid == os.getuid():
                yield pid
        except OSError:
            continue


def _is(place: str, command: str, runtimes: tuple[str, ...]) -> bool:
    words = [os.path.basename(word) for word in _read(f"{place}/cmdline", _NAME).split(b"\0")]
    program = os.fsencode(command)
    if words[:1] == [program]:  # also a script of Node that gave itself this title
        return True
    kind = re.match(rb"[a-z]+", words[0])
    return kind is not None and kind[0].decode() in runtimes and words[1:2] == [program]


def _began(place: str) -> float:
    ticks = int(_read(f"{place}/stat", _NAME).rpartition(b")")[2].split()[_START_TIME])
    since_boot = ticks / os.sysconf("SC_CLK_TCK")
    return time.time() - (time.clock_gettime(time.CLOCK_BOOTTIME) - since_boot)


def _environ(place: str) -> Optional[Mapping[bytes, bytes]]:
    try:
        content = _read(f"{place}/environ", _LARGEST + 1)
    except OSError:
        return None
    if not content or len(content) > _LARGEST:
        return None
    return {name: value for name, _, value in (row.partition(b"=") for row in content.split(b"\0"))}


def _read(path: str, most: int) -> bytes:
    with open(path, "rb") as file:
        return file.read(most)
