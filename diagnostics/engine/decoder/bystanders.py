"""Programs that a text only mentions: a log has lines of a database that works beside the one call that failed.

A line says something of the failure where something failed in it, or where it speaks of trouble itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from diagnostics.engine.decoder.signs import Seen, compiled

TROUBLE = (
    r"\berror|\bfail|exception|\binvalid|\bdenied|refus|cannot|can.t |could not|unable|timed? ?out|rejected|unexpected|fatal"
    r"|错误|失败|无法|fehler|fehlgeschlagen|erreur|échou|échec|falló|erro\b|エラー|失敗|できません|ошибка|오류|실패"
)


def without_bystanders(seen: Sequence[Seen]) -> list[Seen]:
    """All but those wordings that speak for their own line alone, and stand in one in which nothing failed."""
    if not any(one.sign.own_line for one in seen):
        return list(seen)
    failed = failing_lines(seen)
    if not failed and not any(_speaks_of_trouble(one) for one in seen):
        return list(seen)
    return [one for one in seen if not one.sign.own_line or one.span.line in failed or _speaks_of_trouble(one)]


def failing_lines(seen: Sequence[Seen]) -> frozenset[int]:
    """Lines, from 1, with a wording that may be what went wrong."""
    return frozenset(one.span.line for one in seen if one.sign.is_fatal)


def _speaks_of_trouble(one: Seen) -> bool:
    return compiled(TROUBLE).search(one.line) is not None
