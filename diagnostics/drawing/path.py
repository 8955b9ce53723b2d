"""The path: one line of stations from this machine to the answer, drawn the same everywhere.

Passed stations are quiet, the broken one is the only loud thing, what lies behind it is dashed, and an experiment that
passed is a second line that bends around the break. Coordinates along the path are percentages, so strokes and glyphs
keep their size at any width; the words stand beside the drawing as a list of links. Colours come from the style sheet.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from diagnostics.drawing.hosts import breakable
from diagnostics.drawing.states import STATES
from diagnostics.drawing.stations import Detour, Station, broken_at, summary

_GLYPHS = {
    "works": '<circle r="7"/><path d="m-3 .2 2.1 2.2 4-4.6"/>',
    "warning": '<path d="M0-9 10 8H-10z"/><path d="M0-3.4V2M0 4.8v.1"/>',
    "broken": '<circle class="halo" r="18"/><path d="M-5-12H5L12-5V5L5 12H-5L-12 5V-5z"/>'
    '<path d="m-4.6-4.6 9.2 9.2m0-9.2-9.2 9.2"/>',
    "unknown": '<circle r="8"/><path d="M-2-2a2.1 2.1 0 1 1 3 1.9C.3.3 0 .7 0 1.3M0 4v.1"/>',
    "running": '<circle r="8"/><path class="turning" d="M0-8a8 8 0 0 1 8 8"/>',
    "waiting": '<circle r="4"/>',
    "skipped": '<circle r="5"/>',
    "unreached": '<circle r="5"/>',
}
_STRETCH = 'preserveAspectRatio="none"'
_SMALL_GLYPHS = {
    "works": '<circle cx="{x}" cy="9" r="3"/>',
    "warning": '<path d="M{x} 3.6l5.4 9.6h-10.8z"/>',
    "broken": '<path d="M{x} 1.5m-3.1 0h6.2l4.4 4.4v6.2l-4.4 4.4h-6.2l-4.4-4.4v-6.2z"/>'
    '<path d="M{x} 9m-3-3 6 6m0-6-6 6"/>',
    "unknown": '<circle cx="{x}" cy="9" r="4"/><path d="M{x} 9v.1"/>',
    "running": '<circle cx="{x}" cy="9" r="4"/>',
    "waiting": '<circle cx="{x}" cy="9" r="2.5"/>',
    "skipped": '<circle cx="{x}" cy="9" r="2.5"/>',
    "unreached": '<circle cx="{x}" cy="9" r="2.5"/>',
}


def large(stations: Sequence[Station], detour: Detour | None = None) -> str:
    """The drawing of a run's page: lying, standing where the page is narrow, and the stations as a list of links."""
    words = f"<title>{escape(summary(stations))}</title>"
    words += f"<desc>An experiment {escape(detour.says)}.</desc>" if detour else ""
    dashed = next((number for number, station in enumerate(stations) if station.state == "unreached"), None)
    items = "".join(
        _item(station, detour if detour and detour.around == number else None, number == dashed)
        for number, station in enumerate(stations)
    )
    drawn = _lying(stations, detour, words) + _standing(stations, detour, words)
    return f'<figure class="path"><div class="path-body">{drawn}<ol>{items}</ol></div></figure>'


def strip(stations: Sequence[Station], step: int = 15) -> str:
    """The drawing one line high, ``step`` pixels from station to station, as a list's rows show it."""
    width = step * (len(stations) - 1) + 18
    xs = [9 + step * number for number in range(len(stations))]
    lines = "".join(
        f'<path class="line-{_line(station)}" d="M{left} 9H{right}"/>'
        for left, right, station in zip(xs, xs[1:], stations[1:], strict=False)
    )
    glyphs = "".join(
        f'<g class="stop-{s.state}">{_SMALL_GLYPHS[s.state].format(x=x)}</g>' for x, s in zip(xs, stations, strict=True)
    )
    title = f"<title>{escape(summary(stations))}</title>"
    return f'<svg class="path-strip" role="img" width="{width}" height="18">{title}{lines}{glyphs}</svg>'


