"""JSON files as strictly as the clients read them, with file, line and column where one is broken."""

from __future__ import annotations

import codecs
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn, Optional, Union

from diagnostics.engine.environment.machine import Machine, Unreadable

_MOST_VALUES = 500_000  # each takes up to a hundred bytes once it is read
_MOST_DIGITS = 300


@dataclass(frozen=True)
class JsonFile:
    """One file: ``value`` when it holds a JSON object, ``problem`` ("file:line:column: why") when it is there and does not.

    Both are None when nothing stands at the path. ``text`` is kept of a broken file, to see which settings are lost with it.
    """

    path: str
    value: Optional[Mapping[str, Any]] = field(default=None, repr=False)
    problem: Optional[str] = None
    text: str = field(default="", repr=False)


def read(machine: Machine, path: str, *, largest: int) -> JsonFile:
    """The JSON object at ``path``; ``largest`` in bytes. UTF-8 with or without a mark and UTF-16 with one are taken."""
    shown = machine.shown(path)
    content = machine.files.read(path)
    if content is None:
        return JsonFile(shown)
    if isinstance(content, Unreadable):
        return JsonFile(shown, problem=f"{shown}: {_WHY[content.why]}")
    if len(content) > largest:
        return JsonFile(shown, problem=f"{shown}: larger than {largest // 1024 // 1024} MiB")
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return parse(shown, content.decode("utf-16" if wide else "utf-8-sig", errors="replace"))


def parse(shown: str, text: str) -> JsonFile:
    """The JSON object in ``text``; a blank file is an empty object, as the clients have it."""
    if not text.strip():
        return JsonFile(shown, value={})
    try:
        if sum(map(text.count, "[{,")) > _MOST_VALUES:
            return JsonFile(shown, problem=f"{shown}: holds too many values")
        value = json.loads(text, parse_constant=_no_constant, parse_int=whole_number)
    except json.JSONDecodeError as error:
        return JsonFile(shown, problem=f"{shown}:{error.lineno}:{error.colno}: {error.msg}", text=text)
    except _Constant as error:
        return JsonFile(shown, problem=f"{shown}: {error} is no JSON", text=text)
    except RecursionError:
        return JsonFile(shown, problem=f"{shown}: nested too deeply", text=text)
    if not isinstance(value, dict):
        return JsonFile(shown, problem=f"{shown}:1:1: not an object", text=text)
    return JsonFile(shown, value=value)


def whole_number(digits: str) -> Union[int, float]:
    """A number as JavaScript takes it: one of thousands of digits is infinite, and costs nobody minutes."""
    return int(digits) if len(digits) <= _MOST_DIGITS else float(digits)


class _Constant(ValueError):
    """NaN or Infinity, which Python takes and JSON does not."""


def _no_constant(word: str) -> NoReturn:
    raise _Constant(word)


_WHY = {
    "permission": "may not be read by this user",
    "folder": "is a folder",
    "special": "is not a regular file",
    "too_large": "is too large",
    "late": "did not come: the disk it stands on does not answer",
    "io": "cannot be read",
}
