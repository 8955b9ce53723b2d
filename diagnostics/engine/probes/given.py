"""The request that was given to be judged, read here: nothing is asked and nothing leaves the machine."""

from __future__ import annotations

from typing import Optional

from diagnostics.engine import library
from diagnostics.engine.environment.headers import betas_of
from diagnostics.engine.probes.base import Context, Probe, Result
from diagnostics.engine.records import Environment
from diagnostics.engine.request import PROTOCOL
from diagnostics.engine.request.judging import judge_body


async def _request(context: Context) -> Result:
    document = context.environment.request
    assert document is not None  # ``idle`` has seen to it
    return Result(judge_body(document, library.load().requests[PROTOCOL], betas_of(context.environment.headers)))


def _none_given(environment: Environment) -> Optional[str]:
    return "no request was given" if environment.request is None else None


REQUEST = Probe("request", "request", "The given request, read here", 10.0, _request, idle=_none_given)
