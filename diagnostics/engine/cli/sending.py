"""Sending the report to a dashboard, once a person agrees."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any, Optional

from diagnostics.engine.cli.options import Options, shown_url
from diagnostics.engine.cli.reaching import Dashboard, NotReached, refusal, table
from diagnostics.engine.records import Environment, Report
from diagnostics.engine.report import to_json
from diagnostics.engine.waiting import OutOfTime, Stopped, within
from diagnostics.engine.wording import one_line

if TYPE_CHECKING:
    from diagnostics.engine.cli.command import Console
    from diagnostics.engine.net.http import Answer

PATH = "/api/v1/uploads"
AGAIN = (
    "It goes there again when what it says changes, and every hour. Meanwhile the dashboard may ask this machine to repeat checks\n"
    "by their names, and a whole run: never what is billed, and no address, option or value comes from there.\n"
)
_LIMIT = 10.0  # seconds for sending once somebody has agreed
_SHORTEST = 0.1
_ASKING = 3600.0


class NotSent(Exception):
    """The report did not arrive; the text is a sentence that says why."""


def offer(options: Options, report: Report, environment: Optional[Environment], console: Console, until: float) -> None:
    """Send the report when the person agrees; a failure is told and changes no exit code."""
    from diagnostics.engine.cli.session import net_of

    console.errors.text(question(options, report))
    try:
        if options.yes:
            console.tell("yes (--yes)")
        elif not agreed(console):
            console.tell("Not sent.")
            return
        # Somebody who was asked has taken time over the answer, and the limit is for what hangs.
        left = max(until - time.monotonic(), _SHORTEST) if options.yes else _LIMIT

        def work() -> str:
            return send(options, report, environment, net_of(options), left)

        console.tell(f"Sent. Read it at {within(left, work, console.stop.asked)}")
    except NotSent as error:
        console.tell(f"probe: the report was not sent. {error}")
    except OutOfTime:
        console.tell(f"probe: the report was not sent. No answer from {shown_url(str(options.upload))} in time.")
    except Stopped:
        console.tell("\nprobe: stopped; the report was not sent, or not to the end.")
    except Exception as error:  # noqa: BLE001  the report has been printed, and its exit code stands
        console.tell(f"probe: the report was not sent. Our own fault ({type(error).__name__}): please report it.")


def agreed(console: Console) -> bool:
    """Whether the person says yes; nobody is kept by the question once the end was asked for."""
    console.errors.settle(_LIMIT, console.stop.asked)
    answer = within(_ASKING, sys.stdin.readline, console.stop.asked)
    return answer.strip().lower() in ("y", "yes")


def question(options: Options, report: Report) -> str:
    """What would be sent, and where, for the person to decide."""
    settings = report.environment.get("settings") or ()
    size = len(body(options, report)) / 1000
    plain = "" if str(options.upload).startswith("https://") else " without TLS, so readable on the way"
    again = AGAIN if options.watch is not None else ""
    return (
        f"This report ({size:.0f} kB) goes to {shown_url(str(options.upload))}{plain}.\n"
        f"It holds the verdict, {len(report.attempts)} checks with what they found (addresses, certificates, answers), this machine's name,\n"
        f"and {len(settings)} settings with the files they stand in. Keys and passwords are in it by their shape and a fingerprint only.\n"
        f"{again}--json shows all of it. Send it? [y/N] "
    )


def send(options: Options, report: Report, environment: Optional[Environment], net: Any, limit: float) -> str:
    """Send it within ``limit`` seconds; the address where it can be read. Raises ``NotSent``."""
    try:
        answer = Dashboard(options).ask(PATH, environment, net, limit, body(options, report))
    except NotReached as error:
        raise NotSent(str(error)) from None
    return told(answer)


def body(options: Options, report: Report) -> bytes:
    """What is sent: the report, and the run it is for."""
    return json.dumps({"run": options.run, "report": to_json(report)}, separators=(",", ":")).encode()


def told(answer: Answer) -> str:
    """Where the report can be read. Raises ``NotSent`` with the dashboard's own sentence."""
    url = table(answer.text).get("url")
    if answer.status == 202 and isinstance(url, str):
        return one_line(url, 500)
    raise NotSent(refusal(answer))
