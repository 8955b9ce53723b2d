"""Registering: settings are kept as written, faults included; what would show a secret is refused or blacked out."""

from __future__ import annotations

from typing import Any

import pytest
import trustme

from diagnostics.engine.secrets import Secret
from diagnostics.exceptions import Conflict, InvalidInput
from diagnostics.models import Environment, Team, User
from diagnostics.services import environments
from diagnostics.services.registered import CA_FILE, machine_of
from tests import factories

KEY = factories.KEY


def test_faults_in_settings_are_kept_as_they_are(owner: User, team: Team) -> None:
    made = environments.register(
        owner,
        team,
        name="Laptop",
        base_url="htps:/api.anthropic.com/v1/v1 ",
        proxy_url="proxy:port",
        credential=' "key"\n',
    )
    again = Environment.objects.get(pk=made.pk)
    assert again.base_url == "htps:/api.anthropic.com/v1/v1 "
    assert again.proxy_url == Secret("proxy:port")
    assert again.credential == Secret(' "key"\n')
    assert again.credential_variable == "ANTHROPIC_API_KEY"


@pytest.mark.parametrize(
    ("values", "field", "says"),
    [
        ({"name": "  "}, "name", "Give it a name"),
        ({"base_url": "https://a.example\nHost: b"}, "base_url", "one line"),
        ({"base_url": "https://ada:secret@a.example"}, "base_url", "as the credential"),
        ({"base_url": "https://only-a-token@a.example"}, "base_url", "as the credential"),
        ({"base_url": "https://a.example/v1?api_key=abc"}, "base_url", "as the credential"),
        ({"base_url": "https://a.example/v1?x=1&sig=abc"}, "base_url", "as the credential"),
        ({"name": "Laptop \u202egnp.exe"}, "name", "nobody sees"),
        ({"name": "Lap\x9btop"}, "name", "nobody sees"),
        ({"model": KEY}, "model", "as the credential"),
        ({"no_proxy": "x" * 1001}, "no_proxy", "at most 1000"),
        ({"kind": "toaster"}, "kind", "Choose one of"),
        ({"runs_from": "moon"}, "runs_from", "Choose one of"),
        ({"client": "netscape"}, "client", "Choose one of"),
        ({"credential": "x" * 9000}, "credential", "at most 8192"),
        ({"credential": "a\0b"}, "credential", "NUL"),
        ({"credential": "abc", "credential_variable": "MY KEY"}, "credential_variable", "Name the variable"),
        ({"ca_pem": "hello"}, "ca_pem", "BEGIN CERTIFICATE"),
        ({"ca_pem": "-----BEGIN PRIVATE KEY-----"}, "ca_pem", "private key"),
        ({"ca_pem": "x" * 600_000}, "ca_pem", "512 KB"),
    ],
)
def test_bad_input_is_refused_with_what_to_write_instead(
    owner: User, team: Team, values: dict[str, Any], field: str, says: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        environments.register(owner, team, **({"name": "Laptop"} | values))
    assert says in refused.value.errors[field]
    assert KEY not in str(refused.value)
    assert not Environment.objects.exists()


def test_a_name_is_taken_once_among_those_that_are_not_archived(owner: User, team: Team) -> None:
    first = environments.register(owner, team, name="Laptop")
    with pytest.raises(InvalidInput, match="is there already"):
        environments.register(owner, team, name="laptop")
    environments.archive(owner, first)
    second = environments.register(owner, team, name="LAPTOP")
    with pytest.raises(InvalidInput, match="is there already"):
        environments.restore(owner, first)
    environments.edit(owner, second, name="Another")
    environments.restore(owner, first)
    assert Environment.objects.filter(archived_at=None).count() == 2


def test_an_archived_environment_is_not_changed(owner: User, environment: Environment) -> None:
    environments.archive(owner, environment)
    with pytest.raises(Conflict, match="restore it"):
        environments.edit(owner, environment, notes="x")


def test_editing_leaves_alone_what_is_not_given(owner: User, team: Team) -> None:
    made = environments.register(owner, team, name="Laptop", credential=KEY, proxy_url="http://u:pw@p.example:1")
    environments.edit(owner, made, model="claude-sonnet-5")
    again = Environment.objects.get(pk=made.pk)
    assert (again.credential, again.proxy_shown) == (Secret(KEY), "http://p.example:1")
    environments.edit(owner, again, credential=None)
    again.refresh_from_db()
    assert (again.credential, again.credential_shape, again.credential_fingerprint) == (None, "", "")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("http://proxy.example:3128", "http://proxy.example:3128"),
        ("http://ada:s3cret@proxy.example:3128/", "http://proxy.example:3128"),
        ("http://ada:p@ss/w:rd@proxy.example:3128", "http://proxy.example:3128"),
        ("ada:s3cret@proxy.example:3128", "proxy.example:3128"),
        ("http://ada:s3cret", "http://ada…"),
        ("http://ada:s3c://ret@proxy:1", "http://proxy:1"),
        ("socks5h://[fd00::1]:1080", "socks5h://[fd00::1]:1080"),
        ("proxy.example:3128", "proxy.example:3128"),
        ("", ""),
    ],
)
def test_a_proxy_is_shown_without_user_and_password(team: Team, written: str, shown: str) -> None:
    made = factories.make_environment(team, proxy_url=written)
    assert made.proxy_shown == shown
    assert "s3c" not in str(environments.snapshot(made))


