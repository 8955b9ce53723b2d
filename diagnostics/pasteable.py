"""Foreign words inside text that people paste elsewhere: they stay on their line and open no markup of their own."""

from __future__ import annotations

import re

_MARKS = {ord(mark): f"\\{mark}" for mark in "\\`[]<>"}


def plain(text: str) -> str:
    """For Markdown: no link, picture, code or tag."""
    return line(text).translate(_MARKS)


def line(text: str) -> str:
    """For plain text: no line of their own."""
    return " ".join(text.split())


def cell(text: str) -> str:
    """For a cell of a Markdown table."""
    return plain(text).replace("|", "\\|")


def code(value: str) -> str:
    """Inline code that foreign text cannot break out of (CommonMark 6.1: the fence is longer than any run inside)."""
    value = line(value)
    longest = max((len(run) for run in re.findall("`+", value)), default=0)
    fence, pad = "`" * (longest + 1), " " if longest else ""
    return f"{fence}{pad}{value}{pad}{fence}"
