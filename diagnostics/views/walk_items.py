"""What a walk is made of, as its pages show it: questions, and steps with how far each is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from diagnostics.engine import playbooks
from diagnostics.engine.playbook_records import HandOver
from diagnostics.engine.playbooks.asking import Asked
from diagnostics.models import Run, WizardCheck
from diagnostics.views import standing
from diagnostics.views.reading import changes


@dataclass(frozen=True)
class Ask:
    """A question that facts leave open. `chosen` is the choice that counts, "" while nobody has answered.

    `settled`: nobody has to answer, since what hangs on it is done.
    """

    asked: Asked
    chosen: str
    row: WizardCheck | None
    href: str
    theirs: str = ""
    theirs_href: str = ""
    settled: bool = False

    @property
    def name(self) -> str:
        """Its name in addresses."""
        return self.asked.name

    @property
    def is_open(self) -> bool:
        """Whether it still has to be answered."""
        return not self.chosen and not self.settled

    @property
    def answer(self) -> str:
        """The chosen answer in words."""
        return says_of(self.asked, self.chosen)


@dataclass(frozen=True)
class Step:
    """A step with its words filled in and how it stands; `check` is the latest answer to it that people see, if any.

    `still_old`: the settings that the check read are those of the red run. `elsewhere`: it looks at what stands on a machine, and this
    walk changes settings that are registered here.
    """

    name: str
    number: int
    walked: playbooks.Walked
    stands: standing.Standing
    glance: WizardCheck | None
    still: str
    href: str
    next_href: str = ""
    next_title: str = ""
    still_old: bool = False
    elsewhere: bool = False

    @property
    def state(self) -> str:
        """A word of the task list."""
        return "not_needed" if self.aside else self.stands.state

    @property
    def aside(self) -> bool:
        """Whether it looks around on a machine (`elsewhere`), while the registered settings are what counts; nobody said a word of it."""
        return self.elsewhere and self.stands.state == "todo"

    @property
    def is_open(self) -> bool:
        """Whether it still has to be done."""
        return self.state in ("todo", "checking")

    @property
    def check(self) -> WizardCheck | None:
        """The latest check."""
        return self.stands.check

    @property
    def fix(self) -> str | None:
        """The environment's field that this step edits."""
        return self.walked.step.fix

    @property
    def said(self) -> str:
        """What somebody says who has done it, where only their word counts; "" where probes prove it."""
        return self.walked.step.said

    @property
    def asks(self) -> bool:
        """Whether it is to send somebody a text."""
        return self.walked.step.asks

    @property
    def changes_something(self) -> bool:
        """Whether a check waits for a change."""
        return not self.walked.changes.startswith("Nothing") and bool(self.walked.changes)

    @property
    def only_checks(self) -> bool:
        """Whether there is nothing to do but to check: "I did it" would ask what was meant."""
        step = self.walked.step
        return not (self.changes_something or step.use or step.commands or step.fix or step.hand_over)

    @property
    def hand_over(self) -> HandOver | None:
        """Whom to ask, when it is not the reader's to do."""
        return self.walked.hand_over

    @property
    def check_run(self) -> Run | None:
        """The run of the latest check."""
        return self.check.run if self.check is not None else None

    @property
    def since(self) -> str:
        """What a browser that polls has seen of it."""
        run = self.check_run
        return f"{self.state}-{run.pk}-{run.status}" if run is not None else self.state

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to do: it is done, or not needed for more than that somebody said so."""
        return self.state == "done" or self.aside or (self.state == "not_needed" and self.stands.run_id is not None)

    @property
    def proved_elsewhere(self) -> bool:
        """Whether another run than the latest check shows that it is done, or not needed."""
        check = self.check
        return self.is_settled and self.stands.run_id is not None and not (check is not None and check.passed)

    @property
    def proof_says(self) -> str:
        """The sentence that is true of it as it was proven."""
        return self.walked.words_of(self.stands.proven)

    @property
    def compared(self) -> list[dict[str, Any]]:
        """Before and after of the latest check."""
        if self.check is None or self.check.passed is None:
            return []
        return changes.compare(self.check.before, self.check.after, self.walked.decides)


def says_of(asked: Asked, choice: str) -> str:
    """The words of an answer; "" for a choice that the question does not have."""
    return next((one.says for one in asked.choices if one.name == choice), "")
