"""Plain words for what the rules of a client can say: once for each closed word, never for one client."""

from __future__ import annotations

import re

_COMMAS = "Entries stand between commas alone"
_EITHER = "Entries stand between commas or white space."
_BELOW = "A name covers itself and everything below it"
_DOTTED = f"{_BELOW}; with a leading dot only what is below it."
_NO_RANGES = "Address ranges do not count."
_ANYWHERE = "* anywhere spares every host."
_ALONE = "* spares every host only where it stands alone."

MATCHERS = {
    "claude_code": f"{_EITHER} {_BELOW}, with or without a leading dot or *. in front. Address ranges such as 10.0.0.0/8 count. {_ANYWHERE}",
    "bun": f"{_COMMAS}: with spaces between them nothing is spared. {_BELOW}. {_NO_RANGES} {_ANYWHERE}",
    "curl": f"{_EITHER} {_BELOW}. Address ranges count. {_ALONE}",
    "httpx": f"{_COMMAS}. {_DOTTED} {_NO_RANGES} {_ANYWHERE}",
    "httpx_networks": f"{_COMMAS}. {_DOTTED} Ranges of IPv4 addresses count. {_ANYWHERE}",
    "requests": f"{_COMMAS}. {_BELOW}. Ranges of IPv4 addresses count. {_ALONE}",
    "undici_exact": f"{_EITHER} A name covers itself alone; with a leading dot or *. only what is below it. {_NO_RANGES} {_ANYWHERE}",
    "undici": f"{_EITHER} {_BELOW}. {_NO_RANGES} {_ALONE}",
    "none": "It reads no list of exceptions.",
}
"""How a list of exceptions from the proxy is read: the names of ``engine.environment.no_proxy.MATCHERS``."""

SCHEMELESS = {
    "refused": "A value without http:// or https:// in front cannot be used.",
    "http": "A value without a scheme counts as if http:// stood in front.",
    "http_with_port": "A value without a scheme counts as if http:// stood in front, if it has a port.",
    "http_named_with_port": "A value without a scheme counts as if http:// stood in front, if it is a name with its port; no address.",
}
"""What is made of an address without a scheme: the names of ``engine.environment.urls.SCHEMELESS``."""

HEADERS = {
    "fetch": "The key may hold every character that a header of Latin-1 can carry; a line break or a typographic quote inside ends the request.",
    "fetch_ascii": "The key may hold ASCII alone; anything else ends the request.",
    "h11": "The key may hold ASCII alone, without white space at its ends; anything else ends the request.",
    "h11_utf8": "The key may not hold line breaks, nor white space at its ends; either ends the request.",
    "requests": "The key may not hold line breaks, nor begin with white space; either ends the request.",
    "any": "Whatever stands in the variable is sent as it is.",
}
"""What may stand in a header: the names of ``engine.environment.keys.ILLEGAL``."""

TRIMS = {
    "": "White space around the key is sent along.",
    "ascii": "White space around the key is taken away.",
    "js": "White space around the key is taken away, invisible characters of Unicode too.",
}
"""What is taken from both ends of a key."""

STORES = {
    "public": "the public authorities that it brings along",
    "system": "the operating system's store",
}
"""Where a client's trusted authorities come from."""

BROKEN = {
    "fatal": "A file that cannot be used ends every TLS connection.",
    "ignored": "A file that cannot be used is passed over, with a warning at most.",
}
"""What becomes of a file of authorities or a client certificate that cannot be used."""

KINDS = {
    "api_key": "API key",
    "auth_token": "token",
    "oauth_token": "token of a login",
    "key_helper": "output of a helper",
    "login": "login",
    "profile": "profile",
}
"""Kinds of credentials, as ``vocabulary.CREDENTIAL_KINDS`` names them."""

PROFILES = {
    "named": "the profile that ANTHROPIC_PROFILE names",
    "federation": "the workload identity that the federation variables describe",
    "active": "the active profile on disk",
}
"""Which profile a credential is taken from."""

SKIPPED = {
    "auth_token": "a token in ANTHROPIC_AUTH_TOKEN or a custom authorization header",
    "key_helper": "an apiKeyHelper",
    "switch": "a switch to a cloud provider",
}
"""With what the first-run check is left out, by the words of ``skipped_with``."""

LOGINS = {
    "claudeAiOauth": "the login of an account, made with /login",
    "primaryApiKey": "the key that a login at the console has stored",
}
"""Entries of a client's login file."""

STOPS = {"zero": "zero", "negative": "a negative number", "no_number": "something that is no number"}
"""Values of a time limit that end every request."""

BUILDS = {"native": "native build", "npm": "installed from npm", "python": "Python package", "debian": "Debian package"}
"""How a client was installed."""

RUNTIMES = {"node": "Node", "python": "Python"}
"""What a client runs on."""

PARTS = {
    "base_url": "base URL",
    "credentials": "order of credentials",
    "keys": "treatment of the key",
    "headers": "headers",
    "proxy": "proxy",
    "trust": "trusted authorities",
    "mutual": "client certificate",
    "connecting": "choice of addresses",
    "timeout": "time limit",
    "first_run": "first-run check",
    "package": "way of installation",
    "model": "model",
    "switches": "cloud providers",
    "settings_types": "settings files",
    "own_files": "places of its own file",
}
"""Parts of the rules, for what a version changes."""

BREAKS = {
    "start": "ends before it sends anything",
    "through": "goes through the proxy where it should not",
    "around": "goes around the proxy where it should not",
    "first_run": "fails in its first-run check",
}
"""What a fault of a version does."""

