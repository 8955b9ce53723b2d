"""A settings file outranks the shell: a step's lines go where its variable is set."""

from __future__ import annotations

import pytest

from diagnostics.engine.library import load
from diagnostics.engine.operations import Use
from diagnostics.engine.playbooks import composing
from diagnostics.engine.records import Facts

USER, LOCAL = "~/.claude/settings.json", "/srv/project/.claude/settings.local.json"
MANAGED = "/etc/claude-code/managed-settings.json"


def _lines(use: Use, *places: str, **facts: str) -> list[tuple[str, str]]:
    """Operation and line of each line for bash on Linux."""
    known: Facts = {"config.client.name": "claude-code", "config.settings.variables": places, **facts}
    made = composing.composed(use, known, load())
    return [(one.operation, one.run) for one in made if one.system == "linux" and one.shell in (None, "bash")]


def _set(name: str = "@base_url") -> Use:
    return Use("set_variable", {"name": name, "value": "https://api.anthropic.com"})


def test_where_no_file_sets_it_the_shell_does() -> None:
    assert {code for code, _ in _lines(_set(), f"OTHER in {USER}")} == {"set_variable"}


def test_where_a_file_sets_it_the_strongest_file_is_changed_and_nothing_else() -> None:
    places = [f"ANTHROPIC_BASE_URL in {place}" for place in (LOCAL, USER, "environment")]
    [(code, run)] = _lines(_set(), *places)
    assert code == "set_json_key"
    assert run.endswith(f"{LOCAL} env.ANTHROPIC_BASE_URL '\"https://api.anthropic.com\"'")


def test_what_goes_away_goes_away_everywhere() -> None:
    places = [f"ANTHROPIC_BASE_URL in {place}" for place in (LOCAL, USER, "environment")]
    codes = [code for code, _ in _lines(Use("unset_variable", {"name": "@base_url"}), *places)]
    assert codes.count("remove_json_key") == 2
    assert "unset_variable" in codes
    codes = [code for code, _ in _lines(Use("unset_variable", {"name": "@base_url"}), *places[:2])]
    assert codes == ["remove_json_key"] * 2


def test_the_strongest_alone_goes_where_another_place_holds_what_is_meant() -> None:
    places = [f"ANTHROPIC_API_KEY in {place}" for place in (USER, "environment")]
    [(code, run)] = _lines(Use("unset_variable", {"name": "ANTHROPIC_API_KEY"}, strongest=True), *places)
    assert (code, run.endswith(" env.ANTHROPIC_API_KEY")) == ("remove_json_key", True)


def test_a_managed_file_is_nobodys_to_change_here() -> None:
    assert _lines(_set(), f"ANTHROPIC_BASE_URL in {MANAGED}") == []


@pytest.mark.parametrize(("winner", "wanted"), [("HTTPS_PROXY", "set_json_key"), ("https_proxy", "set_proxy")])
def test_a_proxy_is_set_where_the_one_that_counts_is_set(winner: str, wanted: str) -> None:
    lines = _lines(
        Use("set_proxy", {"url": "http://p:1"}), f"HTTPS_PROXY in {USER}", **{"config.proxy.variable": winner}
    )
    assert {code for code, _ in lines} == {wanted}


def test_no_line_holds_what_is_typed_in() -> None:
    [(code, run)] = _lines(Use("enter_secret", {"name": "ANTHROPIC_API_KEY"}), f"ANTHROPIC_API_KEY in {USER}")
    assert code == "enter_json_secret"
    assert "read -rs ANTHROPIC_API_KEY" in run
