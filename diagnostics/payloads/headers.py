"""What is wrong with the headers of a request. Values are looked at here and never told: of a key its kind, of the rest what is no secret."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches

from diagnostics.engine.environment import headers as engine
from diagnostics.engine.environment.clients.rules import KeyRules, Place
from diagnostics.engine.environment.keys import judge
from diagnostics.engine.environment.vendors import KeyShape
from diagnostics.engine.phrases import PHRASES
from diagnostics.payloads import schema
from diagnostics.payloads.knowing import Known, Protocol
from diagnostics.payloads.records import Fault, Request

CREDENTIALS = ("x-api-key", "authorization", "api-key", "x-goog-api-key", "proxy-authorization", "cookie")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_VARIABLE = re.compile(
    r"\$\{?\w+\}?|\$?\{[^{}]*\}|"
    r"%\w+%|\$env:\w+|\{\{.*\}\}|<[\w -]+>|"
    r"(?:os\.|process\.|import\.).*|.*(?:environ|getenv|env\.|env\[).*|\$\{?\w+[:?-].*\}",
    re.IGNORECASE,
)
_MASKED = re.compile(r"\[((?:sk-[\w-]*|gsk_|xai-|AIza|eyJ)?)…\w{0,4}(?: \(\d+ characters\))?\]")
_BEFORE_BEARERS = ("", "2023-01-01", "2023-06-01")  # with 2026-10-21 the SDKs send API keys as bearer tokens themselves
_STAND_IN = "Zq7w" * 9  # in the place of a key's secret part, which a browser has masked already
_JUNK = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_MOST_BETAS = 40
_MAYBE = ("truncated", "placeholder")


def values_of(request: Request) -> dict[str, str]:
    """Lower-case names and values; a name that stands twice has both, as they travel."""
    made: dict[str, str] = {}
    for name, value in request.headers:
        low = name.lower()
        made[low] = f"{made[low]}, {value}" if low in made else value
    return made


def betas_of(request: Request) -> tuple[str, ...]:
    """The values of anthropic-beta that go with it, of the header or of an SDK's argument."""
    written = values_of(request).get(engine.BETA, "")
    parts = (part.strip() for part in written.split(",", _MOST_BETAS)[:_MOST_BETAS])
    return (*request.betas, *(part for part in parts if part))[:_MOST_BETAS]


def is_sayable(beta: str) -> bool:
    """It is a beta's name as they all are, and no key that stands where one belongs."""
    return engine.sayable(beta) == beta or beta in schema.snapshot("messages_beta").betas


def credential_of(value: str) -> tuple[str, bool]:
    """A credential header's value without its scheme, and whether the scheme was Bearer."""
    scheme, _, rest = value.strip().partition(" ")
    return (rest.strip(), True) if scheme.lower() == "bearer" else (value.strip(), False)


def is_variable(value: str) -> bool:
    """It names where the key stands, and is none."""
    return _VARIABLE.fullmatch(value.strip()) is not None


def unmasked(value: str) -> str:
    """A masked key as one of its kind, by its public prefix; empty where nothing but its length was left."""
    found = _MASKED.fullmatch(value.strip())
    if found is None:
        return value
    return found[1] + _STAND_IN if found[1] else ""


def faults(request: Request, protocol: Protocol, host_vendor: str | None, known: Known) -> Iterator[Fault]:
    """Every fault of the headers; of code, where a client adds its own, only of those that are written."""
    values = values_of(request)
    yield from _form(request)
    if host_vendor in (None, "anthropic") and protocol.is_anthropic:
        for name, meant in _misnamed(values, host_vendor, known).items():
            yield Fault(
                "headers",
                f"header {name}",
                f"is read by nobody; {meant} is meant",
                "certain" if host_vendor else "likely",
                near=meant,
            )
            values[meant] = values[name]
    if protocol.is_anthropic and host_vendor in (None, "anthropic"):
        told = [*engine.version(values, request.complete, known.table["headers"])]
        severity = "likely" if request.url and host_vendor is None else "certain"  # a gateway may do without
        yield from (replace(_fault("header anthropic-version", one.says), severity=severity) for one in told)
    if request.body is not None and (request.complete or engine.TYPE in values):
        told = [*engine.media_type(values, True, known.table["headers"])]
        added = request.kind == "curl" and values.get(engine.TYPE) == "application/x-www-form-urlencoded"
        more = "; curl sends this by itself where none is given" if added else ""
        yield from (_fault("header content-type", one.says + more, "application/json") for one in told)
    if protocol.is_anthropic:
        yield from _betas(request, known)
    yield from _credentials(request, values, protocol, host_vendor, known)
    hops = [name for name in values if name in known.raw["hops"]["names"]]
    for name in hops:
        yield Fault("headers", f"header {name}", "is for the next hop, not for the API; leave it out", "maybe")


