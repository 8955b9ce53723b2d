"""Keys and logins: missing, malformed, refused."""

from __future__ import annotations

import base64
import json
import time

from diagnostics.lab import KEY
from diagnostics.lab.api import api, error
from tests.scenarios.networks.declaring import API, HOME, NEIGHBOUR, PLAIN, REVOKED, SETTINGS, Broken

OPENAI_KEY = "sk-proj-" + "a1B2" * 12 + "T3BlbkFJ" + "c3D4" * 12
LOGIN = "sk-ant-oat01-" + "login-token-of-the-practice-range-" * 3
_JWT = "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwiaXNzIjoiYWNtZSJ9." + "c2lnbmF0dXJl" * 8
NO_KEY = {"ANTHROPIC_API_KEY": ""}


def _login(access: float, refresh: float | None) -> dict[str, bytes]:
    """The file of a login whose tokens end so many hours from now; None: it has no refresh token."""
    now = time.time()
    entry = {"accessToken": LOGIN, "expiresAt": int((now + access * 3600) * 1000), "scopes": ["user:inference"]}
    if refresh is not None:
        ends = int((now + refresh * 3600) * 1000)
        entry |= {"refreshToken": "sk-ant-ort01-" + "x1" * 40, "refreshTokenExpiresAt": ends}
    return {f"{HOME}/.claude/.credentials.json": json.dumps({"claudeAiOauth": entry}).encode()}


_FORBIDDEN = error(403, "permission_error", "Your API key does not have permission to use the specified resource.")
_WORKSPACE = error(403, "permission_error", "This API key is not allowed to use this workspace.")
_DISABLED = error(400, "invalid_request_error", "This organization has been disabled.")

