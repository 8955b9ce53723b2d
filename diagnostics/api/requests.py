"""POST /api/v1/requests/check: what is wrong with a request, without an account. Nothing of it is stored or logged."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema
from ninja.decorators import decorate_view

from diagnostics.api import limits
from diagnostics.api.uploads import Refused
from diagnostics.exceptions import InvalidInput, Problem
from diagnostics.services import request_lab

router = Router(tags=["requests"])


class Pasted(Schema):
    """A request as it was pasted: JSON, a curl command, a HAR, a raw request, a call in code, or lines of a batch."""

    text: str = Field(description="At most 5 MB")
    chosen: int | None = Field(None, ge=1, description="Which of several requests, from 1")
    protocol: str = Field(
        "", description="messages, count_tokens, chat_completions or responses; empty: what it looks like"
    )


class FaultOut(Schema):
    """One thing that is wrong: where, a sentence, how sure, what may stand there and what is probably meant."""

    part: str
    path: str
    says: str
    severity: str = Field(description="certain, likely or maybe")
    allowed: list[str]
    near: str | None
    also: list[str]
    line: int | None
    column: int | None
    cause: str = Field(description="The code of the cause whose page helps")


class ModelOut(Schema):
    """What the model table knows of the model's name on this day."""

    name: str
    state: str
    says: str
    use: str | None
    days_left: int | None


class SizeOut(Schema):
    """Bytes of the body, the endpoint's limit where one is known, and a rough number of tokens."""

    bytes: int
    largest: int | None
    rough_tokens: int


class SourceOut(Schema):
    """The snapshot that the body was judged by."""

    source: str
    date: str


class CheckOut(Schema):
    """Everything that comes of a check. `corrected` has every safe correction; `open` is what stays wrong in it."""

    kind: str
    title: str
    protocol: str
    snapshot: SourceOut = Field(alias="schema")
    faults: list[FaultOut]
    more: int = Field(description="Faults beyond those that are told")
    model: ModelOut | None
    size: SizeOut | None
    corrected: str | None
    changes: list[str]
    open: list[FaultOut]
    snippets: dict[str, str]
    notes: list[str]
    not_checked: list[str]
    hidden: int = Field(description="How many secrets were taken out")


_REFUSALS = frozenset({400, 413, 422, 429, 500})


@router.post(
    "requests/check",
    auth=None,
    response={200: CheckOut, _REFUSALS: Refused},
    operation_id="check_request",
    by_alias=True,
)
@decorate_view(limits.guarded(limits.TEXTS))
def check(request: HttpRequest, payload: Pasted) -> tuple[int, dict[str, Any]]:
    """Check a request against the schemas of the official SDKs."""
    if payload.protocol and payload.protocol not in dict(request_lab.protocols()):
        names = ", ".join(name for name, _ in request_lab.protocols())
        return 422, {"detail": f"protocol: write one of {names}, or leave it out."}
    try:
        done = request_lab.checked(payload.text, payload.chosen, payload.protocol)
    except InvalidInput as refused:
        return 422, {"detail": f"text: {refused.errors['pasted']}"}
    except Problem as broken:
        return 500, {"detail": str(broken)}
    return 200, request_lab.as_data(done)
