"""Flat facts of a text, for the conditions of its wordings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import TypeVar

from diagnostics.engine.decoder.bystanders import TROUBLE, failing_lines
from diagnostics.engine.decoder.hosts import kinds_of, vendor_of
from diagnostics.engine.decoder.observed import of_lines
from diagnostics.engine.decoder.reading import Reading, View
from diagnostics.engine.decoder.settings import of_settings
from diagnostics.engine.decoder.signs import VENDORS, Seen, compiled
from diagnostics.engine.decoder.structures import Pair, Place, Status, is_api_path, pairs, places, statuses
from diagnostics.engine.records import Facts, FactValue

TEXT_FACTS: Mapping[str, tuple[str, str]] = {
    "text.signs": ("words", "codes of the wordings that were seen"),
    "text.status": ("int", "the last status of an answer that was an error, but for a proxy's to CONNECT"),
    "text.statuses": ("words", "every status of an answer"),
    "text.last_status": ("int", "the last status of an answer, whatever it is"),
    "text.tunnel_status": ("int", "the last status of an answer to CONNECT"),
    "text.error_types": ("words", "kinds and codes of error bodies"),
    "text.error_messages": ("words", "sentences of error bodies"),
    "text.enveloped": ("bool", "an error body has the form of the Anthropic API"),
    "text.body": ("bool", "there is an error body"),
    "text.page": ("bool", "there is a page of HTML"),
    "text.about_api": ("bool", "the text names an LLM API, or a client of one"),
    "text.troubled": ("bool", "it speaks of something that failed"),
    "text.hosts": ("words", "hosts that are named with a port, or in a URL"),
    "text.vendors": ("words", "vendors whose hosts are named"),
    "text.asked_elsewhere": ("bool", "its URLs lead past somebody's front page, and none to an LLM API or its docs"),
    "text.asked_inside": ("bool", "one of its URLs is of this machine or of its own network"),
    "text.tried": (
        "words",
        "what was connected to: first_party vendor host loopback private zero public ipv6 fake_ip sinkhole",
    ),
    "text.tried_host": ("str", "the host or address that the last failed connection was to"),
    "text.tried_port": ("int", "its port"),
    "text.refused_by": ("words", "vendors in whose own words something was refused"),
    "text.refusals": ("words", "what they refused: bad_key no_key no_model no_credit region overloaded"),
    "text.base_url": (
        "words",
        "what ANTHROPIC_BASE_URL or its like is set to: first_party vendor host loopback private malformed",
    ),
    "text.proxy_set": ("bool", "a proxy variable is set in the text"),
    "text.proxy_forms": ("words", "what is unusual about it: no_scheme odd_scheme socks tls odd_port odd_credentials"),
    "text.resolved": ("words", "what an API's name was looked up to: right loopback zero private fake_ip public"),
    "text.clock_offset": (
        "int",
        "seconds by which this machine's clock is ahead of an answer's Date, both being in the text",
    ),
    "text.proxy_spares_api": ("bool", "NO_PROXY or its like covers the host of an LLM API that is named"),
    "text.credentials": ("words", "credentials that are set: key token login helper cloud"),
    "text.days_beyond": (
        "int",
        "days between this machine's time and the end or begin of a certificate that it refuses",
    ),
    "text.large_packets_lost": ("bool", "small packets come back, large ones do not"),
    "text.resolvers_differ": ("bool", "a public resolver gives other addresses of a name than this machine's"),
    "text.tries_passed": ("int", "numbered tries that passed, where others failed"),
    "text.tries_failed": ("int", "numbered tries that failed, where others passed"),
    "text.proxy_hosts": ("words", "hosts that proxy variables name"),
    "text.tried_proxy": ("bool", "the failed connection was to the proxy that the text names"),
    "text.variety": ("int", "how many different causes the text has plain words for"),
    "text.named": ("words", "causes that its wordings name first, each for itself"),
    "text.lines": ("int", "lines of the text that are not empty"),
    "text.characters": ("int", "length of the text"),
}
"""Name -> (kind, meaning); what is absent was not seen."""

API = (
    r"anthropic|claude|openai|chatgpt|/v1/messages|/chat/completions|litellm|api error|gemini|generativelanguage|bedrock|vertex"
    r"|deepseek|mistral|openrouter"
    r"|moonshot|dashscope|minimax|bigmodel|api\.z\.ai|\bllm\b|llm-|\bgpt-|codex|aider|copilot|ollama|langchain|groq|x\.ai|sk-ant"
    r"|api[ _-]?key|\bai\b|大模型|模型"
    r"|codewhisperer|siliconflow|cline|sonnet|opus|haiku"
)
_KINDS = ("type", "__type", "code", "status", "error", "error_code", "errorcode", "reason", "name")
_SENTENCES = ("message", "msg", "detail", "error_description", "error")


def facts_of(reading: Reading, seen: Sequence[Seen], mentioned: str) -> dict[str, FactValue]:
    """Everything but ``text.signs`` of derived wordings. ``mentioned``: a pattern of lines that are code, a table, a list of changes."""
    view = reading.spaced
    made: dict[str, FactValue] = {"text.signs": tuple(dict.fromkeys(one.sign.code for one in seen))}
    named = (one.sign.causes[0] for one in seen if one.sign.causes and not one.sign.context)
    made["text.named"] = tuple(dict.fromkeys(named))
    made["text.lines"], made["text.characters"] = len(view.starts), len(view.text)
    found = list(places(view))
    made.update(
        _of_statuses(
            _happened(view, statuses(view), mentioned) or _happened(reading.tight, statuses(reading.tight), mentioned)
        )
    )
    told = [*_happened(view, pairs(view), mentioned), *_happened(reading.tight, pairs(reading.tight), mentioned)]
    made.update(_of_bodies(told, "<html" in view.lowered or "<!doctype html" in view.lowered))
    made["text.troubled"] = compiled(TROUBLE).search(view.lowered) is not None
    made["text.about_api"] = compiled(API).search(view.lowered) is not None
    made.update(of_settings(view.lowered))
    made.update(of_lines(view.lowered, made["text.about_api"] is True))
    made.update(_of_places(found, seen, made))
    if not made.get("text.base_url") and _asks_elsewhere(view, found, failing_lines(seen)):
        made["text.asked_elsewhere"] = True
    made.update(_of_vendors(seen))
    return made


_Found = TypeVar("_Found", Status, Pair)


def _happened(view: View, found: Iterable[_Found], mentioned: str) -> list[_Found]:
    """Those whose line tells what happened, and is no code, table or list."""
    kept, pattern = [], compiled(mentioned)
    judged: dict[int, bool] = {}
    for one in found:
        begin = view.line_begin(one.at)
        if begin not in judged:
            judged[begin] = pattern.search(view.lowered[begin : min(view.line_end(one.at), begin + 300)]) is not None
        if not judged[begin]:
            kept.append(one)
    return kept


def _of_vendors(seen: Sequence[Seen]) -> Facts:
    """Refusals in the words that ``knowledge/providers`` has of a vendor; the signs' codes are ``vendor.<name>.<refusal>``."""
    told = [one.sign.code.split(".") for one in seen if one.sign.code.startswith(VENDORS)]
    if not told:
        return {}
    return {
        "text.refused_by": tuple(dict.fromkeys(one[1] for one in told)),
        "text.refusals": tuple(dict.fromkeys(one[2] for one in told)),
    }


