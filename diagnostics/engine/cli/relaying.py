"""``--watch S --upload URL``: what each run says goes to the dashboard, and between runs the dashboard may ask for checks.

A run of the beat is sent when its verdict or what decides it has changed, at the latest every hour: a watch that says
the same for a week fills no list. A dashboard that is away is told of once, and the watch goes on.
"""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Optional

from diagnostics.engine.cli import asked
from diagnostics.engine.cli.options import Options
from diagnostics.engine.cli.reaching import Dashboard, NotReached, refusal
from diagnostics.engine.cli.sending import PATH, NotSent, agreed, body, question, told
from diagnostics.engine.cli.session import Place, Session, net_of
from diagnostics.engine.records import Environment, Report
from diagnostics.engine.waiting import OutOfTime, Stopped, within

if TYPE_CHECKING:
    from diagnostics.engine.cli.command import Console

POLL = 2.0  # seconds between two questions whether anything is asked for
AGAIN = 3600.0  # seconds after which an unchanged verdict is sent all the same
SOONEST = 20.0  # seconds between two reports of the beat, however often the verdict turns
_SLOWEST = 30.0  # seconds between two questions while nobody answers
_SENDING = 10.0
_ASKING = 6.0
_CHECK = 4.0  # seconds a check by name may take; somebody waits for it
_OVER = (401, 403)  # the token does no more


