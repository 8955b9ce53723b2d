"""One HTTP question as a probe asks it, and its answer as ``<probe>.*`` facts."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Optional

from diagnostics.engine.net import trust
from diagnostics.engine.net.failures import JUDGEMENTS, Failure
from diagnostics.engine.net.network import Route
from diagnostics.engine.net.proxy import TITLE_MOST, TunnelRefused, schemes_of, title_of
from diagnostics.engine.net.trust import TrustSet
from diagnostics.engine.probes import reference
from diagnostics.engine.probes.base import Context, Result
from diagnostics.engine.probes.tls import checks_nothing
from diagnostics.engine.records import FactValue, Origin

if TYPE_CHECKING:  # httpx loads with the first question, not with the registry
    from diagnostics.engine.net.http import Answer, Request
    from diagnostics.engine.probes.bodies import Body


_YEARS = range(2015, 2100)
_LONGEST_SCHEME = 20  # characters


@dataclass(frozen=True)
class Heard:
    """An answer that came: itself, its body as read, and its facts.

    ``unverified``: it came over TLS that proved nothing, as a client accepts it that checks no certificates; nothing
    secret went along.
    """

    answer: Answer
    body: Body
    facts: dict[str, FactValue]
    unverified: bool = False

    @property
    def data(self) -> Any:
        """The body's JSON object, None when it has none."""
        return self.body.data


