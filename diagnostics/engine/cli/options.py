"""The command line of ``contract/report.md``, read into a record. What is wrong with it is said in one sentence; the exit code is then 2."""

from __future__ import annotations

import argparse
import ipaddress
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NoReturn, Optional
from urllib.parse import urlsplit

from diagnostics.engine.secrets import Secret

WRONG_COMMAND = 2
LONGEST = 600.0
_LATER = {
    "--request": "Judging a request body",
    "--send-message": "Sending a real message",
    "--watch": "Repeating the run",
    "--paste": "The block of text to paste",
}
_LATER_COMMANDS = {"decode": "Ranking causes for pasted text", "scan": "Looking for keys in files"}


@dataclass(frozen=True)
class Options:
    """What was asked for. ``token`` is opened only where it is sent."""

    json: bool = False
    client: str = "claude-code"
    mode: str = "auto"
    base_url: Optional[str] = field(default=None, repr=False)
    model: Optional[str] = None
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    public_roots: Optional[str] = field(default=None, repr=False)  # PEM text
    controls: tuple[str, ...] = ()
    resolvers: tuple[str, ...] = ()
    project: Optional[str] = None
    quick: bool = False
    timeout: float = 30.0
    plan: bool = False
    upload: Optional[str] = None
    token: Optional[Secret] = None
    run_helper: bool = False
    run: Optional[str] = None
    yes: bool = False


class WrongCommand(Exception):
    """The command line cannot be followed; the text says why and what to write."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise WrongCommand(_without_secrets(message))


def read(arguments: Sequence[str], asks: bool) -> Options:
    """The options of a command line. ``asks`` tells that somebody is there to answer a question. Raises ``WrongCommand``."""
    if arguments and arguments[0] in _LATER_COMMANDS:
        raise WrongCommand(f"{_LATER_COMMANDS[arguments[0]]} ({arguments[0]}) is not in this version yet.")
    for argument in arguments:
        option = argument.split("=")[0]
        if option in _LATER:
            raise WrongCommand(f"{_LATER[option]} ({option}) is not in this version yet; leave it out.")
    given, strange = _parser().parse_known_args(list(arguments))
    if strange:  # not repeated: a key that was pasted in the wrong place is among them
        named = (
            ", ".join(one.partition("=")[0] for one in strange if one.startswith("--")) or "a word without an option"
        )
        raise WrongCommand(f"this is no option here: {_without_secrets(named)}")
    if given.upload and not given.token:
        raise WrongCommand("--upload needs --token: the dashboard shows both in the command of a run.")
    if (given.token or given.run) and not given.upload:
        raise WrongCommand("--token and --run belong to --upload URL.")
    if given.upload and not (given.yes or asks or given.plan):
        raise WrongCommand("Nobody is here to be asked whether the report may be sent: add --yes to send it.")
    return Options(
        json=given.json,
        client=given.client,
        mode=given.mode,
        base_url=given.base_url,
        model=given.model,
        headers=tuple(given.header),
        public_roots=given.public_roots,
        controls=tuple(given.control),
        resolvers=tuple(given.resolver),
        project=given.project,
        quick=given.quick,
        timeout=given.timeout,
        plan=given.plan,
        upload=given.upload,
        token=Secret(given.token) if given.token else None,
        run_helper=given.run_helper,
        run=given.run,
        yes=given.yes,
    )


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="probe.pyz",
        description="Names the one cause why a client cannot talk to its LLM API. It changes nothing and sends nothing that is billed.",
        epilog="Exit code: 0 nothing stops the client, 1 a cause was named, 2 the command line was wrong, "
        "3 the evidence does not decide, 4 our own fault.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--json", action="store_true", help="print the report as JSON and nothing else")
    add(
        "--client",
        metavar="NAME[@VERSION]",
        default="claude-code",
        help="whose rules count: claude-code (default), anthropic-python",
    )
    add(
        "--mode",
        choices=("auto", "interactive", "print"),
        default="auto",
        help="interactive counts the client's first-run check, print does not",
    )
    add("--base-url", metavar="URL", help="instead of what the configuration says")
    add("--model", metavar="NAME", help="instead of what the configuration says")
    add(
        "--header",
        metavar="NAME:VALUE",
        action="append",
        default=[],
        type=_header,
        help="sent with the API's requests; repeatable",
    )
    add("--public-roots", metavar="PEM", type=_pem, help="a file that replaces every bundled list of public roots")
    add(
        "--control",
        metavar="URL",
        action="append",
        default=[],
        type=_web_address,
        help="control host to ask instead of the usual ones; repeatable",
    )
    add(
        "--resolver",
        metavar="ADDR|URL",
        action="append",
        default=[],
        type=_resolver,
        help="resolver to ask instead of the usual ones; repeatable",
    )
    add("--project", metavar="DIR", type=_folder, help="whose project settings count (default: this folder)")
    add("--quick", action="store_true", help="only the checks on the path itself")
    add("--run-helper", action="store_true", help="may run your apiKeyHelper; without it no program of yours is run")
    add(
        "--timeout",
        metavar="S",
        type=_seconds,
        default=30.0,
        help="upper bound for the whole run in seconds (default 30)",
    )
    add("--plan", action="store_true", help="print what would be run and asked, and run nothing")
    add("--upload", metavar="URL", type=_web_address, help="send the report to this dashboard")
    add("--token", metavar="T", help="the token the dashboard showed")
    add("--run", metavar="ID", help="the run of the dashboard that waits for this report")
    add("--yes", action="store_true", help="send without asking")
    return parser


def shown_url(text: str) -> str:
    """An address of the command line as it may be printed: without credentials, query and keys."""
    from diagnostics.engine.environment.urls import printable

    return _without_secrets(printable(text))


def _without_secrets(text: str) -> str:
    from diagnostics.engine.hiding import scrub  # only when there is something to say, which is seldom

    return scrub(text)


def _refuse(sentence: str) -> NoReturn:
    raise argparse.ArgumentTypeError(sentence)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        _refuse(f"{text!r} is not a number of seconds")
    if not math.isfinite(seconds) or not 1 <= seconds <= LONGEST:
        _refuse(f"give between 1 and {LONGEST:.0f} seconds")
    return seconds


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip() or any(sign in text for sign in "\r\n\0"):
        _refuse("write it as NAME:VALUE")
    return name.strip(), value.strip()


def _pem(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read(4 << 20)
    except OSError as error:
        _refuse(f"{path} cannot be read ({error.strerror})")
    if "-----BEGIN CERTIFICATE-----" not in text:
        _refuse(f"{path} holds no certificate in PEM form")
    return text


def _web_address(text: str) -> str:
    try:
        split = urlsplit(text)
        usable = split.scheme in ("http", "https") and split.hostname and (split.port is None or split.port > 0)
    except ValueError:
        usable = False
    if not usable:
        _refuse(f"{shown_url(text)!r} is not an address that begins with https:// or http://")
    return text


def _resolver(text: str) -> str:
    if text.startswith("https://"):
        return _web_address(text)
    try:
        # "192.0.2.1", "192.0.2.1:5353", "2001:db8::1", "[2001:db8::1]:5353"
        split = urlsplit(f"//{text}" if text.count(":") < 2 or text.startswith("[") else f"//[{text}]")
        ipaddress.ip_address(split.hostname or "")
        split.port  # noqa: B018  a bad port raises here
    except ValueError:
        _refuse(f"{shown_url(text)!r} is neither an address nor an https:// URL")
    return text


def _folder(path: str) -> str:
    if not os.path.isdir(path):
        _refuse(f"there is no folder {path}")
    return os.path.abspath(path)
