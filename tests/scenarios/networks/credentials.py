"""Keys and logins: missing, malformed, refused, in conflict."""

from __future__ import annotations

from diagnostics.lab.api import KEY
from tests.scenarios.networks.declaring import API, REVOKED, Broken

NETWORKS = (
    Broken("no key", "key_missing", environ={"ANTHROPIC_API_KEY": ""}, below="key_rejected"),
    Broken("near-miss name", "key_missing", environ={"ANTHROPIC_API_KEY": "", "CLAUDE_API_KEY": KEY}, below="key_malformed"),
    Broken("key in quotes", "key_malformed", environ={"ANTHROPIC_API_KEY": f'"{KEY}"'}, below="key_rejected"),
    Broken("another vendor's key", "key_malformed", environ={"ANTHROPIC_API_KEY": "sk-proj-" + "a1B2" * 12 + "T3BlbkFJ" + "c3D4" * 12},
           below="key_rejected"),
    Broken("revoked key", "key_rejected", environ={"ANTHROPIC_API_KEY": REVOKED}, below="key_malformed"),
    Broken("revoked key, first run", "key_rejected", environ={"ANTHROPIC_API_KEY": REVOKED}, mode="interactive", below="edge_blocked"),
    Broken("a good token beside a refused key", "key_rejected", environ={"ANTHROPIC_AUTH_TOKEN": KEY, "ANTHROPIC_API_KEY": REVOKED},
           below="healthy"),
    Broken("a token beside a key that cannot be sent", "key_malformed",
           environ={"ANTHROPIC_AUTH_TOKEN": KEY, "ANTHROPIC_API_KEY": f"{KEY[:50]}\n{KEY[50:]}"}, below="key_rejected"),
    Broken("a token beside another vendor's key", "unknown",
           environ={"ANTHROPIC_AUTH_TOKEN": KEY, "ANTHROPIC_API_KEY": "sk-proj-" + "a1B2" * 12 + "T3BlbkFJ" + "c3D4" * 12}, also=("key_malformed",)),
    Broken("a revoked key beside a proxy for other hosts", "key_rejected", below="proxy_malformed",
           environ={"ANTHROPIC_API_KEY": REVOKED, "HTTPS_PROXY": "socks5://127.0.0.1:1080", "NO_PROXY": API}),
)  # fmt: skip