def _of_statuses(found: Sequence[Status]) -> Facts:
    made: dict[str, FactValue] = {}
    answers = [one.number for one in found if not one.tunnel]
    if answers:
        made["text.statuses"], made["text.last_status"] = tuple(dict.fromkeys(map(str, answers))), answers[-1]
    errors = [number for number in answers if number >= 400]
    if errors:
        made["text.status"] = errors[-1]
    tunnel = [one.number for one in found if one.tunnel and one.number >= 300]
    if tunnel:
        made["text.tunnel_status"] = tunnel[-1]
    return made


def _of_bodies(told: Sequence[Pair], page: bool) -> Facts:
    made: dict[str, FactValue] = {"text.page": page}
    kinds = tuple(
        dict.fromkeys(one.value.lower()[:80] for one in told if one.name in _KINDS and " " not in one.value.strip())
    )
    sentences = tuple(
        dict.fromkeys(one.value[:300] for one in told if one.name in _SENTENCES and " " in one.value.strip())
    )
    if kinds:
        made["text.error_types"] = kinds[:40]
    if sentences:
        made["text.error_messages"] = sentences[:40]
    made["text.body"] = bool(kinds and (sentences or "error" in kinds))
    made["text.enveloped"] = any(one.name == "type" and one.value == "error" for one in told)
    return made


