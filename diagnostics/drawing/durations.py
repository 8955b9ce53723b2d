"""A duration as it is read aloud, the same in drawings and pages."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """``412 ms``, ``3.2 s``, ``2 min 5 s``, ``1 h 5 min``, ``3 d 4 h``; from two days on minutes count for nothing."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours >= 48:
        days, hours = divmod(hours, 24)
        return f"{days} d {hours} h" if hours else f"{days} d"
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
