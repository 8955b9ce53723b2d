"""Text in columns: how wide it stands on a terminal, and where its lines may break."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

_JOINED = ("Mn", "Me", "Cf")  # stand on the character before them


def width(text: str) -> int:
    """Columns of a terminal: a Chinese, Japanese or Korean character takes two, an accent of its own none."""
    return sum(map(_width_of, text))


def wrapped(text: str, columns: int, first: str = "", rest: str = "") -> Iterator[str]:
    """Lines of at most ``columns``, the first one after ``first``, further ones after ``rest``.

    Lines break at spaces, and between wide characters, which are written without any. A longer word stays whole: it may be an
    address that somebody wants to copy.
    """
    line, used, empty = first, width(first), True
    for space, atom in _atoms(text):
        gap = 1 if space and not empty else 0
        needs = width(atom)
        if not empty and used + gap + needs > columns:
            yield line.rstrip()
            line, used, gap = rest, width(rest), 0
        line, used, empty = line + " " * gap + atom, used + gap + needs, False
    yield line.rstrip()


def _width_of(char: str) -> int:
    if unicodedata.category(char) in _JOINED:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _atoms(text: str) -> Iterator[tuple[bool, str]]:
    """What is never broken, and whether a space stands before it: words, and single wide characters."""
    for word in text.split():
        space, atom = True, ""
        for char in word:
            if atom and _may_break(atom[-1], char):
                yield space, atom
                space, atom = False, ""
            atom += char
        yield space, atom


def _may_break(before: str, after: str) -> bool:
    """Between two characters where one is wide; no line begins with a closing mark or ends with an opening one."""
    if _width_of(before) != 2 and _width_of(after) != 2:
        return False
    return (
        _width_of(after) > 0
        and unicodedata.category(after) not in ("Pe", "Pf", "Po")
        and unicodedata.category(before) not in ("Ps", "Pi")
    )
