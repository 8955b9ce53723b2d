"""A run for somebody at a shell of this host: printed, not stored."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from concurrent.futures import wait
from dataclasses import dataclass

from diagnostics.engine import pipeline
from diagnostics.engine.cli.options import Options, WrongCommand, read
from diagnostics.engine.cli.planning import plan
from diagnostics.engine.cli.progress import Progress
from diagnostics.engine.cli.session import asked_of, plan_of
from diagnostics.engine.environment import UnknownClient
from diagnostics.engine.pipeline import Course
from diagnostics.engine.records import Report
from diagnostics.engine.report import dumps
from diagnostics.engine.text import render
from diagnostics.engine.vocabulary import HEALTHY, UNKNOWN
from diagnostics.models import Environment
from diagnostics.services import loop, registered, vantage

_OUR_FAULT = 4
_CODES = {HEALTHY: 0, UNKNOWN: 3}
_NAMED = 1
_LOOK = 0.25  # seconds
_NOT_HERE = ("--upload", "--token", "--run", "--yes", "--project", "--public-roots")


@dataclass(frozen=True)
class Told:
    """What to print, and the exit code."""

    text: str
    code: int


def diagnose(environment: Environment, words: Sequence[str], began: float) -> Told:
    """Diagnose with the probe's own options; `began` is the monotonic time from which their limit counts.

    Raises WrongCommand for a command line that cannot be followed.
    """
    options = _options(environment, words)
    machine = registered.machine_of(environment)
    try:
        if options.plan:
            return Told(plan(options, machine), 0)
        report = _run(environment, options, began)
    except UnknownClient as problem:
        raise WrongCommand(str(problem)) from None
    text = dumps(report).decode() + "\n" if options.json else render(report)
    return Told(text, _OUR_FAULT if report.run["error"] else _CODES.get(report.verdict.cause, _NAMED))


def _options(environment: Environment, words: Sequence[str]) -> Options:
    """The registered client and mode first, so that what was written wins."""
    for word in words:
        if word.split("=")[0] in _NOT_HERE:
            raise WrongCommand(f"{word.split('=')[0]} does not apply to a registered environment; leave it out.")
    asked = registered.asked_of(environment)
    return read(["--client", asked.client, "--mode", asked.mode, *words], asks=False)


def _run(environment: Environment, options: Options, began: float) -> Report:
    """The report, by the time limit at the latest; progress goes to a terminal on standard error."""
    course = Course(vantage.here(), clock=began)
    progress = Progress(sys.stderr.isatty(), began, options.timeout)
    machine, net = registered.machine_of(environment), vantage.net_of(environment)
    plan = plan_of(options, began + options.timeout - time.monotonic())
    work = loop.submit(pipeline.diagnose(asked_of(options), machine, net, plan, progress.ended, course=course))
    while not wait({work}, _LOOK).done:
        progress.look(course)
        if time.monotonic() > began + options.timeout:
            work.cancel()
            return course.so_far("deadline")
    progress.clear()
    try:
        return work.result()
    except UnknownClient:
        raise
    except Exception as problem:  # noqa: BLE001  told in the report, by its type: a text might hold a secret
        return course.so_far("internal_error", f"The run broke off: {type(problem).__name__}. Please report it.")
