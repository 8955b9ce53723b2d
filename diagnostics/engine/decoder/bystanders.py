"""Programs that a text only mentions: a log has lines of a database that works beside the one call that failed.

A line says something of the failure where something failed in it, or where it speaks of trouble itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from diagnostics.engine.decoder.signs import Seen, compiled
from diagnostics.engine.vocabulary import HEALTHY, UNKNOWN

TROUBLE = (
    r"\berror|\bfail|exception|\binvalid|\bdenied|refus|cannot|can.t |could not|unable|timed? ?out|rejected|unexpected|fatal"
    r"|错误|失败|无法|fehler|fehlgeschlagen|erreur|échou|échec|falló|erro\b|エラー|失敗|できません|ошибка|오류|실패"
)
_TELLING = 4.0  # log-odds of a wording that may be what went wrong


def without_bystanders(seen: Sequence[Seen]) -> list[Seen]:
    """All but those wordings that speak for their own line alone, and stand in one in which nothing failed."""
    failed = failing_lines(seen)
    if not failed and not any(_speaks_of_trouble(one) for one in seen):
        return list(seen)
    return [one for one in seen if not one.sign.own_line or one.span.line in failed or _speaks_of_trouble(one)]


def failing_lines(seen: Sequence[Seen]) -> frozenset[int]:
    """Lines, from 1, with a wording that may be what went wrong."""
    return frozenset(one.span.line for one in seen if _may_be_the_failure(one))


def _may_be_the_failure(one: Seen) -> bool:
    named = one.sign.causes[:1]
    return bool(named) and not one.sign.context and named[0] not in (UNKNOWN, HEALTHY) and _weight(one) >= _TELLING


def _weight(one: Seen) -> float:
    return max(one.sign.weights.values(), default=0.0)


def _speaks_of_trouble(one: Seen) -> bool:
    return compiled(TROUBLE).search(one.line) is not None
