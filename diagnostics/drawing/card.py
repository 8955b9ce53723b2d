"""The picture of a link preview: the verdict, who can act, how sure, the path and where the time went, as a PNG of 1200 by 630.

Drawn with the one font that Pillow brings, which knows ASCII and a few marks; other letters lose their accents or become "?".
All words come in as a ``Card``, so whatever shall not be shown is left out before anything is drawn.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from diagnostics.drawing.durations import duration
from diagnostics.drawing.stations import stations_of, times_of

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

SIZE = (1200, 630)
_LEFT, _RIGHT = 72, 1128
_COLOURS = 64  # of the palette: enough for soft edges, and a third of the bytes
_INK, _MUTED, _LINE, _PAGE, _ACCENT = "#17202b", "#4f5d6c", "#c3ccd6", "#ffffff", "#2c53c6"
_STATE_INK = {"works": "#14704a", "warning": "#7d4c00", "broken": "#a3121f"}
_STATE_WORDS = {"works": "Works", "broken": "Broken", "unknown": "Not decided"}
_MOST_PHASES = 6  # bars side by side that leave room for their words
_NOT_REACHED = ("unreached", "unknown")
_SMALLEST = 22  # of a line's type; where the whole line is wider even so, it is cut
_KNOWN = frozenset("©«°±´·»‘’“”…‹›™")  # what the font has beside ASCII
_LONGEST = 200  # characters of a text that are looked at


@dataclass(frozen=True)
class Card:
    """Every word of the picture. ``path`` has (label, state), ``phases`` (label, seconds), each in the order of the path."""

    title: str
    state: str
    lines: tuple[str, ...]
    path: tuple[tuple[str, str], ...]
    phases: tuple[tuple[str, float], ...]

    @property
    def words(self) -> tuple[str, ...]:
        """All that is written, as the font can write it."""
        times = (f"{label} {duration(seconds)}" for label, seconds in self.phases)
        texts = (self.title, *self.lines, *(label for label, _ in self.path), *times)
        return tuple(map(writable, texts))


def card_of(report: Mapping[str, Any], title: str, state: str, lines: Sequence[str]) -> Card:
    """The card of a report that has been cleared of what outsiders do not see; notes below the stations are never on it."""
    stations = stations_of(report)
    return Card(
        title=title[:_LONGEST],
        state=state,
        lines=tuple(line[:_LONGEST] for line in lines if line),
        path=tuple((station.label, station.state) for station in stations),
        phases=times_of(report, stations)[:_MOST_PHASES],
    )


def writable(text: str) -> str:
    """``text`` in letters that the font has: without accents, and "?" for what no letter of it stands for."""
    plain = "".join(letter if letter in _KNOWN else unicodedata.normalize("NFKD", letter) for letter in text)
    kept = (letter for letter in plain if not unicodedata.combining(letter))
    return " ".join("".join(letter if " " <= letter <= "~" or letter in _KNOWN else "?" for letter in kept).split())


@lru_cache(maxsize=64)  # some 15 kB each; a picture takes some 60 ms of CPU
def png(card: Card) -> bytes:
    """The picture's bytes, the same for the same card."""
    from PIL import Image, ImageDraw  # only processes that draw need its 4 MB

    picture = Image.new("RGB", SIZE, _PAGE)
    pen = ImageDraw.Draw(picture)
    ink = _STATE_INK.get(card.state, _MUTED)
    pen.rectangle((0, 0, 24, SIZE[1]), fill=ink)
    _text(pen, (_LEFT, 48), "Troubleshooter", 30, _MUTED)
    _right(pen, 48, _STATE_WORDS.get(card.state, "Warning"), 30, ink)
    bottom = _paragraph(pen, writable(card.title), 56, 104)
    for line in card.lines[:3]:
        _fitted(pen, bottom, writable(line))
        bottom += 44
    _path(pen, card.path, 404)
    _bars(pen, card.phases, 500)
    out = BytesIO()
    picture.quantize(_COLOURS).save(out, "PNG", optimize=True)
    return out.getvalue()


