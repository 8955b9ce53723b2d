"""What is wrong with a setting as it was typed, and what to write instead, by the words of the facts `config.*`."""

from __future__ import annotations

from collections.abc import Mapping

BASE_URL_SAYS: Mapping[str, str] = {
    "empty": "Leave it out for the client's own address, or write one such as https://api.anthropic.com.",
    "no_scheme": "The scheme is missing: write it with https:// in front, such as https://api.anthropic.com.",
    "unknown_scheme": "Clients speak https:// (or http:// inside a network): write it with one of them.",
    "whitespace": "There is a blank in it: write it without blanks, also at its ends.",
    "quotes": "There are quotes in it: write the address alone, without quotes.",
    "doubled_version": "The client adds /v1 by itself: write it without /v1, such as https://api.anthropic.com.",
    "endpoint_path": "The client adds the path of each call by itself: write only the start, such as "
    "https://api.anthropic.com, without /v1/messages.",
    "page_host": "This host has pages for people and not the API: write https://api.anthropic.com.",
    "doubled_scheme": "There is https:// in it twice: write it once, such as https://api.anthropic.com.",
    "foreign_port": "This host has its API at the usual port: leave the colon and the number out.",
    "query": "The client writes its path behind it: leave out everything from the ? or # on.",
    "unparsable": "This cannot be read as a URL: write one such as https://api.anthropic.com.",
    "bad_port": "The port is not a number from 1 to 65535: write it like https://gateway.example.com:8443.",
}
PROXY_SAYS: Mapping[str, str] = {
    "no_scheme": "The scheme is missing: write it with http:// in front, such as http://proxy.example.com:8080.",
    "unknown_scheme": "Write it with http:// or https:// in front, such as http://proxy.example.com:8080.",
    "bad_port": "The port is not a number from 1 to 65535: write it like http://proxy.example.com:8080.",
    "unescaped_credentials": "The user name or password holds a character that means something in a URL: "
    "write @ as %40, : as %3A, / as %2F and # as %23.",
    "pac_file": "This is a file of rules for browsers: write the address of a proxy that it names.",
    "socks_unsupported": "This client speaks no SOCKS: write the address of an HTTP proxy, such as "
    "http://proxy.example.com:8080.",
    "unparsable": "This cannot be read as a URL: write one such as http://proxy.example.com:8080.",
    "whitespace": "There is a blank in it: write it without blanks, also at its ends.",
    "quotes": "There are quotes in it: write the address alone, without quotes.",
}
KEY_SAYS: Mapping[str, str] = {
    "whitespace": "There is a blank at an end or inside: paste the key alone.",
    "newline": "There is a line break in it: paste the key as one line.",
    "quotes": "There are quotes around it: paste the key alone, without quotes.",
    "bom": "It begins with an invisible byte order mark, as some editors write it: paste the key alone.",
    "smart_quotes": "There are typographic quotes in it: paste the key alone, without quotes.",
    "control_character": "There is a control character in it: copy the key again from where it was made.",
    "non_ascii": "It holds a character that no key has: copy the key again from where it was made.",
    "placeholder": "This is the text of an example: paste the real key, or leave the field empty.",
    "truncated": "It is shorter than such a key is: copy all of it.",
    "empty": "There is nothing in it: paste the key, or leave the field empty.",
    "wrong_vendor": "This is another vendor's key: paste the key of the provider that the base URL names.",
    "admin_key": "This is an admin key, which cannot send messages: make an API key and paste that.",
    "oauth_in_key_slot": "This is the token of a login: it belongs into ANTHROPIC_AUTH_TOKEN; paste an API key here.",
    "refresh_token": "This is a refresh token, which only the client itself can use: paste an API key.",
    "session_cookie": "This is the cookie of a browser session: paste an API key.",
    "variable_not_expanded": "This is the name of a variable, not its value: paste what the variable holds.",
    "secret_reference": "This says where the key lies: paste the key itself.",
    "encoded": "This is a key in an encoded form: paste it as it was shown when it was made.",
    "wrong_case": "Its letters were turned into capitals or small ones: paste it as it was shown when it was made.",
    "extra_text": "There is more in it than the key: paste the key alone.",
}
SAYS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "base_url": ("config.base_url.problems", BASE_URL_SAYS),
    "proxy_url": ("config.proxy.problems", PROXY_SAYS),
    "credential": ("config.key.problems", KEY_SAYS),
}
