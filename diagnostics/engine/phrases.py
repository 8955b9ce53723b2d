"""Plain words for the closed words of facts, so that no sentence for a person says ``dns_nxdomain``."""

from __future__ import annotations

PHRASES: dict[str, str] = {
    # failures: names
    "dns_nxdomain": "no such name",
    "dns_servfail": "it reports a failure of its own",
    "dns_refused": "it refuses to answer",
    "dns_timeout": "no answer in time",
    "dns_no_data": "the name has no address",
    "dns_unreachable": "it cannot be reached",
    "dns_error": "its answer cannot be used",
    # connections
    "connect_refused": "connection refused",
    "connect_timeout": "no answer in time",
    "connect_reset": "connection reset",
    "host_unreachable": "no way to that host",
    "network_unreachable": "no way to that network",
    "connect_prohibited": "forbidden by a filter",
    "address_unavailable": "this machine has no address of that kind",
    # proxies
    "proxy_refused_tunnel": "the proxy refused",
    "proxy_garbled": "not the answer of a proxy",
    "proxy_closed": "the proxy closed the connection",
    "proxy_timeout": "the proxy gave no answer in time",
    # TLS
    "tls_unknown_authority": "unknown authority",
    "tls_self_signed": "signed by itself or by a private authority",
    "tls_expired": "expired",
    "tls_not_yet_valid": "not valid yet",
    "tls_wrong_name": "made for another name",
    "tls_bad_certificate": "the certificate cannot be used",
    "tls_reset": "reset during the TLS handshake",
    "tls_closed": "closed during the TLS handshake",
    "tls_timeout": "no answer to the TLS handshake",
    "tls_not_tls": "the other side does not speak TLS",
    "tls_version": "no TLS version in common",
    "tls_no_cipher": "no cipher in common",
    "tls_client_certificate_required": "a client certificate is demanded",
    "tls_alert": "the other side refused the TLS handshake",
    "tls_trust_unusable": "no usable certificate in the trust settings",
    # HTTP
    "http_timeout": "no answer in time",
    "http_reset": "connection reset before the answer",
    "http_closed": "connection closed before the answer",
    "http_garbled": "the answer is not HTTP",
    "http_too_large": "the answer is too large",
    "http_redirect_loop": "redirected in a circle",
    # ours
    "guard": "refused by the address guard",
    "deadline": "the time was over",
    "ended_early": "not waited for any longer, since the client's own way had worked",
    "cancelled": "stopped",
    "internal_error": "our own fault",
    "io_error": "an error of the system",
    # what is wrong with a setting
    "no_scheme": "it has no https:// or http:// in front",
    "unknown_scheme": "it begins with something other than https:// or http://",
    "whitespace": "it has white space in it",
    "quotes": "quotes came along",
    "doubled_version": "it ends with /v1",
    "endpoint_path": "it ends with the path of an endpoint",
    "query": "it has a question mark or a number sign in it",
    "unparsable": "it cannot be read as an address",
    "bad_port": "its port is no number a port can have",
    "empty": "it is empty",
    "newline": "it has a line break in it",
    "bom": "it has an invisible character in it",
    "smart_quotes": "typographic quotes came along",
    "control_character": "it has a control character in it",
    "non_ascii": "it has characters that no key has",
    "extra_text": "there is more around it than the key",
    "placeholder": "it is an example's text",
    "truncated": "it is a shortened key, as a page shows it",
    "wrong_vendor": "it is another vendor's key",
    "admin_key": "it is an admin key",
    "oauth_in_key_slot": "it is a login's token in the place of a key",
    "refresh_token": "it is a login's refresh token",
    "session_cookie": "it is a browser's session",
    "variable_not_expanded": "it is the name of a variable nobody filled in",
    "unescaped_credentials": "its password has signs that must be written as codes",
    "socks_unsupported": "it is a SOCKS proxy, which this client does not speak",
    "socks_package_missing": "it is a SOCKS proxy, and the package that speaks it is not installed beside this client",
    "no_proxy_entry": "an entry of the list of exceptions ends this client",
    "cases_differ": "upper and lower case variables differ",
    "missing": "the file is not there",
    "not_pem": "the file is no PEM certificate",
    "unreadable": "the file cannot be read",
    "alone": "only one of certificate and key is named",
    "mismatch": "certificate and key do not belong together",
    "passphrase": "the passphrase does not open the key",
    # what a body has in place of JSON
    "byte_order_mark": "it begins with a byte order mark, which is no JSON",
    "utf16": "it is UTF-16, and the API reads UTF-8",
    "utf32": "it is UTF-32, and the API reads UTF-8",
    "not_utf8": "a byte there is no UTF-8",
    "binary": "it is no text at all",
    "too_deep": "it is nested too deeply",
    "too_many_parts": "it has more parts than are looked at here",
    "not_a_number": "NaN and Infinity are no JSON",
    "lone_surrogate": "half of a surrogate pair stands there without its other half",
    "trailing_comma": "a comma stands before a closing bracket",
    "raw_control_character": "a line break, tab or other control character stands inside a text, where it must be escaped",
    "ends_early": "it ends before it is complete",
    "bad_escape": "a backslash stands before a character that it cannot escape",
    "single_quotes": "single quotes stand where JSON wants double ones",
    "comment": "a comment stands there, and JSON has none",
    "python_words": "True, False or None is Python, and JSON writes true, false and null",
    "several_documents": "more follows after the end of the first document",
    "bare_name": "a name stands there without double quotes",
    "not_json": "it does not begin as JSON",
    "missing_comma": "a comma or a colon is missing there",
    "unexpected": "what stands there is no JSON value",
    "not_an_object": "its outermost value is not an object",
    "json_in_a_string": "it is one text that holds JSON: it was encoded twice",
    # what is wrong with headers
    "illegal_name": "a header's name is none",
    "illegal_value": "a header holds a character that it cannot carry",
    "version_missing": "anthropic-version is missing",
    "version_twice": "anthropic-version is sent twice",
    "version_unknown": "anthropic-version has an unknown value",
    "type_missing": "content-type is missing",
    "type_wrong": "content-type is not application/json",
    "beta_malformed": "a value of anthropic-beta has not the form of one",
    # kinds of addresses
    "public": "a public address",
    "loopback": "this machine itself",
    "private": "a private network",
    "zero": "no address at all",
    "link_local": "this network segment",
    "metadata": "a cloud's metadata service",
    "fake_ip": "a stand-in of a local proxy program",
    "sinkhole": "a filter's dead end",
    "documentation": "an address for documentation",
    "multicast": "a group address",
}

