"""The product's settings with one more practice environment: a network at a distance that works (``benchmarks.far``)."""

from __future__ import annotations

from troubleshooter.settings import *  # noqa: F403
from troubleshooter.settings import INSTALLED_APPS as THEIRS

INSTALLED_APPS = [*THEIRS, "benchmarks.far_practice.FarPractice"]