class Relay:
    """One watch's talk with its dashboard. ``beat`` is called by the thread that watches; a thread of its own listens."""

    def __init__(self, options: Options, place: Place, console: Console) -> None:
        self._options, self._place, self._console = options, place, console
        self._dashboard = Dashboard(options)
        self._environment: Optional[Environment] = None
        self._first = True
        self._silent = False  # nobody agreed, or the token does no more
        self._sent: Any = None
        self._sent_at = 0.0
        self._away = False
        self._told: set[str] = set()

    def beat(self, report: Report, environment: Optional[Environment]) -> None:
        """Send the report if it says something new; the first one once a person agrees, and from then on the dashboard is heard."""
        self._environment = environment or self._environment
        if self._first:
            self._first = False
            if not self._may(report):
                self._silent = True
                return
            self._deliver(report, self._options.run)
            threading.Thread(target=self._listen, name="listener", daemon=True).start()
        elif not self._silent and self._is_news(report):
            self._deliver(report, None)

    def _may(self, report: Report) -> bool:
        self._console.errors.text(question(self._options, report))
        if self._options.yes:
            self._console.tell("yes (--yes)")
            return True
        try:
            if agreed(self._console):
                return True
        except (OutOfTime, Stopped):
            pass
        self._console.tell("Nothing is sent; the watch goes on.")
        return False

    def _is_news(self, report: Report) -> bool:
        passed = time.monotonic() - self._sent_at
        return passed >= AGAIN or (passed >= SOONEST and saying(report) != self._sent)

    def _deliver(self, report: Report, run: Optional[str], asked_for: bool = False) -> None:
        """Send it; whatever comes of it is told, and nothing is raised."""

        def work() -> str:
            options = replace(self._options, run=run)
            return told(self._ask(PATH, _SENDING, body(options, report)))

        try:
            url = within(_SENDING + 1, work, self._console.stop.asked)
        except (NotReached, OutOfTime) as error:
            self._is_away(str(error) or f"No answer from {self._dashboard.shown} in time.")
        except NotSent as error:
            self._tell_once(f"The report was not sent. {error}")
            if not asked_for:
                self._sent, self._sent_at = saying(report), time.monotonic()  # refused once is not tried every beat
        except Stopped:
            pass
        else:
            self._is_back()
            if not asked_for:
                self._note(f"Sent. Read it at {url}", always=self._sent is None)
                self._sent, self._sent_at = saying(report), time.monotonic()

    def _ask(self, path: str, limit: float, sent: Optional[bytes] = None) -> Any:
        answer = self._dashboard.ask(path, self._environment, net_of(self._options), limit, sent)
        if answer.status in _OVER:
            self._silent = True
        return answer

    # -- listening

    def _listen(self) -> None:
        """Ask again and again, until the end or until the token does no more. Never raises: the watch goes on without it."""
        pause, pace = POLL, asked.Pace()
        while not (self._silent or self._halted(pause)):
            try:
                text = self._question()
                pause = POLL if text is not None else min(pause * 2, _SLOWEST)
                self._answer(text or "", pace)
            except Exception as error:  # noqa: BLE001
                self._tell_once(f"Our own fault ({type(error).__name__}) while listening: please report it.")
                pause = _SLOWEST

    def _halted(self, seconds: float) -> bool:
        until = time.monotonic() + seconds
        while not self._ends() and time.monotonic() < until:
            time.sleep(0.1)
        return self._ends()

    def _ends(self) -> bool:
        return self._console.stop.asked() or self._console.out.gone

    def _question(self) -> Optional[str]:
        """What the dashboard answers; None where it gave no answer, which is told once."""
        try:
            answer = within(_ASKING + 1, lambda: self._ask("/api/v1/watch", _ASKING), self._ends)
        except (NotReached, OutOfTime) as error:
            self._is_away(str(error) or f"No answer from {self._dashboard.shown} in time.")
            return None
        except Stopped:
            return None
        if answer.status == 200:
            self._is_back()
            text: str = answer.text
            return text
        if answer.status in _OVER:
            self._tell_once(f"{refusal(answer)} The watch goes on, and nothing more is sent.")
        else:
            self._is_away(refusal(answer))
        return None

    def _answer(self, text: str, pace: asked.Pace) -> None:
        wanted, refused = asked.read(text)
        for number in refused:
            self._tell_once(f"The dashboard asked in run {number} for what is no check of this probe: it was not done.")
        for one in wanted:
            if self._ends() or not pace.takes(one, time.monotonic()):
                return
            names = ", ".join(sorted(one.probes)) or "a whole run"
            self._note(f"The dashboard asks for {names}.")
            self._run(one)

    def _run(self, one: asked.Wanted) -> None:
        limit = min(_CHECK, self._options.timeout) if one.probes else self._options.timeout
        options = replace(
            self._options, upload=None, run=one.run, only=one.probes, timeout=limit, send_message=False, watch=None
        )
        session = Session(options, self._place, time.monotonic(), lambda attempt: None)
        report = session.run(self._ends, lambda course: None)
        if not self._ends():
            self._deliver(report, one.run, asked_for=True)

    # -- telling

    def _is_away(self, sentence: str) -> None:
        if not self._away:
            self._away = True
            self._console.tell(f"probe: {sentence} The watch goes on, and tries again.")

    def _is_back(self) -> None:
        if self._away:
            self._away = False
            self._console.tell("probe: the dashboard answers again.")

    def _tell_once(self, sentence: str) -> None:
        if sentence not in self._told and len(self._told) < 50:
            self._told.add(sentence)
            self._console.tell(f"probe: {sentence}")

    def _note(self, sentence: str, always: bool = False) -> None:
        if always or self._console.errors.terminal:
            self._console.tell(sentence)


def saying(report: Report) -> tuple[Any, ...]:
    """What makes a report news: its cause, what is wrong, and the values that decide it; durations and their like change every time."""
    verdict = report.verdict
    because = set(verdict.ranked[0].because) if verdict.ranked else set()
    problems = frozenset(finding.code for finding in report.findings if finding.level == "problem")
    decide = {name for finding in report.findings if finding.code in because for name in finding.facts}
    values = {
        name: value
        for attempt in report.attempts
        if not attempt.variant
        for name, value in attempt.facts.items()
        if name in decide and not isinstance(value, float)
    }
    return verdict.cause, bool(report.run["error"]), problems, frozenset(values.items())
