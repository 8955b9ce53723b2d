"""What a worker never loads: it stays for months, and what it does not need is memory that other things could use."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.starting import ROOT, environment

_LOADED = """
from troubleshooter.celery import app
import django
django.setup()
app.loader.import_default_modules()
import sys
print(sorted({name.partition(".")[0] for name in sys.modules} | {name for name in sys.modules if name.count(".") == 1}))
"""


def test_a_worker_loads_neither_pages_nor_what_only_they_and_the_checks_need(tmp_path: Path) -> None:
    settings = environment(tmp_path, CELERY_SKIP_CHECKS="1")  # as the supervisor sets it
    command = [sys.executable, "-c", _LOADED]
    told = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, timeout=200, check=True)
    assert "'diagnostics.tasks'" in told.stdout
    for name in ("pydantic", "ninja", "whitenoise", "diagnostics.views", "diagnostics.forms", "diagnostics.urls"):
        assert f"'{name}'" not in told.stdout, name
