"""Hosts, addresses and URLs in text: whole when copied, broken only between their parts when a line is too short."""

from __future__ import annotations

from html import escape


def breakable(text: str) -> str:
    """The text, escaped, that may break after a dot, slash, comma or underscore; browsers break after a hyphen by themselves."""
    shown = escape(text)
    for mark in ("/", ".", "_", ","):
        shown = shown.replace(mark, f"{mark}<wbr>")
    return shown.replace("/<wbr>/<wbr>", "//<wbr>")
