"""Lines of a terminal: wide characters, accents, addresses that stay whole."""

from __future__ import annotations

import pytest

from diagnostics.engine.columns import width, wrapped


@pytest.mark.parametrize(
    ("text", "columns"), [("abc", 3), ("代理", 4), ("é", 1), ("e\u0301", 1), ("ｶﾞ", 2), ("🚀", 2), ("", 0)]
)
def test_characters_are_as_wide_as_they_stand(text: str, columns: int) -> None:
    assert width(text) == columns


@pytest.mark.parametrize("columns", [12, 20, 40, 80])
@pytest.mark.parametrize(
    "text",
    [
        "The proxy answered 407 to every request that was made.",
        "代理服务器需要用户名和密码，请向管理员索取。（错误代码四〇七）",
        "プロキシ proxy.example が 407 を返しました。Please ask.",
        "e\u0301a\u0308 " * 20,
        "🚀🚀🚀🚀🚀🚀🚀🚀 🚀🚀🚀🚀",
    ],
)
def test_no_line_is_wider_and_nothing_is_lost(text: str, columns: int) -> None:
    lines = list(wrapped(text, columns, "> ", "  "))
    longest = max(map(width, text.split()), default=0) if text.isascii() else 14
    assert all(width(line) <= max(columns, longest + 2) for line in lines)
    assert "".join("".join(lines).lstrip("> ").split()) == "".join(text.split())


def test_no_line_begins_with_a_closing_mark() -> None:
    for columns in range(6, 30):
        lines = list(wrapped("请（向管理员）索取。然后，再试。", columns))
        assert not [line for line in lines if line[0] in "。，）"]
        assert not [line for line in lines if line[-1] == "（"]


def test_an_address_is_never_broken() -> None:
    address = "https://proxy.corp.example:8080/" + "a" * 80
    assert [line.strip() for line in wrapped(f"The proxy {address} failed", 40)] == ["The proxy", address, "failed"]
