"""The files under some paths: in order, each once, none through a link, none that only a program can read; what is left out is counted."""

from __future__ import annotations

import codecs
import os
import stat
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Optional

from diagnostics.engine import regular_files
from diagnostics.engine.scan.records import Counts

LARGEST = 8 << 20  # bytes of one file
MOST_FILES = 300_000
_DEEPEST = 120  # folders below each other
_BEGINNING = 8_192  # bytes in which a file of a program shows itself
_NEVER = (".git", ".hg", ".svn")
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class Place:
    """A file to read; ``mode`` is None where its permissions say nothing (Windows)."""

    path: str
    mode: Optional[int]


def places(
    paths: Sequence[str],
    counts: Counts,
    passed_over: Collection[str],
    no_text: tuple[str, ...],
    stopped: Callable[[], bool],
) -> Iterator[Place]:
    """Every file of ``paths`` and the folders among them."""
    seen: set[str] = set()
    for path in paths:
        real = os.path.realpath(path)
        for place in _of(real, counts, passed_over, no_text, stopped):
            if place.path not in seen and len(seen) < MOST_FILES:
                seen.add(place.path)
                yield place


def _of(
    path: str, counts: Counts, passed_over: Collection[str], no_text: tuple[str, ...], stopped: Callable[[], bool]
) -> Iterator[Place]:
    if not os.path.isdir(path):
        yield Place(path, _mode(path))
        return
    folders = [path]
    above = path.count(os.sep)
    while folders and not stopped():
        folder = folders.pop()
        try:
            with os.scandir(folder) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError:
            counts.skip("folders that cannot be read")
            continue
        below: list[str] = []
        for entry in entries:
            if entry.is_symlink():
                counts.skip("links")
            elif _is_folder(entry):
                if entry.name in _NEVER:
                    continue
                if entry.name in passed_over or (passed_over and _is_venv(entry.path)):
                    counts.skip("folders of others' code")
                elif entry.path.count(os.sep) - above > _DEEPEST:
                    counts.skip("folders that lie too deep")
                else:
                    below.append(entry.path)
            elif entry.name.lower().endswith(no_text):
                counts.skip("files without text")
            else:
                yield Place(entry.path, _mode(entry.path))
        folders.extend(reversed(below))


def text_of(place: Place, counts: Counts, is_worth: Callable[[bytes], bool]) -> Optional[str]:
    """The text of a file, None where it has none, is too large, or nothing in it is worth reading."""
    try:
        content = regular_files.read(place.path, LARGEST + 1)
    except PermissionError:
        counts.skip("files that may not be read")
        return None
    except (OSError, ValueError):  # a pipe, a socket, gone meanwhile; a null character in the path
        counts.skip("files that are none")
        return None
    if len(content) > LARGEST:
        counts.skip(f"files over {LARGEST >> 20} MiB")
        return None
    if content.startswith(_WIDE):
        content = content.decode("utf-16", errors="replace").encode("utf-8", errors="replace")
    elif b"\0" in content[:_BEGINNING]:
        counts.skip("files without text")
        return None
    counts.files += 1
    return content.decode("utf-8", errors="replace") if is_worth(content) else None


def _mode(path: str) -> Optional[int]:
    if sys.platform == "win32":
        return None
    try:
        return stat.S_IMODE(os.stat(path).st_mode)
    except OSError:
        return None


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _is_venv(path: str) -> bool:
    return os.path.exists(os.path.join(path, "pyvenv.cfg"))
