"""Every knob is an environment variable; an odd value is one line that says what to write instead."""

from __future__ import annotations

import base64
import logging
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.test import Client, override_settings

from tests.starting import ROOT, environment
from troubleshooter import knobs, logs, single_sign_on

KEY = base64.b64encode(bytes(range(32))).decode()


@pytest.mark.parametrize(
    ("read", "value", "says"),
    [
        (lambda: knobs.switch("KNOB", True), "perhaps", "KNOB is 'perhaps': write true or false."),
        (lambda: knobs.whole("KNOB", 1, 1, 9), "10", "KNOB is '10': write a whole number from 1 to 9."),
        (lambda: knobs.whole("KNOB", 1, 1, 9), "²", "KNOB is '²': write a whole number from 1 to 9."),
        (lambda: knobs.networks("KNOB"), "10.0.0.1/8", "KNOB is '10.0.0.1/8': write networks such as 10.1.0.0/16"),
        (lambda: knobs.web_address("KNOB", ""), "help.example.com", "write it like https://help.example.com"),
        (lambda: knobs.web_address("KNOB", ""), "https://a.example/path", "without a path"),
        (lambda: knobs.web_address("KNOB", ""), "http://a.example:port", "write it like https://help.example.com"),
        (lambda: knobs.time_zone("KNOB", "UTC"), "Mars/Olympus", "write a name such as UTC or Europe/Berlin."),
        (lambda: knobs.one_of("KNOB", "a", ("a", "b")), "c", "KNOB is 'c': write one of a, b."),
        (lambda: knobs.cache_beside("redis://h/x"), "", "not a number"),
        (lambda: knobs.cache_beside("amqp://h"), "", "set CACHE_URL to a redis:// URL"),
        (lambda: knobs.mail_settings("KNOB", "filemail:///m"), "pigeon://x", "start it with one of smtp"),
    ],
)
def test_an_odd_value_is_refused_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, read: object, value: str, says: str
) -> None:
    monkeypatch.setenv("KNOB", value)
    assert callable(read)
    with pytest.raises(ImproperlyConfigured) as refusal:
        read()
    assert says in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_url_that_may_hold_a_password_is_never_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KNOB", "mysql://root:canary-pw@db/x")
    with pytest.raises(ImproperlyConfigured) as refusal:
        knobs.url_with_scheme("KNOB", "", ("sqlite", "postgres"))
    assert "canary-pw" not in str(refusal.value)


@pytest.mark.parametrize(
    "value", ["", "k1", f"k1:{KEY[:-8]}", f"k-1:{KEY}", f"k1:{KEY},k1:{KEY}", "k1:not base64!", f":{KEY}"]
)
def test_encryption_keys_that_cannot_be_used_are_refused_unrepeated(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: str
) -> None:
    (tmp_path / "kept").write_text("")
    monkeypatch.setenv("KEYS", value)
    with pytest.raises(ImproperlyConfigured) as refusal:
        knobs.encryption_keys("KEYS", tmp_path / "kept")
    assert KEY[:8] not in str(refusal.value)


def test_the_first_encryption_key_encrypts_and_all_are_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    other = base64.b64encode(bytes(32)).decode()
    monkeypatch.setenv("KEYS", f"new:{other}, old:{KEY}")
    assert list(knobs.encryption_keys("KEYS", tmp_path / "kept")) == ["new", "old"]


def test_a_key_made_at_the_first_start_is_used_ever_after(tmp_path: Path) -> None:
    file = tmp_path / "var" / "key"
    first = knobs.kept_secret("UNSET_KEY", file, "made first")
    assert knobs.kept_secret("UNSET_KEY", file, "made later") == first == "made first"
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_long_data_folder_gets_a_short_socket() -> None:
    assert knobs.socket_path(Path("/srv/var")) == Path("/srv/var/run/broker.sock")
    assert len(str(knobs.socket_path(Path("/srv/" + "long" * 30)))) < 60


def test_cookies_and_headers_follow_the_public_address(tmp_path: Path) -> None:
    told = _settings_of(
        tmp_path,
        "s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SESSION_COOKIE_NAME, s.SECURE_HSTS_SECONDS > 0, s.HTTPS",
        PUBLIC_URL="https://help.example.com",
    )
    assert told == "(True, True, '__Host-session', True, True)"


def test_mails_are_files_until_a_mail_server_is_named(tmp_path: Path) -> None:
    backend = "django.core.mail.backends.filebased.EmailBackend"
    assert _settings_of(tmp_path, "s.EMAIL_BACKEND, s.EMAIL_FILE_PATH") == f"('{backend}', '{tmp_path}/mail')"
    server = {"EMAIL_URL": "smtp+tls://me:pw@mail.example.com:587"}
    told = _settings_of(tmp_path, "s.EMAIL_HOST, s.EMAIL_PORT, s.EMAIL_USE_TLS, s.EMAIL_HOST_PASSWORD", **server)
    assert told == "('mail.example.com', 587, True, 'pw')"


