"""The shell of the guides about keys: what is checked is checked, and no key is shown to anybody."""

from __future__ import annotations

import base64
import hashlib

import pytest

from diagnostics.lab import KEY, api
from tests.guides.blocks import code
from tests.guides.scripts import Scratch
from tests.guides.serving import serving

FAULTS = [
    ("", "is empty"),
    (f"{KEY}\n", "white space"),
    (f" {KEY}", "white space"),
    (f'"{KEY}"', "quotes"),
    (f"'{KEY}'", "quotes"),
    ('{"anthropic":"x"}', "JSON"),
    ("None", "placeholder"),
    ("null", "placeholder"),
    ("<your-key>", "placeholder"),
    ("${KEY}", "placeholder"),
    ("AQICAHgoodbye", "encrypted"),
]


def test_the_same_key_has_the_same_fingerprint_and_a_line_break_shows(scratch: Scratch) -> None:
    def told(key: str) -> list[str]:
        ended = scratch.run("api-keys/fingerprint.sh", variables={"ANTHROPIC_API_KEY": key})
        assert (ended.returncode, KEY in ended.stdout) == (0, False)
        return ended.stdout.splitlines()

    length, fingerprint, *odd = told(KEY)
    assert (length.strip(), fingerprint, odd) == (
        str(len(KEY)),
        hashlib.sha256(KEY.encode()).hexdigest()[:12],
        [],
    )
    broken = told(f"{KEY}\n")
    assert broken[0].strip() == str(len(KEY) + 1)
    assert broken[1] != fingerprint
    assert r"\n" in broken[2]
    assert '"   "' in told(f'"{KEY}"')[2]


def test_a_key_is_checked_for_free_and_shown_to_nobody(scratch: Scratch) -> None:
    arguments = scratch.spied("curl")
    with serving(api.api(tls=None)) as served:
        ended = scratch.run(
            "api-keys/check-key.sh", variables={"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": f"{served.url}/"}
        )
        assert served.seen == ["GET /v1/models"]
        refused = scratch.run(
            "api-keys/check-key.sh", variables={"ANTHROPIC_API_KEY": "sk-no", "ANTHROPIC_BASE_URL": served.url}
        )
    assert ended.stdout.startswith("HTTP/1.1 200")
    assert "anthropic-organization-id: " in ended.stdout
    assert refused.stdout.startswith("HTTP/1.1 401")
    assert KEY not in arguments.read_text() + ended.stdout + ended.stderr


@pytest.mark.parametrize(("key", "says"), FAULTS)
def test_a_program_is_not_started_with_a_key_that_cannot_be_right(scratch: Scratch, key: str, says: str) -> None:
    ended = scratch.run(
        "secret-managers/entrypoint.sh", "echo", "started", variables={"ANTHROPIC_API_KEY": key}, strict=False
    )
    assert (ended.returncode, ended.stdout) == (78, "")
    assert says in ended.stderr
    assert not key.strip() or key.strip() not in ended.stderr


def test_a_program_is_started_with_a_key_in_shape(scratch: Scratch) -> None:
    ended = scratch.run(
        "secret-managers/entrypoint.sh", "echo", "started", variables={"ANTHROPIC_API_KEY": KEY}, strict=False
    )
    assert (ended.returncode, ended.stdout) == (0, "started\n")
    unset = scratch.run("secret-managers/entrypoint.sh", "echo", "started", strict=False)
    assert unset.returncode == 78


def test_the_key_comes_out_of_aws(scratch: Scratch) -> None:
    scratch.program(
        "aws",
        'case "$*" in\n'
        "  'secretsmanager get-secret-value --secret-id shop/production/anthropic --query SecretString --output text') echo one ;;\n"
        "  'secretsmanager get-secret-value --secret-id shop/production/llm --query SecretString --output text') echo '{\"anthropic\": \"two\"}' ;;\n"
        "  'ssm get-parameter --name /shop/production/anthropic --with-decryption --query Parameter.Value --output text') echo three ;;\n"
        '  *) echo "no such call: $*" >&2; exit 254 ;;\n'
        "esac",
    )
    lines = code("secret-managers/aws.sh").replace("ANTHROPIC_API_KEY=$(", "ANTHROPIC_API_KEY+=.$(")
    ended = scratch.bash("-eu", "-o", "pipefail", "-c", f"ANTHROPIC_API_KEY=\n{lines}\nenv | grep ANTHROPIC")
    assert ended.stdout == "ANTHROPIC_API_KEY=.one.two.three\n"  # without the line breaks


def test_a_field_that_is_not_there_is_an_error_and_no_key(scratch: Scratch) -> None:
    scratch.program("aws", 'echo \'{"openai": "two"}\'')
    ended = scratch.run("secret-managers/aws.sh")
    assert ended.returncode != 0


def test_the_key_comes_out_of_vault(scratch: Scratch) -> None:
    scratch.program(
        "vault", '[[ $* == "kv get -mount=secret -field=api_key shop/production/anthropic" ]] && printf %s a-key'
    )
    assert scratch.run("secret-managers/vault.sh", after="env | grep ANTHROPIC").stdout == "ANTHROPIC_API_KEY=a-key\n"


def test_a_secret_is_made_without_a_line_break_and_a_bad_one_shows(scratch: Scratch) -> None:
    scratch.program(
        "kubectl",
        'echo "$*" >> calls\n'
        "[[ $1 == create && $* == *--from-file=api-key=/dev/stdin* ]] && cat > stored\n"
        "[[ $1 == get ]] && base64 -w 0 < stored\nexit 0",
    )
    ended = scratch.run("secret-managers/kubernetes.sh", variables={"ANTHROPIC_API_KEY": KEY})
    assert (scratch.folder / "stored").read_text() == KEY
    assert KEY not in (scratch.folder / "calls").read_text()
    assert ended.stdout.split() == ["A"]
    bad = base64.b64encode(f"{KEY}\n".encode()).decode()
    scratch.program("kubectl", f"[[ $1 == create ]] && cat > /dev/null || printf %s {bad}")
    assert scratch.run("secret-managers/kubernetes.sh", variables={"ANTHROPIC_API_KEY": KEY}).stdout.split() == [r"\n"]
