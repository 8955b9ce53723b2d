"""Reports that people have judged (``manage.py judged_runs``), judged anew: how often today's knowledge says what they say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from accuracy.score import Judged
from diagnostics.engine import pipeline, report


def read(file: Path) -> Iterator[Judged]:
    """Every line's verdict of today beside what people say it was. ValueError with the line's number for one that is none."""
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            told = json.loads(line)
            upload = report.parse(told["report"])
            name, cause = str(told.get("name", number)), str(told["cause"])
        except (ValueError, KeyError, TypeError) as problem:
            raise ValueError(f"{file}, line {number}: no judged report ({problem})") from None
        verdict = pipeline.judge(upload).verdict
        ranked = tuple((one.cause, one.confidence) for one in verdict.ranked)
        yield Judged(name, 0, cause, verdict.cause, verdict.confidence, ranked)
