"""Half a surrogate pair is no character: nothing can be written that holds one. JSON can name one, in a call or in a HAR."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, cast

_HALF = re.compile("[\ud800-\udfff]")
T = TypeVar("T")


def whole(value: T) -> T:
    """The same with a box for each half, in every text of it; each stays in its place."""
    made: Any = value
    if isinstance(value, str):
        made = _HALF.sub("\ufffd", value)
    elif isinstance(value, tuple):
        made = tuple(whole(one) for one in value)
    elif is_dataclass(value) and not isinstance(value, type):
        made = replace(value, **{one.name: whole(getattr(value, one.name)) for one in fields(value)})
    return cast(T, made)
