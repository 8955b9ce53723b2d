"""How a walk is declared: the broken network it starts from, what the person knows, and who has to act. Nothing of any step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PERSON = "the person"
"""Acts away from the machine, where a step says what to do and has no line for it: a browser, a console, a switch."""

TIME = "time"
"""Passes while a step is followed: a check that is still red is made once more."""


@dataclass(frozen=True)
class Mend:
    """What somebody changes in the world. ``to``: fields of ``Broken`` as they are afterwards; ``sends``: files (``~/...``).

    ``by`` is whom a playbook's hand-over asks, ``PERSON``, ``TIME``, or the line by which a program is called that does it.
    """

    by: str
    to: Mapping[str, Any] = field(default_factory=dict)
    sends: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Walk:
    """A fault as a person has it. ``network`` is a ``Broken`` of the cause.

    ``types``: what the person types where a line asks for it, by the variable; ``knows``: what they put in the place of a line's example.
    ``writes``: files of the home (``~/...``) as the person knows that they are right, where a step says what to write and no line
    writes it. ``programs``: programs of this machine, name -> what they do, in bash; all that would ask the network do nothing.
    """

    network: str
    mend: Mend | None = None
    types: Mapping[str, str] = field(default_factory=dict)
    knows: Mapping[str, str] = field(default_factory=dict)
    writes: Mapping[str, bytes] = field(default_factory=dict)
    answers: Mapping[str, str] = field(
        default_factory=dict
    )  # to the wizard's questions; where nothing stands, its default counts
    programs: Mapping[str, str] = field(default_factory=dict)
    lasting: bool = False  # walked once more by the lines that last
    beside: Mapping[str, Any] = field(
        default_factory=dict
    )  # fields of ``Broken``: what else stands in this world and does no harm
