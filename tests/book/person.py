"""The person at the terminal: types the lines of a step as they stand, puts in what they know, and takes it all back in the end."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from diagnostics.engine.playbook_records import Command
from diagnostics.engine.playbooks import Walked
from diagnostics.engine.playbooks.composing import without_doubles
from tests.book.homes import Home
from tests.book.terminal import Terminal, Told

SHELL, SYSTEM = "bash", "linux"
THIS_SHELL, FOR_GOOD = "in this shell", "for good"
HANDS = (THIS_SHELL, FOR_GOOD)
"""Which of two lines of one operation the person takes."""

_EXAMPLES = re.compile(
    r"proxy\.example\.com|/path/to/|\b(?:MODEL-NAME|HOST:PORT|PROXY-HOST|USER:PASSWORD|THE_NAME_IT_HAS_NOW|INTERFACE|IMAGE|VALUE|YOUR-[A-Z]+)\b"
)
"""What a line holds in the place of something that only a person knows."""
_ASKS = re.compile(r"\bread (?:-[a-z]+ )*([A-Za-z_]\w*)")
_NO_SHELL = re.compile(r"^[{/]|;$")  # an entry of a file, a word typed into the client, a directive of a server
_NOT_FOUND = 127  # what a shell ends with where there is no such program
_NOT_READ = "syntax error"


class Stuck(AssertionError):
    """A line of a playbook that a shell does not take, or that nobody can take back."""


@dataclass(frozen=True)
class State:
    """What a line may change: the files of the home, and the variables that programs get."""

    files: Mapping[str, bytes]
    variables: Mapping[str, str]


@dataclass(frozen=True)
class Done:
    """Something that was changed. ``undo`` is the line that takes it back, "" where words tell it.

    ``whole``: the undoing gives back all of ``before``; else what a program of the machine keeps for itself stays as that program leaves
    it. ``lasting``: a change for good is taken back in the files, from which every new terminal has its variables.
    """

    what: str
    undo: str
    before: State
    lasting: bool = False
    whole: bool = True


@dataclass
class Person:
    """``types``: what is typed where a line asks for it, by the variable; ``knows``: what is put in the place of a line's example.

    ``hand`` is one of ``HANDS``; ``programs`` are the machine's own, which keep what they keep.
    """

    home: Home
    terminal: Terminal
    client: str
    types: Mapping[str, str]
    knows: Mapping[str, str]
    hand: str
    programs: frozenset[str]
    done: list[Done] = field(default_factory=list)
    shell_only: bool = False  # a change was made that ends with this shell

    def state(self) -> State:
        return State(self.home.snapshot(), self.terminal.environ())

    def carry_out(self, step: Walked) -> tuple[list[str], bool]:
        """Type the lines of a step; they, and whether one asks for what this person does not have."""
        lines = [
            replace(line, run=self._put_in(line.run)) for line in taken(fitting(step.commands, self.client), self.hand)
        ]
        possible = [line for line in lines if self._can(line)]
        if self.hand == FOR_GOOD and any(line.lasting for line in possible):
            possible = [line for line in possible if line.lasting]
        for line in possible:
            self._type(step, line, [self.types[name] for name in _ASKS.findall(line.run)])
        return [line.run for line in possible], any(not self._can(line) for line in lines)

    def _can(self, line: Command) -> bool:
        """Whether the person has everything that a line asks for."""
        return not _EXAMPLES.search(line.run) and set(_ASKS.findall(line.run)) <= set(self.types)

    def write(self, what: str, files: Mapping[str, bytes]) -> None:
        """Change files by hand."""
        if files:
            self.done.append(Done(what, "", self.state()))
        for path, content in files.items():
            self.home.write(path, content)

    def take_back(self) -> None:
        """Undo everything in reverse, each to the very state that stood before it. Raises ``Stuck`` where a byte differs."""
        for one in reversed(self.done):
            if one.undo:
                self._expect(self.terminal.type(one.undo), one.undo)
            else:
                self.home.restore(one.before.files)
            after = self.state()
            if one.whole and (
                after.files != one.before.files or not (one.lasting or not one.undo or _same(one.before, after))
            ):
                raise Stuck(f"{one.undo!r} does not take back {one.what!r}: {_difference(one.before, after)}")

    def _type(self, step: Walked, line: Command, answers: Sequence[str]) -> None:
        words, before = line.run, self.state()
        self._expect(self.terminal.type(words, answers), words)
        after = self.state()
        if after == before:
            return
        if not line.undo and not step.undo:
            raise Stuck(f"{step.step.name}: nothing says how to take back {words!r}: {_difference(before, after)}")
        self.shell_only |= not line.lasting and after.variables != before.variables
        # Where only words tell it, the person puts back the files; variables end with the shell.
        whole = words.split()[0] not in self.programs
        self.done.append(Done(words, self._put_in(line.undo), before, line.lasting, whole))

    def _put_in(self, line: str) -> str:
        for example, value in self.knows.items():
            line = line.replace(example, value)
        return line

    @staticmethod
    def _expect(told: Told, line: str) -> None:
        if told.status == _NOT_FOUND or _NOT_READ in told.shown:
            raise Stuck(f"the shell does not take {line!r}: {told.shown!r}")


def fitting(commands: Sequence[Command], client: str) -> tuple[Command, ...]:
    """The lines that are shown for this system, shell and client, and are meant for a shell."""
    return tuple(
        one
        for one in without_doubles(commands)
        if one.system in (SYSTEM, "any")
        and one.client in (None, client)
        and one.shell in (None, SHELL)
        and not _NO_SHELL.search(one.run)
    )


def taken(lines: Sequence[Command], hand: str) -> Iterator[Command]:
    """Of an operation's line for this shell and its line for good, the one that the person chooses."""
    group: list[Command] = []
    for line in lines:
        if group and (
            not line.operation or line.way != group[0].way or any(one.lasting == line.lasting for one in group)
        ):
            yield _chosen(group, hand)
            group = []
        group.append(line)
    if group:
        yield _chosen(group, hand)


def _chosen(group: Sequence[Command], hand: str) -> Command:
    return next((one for one in group if one.lasting is (hand == FOR_GOOD)), group[0])


def _same(before: State, after: State) -> bool:
    """The same variables; an empty one is none, as programs take it."""
    return {name: value for name, value in before.variables.items() if value} == {
        name: value for name, value in after.variables.items() if value
    }


def _difference(before: State, after: State) -> str:
    told = []
    for was, now in ((before.files, after.files), (before.variables, after.variables)):
        told += [
            f"{name}: {was.get(name)!r} -> {now.get(name)!r}"
            for name in sorted({*was, *now})
            if was.get(name) != now.get(name)
        ]
    return "; ".join(told)