NETWORKS = (
    Broken("no key", "key_missing", environ=NO_KEY, below="key_rejected", role=PLAIN),
    Broken("near-miss name", "key_missing", environ={**NO_KEY, "CLAUDE_API_KEY": KEY}, below="key_malformed"),
    Broken("no key at the first run", "key_missing", environ=NO_KEY, mode="interactive", below="key_rejected"),
    Broken("another vendor's key under that vendor's name", "key_missing", key=None, environ={"OPENAI_API_KEY": OPENAI_KEY},
           below="key_malformed", role=NEIGHBOUR),
    Broken("a key outside the file's env", "key_missing", key=None, home=HOME, below="settings_broken",
           files={SETTINGS: json.dumps({"ANTHROPIC_API_KEY": KEY}).encode()}),
    Broken("a blank in the settings over the shell's key", "key_missing", home=HOME, below="key_rejected",
           files={SETTINGS: json.dumps({"env": NO_KEY}).encode()}),
    Broken("no key for the SDK", "key_missing", key=None, client="anthropic-python", below="key_rejected"),

    Broken("key in quotes", "key_malformed", environ={"ANTHROPIC_API_KEY": f'"{KEY}"'}, below="key_rejected", role=PLAIN),
    Broken("another vendor's key", "key_malformed", environ={"ANTHROPIC_API_KEY": OPENAI_KEY}, below="base_url_other_provider", role=NEIGHBOUR),
    Broken("a placeholder", "key_malformed", environ={"ANTHROPIC_API_KEY": "your-api-key-here"}, below="key_missing"),
    Broken("a variable that nobody filled in", "key_malformed", environ={"ANTHROPIC_API_KEY": "${ANTHROPIC_API_KEY}"}, below="key_missing"),
    Broken("a key as a page shows it", "key_malformed", environ={"ANTHROPIC_API_KEY": "sk-ant-api03-R2D...AgAA"}, below="key_rejected"),
    Broken("a key in base64", "key_malformed", environ={"ANTHROPIC_API_KEY": base64.b64encode(KEY.encode()).decode()}, below="key_rejected"),
    Broken("a key in capitals", "key_malformed", environ={"ANTHROPIC_API_KEY": KEY.upper()}, below="key_rejected"),
    Broken("a key with a capital at its beginning", "key_malformed", environ={"ANTHROPIC_API_KEY": KEY.capitalize()}, below="key_rejected"),
    Broken("a key in small letters", "key_malformed", environ={"ANTHROPIC_API_KEY": KEY.lower()}, below="key_rejected"),
    Broken("a key with the comma after it", "key_malformed", environ={"ANTHROPIC_API_KEY": f"{KEY},"}, below="key_rejected"),
    Broken("a whole line in a key's place", "key_malformed", environ={"ANTHROPIC_API_KEY": f"ANTHROPIC_API_KEY={KEY}"}, below="key_rejected"),
    Broken("the place of a secret that nobody fetched", "key_malformed", environ={"ANTHROPIC_API_KEY": "op://work/anthropic/key"},
           below="key_rejected"),
    Broken("the file of a secret in place of what it holds", "key_malformed", environ={"ANTHROPIC_API_KEY": "/run/secrets/anthropic"},
           below="key_rejected"),
    Broken("the place of a secret in short", "key_malformed", environ={"ANTHROPIC_API_KEY": "vault:secret/data/anthropic#key"},
           below="key_rejected"),
    Broken("a word in a key's place", "key_malformed", environ={"ANTHROPIC_API_KEY": "sesame"}, below="key_rejected"),
    Broken("the beginning of a key", "key_malformed", environ={"ANTHROPIC_API_KEY": "sk-ant-test"}, below="key_rejected"),
    Broken("an admin key", "key_malformed", environ={"ANTHROPIC_API_KEY": "sk-ant-admin01-" + "a1-B" * 23 + "cAA"}, below="key_forbidden"),
    Broken("a login's token in the place of a key", "key_malformed", environ={"ANTHROPIC_API_KEY": LOGIN}, below="login_expired"),
    Broken("a sign-in's token of another make in the place of a key", "key_malformed", environ={"ANTHROPIC_API_KEY": _JWT}, below="key_rejected"),
    Broken("a key with a typographer's quotes", "key_malformed", environ={"ANTHROPIC_API_KEY": f"“{KEY}”"}, below="key_rejected"),
    Broken("a line break inside a key", "key_malformed", environ={"ANTHROPIC_API_KEY": f"{KEY[:60]}\n{KEY[60:]}"}, below="key_rejected"),
    Broken("a token beside a key that cannot be sent", "key_malformed",
           environ={"ANTHROPIC_AUTH_TOKEN": KEY, "ANTHROPIC_API_KEY": f"{KEY[:50]}\n{KEY[50:]}"}, below="key_rejected"),

    Broken("revoked key", "key_rejected", environ={"ANTHROPIC_API_KEY": REVOKED}, below="key_malformed", role=PLAIN),
    Broken("revoked key of a settings file", "key_rejected", key=None, home=HOME, below="credential_conflict",
           files={SETTINGS: json.dumps({"env": {"ANTHROPIC_API_KEY": REVOKED}}).encode()}),
    Broken("revoked key, first run", "key_rejected", environ={"ANTHROPIC_API_KEY": REVOKED}, mode="interactive", below="edge_blocked"),
    Broken("a revoked key beside a proxy for other hosts", "key_rejected", below="proxy_malformed",
           environ={"ANTHROPIC_API_KEY": REVOKED, "HTTPS_PROXY": "socks5://127.0.0.1:1080", "NO_PROXY": API}),
    Broken("a key that lost its last letters", "key_rejected", environ={"ANTHROPIC_API_KEY": KEY[:-3]}, below="key_malformed", role=NEIGHBOUR),
    Broken("revoked key of the SDK", "key_rejected", environ={"ANTHROPIC_API_KEY": REVOKED}, client="anthropic-python@0.121.0",
           below="key_malformed"),

    Broken("login refused", "login_expired", key=None, home=HOME, files=_login(5, 500), below="key_rejected", role=PLAIN),
    Broken("both tokens of a login are over", "login_expired", key=None, home=HOME, files=_login(-900, -100), below="key_missing"),
    Broken("a refused token of a login in its variable", "login_expired", key=None, environ={"CLAUDE_CODE_OAUTH_TOKEN": LOGIN},
           below="key_rejected", role=NEIGHBOUR),
    Broken("a login to renew", "unknown", key=None, home=HOME, files=_login(-1, 500)),

    Broken("key without permission", "key_forbidden", lambda: {API: api(refuses=_FORBIDDEN)}, below="key_rejected", role=PLAIN),
    Broken("key of another workspace, first run", "key_forbidden", lambda: {API: api(refuses=_WORKSPACE)}, mode="interactive",
           below="edge_blocked"),
    Broken("key without permission, from a country on no list", "key_forbidden",
           lambda: {API: api(refuses=_FORBIDDEN, unserved=frozenset())}, lab={"country": "RU"}, below="region_unsupported", role=NEIGHBOUR),

    Broken("organisation disabled", "org_disabled", lambda: {API: api(refuses=_DISABLED)}, below="payload_invalid", role=PLAIN),
    Broken("organisation disabled, of a login", "org_disabled", lambda: {API: api(refuses=_DISABLED, keys=(LOGIN,))}, key=None, home=HOME,
           files=_login(5, 500), below="login_expired"),
    Broken("organisation disabled, told as a refused key is", "org_disabled",
           lambda: {API: api(refuses=error(403, "permission_error", "This organization has been disabled."))}, below="key_forbidden",
           role=NEIGHBOUR),

    Broken("a token beside another vendor's key", "unknown",
           environ={"ANTHROPIC_AUTH_TOKEN": KEY, "ANTHROPIC_API_KEY": OPENAI_KEY}, also=("key_malformed",)),
)  # fmt: skip
