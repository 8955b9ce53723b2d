"""A report as text: the same data is the same bytes, by whose sha256 it is known."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def canonical(data: Mapping[str, Any]) -> str:
    """JSON with sorted keys and no spaces, whose sha256 tells whether it was changed. ValueError for NaN and the like."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def sha256_of(text: str) -> str:
    """What a report is known by, uploaded or frozen."""
    return hashlib.sha256(text.encode()).hexdigest()
