"""The address plan: health first, everything else is the app's."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from diagnostics.views import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
if find_spec("diagnostics.urls"):
    urlpatterns.append(path("", include("diagnostics.urls")))
