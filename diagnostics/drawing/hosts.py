"""Hosts, addresses and URLs in text: whole when copied, broken only between their parts when a line is too short."""

from __future__ import annotations

from html import escape


def breakable(text: str) -> str:
    """The text, escaped, that may break after a dot or slash and nowhere else."""
    shown = escape(text)
    for mark in ("/", "."):
        shown = shown.replace(mark, f"{mark}<wbr>")
    return shown.replace("/<wbr>/<wbr>", "//<wbr>")
