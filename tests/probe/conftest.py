"""The probe as one file, built once; every test of it runs on one worker, so that a build is not made twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from diagnostics import packing


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Two groups, since each worker builds a probe of its own."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            slow = item.path.stem in ("test_endings", "test_watch", "test_listening")
            item.add_marker(pytest.mark.xdist_group("probe, waiting" if slow else "probe"))


@pytest.fixture(scope="session")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file."""
    return packing.build(tmp_path_factory.mktemp("probe") / "probe.pyz")
