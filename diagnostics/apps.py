"""The app's entry in Django."""

from __future__ import annotations

from django.apps import AppConfig


class DiagnosticsConfig(AppConfig):
    """Everything Troubleshooter does; the engine in it knows nothing of Django."""

    name = "diagnostics"
    verbose_name = "Diagnostics"

    def ready(self) -> None:
        """Register what `manage.py check` looks at."""
        from diagnostics import system_checks  # noqa: F401  registering is the import's effect
