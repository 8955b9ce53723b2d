"""One asyncio loop for all runs of this process, in a thread of its own.

A worker's threads wait here for coroutines: 200 runs share one loop, its SSL contexts and its limits on handshakes.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")

_starting = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None


def submit(work: Coroutine[Any, Any, T]) -> Future[T]:
    """Start `work` on the shared loop. Cancelling the future cancels the coroutine."""
    return asyncio.run_coroutine_threadsafe(work, _running())


def _running() -> asyncio.AbstractEventLoop:
    global _loop  # noqa: PLW0603  one loop a process is the point
    with _starting:
        if _loop is None:
            _loop = asyncio.new_event_loop()
            threading.Thread(target=_loop.run_forever, name="probes", daemon=True).start()
        return _loop
