"""What is wrong with the address of a request, whose it is, and which protocol it asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from urllib.parse import parse_qsl, urlsplit

from diagnostics.engine.environment.urls import UnreadableUrl, Url, parse, printable
from diagnostics.payloads.knowing import Known, Protocol
from diagnostics.payloads.records import Fault, Request

_VARIABLE = re.compile(r"^\s*[\"']?(?:\$\{?\w+\}?|%\w+%|\{\{.*?\}\})")
TAKEN_OUT = "TAKEN-OUT"
"""What stands in an address in the place of a part that may be a secret."""

_KEY = re.compile(r"(?:^|[^a-z])(?:sk-|gsk_|xai-|AIza|eyJ|ghp_|glpat-|hf_|xox[a-z]-)", re.IGNORECASE)
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_LONGEST_WORD = 16
_KEY_NAMES = ("key", "api_key", "apikey", "api-key", "x-api-key", "token", "access_token")


@dataclass(frozen=True)
class Address:
    """An address as read: ``url`` None where it is none or a variable; ``vendor`` whose host it is; ``shown`` without secrets."""

    url: Url | None
    vendor: str | None
    shown: str
    path: str = ""  # of a relative one, which names no host
    whole: bool = True  # with the endpoint's path, or a base that a client completes


def read(request: Request, known: Known) -> tuple[Address, tuple[Fault, ...]]:
    """The address of a request and what is wrong with how it is written."""
    text = request.url.strip()
    base = request.kind == "code"
    if not text or _VARIABLE.match(text):
        return Address(None, None, "", whole=not base), ()
    if re.match(r"/(?!/)", text):
        path = re.split("[?#]", text, maxsplit=1)[0].rstrip("/")
        return Address(None, None, "", path), ()
    try:
        url = parse(text, "rfc3986")
    except UnreadableUrl as problem:
        return Address(None, None, "", whole=not base), (_unreadable(problem.problem, text),)
    url = _without_secrets(url)
    shown = printable(text) if url.path in text and url.host in text.lower() else f"{url.origin}{url.path}"
    address = Address(url, known.vendors.of_host(url.host), shown, whole=not base)
    return address, (*_written(url, text, base), *_of_host(url, address.vendor, known))


def _of_host(url: Url, vendor: str | None, known: Known) -> Iterator[Fault]:
    """A scheme, a port or a host that is near the right one."""
    hosts = known.raw["hosts"]
    if url.scheme not in ("http", "https"):
        yield Fault("address", "address", "begins with another scheme than https://", "certain")
    if url.scheme == "https" and url.port == 80:
        yield Fault(
            "address", "address", "asks for https at port 80, where http is spoken; leave the port out", "likely"
        )
    meant = hosts["sites"].get(url.host)
    if meant is not None:
        yield Fault("address", "address", "is a site for people; the API has a host of its own", "certain", near=meant)
    elif vendor is None and (near := get_close_matches(url.host[:80], hosts["api"], 1, 0.9)):
        yield Fault("address", "address", f"has a host that is near {near[0]} and is not it", "likely", near=near[0])


def safe(text: str) -> str:
    """An address without credentials, query and what looks like a key or a token, read or not: as a list may show it."""
    bare = printable(text)
    scheme, mark, rest = bare.partition("://") if "://" in bare else ("", "", bare)
    return scheme + mark + "/".join(TAKEN_OUT if _is_secret(part) else part for part in rest.split("/"))


def _without_secrets(url: Url) -> Url:
    """The same, with a word in the place of each part that may be a key: a gateway that is reached by a secret address."""
    parts = [TAKEN_OUT if _is_secret(part) else part for part in url.path.split("/")]
    host = f"{TAKEN_OUT.lower()}.invalid" if any(_is_secret(part) for part in url.host.split(".")) else url.host
    return replace(url, path="/".join(parts), host=host)


def _is_secret(part: str) -> bool:
    """A key by its beginning, or a long run of letters and digits that nobody would take for a name or a version."""
    if _KEY.search(part) or _UUID.fullmatch(part):
        return True
    runs = [run for run in re.split(r"[^A-Za-z0-9]", part[:2000]) if len(run) >= _LONGEST_WORD]
    mixed = len(part) > 30 and all(re.search(signs, part) for signs in ("[a-z]", "[A-Z]", "[0-9]"))
    return mixed or any(re.search("[0-9]", run) and re.search("[A-Za-z]", run) for run in runs) or len(part) > 200


def _unreadable(problem: str, text: str) -> Fault:
    if problem == "no_scheme" and re.match(r"[\w.-]+(?::\d+)?(?:/|$)", text):
        return Fault(
            "address", "address", "has no https:// in front", "certain", near="https://" + printable(text)[:120]
        )
    return Fault("address", "address", "cannot be read as an address", "certain")


def _written(url: Url, text: str, base: bool) -> Iterator[Fault]:
    if re.search(r"/v1(?:/v1)+(?:/|$)", url.path):
        yield Fault(
            "address",
            "address",
            "has /v1 twice, so the path does not exist; a base URL for Anthropic's SDK ends before /v1",
            "certain",
        )
    elif base and url.path.endswith("/v1"):
        yield Fault(
            "address", "base_url", "ends with /v1, and the SDK adds /v1/messages to it; take it away", "certain"
        )
    if "//" in url.path:
        yield Fault("address", "address", "has two slashes in a row in its path", "likely")
    if url.scheme == "http" and not re.fullmatch(r"localhost|127\..*|\[?::1\]?|10\..*|192\.168\..*|[^.]+", url.host):
        yield Fault("address", "address", "is plain http: the key would travel readable; write https", "likely")
    query = dict(parse_qsl(urlsplit(text.replace("\n", "")).query[:4000])) if "?" in text else {}
    if any(name.lower() in _KEY_NAMES and value for name, value in query.items()):
        yield Fault(
            "key",
            "address",
            "has a key in its query, which servers and proxies write into their logs; send it in a header",
            "certain",
        )
    if url.userinfo:
        yield Fault(
            "key", "address", "has a user or a password before its host; send the credential in a header", "likely"
        )


def protocol_by_path(address: Address, known: Known) -> Protocol | None:
    """The protocol whose endpoint the path is."""
    path = address.url.path if address.url is not None else address.path
    fitting = [one for one in known.protocols.values() if re.search(one.path, path)]
    return max(fitting, key=lambda one: len(one.path), default=None)


def faults(request: Request, address: Address, protocol: Protocol, known: Known) -> Iterator[Fault]:
    """What is wrong between the address and the protocol that the body is written for."""
    url = address.url
    if url is None:
        return
    asked = protocol_by_path(address, known)
    if asked is None and address.whole and not re.search(r"/(?:batches|v1/complete|models)", url.path):
        allowed = tuple(one.base for one in known.protocols.values() if one.vendor == protocol.vendor)
        if address.vendor in ("anthropic", "openai"):
            yield Fault("address", "address", f"is no endpoint of {protocol.title}", "certain", allowed=allowed)
    if url.path.endswith("/v1/complete"):
        yield Fault(
            "address", "address", "is the endpoint of the retired Text Completions; use /v1/messages", "certain"
        )
    if address.vendor in ("anthropic", "openai") and address.vendor not in (protocol.vendor, *protocol.also_at):
        title = known.titles.get(address.vendor, address.vendor)
        yield Fault("address", "address", f"is {title}'s, and the body is written for {protocol.title}", "certain")
    if request.method and request.method != "POST" and asked is not None:
        yield Fault(
            "address", "method", f"is {request.method[:10]}, and this endpoint takes POST", "certain", ("POST",)
        )
