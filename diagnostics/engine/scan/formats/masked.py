"""Secrets that were masked before the text came here, by the browser or by whoever pasted it: ``[sk-ant-api03-…AgAA]``."""

from __future__ import annotations

import re
from typing import Optional

MASKED = re.compile(
    r"\[(?P<shape>(?P<prefix>sk-[\w-]*|gsk_|xai-|AIza|eyJ|Bearer )?\u2026\w{0,4}(?: \(\d{1,7} characters\))?)\]"
)
"""What stands in a secret's place: its public prefix and its last characters or its length, in square brackets."""


def prefix_of(value: str) -> Optional[str]:
    """The public prefix of a masked secret, "" where none is known; None for what is no masked secret."""
    found = MASKED.fullmatch(value.strip().strip("'\""))
    return None if found is None else found["prefix"] or ""