def _path(pen: ImageDraw, path: Sequence[tuple[str, str]], y: int) -> None:
    """The signature: passed stations are quiet, the broken one is loud, what lies behind it is hollow and dashed."""
    step = (_RIGHT - _LEFT) / max(len(path), 1)
    middles = [round(_LEFT + step * (number + 0.5)) for number in range(len(path))]
    for number, (one, two) in enumerate(pairwise(middles)):
        reached = path[number + 1][1] not in _NOT_REACHED
        for x in range(one, two, 4 if reached else 16):
            pen.line((x, y, min(x + (4 if reached else 8), two), y), fill=_MUTED if reached else _LINE, width=5)
    for middle, (label, state) in zip(middles, path, strict=True):
        ink, reach = _STATE_INK.get(state, _MUTED), 22 if state == "broken" else 13
        box = (middle - reach, y - reach, middle + reach, y + reach)
        pen.ellipse(box, fill=ink if state in _STATE_INK else _PAGE, outline=ink, width=4)
        if state == "broken":
            for rise in (-9, 9):
                pen.line((middle - 9, y - rise, middle + 9, y + rise), fill=_PAGE, width=5)
        text = _cut(writable(label), 20, step - 8)
        _text(pen, (middle - _width(text, 20) / 2, y + 34), text, 20, ink if state == "broken" else _MUTED)


def _bars(pen: ImageDraw, phases: Sequence[tuple[str, float]], y: int) -> None:
    """Where the time went: one bar a phase, the longest one full."""
    longest = max((seconds for _, seconds in phases), default=0.0) or 1.0
    room = (_RIGHT - _LEFT) / max(len(phases), 1)
    for number, (label, seconds) in enumerate(phases):
        left, full = _LEFT + number * room, room - 28
        pen.rounded_rectangle((left, y + 38, left + full, y + 50), 6, fill="#dde3ea")
        pen.rounded_rectangle((left, y + 38, left + max(full * seconds / longest, 12), y + 50), 6, fill=_ACCENT)
        _text(pen, (left, y), _cut(writable(f"{label} {duration(seconds)}"), 24, full), 24, _INK)


def _paragraph(pen: ImageDraw, text: str, size: int, top: int) -> int:
    """At most three lines of large type; returns where the next text may begin."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if _width(longer, size) <= _RIGHT - _LEFT:
            lines[-1] = longer
        else:
            lines.append(word)
    shown = [line for line in lines if line]
    size, step = (size, 68) if len(shown) <= 2 else (44, 54)
    if len(shown) > 3:
        shown = [*shown[:2], " ".join(shown[2:])]
    for number, line in enumerate(shown):
        _text(pen, (_LEFT, top + number * step), _cut(line, size, _RIGHT - _LEFT), size, _INK, weight=1)
    return top + len(shown) * step + 18


def _fitted(pen: ImageDraw, top: int, line: str) -> None:
    """A whole line of text, in smaller type where it is long; letters stand on the same height in each."""
    size = next((size for size in range(30, _SMALLEST, -2) if _width(line, size) <= _RIGHT - _LEFT), _SMALLEST)
    _text(pen, (_LEFT, top + 30 - size), _cut(line, size, _RIGHT - _LEFT), size, _MUTED)


def _text(pen: ImageDraw, at: tuple[float, float], text: str, size: int, ink: str, weight: int = 0) -> None:
    pen.text(at, text, fill=ink, font=_font(size), stroke_width=weight, stroke_fill=ink)


def _right(pen: ImageDraw, top: int, text: str, size: int, ink: str) -> None:
    _text(pen, (_RIGHT - _width(text, size), top), text, size, ink, weight=1)


def _cut(text: str, size: int, room: float) -> str:
    """``text`` as far as there is room for it."""
    if _width(text, size) <= room:
        return text
    while text and _width(f"{text}…", size) > room:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _width(text: str, size: int) -> float:
    return float(_font(size).getlength(text))


@lru_cache(maxsize=8)
def _font(size: int) -> Any:
    from PIL import ImageFont  # as in png()

    return ImageFont.load_default(size)
