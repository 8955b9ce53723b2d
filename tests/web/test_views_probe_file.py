"""`/probe.pyz`: public, asked about each time, and a sentence where it is not built."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client


@pytest.fixture
def built(tmp_path: Path, settings: Any) -> Path:
    settings.PROBE_FILE = tmp_path / "probe.pyz"
    settings.PROBE_FILE.write_bytes(b"PK probe")
    return Path(settings.PROBE_FILE)


def test_it_is_served_to_everybody(client: Client, built: Path) -> None:
    response = client.get("/probe.pyz")
    assert b"".join(response.streaming_content) == b"PK probe"  # type: ignore[attr-defined]
    assert response["Content-Disposition"] == 'attachment; filename="probe.pyz"'


def test_a_second_fetch_is_answered_with_304(client: Client, built: Path) -> None:
    tag = client.get("/probe.pyz")["ETag"]
    assert client.get("/probe.pyz", headers={"If-None-Match": tag}).status_code == 304
    built.write_bytes(b"PK another probe")
    assert client.get("/probe.pyz", headers={"If-None-Match": tag}).status_code == 200


def test_where_it_is_not_built_a_sentence_says_how(client: Client, tmp_path: Path, settings: Any) -> None:
    settings.PROBE_FILE = tmp_path / "not-there.pyz"
    response = client.get("/probe.pyz")
    assert response.status_code == 404
    assert "make probe" in response.content.decode()
