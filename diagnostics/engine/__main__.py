"""The probe: ``python3 probe.pyz [options]``. Prints the diagnosis of this machine, and changes nothing on it."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
import warnings
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Optional

from diagnostics.engine.cli.stopping import Stop

if TYPE_CHECKING:
    from diagnostics.engine.cli.command import Console
    from diagnostics.engine.cli.session import Place

_BEGAN = time.monotonic()  # the time limit counts from here
_LAST = 0.8  # seconds over the limit after which the process ends, wherever it stands


def run(python_path: Optional[Sequence[str]] = None) -> None:
    """Do what the command line asks and end the process, whatever threads still hang.

    ``python_path`` is the host's ``sys.path``, where ours does not hold it.
    """
    stop = Stop()
    stop.listen()  # before anything is loaded that takes long
    from diagnostics.engine.cli.streams import Outlet, occupy

    occupy()
    from diagnostics.engine.cli.command import OUR_FAULT, Console

    console = Console(Outlet(sys.stdout), Outlet(sys.stderr), stop)
    _be_quiet()
    try:
        code = _main(sys.argv[1:], console, None if python_path is None else tuple(python_path))
    except Exception as error:  # noqa: BLE001  the type says where to look; a text might hold a secret
        console.tell(f"probe: our own fault ({type(error).__name__}). Please report it.")
        code = OUR_FAULT
    os._exit(code)


def _main(arguments: list[str], console: Console, python_path: Optional[tuple[str, ...]]) -> int:
    from diagnostics.engine.cli.command import SLACK, follow
    from diagnostics.engine.cli.options import WRONG_COMMAND, Help, WrongCommand, read
    from diagnostics.engine.cli.streams import is_terminal

    if arguments[:1] == ["decode"]:
        from diagnostics.engine.cli.decoding import decode

        return decode(arguments[1:], console, "probe.pyz decode")
    try:
        options = read(arguments, asks=is_terminal(sys.stdin) and console.errors.terminal)
    except WrongCommand as error:
        from diagnostics.engine.wording import one_line

        console.tell(f"probe: {one_line(str(error), 1000)}\nTry --help.")
        return WRONG_COMMAND
    except Help as asked:
        console.out.text(str(asked))
        console.out.settle(SLACK)
        return 0
    if options.watch is None and (options.yes or not options.upload):
        _end_at(_BEGAN + options.timeout + _LAST, console)

    def place() -> Place:
        from diagnostics.engine.cli.session import here

        return here(options, python_path)

    return follow(options, place, console, _BEGAN)


def _end_at(last: float, console: Console) -> None:
    """End the process at ``last`` even if this thread hangs, as it would while it loads itself from a disk that is gone."""
    from diagnostics.engine.cli.command import OUR_FAULT

    def end() -> None:
        console.tell("probe: the time is over, and nothing more can be said. Something here hangs beyond our reach.")
        os._exit(OUR_FAULT)

    timer = threading.Timer(max(last - time.monotonic(), 0.0), end)
    timer.daemon = True
    with suppress(RuntimeError):  # the system gives no more threads
        timer.start()


def _be_quiet() -> None:
    """Nothing of Python's own ever prints: a traceback or a warning quotes what it was given, and the report says what failed."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    sys.unraisablehook = lambda unraisable: None
    threading.excepthook = lambda arguments: None


if __name__ == "__main__":
    run()