def _misnamed(values: Mapping[str, str], host_vendor: str | None, known: Known) -> dict[str, str]:
    """Names that are none, and the one that each is meant for, where that is not there."""
    made: dict[str, str] = {}
    for name in values:
        plain = name.replace("_", "-").removesuffix("s")
        meant = next((one for one in known.raw["hosts"]["headers"] if one == plain), None)
        if host_vendor and name in (
            "api-key",
            "apikey",
            "api_key",
            "x-apikey",
            "anthropic-api-key",
            "x-anthropic-api-key",
        ):
            meant = "x-api-key"
        if meant and meant != name and meant not in values:
            made[name] = meant
    return made


def _fault(path: str, says: str, *allowed: str) -> Fault:
    text = says.split(": ", 1)[1] if says.startswith(("anthropic-", "content-type")) and ": " in says else says
    for name in ("anthropic-version ", "content-type "):
        text = text.removeprefix(name)
    return Fault("headers", path, text, "certain", allowed)


def _form(request: Request) -> Iterator[Fault]:
    for name, value in request.headers:
        if not _NAME.fullmatch(name):
            yield Fault("headers", "a header", "has a name that no header can have; write Name: value", "certain")
        elif _JUNK.search(value):
            yield Fault(
                "headers",
                f"header {name.lower()}",
                "holds a line break or another control character, which no header can carry",
            )
        elif name.lower() == "content-length" and request.body is not None and value.isdecimal():
            size = len(request.body.encode("utf-8", "replace"))
            if abs(int(value) - size) > 2:
                says = f"says {int(value)} bytes and the body has {size}; leave it to the client"
                yield Fault("headers", "header content-length", says, "likely" if int(value) < size else "maybe")


def _betas(request: Request, known: Known) -> Iterator[Fault]:
    listed = (*schema.snapshot("messages_beta").betas, *known.raw["betas"]["also"])
    for beta in betas_of(request):
        if is_variable(beta):
            continue
        shown = beta if is_sayable(beta) else "a value"
        near = (get_close_matches(beta[:80], listed, 1, 0.7) or [""])[0]
        if not re.fullmatch(known.table["headers"]["beta"], beta):
            yield Fault(
                "headers", f"header {engine.BETA}", f"{shown} has not the form of a beta's name", "certain", near=near
            )
        elif beta not in listed:
            says = f"{shown} is no beta that the SDK of {schema.snapshot('messages_beta').date} knows; it may be another day's, or closed"
            is_slip = near[-10:] == beta[-10:]  # the same day, another word
            yield Fault("headers", f"header {engine.BETA}", says, "likely" if near and is_slip else "maybe", near=near)


def _credentials(
    request: Request, values: Mapping[str, str], protocol: Protocol, host_vendor: str | None, known: Known
) -> Iterator[Fault]:
    present = [name for name in ("x-api-key", "authorization") if values.get(name, "").strip()]
    first_party = host_vendor == protocol.vendor or (host_vendor is None and not request.url)
    if protocol.is_anthropic and len(present) == 2:
        says = "is sent beside x-api-key; the API reads one of them, which may be the one you do not mean: leave the other out"
        yield Fault("key", "header authorization", says, "maybe")
    if request.complete and not present and first_party:
        needed = "x-api-key" if protocol.is_anthropic else "authorization"
        yield Fault("key", f"header {needed}", "is missing: no credential goes with the request", "certain")
    for name in present:
        written, bearer = credential_of(values[name])
        key = unmasked(written)
        yield from _variable_of_another(name, written, protocol, first_party, known)
        if key and not is_variable(key):
            version = values.get(engine.VERSION, "")
            yield from _key(name, key, bearer, version, betas_of(request), protocol, first_party, host_vendor, known)
    if request.inline_key and not is_variable(request.inline_key):
        kind = known.vendors.shape_of(unmasked(request.inline_key))
        whose = f"{known.titles.get(kind.vendor, kind.vendor)}'s key" if kind and not kind.shared else "a key"
        yield Fault(
            "key",
            "the code",
            f"has {whose} written into it; read it from a variable, and replace the key if the code was shared",
            "maybe",
        )