VARIABLES = {
    "ANTHROPIC_API_KEY": "The API key.",
    "ANTHROPIC_AUTH_TOKEN": "A token, sent as Authorization: Bearer: what most gateways want.",
    "ANTHROPIC_BASE_URL": "Where requests go in place of the API; without /v1 at its end.",
    "ANTHROPIC_CUSTOM_HEADERS": "Further headers, one Name: Value in each line.",
    "ANTHROPIC_BETAS": "Further values for anthropic-beta, between commas.",
    "ANTHROPIC_MODEL": "The model, if nothing on the command line names another.",
    "ANTHROPIC_DEFAULT_MODEL": "The model to begin with.",
    "ANTHROPIC_PROFILE": "Name of the stored profile that signs in.",
    "ANTHROPIC_FEDERATION_RULE_ID": "Workload identity: the rule that trades an identity token for access.",
    "ANTHROPIC_ORGANIZATION_ID": "Workload identity: the organisation.",
    "ANTHROPIC_WORKSPACE_ID": "Workload identity: the workspace.",
    "ANTHROPIC_IDENTITY_TOKEN": "Workload identity: the token itself.",
    "ANTHROPIC_IDENTITY_TOKEN_FILE": "Workload identity: the file with the token.",
    "ANTHROPIC_CONFIG_DIR": "Where profiles are stored.",
    "ANTHROPIC_WEBHOOK_SIGNING_KEY": "Secret that signs webhooks; no part of a request.",
    "ANTHROPIC_LOG": "debug makes it log its requests.",
    "ANTHROPIC_FOUNDRY_RESOURCE": "Foundry: name of the resource.",
    "ANTHROPIC_FOUNDRY_API_KEY": "Foundry: the key.",
    "ANTHROPIC_FOUNDRY_AUTH_TOKEN": "Foundry: a token in place of the key.",
    "ANTHROPIC_AWS_API_KEY": "Claude Platform on AWS: the key.",
    "ANTHROPIC_AWS_WORKSPACE_ID": "Claude Platform on AWS: the workspace, which must be named.",
    "ANTHROPIC_VERTEX_PROJECT_ID": "Vertex AI: the project.",
    "AWS_BEARER_TOKEN_BEDROCK": "Bedrock: an API key in place of AWS credentials.",
    "AWS_REGION": "Bedrock: the region.",
    "CLOUD_ML_REGION": "Vertex AI: the region.",
    "CLAUDE_CODE_OAUTH_TOKEN": "A long-lived token of a login, made with claude setup-token.",
    "CLAUDE_CODE_OAUTH_REFRESH_TOKEN": "A refresh token, from which a login is made without a browser.",
    "CLAUDE_CODE_OAUTH_SCOPES": "What that login may do.",
    "CLAUDE_CODE_API_KEY_HELPER_TTL_MS": "After how long the key helper is asked again, in milliseconds.",
    "CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST": "Set by a program that embeds the client: routes and credentials of settings files then do not count.",
    "CLAUDE_CODE_MAX_RETRIES": "How often a failed request is asked again.",
    "CLAUDE_CODE_PROXY_RESOLVES_HOSTS": "1 leaves the look-up of names to the proxy.",
    "CURL_HOME": "Folder of its own file, looked at first.",
    "XDG_CONFIG_HOME": "Folder of settings files, in place of ~/.config.",
    "CLAUDE_CONFIG_DIR": "Where settings, state and credentials are, in place of the home folder.",
    "CI": "Set in build jobs: the client then asks no questions.",
    "NETRC": "File with passwords by host; its entry for the host replaces the authorization header.",
    "NODE_OPTIONS": "Options for Node itself.",
    "NODE_USE_ENV_PROXY": "1 makes Node read the proxy variables.",
    "NODE_USE_SYSTEM_CA": "1 makes Node trust the operating system's store as well.",
    "SSL_CERT_FILE": "File of trusted authorities.",
    "SSL_CERT_DIR": "Folder of trusted authorities with hashed names.",
}
"""Variables by their meaning, wherever the rules do not give them one by the place where they stand."""

SETTINGS = {
    "variables": (),
    "curl": (
        ("~/.curlrc", "Its proxy, noproxy, cacert and insecure go before the variables. It is looked for in CURL_HOME and XDG_CONFIG_HOME "
         "first, where these are set, and after that in ~/.config; the first one that is there is the only one."),
    ),
    "claude_code": (
        ("managed-settings.json", "Managed by an administrator: /Library/Application Support/ClaudeCode on macOS, /etc/claude-code on Linux, "
         "C:\\Program Files\\ClaudeCode on Windows; files in managed-settings.d beside it are laid over it."),
        ("--settings", "The file or JSON that stands behind this option on the command line."),
        (".claude/settings.local.json", "Of this folder, for you alone; its variables count once the folder is trusted."),
        (".claude/settings.json", "Of this folder, for everybody who works in it; its variables count once the folder is trusted."),
        ("~/.claude/settings.json", "Of this account; in CLAUDE_CONFIG_DIR where that is set."),
    ),
}  # fmt: skip
"""Settings files, strongest first, by the kind of configuration; a variable in one of them outranks the shell's."""


def filled(address: str) -> str:
    """An address with {NAME:fallback}, as people read it: with <NAME>."""
    return re.sub(r"\{([A-Z_]+)(?::[^{}]*)?\}", r"<\1>", address)
