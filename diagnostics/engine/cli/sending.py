"""Sending the report to a dashboard: directly, else through the proxy that the machine's own settings name."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import TYPE_CHECKING, Any, Optional
from urllib.parse import urlsplit

from diagnostics.engine.cli.options import Options, shown_url
from diagnostics.engine.records import Environment, Origin, Proxy, Report, TrustSettings
from diagnostics.engine.report import to_json
from diagnostics.engine.waiting import OutOfTime, Stopped, within
from diagnostics.engine.wording import one_line

if TYPE_CHECKING:
    from diagnostics.engine.cli.command import Console

_PATH = "/api/v1/uploads"
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
        elif not _agreed(console):
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


def _agreed(console: Console) -> bool:
    """Whether the person says yes; nobody is kept by the question once the end was asked for."""
    console.errors.settle(_LIMIT, console.stop.asked)
    answer = within(_ASKING, sys.stdin.readline, console.stop.asked)
    return answer.strip().lower() in ("y", "yes")


def question(options: Options, report: Report) -> str:
    """What would be sent, and where, for the person to decide."""
    settings = report.environment.get("settings") or ()
    size = len(_body(options, report)) / 1000
    plain = "" if str(options.upload).startswith("https://") else " without TLS, so readable on the way"
    return (
        f"This report ({size:.0f} kB) goes to {shown_url(str(options.upload))}{plain}.\n"
        f"It holds the verdict, {len(report.attempts)} checks with what they found (addresses, certificates, answers), this machine's name,\n"
        f"and {len(settings)} settings with the files they stand in. Keys and passwords are in it by their shape and a fingerprint only.\n"
        "--json shows all of it. Send it? [y/N] "
    )


def send(options: Options, report: Report, environment: Optional[Environment], net: Any, limit: float) -> str:
    """Send it within ``limit`` seconds; the address where it can be read. Raises ``NotSent``."""
    try:
        return asyncio.run(asyncio.wait_for(_send(options, report, environment, net, limit), limit))
    except asyncio.TimeoutError:
        raise NotSent(f"No answer from {shown_url(str(options.upload))} in time.") from None


async def _send(options: Options, report: Report, environment: Optional[Environment], net: Any, limit: float) -> str:
    from diagnostics.engine.net import Failure, Route
    from diagnostics.engine.net.http import Request

    split = urlsplit(str(options.upload))
    origin = Origin(
        split.scheme, (split.hostname or "").lower(), split.port or {"https": 443, "http": 80}[split.scheme]
    )
    request = Request(
        "POST",
        origin,
        split.path.rstrip("/") + _PATH,
        headers={"content-type": "application/json", "accept": "application/json"},
        credentials={"authorization": options.token} if options.token else {},
        body=_body(options, report),
    )
    proxy = environment.proxy if environment else None
    ways: tuple[Optional[Proxy], ...] = (None, proxy) if proxy is not None else (None,)
    failed: list[str] = []
    for way in ways:
        try:
            trust = net.trust_of(_trust(environment))
            answer = await net.request(request, Route(trust, way), limit / len(ways))
        except Failure as failure:
            failed.append(f"{'directly' if way is None else 'through the proxy'}: {failure.word}")
            continue
        return _told(answer.status, answer.text)
    raise NotSent(f"{shown_url(str(options.upload))} could not be reached ({'; '.join(failed)}).")


def _trust(environment: Optional[Environment]) -> TrustSettings:
    """The system's store and the public roots, and whatever authority this machine's client was given."""
    extra = environment.trust.extra_files if environment else ()
    return TrustSettings(stores=("public", "system"), extra_files=extra)


def _body(options: Options, report: Report) -> bytes:
    return json.dumps({"run": options.run, "report": to_json(report)}, separators=(",", ":")).encode()


def _told(status: int, text: str) -> str:
    try:
        answer = json.loads(text)
    except ValueError:
        answer = {}
    answer = answer if isinstance(answer, dict) else {}
    if status == 202 and isinstance(answer.get("url"), str):
        return one_line(answer["url"], 500)
    detail = answer.get("detail")
    raise NotSent(
        one_line(detail, 400) if isinstance(detail, str) else f"The dashboard answered {status} to the report."
    )
