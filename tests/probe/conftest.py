"""The probe as one file, built once for each process of tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from diagnostics import packing


@pytest.fixture(scope="session")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file."""
    return packing.build(tmp_path_factory.mktemp("probe") / "probe.pyz")
