"""The facts: name -> (type, meaning), in the order of the path.

A probe may give only these and knowledge may test only these; tests hold both to it. Types: ``str``, ``bool``, ``int``, ``float``,
``words`` (several), ``failure`` (of ``vocabulary.FAILURES``), ``answerer`` (of ``vocabulary.ANSWERERS``).
"""

from __future__ import annotations

from diagnostics.engine.path_facts import PATH_FACTS
from diagnostics.engine.vocabulary import CALLS, FACTORS

_HTTP_FACTS = {
    "status": ("int", "HTTP status of the answer"),
    "failure": ("failure", "why no answer came"),
    "tunnel_status": ("int", "status with which a proxy refused the tunnel to it"),
    "answerer": ("answerer", "who spoke, computed from headers, body shape and certificate"),
    "vendor": ("str", "vendor whose error shape or headers the answer has"),
    "error_type": ("str", "error.type of a JSON error body"),
    "error_code": ("str", "error.code or error.details.error_code of a JSON error body"),
    "error_message": ("str", "message of a JSON error body, scrubbed, at most 300 characters"),
    "content_type": ("str", "media type of the answer"),
    "title": ("str", "title of an HTML answer, at most 120 characters"),
    "server": ("str", "Server header"),
    "via": ("str", "Via header"),
    "request_id": ("str", "request-id header, or request_id of the body"),
    "edge_id": ("str", "cf-ray or the like"),
    "edge_code": ("str", "number of an 'error code: 10xx' answer"),
    "cached": ("bool", "a cache gave the answer, and says for how long it has had it (Age)"),
    "challenge": ("bool", "the edge answered with a challenge"),
    "retry_after": ("float", "Retry-After in seconds"),
    "wants": (
        "words",
        "schemes that it asks for by WWW-Authenticate or Proxy-Authenticate, lower case; and invalid_token where it names that error",
    ),
    "location": ("str", "host that a redirect leads to; absent for another page of the same"),
    "led_to_tls": ("bool", "the redirect leads to the same host over TLS, where it was asked without"),
    "first_byte_seconds": ("float", "from the request sent to the first byte of the answer"),
}

HTTP_PROBES = {
    "hello.api": "GET /api/hello of the first-party API host",
    "hello.platform": "GET /v1/oauth/hello of the platform host",
    "api.models": "GET {base}/v1/models?limit=1 with the credential that wins",
    "api.count_tokens": "POST {base}/v1/messages/count_tokens with the credential that wins",
    "api.message": "POST {base}/v1/messages with the credential that wins, which is billed",
    "edge.trace": "GET /cdn-cgi/trace of the effective host",
    "service.status": "GET summary.json of the provider's status page",
}
"""What each probe of a call asks; ``{base}`` is the base URL."""

_CALL_FACTS = {
    "accepted": ("bool", "200 with the answer that was asked for: a list, a count, a message"),
    "credential_sent": ("bool", "the credential went with the request"),
    "failed_first": ("int", "status of a server's failure, where the same question was answered a moment later"),
    "withheld": ("str", "why it did not: none, unverified_tls, other_vendor, malformed, guard"),
}

_EXPERIMENT = {
    "passes": ("bool", "with this one thing changed the same question is answered as it should be"),
    "from": ("str", "what stood there"),
    "to": ("str", "what was put in its place"),
    "before": ("str", "what became of the question as configured: a status or a failure word"),
    "after": ("str", "what became of it with the change"),
    "answerer": ("answerer", "who answered with the change"),
}

