"""What a text says in a form rather than in words: statuses and who spoke them, error bodies, the addresses that were tried.

Error bodies are read pair by pair, so that cut, escaped, wrapped, Python's and YAML's forms are read like JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from diagnostics.engine.decoder.reading import View

_REASONS = (
    "bad request|unauthorized|payment required|forbidden|not found|method not allowed|not acceptable|proxy authentication required"
    "|request time-?out|conflict|gone|"
    "length required|payload too large|request entity too large|content too large|uri too long|unsupported media type"
    "|unprocessable (?:entity|content)|"
    "too many requests|request header fields too large|unavailable for legal reasons|internal server error|not implemented|bad gateway|"
    "service (?:temporarily )?unavailable|gateway time-?out|network authentication required|overloaded|"
    "client error|server error|status code|web server is down|connection timed out|ssl handshake failed|invalid ssl certificate"
)
_STATUS = re.compile(
    r"(?:\bhttp/[\d.]{1,3} +|\bstatus(?:[ _-]?(?:code|text))?[\"'`]{0,2} {0,3}(?:[:=(]|of|is|was|code|to)? {0,3}[\"'(]{0,2}"
    r"|\berror code:? |\bhttp(?: (?:error|status|code|response|response code))?:? {0,2}\(?|"
    r"api error:? {0,2}\(?|\bresponse(?: code| status)?:? {0,2}\(?|returned(?: an?)?(?: http)?(?: error| status)?(?: code)?:? {0,2}"
    r"|\bcode[\"'`]{0,2} {0,2}[:=] {0,2}[\"']?|返回(?:状态)?码? ?|antwortet(?: mit)? |(?:->|→|=>) ?|error[: ]{1,2}[\"'(]?|exception: |"
    r"\brejected \(|\bgot |\bstatus[a-z]{0,8}: \"?)([1-5]\d\d)(?![\d.,]*\d)\b"
    r"|(?<![\d.:/\"-])\b([1-5]\d\d)[\"']?[ :,-]{1,3}[\"']?(?:" + _REASONS + r")\b"
    r"|(?:^|[\n>(\[] ?)([45]\d\d) (?=[{<\[])"
    r"|\(([45]\d\d)\)|\[([45]\d\d)\](?= (?:" + _REASONS + r"))"
)
_KNOWN = frozenset(
    (
        *range(200, 207),
        *range(300, 309),
        *range(400, 418),
        *range(421, 432),
        444,
        451,
        499,
        *range(500, 512),
        *range(520, 531),
    )
)
_ACCESS = re.compile(r"http/[\d.]{1,3}\" ([1-5]\d\d)\b")
_API_PATH = re.compile(
    r"/v\d[a-z0-9]{0,6}/(?:messages|chat/completions|completions|responses|models|embeddings)|/api/hello|/oauth/(?:hello|token)"
    r"|:generatecontent|/invoke"
)
_PAIR = re.compile(
    r"(?<![\w.])\\{0,7}[\"'`]? {0,1}(type|__type|message|msg|detail|details|code|status|error|error_description|error_code|errorcode"
    r"|reason|param|request_id|requestid|syscall|errno|name|title) {0,1}"
    r"\\{0,7}[\"'`]? {0,6}[:=] {0,6}(b?\\{0,7}[\"'`])?",
)
_TUNNEL = re.compile(
    r"connect tunnel|tunnel|proxy (?:response|returned|replied|answered)|from proxy after connect|proxyconnect|proxy returns"
    r"|http tunneling|^connect "
)
_ADDRESS = re.compile(
    r"(?<![\w.])((?:\d{1,3}\.){3}\d{1,3}|\[?(?:[0-9a-f]{1,4}:){1,7}(?::?[0-9a-f]{1,4}){0,7}\]?|\[?::1?\]?|localhost"
    r"|(?:[a-z0-9_-]{1,63}\.){1,8}[a-z]{2,24})(?:[:.]| port |',? port=|, port )(\d{1,5})(?![\d.])"
)
_URL = re.compile(
    r"\b(https?|wss?|socks[45]?h?)://(?:[^\s/@\"'<>]{0,200}@)?(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,200})(?::(\d{1,5}))?(/[^\s\"'<>)\]}]{0,200})?"
)
_ASKED = re.compile(r"(?:\bhost: |\* connected to |\bsni=)([a-z0-9-]{1,60}(?:\.[a-z0-9-]{1,60}){1,6})\b")
_VALUE_MOST = 600


@dataclass(frozen=True)
class Status:
    """A status that somebody answered. ``tunnel``: to a CONNECT, so by a proxy."""

    at: int
    end: int
    number: int
    tunnel: bool


@dataclass(frozen=True)
class Pair:
    """A name and its value in an error body."""

    at: int
    end: int
    name: str
    value: str


@dataclass(frozen=True)
class Place:
    """A host or address that the text names, with its port and path where it does."""

    at: int
    host: str
    port: int
    path: str = ""
    scheme: str = ""


def is_api_path(path: str) -> bool:
    """Whether a path in lower case is one of an LLM API."""
    return _API_PATH.search(path) is not None


def statuses(view: View) -> Iterator[Status]:
    """Every status of an answer, in order; of server logs only those of an LLM API's paths."""
    for found in _STATUS.finditer(view.lowered):
        group = next(number for number in (1, 2, 3, 4, 5) if found.group(number))
        number = int(found.group(group))
        if number not in _KNOWN:
            continue
        before = view.lowered[max(view.line_begin(found.start()), found.start() - 90) : found.end() + 40]
        yield Status(found.start(group), found.end(group), number, bool(_TUNNEL.search(before)))
    for found in _ACCESS.finditer(view.lowered):
        if _API_PATH.search(view.lowered, max(found.start() - 120, 0), found.start()):
            yield Status(found.start(1), found.end(1), int(found.group(1)), False)


def pairs(view: View) -> Iterator[Pair]:
    """Names and values of error bodies, in whichever quotes and however escaped."""
    for found in _PAIR.finditer(view.lowered):
        quote = found.group(2)
        begin = found.end()
        if quote:
            end = _closing(view.text, begin, view.text[begin - 1], len(quote) - 1 - quote.startswith("b"))
        else:
            end = begin
            while end < len(view.text) and end - begin < 120 and view.text[end] not in ",}{\n[":
                end += 1
        if end > begin:
            yield Pair(found.start(1), end, found.group(1), view.text[begin:end].strip())


def _closing(text: str, begin: int, quote: str, escapes: int) -> int:
    """Where a quoted value ends: at a quote behind no more backslashes than the opening one has; where it is cut, at the limit."""
    at = text.find(quote, begin, begin + _VALUE_MOST)
    while at >= 0:
        slashes = at
        while slashes > begin and text[slashes - 1] == "\\":
            slashes -= 1
        if at - slashes <= escapes:
            return slashes
        at = text.find(quote, at + 1, begin + _VALUE_MOST)
    return min(begin + _VALUE_MOST, len(text))


def places(view: View) -> Iterator[Place]:
    """Hosts and addresses with a port, URLs, and whom a request was to."""
    for found in _ASKED.finditer(view.lowered):
        yield Place(found.start(), found.group(1), 443)
    for found in _URL.finditer(view.lowered):
        port = found.group(3)
        yield Place(
            found.start(), found.group(2).strip("[]"), int(port) if port else 0, found.group(4) or "", found.group(1)
        )
    for found in _ADDRESS.finditer(view.lowered):
        yield Place(found.start(), found.group(1).strip("[]"), int(found.group(2)))
