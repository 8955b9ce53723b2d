"""What git knows: which files it ignores, and which keys were ever committed. It is asked by its own program, for so long and no longer.

A repository may be somebody else's, and its settings can name programs. So git runs without hooks, pagers, signature checks, external
diffs and text conversions, and without the network, and it writes nothing.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO, Optional

from diagnostics.engine.scan.hardcoded import KeyFinder, OpenKey

SECONDS = 20.0
LARGEST = 400 << 20  # bytes of changes that are read
_ASK_SECONDS = 10.0
_LONGEST_LINE = 1 << 20
_SETTINGS = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.pager=cat",
    "core.quotePath=false",
    "diff.external=",
    "gc.auto=0",
    "log.showSignature=false",
    "protocol.allow=never",
    "submodule.recurse=false",
)
_SAFE = tuple(word for setting in _SETTINGS for word in ("-c", setting))
_LOG = (
    "log",
    "--all",
    "--patch",
    "--unified=0",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--no-renames",
    "--no-show-signature",
    "--no-notes",
    "--no-decorate",
    "--diff-filter=AMT",
    "--ignore-submodules=all",
    "--format=%x01%H%x01%cs",
)
_HUNK = re.compile(rb"@@ -\S+ \+(\d+)")


@dataclass(frozen=True)
class Committed:
    """A key that a commit brought: the oldest such commit that was seen, and in how many it stands."""

    key: OpenKey = field(repr=False)
    commit: str
    day: str
    file: str
    line: int
    times: int = 1


def root_of(path: str) -> Optional[str]:
    """The folder of the repository that ``path`` lies in."""
    folder = path if os.path.isdir(path) else os.path.dirname(path)
    while True:
        if os.path.exists(os.path.join(folder, ".git")):
            return folder
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above


def is_here() -> bool:
    """Whether there is a git to ask."""
    return shutil.which("git") is not None


def ignored(root: str, paths: Iterable[str]) -> frozenset[str]:
    """Those of ``paths`` that git ignores and does not hold. None where git does not answer."""
    given = "\0".join(os.path.relpath(path, root) for path in paths).encode("utf-8", "surrogateescape")
    command = ["git", *_SAFE, "-C", root, "check-ignore", "-z", "--stdin"]
    try:
        told = subprocess.run(
            command, input=given, capture_output=True, timeout=_ASK_SECONDS, env=_environ(), check=False
        )
    except (OSError, subprocess.SubprocessError):
        return frozenset()
    names = told.stdout.decode("utf-8", "surrogateescape").split("\0")
    return frozenset(os.path.join(root, name) for name in names if name)


def history(
    root: str, under: str, finder: KeyFinder, stopped: Callable[[], bool], seconds: float = SECONDS
) -> tuple[tuple[Committed, ...], str]:
    """The keys in what was ever added below ``under``, each once, and words on what of it was not read, "" where all was."""
    inside = os.path.relpath(under, root)
    command = ["git", *_SAFE, "-C", root, *_LOG, "--", *([] if inside == "." else [f":(literal){inside}"])]
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environ(),
            start_new_session=True,
        )
    except OSError:
        return (), "the history: git cannot be run here"
    until = time.monotonic() + seconds
    timer = threading.Timer(seconds, process.kill)
    timer.daemon = True
    timer.start()
    found: dict[str, Committed] = {}
    whole = False
    assert process.stdout is not None
    try:
        whole = _read(process.stdout, finder, found, lambda: stopped() or time.monotonic() > until)
    finally:
        timer.cancel()
        with suppress(ProcessLookupError):
            process.kill()
        code = process.wait()
        process.stdout.close()
    if whole and code in (0, -9):
        return tuple(found.values()), _before_the_clone(root) if time.monotonic() < until else _part(seconds)
    return tuple(found.values()), "the history: git could not read it" if whole else _part(seconds)


def _before_the_clone(root: str) -> str:
    """What a shallow clone lacks: it is what build machines make, and its log ends without a word where the clone does."""
    if _told(root, "rev-parse", "--is-shallow-repository") != "true":
        return ""
    number = _told(root, "rev-list", "--all", "--count")
    commits = f"{number} {'commit' if number == '1' else 'commits'}" if number.isdigit() else "the newest commits"
    return (
        f"the history before this clone: it is shallow, and only {commits} could be read. "
        "`git fetch --unshallow` gets the rest (on GitHub `fetch-depth: 0`, on GitLab `GIT_DEPTH: 0`)"
    )


def _told(root: str, *words: str) -> str:
    """What git prints, "" where it does not answer."""
    command = ["git", *_SAFE, "-C", root, *words]
    try:
        told = subprocess.run(command, capture_output=True, timeout=_ASK_SECONDS, env=_environ(), check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return told.stdout.decode("ascii", "replace").strip() if told.returncode == 0 else ""


def _part(seconds: float) -> str:
    return f"the older part of the history (it takes longer than {seconds:.0f} seconds, or was stopped)"


def _read(stream: IO[bytes], finder: KeyFinder, found: dict[str, Committed], enough: Callable[[], bool]) -> bool:
    """Read what git prints, newest commit first. False where it was not read to its end."""
    commit = day = file = ""
    line = read = 0
    for number, row in enumerate(_rows(stream)):
        read += len(row)
        if number % 4096 == 0 and (enough() or read > LARGEST):
            return False
        first = row[:1]
        if first == b"+" and not row.startswith(b"+++ "):
            if any(literal in row for literal in finder.literals):
                _keep(found, row[1:].decode("utf-8", "replace"), finder, (commit, day, file, line))
            line += 1
        elif first == b"@":
            hunk = _HUNK.match(row)
            line = int(hunk[1]) if hunk is not None else 0
        elif row.startswith(b"+++ "):
            file = row[4:].decode("utf-8", "replace").strip().strip('"').removeprefix("b/")
        elif first == b"\x01":
            _, commit, day = row.decode("ascii", "replace").strip().split("\x01")[:3]
    return True


def _rows(stream: IO[bytes]) -> Iterator[bytes]:
    """Lines; one that does not end is cut."""
    while True:
        row = stream.readline(_LONGEST_LINE)
        if not row:
            return
        yield row


def _keep(found: dict[str, Committed], text: str, finder: KeyFinder, place: tuple[str, str, str, int]) -> None:
    for key in finder.find(text):
        if not key.example:
            before = found.get(key.value)
            found[key.value] = Committed(key, *place, times=before.times + 1 if before is not None else 1)


def _environ() -> dict[str, str]:
    """The variables of this process, without those that would have git do more than read."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    quiet = {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_PAGER": "cat",
        "LC_ALL": "C",
    }
    return {**kept, **quiet}
