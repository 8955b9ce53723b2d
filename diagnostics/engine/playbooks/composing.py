"""The lines of a step: those composed from the operations that it names, for every system and shell, and those written by hand."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Callable, Optional

from diagnostics.engine.library import Knowledge
from diagnostics.engine.operations import SHELLS_OF, Form, Operation, Use
from diagnostics.engine.playbook_records import Command, PlaybookStep
from diagnostics.engine.playbooks.asking import rules_out
from diagnostics.engine.playbooks.places import in_files
from diagnostics.engine.quoting import IN_CMD, json_text, quoted, through_cmd
from diagnostics.engine.records import Facts
from diagnostics.engine.wording import fill_slots, render_command

USUAL_CLIENT = "claude-code"
"""Whose rules name the variables where no client is known."""

NAME = re.compile(
    r"[A-Z_][A-Z0-9_]*|[a-z]+_proxy"
)  # an entry of a login file, which a credential may be named by, is no variable
WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
SLOT = re.compile(r"\{([a-z_]+)(?::(bare))?\}")
START_FILES = {
    ("linux", "bash"): "~/.bashrc",
    ("macos", "bash"): "~/.bash_profile",
    ("linux", "zsh"): "${ZDOTDIR:-~}/.zshrc",
    ("macos", "zsh"): "${ZDOTDIR:-~}/.zshrc",
}
"""What a new terminal's shell reads: ``{start_file}`` in a form's line."""


def commands(step: PlaybookStep, facts: Facts, knowledge: Knowledge) -> tuple[Command, ...]:
    """Every line of a step, filled in. Lines of operations come first, in the order in which the step names them."""
    made = [line for use in step.use for line in composed(use, facts, knowledge)]
    by_hand = (
        Command(
            system=one.system,
            run=render_command(one.run, facts),
            client=one.client,
            shell=one.shell,
            lasting=one.lasting,
            changes=one.changes,
            undo=render_command(one.undo, facts),
        )
        for one in step.commands
    )
    return (*made, *by_hand)


def without_doubles(lines: Iterable[Command]) -> list[Command]:
    """Those that are left where one line is named instead of another's on the same system, shell and client, for as long."""
    kept = list(lines)
    better = {(one.instead, _place(one)) for one in kept if one.instead}
    return [one for one in kept if (one.operation, _place(one)) not in better]


def _place(one: Command) -> tuple[object, ...]:
    return one.system, one.shell, one.client, one.lasting


def composed(use: Use, facts: Facts, knowledge: Knowledge) -> Iterator[Command]:
    """The operation's lines with these arguments; none where the client has no such setting or the facts rule it out."""
    if use.applies is not None and rules_out(use.applies, facts):
        return
    operation = knowledge.operations[use.operation]
    client = use.client or str(facts.get("config.client.name", USUAL_CLIENT))
    arguments = _arguments(operation, use, facts, knowledge.clients.get(client, {}))
    if arguments is None:
        return
    plain = {name: value for name, (_, value) in arguments.items()}
    elsewhere, here = in_files(use, operation.in_file, plain, facts, client)
    if here:
        yield from _shell_lines(operation, use, client, arguments)
    for one in elsewhere:
        yield from composed(one, facts, knowledge)


def _shell_lines(
    operation: Operation, use: Use, client: str, arguments: Mapping[str, tuple[str, str]]
) -> Iterator[Command]:
    """The operation's own lines, for every system and shell."""
    for form in operation.forms:
        if form.client is not None and use.client is None and form.client != client:
            continue
        for system in form.systems:
            made = [
                _command(operation, form, system, shell, use.client or form.client, arguments)
                for shell in (*(form.shells or SHELLS_OF[system]), *(("cmd",) if form.in_cmd else ()))
            ]
            alike = not form.shells and len({(one.run, one.undo) for one in made}) == 1
            yield from [
                replace(one, instead=use.instead) for one in ([replace(made[0], shell=None)] if alike else made)
            ]