def _key(
    name: str,
    key: str,
    bearer: bool,
    version: str,
    betas: Sequence[str],
    protocol: Protocol,
    first_party: bool,
    host_vendor: str | None,
    known: Known,
) -> Iterator[Fault]:
    """Of one credential: its form, its vendor, and whether it stands in the header of its kind."""
    path = f"header {name}"
    shape = known.vendors.shape_of(key)
    anthropic = protocol.is_anthropic
    if name == "x-api-key" and bearer:
        says = "begins with Bearer, which belongs into authorization; write the key alone"
        yield Fault("key", path, says, "certain" if first_party else "likely")
    if _is_short(key, shape):
        yield Fault(
            "key", path, "holds a key that is shorter than Anthropic's are; its end may have been lost", "maybe"
        )
    if anthropic:
        place = Place("api_key" if name == "x-api-key" else "auth_token", (name,))
        judged = judge(key, place, KeyRules(), known.vendors, first_party)
        for word in judged.problems:
            severity = "maybe" if word in _MAYBE else "certain"
            yield Fault("key", path, _phrase(word, name, shape, known), severity)
    elif first_party and shape is not None and not shape.shared and shape.vendor != protocol.vendor:
        yield Fault(
            "key", path, f"holds {known.titles.get(shape.vendor, shape.vendor)}'s key, and this is {protocol.title}"
        )
    if name == "authorization" and not bearer:
        says = "has no scheme: write Bearer before the token" if " " not in key else "has another scheme than Bearer"
        yield Fault("key", path, says, "certain" if first_party else "likely")
    yield from _login(name, key, bearer, betas, first_party and anthropic, known)
    is_api_key = shape is not None and shape.type == "api_key" and shape.vendor == "anthropic"
    if name == "authorization" and anthropic and first_party and bearer and is_api_key and version in _BEFORE_BEARERS:
        says = f"holds an API key as a bearer token, as only newer SDKs send it, with a newer {engine.VERSION}; x-api-key is the safe place"
        yield Fault("key", path, says, "maybe")
    if not anthropic and name == "x-api-key" and host_vendor == "openai":
        yield Fault("key", path, "is not read by OpenAI; its key goes into Authorization: Bearer", "certain")


def _is_short(key: str, shape: KeyShape | None) -> bool:
    """An API key of Anthropic's of which a part is there: whole, it has 108 characters."""
    is_key = shape is not None and shape.type == "api_key" and shape.vendor == "anthropic"
    return is_key and re.fullmatch(r"sk-ant-api\d\d-[\w-]{20,80}", key) is not None and not key.endswith(_STAND_IN)


def _login(name: str, key: str, bearer: bool, betas: Sequence[str], first_party: bool, known: Known) -> Iterator[Fault]:
    """The token of a login is taken with its beta only."""
    about = known.raw["betas"]
    if (
        name == "authorization"
        and bearer
        and first_party
        and key.startswith(about["token"])
        and about["login"] not in betas
    ):
        says = f"holds a login's token, which the API takes only with {engine.BETA}: {about['login']}"
        yield Fault("key", f"header {name}", says, "likely")


def _variable_of_another(
    name: str, written: str, protocol: Protocol, first_party: bool, known: Known
) -> Iterator[Fault]:
    """The key is read from where another vendor's stands."""
    found = re.search(r"[A-Z][A-Z0-9_]{3,60}", written) if first_party and is_variable(written) else None
    owner = known.vendors.key_variables().get(found[0]) if found else None
    if found and owner not in (None, protocol.vendor):
        says = f"is read from {found[0]}, where {known.titles.get(str(owner), owner)}'s key stands"
        yield Fault("key", f"header {name}", says, "likely")


def _phrase(word: str, name: str, shape: KeyShape | None, known: Known) -> str:
    if word == "wrong_vendor" and shape is not None:
        whose = "another vendor" if shape.shared else known.titles.get(shape.vendor, shape.vendor)
        return f"holds a key of {whose}, and the request goes to Anthropic"
    if word == "oauth_in_key_slot":
        return "holds a login's token, which goes into Authorization: Bearer with anthropic-beta: oauth-2025-04-20"
    return f"holds a key that cannot be right: {PHRASES.get(word, word)}"


def safe(headers: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Names of the headers that are sent, as they may be shown."""
    return tuple(dict.fromkeys(name.lower() for name, _ in headers if _NAME.fullmatch(name)))[:40]