def card(stations: Sequence[Station]) -> str:
    """The strip with its sentence beside it, as an environment's card shows it."""
    broken = broken_at(stations)
    says = f"breaks at {stations[broken].label}" if broken is not None else ""
    note = f", {stations[broken].note}" if broken is not None and stations[broken].note else ""
    told = f'<span class="state state-broken">{escape(says + note)}</span>' if says else ""
    return f'<span class="path-card">{strip(stations, 24)}{told}</span>'


# -- The large drawing -----------------------------------------------------------------------


def _lying(stations: Sequence[Station], detour: Detour | None, words: str) -> str:
    height, middle = (66, 46) if detour else (44, 22)
    at = _positions(stations)
    parts = [
        f'<line class="line-{_line(station)}" x1="{left}%" x2="{right}%" y1="{middle}" y2="{middle}"/>'
        for left, right, station in zip(at, at[1:], stations[1:], strict=False)
    ]
    if detour:
        start, end = _span(at, detour.around)
        parts.append(
            f'<svg x="{start}%" width="{_number(end - start)}%" y="6" height="40" viewBox="0 0 100 40" {_STRETCH}>'
            '<path class="detour" d="M0 40C16 40 12 2 30 2H70C88 2 84 40 100 40"/></svg>'
        )
    parts += [
        f'<svg x="{x}%" y="{middle}" class="stop-{s.state}">{_GLYPHS[s.state]}</svg>'
        for x, s in zip(at, stations, strict=True)
    ]
    return f'<svg class="path-lying" role="img" width="100%" height="{height}">{words}{"".join(parts)}</svg>'


def _standing(stations: Sequence[Station], detour: Detour | None, words: str) -> str:
    at = _positions(stations)
    parts = [
        f'<line class="line-{_line(station)}" y1="{above}%" y2="{below}%" x1="28" x2="28"/>'
        for above, below, station in zip(at, at[1:], stations[1:], strict=False)
    ]
    if detour:
        start, end = _span(at, detour.around)
        parts.append(
            f'<svg y="{start}%" height="{_number(end - start)}%" x="2" width="26" viewBox="0 0 26 100" {_STRETCH}>'
            '<path class="detour" d="M26 0C26 16 2 12 2 30V70C2 88 26 84 26 100"/></svg>'
        )
    parts += [
        f'<svg y="{y}%" x="28" class="stop-{s.state}">{_GLYPHS[s.state]}</svg>'
        for y, s in zip(at, stations, strict=True)
    ]
    return f'<svg class="path-standing" role="img" width="52" height="100%">{words}{"".join(parts)}</svg>'


def _item(station: Station, detour: Detour | None, first_dashed: bool) -> str:
    """A station in words. That it was not reached is told to everybody once, and to screen readers each time."""
    label = escape(station.label)
    name = f'<a href="{escape(station.href)}">{label}</a>' if station.href else f"<span>{label}</span>"
    word = STATES[station.state].word
    state = f"<small>{word.lower()}</small>" if first_dashed else f'<span class="visually-hidden">{word}. </span>'
    note = f"<small>{escape(station.note)}</small>" if station.note else ""
    code = f"<small><code>{breakable(station.code)}</code></small>" if station.code else ""
    around = f'<small class="detour-note">{escape(detour.says)}</small>' if detour else ""
    return f'<li class="at-{station.state}">{name}{state}{note}{code}{around}</li>'


def _positions(stations: Sequence[Station]) -> list[str]:
    return [_number((number + 0.5) * 100 / len(stations)) for number in range(len(stations))]


def _span(at: Sequence[str], around: int) -> tuple[float, float]:
    """From the station before the break to the one behind it, or to the drawing's edge."""
    start = float(at[around - 1]) if around else 0.0
    return start, float(at[around + 1]) if around + 1 < len(at) else 100.0


def _line(station: Station) -> str:
    """The line into a station: solid when it was passed or is where it breaks, else dashed."""
    return "dashed" if station.state in ("unreached", "unknown", "waiting", "running") else "solid"


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
