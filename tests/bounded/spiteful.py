"""What hypothesis draws from: texts, bytes and JSON as nobody would write them, near to what the parsers look for."""

from __future__ import annotations

from hypothesis import strategies as st

# Half of a surrogate pair is what invalid UTF-8 becomes in an environment.
LETTERS = st.characters(exclude_categories=()) | st.sampled_from(
    "\udc80\udcff\x00\x1b\u202e\ufeff\u2028 \t\r\n'\"`%@:/?#[]\\"
)
ANY_TEXT = st.text(LETTERS, max_size=200)
VARIABLE = ANY_TEXT.map(lambda text: text.replace("\0", ""))  # no system has a NUL in a variable

_URL_PARTS = st.sampled_from(
    ["http", "https", "socks5", "HTTP", "://", ":/", "//", ":", "@", "/", "?", "#", "[", "]", "::1", "%", "%zz", "%2F", "\\"]
    + ["user", "p@ss", "api.anthropic.com", "127.0.0.1", "localhost", ".", "..", "*", ",", " ", "\t", "\n", "99999", "0", "-1", "8080"]
    + ["x" * 70, "xn--", "ß", "。", "\udc80", "v1", "/v1/messages", "key=", "sk-ant-api03-" + "aB3" * 20]
)  # fmt: skip
URL = (
    st.lists(_URL_PARTS | ANY_TEXT.filter(lambda text: len(text) < 9), max_size=12)
    .map("".join)
    .map(lambda text: text.replace("\0", ""))
)

_NUMBERS = st.integers() | st.integers(min_value=-(10**400), max_value=10**400) | st.floats()
JSON = st.recursive(
    st.none() | st.booleans() | _NUMBERS | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(ANY_TEXT, inner, max_size=5),
    max_leaves=20,
)


def near(known: st.SearchStrategy[str]) -> st.SearchStrategy[object]:
    """JSON whose keys are often ones that somebody looks for."""
    return st.recursive(
        st.none() | st.booleans() | _NUMBERS | ANY_TEXT | known,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(known | ANY_TEXT, inner, max_size=6),
        max_leaves=25,
    )
