"""The page that looks at files: what it finds, what it shows again, and what it never keeps."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from diagnostics.engine.disguises import without_prefix
from diagnostics.services import files
from tests.canaries import leaks
from tests.engine.scan.keys import ANTHROPIC, EVERY, GATEWAY

BROKEN = '{\n  "env": {\n    "ANTHROPIC_BASE_URL": "https://api.anthropic.com/v1"\n    "HTTPS_PROXY": "socks5://a.example:1"\n  }\n}\n'
HELD = [*map(without_prefix, EVERY), GATEWAY]


def check(
    browser: Client, content: str = "", name: str = "", given: list[SimpleUploadedFile] | None = None, **more: Any
) -> Any:
    return browser.post(reverse("files"), {"pasted": content, "name": name, "given": given or [], **more})


def test_anybody_may_ask_and_nothing_is_asked_of_the_database(
    client: Client, db: None, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        page = client.get(reverse("files"))
    assert page.status_code == 200
    assert b"data-mask" in page.content
    assert b"js/mask" in page.content
    assert "no-store" in page["Cache-Control"]


def test_a_broken_settings_file_is_told_with_the_line_to_write(client: Client, db: None) -> None:
    page = check(client, BROKEN, ".claude/settings.json").content.decode()
    assert "JSON that cannot be read" in page
    assert "Put a comma behind the entry before." in page
    assert "&quot;ANTHROPIC_BASE_URL&quot;: &quot;https://api.anthropic.com&quot;" in page
    assert 'class="line-problem"' in page
    assert "python3 probe.pyz scan" in page
    assert "who may read the file on its machine" in page


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (BROKEN, "Claude Code settings"),
        ("ANTHROPIC_APIKEY=x\n", "Variables"),
        ("services:\n  a:\n    environment:\n      ANTHROPIC_APIKEY: x\n", "Compose file"),
        ("kind: ConfigMap\ndata:\n  ANTHROPIC_APIKEY: x\n", "YAML"),
        ("FROM x\nENV ANTHROPIC_APIKEY=x\n", "Dockerfile"),
        ("export ANTHROPIC_APIKEY=x\n", "Shell script"),
    ],
)
def test_a_text_without_a_name_tells_its_kind(client: Client, db: None, content: str, kind: str) -> None:
    page = check(client, content).content.decode()
    assert kind in page
    assert "Nothing found" not in page


def test_several_files_are_looked_at(client: Client, db: None) -> None:
    given = [
        SimpleUploadedFile(".env", b"\xff\xfe" + "ANTHROPIC_APIKEY=x\r\n".encode("utf-16-le")),
        SimpleUploadedFile("good.yml", b"a: b\n"),
    ]
    page = check(client, given=given).content.decode()
    assert "1 thing to look at in 2 files." in page
    assert page.count("Nothing found") == 1


def test_one_client_alone_may_be_asked_about(client: Client, db: None) -> None:
    text = "HTTPS_PROXY=socks5://a.example:1080\n"
    assert b"proxy.socks_unsupported" in check(client, text, ".env", client="claude-code").content
    assert b"proxy.socks_unsupported" not in check(client, text, ".env", client="curl").content
    assert check(client, text, ".env", client="nobody").status_code == 422


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"pasted": "  "}, "Paste a file, such as .env"),
        ({"pasted": "x" * 1_000_001}, "That is more than 1 MB"),
        ({"given": [SimpleUploadedFile("a", b"x" * 1_000_001)]}, "That is more than 1 MB"),
        ({"given": [SimpleUploadedFile(str(number), b"x") for number in range(21)]}, "at most 20 files"),
    ],
)
def test_what_cannot_be_looked_at_is_told_in_a_sentence(
    client: Client, db: None, sent: dict[str, Any], told: str
) -> None:
    answer = client.post(reverse("files"), {"pasted": "", **sent})
    assert answer.status_code == 422
    assert told in answer.content.decode()


def test_what_was_typed_is_not_lost(client: Client, db: None) -> None:
    page = check(client, "ANTHROPIC_APIKEY=x", ".env", client="nobody").content.decode()
    assert "ANTHROPIC_APIKEY=x</textarea>" in page


SECRETIVE = (
    "".join(f"KEY_{number}={key}\n" for number, key in enumerate(EVERY))
    + f"ANTHROPIC_AUTH_TOKEN={GATEWAY}\nMY_PASSWORD=hunter2secret\nHTTPS_PROXY=http://me:Wq83kd0sL2@a.example:8080\n"
    + f"ANTHROPIC_API_KEY='{ANTHROPIC[:40]} {ANTHROPIC[40:]}'\nANTHROPIC_APIKEY={ANTHROPIC}\nAPI_TIMEOUT_MS=99999999999 # {ANTHROPIC}\n"
)


@pytest.mark.parametrize(
    "name", [".env", "x.sh", "notes.txt", "a.yml", ".claude/settings.json", "a.py", f"{ANTHROPIC}.env"]
)
def test_no_secret_comes_back_or_stays(client: Client, db: None, name: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    page = check(client, SECRETIVE, name)
    assert page.status_code == 200
    assert leaks(page.content.decode() + caplog.text, [*HELD, "hunter2secret", "Wq83kd0sL2"]) == []


def test_what_was_masked_before_is_shown_as_it_came(client: Client, db: None) -> None:
    page = check(client, "ANTHROPIC_API_KEY=[sk-ant-api03-…FYAA]\n", ".env").content.decode()
    assert "ANTHROPIC_API_KEY=[sk-ant-api03-…FYAA]</code>" in page


def test_a_private_key_is_hidden_line_by_line(client: Client, db: None) -> None:
    body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ"
    text = f"ANTHROPIC_APIKEY=x\n-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n"
    page = check(client, text, ".env").content.decode()
    assert body not in page
    assert "[private key]" in page


def test_markup_in_a_file_is_text(client: Client, db: None) -> None:
    page = check(client, "ANTHROPIC_APIKEY=<script>alert(1)</script>\n", "<b>.env").content.decode()
    assert "<script>alert" not in page
    assert "<b>.env" not in page


def test_another_sites_form_is_refused(db: None) -> None:
    assert check(Client(enforce_csrf_checks=True), "A=1").status_code == 403


def test_large_files_never_touch_the_disk(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **options: Any) -> None:
        raise AssertionError("a file was written")

    monkeypatch.setattr("django.core.files.uploadedfile.TemporaryUploadedFile.__init__", refuse)
    assert check(client, given=[SimpleUploadedFile("a", b"x" * 3_000_000)]).status_code == 422
    assert files.MOST_BYTES < 2_500_000


def test_texts_of_more_than_anybody_reads_are_told_so_before_they_are_read(client: Client, db: None) -> None:
    answer = check(client, "x" * 6_500_000)
    assert (answer.status_code, "more than 1 MB" in answer.content.decode()) == (413, True)


# -- The same by the API


def ask(browser: Client, **body: Any) -> Any:
    return browser.post("/api/v1/files/check", json.dumps(body), content_type="application/json")


def test_the_api_tells_the_same(client: Client, db: None) -> None:
    answer = ask(
        client,
        files=[
            {"name": ".env", "content": SECRETIVE},
            {"content": "services:\n  a:\n    environment: {ANTHROPIC_APIKEY: x}\n"},
        ],
    )
    told = answer.json()
    assert answer.status_code == 200
    assert {"key.kept", "key.whitespace", "timeout.overflow"} <= {one["code"] for one in told["findings"]}
    assert told["findings"][-1]["file"] == "docker-compose.yml"
    assert told["not_checked"]
    assert leaks(answer.content.decode(), [*HELD, "hunter2secret", "Wq83kd0sL2"]) == []


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        ({}, 422, "files"),
        ({"files": []}, 422, "files"),
        ({"files": [{"content": "x"}], "client": "nobody"}, 422, "client: write one of"),
        ({"files": [{"content": "x" * 1_000_001}]}, 413, "more than 1 MB"),
        ({"files": [{"content": "x"}] * 21}, 422, "files"),
    ],
)
def test_what_the_api_cannot_look_at_is_told_in_a_sentence(
    client: Client, db: None, body: Any, status: int, told: str
) -> None:
    answer = ask(client, **body)
    assert answer.status_code == status
    assert told in answer.json()["detail"]
