"""``decode [FILE|-]``: causes for a text, to a person or as JSON. The probe and ``manage.py decode`` share it."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any, BinaryIO

from diagnostics.engine.decoder import MOST, Answer, decode


def main(arguments: Sequence[str], program: str) -> int:
    """Follow the command line; the exit code."""
    stream: BinaryIO = sys.stdin.buffer
    if "--jsonl" in arguments:
        for line in stream:
            if line.strip():
                given = json.loads(line)
                print(json.dumps(as_line(given["id"], decode(given["text"]))))
        return 0
    answer = decode(stream.read(MOST).decode("utf-8", "replace"))
    print(json.dumps(as_line(None, answer)))
    return 0


def as_line(name: Any, answer: Answer) -> dict[str, Any]:
    """The line that ``--jsonl`` gives for a text."""
    ranked = [{"cause": one.cause, "confidence": one.confidence, "because": list(one.because)} for one in answer.ranked]
    return {"id": name, "ranked": ranked, "redacted": answer.redacted}
