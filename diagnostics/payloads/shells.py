"""A ``curl`` command as a shell reads it: POSIX, the Windows prompt, or PowerShell. Nothing is run, no variable and no file is looked up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from diagnostics.payloads import apostrophes, slips, variables
from diagnostics.payloads.records import Fault, Request

_BEGIN = re.compile(
    r"(?:^|[\n;|&$>]|\b(?:sudo|time|exec)\s)[ \t]*\$?[ \t]*(?:[A-Z_]\w{0,60}=\S{0,400}[ \t]{1,20}){0,5}(curl(?:\.exe)?)(?=\s)",
    re.IGNORECASE,
)
_HEREDOC = re.compile(r"<<-?[ \t]{0,9}(['\"]?)(\w{1,80})\1[^\n]{0,400}\n")
_ANSI = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "\\": "\\",
    "'": "'",
    '"': '"',
    "a": "\a",
    "b": "\b",
    "e": "\x1b",
    "f": "\f",
    "v": "\v",
}
_LONG_WITH_VALUE = frozenset(
    (  # noqa: SIM905  one name a line would hide the tables around
        "header data data-raw data-binary data-ascii data-urlencode json request url user user-agent referer cookie cookie-jar output "
        "proxy proxy-user max-time connect-timeout form upload-file cert key cacert capath write-out resolve retry retry-delay "
        "retry-max-time oauth2-bearer config limit-rate interface tls-max ciphers dump-header connect-to noproxy proxy-header "
        "unix-socket aws-sigv4 keepalive-time speed-time speed-limit url-query variable expand-data rate"
    ).split()
)
_SHORT_WITH_VALUE = {
    "H": "header", "d": "data", "X": "request", "u": "user", "A": "user-agent", "e": "referer", "b": "cookie",
    "c": "cookie-jar", "o": "output",
    "x": "proxy", "U": "proxy-user", "m": "max-time", "F": "form", "T": "upload-file", "E": "cert", "w": "write-out",
    "K": "config", "D": "dump-header",
}  # fmt: skip
_DATA = ("data", "data-raw", "data-binary", "data-ascii", "data-urlencode", "json")


@dataclass
class _Told:
    """What the options of one command say."""

    url: str = ""
    method: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    is_json: bool = False
    as_query: bool = False
    shell: str = ""
    cut: bool = False  # by an apostrophe in the body
    insecure: bool = False
    form: bool = False
    elsewhere: bool = False  # the whole body is a variable
    literal: list[str] = field(
        default_factory=list
    )  # headers with a variable in single quotes, which the shell leaves alone


def find(text: str) -> str | None:
    """The first ``curl`` command of a text, from its name to where it may end; None where there is none."""
    found = _BEGIN.search(text)
    return text[found.start(1) :] if found else None


def request_of(command: str) -> Request:
    """The request that a command would send."""
    command, broken = slips.joined(command)
    unknown = slips.quotes(command, _shell(command))
    if unknown is not None:
        return Request(
            "curl", faults=(unknown,), notes=("Nothing else of the command was checked: correct its quotes first.",)
        )
    heredoc = _HEREDOC.search(command)
    here = _here(command, heredoc)
    words = list(split(command[: heredoc.start()] + "\n" if heredoc else command))
    told = _options(words[1:], here)
    told.shell = _shell(command)
    if not told.method:
        told.method = "POST" if (told.data or told.files or told.form) and not told.as_query else "GET"
    headers = _headers(told)
    body = "&".join(told.data) if told.data and not told.as_query else None
    unresolved: tuple[str, ...] = ()
    told.elsewhere = body is not None and variables.is_one(body)
    if body is not None:
        body, unresolved = (None, ()) if told.elsewhere else variables.settled(body)
        meant = (
            apostrophes.whole(command, body)
            if body and told.shell == "posix" and not heredoc and not unresolved
            else None
        )
        told.cut = meant is not None
        body = meant or body
    return Request(
        kind="curl",
        body=body,
        method=told.method.upper(),
        url=told.url,
        headers=tuple(headers),
        complete=True,
        notes=tuple(_notes(told)),
        faults=(*((broken,) if broken else ()), *_faults(told)),
        unresolved=unresolved,
    )


def _here(command: str, found: re.Match[str] | None) -> str:
    if found is None:
        return ""
    end = re.compile(rf"^[ \t]*{found[2]}[ \t]*$", re.MULTILINE).search(command, found.end())
    text = command[found.end() : end.start() if end else len(command)].rstrip("\n")
    return text if found[1] else variables.in_here_document(text)


def split(command: str) -> Iterator[str]:
    """The words of one command; ends where the command does."""
    kind = _shell(command)
    yield from {"cmd": _cmd_words, "powershell": _powershell_words, "posix": _posix_words}[kind](command)


def _shell(command: str) -> str:
    if re.search(r"\^[ \t]*\r?\n", command) or re.search(r'\^"', command):
        return "cmd"
    if re.search(r"`[ \t]*\r?\n", command) or command.lower().startswith("curl.exe"):
        return "powershell"
    return "posix"


_POSIX = re.compile(
    r"(?P<gap>[ \t\r]+)|(?P<join>\\\r?\n)|(?P<end>\n|;|&&|\|\|?|[<>])|\$'(?P<ansi>(?:[^'\\]|\\.)*)'|'(?P<single>[^']*)(?:'|$)|"
    r'\$?"(?P<double>(?:[^"\\]|\\.)*)(?:"|$)|\\(?P<escaped>.)|(?P<variable>'
    + variables.VARIABLE
    + r""")|(?P<plain>[^\s\\\'"$;|<>&]+|[$&])""",
    re.DOTALL,
)


def _posix_words(command: str) -> Iterator[str]:
    word: list[str] = []
    for found in _POSIX.finditer(command):
        group = found.lastgroup or "plain"
        if group in ("gap", "join", "end"):
            if word:
                yield "".join(word)
                word = []
            if group == "end":
                return
            continue
        text = found[group]
        if group == "ansi":
            text = _ansi(text)
        elif group == "double":
            text = variables.in_double_quotes(text)
        elif group == "variable":
            text = variables.marked(text)
        word.append(text)
    if word:
        yield "".join(word)


def _ansi(text: str) -> str:
    def one(found: re.Match[str]) -> str:
        code = found[1] or found[2] or found[3]
        if code:
            number = int(code, 16)
            return chr(number) if number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF else "\ufffd"
        return _ANSI.get(found[4], found[0])

    return re.sub(r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|(.))", one, text, flags=re.DOTALL)


def _cmd_words(command: str) -> Iterator[str]:
    """The prompt takes the carets away, then the program's own rule splits: a backslash escapes a quote, a doubled quote is one."""
    text = re.sub(r"\^\r?\n[ \t]*", " ", command)
    text = re.sub(r"\^(.)", r"\1", text)
    text = text.split("\n", 1)[0] if "\n" in text and text.count('"', 0, text.index("\n")) % 2 == 0 else text
    word: list[str] = []
    for found in re.finditer(
        r'(?P<gap>\s+)|"(?P<quoted>(?:[^"\\]|\\.|"")*)(?:"|$)|(?P<plain>(?:[^\s"\\]|\\"|\\)+)', text, re.DOTALL
    ):
        if found.lastgroup == "gap":
            if word:
                yield "".join(word)
                word = []
            continue
        piece = found[found.lastgroup or "plain"]
        word.append(piece.replace('\\"', '"').replace('""', '"').replace("\\\\", "\\"))
    if word:
        yield "".join(word)


_POWERSHELL = re.compile(
    r"(?P<gap>[ \t\r]+|`\r?\n)|(?P<end>\n|;|\|)|'(?P<single>(?:[^']|'')*)(?:'|$)|@'\r?\n(?P<here>.*?)\r?\n'@|"
    r'"(?P<double>(?:[^"`]|`.|"")*)(?:"|$)|`(?P<escaped>.)|(?P<plain>[^\s\'"`;|@]+|@)',
    re.DOTALL,
)


def _powershell_words(command: str) -> Iterator[str]:
    word: list[str] = []
    for found in _POWERSHELL.finditer(command):
        group = found.lastgroup or "plain"
        if group in ("gap", "end"):
            if word:
                yield "".join(word)
                word = []
            if group == "end":
                return
            continue
        text = found[group]
        if group == "single":
            text = text.replace("''", "'")
        elif group == "double":
            text = re.sub(
                r"`(.)",
                lambda one: {"n": "\n", "t": "\t"}.get(one[1], one[1]),
                text.replace('""', '"'),
                flags=re.DOTALL,
            )
        word.append(text.replace('\\"', '"') if group in ("single", "double") else text)
    if word:
        yield "".join(word)


def _options(words: list[str], here: str) -> _Told:
    told = _Told()
    place = 0
    while place < len(words):
        word = words[place]
        place += 1
        if word.startswith("--") and len(word) > 2:
            name = word[2:]
            value = words[place] if name in _LONG_WITH_VALUE and place < len(words) else None
            place += value is not None
            _option(told, name, value or "", here)
        elif word.startswith("-") and len(word) > 1:
            name, value, used = _short(word[1:], words[place] if place < len(words) else "", told)
            place += used
            _option(told, name, value, here)
        elif not told.url:
            told.url = variables.plain(word)
    return told


def _short(letters: str, after: str, told: _Told) -> tuple[str, str, int]:
    """Letters may stand together; the first that takes a value takes the rest, or the next word."""
    for at, letter in enumerate(letters):
        if letter in _SHORT_WITH_VALUE:
            rest = letters[at + 1 :]
            return _SHORT_WITH_VALUE[letter], rest or after, 0 if rest else 1
        if letter == "G":
            told.as_query = True
        if letter == "k":
            told.insecure = True
    return "", "", 0


def _option(told: _Told, name: str, value: str, here: str) -> None:
    written, value = value, value if name in _DATA else variables.plain(value)
    if name == "header":
        field_name, _, text = value.partition(":")
        if value == written and re.search(r"\$\{?[A-Z][A-Z0-9_]{2,}\}?\s*$", text):
            told.literal.append(field_name.strip().lower())
        told.headers.append((field_name.strip(), text.strip()))
    elif name in _DATA:
        _data(told, name, value, here)
    elif name == "request":
        told.method = value
    elif name == "url":
        told.url = value
    elif name == "user-agent":
        told.headers.append(("User-Agent", value))
    elif name == "oauth2-bearer":
        told.headers.append(("Authorization", f"Bearer {value}"))
    elif name == "form":
        told.form = True
    elif name == "get":
        told.as_query = True
    elif name == "insecure":
        told.insecure = True


def _data(told: _Told, name: str, value: str, here: str) -> None:
    told.is_json = told.is_json or name == "json"
    if value.startswith("@") and name != "data-raw":
        if value == "@-" and here:
            told.data.append(here)
        else:
            told.files.append(value[1:])
        return
    told.data.append(value)


def _headers(told: _Told) -> list[tuple[str, str]]:
    """Those of the options, and what curl adds by itself where none is given."""
    named = {name.lower() for name, _ in told.headers}
    added = []
    if told.is_json:
        added += [(name, "application/json") for name in ("Content-Type", "Accept") if name.lower() not in named]
    elif (told.data or told.files) and "content-type" not in named:
        added.append(("Content-Type", "application/x-www-form-urlencoded"))
    return [*told.headers, *added]


def _notes(told: _Told) -> Iterator[str]:
    if not told.data and not told.files and not told.form:
        yield "The command sends no body: it has no -d, --data or --json."
    if told.elsewhere:
        yield "The body comes from a variable or another command: paste what it holds, to have it checked."
    for name in told.files[:3]:
        if name == "-":
            yield "The body comes through a pipe (@-): paste what is piped as well, to have it checked."
        else:
            yield "The body stands in a file (@…): paste the file's content by itself to have it checked."


def _faults(told: _Told) -> Iterator[Fault]:
    for name in told.literal[:3] if told.shell == "posix" else ():
        says = "has its variable in single quotes, so the shell sends the name and not the value; write double quotes"
        yield Fault("key" if name in ("x-api-key", "authorization") else "headers", f"header {name}", says, "likely")
    if told.cut:
        says = "holds an apostrophe, and the shell ends the text there; in single quotes write '\\'' for each"
        yield Fault("json", "the body", says, "certain", kind="apostrophe")
    if told.as_query:
        yield Fault("address", "option -G", "makes the body a part of the address; leave it out", "certain")
    if told.form:
        yield Fault("headers", "option -F", "sends a form with files; the API takes JSON, so use --data", "certain")
    if told.insecure:
        says = "switches the check of certificates off, so anybody between can read the key; leave it out and trust the right authority"
        yield Fault("headers", "option -k", says, "maybe")
