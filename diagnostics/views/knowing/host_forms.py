"""The list of hosts in the forms that network teams take: rows, JSON, Squid, PAC, nftables, plain names."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_network

from diagnostics.views.knowing.hosts import PORT, PROTOCOL, Row

PROXY = "PROXY proxy.example.com:3128"
"""What stands in a PAC file where the reader has named no proxy."""

_KINDS = {
    "": "PROXY",
    "http": "PROXY",
    "https": "HTTPS",
    "socks5": "SOCKS5",
    "socks5h": "SOCKS5",
    "socks": "SOCKS5",
    "socks4": "SOCKS",
}


@dataclass(frozen=True)
class Form:
    """One form. ``make`` takes the rows and the proxy as ``proxy_of`` gives it."""

    label: str
    title: str
    content_type: str
    make: Callable[[Sequence[Row], str], str]


def table(rows: Sequence[Row], proxy: str) -> str:
    """Rows with tabs between their cells: what spreadsheets and tickets take when it is pasted."""
    head = ("Host", "Port", "Protocol", "Need", "Purpose", "Addresses")
    body = ((row.name, str(PORT), PROTOCOL, row.need, row.purpose, " ".join(row.addresses)) for row in rows)
    return "\n".join("\t".join(cells) for cells in (head, *body)) + "\n"


def as_json(rows: Sequence[Row], proxy: str) -> str:
    """A list of objects, one for each host."""
    made = [
        {
            "host": row.name,
            "port": PORT,
            "protocol": PROTOCOL,
            "need": row.need,
            "purpose": row.purpose,
            "clients": row.clients,
            "addresses": row.addresses,
            "date": row.date and row.date.isoformat(),
            "source": row.source,
        }
        for row in rows
    ]
    return json.dumps({"hosts": made}, indent=2, ensure_ascii=False) + "\n"


def plain(rows: Sequence[Row], proxy: str) -> str:
    """Names alone, one a line."""
    return "\n".join(row.name for row in rows) + "\n"


def squid(rows: Sequence[Row], proxy: str) -> str:
    """Lines for squid.conf. Squid refuses a name beside a domain that covers it, so each stands once."""
    below = {row.name[1:] for row in rows if _is_below(row.name)}
    exact = [row.name for row in rows if "*" not in row.name]
    names = [*sorted(below), *(name for name in exact if not any(f".{name}".endswith(domain) for domain in below))]
    patterns = [_regex(row.name) for row in rows if "*" in row.name and not _is_below(row.name)]
    lines = [
        "# LLM API. These lines stand above http_access deny all, and above any other line that denies CONNECT.",
        "# They need no TLS inspection; where there is one, clients must trust its authority.",
    ]
    lines += [f"acl llm_api_hosts dstdomain {name}" for name in names]
    lines += [f"acl llm_api_patterns dstdom_regex -i {pattern}" for pattern in patterns]
    lines += [f"acl llm_api_port port {PORT}"]
    allowed = [*(["llm_api_hosts"] if names else []), *(["llm_api_patterns"] if patterns else [])]
    lines += [f"http_access allow CONNECT {name} llm_api_port" for name in allowed]
    return "\n".join([*lines, "# CONNECT stands in squid.conf as: acl CONNECT method CONNECT"]) + "\n"


def pac(rows: Sequence[Row], proxy: str) -> str:
    """An automatic configuration that sends these hosts through the proxy; what else there is, the reader's own decides."""
    patterns = json.dumps([row.name for row in rows], indent=2).replace("\n", "\n  ")
    return f"""// Hosts of the LLM API go through the proxy.
// Where a PAC file is in use, do not put this in its place: take the list and the loop into its FindProxyForURL, above its own rules.
function FindProxyForURL(url, host) {{
  var hosts = {patterns};
  for (var i = 0; i < hosts.length; i++) {{
    if (shExpMatch(host.toLowerCase(), hosts[i])) return "{proxy or PROXY}";
  }}
  return "DIRECT"; // everything else: here your own rules go on
}}
"""


def nftables(hosts: Sequence[Row], proxy: str) -> str:
    """Sets of the published addresses and rules for a table that is there, as an accept in another one undoes no drop.

    Hosts without addresses are named in comments, since a filter of packets knows no names.
    """
    sets, rules = [], []
    for version, kind, word in ((4, "ipv4_addr", "ip"), (6, "ipv6_addr", "ip6")):
        chosen = dict.fromkeys(
            address for row in hosts for address in row.addresses if ip_network(address).version == version
        )
        if chosen:
            sets += [f"set llm_api{version} {{", f"  type {kind}", "  flags interval"]
            sets += [f"  elements = {{ {', '.join(chosen)} }}", "}"]
            rules.append(f"{word} daddr @llm_api{version} tcp dport {PORT} accept")
    if not rules:
        return "\n".join(["# Nothing for nftables: it knows addresses alone.", *_without_addresses(hosts)]) + "\n"
    named = ", ".join(row.name for row in hosts if row.addresses)
    lines = [
        f"# The published addresses of {named}.",
        "# Into your own table (nft list ruleset shows it); a table of its own would undo no drop of another one.",
        *sets,
        "",
        "# Into the chain of that table that drops, above the rule that does: forward on a router, output on the machine itself.",
        *rules,
        "",
        *_without_addresses(hosts),
    ]
    return "\n".join(lines).rstrip() + "\n"


FORMS: Mapping[str, Form] = {
    "table": Form("Rows", "Rows to paste into a ticket or a spreadsheet", "text/tab-separated-values", table),
    "plain": Form("Names", "Host names, one a line", "text/plain", plain),
    "json": Form("JSON", "The list as JSON", "application/json", as_json),
    "squid": Form("Squid", "Lines for squid.conf", "text/plain", squid),
    "pac": Form("PAC", "Part of a proxy.pac", "application/x-ns-proxy-autoconfig", pac),
    "nftables": Form("nftables", "Sets and rules for your own nftables table", "text/plain", nftables),
}
"""Every form by its name in the address."""


def proxy_of(text: str) -> str | None:
    """What a PAC file says of a proxy as somebody typed it, such as ``PROXY host:port``; "" for nothing, None for what is none."""
    scheme, _, rest = text.strip().rpartition("://")
    bare = rest.rstrip("/")
    found = re.fullmatch(r"([A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?|\[[0-9A-Fa-f:]{2,45}\]):([0-9]{1,5})", bare)
    if not bare and not scheme:
        return ""
    kind = _KINDS.get(scheme.lower())
    return f"{kind} {bare}" if kind and found and 0 < int(found[3]) < 65536 else None


def _is_below(name: str) -> bool:
    return name.startswith("*.") and "*" not in name[1:]


def _regex(name: str) -> str:
    return "^" + re.escape(name).replace(r"\*", "[^.]+").replace(r"\-", "-") + "$"


def _without_addresses(rows: Sequence[Row]) -> Iterator[str]:
    names = [row.name for row in rows if not row.addresses]
    if names:
        yield "# No addresses are published for these; allow them by name, in a proxy or a filter that reads the name in TLS:"
        yield from (f"#   {name}" for name in names)
