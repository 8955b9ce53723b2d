"""The waterfall of a run: one bar per attempt on a common time axis, and the same as a table.

Positions are percentages, so that the drawing fits any width with its strokes unchanged. A failed attempt is hatched
and says its failure word in text; a timeout ends in a flag, so that "slow" and "cut off by us" look different; time
that no attempt explains is shown as such.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from diagnostics.drawing.durations import duration
from diagnostics.drawing.states import icon, state_of_attempt
from diagnostics.drawing.stations import Report, breaks, plain_attempts, refusal_of

_LEAST_GAP = 0.001  # seconds; what is shorter is the clock's own grain


@dataclass(frozen=True)
class Bar:
    """One attempt in time: ``start`` in seconds since the run began; ``reason`` is empty when it came through."""

    probe: str
    state: str
    start: float
    seconds: float
    reason: str = ""
    cut_off: bool = False
    ticks: tuple[float, ...] = ()


def bars_of(report: Report) -> tuple[Bar, ...]:
    """The attempts that took place as configured, in the order in which they began."""
    tried = [attempt for attempt in plain_attempts(report) if attempt["status"] != "skipped"]
    return tuple(sorted((_bar(attempt, report) for attempt in tried), key=lambda bar: (bar.start, bar.seconds)))


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
    """The figure: axis, a row per attempt, unaccounted time; ``reference``, a good run, is drawn behind in outline."""
    bars = bars_of(report)
    if not bars:
        return '<p class="muted">No attempt was made, so there is nothing to time.</p>'
    total = max(_seconds(report), _LEAST_GAP, *(bar.start + bar.seconds for bar in bars))
    ghosts = {bar.probe: bar for bar in bars_of(reference)} if reference else {}
    rows = "".join(_row(bar, ghosts.get(bar.probe), total) for bar in bars)
    return (
        f'<figure class="waterfall"><svg class="hatching" width="0" height="0" aria-hidden="true">{_HATCH}</svg>'
        f'<div class="waterfall-axis" aria-hidden="true">{_axis(total)}</div><ol>{rows}{_gap_row(bars, total)}</ol>'
        f"{_table(bars, total)}</figure>"
    )


# -- Reading a report ------------------------------------------------------------------------


def _bar(attempt: Mapping[str, Any], report: Report) -> Bar:
    word = attempt.get("reason") or ""
    refusal = refusal_of(attempt)
    return Bar(
        probe=attempt["probe"],
        state=_state(attempt, bool(refusal), report),
        start=float(attempt["started"]),
        seconds=float(attempt["seconds"]),
        reason=refusal,
        cut_off=word.endswith("_timeout") or word in ("deadline", "ended_early"),
        ticks=tuple(float(event["at"]) for event in attempt.get("events", ()) if event["at"] < attempt["seconds"]),
    )


def _state(attempt: Mapping[str, Any], refused: bool, report: Report) -> str:
    """Only the verdict's own station is broken; elsewhere a refusal is a warning, and silence is just that."""
    if attempt.get("reason") == "internal_error" or not refused:
        return state_of_attempt(attempt["status"], attempt.get("reason"))
    if breaks(report, attempt["probe"]):
        return "broken"
    return "warning" if attempt["status"] == "done" else "unknown"


def _seconds(report: Report) -> float:
    return float((report.get("run") or {}).get("seconds") or 0.0)


# -- Drawing ---------------------------------------------------------------------------------

_HATCH = "".join(
    f'<pattern id="hatch-{name}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="6" height="6"/><path d="M0 0V6"/></pattern>'
    for name in ("broken", "unknown")
)


def _ticks(span: float) -> list[float]:
    """Three to six moments from 0 on, a step of 1, 2 or 5 times a power of ten apart."""
    rough = span / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    return [number * step for number in range(math.floor(span / step + 1e-9) + 1)]


def _axis(span: float) -> str:
    words = []
    for tick in _ticks(span):
        anchor = "start" if tick == 0 else "end" if tick > 0.94 * span else "middle"
        shown = f"{tick * 1000:g} ms" if span < 1 else f"{round(tick, 6):g} s"
        words.append(f'<text x="{_percent(tick, span)}%" y="12" text-anchor="{anchor}">{shown if tick else 0}</text>')
    return f'<svg width="100%" height="16">{"".join(words)}</svg>'


