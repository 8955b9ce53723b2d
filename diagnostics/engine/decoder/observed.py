"""What several lines of a text show side by side: a setting and what it covers, two resolvers, two clocks, packet sizes, many tries."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator
from datetime import date

from diagnostics.engine.decoder.hosts import kinds_of
from diagnostics.engine.records import Facts, FactValue

_SPARED = re.compile(
    r"no[_-]?proxy(?:hosts)?[\"'`]{0,2} {0,2}[=:] {0,2}[\[\"'`]{0,3}(?P<list>[^\s\]]{1,30}(?:[\"'`]?, ?[\"'`]?[^\s\]\"'`,]{1,60}){0,40})"
)
_APIS = re.compile(
    r"(?<![\w-])(?:[a-z0-9-]{1,40}\.){0,3}(?:anthropic\.com|claude\.ai|claude\.com|openai\.com|githubcopilot\.com|googleapis\.com|openrouter\.ai|deepseek\.com|amazonaws\.com|mistral\.ai)\b"
)
_UNSET = r"(?!\s|$|\"|'|none\b|null\b|not set|unset|\(unset|missing|<unset|\$|os\.|process\.)"
_CREDENTIALS = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        (
            "key",
            r"\b(?:anthropic|claude)_api_key[\"']?\]? {0,2}[=:] {0,2}[\"']?" + _UNSET,
        ),
        (
            "token",
            r"\banthropic_auth_token[\"']?\]? {0,2}[=:] {0,2}[\"']?" + _UNSET,
        ),
        (
            "login",
            r"\bclaude_code_oauth_token[\"']?\]? {0,2}[=:] {0,2}[\"']?(?!\s|$|\"|'|none\b|null\b|not set|unset|\$)",
        ),
        ("helper", r"\bapikeyhelper[\"']? {0,2}[=:]"),
        ("cloud", r"\bclaude_code_use_(?:bedrock|vertex|foundry)[\"']? {0,2}[=:] {0,2}[\"']?(?:1|true|yes|on)\b"),
    )
)
_SPAN = re.compile(
    r"current time:? (?P<now>\d{4}-\d\d-\d\d[t ][\d:]{5,8})[^\n]{0,20}? is (?:after|before) (?P<bound>\d{4}-\d\d-\d\d[t ][\d:]{5,8})"
)
_PING = re.compile(
    r"\bping6?(?:\.exe)? [^\n]{0,60}?-(?:s|l|size) ?(?P<size>\d{3,5})\b(?P<said>(?:(?!\bping6? )[^$❯]){0,400})"
)
_LOST = re.compile(
    r"\b100(?:\.0+)? ?% (?:packet )?(?:loss|verlust|perte|lost)|message too long|frag(?:mentation)? needed"
    r"|needs to be fragmented|request timed? ?out|no response|zeitüberschreitung|\btimeout"
)
_CAME = re.compile(
    r"(?<!\d)0(?:\.0+)? ?% (?:packet )?(?:loss|verlust|perte|lost)|\bbytes from|\breply from|antwort von|\btime[=<]"
)
_PUBLIC = (
    r"(?:8\.8\.[84]\.[84]|1\.[01]\.[01]\.1|9\.9\.9\.9|223\.5\.5\.5|223\.6\.6\.6|119\.29\.29\.29"
    r"|114\.114\.114\.114|208\.67\.22[02]\.22[02]|dns\.google|one\.one\.one\.one|cloudflare-dns\.com)"
)
_ASKED_ELSEWHERE = re.compile(
    r"(?:@|(?:nslookup|host|drill|resolve-dnsname) [^\n]{3,60} |-server |(?:laut|via|über|by|from|at) )"
    + _PUBLIC
    + r"\b(?P<said>[^$❯]{0,200})|(?<![\d.])"
    + _PUBLIC
    + r" ?(?:says|sagt|answers|->|→|=>|:) ?(?P<told>[^\n]{0,80})"
)
_ASKED_HERE = re.compile(
    r"(?:was resolved\.[^$]{0,60}?ipv4:|\btrying|has address|resolved to|getent hosts \S+"
    r"|dig \+short (?!@)[a-z.]{4,40}\n|getaddrinfo\([^)]{0,60}\)\D{0,12}"
    r"|\bping [a-z.-]{4,60} \(|here:?|local:?) {0,3}(?P<address>(?:\d{1,3}\.){3}\d{1,3})"
)
_ADDRESS = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.]*\d)")
_NUMBERED = r"(?:\battempt|\btry|\brun|\brequest|\bversuch|\bessai|\btentative|\bintento|\bprobe|\bcall|第|#|\bseq[=:]?) ?#?\d{1,4}\b"
_TRY = re.compile(rf"(?:{_NUMBERED}|(?:^|\n)\d{{1,4}}(?=[.:)]))[:.)\]次]?(?P<end>(?:(?!{_NUMBERED})[^\n,;]){{2,120}})")
_PASSED = re.compile(r"\b(?:ok|200|success\w*|passed|fine|done|pong|erfolgreich|成功)\b|✓|✔")
_FAILED = re.compile(
    r"reset|time[d ]{0,2}out|etimedout|econn|unreach|err_|refused|hang up|closed"
    r"|\beof\b|network|fail|fehl|失败|timeout|✗|✘|\blost\b|aborted"
)


def of_lines(lowered: str, vendors: bool) -> Facts:
    """Facts of the text in lower case. ``vendors``: it names the host of an LLM API."""
    made: dict[str, FactValue] = {}
    if _spares(lowered):
        made["text.proxy_spares_api"] = True
    credentials = tuple(name for name, pattern in _CREDENTIALS if pattern.search(lowered))
    if credentials:
        made["text.credentials"] = credentials
    days = next((abs(days) for found in _SPAN.finditer(lowered) for days in _days(found)), None)
    if days is not None:
        made["text.days_beyond"] = days
    if _large_are_lost(lowered):
        made["text.large_packets_lost"] = True
    if vendors and _otherwise(lowered):
        made["text.resolvers_differ"] = True
    tries = [bool(_PASSED.search(end)) for end in _ends(lowered)]
    if True in tries and False in tries:
        made["text.tries_passed"], made["text.tries_failed"] = tries.count(True), tries.count(False)
    return made


def _spares(lowered: str) -> bool:
    """Whether ``NO_PROXY`` or its like covers an LLM API's host that the text names."""
    hosts = {found.group() for found in _APIS.finditer(lowered)}
    for found in _SPARED.finditer(lowered):
        for entry in re.split(r"[\"'`,|;]+", found.group("list")):
            suffix = entry.strip().lstrip("*").lstrip(".")
            if entry.strip() == "*" or any(
                host == suffix or host.endswith("." + suffix) or fnmatch.fnmatchcase(host, entry.strip())
                for host in hosts - {entry}
                if suffix
            ):
                return True
    return False


