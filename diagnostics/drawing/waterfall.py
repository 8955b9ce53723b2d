"""The waterfall of a run: one bar per attempt on a common time axis, and the same as a table.

Positions are percentages, so that the drawing fits any width with its strokes unchanged. A failed attempt is hatched and
says its failure word in text; a timeout ends in a flag, so that "slow" and "cut off by us" look different; time that no
attempt explains is shown as such.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from diagnostics.drawing.durations import duration
from diagnostics.drawing.states import icon, state_of_attempt
from diagnostics.drawing.stations import Report

_LEAST_GAP = 0.001  # seconds; what is shorter is the clock's own grain


@dataclass(frozen=True)
class Bar:
    """One attempt in time: ``start`` and ``seconds`` since the run began; ``reason`` in words, empty when it is done."""

    probe: str
    state: str
    start: float
    seconds: float
    reason: str = ""
    cut_off: bool = False
    ticks: tuple[float, ...] = ()


def bars_of(report: Report) -> tuple[Bar, ...]:
    """The attempts that took place, in the order in which they began."""
    tried = [attempt for attempt in report.get("attempts", ()) if attempt["status"] != "skipped"]
    return tuple(sorted((_bar(attempt) for attempt in tried), key=lambda bar: (bar.start, bar.seconds)))


def unaccounted(bars: Sequence[Bar], total: float) -> tuple[tuple[float, float], ...]:
    """The stretches of the run, as (from, to) in seconds, in which no attempt was under way."""
    gaps: list[tuple[float, float]] = []
    reached = 0.0
    for start, end in [*sorted((bar.start, bar.start + bar.seconds) for bar in bars), (total, total)]:
        if start - reached >= _LEAST_GAP:
            gaps.append((reached, start))
        reached = max(reached, end)
    return tuple(gaps)


def waterfall(report: Report, reference: Report | None = None) -> str:
    """The figure: axis, a row per attempt, unaccounted time; ``reference`` (a good run) stands behind it as outlines."""
    bars = bars_of(report)
    if not bars:
        return '<p class="muted">No attempt was made, so there is nothing to time.</p>'
    total = max(_seconds(report), *(bar.start + bar.seconds for bar in bars))
    span = _axis_end(total)
    ghosts = {bar.probe: bar for bar in bars_of(reference)} if reference else {}
    rows = "".join(_row(bar, ghosts.get(bar.probe), span) for bar in bars)
    return (
        f'<figure class="waterfall"><svg class="hatching" width="0" height="0" aria-hidden="true">{_HATCH}</svg>'
        f'<div class="waterfall-axis" aria-hidden="true">{_axis(span)}</div><ol>{rows}{_gap_row(bars, total, span)}</ol>'
        f"{_table(bars, total)}</figure>"
    )


# -- Reading a report ------------------------------------------------------------------------


def _bar(attempt: Mapping[str, Any]) -> Bar:
    reason = attempt.get("reason") or ""
    return Bar(
        probe=attempt["probe"],
        state=state_of_attempt(attempt["status"], reason),
        start=float(attempt["started"]),
        seconds=float(attempt["seconds"]),
        reason=reason.replace("_", " "),
        cut_off=reason.endswith("_timeout") or reason == "deadline",
        ticks=tuple(float(event["at"]) for event in attempt.get("events", ()) if event["at"] < attempt["seconds"]),
    )


def _seconds(report: Report) -> float:
    return float((report.get("run") or {}).get("seconds") or 0.0)


# -- Drawing ---------------------------------------------------------------------------------

_HATCH = (
    '<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="6" height="6"/><path d="M0 0V6"/></pattern></defs>'
)


def _axis_end(total: float) -> float:
    """The axis ends at the next whole step, so that the last tick has a number."""
    step = _step(total)
    return max(step, math.ceil(round(total / step, 6)) * step)


def _step(total: float) -> float:
    """A step of 1, 2 or 5 times a power of ten that gives two to five ticks."""
    rough = max(total, 0.001) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)


def _axis(span: float) -> str:
    step = _step(span)
    count = round(span / step)
    words = []
    for number in range(count + 1):
        anchor = "start" if number == 0 else "end" if number == count else "middle"
        at = _percent(number * step, span)
        words.append(
            f'<text x="{at}%" y="12" text-anchor="{anchor}">{duration(number * step) if number else "0"}</text>'
        )
    return f'<svg width="100%" height="16">{"".join(words)}</svg>'


def _row(bar: Bar, ghost: Bar | None, span: float) -> str:
    identity = f"timing-{bar.probe.replace('.', '-').replace('_', '-')}"
    drawing = _ghost(ghost, span) + _segment(bar, span)
    reason = f'<span class="reason">{escape(bar.reason)}</span> ' if bar.reason else ""
    limit = "limit " if bar.cut_off else ""
    return (
        f'<li id="{identity}"><span class="probe">{icon(bar.state)}<code>{escape(bar.probe)}</code></span>'
        f'<svg class="track" width="100%" height="22" aria-hidden="true">{_grid(span)}{drawing}</svg>'
        f'<span class="took">{reason}<span class="nowrap">{limit}{duration(bar.seconds)}</span></span></li>'
    )


def _segment(bar: Bar, span: float) -> str:
    left, width = _percent(bar.start, span), _percent(bar.seconds, span)
    end = _percent(bar.start + bar.seconds, span)
    ticks = "".join(
        f'<line class="tick" x1="{at}%" x2="{at}%" y1="5" y2="17"/>'
        for at in (_percent(bar.start + tick, span) for tick in bar.ticks)
    )
    flag = f'<svg x="{end}%"><path class="flag" d="M0 1v20M0 2h-7l2 3-2 3h7"/></svg>' if bar.cut_off else ""
    fill = ' fill="url(#hatch)"' if bar.state != "works" else ""
    # A bar of no width would vanish: the stroke keeps it two pixels wide.
    return (
        f'<rect class="bar bar-{bar.state}" x="{left}%" width="{width}%" y="5" height="12" rx="2"{fill}/>{ticks}{flag}'
    )


def _ghost(ghost: Bar | None, span: float) -> str:
    if ghost is None:
        return ""
    left, width = _percent(ghost.start, span), _percent(ghost.seconds, span)
    return f'<rect class="ghost" x="{left}%" width="{width}%" y="2" height="18" rx="3"/>'


def _grid(span: float) -> str:
    step = _step(span)
    marks = (_percent(number * step, span) for number in range(round(span / step) + 1))
    return "".join(f'<line class="grid-line" x1="{at}%" x2="{at}%" y1="0" y2="22"/>' for at in marks)


def _gap_row(bars: Sequence[Bar], total: float, span: float) -> str:
    gaps = unaccounted(bars, total)
    if not gaps:
        return ""
    pieces = "".join(
        f'<rect class="gap" x="{_percent(start, span)}%" width="{_percent(end - start, span)}%" y="8" height="6"/>'
        for start, end in gaps
    )
    return (
        '<li class="unaccounted"><span class="probe">Unaccounted</span>'
        f'<svg class="track" width="100%" height="22" aria-hidden="true">{_grid(span)}{pieces}</svg>'
        f'<span class="took nowrap">{duration(sum(end - start for start, end in gaps))}</span></li>'
    )


def _percent(part: float, span: float) -> str:
    return f"{min(100.0, max(0.0, 100 * part / span)):.2f}".rstrip("0").rstrip(".")


# -- The same as a table ---------------------------------------------------------------------


def _table(bars: Sequence[Bar], total: float) -> str:
    rows = "".join(
        f'<tr><th scope="row"><code>{escape(bar.probe)}</code></th><td data-label="Start" class="number">{duration(bar.start)}</td>'
        f'<td data-label="Duration" class="number">{duration(bar.seconds)}</td>'
        f'<td data-label="Share" class="number">{100 * bar.seconds / total if total else 0:.0f} %</td>'
        f'<td data-label="Note">{escape(bar.reason)}</td></tr>'
        for bar in bars
    )
    rest = sum(end - start for start, end in unaccounted(bars, total))
    return (
        '<details><summary>The same as a table</summary><table class="table table-cards"><thead><tr>'
        '<th scope="col">Phase</th><th scope="col" class="number">Start</th><th scope="col" class="number">Duration</th>'
        '<th scope="col" class="number">Share</th><th scope="col">Note</th></tr></thead>'
        f'<tbody>{rows}</tbody><tfoot><tr><th scope="row">Whole run</th><td></td><td class="number">{duration(total)}</td>'
        f"<td></td><td>{duration(rest)} unaccounted</td></tr></tfoot></table></details>"
    )