def variable_of(part: str, client: Mapping[str, Any], provider: Optional[object] = None) -> Optional[str]:
    """The variable by which a client is told something, by its own rules; None where it reads none.

    ``provider``: the cloud provider that it is switched to, whose address has a variable of its own.
    """
    found: Any = {
        "base_url": lambda: _address_variable(client, provider),
        "switch": lambda: _switch(client, provider)["variable"],
        "credential": lambda: next(
            one["variable"] for one in client["credentials"] if one["kind"] == "api_key" and "variable" in one
        ),
        "trust": lambda: [*client["trust"].get("extra", ()), *client["trust"].get("replacing", ())][0],
        "model": lambda: client["model"]["variables"][0],
        "timeout": lambda: client["timeout"]["variable"],
        "headers": lambda: client["headers"]["custom"],
    }[part]
    try:
        return found() or None
    except (KeyError, IndexError, StopIteration):
        return None


def _address_variable(client: Mapping[str, Any], provider: Optional[object]) -> str:
    if provider is None:
        return str(client["base_url"]["variable"])
    return str(_switch(client, provider)["base_url_variable"])


def _switch(client: Mapping[str, Any], provider: Optional[object]) -> Mapping[str, Any]:
    """The client's switch to a cloud provider; without one the first that it has."""
    found: Mapping[str, Any] = next(one for one in client["switches"] if provider in (None, one["provider"]))
    return found


def _arguments(
    operation: Operation, use: Use, facts: Facts, client: Mapping[str, Any]
) -> Optional[dict[str, tuple[str, str]]]:
    """Argument -> (kind, value); None where the client reads no such variable."""
    made: dict[str, tuple[str, str]] = {}
    for name, kind in operation.takes.items():
        value = use.arguments.get(name, operation.defaults.get(name, ""))
        if kind == "json":
            text = fill_slots(value, facts, _harmless) if isinstance(value, str) else value
            made[name] = (kind, json_text(text))
            continue
        text = str(value)
        if text.startswith("@"):
            read = variable_of(text[1:], client, facts.get("config.provider_switch"))
            if read is None:
                return None
            text = read
        made[name] = (kind, fill_slots(text, facts, FITS.get(kind, _harmless)))
    return made


def _command(
    operation: Operation,
    form: Form,
    system: str,
    shell: str,
    client: Optional[str],
    arguments: Mapping[str, tuple[str, str]],
) -> Command:
    handed_on = form.in_cmd and shell == "cmd"
    words = {name: _word(IN_CMD if handed_on else shell, kind, value) for name, (kind, value) in arguments.items()}
    words["start_file"] = (START_FILES.get((system, shell), ""),) * 2
    for name, text in form.parts.items():
        line = _filled(text, words)
        words[name] = (quoted(shell, line), quoted(shell, line, bare=True))
    run, undo = _filled(form.run, words), _filled(form.undo, words)
    said = {name: value for name, (_, value) in arguments.items()}
    said["start_file"] = words["start_file"][0].replace("${ZDOTDIR:-~}", "~")
    return Command(
        system=system,
        run=through_cmd(run) if handed_on else run,
        client=client,
        shell=shell,
        lasting=form.lasting,
        changes=SLOT.sub(lambda slot: said.get(slot.group(1), slot.group()), form.changes),
        undo=through_cmd(undo) if handed_on and undo else undo,
        operation=operation.code,
    )


def _word(shell: str, kind: str, value: str) -> tuple[str, str]:
    """A value as one word, and for the inside of one. What is plain by its kind is written as it is."""
    if kind in FITS and FITS[kind](value):
        return value, value
    return quoted(shell, value), quoted(shell, value, bare=True)


def _filled(template: str, words: Mapping[str, tuple[str, str]]) -> str:
    return SLOT.sub(
        lambda slot: words[slot.group(1)][slot.group(2) == "bare"] if slot.group(1) in words else slot.group(), template
    )


def _harmless(value: str) -> bool:
    """Nothing in it that a terminal acts upon or that hides: values come from networks that may lie."""
    return not any(unicodedata.category(sign) in ("Cc", "Cf", "Zl", "Zp", "Cs") for sign in value)


FITS: dict[str, Callable[[str], bool]] = {
    "name": lambda text: NAME.fullmatch(text) is not None,
    "word": lambda text: WORD.fullmatch(text) is not None,
    "number": str.isdigit,
    "host": lambda text: re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.-]*|[0-9A-Fa-f:]+", text) is not None,
    "key": lambda text: re.fullmatch(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*", text) is not None,
}
"""Kinds whose values need no quoting, and which values are of the kind; another fact gives way to the words after ``|``."""
