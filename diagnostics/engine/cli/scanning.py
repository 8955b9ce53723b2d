"""``scan PATH...``: the command line of the scan. The probe and ``manage.py scan`` share it."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, NoReturn, Optional

from diagnostics.engine.cli.command import OUR_FAULT, Console
from diagnostics.engine.cli.options import WRONG_COMMAND, Help, WrongCommand, seconds
from diagnostics.engine.scan.records import LEVELS, Counts, Found, Outcome
from diagnostics.engine.waiting import OutOfTime, Stopped, within

if TYPE_CHECKING:
    from diagnostics.engine.scan.examining import Examiner

LONGEST = 3_600.0
_DELIVERY = 60.0  # seconds that somebody may take to read the output
_AFTER_STOP = 1.0


@dataclass(frozen=True)
class Options:
    """What was asked for."""

    paths: tuple[str, ...] = field(repr=False)
    client: Optional[str] = None
    form: str = "text"
    level: str = "warning"
    history: bool = True
    everything: bool = False
    timeout: float = LONGEST


class _Parser(argparse.ArgumentParser):
    """One that prints nothing and ends nothing by itself."""

    def error(self, message: str) -> NoReturn:
        from diagnostics.engine.hiding import scrub

        raise WrongCommand(scrub(message))

    def print_help(self, file: object = None) -> NoReturn:
        raise Help(self.format_help())


def read(arguments: Sequence[str]) -> Options:
    """The options behind ``scan``. Raises ``WrongCommand`` and ``Help``."""
    given = _parser().parse_args(list(arguments))
    for path in given.paths:
        _must_stand(path)
    if given.client is not None:
        _must_be_known(given.client)
    return Options(
        tuple(given.paths),
        given.client,
        "json" if given.json else "sarif" if given.sarif else "text",
        given.level,
        not given.no_history,
        given.all,
        given.timeout,
    )


def run(arguments: Sequence[str], console: Console, program: str = "probe") -> int:
    """Do it, print it, and give the exit code."""
    try:
        options = read(arguments)
    except WrongCommand as error:
        from diagnostics.engine.wording import one_line

        console.tell(f"{program}: {one_line(str(error), 1000)}\nTry scan --help.")
        return WRONG_COMMAND
    except Help as asked:
        console.out.text(str(asked))
        console.out.settle(_DELIVERY)
        return 0
    from diagnostics.engine.environment.machine import this_machine
    from diagnostics.engine.scan.examining import Examiner

    examiner = Examiner(datetime.now(timezone.utc).date(), options.client, this_machine())
    outcome = _outcome(options, examiner, console)
    return _show(outcome, options, examiner, console)


def _outcome(options: Options, examiner: Examiner, console: Console) -> Outcome:
    """What is found until the end, the time limit or somebody's wish to stop: then what there is by then."""
    from diagnostics.engine.scan import Asked, scan

    found: list[Found] = []
    counts = Counts()
    asked = Asked(options.paths, options.history, options.everything)
    until = time.monotonic() + options.timeout

    def enough() -> bool:
        return console.stop.asked() or time.monotonic() > until

    def patient() -> bool:
        """A moment later, so that what is looked at can still end by itself."""
        return console.stop.asked() and console.stop.seconds() > _AFTER_STOP

    try:
        return within(options.timeout + _AFTER_STOP, lambda: scan(asked, examiner, enough, found, counts), patient)
    except (Stopped, OutOfTime):
        return Outcome(tuple(found), counts, ("what comes after",), stopped=True)


def _show(outcome: Outcome, options: Options, examiner: Examiner, console: Console) -> int:
    from diagnostics.engine import library
    from diagnostics.engine.scan import telling

    version = library.aside("scan").version
    if options.form == "json":
        console.out.data(telling.as_json(outcome, version))
    elif options.form == "sarif":
        console.out.data(telling.as_sarif(outcome, examiner.wording.rules, version))
    else:
        columns, colourful = console.out.width(os.environ), console.out.colourful(os.environ)
        console.out.text(telling.as_text(outcome, options.level, columns, colourful))
    if not console.out.settle(_DELIVERY) and isinstance(console.out.problem, OSError):
        console.tell("probe: the output could not be written.")
        return OUR_FAULT
    return telling.exit_code(outcome.found, options.level)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="probe.pyz scan",
        description="Looks for settings that cannot work and for keys written into files. It opens no connection and changes nothing; "
        "no key is ever printed.",
        epilog="Exit code: 0 clean, 1 findings of the level, 2 the command line was wrong, 4 our own fault. "
        "A line with the comment 'troubleshooter: ignore' in it or above it is passed over.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("paths", metavar="PATH", nargs="+", help="files and folders")
    add(
        "--client",
        metavar="NAME[@VERSION]",
        help="only this client's rules count, such as claude-code or anthropic-python@1.2",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print the findings as JSON and nothing else")
    form.add_argument("--sarif", action="store_true", help="print them as SARIF 2.1.0, for code hosts and editors")
    add("--level", choices=LEVELS, default="warning", help="what is told, and makes the exit code 1 (default: warning)")
    add("--no-history", action="store_true", help="do not look through what was committed before")
    add("--all", action="store_true", help="look into node_modules, virtual environments and the like, too")
    add("--timeout", metavar="S", type=_seconds, default=LONGEST, help="end after so many seconds with what there is")
    return parser


def _seconds(text: str) -> float:
    return seconds(text, LONGEST)


def _must_stand(path: str) -> None:
    from diagnostics.engine.hiding import scrub

    try:
        if os.path.exists(path):
            return
    except ValueError:  # a null character
        pass
    raise WrongCommand(f"there is nothing at {scrub(path)}.")


def _must_be_known(client: str) -> None:
    from diagnostics.engine import library

    known = sorted(library.load().clients)
    name, at, version = client.partition("@")
    if name not in known or (at and not version[:1].isdigit()):
        from diagnostics.engine.hiding import scrub

        raise WrongCommand(f"--client: {scrub(client)} is not known; write one of {', '.join(known)}.")