_HOST = r"\[?(?P<host>[0-9a-z][0-9a-z.:_-]{1,78}?|::1?)\]?"
_TARGETS = tuple(
    form.replace("HOST", _HOST).replace("PORT", r"(?P<port>\d{1,5})(?!\w|:\w|\.\d|\])")
    for form in (
        r"\be(?:connrefused|connreset|timedout|netunreach|hostunreach|perm|acces) HOST:PORT",
        r"connect(?:ion)? to HOST port PORT",
        r"connect(?:ed|ing)? to (?:host )?(?:[a-z0-9.-]+/)?HOST:PORT",
        r"attempted address(?:es)?: HOST:PORT",
        r"dial (?:tcp|udp)[46]? HOST:PORT",
        r"\(HOST:PORT\)",
        r"host=\x27HOST\x27, port=PORT",
        r"\|HOST\|:PORT",
        r"connect (?:to |call failed )?\(?[\x27\"]?HOST[\x27\"]?, PORT\)?",
        r"connection to HOST(?::PORT)? (?:timed out|refused|failed)",
        r"\b[a-z0-9.-]{2,80}/HOST:PORT",
        r"\bconnect(?:ing)? (?:to )?HOST(?= {0,2}(?:\.{2,3}|:|→|->|-|=>) )",
    )
)


def _targets(one: Seen) -> Iterator[Mapping[str, str]]:
    """Host and port of the connection that failed, where its line tells them."""
    if one.sign.code.startswith(("connection.", "proxy.")):
        for form in _TARGETS:
            for found in compiled(form).finditer(one.line):
                yield {name: value for name, value in found.groupdict().items() if value}


_READ_THERE = (
    r"^(?:[a-z0-9-]{1,40}\.){0,3}(?:docs?|developers?|help|support|learn|wiki|status|errors)\.|^(?:curl\.|aka\.ms|go\.|tools\.ietf|www\.w3)"
    r"|^github\.com/[^/]{1,60}/[^/]{1,60}/(?:issues|discussions|wiki|blob)|readthedocs|/(?:docs?|faq|help|wiki|errors?|guides?|reference|libcurl)(?:[/#.]|$)"
)
_PERHAPS_OURS = r"^/?$|^/(?:api/)?v1(?:beta)?/?$|^/(?:anthropic|openai)\b|^/api/(?:generate|chat|tags)$"


_WENT_WELL = r"\b(?:ok|done|success\w*|completed?|2\d\d)\b"
_NEAR = 2  # lines from a failure to the address that was asked


def _asks_elsewhere(view: View, found: Sequence[Place], failed: Set[int]) -> bool:
    """Whether what failed was asked of somebody who has no LLMs. A page to read about an error is not asked for one."""
    if any(vendor_of(one.host) or is_api_path(one.path) for one in found):
        return False
    return any(
        one.scheme.startswith("http")
        and not compiled(_PERHAPS_OURS).search(one.path)
        and not compiled(_READ_THERE).search(one.host + one.path)
        and _is_of_a_failure(view, one, failed)
        for one in found
    )


def _is_of_a_failure(view: View, one: Place, failed: Set[int]) -> bool:
    line = view.lowered[view.line_begin(one.at) : view.line_end(one.at)]
    if compiled(TROUBLE).search(line):
        return True
    number = view.span(one.at, one.at + 1).line
    near = any(abs(number - other) <= _NEAR for other in failed)
    return number in failed or (near and not compiled(_WENT_WELL).search(line))


def _of_places(found: Sequence[Place], seen: Sequence[Seen], settled: Facts) -> Facts:
    made: dict[str, FactValue] = {}
    hosts = tuple(dict.fromkeys(one.host for one in found))[:60]
    if hosts:
        made["text.hosts"] = hosts
    vendors = tuple(dict.fromkeys(vendor for vendor in map(vendor_of, hosts) if vendor))
    if vendors:
        made["text.vendors"] = vendors
    if any(one.scheme and not {"loopback", "private"}.isdisjoint(kinds_of(one.host)) for one in found):
        made["text.asked_inside"] = True
    tried = [target for one in seen for target in _targets(one)]
    if tried:
        made["text.tried"] = tuple(dict.fromkeys(kind for one in tried for kind in kinds_of(one["host"])))
        made["text.tried_host"] = tried[-1]["host"].strip("[]")
        ports = [int(one["port"]) for one in tried if one.get("port", "").isdigit() and len(one["port"]) < 6]
        if ports:
            made["text.tried_port"] = ports[-1]
        proxies = settled.get("text.proxy_hosts", ())
        made["text.tried_proxy"] = isinstance(proxies, tuple) and any(
            one["host"].strip("[]") in proxies for one in tried
        )
    return made
