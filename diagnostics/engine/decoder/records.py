"""What the decoder answers: causes for a pasted text, the places that tell them, and the text as it may be shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from diagnostics.engine.records import Candidate, Client

__all__ = ["Answer", "Candidate", "Client", "Mark"]


@dataclass(frozen=True)
class Mark:
    """A telling place: characters ``begin`` to ``end`` of line ``line`` (from 1) of ``Answer.text``.

    ``sign`` is the code of the wording, ``says`` one sentence of what it means, ``causes`` what it speaks for, likeliest first.
    """

    line: int
    begin: int
    end: int
    sign: str
    says: str
    causes: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """The causes of a text, best first, at most five; ``because`` and ``against`` are codes of wordings.

    ``unknown`` stands first when the text shows no connection problem or does not say which. ``text`` is what was looked at, with every
    secret replaced by its shape and lines as they were pasted; ``redacted`` counts those secrets. ``decider`` is the probe that would
    tell the two likeliest apart. ``version`` is the wordings', ``cut`` says that a part of it was not looked at.
    ``note`` is a sentence on the text itself, such as that it holds several reports; most often there is none.
    """

    ranked: tuple[Candidate, ...]
    marks: tuple[Mark, ...] = ()
    text: str = ""
    redacted: int = 0
    client: Optional[Client] = None
    decider: Optional[str] = None
    version: str = ""
    cut: bool = False
    note: str = ""
