"""The laboratory's own tests take its fixtures."""

from tests.lab.fixtures import serve

__all__ = ["serve"]