SPOKEN = ("problems", "kinds", "failures")
"""Last parts of the names of word facts whose words are closed and have phrases."""

SOURCES = {
    "default": "the client's own default",
    "environment": "an environment variable",
    "operating system": "the operating system's settings",
}
"""Places where a setting was found, as a sentence names them; a path stands for itself."""

ANSWERERS = {
    "provider": "the provider's API",
    "edge": "the provider's edge",
    "edge_region": "the provider's edge, refusing a region",
    "other_vendor": "another vendor's API",
    "gateway": "a gateway",
    "proxy": "the proxy",
    "middlebox": "something in between",
    "portal": "a sign-in page of this network",
    "unknown": "somebody unknown",
}
"""Who gave an answer."""

FACTORS = {
    "proxy": "the proxy",
    "family": "the kind of address",
    "trust": "the trusted authorities",
    "resolver": "the address",
    "base_url": "the base URL",
    "credential": "the credential",
    "nothing": "nothing",
}
"""What an experiment changes."""

COUNTRIES = {
    "AF": "Afghanistan",
    "BY": "Belarus",
    "CN": "China",
    "CU": "Cuba",
    "DE": "Germany",
    "FR": "France",
    "GB": "United Kingdom",
    "HK": "Hong Kong",
    "IN": "India",
    "IR": "Iran",
    "JP": "Japan",
    "KP": "North Korea",
    "KR": "South Korea",
    "MM": "Myanmar",
    "MO": "Macao",
    "NL": "Netherlands",
    "RU": "Russia",
    "SG": "Singapore",
    "SY": "Syria",
    "T1": "Tor",
    "TW": "Taiwan",
    "US": "United States",
    "VE": "Venezuela",
}
"""The edge's two-letter places that people meet most, those of refusals first of all; the others stand for themselves."""

TRUST_SETS = {"public": "the public authorities", "system": "the operating system's store"}
"""Stores of authorities, as experiments and outlooks name them."""

DIFFERENCES = {
    "base_url": "base URL",
    "proxy": "proxy",
    "no_proxy": "exceptions from the proxy",
    "trust": "authorities it trusts",
    "credential": "credential",
    "settings_file": "settings files",
    "addresses": "addresses it tries",
}
"""In what another client differs."""