class Unheard(Exception):
    """No answer came; ``result`` says why."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.failed)
        self.result = result


async def ask(
    context: Context, prefix: str, request: Request, limit: float, trusted: Optional[TrustSet] = None
) -> Heard:
    """Ask within ``limit`` seconds, and read who answered what as ``prefix.*`` facts.

    The target is asked along the client's own way, with its own trust unless ``trusted`` takes its place. Raises
    ``Unheard`` when no answer comes.
    """
    from diagnostics.engine.probes import answerer, bodies

    try:
        answer, unverified = await _answer(context, request, limit, trusted)
    except Failure as failure:
        raise Unheard(context.failing(failure, _failed(context, prefix, request, failure))) from failure
    dated = note_date(context, answer)
    if dated and request.origin == context.environment.origin:
        _note_age(context, prefix, answer)
    public = answer.public
    if public is None and request.origin == context.environment.origin and request.origin.scheme == "https":
        known = context.facts.get("tls.public.trusted")  # CPython 3.9 tells no verified chain
        public = known if isinstance(known, bool) else None
    body = bodies.body_of(answer)
    speaker, named = answerer.who(answer, body, answerer.Place(request.origin.host, _owner(context, request), public))
    facts: dict[str, FactValue] = {f"{prefix}.status": answer.status, f"{prefix}.answerer": speaker}
    for name, value in {
        **_from_headers(answer, request.origin),
        **_from_body(context, answer, body),
        "vendor": named,
    }.items():
        if value is not None and value != "":
            facts[f"{prefix}.{name}"] = value
    facts[f"{prefix}.first_byte_seconds"] = round(answer.first_byte_seconds, 4)
    return Heard(answer, body, facts, unverified)


async def _answer(context: Context, request: Request, limit: float, trusted: Optional[TrustSet]) -> tuple[Answer, bool]:
    """The answer, and whether it came over TLS that proved nothing."""
    route = _route(context, request, trusted)
    try:
        return await context.net.request(request, route, context.within(limit), context.tell), False
    except Failure as failure:
        unchecked = failure.word in JUDGEMENTS and trusted is None and checks_nothing(context.environment)
        if not unchecked or request.method != "GET":  # nor does anything of the user's own go along
            raise
        context.tell(failure.word, "goes on as the client does, without the credential")
    bare, unproven = replace(request, credentials={}), replace(route, trust=trust.unverified())
    return await context.net.request(bare, unproven, context.within(limit), context.tell), True


def _route(context: Context, request: Request, trusted: Optional[TrustSet]) -> Route:
    if request.origin == context.environment.origin:
        return context.route(trusted)
    return context.route_to(request.origin.host, trusted)


def _owner(context: Context, request: Request) -> Optional[str]:
    """Vendor of the host: the target's as its configuration says, and any other host asked is the first party's."""
    if request.origin != context.environment.origin:
        return reference.FIRST_PARTY
    vendor = context.environment.facts.get("config.base_url.vendor")
    return vendor if isinstance(vendor, str) else None


def _failed(context: Context, prefix: str, request: Request, failure: Failure) -> dict[str, FactValue]:
    facts: dict[str, FactValue] = {f"{prefix}.failure": failure.word}
    if isinstance(failure, TunnelRefused):
        facts[f"{prefix}.answerer"] = "proxy"
        facts[f"{prefix}.tunnel_status"] = failure.answer.status
        if failure.answer.title:
            facts[f"{prefix}.title"] = context.short(failure.answer.title, TITLE_MOST)
    if failure.word == "tls_client_certificate_required" and request.origin == context.environment.origin:
        # In TLS 1.3 a server says so only after the client believes the handshake done (RFC 8446 4.4.2.4).
        facts.update({"tls.handshake.completed": False, "tls.handshake.failure": failure.word})
    return facts


def _led(answer: Answer, asked: Origin) -> dict[str, Optional[FactValue]]:
    """Where a redirect leads: another page of the same host is none, unless it is reached over TLS where it was asked without."""
    from diagnostics.engine.probes import answerer

    if not 300 <= answer.status < 400:
        return {}
    host = answerer.location(answer)
    secured = asked.scheme == "http" and answer.headers.get("location", "").lower().startswith("https:")
    same = host == asked.host
    return {"location": "" if same and not secured else host, "led_to_tls": True if same and secured else None}


def _from_headers(answer: Answer, asked: Origin) -> dict[str, Optional[FactValue]]:
    from diagnostics.engine.probes import answerer

    header = answer.headers.get
    wait = header("retry-after", "")
    return {
        "content_type": header("content-type", "").partition(";")[0].strip(),
        "server": header("server", ""),
        "via": header("via", ""),
        "request_id": header("request-id", ""),
        "edge_id": header("cf-ray", ""),
        "edge_code": answerer.edge_code(answer),
        "cached": True if header("age", "0").strip() not in ("", "0") else None,
        "challenge": True if header("cf-mitigated") == "challenge" else None,
        "wants": _wanted(answer) or None,
        "retry_after": float(wait) if wait.isascii() and wait.isdigit() and len(wait) < 10 else None,
        **_led(answer, asked),
    }


def _wanted(answer: Answer) -> tuple[str, ...]:
    """How a refusal wants to be signed in to, and whether it says that the token it was given is none (RFC 6750 3.1)."""
    header = answer.headers.get("proxy-authenticate" if answer.status == 407 else "www-authenticate", "")
    named = re.search(r'\berror="?invalid_token\b', header)
    return (*(scheme[:_LONGEST_SCHEME] for scheme in schemes_of(header)[:5]), *(("invalid_token",) if named else ()))


def _from_body(context: Context, answer: Answer, body: Body) -> dict[str, Optional[FactValue]]:
    found: dict[str, Optional[FactValue]] = {
        "title": context.short(title_of(answer.text), TITLE_MOST) if body.page else None
    }
    if answer.status >= 400 or body.refused:
        found["error_type"] = body.kind
        found["error_code"] = body.code
        found["error_message"] = body.message
        if body.request_id:
            found["request_id"] = body.request_id
    return found


def _note_age(context: Context, prefix: str, answer: Answer) -> None:
    """How much later than its own Date the first byte of an answer came, by our clock and theirs."""
    if answer.pieces:
        told, now = context.shared.dates[-1]
        began = now - (answer.pieces[-1][0] - answer.first_byte_seconds)
        context.shared.ages[prefix] = min(began - told, context.shared.ages.get(prefix, began - told))


def note_date(context: Context, answer: Answer) -> bool:
    """Remember the time that a server tells, if it does; ``clock`` compares. One from a cache tells when it was put there."""
    if answer.headers.get("age", "0") != "0":
        return False
    try:
        told = parsedate_to_datetime(answer.headers.get("date", ""))
        if told.year not in _YEARS:  # a device that has lost its own clock tells nothing of ours
            return False
        context.shared.dates.append((told.timestamp(), context.net.clock()))
    except (TypeError, ValueError, OverflowError, IndexError):
        return False
    return True
