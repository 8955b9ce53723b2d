"""The command line of ``contract/report.md``, read into a record. What is wrong with it is said in one sentence; the exit code is then 2."""

from __future__ import annotations

import argparse
import ipaddress
import math
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn, Optional, Union
from urllib.parse import urlsplit

from diagnostics.engine.waiting import Patience

if TYPE_CHECKING:  # what only some command lines need must not hold up the first line on the terminal
    from diagnostics.engine.request.given import Given
    from diagnostics.engine.secrets import Secret

WRONG_COMMAND = 2
CLIENT = "claude-code"
LONGEST = 600.0
LONGEST_WATCH = 86_400.0
ONE_RUN = "tsu_"  # how a token begins that a single run takes
_TOKEN = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)  # RFC 9110 5.6.2
_LARGEST_PEM = 4 << 20  # bytes
_PATIENCE = 5.0  # seconds for a file or folder of the command line, of a limit that is long enough


@dataclass(frozen=True)
class Options:
    """What was asked for. ``token`` is opened only where it is sent."""

    json: bool = False
    client: str = CLIENT
    mode: str = "auto"
    base_url: Optional[str] = field(default=None, repr=False)
    model: Optional[str] = None
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    public_roots: Optional[str] = field(default=None, repr=False)  # PEM text
    controls: tuple[str, ...] = ()
    resolvers: tuple[str, ...] = ()
    project: Optional[str] = None
    request: Optional[Given] = field(default=None, repr=False)
    send_message: bool = False
    quick: bool = False
    timeout: float = 30.0
    plan: bool = False
    watch: Optional[float] = None  # seconds from one run's beginning to the next one's
    paste: bool = False
    upload: Optional[str] = None
    token: Optional[Secret] = None
    run_helper: bool = False
    run: Optional[str] = None
    yes: bool = False
    only: frozenset[str] = frozenset()  # probes that a dashboard asked for by name; no option says it


class WrongCommand(Exception):
    """The command line cannot be followed; the text says why and what to write."""


class Help(Exception):
    """``--help`` was asked for; the text is it."""


class QuietParser(argparse.ArgumentParser):
    """One that prints nothing and ends nothing by itself."""

    def error(self, message: str) -> NoReturn:
        raise WrongCommand(_without_secrets(message))

    def print_help(self, file: object = None) -> NoReturn:
        raise Help(self.format_help())


def read(arguments: Sequence[str], asks: bool) -> Options:
    """The options of a command line. ``asks`` tells that somebody is there to answer a question. Raises ``WrongCommand``."""
    wants_help = not {"-h", "--help"}.isdisjoint(arguments)
    given, strange = _parser(_clients() if wants_help else CLIENT).parse_known_args(list(arguments))
    if strange:  # not repeated: a key that was pasted in the wrong place is among them
        named = (
            ", ".join(one.partition("=")[0] for one in strange if one.startswith("--")) or "a word without an option"
        )
        raise WrongCommand(f"this is no option here: {_without_secrets(named)}")
    _fit(given, asks)
    patience = Patience(given.timeout / 2, each=_PATIENCE)
    return Options(
        json=given.json,
        client=given.client,
        mode=given.mode,
        base_url=given.base_url,
        model=given.model,
        headers=tuple(given.header),
        public_roots=_pem(given.public_roots, patience) if given.public_roots else None,
        controls=tuple(given.control),
        resolvers=tuple(given.resolver),
        project=_folder(given.project, patience) if given.project else None,
        request=_request(given.request, patience) if given.request else None,
        send_message=given.send_message,
        quick=given.quick,
        timeout=given.timeout,
        plan=given.plan,
        watch=given.watch,
        paste=given.paste,
        upload=given.upload,
        token=_secret(given.token) if given.token else None,
        run_helper=given.run_helper,
        run=given.run,
        yes=given.yes,
    )


def _fit(given: argparse.Namespace, asks: bool) -> None:
    """Refuse options that do not go together."""
    if given.upload and not given.token:
        raise WrongCommand("--upload needs --token: the dashboard shows both in the command of a run.")
    if given.token and not given.upload:
        raise WrongCommand("--token belongs to --upload URL.")
    if given.run and not (given.upload or given.paste):
        raise WrongCommand("--run belongs to --upload URL, or to --paste.")
    if given.paste and given.json:
        raise WrongCommand("--paste and --json are two forms of the same report: leave one out.")
    if given.watch is not None and given.paste:
        raise WrongCommand("--watch prints one JSON line a run and does not go with --paste.")
    if given.watch is not None and given.upload and given.token.startswith(ONE_RUN):
        raise WrongCommand(
            "this token is for one run, and --watch sends many: the environment's page makes one under “Keep the probe listening”."
        )
    if given.upload and not (given.yes or asks or given.plan):
        raise WrongCommand("Nobody is here to be asked whether the report may be sent: add --yes to send it.")


def _clients() -> str:
    """Every client whose rules are known, the default first."""
    from diagnostics.engine import library

    names = sorted(library.load().clients, key=lambda name: (name != CLIENT, name))
    return ", ".join(f"{name} (default)" if name == CLIENT else name for name in names)


