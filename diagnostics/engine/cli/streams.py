"""Standard streams that hold nobody: each is written by a thread of its own, so a reader that has stopped costs no verdict."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Callable, Optional

from diagnostics.engine.waiting import aside

_PIECE = 16_384  # bytes of a write: a Windows console takes no more than 32 kB at once
_BUSY = 0.02  # seconds until a stream is tried again that somebody else has set to refuse rather than wait
_NARROWEST, _WIDEST, _USUAL = 40, 100, 80  # columns
_SPELLED = str.maketrans(
    {"…": "...", "–": "-", "—": "-", "‘": "'", "’": "'", "“": '"', "”": '"', "→": "->", "×": "x", "\u00a0": " "}
)


def occupy() -> None:
    """Put the null device where a standard stream is closed: the next socket would get its number, and its output."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            with suppress(OSError):
                opened = os.open(os.devnull, os.O_RDWR)  # the lowest free number: this one
                if opened > 2:
                    os.close(opened)


class Outlet:
    """A standard stream to write to. ``None`` stands for one that is closed: what is written goes nowhere."""

    def __init__(self, stream: Optional[Any]) -> None:
        self._stream = stream
        self.terminal = is_terminal(stream)
        self.encoding = getattr(stream, "encoding", None) or "utf-8"
        self.problem: Optional[BaseException] = None if stream is not None else OSError("closed")
        self._change = threading.Condition()
        self._waiting: list[bytes] = []
        self._busy = False

    def text(self, text: str) -> None:
        """Text for a person, in the stream's own encoding; what that does not have is spelled out or a question mark."""
        try:
            self.data(text.encode(self.encoding))
        except UnicodeError:
            self.data(text.translate(_SPELLED).encode(self.encoding, "replace"))

    def data(self, data: bytes) -> None:
        """Bytes, sooner or later; nobody waits here."""
        with self._change:
            if self.problem is not None:
                return
            self._waiting.append(data)
            if self._busy:
                return
            self._busy = True
        aside(self._run)

    def settle(self, seconds: float, halted: Callable[[], bool] = lambda: False) -> bool:
        """Wait until all is written; False where it was not, in time or at all."""
        until = time.monotonic() + seconds
        with self._change:
            while self._busy and self.problem is None and not halted():
                left = until - time.monotonic()
                if left <= 0:
                    break
                self._change.wait(min(left, 0.1))
            return self.problem is None and not self._busy

    @property
    def gone(self) -> bool:
        """Whether whoever read this has closed their end, as far as the system tells without writing."""
        if self.problem is not None:
            return True
        try:
            import select  # Windows has no poll(); there the next write tells

            watched = select.poll()
            watched.register(self._stream.fileno(), 0)  # type: ignore[union-attr]
            return any(happened & (select.POLLERR | select.POLLHUP) for _, happened in watched.poll(0))
        except (ImportError, AttributeError, OSError, ValueError):
            return False

    def width(self, environ: Mapping[str, str]) -> int:
        """Columns for text: the terminal's, between 40 and 100; 80 where there is none."""
        told = environ.get("COLUMNS", "")
        columns = int(told) if told.isascii() and told.isdigit() and len(told) < 6 else 0
        if not columns and self.terminal:
            with suppress(OSError, AttributeError, ValueError):
                columns = os.get_terminal_size(self._stream.fileno()).columns  # type: ignore[union-attr]
        return max(_NARROWEST, min(_WIDEST, columns or _USUAL))

    def colourful(self, environ: Mapping[str, str]) -> bool:
        """Whether colour is welcome: NO_COLOR, FORCE_COLOR, CLICOLOR and TERM as everybody reads them."""
        if environ.get("NO_COLOR"):
            return False
        if environ.get("FORCE_COLOR", "0") not in ("", "0", "false") or environ.get("CLICOLOR_FORCE", "0") not in (
            "",
            "0",
        ):
            return True
        if not self.moves(environ) or environ.get("FORCE_COLOR") in ("0", "false"):
            return False
        return environ.get("CLICOLOR") != "0"

    def moves(self, environ: Mapping[str, str]) -> bool:
        """Whether this is a terminal that understands more than lines."""
        if not self.terminal or environ.get("TERM") == "dumb":
            return False
        if sys.platform == "win32":  # the old console shows escapes as they are
            return any(environ.get(name) for name in ("WT_SESSION", "ANSICON", "ConEmuANSI", "TERM"))
        return bool(environ.get("TERM"))

    def _run(self) -> None:
        while True:
            with self._change:
                if not self._waiting or self.problem is not None:
                    self._busy = False
                    self._change.notify_all()
                    return
                data = self._waiting.pop(0)
            try:
                self._write(data)
            except (OSError, ValueError) as error:
                self.problem = error

    def _write(self, data: bytes) -> None:
        """Below Python's own buffers: their locks would be held for as long as the reader waits."""
        buffer = getattr(self._stream, "buffer", None)
        raw = getattr(buffer, "raw", None)
        if raw is None:
            self._stream.write(data.decode(self.encoding, "replace"))  # type: ignore[union-attr]
            return
        while data:
            written = raw.write(data[:_PIECE])
            if written is None:
                time.sleep(_BUSY)
            else:
                data = data[written:]


def is_terminal(stream: Optional[Any]) -> bool:
    """Whether somebody looks at it."""
    try:
        return bool(stream is not None and stream.isatty())
    except (ValueError, AttributeError):  # closed
        return False
