"""Reading files that somebody named: of regular ones alone, as much as was asked for, and never waiting for one."""

from __future__ import annotations

import os
import stat

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def read(path: str, most: int) -> bytes:
    """The first ``most`` bytes. OSError for what is no regular file, or gives nothing at once (``/proc/kmsg`` calls itself regular)."""
    if not stat.S_ISREG(os.stat(path).st_mode):  # opening a device may already do something
        raise OSError("not a regular file")
    with open(os.open(path, _FLAGS), "rb", buffering=0) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError("not a regular file")
        content = bytearray()
        while len(content) < most and (piece := file.read(min(most - len(content), 1 << 20))):
            content += piece
        return bytes(content)