def _days(found: re.Match[str]) -> Iterator[int]:
    try:
        now, bound = (date(*map(int, found.group(name)[:10].split("-"))) for name in ("now", "bound"))
    except ValueError:
        return
    yield (now - bound).days


def _large_are_lost(lowered: str) -> bool:
    """Small packets came back, larger ones did not."""
    lost, came = [], []
    for found in _PING.finditer(lowered):
        said = found.group("said")
        if _LOST.search(said):
            lost.append(int(found.group("size")))
        elif _CAME.search(said):
            came.append(int(found.group("size")))
    return bool(lost and came) and max(came) < max(lost) and max(lost) > 1_000


def _otherwise(lowered: str) -> bool:
    """A public resolver gives other addresses than this machine's."""
    there = {
        address.group()
        for found in _ASKED_ELSEWHERE.finditer(lowered)
        for address in _ADDRESS.finditer(found.group("said") or found.group("told") or "")
    }
    here = {found.group("address") for found in _ASKED_HERE.finditer(lowered)} - there
    nets = {address.rpartition(".")[0] for address in there}
    return bool(there and here) and not any(
        address.rpartition(".")[0] in nets or "first_party" in kinds_of(address) for address in here
    )


def _ends(lowered: str) -> Iterator[str]:
    """How each numbered try ended."""
    for found in _TRY.finditer(lowered):
        end = found.group("end")
        if _PASSED.search(end) or _FAILED.search(end):
            yield end
