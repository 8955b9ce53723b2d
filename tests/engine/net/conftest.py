"""The laboratory, for the parts of the net."""

from tests.lab.fixtures import serve

__all__ = ["serve"]
