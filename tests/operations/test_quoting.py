"""A value survives as one word of every shell, whatever stands in it."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diagnostics.engine.quoting import IN_CMD, quoted, through_cmd
from tests.operations.shells import REAL, arguments_of, cmd_reads, powershell_reads

HARD = [
    "a b", "it's", 'say "hi"', "$HOME", "${HOME}", "%PATH%", "100%", "`id`", "$(id)", "a;b", "a&b", "a|b", "*", "?", "[a]", "~", "~user", "!!",
    "\\", "\\\\", "a\\", 'a\\"', "\\'", "#x", "=ls", "-n", "{a,b}", "(x)", "^", "^%PATH%", "a\tb", "\u2018x\u2019", "é", "%", "%%", "a=b", "<x>", "",
]  # fmt: skip
VALUES = st.one_of(
    st.sampled_from(HARD),
    st.text(st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\r\n\0"), max_size=20),
    st.text("ab '\"$%^&|<>\\`!~*?=#;(){}[],-", max_size=12),
)
ORDINARY = VALUES.filter(lambda text: not text.startswith("~/"))


@pytest.mark.parametrize("shell", REAL)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(ORDINARY, min_size=1, max_size=40))
def test_real_shells_read_it_as_it_was(shell: str, values: list[str]) -> None:
    line = "printf '%s\\0' " + " ".join(quoted(shell, value) for value in values)
    quiet = {"bash": "--norc", "zsh": "-f", "fish": "--private"}[shell]
    told = subprocess.run([shutil.which(shell) or shell, quiet, "-c", line], capture_output=True, check=True)
    assert told.stdout.decode().split("\0")[:-1] == values


@given(value=ORDINARY)
def test_powershell_reads_it_as_it_was(value: str) -> None:
    assert powershell_reads(quoted("powershell", value)) == value


@given(value=ORDINARY)
def test_the_prompt_of_windows_gives_it_to_a_program_as_it_was(value: str) -> None:
    known = {"PATH": "expanded", "a": "expanded", "USERPROFILE": "expanded"}
    assert arguments_of(cmd_reads(quoted("cmd", value), known)) == [value]
    assert cmd_reads(quoted("cmd", value, bare=True), known) == value


@given(value=ORDINARY)
def test_a_script_that_cmd_hands_on_holds_it_as_it_was(value: str) -> None:
    known = {"PATH": "expanded", "a": "expanded", "USERPROFILE": "expanded"}
    [*_, word] = arguments_of(cmd_reads(through_cmd(f"Write-Output {quoted(IN_CMD, value)};"), known))
    word = word.removeprefix("Write-Output ").removesuffix(";")
    parts = re.findall(r"\[char\]([0-9]+)|('(?:[^'‘’‚‛]|['‘’‚‛]{2})*')", word)
    assert "".join(chr(int(number)) if number else powershell_reads(text) for number, text in parts) == value


@pytest.mark.parametrize("script", ['$f = "x"', "a % b", "a !b", "a\\", "a\nb"])
def test_a_script_in_which_cmd_would_see_something_is_refused(script: str) -> None:
    with pytest.raises(ValueError, match="quotes"):
        through_cmd(script)


@pytest.mark.parametrize("shell", REAL)
def test_the_home_folder_is_meant_by_its_sign(shell: str) -> None:
    line = f"printf %s {quoted(shell, '~/a b.pem')}"
    told = subprocess.run(
        [shutil.which(shell) or shell, "-c", line], capture_output=True, text=True, env={"HOME": "/h x"}, check=True
    )
    assert told.stdout == "/h x/a b.pem"


def test_windows_writes_the_home_folder_in_its_own_way() -> None:
    assert quoted("powershell", "~/a b/c.pem") == quoted(IN_CMD, "~/a b/c.pem") == r"($HOME + '\a b\c.pem')"
    assert quoted(IN_CMD, "~/100%/c") == r"($HOME + '\100' + [char]37 + '\c')"
    assert (
        cmd_reads(quoted("cmd", "~/c.pem", bare=True), {"USERPROFILE": r"C:\Users\Ann Lee"})
        == r"C:\Users\Ann Lee\c.pem"
    )
    assert arguments_of(cmd_reads(quoted("cmd", "~/c.pem"), {"USERPROFILE": r"C:\Users\Ann Lee"})) == [
        r"C:\Users\Ann Lee\c.pem"
    ]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell", "cmd", IN_CMD])
def test_a_line_break_is_refused(shell: str) -> None:
    with pytest.raises(ValueError, match="line breaks"):
        quoted(shell, "a\nb")
