"""A request as PowerShell's own commands send it, and as browsers copy it for PowerShell. Read, never run."""

from __future__ import annotations

import re

from diagnostics.payloads.records import Request

_BEGIN = re.compile(
    r"\b(?:Invoke-WebRequest|Invoke-RestMethod|iwr|irm)\b|\bcurl\s[^\n]{0,2000}?-H(?:eaders)?\s+@\{", re.IGNORECASE
)
_TEXT = r"""@'\r?\n(?P<here>.*?)\r?\n'@|@"\r?\n(?P<herex>.*?)\r?\n"@|'(?P<single>(?:[^']|'')*)'|"(?P<double>(?:[^"`]|`.|"")*)\""""
_OPTION = re.compile(
    rf"(?<=\s)-(?P<name>Uri|Method|ContentType|Body)[ \t]+(?:{_TEXT}|(?P<other>[^\s`;|]+))", re.IGNORECASE | re.DOTALL
)
_HEADERS = re.compile(r"(?<=\s)-H(?:eaders)?[ \t]+@\{(?P<inside>[^{}]{0,20000})\}", re.IGNORECASE)
_PAIR = re.compile(
    r"""["']?(?P<key>[\w-]{1,100})["']?\s*=\s*(?:"(?P<double>(?:[^"`]|`.)*)"|'(?P<single>[^']*)'|(?P<other>\$[\w:.]+))""",
    re.DOTALL,
)
_ADDRESS = re.compile(r"(?:Invoke-\w+|iwr|irm|curl)\s+[\"']?(?P<url>https?://[^\s\"'`]+)", re.IGNORECASE)


def request(text: str) -> Request | None:
    """The request of the first such command; None where there is none. A body that is made elsewhere is said to be."""
    begin = _BEGIN.search(text)
    if begin is None:
        return None
    command = text[begin.start() :]
    options = {found["name"].lower(): found for found in _OPTION.finditer(command)}
    written = _HEADERS.search(command)
    headers = [(one["key"], _plain(one)) for one in _PAIR.finditer(written["inside"])] if written else []
    if "contenttype" in options:
        headers.append(("Content-Type", _plain(options["contenttype"])))
    body = options.get("body")
    known = body is not None and body["other"] is None
    first = _ADDRESS.search(command)
    if "uri" not in options and first is None and not known:
        return None
    splatted = re.search(r"\s@[A-Za-z_]", command) is not None  # options that are made elsewhere
    return Request(
        kind="powershell",
        body=_plain(body) if body is not None and known else None,
        method=_plain(options["method"]).upper() if "method" in options else "" if splatted else "GET",
        url=_plain(options["uri"]) if "uri" in options else first["url"] if first else "",
        headers=tuple(headers),
        complete=not splatted and (written is not None or "headers" not in command.lower()),
        notes=() if known else ("The body is made elsewhere: paste its JSON to have it checked.",),
    )


def _plain(found: re.Match[str]) -> str:
    """A text as PowerShell reads it."""
    groups = found.groupdict()
    for name in ("here", "herex", "other"):
        if groups.get(name) is not None:
            return str(groups[name])
    if groups.get("single") is not None:
        return str(groups["single"]).replace("''", "'")
    double = str(groups.get("double") or "").replace('""', '"')
    return re.sub(r"`(.)", lambda one: {"n": "\n", "t": "\t", "r": "\r"}.get(one[1], one[1]), double, flags=re.DOTALL)
