"""structlog as it is without `rich`, and httpx without `pygments`. They take these along wherever they are installed, as a linter brings
them: megabytes a process for colours that nothing of ours has.
"""

from __future__ import annotations

import sys

for _colours in ("rich", "pygments"):
    sys.modules.setdefault(_colours, None)  # type: ignore[arg-type]  # "not installed", from here on

import structlog  # noqa: E402
from structlog.typing import EventDict, Processor, WrappedLogger  # noqa: E402

__all__ = ["EventDict", "Processor", "WrappedLogger", "structlog"]
