"""The path and the waterfall: ``{% path report %}``, ``{% path_strip run.path %}``, ``{% waterfall report %}``."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from django import template
from django.utils.safestring import SafeString

from diagnostics.drawing import path as drawing
from diagnostics.drawing import waterfall as timing
from diagnostics.drawing.stations import Report, detour_of, stations_of, stations_of_layers

register = template.Library()
# Every drawing escapes what it takes from a report itself, hence SafeString.


@register.simple_tag
def path(report: Report, size: str = "large") -> SafeString:
    """The path of a report, whole or still running; ``size`` is large, card or strip."""
    stations = stations_of(report)
    if size == "large":
        return SafeString(drawing.large(stations, detour_of(report, stations)))
    return SafeString({"card": drawing.card, "strip": drawing.strip}[size](stations))


@register.simple_tag
def path_strip(layers: Sequence[Sequence[str]]) -> SafeString:
    """The path of a list's row from its stored (layer, word) pairs; nothing where there are none yet."""
    return SafeString(_strip(tuple(map(tuple, layers))))


@lru_cache(maxsize=256)
def _strip(layers: tuple[tuple[str, ...], ...]) -> str:
    """Kept, since the rows of a list show a handful of different paths."""
    return drawing.strip(stations_of_layers(layers)) if layers else ""


@register.simple_tag
def path_card(layers: Sequence[Sequence[str]]) -> SafeString:
    """The same one size up, with the broken station in words."""
    stations = stations_of_layers(layers)
    return SafeString(drawing.card(stations) if stations else "")


@register.simple_tag
def waterfall(report: Report, reference: Report | None = None) -> SafeString:
    """The timing of a report's attempts, before the outlines of a good run when there is one."""
    return SafeString(timing.waterfall(report, reference))
