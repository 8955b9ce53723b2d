"""POST /api/v1/decode: what a text tells, without an account. Nothing of it is stored or logged."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema
from ninja.decorators import decorate_view

from diagnostics.api import limits
from diagnostics.api.uploads import Refused
from diagnostics.exceptions import InvalidInput, Problem
from diagnostics.services import decoding

router = Router(tags=["decode"])


class Text(Schema):
    """What a client printed, with everything around it."""

    text: str = Field(description="At most 5 MB")


class Candidate(Schema):
    """A cause, how sure the text makes it (0 to 1), and the wordings that speak for and against it."""

    cause: str
    confidence: float
    title: str
    side: str | None
    layer: str | None
    because: list[str]
    against: list[str]
    says: list[str] = Field(description="The same as `because`, in sentences")


class Mark(Schema):
    """Characters `begin` to `end` of line `line` (from 1) of `text`, what they mean, and what they speak for."""

    line: int
    begin: int
    end: int
    sign: str
    says: str
    causes: list[str]


class Client(Schema):
    """The client that wrote the text, by its wording."""

    name: str
    version: str | None
    title: str
    has_rules: bool = Field(description="Whether `probe.pyz --client` knows it")


class Tell(Schema):
    """How to tell one of the two likeliest causes from the other."""

    cause: str
    title: str
    rather: str = Field(description="The other one's title; empty where `words` only name a check")
    words: str = Field(
        description="What shows `title` rather than `rather`: in it, `here` is the first, `there` the second"
    )


class Check(Schema):
    """A probe that would decide; a billed one is made only where `--send-message` allows it."""

    probe: str
    title: str
    billed: bool


class Versions(Schema):
    """What made the answer: the same text and the same versions always give the same."""

    engine: str
    knowledge: str
    texts: str


class Answer(Schema):
    """Causes, best first; `unknown` first when the text shows no connection problem or does not say which."""

    schema_: str = Field(alias="schema", description="troubleshooter.answer/1")
    ranked: list[Candidate]
    summary: str
    marks: list[Mark]
    text: str = Field(description="The text with every secret replaced by its shape; marks are places in it")
    client: Client | None
    tell: list[Tell]
    checks: list[Check]
    redacted: int = Field(description="How many secrets were masked")
    cut: bool = Field(description="Whether the text was longer than what is looked at")
    versions: Versions


_REFUSALS = frozenset({400, 413, 422, 429, 500})


@router.post("decode", auth=None, response={200: Answer, _REFUSALS: Refused}, operation_id="decode", by_alias=True)
@decorate_view(limits.guarded(limits.TEXTS))
def decode(request: HttpRequest, payload: Text) -> tuple[int, dict[str, Any]]:
    """Rank the causes of a pasted error, log, traceback or page."""
    try:
        decided = decoding.decide(payload.text)
    except InvalidInput as refused:
        return 422, {"detail": f"text: {refused.errors['pasted']}"}
    except Problem as broken:
        return 500, {"detail": str(broken)}
    return 200, {**decided.answer, "text": decided.text}