def test_redis_alone_gives_the_cache_its_own_number(tmp_path: Path) -> None:
    told = _settings_of(tmp_path, "s.CACHES['default']['LOCATION']", BROKER_URL="redis://127.0.0.1:6379/4")
    assert told == "'redis://127.0.0.1:6379/5'"


def _settings_of(data_dir: Path, expression: str, **variables: str) -> str:
    code = f"from troubleshooter import settings as s; print(repr(({expression})))"
    told = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment(data_dir, **variables),
        capture_output=True,
        text=True,
        check=True,
    )
    return told.stdout.strip()


@override_settings(PUBLIC_URL="http://help.example.com", HTTPS=False, DEBUG=True)
def test_plain_http_and_debug_beyond_this_machine_are_spoken_about() -> None:
    assert {found.id for found in run_checks()} >= {"troubleshooter.W001", "troubleshooter.E001"}


def test_as_delivered_there_is_nothing_to_complain_about() -> None:
    assert run_checks() == []
    assert settings.DEBUG is False


@pytest.mark.django_db
def test_pages_may_run_only_our_own_scripts(client: Client) -> None:
    policy = client.get("/healthz")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    "secret",
    [
        "sk-ant-api03-canarycanarycanary",
        "upload token tsu_canarycanarycanary",
        "redis://user:canary@broker:6379/0",
        "Authorization: Bearer canarycanarycanary",
        "x-api-key: canarycanarycanary",
        "GET /sign-in/canarycanarycanarycanarycanarycanarycanary/",
        "GET /anything/canarycanarycanarycanarycanarycanarycanary/",
    ],
)
def test_logs_hide_what_looks_like_a_secret(secret: str) -> None:
    assert "canary" not in logs.scrub(f"before {secret} after")


def test_logs_keep_what_a_network_team_needs() -> None:
    line = "connect to api.anthropic.com [160.79.104.10]:443 via http://proxy.example:3128, "
    line += "run 6f9619ff-8b86-d011-b42d-00c04fc964ff of /runs/6f9619ff-8b86-d011-b42d-00c04fc964ff/"
    assert logs.scrub(line) == line


def test_health_requests_make_no_log_lines() -> None:
    record = logging.LogRecord("django.request", logging.ERROR, "", 0, "Service Unavailable", None, None)
    record.request = type("Request", (), {"path": "/healthz"})()
    assert not logs.NotHealth().filter(record)


def _providers(monkeypatch: pytest.MonkeyPatch, **named: str) -> tuple[single_sign_on.Provider, ...]:
    for name, value in named.items():
        monkeypatch.setenv(f"OIDC_{name}", value)
    return single_sign_on.providers()


def test_several_providers_are_named_by_their_issuers(monkeypatch: pytest.MonkeyPatch) -> None:
    found = _providers(
        monkeypatch,
        ISSUER="https://login.example.com/tenant/v2.0/",
        CLIENT_ID="a",
        ISSUER_2="https://id.example.net/.well-known/openid-configuration",
        CLIENT_ID_2="b",
        CLIENT_SECRET_2="c",
        NAME_2="The other",
    )
    assert [(one.slug, one.name) for one in found] == [
        ("login-example-com-tenant-v2-0", "login.example.com"),
        ("id-example-net", "The other"),
    ]
    assert found[1].issuer == "https://id.example.net"


@pytest.mark.parametrize(
    ("named", "says"),
    [
        ({"ISSUER": "https://a.example"}, "OIDC_ISSUER and OIDC_CLIENT_ID go together"),
        ({"CLIENT_SECRET_3": "x"}, "OIDC_ISSUER_3 and OIDC_CLIENT_ID_3 go together"),
        ({"ISSUER": "http://a.example", "CLIENT_ID": "a"}, "write the issuer's https:// address"),
        (
            {"ISSUER": "https://a.example", "CLIENT_ID": "a", "ISSUER_2": "https://a.example/", "CLIENT_ID_2": "b"},
            "names one issuer twice",
        ),
    ],
)
def test_odd_providers_are_refused(monkeypatch: pytest.MonkeyPatch, named: dict[str, str], says: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=says):
        _providers(monkeypatch, **named)


def test_everybody_with_a_confirmed_address_joins_no_team(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OIDC_AUTO_TEAM", "platform")
    with pytest.raises(ImproperlyConfigured, match="set OIDC_DOMAINS too"):
        single_sign_on.team_of_newcomers([])
    assert single_sign_on.team_of_newcomers(["example.com"]) == "platform"
