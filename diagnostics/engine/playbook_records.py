"""What wizards are made of, as records of the TOML in ``knowledge/playbooks``: steps, their lines, questions and ways."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Optional

from diagnostics.engine import operations
from diagnostics.engine.matching import Condition
from diagnostics.engine.operations import Use
from diagnostics.engine.vocabulary import HEALTHY


@dataclass(frozen=True)
class Command:
    """A line to copy, for one system (``linux``, ``macos``, ``windows`` or ``any``), and for one client and shell where it matters.

    ``lasting``: for good; else until this shell ends. ``undo`` is the line that takes it back, "" where there is nothing to take back or
    no line does it. ``operation`` is the code of the operation that it was composed from, "" where it was written by hand; ``instead`` the
    code of the one whose lines it makes superfluous, "" where it stands beside all others.
    """

    system: str
    run: str
    client: Optional[str] = None
    shell: Optional[str] = None  # a word of operations.SHELLS; None: the line is the same in each
    lasting: bool = False
    changes: str = ""
    undo: str = ""
    operation: str = ""
    instead: str = ""

    @property
    def way(self) -> str:
        """What it belongs to: lines of one way do the same, so one of them is enough."""
        return self.instead or self.operation


@dataclass(frozen=True)
class HandOver:
    """Whom to ask when the step is not the reader's to do, and the text to send them."""

    to: str
    text: str


@dataclass(frozen=True)
class Choice:
    """An answer to a question. ``shown_by``: facts that show that it is this one; then nobody is asked."""

    name: str
    says: str
    shown_by: Optional[Condition] = None


@dataclass(frozen=True)
class Question:
    """What a person is asked where facts do not decide. ``default`` is the choice that counts while nobody has answered.

    ``formerly``: the name it had in an earlier version, under which answers are stored and stand in addresses.
    """

    name: str
    ask: str
    why: str
    choices: tuple[Choice, ...]
    default: str
    applies: Optional[Condition] = None
    formerly: str = ""


@dataclass(frozen=True)
class When:
    """The answers with which a step belongs to the way."""

    question: str
    choices: tuple[str, ...]


@dataclass(frozen=True)
class Otherwise:
    """Another end of a step than the one its ``expect`` tells: its own condition, and the sentence that is true then.

    ``needless``: nothing is left to do there, since what the step is about is gone.
    """

    name: str
    green: Condition
    says: str
    needless: bool = False


NEVER: Condition = {"any": ()}
"""Holds under no facts: the condition of a step that no probe proves."""


@dataclass(frozen=True)
class PlaybookStep:
    """One instruction, the probes that check it and the condition that proves it.

    ``expect`` is what ``green`` shows; every other way to be done is one of ``otherwise``, with words of its own. ``said``: what somebody
    says who has done it ("I have looked"), where only their word counts, since no probe sees what they saw; such a step has no probes.
    ``asks``: it is to send somebody the text of ``hand_over``. ``fix`` names the field of a registered environment that this step edits,
    for runs made from the dashboard. ``use`` names the operations that its lines are composed from; ``commands`` are those written by hand.
    """

    name: str
    do: str
    why: str
    expect: str
    probes: tuple[str, ...] = ()
    green: Condition = field(default_factory=lambda: NEVER)
    otherwise: tuple[Otherwise, ...] = ()
    said: str = ""
    asks: bool = False
    changes: str = ""
    undo: str = ""
    applies: Optional[Condition] = None
    when: Optional[When] = None
    fix: Optional[str] = None
    use: tuple[Use, ...] = ()
    commands: tuple[Command, ...] = ()
    hand_over: Optional[HandOver] = None


@dataclass(frozen=True)
class Playbook:
    """The way from a cause to a proven fix; its last step goes the client's whole path again."""

    code: str
    steps: tuple[PlaybookStep, ...]
    questions: tuple[Question, ...] = ()


def playbooks_of(tables: Mapping[str, Mapping[str, Any]]) -> dict[str, Playbook]:
    """Every playbook, each ending with the one step of ``healthy``: a fix counts when the whole path is green."""
    steps = {table["cause"]: tuple(_step(entry) for entry in table["step"]) for table in tables.values()}
    asked = {
        table["cause"]: tuple(_question(entry) for entry in table.get("question", ())) for table in tables.values()
    }
    last = steps[HEALTHY]
    return {code: Playbook(code, own if code == HEALTHY else own + last, asked[code]) for code, own in steps.items()}


def _step(entry: Mapping[str, Any]) -> PlaybookStep:
    made = dict(entry)
    made["probes"] = tuple(entry.get("probes", ()))
    made["otherwise"] = tuple(Otherwise(**item) for item in entry.get("otherwise", ()))
    made["use"] = tuple(operations.use(item) for item in entry.get("use", ()))
    made["when"] = _when(entry["when"]) if "when" in entry else None
    made["commands"] = tuple(Command(**item) for item in entry.get("commands", ()))
    made["hand_over"] = HandOver(**entry["hand_over"]) if "hand_over" in entry else None
    return PlaybookStep(**made)


def _question(entry: Mapping[str, Any]) -> Question:
    return Question(**{**entry, "choices": tuple(Choice(**item) for item in entry["choices"])})


def _when(entry: Mapping[str, Any]) -> When:
    wanted = entry["is"]
    return When(entry["question"], (wanted,) if isinstance(wanted, str) else tuple(wanted))
