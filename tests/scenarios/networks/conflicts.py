"""Two credentials are set: the wrong one wins, or both are refused."""

from __future__ import annotations

import json

from diagnostics.lab import KEY
from diagnostics.lab.api import api, error
from diagnostics.lab.http import Request, Response, Site
from tests.scenarios.networks.declaring import API, HOME, NEIGHBOUR, PLAIN, REVOKED, SETTINGS, Broken

LOGIN = "sk-ant-oat01-" + "a-login-of-the-range-" * 4 + "AA"
_ENTRY = {"accessToken": LOGIN, "refreshToken": "x" * 60, "expiresAt": 4_102_444_800_000, "scopes": ["user:inference"]}
_FILES = {f"{HOME}/.claude/.credentials.json": json.dumps({"claudeAiOauth": _ENTRY}).encode()}
_OVER_LOGIN = {"ANTHROPIC_API_KEY": REVOKED}
_TWO = {"ANTHROPIC_API_KEY": REVOKED, "ANTHROPIC_AUTH_TOKEN": KEY}


def _disabled_but_for(credential: str) -> Site:
    """The API, where every other credential belongs to an account that was switched off."""
    fine, refused = (
        api(keys=(credential,)),
        api(refuses=error(400, "invalid_request_error", "This organization has been disabled.")),
    )

    def answer(request: Request) -> Response:
        own = request.headers.get("authorization") == f"Bearer {credential}"
        return fine.app(request) if own else refused.app(request)

    return Site(answer)


NETWORKS = (
    Broken("a left-over key wins over the login", "credential_conflict", lambda: {API: api(keys=(LOGIN,))}, _OVER_LOGIN, _FILES, home=HOME,
           below="key_rejected", role=PLAIN),
    Broken("a key of the custom headers wins over a good one", "credential_conflict", below="key_rejected",
           environ={"ANTHROPIC_CUSTOM_HEADERS": f"x-api-key: {REVOKED}"}),
    Broken("a good token beside a refused key", "credential_conflict", environ=_TWO, below="key_rejected"),
    Broken("the key of a settings file wins over the terminal's", "credential_conflict", home=HOME, below="key_rejected",
           files={SETTINGS: json.dumps({"env": {"ANTHROPIC_API_KEY": REVOKED}}).encode()}),
    Broken("a key wins over the token, in an SDK that sends one", "credential_conflict", environ=_TWO, client="anthropic-python",
           below="key_rejected"),
    Broken("both are sent, by an SDK that sends both", "credential_conflict", environ=_TWO, client="anthropic-python@0.121.0",
           below="key_rejected"),
    Broken("a disabled account's key wins over the login", "credential_conflict", lambda: {API: _disabled_but_for(LOGIN)}, files=_FILES, home=HOME,
           below="org_disabled"),
    Broken("an example's text wins over the token", "credential_conflict", client="anthropic-python", below="key_malformed", role=NEIGHBOUR,
           environ={"ANTHROPIC_API_KEY": "your-api-key-here", "ANTHROPIC_AUTH_TOKEN": KEY}),

    Broken("the login is refused as well", "key_rejected", environ=_OVER_LOGIN, files=_FILES, home=HOME, below="credential_conflict"),
    Broken("both are the same key", "key_rejected", client="anthropic-python", below="credential_conflict",
           environ={"ANTHROPIC_API_KEY": REVOKED, "ANTHROPIC_AUTH_TOKEN": REVOKED}),
    Broken("the token that wins over a refused key is refused too", "login_expired", environ={"CLAUDE_CODE_OAUTH_TOKEN": LOGIN}, key=None,
           files={f"{HOME}/.claude.json": json.dumps({"primaryApiKey": REVOKED}).encode()}, home=HOME, below="credential_conflict"),
)  # fmt: skip