def _parser(clients: str) -> argparse.ArgumentParser:
    parser = QuietParser(
        prog="probe.pyz",
        description="Names the one cause why a client cannot talk to its LLM API. It changes nothing, and sends nothing that is billed "
        "unless --send-message says so.",
        epilog="Other commands: decode [FILE] [--json | --jsonl] ranks causes for a text (decode --help), scan PATH... looks for keys in files and "
        "for settings that cannot work (scan --help). "
        "Exit code: 0 nothing stops the client, 1 a cause was named, 2 the command line was wrong, "
        "3 the evidence does not decide, 4 our own fault.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--json", action="store_true", help="print the report as JSON and nothing else")
    add(
        "--client",
        metavar="NAME[@VERSION]",
        default=CLIENT,
        type=_client,
        help=f"whose rules count: {clients}",
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
        help="sent with the API's requests, and judged; without a value that header is left out; repeatable",
    )
    add("--request", metavar="FILE", help="a request body to judge: here, and by the API's free count of tokens")
    add("--send-message", action="store_true", help="may send one smallest real message, which is billed: see --plan")
    add("--public-roots", metavar="PEM", help="a file that replaces every bundled list of public roots")
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
    add("--project", metavar="DIR", help="whose project settings count (default: this folder)")
    add("--quick", action="store_true", help="only the checks on the path itself")
    add("--run-helper", action="store_true", help="may run your apiKeyHelper; without it no program of yours is run")
    add(
        "--timeout",
        metavar="S",
        type=seconds,
        default=30.0,
        help="upper bound for the whole run in seconds (default 30)",
    )
    add("--plan", action="store_true", help="print what would be run and asked, and run nothing")
    add(
        "--watch",
        metavar="S",
        type=_interval,
        help="repeat every S seconds, one JSON line a run, until Ctrl-C; with --upload also when the dashboard asks",
    )
    add("--paste", action="store_true", help="print the report as a block of text to paste into the dashboard")
    add("--upload", metavar="URL", type=_web_address, help="send the report to this dashboard")
    add("--token", metavar="T", help="the token the dashboard showed")
    add("--run", metavar="ID", help="the run of the dashboard that waits for this report")
    add("--yes", action="store_true", help="send without asking")
    return parser


def shown_url(text: str) -> str:
    """An address of the command line as it may be printed: without credentials, query and keys."""
    from diagnostics.engine.disguises import is_made
    from diagnostics.engine.environment.urls import printable

    parts = printable(text).split("/")
    return _without_secrets("/".join("…" if is_made(part) else part for part in parts))


def _without_secrets(text: str) -> str:
    from diagnostics.engine.hiding import scrub  # only when there is something to say, which is seldom

    return scrub(text)


def _refuse(sentence: str) -> NoReturn:
    raise argparse.ArgumentTypeError(sentence)


def _client(text: str) -> str:
    name, at, version = text.partition("@")
    if not name or (at and not version[:1].isdigit()):
        _refuse(f"write it as NAME or NAME@VERSION, such as {CLIENT}@2.1.197")
    return text


def seconds(text: str, most: float = LONGEST) -> float:
    """A number of seconds as somebody typed it."""
    try:
        seconds = float(text)
    except ValueError:
        _refuse(f"{text!r} is not a number of seconds")
    if not math.isfinite(seconds) or not 1 <= seconds <= most:
        _refuse(f"give between 1 and {most:.0f} seconds")
    return seconds


def _interval(text: str) -> float:
    return seconds(text, LONGEST_WATCH)


def _secret(text: str) -> Secret:
    from diagnostics.engine.secrets import Secret

    return Secret(text)


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not _TOKEN.fullmatch(name.strip()):
        _refuse("write it as NAME:VALUE")
    return name.strip(), value.strip(" \t")


def _request(path: str, patience: Patience) -> Given:
    """The body in a file, or of a pipe, unless nobody writes to it."""

    def read() -> Union[Given, OSError]:
        try:
            from diagnostics.engine.request.given import from_file

            return from_file(path)
        except (OSError, ValueError) as error:  # ValueError: a null character in the path
            return error if isinstance(error, OSError) else OSError(0, "this is no path")

    given = patience.wait(read, OSError(0, "nothing comes from it"))
    if isinstance(given, OSError):
        raise WrongCommand(f"--request: {_without_secrets(path)} cannot be read ({given.strerror}).")
    return given


def _pem(path: str, patience: Patience) -> str:
    """The text of a file of certificates; a pipe is as good as a file, unless nobody writes to it."""

    def read() -> Union[bytes, OSError]:
        try:
            with open(path, "rb") as file:
                return file.read(_LARGEST_PEM + 1)
        except (OSError, ValueError) as error:  # ValueError: a null character in the path
            return error if isinstance(error, OSError) else OSError(0, "this is no path")

    content = patience.wait(read, OSError(0, "nothing comes from it"))
    if isinstance(content, OSError):
        raise WrongCommand(f"--public-roots: {_without_secrets(path)} cannot be read ({content.strerror}).")
    if len(content) > _LARGEST_PEM:
        raise WrongCommand(f"--public-roots: {_without_secrets(path)} is larger than {_LARGEST_PEM >> 20} MiB.")
    text = content.decode("utf-8", "replace")
    from diagnostics.engine.net.trust import holds_certificates

    if not holds_certificates(text):
        raise WrongCommand(f"--public-roots: {_without_secrets(path)} holds no certificate in PEM form.")
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


def _folder(path: str, patience: Patience) -> str:
    try:
        if patience.wait(lambda: os.path.isdir(path), False):
            return os.path.abspath(path)
    except (OSError, ValueError):  # the current folder has been removed; a null character in the path
        pass
    raise WrongCommand(f"--project: there is no folder {_without_secrets(path)}.")
