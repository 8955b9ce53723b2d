"""The address plan: health first, everything else is the app's."""

from __future__ import annotations

from django.urls import include, path

from diagnostics.views import health

handler400 = "diagnostics.views.unread.unreadable"
handler404 = "diagnostics.views.unread.not_found"

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("", include("diagnostics.urls")),
]
