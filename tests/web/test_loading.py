"""The web process reads the knowledge when it starts: what happens to the files afterwards harms nobody."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from diagnostics.services import samples
from tests.starting import ROOT

SCRIPT = """
import builtins, io, pathlib
from troubleshooter import wsgi
from diagnostics.engine import library
from django.core.management import call_command
call_command("collectstatic", verbosity=0)

def guarded(opened):
    def open_(file, *args, **options):
        if str(file).startswith(str(library.FOLDER)) and not str(file).endswith("accuracy.toml"):
            raise ValueError(f"{file} was read again")
        return opened(file, *args, **options)
    return open_

io.open = builtins.open = guarded(io.open)
from django.test import Client
browser = Client(headers={"host": "localhost"}, raise_request_exception=False)
for address in (
    "/", "/paste/?sample=SAMPLE", "/causes/", "/causes/key_missing/", "/knowledge/", "/guides/", "/guides/retries/",
    "/providers/anthropic/", "/clients/claude-code/", "/models/", "/hosts/", "/search/?q=key", "/request/", "/files/",
):
    print(address, browser.get(address).status_code)
print("decode", browser.post("/api/v1/decode", {"text": "ECONNREFUSED"}, content_type="application/json").status_code)
body = {"text": '{"model": "claude-opus-4", "messages": 3}'}
print("request", browser.post("/api/v1/requests/check", body, content_type="application/json").status_code)
try:
    open(library.FOLDER / "pages.toml")
except ValueError:
    print("guarded 200")
"""


def test_no_page_reads_the_knowledge_again(tmp_path: Path) -> None:
    shell = {**os.environ, "DJANGO_SETTINGS_MODULE": "troubleshooter.settings", "DATA_DIR": str(tmp_path / "var")}
    shell |= {"PYTHONPATH": str(ROOT), "BROKER_URL": "redis://127.0.0.1:1/0"}
    script = SCRIPT.replace("SAMPLE", samples.samples()[0].name)
    done = subprocess.run([sys.executable, "-c", script], env=shell, capture_output=True, text=True, timeout=250)
    assert done.returncode == 0, done.stderr[-2000:]
    told = [line for line in done.stdout.splitlines() if line]
    assert told[-1] == "guarded 200"
    assert [line for line in told if not line.endswith(" 200")] == [], done.stderr[-3000:]


def test_the_practice_range_is_told_of_without_its_laboratory(tmp_path: Path) -> None:
    """What serves its networks is some 4 MB that a web process never needs."""
    script = "import sys; from troubleshooter import wsgi; from diagnostics.services import practice;"
    script += "[practice._broken(slug) for slug in practice.ranges.PRACTICES];"
    script += "print(sorted(name for name in sys.modules if name.startswith('diagnostics.lab.')))"
    shell = {**os.environ, "DJANGO_SETTINGS_MODULE": "troubleshooter.settings", "DATA_DIR": str(tmp_path / "var")}
    shell |= {"PYTHONPATH": str(ROOT), "BROKER_URL": "redis://127.0.0.1:1/0"}
    done = subprocess.run([sys.executable, "-c", script], env=shell, capture_output=True, text=True, timeout=250)
    assert done.stdout.strip() == "['diagnostics.lab.practice']", done.stderr[-2000:]