def test_notes_lose_the_secrets_in_them(team: Team) -> None:
    made = factories.make_environment(
        team,
        credential=KEY,
        proxy_url="http://ada:correct%20horse@p.example:1",
        notes=f"key {KEY}, proxy http://bob:builder@p2.example, password correct horse, Bearer abcdefghijklmnop1234",
    )
    for secret in (KEY, "correct horse", "builder", "abcdefghijklmnop1234"):
        assert secret not in made.notes
    assert "sk-ant-api03-…" in made.notes
    assert "http://[\u2026]@p2.example" in made.notes


def test_the_machine_of_an_environment_holds_its_settings_and_nothing_else(team: Team) -> None:
    pem = trustme.CA().cert_pem.bytes().decode()
    made = factories.make_environment(
        team,
        base_url="https://g.example",
        model="m",
        proxy_url="http://p:1",
        no_proxy="a,b",
        ca_pem=pem,
        credential=KEY,
    )
    machine = machine_of(made)
    assert dict(machine.environ) == {
        "ANTHROPIC_BASE_URL": "https://g.example",
        "ANTHROPIC_MODEL": "m",
        "ANTHROPIC_API_KEY": KEY,
        "HTTPS_PROXY": "http://p:1",
        "HTTP_PROXY": "http://p:1",
        "NO_PROXY": "a,b",
        "NODE_EXTRA_CA_CERTS": CA_FILE,
        "SSL_CERT_FILE": CA_FILE,
    }
    assert machine.files.read(CA_FILE) == pem.encode()
    assert dict(machine_of(factories.make_environment(team)).environ) == {}


def test_settings_can_be_judged_before_they_are_saved(environment: Environment) -> None:
    facts = environments.facts_as_written(environment, {"base_url": "api.anthropic.com"})
    assert facts["config.base_url.problems"] == ("no_scheme",)
    assert environment.base_url == ""
    assert environments.facts_as_written(None, {"credential": KEY})["config.key.present"] is True


def test_an_address_with_a_harmless_query_may_be_registered(owner: User, team: Team) -> None:
    written = "https://a.example/@scope/v1?api-version=2024-06-01&author=x"
    assert environments.register(owner, team, name="Laptop", base_url=written).base_url == written


CA = trustme.CA().cert_pem.bytes().decode()


@pytest.mark.parametrize(
    "values",
    [
        {"base_url": "https://collector.example"},
        {"base_url": "http://api.anthropic.com"},
        {"base_url": "https://api.anthropic.com.collector.example"},
        {"ca_pem": CA},
        {"ca_pem": CA, "proxy_url": "http://proxy.collector.example:8080"},
    ],
)
def test_a_stored_key_is_not_led_away_by_one_who_need_not_know_it(
    owner: User, team: Team, values: dict[str, str]
) -> None:
    made = environments.register(owner, team, name="Server", credential=KEY)
    with pytest.raises(InvalidInput) as refused:
        environments.edit(owner, made, **values)
    assert "type it again" in refused.value.errors["credential"]
    again = Environment.objects.get(pk=made.pk)
    assert (again.base_url, again.ca_pem) == ("", "")
    environments.edit(owner, again, **values, credential=KEY)


@pytest.mark.parametrize(
    "values",
    [
        {"base_url": "https://api.anthropic.com"},
        {"name": "Other"},
        {"proxy_url": "http://proxy.example.com:8080"},
        {"ca_pem": ""},
    ],
)
def test_a_stored_key_stays_where_its_way_is_the_providers_own(owner: User, team: Team, values: dict[str, str]) -> None:
    made = environments.register(owner, team, name="Server", base_url="https://gateway.example", credential=KEY)
    environments.edit(owner, made, **values)
    assert Environment.objects.get(pk=made.pk).credential == Secret(KEY)
