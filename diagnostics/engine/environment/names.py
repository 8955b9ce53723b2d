"""Names that look like the right one: another case, a slip of the finger, a name people expect, another vendor's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

_MOST = 20
_CLOSE = 2  # single-letter slips (a swap counts as one) that still make the same name


def near_misses(
    names: Iterable[str], wanted: Sequence[str], known: Sequence[str], read: Iterable[str]
) -> tuple[str, ...]:
    """Those of ``names`` that were probably meant as one of ``wanted``. ``known`` are usual mistakes, ``read`` names that do work."""
    working, targets = {*wanted, *read}, [_plain(each) for each in wanted]
    candidates = (name for name in names if name not in working)
    missed = sorted(name for name in candidates if name in known or _close(name, targets))
    return tuple(missed[:_MOST])


def other_vendors(names: Iterable[str], variables: Mapping[str, str], read: Iterable[str]) -> tuple[str, ...]:
    """Those of ``names`` under which another vendor's client would find its key."""
    working = set(read)
    return tuple(sorted(name for name in names if name in variables and name not in working)[:_MOST])


def _close(name: str, targets: Iterable[str]) -> bool:
    plain = _plain(name)
    return any(abs(len(plain) - len(each)) <= _CLOSE and distance(plain, each) <= _CLOSE for each in targets)


def _plain(name: str) -> str:
    return name.strip("\ufeff\"' \t").removeprefix("export ").replace("-", "_").replace("_", "").upper()


def distance(left: str, right: str) -> int:
    """Optimal string alignment: letters to insert, drop, change or swap with a neighbour. Beyond ``_CLOSE`` only at least so many."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, start=1):
        two_before, before, row = before, row, [i]
        for j, b in enumerate(right, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, two_before[j - 2] + 1)
            row.append(cost)
        if min(*before, *row) > _CLOSE:
            return min(row)  # it only grows from here
    return row[-1]


def nearest(name: str, wanted: Sequence[str]) -> str:
    """The one of ``wanted`` that ``name`` was probably meant as."""
    return min(wanted, key=lambda each: distance(_plain(name), _plain(each)))
