"""The probe: ``python3 probe.pyz [options]``. Prints the diagnosis of this machine, and changes nothing on it."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
import warnings
from contextlib import suppress

_BEGAN = time.monotonic()  # the time limit counts from here

from typing import TYPE_CHECKING, Any, Optional  # noqa: E402

from diagnostics.engine.cli.options import WRONG_COMMAND, Options, WrongCommand, read  # noqa: E402
from diagnostics.engine.vocabulary import HEALTHY, UNKNOWN  # noqa: E402

if TYPE_CHECKING:
    from diagnostics.engine.cli.session import Session
    from diagnostics.engine.records import Report

_OUR_FAULT = 4
_CODES = {HEALTHY: 0, UNKNOWN: 3}
_NAMED = 1
_SLACK = 0.8  # seconds over the limit in which the last byte may still be written


def run() -> None:
    """Do what the command line asks and end the process, whatever threads still hang."""
    _be_quiet()
    try:
        code = _main(sys.argv[1:])
    except KeyboardInterrupt:
        code = _OUR_FAULT
    except Exception as error:  # noqa: BLE001  the type says where to look; a text might hold a secret
        _tell(f"probe: our own fault ({type(error).__name__}). Please report it.")
        code = _OUR_FAULT
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(code)


def _be_quiet() -> None:
    """Nothing of Python's own ever prints: a traceback or a warning quotes what it was given, and the report says what failed."""
    threading.excepthook = lambda told: None
    sys.unraisablehook = lambda told: None
    logging.disable()
    warnings.simplefilter("ignore")


def _main(arguments: list[str]) -> int:
    try:
        options = read(arguments, asks=_is_terminal(sys.stdin) and _is_terminal(sys.stderr))
    except WrongCommand as error:
        _tell(f"probe: {error}\nTry --help.")
        return WRONG_COMMAND
    except SystemExit as end:  # --help has printed itself
        return int(end.code or 0)
    try:
        return _plan(options) if options.plan else _diagnose(options)
    except ValueError as error:
        from diagnostics.engine.environment import UnknownClient

        if not isinstance(error, UnknownClient):
            raise
        _tell(f"probe: {error}")
        return WRONG_COMMAND


def _plan(options: Options) -> int:
    from diagnostics.engine.cli.planning import plan
    from diagnostics.engine.environment import this_machine

    _print(plan(options, this_machine()), _BEGAN + options.timeout)
    return 0


def _diagnose(options: Options) -> int:
    from diagnostics.engine.cli.progress import Progress

    progress = Progress(_is_terminal(sys.stderr), _BEGAN, options.timeout)
    progress.begin(options.client)
    from diagnostics.engine.cli.session import Session
    from diagnostics.engine.environment import this_machine
    from diagnostics.engine.report import dumps
    from diagnostics.engine.text import render

    session = Session(options, this_machine(), _BEGAN, progress.ended)
    report = session.run(progress.look)
    progress.clear()
    text = dumps(report).decode() + "\n" if options.json else render(report)
    _print(text, _BEGAN + options.timeout + _SLACK)
    if options.upload:
        _send(options, report, session)
    return _OUR_FAULT if report.run["error"] else _CODES.get(report.verdict.cause, _NAMED)


def _send(options: Options, report: Report, session: Session) -> None:
    """Send the report when the person agrees; a failure is told and changes no exit code."""
    from diagnostics.engine.cli.sending import NotSent, question, send
    from diagnostics.engine.cli.session import net_of

    sys.stderr.write(question(options, report))
    if options.yes:
        _tell("yes (--yes)")
    else:
        sys.stderr.flush()
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            _tell("Not sent.")
            return
    # Somebody who was asked has taken time over the answer, and the limit is for what hangs.
    ends = time.monotonic() + 10.0 if not options.yes else _BEGAN + options.timeout + _SLACK
    try:
        url = send(options, report, session.course.environment, net_of(options), max(ends - time.monotonic(), 1.0))
        _tell(f"Sent. Read it at {url}")
    except NotSent as error:
        _tell(f"probe: the report was not sent. {error}")


def _print(text: str, until: float) -> None:
    """Standard output, as UTF-8 where the terminal takes it; a reader that has stalled does not hold the process."""

    def write() -> None:
        try:
            encoding = "utf-8" if text.startswith("{") else (getattr(sys.stdout, "encoding", None) or "ascii")
            sys.stdout.buffer.write(text.encode(encoding, "replace"))
            sys.stdout.flush()
        except (OSError, ValueError, AttributeError):
            pass  # closed: nobody reads

    writing = threading.Thread(target=write, daemon=True)
    writing.start()
    writing.join(max(until - time.monotonic(), 0.2))


def _tell(text: str) -> None:
    """A line on standard error, if there is one."""
    try:
        sys.stderr.buffer.write((text + "\n").encode("utf-8", "replace"))
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        pass


def _is_terminal(stream: Optional[Any]) -> bool:
    try:
        return bool(stream is not None and stream.isatty())
    except ValueError:  # closed
        return False


if __name__ == "__main__":
    run()