def _row(bar: Bar, ghost: Bar | None, span: float) -> str:
    identity = escape(f"timing-{bar.probe.replace('.', '-').replace('_', '-')}")
    drawing = _ghost(ghost, span) + _segment(bar, span)
    reason = f'<span class="reason reason-{bar.state}">{escape(bar.reason)}</span> ' if bar.reason else ""
    limit = "limit " if bar.cut_off else ""
    return (
        f'<li id="{identity}"><span class="probe">{icon(bar.state)}<code>{escape(bar.probe)}</code></span>'
        f'<svg class="track" width="100%" height="28" aria-hidden="true">{_grid(span)}{drawing}</svg>'
        f'<span class="took">{reason}<span class="nowrap">{limit}{duration(bar.seconds)}</span></span></li>'
    )


def _segment(bar: Bar, span: float) -> str:
    left, width = _percent(bar.start, span), _percent(bar.seconds, span)
    end = _percent(bar.start + bar.seconds, span)
    ticks = "".join(
        f'<line class="tick" x1="{at}%" x2="{at}%" y1="8" y2="20"/>'
        for at in (_percent(bar.start + tick, span) for tick in bar.ticks)
    )
    flag = f'<svg x="{end}%"><path class="flag" d="M0 4v20M0 4h-7l2 3-2 3h7"/></svg>' if bar.cut_off else ""
    hatch = "broken" if bar.state == "broken" else "unknown"
    fill = f' fill="url(#hatch-{hatch})"' if bar.state not in ("works", "warning") else ""
    # A bar of no width would vanish: the stroke keeps it two pixels wide.
    return (
        f'<rect class="bar bar-{bar.state}" x="{left}%" width="{width}%" y="8" height="12" rx="2"{fill}/>{ticks}{flag}'
    )


def _ghost(ghost: Bar | None, span: float) -> str:
    if ghost is None:
        return ""
    left, width = _percent(ghost.start, span), _percent(ghost.seconds, span)
    return f'<rect class="ghost" x="{left}%" width="{width}%" y="4" height="20" rx="3"/>'


def _grid(span: float) -> str:
    marks = (_percent(tick, span) for tick in _ticks(span))
    return "".join(f'<line class="grid-line" x1="{at}%" x2="{at}%" y1="0" y2="28"/>' for at in marks)


def _gap_row(bars: Sequence[Bar], total: float) -> str:
    gaps = unaccounted(bars, total)
    if not gaps:
        return ""
    pieces = "".join(
        f'<rect class="gap" x="{_percent(start, total)}%" width="{_percent(end - start, total)}%" y="11" height="6"/>'
        for start, end in gaps
    )
    return (
        '<li class="unaccounted"><span class="probe">Unaccounted</span>'
        f'<svg class="track" width="100%" height="28" aria-hidden="true">{_grid(total)}{pieces}</svg>'
        f'<span class="took nowrap">{duration(sum(end - start for start, end in gaps))}</span></li>'
    )


def _percent(part: float, span: float) -> str:
    return f"{min(100.0, max(0.0, 100 * part / span)):.2f}".rstrip("0").rstrip(".")


# -- The same as a table ---------------------------------------------------------------------


def _table(bars: Sequence[Bar], total: float) -> str:
    heads = "".join(f'<th scope="col"{"" if word in _WORDY else _NUMBER}>{word}</th>' for word in _COLUMNS)
    rows = "".join(_table_row(bar, total) for bar in bars)
    rest = duration(sum(end - start for start, end in unaccounted(bars, total)))
    foot = f'<th scope="row">Whole run</th><td></td><td{_NUMBER}>{duration(total)}</td><td></td>'
    foot += f"<td>{rest} unaccounted</td>"
    return (
        '<details><summary>The same as a table</summary><table class="table table-cards">'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody><tfoot><tr>{foot}</tr></tfoot></table></details>"
    )


_NUMBER = ' class="number"'
_COLUMNS = ("Phase", "Start", "Duration", "Share", "Note")
_WORDY = ("Phase", "Note")


def _table_row(bar: Bar, total: float) -> str:
    share = f"{100 * bar.seconds / total:.0f} %"
    numbers = (("Start", duration(bar.start)), ("Duration", duration(bar.seconds)), ("Share", share))
    cells = "".join(f'<td data-label="{label}"{_NUMBER}>{shown}</td>' for label, shown in numbers)
    note = f'<td data-label="Note">{escape(bar.reason)}</td>'
    return f'<tr><th scope="row"><code>{escape(bar.probe)}</code></th>{cells}{note}</tr>'
