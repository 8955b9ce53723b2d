"""Every rule: a file that it is about, the neighbour that it is not about, and words that hold no key."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest

from diagnostics.engine import library
from diagnostics.engine.disguises import without_prefix
from diagnostics.engine.environment import keys as key_rules
from diagnostics.engine.environment.machine import this_machine
from diagnostics.engine.scan import examine_text
from diagnostics.engine.scan.examining import Examiner
from diagnostics.engine.scan.records import Found
from tests.canaries import leaks

from .keys import ADMIN, ANTHROPIC, EVERY, GATEWAY, OAUTH, OPENAI, OPENROUTER

TODAY = date(2026, 11, 28)
ANY = Examiner(TODAY)
SETTINGS = ".claude/settings.json"
LOCAL = ".claude/settings.local.json"


def found(path: str, text: str, examiner: Examiner = ANY) -> tuple[Found, ...]:
    """What is told of a text under that name."""
    told = examine_text(path, text, examiner)[2]
    assert leaks(repr(told), [without_prefix(secret) for secret in EVERY if secret in text]) == []
    return told


def codes(path: str, text: str, examiner: Examiner = ANY) -> set[str]:
    """The codes alone."""
    return {one.code for one in found(path, text, examiner)}


def env(*lines: str) -> str:
    return "\n".join(lines) + "\n"


def in_settings(**variables: str) -> str:
    inner = ",\n".join(f'    "{name}": "{value}"' for name, value in variables.items())
    return f'{{\n  "env": {{\n{inner}\n  }}\n}}\n'


MET = [
    ("name.near_miss", ".env", env("ANTHROPIC_APIKEY=x")),
    ("name.near_miss", ".env", env("ANTHROPIC_API_URL=https://gateway.example")),
    ("name.near_miss", "k8s/a.yaml", "spec:\n  env:\n  - name: CLAUDE_API_KEY\n    value: x\n"),
    ("name.near_miss", "Dockerfile", "ENV ANTHROPIC_BASE_ULR=https://gateway.example\n"),
    ("key.empty", "docker-compose.yml", 'services:\n  a:\n    environment:\n      ANTHROPIC_API_KEY: ""\n'),
    ("key.cancelled", SETTINGS, in_settings(ANTHROPIC_API_KEY="")),
    (
        "key.newline",
        "s.yaml",
        f"kind: Secret\ndata:\n  ANTHROPIC_API_KEY: {base64.b64encode((ANTHROPIC + chr(10)).encode()).decode()}\n",
    ),
    ("key.whitespace", ".env", env(f'ANTHROPIC_API_KEY="{ANTHROPIC[:50]} {ANTHROPIC[50:]}"')),
    (
        "key.quotes",
        "docker-compose.yml",
        f'services:\n  a:\n    environment:\n      - ANTHROPIC_API_KEY="{ANTHROPIC}"\n',
    ),
    ("key.smart_quotes", ".env", env(f"ANTHROPIC_API_KEY=“{ANTHROPIC}”")),
    ("key.bom", ".env", env(f"ANTHROPIC_API_KEY=\u200b{ANTHROPIC}")),
    ("key.non_ascii", ".env", env(f"ANTHROPIC_API_KEY={ANTHROPIC}é")),
    ("key.variable_not_expanded", SETTINGS, in_settings(ANTHROPIC_API_KEY="$MY_KEY")),
    ("key.variable_not_expanded", ".github/workflows/a.yml", "env:\n  ANTHROPIC_API_KEY: $ANTHROPIC_API_KEY\n"),
    ("key.placeholder", ".env", env("ANTHROPIC_API_KEY=your-api-key-here")),
    ("key.truncated", ".env", env(f"ANTHROPIC_API_KEY={ANTHROPIC[:30]}...{ANTHROPIC[-4:]}")),
    ("key.extra_text", ".env", env(f"ANTHROPIC_API_KEY=key:{ANTHROPIC}")),
    ("key.encoded", ".env", env(f"ANTHROPIC_API_KEY={base64.b64encode(ANTHROPIC.encode()).decode()}")),
    ("key.wrong_case", ".env", env(f"ANTHROPIC_API_KEY={ANTHROPIC.upper()}")),
    ("key.admin_key", ".env", env(f"ANTHROPIC_API_KEY={ADMIN}")),
    ("key.oauth_in_key_slot", ".env", env(f"ANTHROPIC_API_KEY={OAUTH}")),
    ("key.wrong_vendor", ".env", env(f"ANTHROPIC_API_KEY={OPENAI}")),
    ("key.under_other_name", ".env", env(f"OPENAI_API_KEY={ANTHROPIC}")),
    ("key.hardcoded", "src/app.py", f'client = make("{OPENROUTER}")\n'),
    ("key.hardcoded", "notes.md", f"curl -H 'x-api-key: {ANTHROPIC}' https://api.anthropic.com\n"),
    (
        "key.hardcoded",
        "s.yaml",
        f"kind: Secret\ndata:\n  ANTHROPIC_API_KEY: {base64.b64encode(ANTHROPIC.encode()).decode()}\n",
    ),
    ("key.kept", ".env", env(f"ANTHROPIC_API_KEY={ANTHROPIC}")),
    (
        "key.in_file",
        "docker-compose.yml",
        f"services:\n  a:\n    environment:\n      ANTHROPIC_AUTH_TOKEN: {GATEWAY}\n",
    ),
    ("key.example", "app.py", f'key = "sk-ant-api03-{"abcdefghij" * 9}"\n'),
    ("credentials.rivals", ".env", env(f"ANTHROPIC_API_KEY={ANTHROPIC}", f"ANTHROPIC_AUTH_TOKEN={GATEWAY}")),
    ("credentials.rivals", SETTINGS, '{"apiKeyHelper": "/bin/key", "env": {"ANTHROPIC_AUTH_TOKEN": "x"}}'),
    ("credentials.switched", ".env", env("CLAUDE_CODE_USE_BEDROCK=1", f"ANTHROPIC_API_KEY={ANTHROPIC}")),
    ("base_url.empty", ".env", env("ANTHROPIC_BASE_URL=")),
    (
        "base_url.quotes",
        "docker-compose.yml",
        'services:\n  a:\n    environment:\n      - ANTHROPIC_BASE_URL="https://gateway.example"\n',
    ),
    ("base_url.whitespace", ".env", env('ANTHROPIC_BASE_URL="https://gateway.example "')),
    ("base_url.no_scheme", ".env", env("ANTHROPIC_BASE_URL=gateway.example")),
    ("base_url.unknown_scheme", ".env", env("ANTHROPIC_BASE_URL=htps://gateway.example")),
    ("base_url.bad_port", ".env", env("ANTHROPIC_BASE_URL=https://gateway.example:99999")),
    ("base_url.unparsable", ".env", env("ANTHROPIC_BASE_URL=https://")),
    ("base_url.query", ".env", env("ANTHROPIC_BASE_URL=https://gateway.example/?key=1")),
    ("base_url.page_host", ".env", env("ANTHROPIC_BASE_URL=https://console.anthropic.com")),
    ("base_url.doubled_scheme", ".env", env("ANTHROPIC_BASE_URL=https://https://gateway.example")),
    ("base_url.foreign_port", ".env", env("ANTHROPIC_BASE_URL=https://api.anthropic.com:8443")),
    ("base_url.doubled_version", "app.py", 'c = Anthropic(base_url="https://gateway.example/v1")\n'),
    ("base_url.doubled_version", LOCAL, in_settings(ANTHROPIC_BASE_URL="https://api.anthropic.com/v1/")),
    ("base_url.endpoint_path", ".env", env("ANTHROPIC_BASE_URL=https://api.anthropic.com/v1/messages")),
    (
        "base_url.loopback_in_container",
        "docker-compose.yml",
        "services:\n  a:\n    environment:\n      ANTHROPIC_BASE_URL: http://localhost:4000\n",
    ),
    ("base_url.loopback_shared", SETTINGS, in_settings(ANTHROPIC_BASE_URL="http://127.0.0.1:4000")),
    ("base_url.other_api", ".env", env("ANTHROPIC_BASE_URL=https://api.openai.com")),
    (
        "base_url.other_vendor_than_key",
        ".env",
        env("ANTHROPIC_BASE_URL=https://api.deepseek.com/anthropic", f"ANTHROPIC_AUTH_TOKEN={ANTHROPIC}"),
    ),
    ("base_url.plain_http", ".env", env("ANTHROPIC_BASE_URL=http://api.anthropic.com")),
    ("proxy.no_scheme", ".env", env("HTTPS_PROXY=proxy.example")),
    ("proxy.pac_file", ".env", env("HTTPS_PROXY=http://wpad.example/proxy.pac")),
    ("proxy.unknown_scheme", ".env", env("HTTPS_PROXY=htp://proxy.example:8080")),
    ("proxy.socks_unsupported", SETTINGS, in_settings(HTTPS_PROXY="socks5://proxy.example:1080")),
    ("proxy.bad_port", ".env", env("HTTPS_PROXY=http://proxy.example:80800")),
    ("proxy.unparsable", ".env", env("HTTPS_PROXY=http://")),
    (
        "proxy.quotes",
        "docker-compose.yml",
        'services:\n  a:\n    environment:\n      - HTTPS_PROXY="http://proxy.example:8080"\n',
    ),
    ("proxy.unescaped_credentials", ".env", env("HTTPS_PROXY=http://me:pa#ss/word@proxy.example:8080")),
    ("proxy.cases_differ", ".env", env("HTTPS_PROXY=http://a.example:1", "https_proxy=http://b.example:1")),
    ("proxy.over_tls", ".env", env("HTTPS_PROXY=https://proxy.example:8080")),
    ("proxy.password_in_file", "Dockerfile", "ENV HTTPS_PROXY=http://me:Wq83kd0sL2@proxy.example:8080\n"),
    ("proxy.password_in_file", ".npmrc", "https-proxy=http://me:Wq83kd0sL2@proxy.example:8080\n"),
    ("no_proxy.blanks", ".env", env('NO_PROXY="localhost 127.0.0.1 .corp.example"')),
    ("no_proxy.star", ".env", env("NO_PROXY=*.corp.example")),
    ("no_proxy.dot", ".env", env("NO_PROXY=.corp.example")),
    ("no_proxy.range", ".env", env("NO_PROXY=fd00::/8")),
    ("no_proxy.fragile", ".env", env("NO_PROXY=localhost,[::1]")),
    (
        "no_proxy.local_gateway",
        LOCAL,
        in_settings(ANTHROPIC_BASE_URL="http://localhost:4000", HTTPS_PROXY="http://proxy.example:8080"),
    ),
    ("tls.verification_off", ".env", env("NODE_TLS_REJECT_UNAUTHORIZED=0")),
    ("tls.verification_off", ".npmrc", "strict-ssl=false\n"),
    ("tls.verification_off_in_code", "a.py", "c = Anthropic(http_client=httpx.Client(verify=False))\n"),
    ("tls.verification_off_in_code", "a.ts", "import x from 'anthropic'; new Agent({ rejectUnauthorized: false })\n"),
    ("tls.verification_off_in_code", "a.sh", "curl -sk https://api.anthropic.com/v1/models\n"),
    ("ca.tilde", ".env", env("NODE_EXTRA_CA_CERTS=~/corp.pem")),
    ("timeout.overflow", SETTINGS, in_settings(API_TIMEOUT_MS="99999999999")),
    ("timeout.unusable", SETTINGS, in_settings(API_TIMEOUT_MS="ten minutes")),
    ("settings.broken", SETTINGS, '{\n  "model": "opus"\n  "env": {}\n}\n'),
    ("settings.wrong_type", SETTINGS, '{"env": []}'),
    ("settings.byte_order_mark", SETTINGS, "\ufeff{}"),
    ("settings.of_state", SETTINGS, '{"hasCompletedOnboarding": true}'),
    ("settings.of_settings", ".claude.json", '{"apiKeyHelper": "/bin/key"}'),
    ("settings.outside_env", SETTINGS, '{"ANTHROPIC_BASE_URL": "https://x.example", "ANTHROPIC_AUTH_TOKEN": "x"}'),
    ("model.retired", SETTINGS, '{"model": "claude-3-opus-20240229"}'),
    ("model.retired", "app.py", 'import anthropic\nclient.messages.create(model="claude-3-opus-20240229")\n'),
    ("model.retiring", ".env", env("ANTHROPIC_MODEL=claude-sonnet-4-5-20250929")),
    ("model.near", ".env", env("ANTHROPIC_MODEL=claude-opus-5.5")),
    ("model.other_vendor", ".env", env("ANTHROPIC_MODEL=gpt-5")),
    ("model.platform_name", ".env", env("ANTHROPIC_MODEL=us.anthropic.claude-opus-5-5")),
    ("model.unknown", ".env", env("ANTHROPIC_MODEL=claude-opus-9-1")),
    (
        "ci.fork_secret",
        ".github/workflows/a.yml",
        "on: [push, pull_request]\nenv:\n  ANTHROPIC_API_KEY: ${{ secrets.KEY }}\n",
    ),
    (
        "ci.fork_code_with_secret",
        ".github/workflows/a.yml",
        "on:\n  pull_request_target:\njobs:\n  a:\n    steps:\n      - with: {ref: '${{ github.event.pull_request.head.sha }}'}\n"
        "      - env:\n          ANTHROPIC_API_KEY: ${{ secrets.KEY }}\n",
    ),
]


@pytest.mark.parametrize(("code", "path", "text"), MET, ids=[f"{code} {path}" for code, path, _ in MET])
def test_a_rule_is_met(code: str, path: str, text: str) -> None:
    told = [one for one in found(path, text) if one.code == code]
    assert told, codes(path, text)
    one = told[0]
    assert 1 <= one.line <= text.count("\n") + 1
    assert not re.search(r"\{[a-z]*\}|\(\)|  ", f"{one.says} {one.why} {one.fix}".replace("{ ... }", "")), one


CLEAN = [
    (
        "a right .env",
        ".env",
        env(
            "ANTHROPIC_BASE_URL=https://api.anthropic.com",
            "HTTPS_PROXY=http://proxy.example:8080",
            "NO_PROXY=localhost,corp.example",
        ),
    ),
    (
        "fetched from elsewhere",
        "docker-compose.yml",
        "services: {a: {environment: {ANTHROPIC_API_KEY: '${KEY:?}', OPENAI_API_KEY: }}}\n",
    ),
    ("a template", ".env.example", env("ANTHROPIC_API_KEY=", "OPENAI_API_KEY=your-key-here", "ANTHROPIC_BASE_URL=")),
    ("a reference that its manager fills in", ".env", env("ANTHROPIC_API_KEY=op://work/anthropic/key")),
    ("from a secret", "k.yaml", "env:\n- name: ANTHROPIC_API_KEY\n  valueFrom: {secretKeyRef: {name: a, key: b}}\n"),
    (
        "a script's own name",
        "deploy.sh",
        'anthropic_api_key="$(vault read key)"\nexport ANTHROPIC_API_KEY="$anthropic_api_key"\n',
    ),
    (
        "values of a chart",
        "values.yaml",
        'anthropicApiKey: ""\nconfig:\n  anthropic_base_url: https://gateway.example\n',
    ),
    ("another SDK's address", "a.py", 'import anthropic\nc = OpenAI(base_url="https://gateway.example/v1")\n'),
    (
        "another vendor's variables",
        ".env",
        env("OPENAI_BASE_URL=https://openrouter.ai/api/v1", f"OPENAI_API_KEY={OPENROUTER}"),
    ),
    ("a vendor's own address", ".env", env("ANTHROPIC_BASE_URL=https://api.deepseek.com/anthropic")),
    ("a second key", ".env", env("FTP_PROXY=ftp://x.example", "ANTHROPIC_MODEL=opus")),
    ("verify=False elsewhere", "a.py", "requests.get(url, verify=False)\n"),
    ("a comment", "a.py", "# Anthropic(http_client=httpx.Client(verify=False)) is what you never do\n"),
    (
        "words",
        "a.css",
        ".task-list { } .disk-usage-of-the-whole-machine { } .xai-some-long-class-name-that-goes-on-and-on-and-on-and-on {}\n",
    ),
    (
        "hashes",
        "package-lock.json",
        '{"integrity": "sha512-' + "A1b2" * 20 + '", "sk-": "0123456789abcdef0123456789abcdef"}',
    ),
    (
        "a good settings file",
        LOCAL,
        '{"env": {"ANTHROPIC_BASE_URL": "http://localhost:4000"}, "model": "opus", "permissions": {"allow": []}}',
    ),
    (
        "the state file",
        ".claude.json",
        '{"hasCompletedOnboarding": true, "projects": {"/x": {"hasTrustDialogAccepted": true}}}',
    ),
]


@pytest.mark.parametrize(("path", "text"), [one[1:] for one in CLEAN], ids=[one[0] for one in CLEAN])
def test_nothing_is_told_of_what_is_right(path: str, text: str) -> None:
    assert {one.code for one in found(path, text) if one.level != "info"} == set()


def test_every_rule_has_its_case_and_every_word_of_the_judges_its_rule() -> None:
    rules = ANY.wording.rules
    on_disk = {
        "key.in_history",
        "key.readable",
        *(f"ca.{why}" for why in ("missing", "unreadable", "empty", "not_pem")),
    }
    rare = {
        "model.deprecated",
        "key.control_character",
        "key.refresh_token",
        "key.session_cookie",
        "proxy.whitespace",
        "proxy.socks_package_missing",
    }
    assert rules.keys() - {code for code, *_ in MET} == on_disk | rare
    words = re.findall(r'"([a-z_]+)"', Path(key_rules.__file__).read_text(encoding="utf-8").split("def _characters")[1])
    no_rule = ("anthropic", "api_key", "oauth_access", "sk", "ant", "api", "ascii")
    fetched = ("secret_reference",)  # by whoever reads the file
    assert {f"key.{word}" for word in words if word not in (*no_rule, *fetched)} <= rules.keys()


def test_who_wins_is_told_by_client() -> None:
    text = env(f"ANTHROPIC_API_KEY={ANTHROPIC}", f"ANTHROPIC_AUTH_TOKEN={GATEWAY}")
    says = next(one.says for one in found(".env", text) if one.code == "credentials.rivals")
    assert "Claude Code uses ANTHROPIC_AUTH_TOKEN and sends ANTHROPIC_API_KEY with it" in says
    assert "Anthropic SDK for Python uses ANTHROPIC_API_KEY, never ANTHROPIC_AUTH_TOKEN" in says
    one = next(one for one in found(".env", text, Examiner(TODAY, "claude-code")) if one.code == "credentials.rivals")
    assert "SDK" not in one.says


@pytest.mark.parametrize(
    ("path", "text", "corrected"),
    [
        (
            ".env",
            "ANTHROPIC_BASE_URL=https://api.anthropic.com/v1 # mine\n",
            "ANTHROPIC_BASE_URL=https://api.anthropic.com # mine",
        ),
        (
            "app.py",
            'c = Anthropic(base_url="https://x.example/v1/messages")\n',
            'c = Anthropic(base_url="https://x.example")',
        ),
        (".env", "ANTHROPIC_BASE_URL=gateway.example/llm\n", "ANTHROPIC_BASE_URL=https://gateway.example/llm"),
        (".env", "ANTHROPIC_API_URL=https://x.example\n", "ANTHROPIC_BASE_URL=https://x.example"),
        (SETTINGS, '{\n  "model": "opus"\n  "env": {}\n}\n', '  "model": "opus",'),
        (SETTINGS, in_settings(API_TIMEOUT_MS="99999999999"), '    "API_TIMEOUT_MS": "2147483647"'),
    ],
)
def test_the_line_as_it_should_be(path: str, text: str, corrected: str) -> None:
    assert corrected in {one.corrected for one in found(path, text)}


def test_no_line_with_a_secret_is_written_anew() -> None:
    text = env(f"ANTHROPIC_APIKEY={ANTHROPIC}")
    assert [one.corrected for one in found(".env", text) if one.code == "name.near_miss"] == [""]


@pytest.mark.parametrize(
    "text",
    [
        f'key = "{ANTHROPIC}"  # troubleshooter: ignore\n',
        f'# troubleshooter: ignore\nkey = "{ANTHROPIC}"\n',
        f'// Troubleshooter:ignore\nkey = "{ANTHROPIC}"\n',
    ],
)
def test_a_comment_answers_a_finding(text: str) -> None:
    assert found("a.py", text) == ()
    assert ANY.examine(examine_text("a.py", text, ANY)[0])[1] == 1
    assert found("a.py", f"x = 1  # troubleshooter: ignore\ny = 2\nkey = '{ANTHROPIC}'\n") != ()


@pytest.mark.parametrize(
    ("content", "code"),
    [(None, "ca.missing"), (b"", "ca.empty"), (b"\x30\x82", "ca.not_pem")],
    ids=["missing", "empty", "DER"],
)
def test_files_of_certificates_are_looked_at_on_their_own_machine_alone(
    tmp_path: Path, content: bytes | None, code: str
) -> None:
    from diagnostics.engine.scan import Asked, scan

    (tmp_path / ".env").write_text(env(f"NODE_EXTRA_CA_CERTS={tmp_path}/corp.pem"))
    if content is not None:
        (tmp_path / "corp.pem").write_bytes(content)
    asked = Asked((str(tmp_path / ".env"),))
    assert [one.code for one in scan(asked, Examiner(TODAY, machine=this_machine())).found] == [code]
    assert codes(".env", (tmp_path / ".env").read_text()) == set()


def test_one_client_alone_is_asked() -> None:
    text = env("NO_PROXY=10.0.0.0/8", "HTTPS_PROXY=socks5://x.example:1080")
    assert codes(".env", text, Examiner(TODAY, "claude-code")) == {"proxy.socks_unsupported"}
    assert "proxy.socks_unsupported" not in codes(".env", text, Examiner(TODAY, "curl"))
    assert codes(SETTINGS, '{"env": []}', Examiner(TODAY, "curl")) == set()


def test_a_version_has_rules_of_its_own() -> None:
    text = env("HTTPS_PROXY=proxy.example:8080", "API_TIMEOUT_MS=600000")
    assert codes(".env", text, Examiner(TODAY, "claude-code")) == set()
    assert codes(".env", text, Examiner(TODAY, "claude-code@2.1.240")) == {"proxy.no_scheme"}


@pytest.mark.parametrize("secret", EVERY, ids=lambda secret: secret[:8])
def test_every_vendors_keys_are_found_and_never_told(secret: str) -> None:
    told: Iterable[Found] = found("src/app.py", f'x = ["{secret}"]\n')
    assert [one.code for one in told] == ["key.hardcoded"]
    assert secret not in repr(told)


def test_rules_are_of_the_same_words_in_every_output() -> None:
    assert library.aside("scan").version.startswith("sha256:")
    never = re.compile(r"check your internet|NODE_TLS_REJECT_UNAUTHORIZED=0|verify=False\b|-k\b", re.IGNORECASE)
    for rule in ANY.wording.rules.values():
        assert not never.search(f"{rule.says} {rule.why} {rule.fix}"), rule.code


# -- Secrets that were masked before they came here

MASKED = "[sk-ant-api03-…FYAA]"
LONG = "[… (40 characters)]"


@pytest.mark.parametrize(
    ("path", "text", "told"),
    [
        (".env", f"ANTHROPIC_API_KEY={MASKED}\n", {"key.kept"}),
        ("a.sh", f"export ANTHROPIC_API_KEY={MASKED} X=1\n", {"key.hardcoded"}),
        (
            "docker-compose.yml",
            f"services:\n  a:\n    environment:\n      ANTHROPIC_API_KEY: {MASKED}\n",
            {"key.hardcoded"},
        ),
        (
            "docker-compose.yml",
            f"services:\n  a:\n    environment:\n      ANTHROPIC_AUTH_TOKEN: {LONG}\n",
            {"key.in_file"},
        ),
        (LOCAL, in_settings(ANTHROPIC_API_KEY=MASKED), {"key.kept"}),
        (".env", "ANTHROPIC_API_KEY=[sk-ant-oat01-…x9Qd]\n", {"key.kept", "key.oauth_in_key_slot"}),
        (".env", "ANTHROPIC_API_KEY=[sk-proj-…x9Qd]\n", {"key.kept", "key.wrong_vendor"}),
        ("Dockerfile", "ENV HTTPS_PROXY=http://[… (12 characters)]@proxy.example:8080\n", {"proxy.password_in_file"}),
        (
            ".env",
            f"ANTHROPIC_API_KEY={MASKED}\nANTHROPIC_AUTH_TOKEN={LONG}\n",
            {"key.kept", "key.in_file", "credentials.rivals"},
        ),
        ("a.py", f'c = Anthropic(api_key="{MASKED}")\n', {"key.hardcoded"}),
    ],
)
def test_of_a_masked_secret_its_kind_is_told_and_nothing_more(path: str, text: str, told: set[str]) -> None:
    assert codes(path, text) == told


@pytest.mark.parametrize("path", ["tests/test_a.py", "docs/a.py", "pkg/examples/a.py"])
def test_tests_and_examples_may_show_what_is_wrong(path: str) -> None:
    text = 'import anthropic\nAnthropic(http_client=Client(verify=False)).create(model="claude-3-opus-20240229")\n'
    assert {one.level for one in found(path, text)} == {"info"}
    assert {one.level for one in found("src/a.py", text)} == {"problem"}
    assert {one.level for one in found(path, f"k = '{ANTHROPIC}'\n")} == {"problem"}  # a key is a key


def test_no_line_with_a_masked_secret_is_written_anew() -> None:
    text = f'{{\n  "env": {{\n    "ANTHROPIC_API_KEY": "{MASKED}"\n    "X": "1"\n  }}\n}}\n'
    assert [one.corrected for one in found(SETTINGS, text) if one.code == "settings.broken"] == [""]
