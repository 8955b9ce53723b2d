"""A scratch folder for the guides' scripts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.guides.scripts import Scratch


@pytest.fixture
def scratch(tmp_path: Path) -> Scratch:
    """A folder to run scripts in."""
    return Scratch(tmp_path)