FACTS: dict[str, tuple[str, str]] = {
    # -- what is configured ----------------------------------------------------------------------------------------
    "config.client.name": ("str", "client whose rules count"),
    "config.client.version": ("str", "its version"),
    "config.client.build": ("str", "how it was installed: native npm python debian"),
    "config.client.known_bad": ("words", "defects known of this version that this configuration meets"),
    "config.client.breaks": (
        "words",
        "what they do: start (it ends before it sends anything), first_run (its first check fails), around (it goes around "
        "the proxy that newer versions take), through (it goes to the proxy that newer versions leave out)",
    ),
    "config.client.newest_way": (
        "str",
        "how the newest version would go from the same settings, where that is another way: direct, proxy",
    ),
    "config.client.defect": ("str", "the first of them, in words"),
    "config.client.mended_in": ("str", "where that is mended"),
    "config.runtime.name": ("str", "interpreter the client runs on: node python"),
    "config.runtime.version": ("str", "its version, where its place on the disk tells"),
    "config.client.first_address_only": (
        "bool",
        "of a name's addresses this client tries the first, and no other when that fails",
    ),
    "config.mode": ("str", "interactive or print"),
    "config.first_run_counts": ("bool", "this client, in this mode, makes its first-run check"),
    "config.onboarding_complete": ("bool", "the client's state file says its first run is over"),
    "config.provider_switch": ("str", "cloud provider the client is switched to (bedrock, vertex, foundry, ...)"),
    "config.provider_switches_beside": ("words", "further switches to cloud providers that are on and lose"),
    "config.base_url.value": ("str", "base URL as written, without credentials"),
    "config.base_url.source": ("str", "where it was found"),
    "config.base_url.made_from": (
        "str",
        "variable with the region or resource out of which a switched client makes its address, where none is written",
    ),
    "config.base_url.unread": ("str", "variable with a base URL that is set and that this client does not read"),
    "config.base_url.default": ("bool", "it is the client's own default"),
    "config.base_url.problems": (
        "words",
        "no_scheme unknown_scheme whitespace quotes doubled_version endpoint_path unparsable bad_port empty query page_host doubled_scheme foreign_port",
    ),
    "config.base_url.host": ("str", "host of the base URL"),
    "config.base_url.port": ("int", "port of the base URL"),
    "config.base_url.vendor": (
        "str",
        "vendor that owns the host (anthropic, openai, deepseek, ...), absent when unknown",
    ),
    "config.base_url.first_party": ("bool", "the host belongs to the credential's first-party provider, Anthropic"),
    "config.base_url.compatible": ("bool", "another vendor's documented Anthropic-compatible base URL"),
    "config.base_url.vendor_address": (
        "str",
        "base URL that this vendor documents for Anthropic's clients at the same host, where another one is written",
    ),
    "config.base_url.plain_http": ("bool", "the API is spoken to without TLS"),
    "config.base_url.loopback": ("bool", "the base URL points at this machine"),
    "config.key.present": ("bool", "a credential reaches the client"),
    "config.key.kind": ("str", "kind of the credential that wins"),
    "config.key.name": ("str", "variable, setting or file entry that holds it"),
    "config.key.source": ("str", "where it was found"),
    "config.key.headers": ("words", "headers it goes in"),
    "config.key.shape": ("str", "its printable shape"),
    "config.key.fingerprint": ("str", "its fingerprint"),
    "config.key.length": ("int", "its length in characters"),
    "config.key.vendor": ("str", "vendor its shape belongs to, absent when the shape tells none"),
    "config.key.type": ("str", "api_key admin_key oauth_access oauth_refresh session_cookie by its shape"),
    "config.key.problems": (
        "words",
        "whitespace newline quotes bom smart_quotes control_character non_ascii placeholder truncated empty wrong_vendor admin_key oauth_in_key_slot refresh_token session_cookie variable_not_expanded secret_reference encoded wrong_case extra_text",
    ),
    "config.key.header_illegal": ("bool", "no HTTP header can carry it, so the client stops before sending"),
    "config.key.testable": (
        "bool",
        "it can be tried as it stands: no helper's output, no profile, no token that is to be renewed first",
    ),
    "config.key.helper": (
        "str",
        "why the helper gives no key: missing, failed; absent where it was not run, or gave one",
    ),
    "config.key.login_forced": (
        "bool",
        "the operator's managed settings demand a login, so the client stops at this credential",
    ),
    "config.key.near_misses": ("words", "names set that look like the right one (case, typo, another vendor's)"),
    "config.key.declined": ("words", "keys that the person once told the client not to use"),
    "config.key.along": (
        "words",
        "names of credentials that the client sends along with the winner, in their own header",
    ),
    "config.key.along_stays": ("str", "why one of those must stay here: malformed, other_vendor; then none is sent"),
    "config.key.others": ("words", "credentials that are set and lose"),
    "config.key.rivals": (
        "words",
        "credentials that lose, hold another secret than the winner, and could be right by their form",
    ),
    "config.key.outranked": ("words", "credentials for the API itself that a switch to a cloud provider wins over"),
    "config.key.login_expired": ("bool", "a login's access and refresh tokens are both past their end"),
    # -- headers besides the client's own ------------------------------------------------------------------------
    "config.headers.names": ("words", "names and places of the headers that go with requests besides the client's own"),
    "config.headers.problems": (
        "words",
        "illegal_name illegal_value version_missing version_twice version_unknown type_missing type_wrong beta_malformed",
    ),
    "config.headers.told": ("words", "a sentence about each of them"),
    "config.headers.illegal": ("bool", "one of them cannot be sent, so the client stops before it sends"),
    "config.headers.betas": ("words", "values of anthropic-beta among them"),
    "config.headers.key_of": ("str", "vendor to whom a value among them belongs by its shape"),
    "config.proxy.present": ("bool", "a proxy is configured for the target's scheme"),
    "config.proxy.url": ("str", "proxy URL without credentials"),
    "config.proxy.variable": ("str", "variable it comes from"),
    "config.proxy.source": ("str", "where it was found"),
    "config.proxy.credentials": ("str", "fingerprint of the user name and password in it"),
    "config.proxy.scheme": ("str", "scheme of the proxy URL"),
    "config.proxy.address": ("str", "host and port of the proxy, as a command writes them"),
    "config.proxy.lone_user": ("bool", "a user name is written in the URL, and no password"),
    "config.proxy.has_credentials": ("bool", "user name or password is written in the URL"),
    "config.proxy.problems": (
        "words",
        "no_scheme unknown_scheme bad_port unescaped_credentials socks_unsupported socks_package_missing no_proxy_entry cases_differ unparsable whitespace quotes pac_file",
    ),
    "config.proxy.stops": (
        "bool",
        "the client stops at the setting and asks its target nothing, by no other way either",
    ),
    "config.proxy.bypassed": ("bool", "NO_PROXY takes the target out of the proxy"),
    "config.proxy.system": (
        "words",
        "proxies that the desktop, the operating system or another program's settings (npm, git, pip, curl) name, with where; "
        "PAC before an automatic configuration",
    ),
    "config.proxy.alternative": (
        "str",
        "proxy that is set on this machine and that this client does not use for its target, without credentials",
    ),
    "config.proxy.ignored": ("words", "proxy variables that are set and that this client does not read"),
    "config.trust.sets": ("words", "what is trusted: public, system, and files"),
    "config.ca.files": ("words", "CA files the client's settings name"),
    "config.ca.problems": ("words", "missing empty not_pem unreadable"),
    "config.ca.stops": ("bool", "the client ends at it before it sends anything, plain HTTP or not"),
    "config.mtls.problems": (
        "words",
        "missing unreadable not_pem alone mismatch passphrase",
    ),
    "config.mtls.variable": ("str", "variable of its file that is at fault"),
    "config.mtls.stops": ("bool", "the client makes no TLS connection with it"),
    "config.ca.variable": (
        "str",
        "variable that names the broken file, or the one that stands in the place of all others",
    ),
    "config.tls.verification_off": ("bool", "certificate checks are switched off"),
    "config.settings.variables": (
        "words",
        "NAME in PLACE: where each variable is set that a settings file sets, the strongest place first",
    ),
    "config.settings.broken": ("words", "file:line:column of settings files that cannot be read"),
    "config.settings.broken_file": ("str", "the first of these files"),
    "config.settings.broken_matters": (
        "bool",
        "a broken file is one this client reads and stops at, or loses settings from",
    ),
    "config.settings.broken_stops": ("bool", "the client does not start, or stops and asks, because of a broken file"),
    "config.model": ("str", "model name as configured"),
    "config.timeout_unusable": (
        "str",
        "API_TIMEOUT_MS is what this version takes for no time limit: zero negative no_number",
    ),
    "config.time_limit_seconds": ("float", "how long the client waits for an answer, as API_TIMEOUT_MS says"),
    "config.timeout_overflow": ("bool", "API_TIMEOUT_MS is over 2147483647, which fails every request at once"),
    # -- the given request -----------------------------------------------------------------------------------------
    "request.given": ("bool", "a request body was given to be judged"),
    "request.size": ("int", "its size in bytes"),
    "request.over_limit": ("bool", "it is larger than the API takes"),
    "request.encoding": ("str", "utf-8 utf-8-bom utf-16 utf-32 binary"),
    "request.json": ("bool", "it is JSON, and an object"),
    "request.parse.problem": ("str", "why not, a word"),
    "request.parse.line": ("int", "line of that, from 1"),
    "request.parse.column": ("int", "column of that, from 1"),
    "request.faults": ("words", "what in it no request may have, each with its place"),
    "request.likely": ("words", "what in it is not known to be taken, in parts that a count of tokens takes too"),
    "request.doubtful": ("words", "the same, in parts that only a message takes"),
    "request.odd": ("words", "what in it may not be meant"),
    "request.kinds": (
        "words",
        "missing wrong_type unknown_field unknown_kind bad_value out_of_range empty conflict other_vendor not_for_model",
    ),
    "request.form": ("str", "title of another protocol that it is written for"),
    "request.model": ("str", "model it names"),
    "request.max_tokens": ("int", "most tokens it asks for"),
    "request.messages": ("int", "number of its messages"),
    "request.stream": ("bool", "it asks for a stream"),
    # -- control hosts, names, proxy, connections, TLS, clock --------------------------------------------------
    **PATH_FACTS,
    # -- HTTP ------------------------------------------------------------------------------------------------------
    **{f"{probe}.{k}": v for probe in HTTP_PROBES for k, v in _HTTP_FACTS.items()},
    "hello.api.kinds": ("words", "kinds of the addresses that the first-run check's first host has here"),
    "hello.platform.kinds": ("words", "kinds of the addresses that its second host has here"),
    "hello.api.via_proxy": ("bool", "the first of them is asked through a proxy"),
    "hello.platform.via_proxy": ("bool", "the second is"),
    "hello.ok": ("bool", "both first-run addresses answered 200 with their own body"),
    "edge.trace.country": ("str", "exit country as the edge sees it, ISO 3166"),
    "edge.trace.listed": (
        "bool",
        "that country stands on a list of supported ones; absent for territories that no list decides",
    ),
    "edge.trace.ip": ("str", "exit address"),
    "edge.trace.colo": ("str", "the edge's site"),
    **{f"{call}.{k}": v for call in CALLS for k, v in _CALL_FACTS.items()},
    "api.models.form": ("str", "whose form the list has: anthropic, openai"),
    "api.count_tokens.model_chosen": (
        "bool",
        "it was counted for a model of the list, since none is named that the API knows",
    ),
    "api.models.same_without": ("bool", "the refusal is the same where no credential is sent"),
    "api.models.open": ("bool", "the same list is given without a credential, so it proves none"),
    "api.models.organization": ("str", "anthropic-organization-id of the answer"),
    "api.model.listed": ("bool", "the configured model stands in the list"),
    "api.message.stream": ("bool", "the answer was asked for as a stream"),
    "api.message.streamed": ("bool", "it came as a stream of events"),
    "api.message.begun": ("bool", "the stream's first event came"),
    "api.message.complete": ("bool", "the stream's last event came"),
    "api.message.broken": ("failure", "why the stream ended before it"),
    "api.message.events": ("int", "events that came"),
    "api.message.pieces": ("int", "pieces in which they came, as somebody cut them"),
    "api.message.length_told": ("bool", "its length was told in front, which nobody knows of a stream"),
    "api.message.first_event_seconds": ("float", "from the request sent to the first event"),
    "api.message.waited_seconds": ("float", "the same, less what a plain call takes"),
    "api.message.spread_seconds": ("float", "from the first event to the last"),
    "api.message.held_seconds": ("float", "how much later than its own date it came, at least"),
    "api.message.billed_tokens": ("int", "tokens that the message cost"),
    "service.status.indicator": ("str", "none minor major critical"),
    "service.status.api": ("str", "state of the API's component"),
    "service.status.incidents": ("words", "titles of open incidents that concern the API"),
    # -- experiments: one factor changed, everything else as the client does it ------------------------------------
    **{f"experiment.{factor}.{k}": v for factor in FACTORS for k, v in _EXPERIMENT.items()},
}
